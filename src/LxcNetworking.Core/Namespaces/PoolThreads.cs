using LxcNetworking.Native;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Namespaces;

/// <summary>
/// Keeps the threads of .NET's pool in the namespace that the process began in. A new thread is where its creator is,
/// and whoever gives the pool work may create one: without this, a web request of the session later leaves by a
/// namespace that it had entered.
/// </summary>
internal static class PoolThreads
{
    private const string Tasks = "/proc/self/task", WorkerName = ".NET TP Worker\n";
    private const int Rounds = 20;
    private static readonly TimeSpan s_round = TimeSpan.FromMilliseconds(10);

    // The process's first thread is never moved for long, so this is opened before the first move.
    private static readonly Lazy<SafeFileHandle> s_processNamespace = new(
        () => NamespaceFile.Open(NamespaceFile.OwnProcess, null));

    // As long as something waits, the thread that waits for the pool stays: it is where it was created.
    private static readonly ManualResetEvent s_never = new(false);

    /// <summary>Makes the threads that create others (the pool's, its waits', the timers') start from here.</summary>
    public static void Prepare()
    {
        if (s_processNamespace.IsValueCreated)
            return;
        _ = s_processNamespace.Value;
        ThreadPool.UnsafeQueueUserWorkItem(static _ => { }, null);
        _ = ThreadPool.UnsafeRegisterWaitForSingleObject(s_never, static (_, _) => { }, null, Timeout.Infinite, true);
        using var timer = new Timer(static _ => { }, null, TimeSpan.FromDays(1), Timeout.InfiniteTimeSpan);
    }

    /// <summary>Brings the pool's threads back that are in a namespace which the session has left.</summary>
    /// <param name="left">The namespace.</param>
    public static void MoveBack(NamespaceIdentity left)
    {
        if (NamespaceFile.Identify(s_processNamespace.Value) == left)
            return;
        for (var round = 0; round < Rounds && IsAnyIn(left, IsWorker); round++)
        {
            // Each holds its thread until all have run, so that no thread takes two.
            var waiting = ThreadPool.ThreadCount;
            var all = new ManualResetEventSlim();
            for (var i = waiting; i > 0; i--)
            {
                ThreadPool.UnsafeQueueUserWorkItem(
                    _ =>
                    {
                        if (NamespaceFile.TryIdentify(NamespaceFile.OwnThread, out var _) == left)
                            _ = LibC.SetNs(s_processNamespace.Value, LibC.CLONE_NEWNET);
                        if (Interlocked.Decrement(ref waiting) == 0)
                            all.Set();
                        all.Wait(s_round);
                    },
                    null);
            }

            all.Wait(s_round);
        }
    }

    /// <summary>
    /// Tells whether a thread that .NET started for itself (".NET Tiered Compilation Worker") began in a namespace,
    /// because the session was there: it cannot be brought back, and keeps that namespace for some seconds.
    /// </summary>
    /// <param name="place">The namespace.</param>
    public static bool IsRuntimeIn(NamespaceIdentity place)
        => IsAnyIn(place, comm => comm.StartsWith(".NET ", StringComparison.Ordinal));

    // A thread with work of its own is left: it belongs to who gave it the work.
    private static bool IsWorker(string comm) => comm == WorkerName;

    private static bool IsAnyIn(NamespaceIdentity place, Func<string, bool> isMeant)
        => Directory.EnumerateDirectories(Tasks).Any(folder
            => NamespaceFile.TryIdentify(folder + "/ns/net", out _) == place && isMeant(Comm(folder)));

    private static string Comm(string folder)
    {
        try
        {
            return File.ReadAllText(folder + "/comm");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }
}
