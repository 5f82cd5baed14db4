using System.Buffers.Binary;
using System.Text;
using LxcNetworking.Native;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Program.Keeping;

/// <summary>Tells when files come, go or are opened that may not be there yet, nor the folders that they are in
/// (inotify(7)). It listens once the constructor returns.</summary>
internal sealed class PathEvents : IDisposable
{
    private const uint Coming = LibC.IN_CREATE | LibC.IN_MOVED_TO | LibC.IN_DELETE | LibC.IN_MOVED_FROM;
    // struct inotify_event: wd, mask, cookie, len.
    private const int HeaderBytes = 16;
    private readonly IReadOnlyList<string> _paths;
    private readonly bool _tellsOpening;
    private readonly Action _changed;
    private readonly SafeFileHandle? _events;
    private readonly SafeFileHandle _wake = new(LibC.EventFd(), ownsHandle: true);
    // Names that matter, by the watch of their folder.
    private readonly Dictionary<int, HashSet<string>> _names = [];
    private readonly Thread? _thread;
    private volatile bool _ended;

    /// <summary>Starts to listen.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="tellsOpening">Whether it tells too that somebody opens one.</param>
    /// <param name="changed">Called at each of these, on a thread of its own.</param>
    public PathEvents(IReadOnlyList<string> paths, bool tellsOpening, Action changed)
    {
        (_paths, _tellsOpening, _changed) = (paths, tellsOpening, changed);
        // A user has only so many of them; without one, other events have to do.
        var events = paths.Count == 0 ? -1 : LibC.InotifyInit(LibC.IN_CLOEXEC | LibC.IN_NONBLOCK);
        if (events < 0)
            return;
        _events = new SafeFileHandle(events, ownsHandle: true);
        Listen();
        _thread = new Thread(Run) { IsBackground = true, Name = "file events" };
        _thread.Start();
    }

    public void Dispose()
    {
        _ended = true;
        LibC.Signal(_wake);
        _thread?.Join();
        _events?.Dispose();
        _wake.Dispose();
    }

    private void Run()
    {
        var buffer = new byte[4096];
        while (true)
        {
            _ = LibC.PollToRead([_events, _wake], -1, []);
            if (_ended)
                return;
            var matters = false;
            for (int size; (size = (int)LibC.Read(_events!, buffer)) > 0;)
                matters |= Matters(buffer.AsSpan(0, size));
            if (!matters)
                continue;
            Listen();
            _changed();
        }
    }

    // Each file's folder, or the first one on the way to it that is not there yet.
    private void Listen()
    {
        foreach (var path in _paths)
        {
            var (folder, name) = (Path.GetDirectoryName(path)!, Path.GetFileName(path));
            var mask = Coming | (_tellsOpening ? LibC.IN_OPEN : 0);
            int watch;
            while ((watch = LibC.InotifyAddWatch(_events!, folder, mask | LibC.IN_ONLYDIR | LibC.IN_MASK_ADD)) < 0
                && Path.GetDirectoryName(folder) is { } outer)
                (folder, name, mask) = (outer, Path.GetFileName(folder), Coming);
            if (watch < 0)
                continue;
            if (!_names.TryGetValue(watch, out var names))
                _names[watch] = names = new(StringComparer.Ordinal);
            names.Add(name);
        }
    }

    private bool Matters(ReadOnlySpan<byte> events)
    {
        var matters = false;
        while (events.Length >= HeaderBytes)
        {
            var watch = BinaryPrimitives.ReadInt32LittleEndian(events);
            var mask = BinaryPrimitives.ReadUInt32LittleEndian(events[4..]);
            var length = BinaryPrimitives.ReadInt32LittleEndian(events[12..]);
            var name = Encoding.UTF8.GetString(events.Slice(HeaderBytes, length)).TrimEnd('\0');
            // Without a name it is about the folder: it went, or events were lost.
            matters |= name.Length == 0 ? (mask & LibC.IN_OPEN) == 0
                : _names.TryGetValue(watch, out var names) && names.Contains(name);
            events = events[(HeaderBytes + length)..];
        }

        return matters;
    }
}
