using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Values;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Events;

/// <summary>
/// Watches the names of network namespaces under /run/netns, of whoever makes and removes them. It listens once the
/// constructor returns. Its thread stays in the mount namespace of the one that made it.
/// </summary>
internal sealed class NamespaceWatch : IDisposable
{
    private const uint Interesting = LibC.IN_CREATE | LibC.IN_DELETE | LibC.IN_MOVED_FROM
        | LibC.IN_MOVED_TO | LibC.IN_DELETE_SELF | LibC.IN_MOVE_SELF | LibC.IN_ONLYDIR;
    private const int Soon = 20, Sometimes = 250;

    // A name is a file at first, and a namespace is mounted over it a moment later; one that never is, is a leftover.
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(1), s_pollLimit = TimeSpan.FromSeconds(60);

    private readonly NamespaceStore _namespaces;
    private readonly Action<NetNamespace, bool> _told;
    private readonly Action _looked;
    private readonly Dictionary<string, (NamespaceIdentity Identity, NetNamespace Item)> _known = [];
    private readonly Dictionary<string, long> _waiting = [];
    private readonly SafeFileHandle? _events;
    private readonly SafeFileHandle _wake;
    private readonly Thread _thread;
    private readonly byte[] _buffer = new byte[4096];
    private volatile bool _ended;

    /// <summary>Starts to listen.</summary>
    /// <param name="namespaces">Those that are there.</param>
    /// <param name="told">Takes each namespace that came (true) or went (false), on the watch's thread.</param>
    /// <param name="looked">Is called after each look, on the watch's thread.</param>
    public NamespaceWatch(NamespaceStore namespaces, Action<NetNamespace, bool> told, Action looked)
    {
        (_namespaces, _told, _looked) = (namespaces, told, looked);
        _wake = new SafeFileHandle(LibC.EventFd(), ownsHandle: true);
        // A user has only so many of them; without one, looking from time to time is next best.
        var events = LibC.InotifyInit(LibC.IN_CLOEXEC | LibC.IN_NONBLOCK);
        _events = events < 0 ? null : new SafeFileHandle(events, ownsHandle: true);
        var isWatched = Listen();
        foreach (var item in _namespaces.List())
        {
            if (NamespaceFile.TryIdentify(item.Path, out _) is { } identity)
                _known[item.Name!] = (identity, item);
        }

        _thread = new Thread(() => Run(isWatched)) { IsBackground = true, Name = "namespace events" };
        _thread.Start();
    }

    /// <summary>Ends the watch.</summary>
    public void Dispose()
    {
        _ended = true;
        LibC.Signal(_wake);
        _thread.Join();
        _events?.Dispose();
        _wake.Dispose();
    }

    private void Run(bool isWatched)
    {
        while (true)
        {
            var pause = Look();
            if (pause < 0 && !isWatched)
                pause = Sometimes;
            _looked();
            _ = LibC.PollToRead([_events, _wake], pause, []);
            if (_ended)
                return;
            while (_events is not null && LibC.Read(_events, _buffer) > 0)
            {
                // What happened is seen by looking.
            }

            isWatched = Listen();
        }
    }

    // The folder may not be there yet, or be another one by now.
    private bool Listen()
        => _events is not null && LibC.InotifyAddWatch(_events, NamespaceFile.RunDirectory, Interesting) >= 0;

    /// <summary>Compares the folder with what is known.</summary>
    /// <returns>When to look again, in milliseconds; -1 when something happens.</returns>
    private int Look()
    {
        var now = Environment.TickCount64;
        var there = new Dictionary<string, NamespaceIdentity>();
        var waiting = new HashSet<string>();
        foreach (var path in Files())
        {
            var name = Path.GetFileName(path);
            if (NamespaceStore.IsNamespace(path) && NamespaceFile.TryIdentify(path, out _) is { } identity)
                there[name] = identity;
            else
                waiting.Add(name);
        }

        foreach (var (name, (identity, item)) in _known.ToList())
        {
            if (there.GetValueOrDefault(name) == identity)
                continue;
            _known.Remove(name);
            _told(item, false);
        }

        foreach (var (name, identity) in there.Where(entry => !_known.ContainsKey(entry.Key)))
        {
            if (TryRead(name) is { } item)
            {
                _known[name] = (identity, item);
                _told(item, true);
            }
            else
            {
                waiting.Add(name);
            }
        }

        foreach (var name in _waiting.Keys.Where(name => !waiting.Contains(name)).ToList())
            _waiting.Remove(name);
        foreach (var name in waiting)
            _waiting.TryAdd(name, now);
        var youngest = _waiting.Values.Select(since => TimeSpan.FromMilliseconds(now - since))
            .DefaultIfEmpty(TimeSpan.MaxValue).Min();
        return youngest < s_soon ? Soon : youngest < s_pollLimit ? Sometimes : -1;
    }

    private static List<string> Files()
    {
        try
        {
            return Directory.Exists(NamespaceFile.RunDirectory)
                ? [.. Directory.EnumerateFiles(NamespaceFile.RunDirectory).Order(StringComparer.Ordinal)]
                : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private NetNamespace? TryRead(string name)
    {
        try
        {
            return _namespaces.Get(new NamespaceReference(name, 0, Path.Combine(NamespaceFile.RunDirectory, name)));
        }
        catch (NetworkException)
        {
            // It is gone again.
            return null;
        }
    }
}
