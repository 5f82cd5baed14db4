using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace LxcNetworking.Tests;

/// <summary>
/// A private network and mount namespace with an empty /run and /etc/netns, on a thread of its own, whose children
/// inherit both. What a test does in it never reaches the machine's own links, routes or /run/netns. Works as root, and
/// rootless under "unshare -Urnm".
/// </summary>
public static partial class Sandbox
{
    private const string EtcNetns = "/etc/netns";
    private const int CLONE_NEWNS = 0x20000, CLONE_NEWNET = 0x40000000;
    private const ulong MS_REC = 0x4000, MS_PRIVATE = 1 << 18;

    // Reached only where something is wrong.
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(60);

    /// <summary>True where the tests run on a kernel that has everything, so that nothing may be skipped.</summary>
    public static bool IsFullKernel => Environment.GetEnvironmentVariable("LXCNETWORKING_LANE") is "full-kernel"
        or "new-kernel";

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
                if (Directory.Exists(EtcNetns))
                    HideEtcNetns();
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

    /// <summary>
    /// Gives the sandbox an empty /etc/netns of its own, also where the machine has none; a sandbox hides one that the
    /// machine has.
    /// </summary>
    public static void HideEtcNetns()
    {
        if (Directory.Exists(EtcNetns))
        {
            Check(Mount("none", EtcNetns, "tmpfs", 0, "mode=755"), $"mount {EtcNetns}");
            return;
        }

        Overlay("/etc");
        Directory.CreateDirectory(EtcNetns);
    }

    /// <summary>Lets the sandbox change a folder's files in its own view alone.</summary>
    public static void Overlay(string folder)
    {
        // The overlay keeps what it lies on: nothing of it is seen at /mnt afterwards.
        Execute("mount", "-t", "tmpfs", "layer", "/mnt");
        Directory.CreateDirectory("/mnt/upper");
        Directory.CreateDirectory("/mnt/work");
        Execute("mount", "-t", "overlay", "layer", folder, "-o",
            $"lowerdir={folder},upperdir=/mnt/upper,workdir=/mnt/work");
        Execute("umount", "--lazy", "/mnt");
    }

    /// <summary>Does something so many times in eight threads. New threads are in the sandbox, those of the thread pool
    /// are not.</summary>
    public static void AtOnce(int count, Action<int> action)
    {
        var failures = new ConcurrentQueue<Exception>();
        var next = -1;
        var threads = Enumerable.Range(0, 8).Select(_ => new Thread(() =>
        {
            try
            {
                for (int i; (i = Interlocked.Increment(ref next)) < count;)
                    action(i);
            }
            catch (Exception e)
            {
                failures.Enqueue(e);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.Empty(failures);
    }

    /// <summary>Skips the test by name if the kernel has no such link kind; in a guest's lane that is a
    /// failure.</summary>
    public static void NeedsKind(string kind)
    {
        var (code, _, error) = TryExecute("ip", ["link", "add", "probe0", "type", kind]);
        TryExecute("ip", ["link", "del", "probe0"]);
        if (code != 0
            && (error.Contains("Unknown device type", StringComparison.Ordinal)
                || error.Contains("not supported", StringComparison.Ordinal)))
            Lacking($"this kernel has no {kind} links");
    }

    /// <summary>Skips the test by name, or fails it in a guest's lane.</summary>
    public static void Lacking(string what)
    {
        Assert.False(IsFullKernel, what + ", but nothing may be skipped here");
        Assert.Skip(what);
    }

    /// <summary>Skips the test by name where only one user is known, as under "unshare -Urnm": no other owner, uid
    /// range or group can be set then.</summary>
    public static void NeedsOtherUsers()
    {
        if (!File.ReadLines("/proc/self/uid_map")
            .Any(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, _, var count] && count != "1"))
            Lacking("there is no other user in this user namespace");
    }

    /// <summary>Runs ip(8) as the independent eye, or to prepare what a test looks at; throws if it fails.</summary>
    public static string Ip(string arguments) =>
        Execute("ip", arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

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
        return code == 0 ? output
            : throw new InvalidOperationException(
                $"{program} {string.Join(' ', arguments)} ended with {code}: {error}{output}");
    }

    /// <summary>Runs a program in the calling thread's namespaces.</summary>
    public static (int Code, string Output, string Error) TryExecute(string program,
        params IReadOnlyList<string> arguments)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments)
            { RedirectStandardOutput = true, RedirectStandardError = true }
        };
        process.Start();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    /// <summary>
    /// True as soon as something is so, false if it never is: for what the kernel or another process does a moment
    /// later, which on an emulated or busy processor is a long one.
    /// </summary>
    public static bool Eventually(Func<bool> condition)
    {
        for (var watch = Stopwatch.StartNew(); !condition(); Thread.Sleep(20))
        {
            if (watch.Elapsed > s_timeout)
                return false;
        }

        return true;
    }

    /// <summary>
    /// True as soon as an address answers a ping from the calling thread's namespace, or from a named one. New
    /// addresses, neighbours that did not answer a moment ago and ports of bridges take their time.
    /// </summary>
    public static bool Pings(string address, string? fromNamespace = null) =>
        Eventually(() => Answers(address, fromNamespace));

    /// <summary>True if an address does not answer a ping, nor any of the next ones. Prove first that the network is
    /// there by what does answer.</summary>
    public static bool IsSilent(string address, string? fromNamespace = null)
        => Enumerable.Range(0, 3).All(_ => !Answers(address, fromNamespace));

    /// <summary>
    /// What ip(8) prints, without what the kernel finds out by itself, and sooner or later: whether there is a carrier,
    /// whether an address is a duplicate, and link-local addresses with their routes. For the comparison of two looks.
    /// </summary>
    public static string Lasting(string arguments)
    {
        var lines = new List<string>();
        var isOwn = false;
        foreach (var line in Ip(arguments).Split('\n'))
        {
            // An address has a second line, with its lifetimes.
            if (isOwn && line.TrimStart().StartsWith("valid_lft", StringComparison.Ordinal))
                continue;
            isOwn = FoundOutLater().IsMatch(line);
            if (!isOwn)
                lines.Add(Passing().Replace(line, string.Empty));
        }

        return string.Join('\n', lines);
    }

    private static bool Answers(string address, string? fromNamespace)
    {
        string[] ping = ["ping", "-n", "-c", "1", "-W", "1", address];
        return (fromNamespace is null ? TryExecute("ping", ping[1..])
            : TryExecute("ip", ["netns", "exec", fromNamespace, .. ping])).Code == 0;
    }

    [GeneratedRegex(@"^\s*((unicast|local|anycast|multicast) )?(inet6 )?(fe80:|ff00:)")]
    private static partial Regex FoundOutLater();

    [GeneratedRegex("NO-CARRIER,|,LOWER_UP|(?<= )(state [A-Z]+|linkdown|tentative|dadfailed) ")]
    private static partial Regex Passing();

    private static void Check(int result, string what)
    {
        if (result >= 0)
            return;
        var errno = Marshal.GetLastPInvokeError();
        if (errno == 1)
            Assert.Skip(
                $"these tests need root, or to be started under 'unshare -Urnm' ({what}: " +
                    $"{Marshal.GetPInvokeErrorMessage(errno)})");
        throw new InvalidOperationException($"{what}: {Marshal.GetPInvokeErrorMessage(errno)}");
    }

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static partial int Unshare(int flags);

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Mount(string source, string target, string? fileSystem, ulong flags, string? data);
}
