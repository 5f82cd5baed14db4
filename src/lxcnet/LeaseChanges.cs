using LxcNetworking.Containers.Dhcp;
using LxcNetworking.Files;

namespace LxcNetworking.Program;

/// <summary>Tells when a lease was put on file, or taken away (inotify(7)).</summary>
internal sealed class LeaseChanges : IDisposable
{
    private readonly AutoResetEvent _changed = new(initialState: false);
    private readonly FileSystemWatcher? _watcher;

    public LeaseChanges()
    {
        try
        {
            _watcher = new FileSystemWatcher(new RunFolder(LeaseRecords.FolderName).Path);
            _watcher.Created += (_, _) => _changed.Set();
            _watcher.Renamed += (_, _) => _changed.Set();
            _watcher.Deleted += (_, _) => _changed.Set();
            _watcher.Error += (_, _) => _changed.Set();
            _watcher.EnableRaisingEvents = true;
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            // There is no lease any more, or no watch left: it looks again after the pause.
        }
    }

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
