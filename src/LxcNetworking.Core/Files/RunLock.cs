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
        => WaitFor(
            () =>
            {
                RunFolder.Make(RunFolder.Root);
                return TryTake();
            },
            "changing container networks",
            Place,
            cancellation);

    /// <summary>Waits for a lock.</summary>
    /// <param name="tryTake">Takes it; null where another command has it.</param>
    /// <param name="work">What who has it does, after "Another command has been".</param>
    /// <param name="place">The locked file.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NetworkException">TimedOut, and those of <paramref name="tryTake"/>.</exception>
    public static T WaitFor<T>(Func<T?> tryTake, string work, string place, CancellationToken cancellation)
        where T : class
    {
        for (var watch = Stopwatch.StartNew(); ;)
        {
            cancellation.ThrowIfCancellationRequested();
            if (tryTake() is { } turn)
                return turn;
            if (watch.Elapsed > s_timeout)
                throw new NetworkException(
                    NetworkErrorCode.TimedOut,
                    $"Another command has been {work} for {s_timeout.TotalSeconds} seconds. Try again when it has "
                        + $"ended; 'lsof {place}' tells which process it is.",
                    place);
            cancellation.WaitHandle.WaitOne(WaitMilliseconds);
        }
    }

    /// <summary>Takes it if nobody else has it and there is a folder for it.</summary>
    /// <returns>Null otherwise.</returns>
    /// <exception cref="NetworkException">PermissionDenied; InvalidArgument: what is in its place is none.</exception>
    public static RunLock? TryTake() => TryLock(RunFolder.Root, Name) is { } file ? new RunLock(file) : null;

    /// <summary>Locks a file in a folder of this user's if nobody else has it locked.</summary>
    /// <returns>Null otherwise, and where there is no folder.</returns>
    /// <exception cref="NetworkException">PermissionDenied; InvalidArgument: what is in its place is none.</exception>
    public static SafeFileHandle? TryLock(string path, string name)
    {
        try
        {
            using var folder = OpenFolder.FindOwn(path);
            return folder?.TryLock(name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Explain(e, $"{path}/{name} cannot be opened", $"{path}/{name}");
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
