namespace LxcNetworking.Program;

/// <summary>Tells when a file was put into a folder, or taken away (inotify(7)).</summary>
internal sealed class FolderChanges : IDisposable
{
    private readonly AutoResetEvent _changed = new(initialState: false);
    private readonly FileSystemWatcher? _watcher;

    public FolderChanges(string path)
    {
        try
        {
            _watcher = new FileSystemWatcher(path);
            _watcher.Created += (_, _) => _changed.Set();
            _watcher.Renamed += (_, _) => _changed.Set();
            _watcher.Deleted += (_, _) => _changed.Set();
            _watcher.Error += (_, _) => _changed.Set();
            _watcher.EnableRaisingEvents = true;
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            // The folder is not there any more, or no watch is left: who waits has a timeout too.
        }
    }

    /// <summary>Set at a change.</summary>
    public WaitHandle Changed => _changed;

    /// <summary>Waits for a change.</summary>
    public void Wait(TimeSpan timeout, CancellationToken cancellation)
    {
        if (timeout > TimeSpan.Zero)
            WaitHandle.WaitAny([_changed, cancellation.WaitHandle], timeout);
        cancellation.ThrowIfCancellationRequested();
    }

    public void Dispose()
    {
        _watcher?.Dispose();
        _changed.Dispose();
    }
}
