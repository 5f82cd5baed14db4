using System.Diagnostics;
using LxcNetworking.Values;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Files;

/// <summary>
/// Lets one command at a time change container networks: flock(2) on a file beside their folders, which the kernel
/// gives up with the process. Whoever holds it takes away what killed commands left, then the file, and the folder if
/// nothing else is in it.
/// </summary>
internal sealed class RunLock : IDisposable
{
    private const string Name = ".lock", Place = RunFolder.Root + "/" + Name;
    private const int WaitMilliseconds = 10;
    // The longest step is a dnsmasq that does not start, twice.
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(60);
    private readonly SafeFileHandle _file;

    private RunLock(SafeFileHandle file) => _file = file;

    /// <summary>Waits until nobody else has it.</summary>
    /// <exception cref="NetworkException">PermissionDenied; TimedOut; InvalidArgument: what is in its place is
    /// none.</exception>
    public static RunLock Take(CancellationToken cancellation)
    {
        for (var watch = Stopwatch.StartNew(); ;)
        {
            cancellation.ThrowIfCancellationRequested();
            RunFolder.Make(RunFolder.Root);
            if (TryTake() is { } turn)
                return turn;
            if (watch.Elapsed > s_timeout)
                throw new NetworkException(
                    NetworkErrorCode.TimedOut,
                    $"Another command has been changing container networks for {s_timeout.TotalSeconds} seconds. Try "
                        + $"again when it has ended; 'lsof {Place}' tells which process it is.",
                    Place);
            cancellation.WaitHandle.WaitOne(WaitMilliseconds);
        }
    }

    /// <summary>Takes it if nobody else has it and there is a folder for it.</summary>
    /// <returns>Null otherwise.</returns>
    /// <exception cref="NetworkException">PermissionDenied; InvalidArgument: what is in its place is none.</exception>
    public static RunLock? TryTake()
    {
        try
        {
            using var folder = OpenFolder.FindOwn(RunFolder.Root);
            return folder?.TryLock(Name) is { } file ? new RunLock(file) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Explain(e, $"{Place} cannot be opened", Place);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        RunFolder.Tidy();
        try
        {
            // Who waits for this file will see that it is no longer in its place.
            File.Delete(Place);
            Directory.Delete(RunFolder.Root);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // There is a network's folder, or the next one's lock.
        }

        _file.Dispose();
    }
}
