using System.Diagnostics;

namespace LxcNetworking.Namespaces;

/// <summary>
/// The namespaces that were removed a moment ago, and how long their links and addresses are waited for: a container
/// that is started anew finds its former self, whose links answer until the kernel has taken its namespace apart.
/// </summary>
internal sealed class EndedNamespaces
{
    private static readonly TimeSpan s_kernel = TimeSpan.FromSeconds(1), s_runtime = TimeSpan.FromSeconds(6);
    private readonly Lock _gate = new();
    private readonly List<(NamespaceIdentity Identity, long Time)> _last = [];

    /// <summary>The time between two looks.</summary>
    public static TimeSpan Pause { get; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Whether there is one whose links may be there still.</summary>
    public bool IsAny => Within(s_kernel).Count > 0;

    /// <summary>Adds one.</summary>
    /// <param name="identity">Which it was.</param>
    public void Add(NamespaceIdentity identity)
    {
        lock (_gate)
        {
            _last.RemoveAll(item => Stopwatch.GetElapsedTime(item.Time) > s_runtime);
            _last.Add((identity, Stopwatch.GetTimestamp()));
        }
    }

    /// <summary>Tells whether to look again.</summary>
    /// <param name="since">When the first look was (<see cref="Stopwatch.GetTimestamp"/>).</param>
    /// <param name="mayBeEnding">Whether the kernel is about to remove another one, or may be.</param>
    /// <param name="waitsForThreads">Whether to wait for a thread of .NET too that keeps one for some seconds.</param>
    public bool IsAwaited(long since, bool mayBeEnding, bool waitsForThreads = true)
    {
        var elapsed = Stopwatch.GetElapsedTime(since);
        return (elapsed < s_kernel && (mayBeEnding || IsAny))
            || (waitsForThreads && elapsed < s_runtime && PoolThreads.IsRuntimeIn(Within(s_runtime)));
    }

    private HashSet<NamespaceIdentity> Within(TimeSpan time)
    {
        lock (_gate)
            return [.. _last.Where(item => Stopwatch.GetElapsedTime(item.Time) < time).Select(item => item.Identity)];
    }
}
