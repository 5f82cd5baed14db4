using System.Runtime.InteropServices;
using LxcNetworking.Helper;
using LxcNetworking.Native;

namespace LxcNetworking.Program;

/// <summary>Starts this program once more, in a session of its own and without the caller's terminal and pipes, and
/// leaves it to process 1.</summary>
internal static unsafe class Detached
{
    private const short POSIX_SPAWN_SETSID = 0x80;

    public static int Start(string[] command)
    {
        // The structures are opaque, and at most 336 bytes with glibc and musl on x64 and arm64.
        Span<byte> attributes = stackalloc byte[1024], actions = stackalloc byte[1024];
        attributes.Clear();
        actions.Clear();
        fixed (byte* attribute = attributes, action = actions)
        {
            Check(LibC.SpawnAttributesInit(attribute));
            Check(LibC.SpawnSetFlags(attribute, POSIX_SPAWN_SETSID));
            Check(LibC.SpawnActionsInit(action));
            for (var file = 0; file < 3; file++)
                Check(LibC.SpawnAddOpen(action, file, "/dev/null", LibC.O_RDWR, 0));
            string[] arguments = ["lxcnet", .. command];
            string[] environment =
            [
                "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C",
                .. Environment.GetEnvironmentVariable(HelperProgram.RuntimeVariable) is { Length: > 0 } runtime
                    ? [$"{HelperProgram.RuntimeVariable}={runtime}"] : Array.Empty<string>(),
            ];
            nint* argv = stackalloc nint[arguments.Length + 1], envp = stackalloc nint[environment.Length + 1];
            Fill(argv, arguments);
            Fill(envp, environment);
            return LibC.Spawn(out _, Environment.ProcessPath!, action, attribute, argv, envp);
        }
    }

    // This process ends at once, so that nothing is given back.
    private static void Fill(nint* list, string[] texts)
    {
        for (var i = 0; i < texts.Length; i++)
            list[i] = Marshal.StringToCoTaskMemUTF8(texts[i]);
        list[texts.Length] = 0;
    }

    private static void Check(int error)
    {
        if (error != 0)
            throw new System.ComponentModel.Win32Exception(error);
    }
}
