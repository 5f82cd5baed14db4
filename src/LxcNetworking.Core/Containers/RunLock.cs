using System.Diagnostics;
using System.Runtime.InteropServices;
using LxcNetworking.Native;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking;

/// <summary>
/// Lets one command at a time change container networks: flock(2) on a file beside their folders, which the kernel gives up with the
/// process. Whoever holds it takes the file away again, and the folder if nothing else is in it.
/// </summary>
internal sealed class RunLock : IDisposable
{
    private const string Name = ".lock", Place = RunFolder.Root + "/" + Name;
    private const int EINTR = 4, EWOULDBLOCK = 11;
    private const int WaitMilliseconds = 10;
    // The longest step is a dnsmasq that does not start, twice.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly SafeFileHandle _file;

    private RunLock(SafeFileHandle file) => _file = file;

    /// <summary>Waits until nobody else has it.</summary>
    /// <exception cref="NetworkException">PermissionDenied; TimedOut; InvalidArgument: what is in its place is none.</exception>
    public static RunLock Take(CancellationToken cancellation)
    {
        for (var watch = Stopwatch.StartNew(); ;)
        {
            cancellation.ThrowIfCancellationRequested();
            if (Open() is { } file)
            {
                if (TryLock(file))
                    return new RunLock(file);
                file.Dispose();
            }

            if (watch.Elapsed > s_patience)
                throw new NetworkException(NetworkErrorCode.TimedOut, $"Another command has been changing container networks for {s_patience.TotalSeconds} seconds. Try again when it has ended; 'lsof {Place}' tells which process it is.", Place);
            cancellation.WaitHandle.WaitOne(WaitMilliseconds);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
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

    // Null if the folder went away in between.
    private static SafeFileHandle? Open()
    {
        RunFolder.Make(RunFolder.Root);
        try
        {
            using var folder = OpenFolder.FindOwn(RunFolder.Root);
            return folder?.OpenLock(Name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Explain(e, $"{Place} cannot be opened", Place);
        }
    }

    private static bool TryLock(SafeFileHandle file)
    {
        if (LibC.Flock(file, LibC.LOCK_EX | LibC.LOCK_NB) < 0)
        {
            return Marshal.GetLastPInvokeError() is EWOULDBLOCK or EINTR ? false
                : throw new NetworkException(NetworkErrorCode.NotSupported, $"{Place} cannot be locked: {Marshal.GetLastPInvokeErrorMessage()}.", Place);
        }

        return LibC.Look(file) is { } own && LibC.Look(Place) is { } there
            && (own.Inode, own.DevMajor, own.DevMinor) == (there.Inode, there.DevMajor, there.DevMinor);
    }
}
