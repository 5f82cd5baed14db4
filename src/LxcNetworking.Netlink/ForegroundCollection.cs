using System.Runtime;

namespace LxcNetworking.Netlink;

/// <summary>
/// Has .NET collect garbage on the threads that are there, while one of them is in another network namespace. The
/// thread of the background collection begins where the thread is that needs it first, and keeps that namespace alive
/// for as long as it lives: until nothing was collected for 20 s.
/// </summary>
public static class ForegroundCollection
{
    private static readonly Lock s_gate = new();
    private static int s_threads;
    private static GCLatencyMode s_before;

    /// <summary>A thread is about to enter another namespace.</summary>
    public static void Begin()
    {
        lock (s_gate)
        {
            if (s_threads++ > 0)
                return;
            s_before = GCSettings.LatencyMode;
            Change(from: s_before, to: GCLatencyMode.Batch);
        }
    }

    /// <summary>It has left that namespace, or never got there.</summary>
    public static void End()
    {
        lock (s_gate)
        {
            // Who has set another mode meanwhile wants that one.
            if (--s_threads == 0)
                Change(from: GCLatencyMode.Batch, to: s_before);
        }
    }

    private static void Change(GCLatencyMode from, GCLatencyMode to)
    {
        // Where collecting is forbidden for a moment, no mode can be set either.
        if (from == to || GCSettings.LatencyMode != from || from == GCLatencyMode.NoGCRegion
            || to == GCLatencyMode.NoGCRegion)
            return;
        GCSettings.LatencyMode = to;
    }
}
