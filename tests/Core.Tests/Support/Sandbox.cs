using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace LxcNetworking.Tests;

/// <summary>
/// A private network and mount namespace with an empty /run, on a thread of its own, whose children inherit both. What a test does in it
/// never reaches the machine's own links, routes or /run/netns. Works as root, and rootless under "unshare -Urnm".
/// </summary>
public static partial class Sandbox
{
    private const int CLONE_NEWNS = 0x20000, CLONE_NEWNET = 0x40000000;
    private const ulong MS_REC = 0x4000, MS_PRIVATE = 1 << 18;

    /// <summary>True where the tests run on a kernel that has everything, so that nothing may be skipped.</summary>
    public static bool IsFullKernel => Environment.GetEnvironmentVariable("LXCNETWORKING_LANE") == "full-kernel";

    /// <summary>Runs a test body inside a new sandbox.</summary>
    public static void Run(Action body)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Check(Unshare(CLONE_NEWNET | CLONE_NEWNS), "unshare");
                Check(Mount("none", "/", null, MS_REC | MS_PRIVATE, null), "make / private");
                Check(Mount("none", "/run", "tmpfs", 0, "mode=755"), "mount /run");
                Ip("link set lo up");
                body();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>Skips the test by name if the kernel has no such link kind; in the full-kernel lane that is a failure.</summary>
    public static void NeedsKind(string kind)
    {
        var (code, _, error) = TryExecute("ip", ["link", "add", "probe0", "type", kind]);
        TryExecute("ip", ["link", "del", "probe0"]);
        if (code != 0 && (error.Contains("Unknown device type", StringComparison.Ordinal) || error.Contains("not supported", StringComparison.Ordinal)))
            Lacking($"this kernel has no {kind} links");
    }

    /// <summary>Skips the test by name, or fails it in the full-kernel lane.</summary>
    public static void Lacking(string what)
    {
        Assert.False(IsFullKernel, what + ", but nothing may be skipped here");
        Assert.Skip(what);
    }

    /// <summary>Skips the test by name where only one user is known, as under "unshare -Urnm": no other owner, uid range or group can be set then.</summary>
    public static void NeedsOtherUsers()
    {
        if (!File.ReadLines("/proc/self/uid_map").Any(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, _, var count] && count != "1"))
            Lacking("there is no other user in this user namespace");
    }

    /// <summary>Runs ip(8) as the independent eye, or to prepare what a test looks at; throws if it fails.</summary>
    public static string Ip(string arguments) => Execute("ip", arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Asks ip(8) for JSON with details.</summary>
    public static JsonElement IpJson(string arguments)
    {
        var text = Ip("-d -j " + arguments);
        return JsonDocument.Parse(text.Length == 0 ? "[]" : text).RootElement;
    }

    /// <summary>Runs a program and gives its output; throws if it fails.</summary>
    public static string Execute(string program, params IReadOnlyList<string> arguments)
    {
        var (code, output, error) = TryExecute(program, arguments);
        return code == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {code}: {error}{output}");
    }

    /// <summary>Runs a program in the calling thread's namespaces.</summary>
    public static (int Code, string Output, string Error) TryExecute(string program, params IReadOnlyList<string> arguments)
    {
        using var process = new Process { StartInfo = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true } };
        process.Start();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    /// <summary>True if an address answers a ping from the calling thread's namespace, or from a named one.</summary>
    public static bool Pings(string address, string? fromNamespace = null, int count = 1)
    {
        string[] ping = ["ping", "-n", "-c", count.ToString(System.Globalization.CultureInfo.InvariantCulture), "-i", "0.2", "-W", "1", address];
        // A neighbour that did not answer a moment ago is asked again only after a second.
        for (var attempt = 0; attempt < 3; attempt++)
        {
            if ((fromNamespace is null ? TryExecute("ping", ping[1..]) : TryExecute("ip", ["netns", "exec", fromNamespace, .. ping])).Code == 0)
                return true;
        }

        return false;
    }

    private static void Check(int result, string what)
    {
        if (result >= 0)
            return;
        var errno = Marshal.GetLastPInvokeError();
        if (errno == 1)
            Assert.Skip($"these tests need root, or to be started under 'unshare -Urnm' ({what}: {Marshal.GetPInvokeErrorMessage(errno)})");
        throw new InvalidOperationException($"{what}: {Marshal.GetPInvokeErrorMessage(errno)}");
    }

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static partial int Unshare(int flags);

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Mount(string source, string target, string? fileSystem, ulong flags, string? data);
}
