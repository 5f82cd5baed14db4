using System.Diagnostics;

namespace LxcNetworking.Namespaces;

/// <summary>
/// The namespaces that were removed a moment ago, and how long their links and addresses are waited for: the kernel
/// destroys a namespace some time after its last user is gone, and its links answer until then. A container that is
/// started anew finds the addresses of its previous namespace in use.
/// </summary>
internal sealed class EndedNamespaces
{
    private readonly Lock _gate = new();
    private readonly List<((NamespaceIdentity SeenFrom, int Number)? Place, long Time)> _last = [];

    /// <summary>How long it is waited for: usually 27 to 45 milliseconds are needed; the kernel destroys one after
    /// another, and a busy machine takes its time.</summary>
    public static TimeSpan Time { get; } = TimeSpan.FromSeconds(3);

    /// <summary>The time between two looks.</summary>
    public static TimeSpan Pause { get; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Whether one was removed whose links may be there still.</summary>
    public bool IsAny
    {
        get
        {
            lock (_gate)
                return _last.Exists(item => IsTime(item.Time));
        }
    }

    /// <summary>Tells whether to look again.</summary>
    /// <param name="since">When the first look was (<see cref="Stopwatch.GetTimestamp"/>).</param>
    public static bool IsTime(long since) => Stopwatch.GetElapsedTime(since) < Time;

    /// <summary>Adds one that was removed.</summary>
    /// <param name="place">Where its number is valid, and the number; null if it has none.</param>
    public void Add((NamespaceIdentity SeenFrom, int Number)? place)
    {
        lock (_gate)
        {
            _last.RemoveAll(item => !IsTime(item.Time));
            _last.Add((place, Stopwatch.GetTimestamp()));
        }
    }

    /// <summary>Tells whether a number is that of one, or was: the kernel may have given it to another namespace within
    /// this time.</summary>
    /// <param name="seenFrom">Where it is valid.</param>
    /// <param name="number">The number.</param>
    public bool Contains(NamespaceIdentity seenFrom, int number)
    {
        lock (_gate)
            return _last.Exists(item => item.Place == (seenFrom, number) && IsTime(item.Time));
    }
}
