using System.Runtime.InteropServices;
using LxcNetworking.Helper;

namespace LxcNetworking.Program;

/// <summary>Starts this program once more, in a session of its own and without the caller's terminal and pipes, and
/// leaves it to process 1.</summary>
internal static unsafe partial class Detached
{
    private const short POSIX_SPAWN_SETSID = 0x80;
    private const int O_RDWR = 2;

    public static int Start()
    {
        // The structures are opaque, and at most 336 bytes with glibc and musl on x64 and arm64.
        Span<byte> attributes = stackalloc byte[1024], actions = stackalloc byte[1024];
        attributes.Clear();
        actions.Clear();
        fixed (byte* attribute = attributes, action = actions)
        {
            Check(AttributesInit(attribute));
            Check(SetFlags(attribute, POSIX_SPAWN_SETSID));
            Check(ActionsInit(action));
            for (var file = 0; file < 3; file++)
                Check(AddOpen(action, file, "/dev/null", O_RDWR, 0));
            var arguments = new[] { "lxcnet", HelperProgram.ServeCommand };
            var environment = new[] { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C" };
            nint* argv = stackalloc nint[arguments.Length + 1], envp = stackalloc nint[environment.Length + 1];
            Fill(argv, arguments);
            Fill(envp, environment);
            return Spawn(out _, Environment.ProcessPath!, action, attribute, argv, envp);
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

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static partial int AttributesInit(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static partial int SetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int ActionsInit(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int AddOpen(byte* actions, int file, string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Spawn(
        out int process, string path, byte* actions, byte* attributes, nint* arguments, nint* environment);
}
