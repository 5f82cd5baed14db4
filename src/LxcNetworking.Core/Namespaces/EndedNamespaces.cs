using System.Diagnostics;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Namespaces;

/// <summary>
/// The namespaces that were removed a moment ago, and how long their links and addresses are waited for: a container
/// that is started anew finds its former self, whose links answer until the kernel has taken its namespace apart.
/// </summary>
internal sealed class EndedNamespaces
{
    private const ushort NETNSA_NSID = 1, NETNSA_FD = 3;
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(1);
    private readonly Lock _gate = new();
    private readonly List<(NamespaceIdentity SeenFrom, int Number, long Time)> _last = [];
    private long _time;

    /// <summary>The time between two looks.</summary>
    public static TimeSpan Pause { get; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Whether one was removed whose links may be there still.</summary>
    public bool IsAny => Interlocked.Read(ref _time) is not 0 and var time && IsTime(time);

    /// <summary>Tells whether to look again.</summary>
    /// <param name="since">When the first look was (<see cref="Stopwatch.GetTimestamp"/>).</param>
    public static bool IsTime(long since) => Stopwatch.GetElapsedTime(since) < s_time;

    /// <summary>Reads what number a namespace has, before it is removed.</summary>
    /// <param name="stack">Where the number is valid.</param>
    /// <param name="file">The namespace's file.</param>
    /// <returns>The number; -1 for none: nothing there leads to that namespace.</returns>
    /// <exception cref="NetlinkException">It cannot be read.</exception>
    public static int NumberOf(NetworkStack stack, SafeFileHandle file)
    {
        var number = -1;
        using var request = new NetlinkRequest(Rtm.GetNsId).AsQuery().Header<byte>(0)
            .Put(NETNSA_FD, (int)file.DangerousGetHandle());
        stack.Route.Execute(request, reply =>
        {
            if (reply.Read<byte>(out _).TryFind(NETNSA_NSID, out var value))
                number = value.AsInt32();
        });
        return number;
    }

    /// <summary>Adds one that was removed.</summary>
    /// <param name="place">Where its number is valid, and the number; null if it has none.</param>
    public void Add((NamespaceIdentity SeenFrom, int Number)? place)
    {
        Interlocked.Exchange(ref _time, Stopwatch.GetTimestamp());
        if (place is not { } known)
            return;
        lock (_gate)
        {
            _last.RemoveAll(item => !IsTime(item.Time));
            _last.Add((known.SeenFrom, known.Number, Stopwatch.GetTimestamp()));
        }
    }

    /// <summary>Tells whether a number is that of one, or was: the kernel may have given it to another namespace within
    /// this second.</summary>
    /// <param name="seenFrom">Where it is valid.</param>
    /// <param name="number">The number.</param>
    public bool Contains(NamespaceIdentity seenFrom, int number)
    {
        lock (_gate)
        {
            return _last.Exists(
                item => item.Number == number && item.SeenFrom.Equals(seenFrom) && IsTime(item.Time));
        }
    }
}
