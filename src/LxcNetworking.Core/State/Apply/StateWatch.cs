using System.Globalization;
using LxcNetworking.Helper;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.State.Apply;

/// <summary>Has lxcnet put back what nobody confirms.</summary>
/// <param name="stack">The namespace that documents are for.</param>
/// <param name="files">Where records are kept.</param>
internal sealed class StateWatch(NetworkStack stack, StateFiles files) : IStateWatch
{
    /// <inheritdoc/>
    public TimeSpan Now => BootClock.Now;

    /// <inheritdoc/>
    public void Start(StateRecord journal, CancellationToken cancellation)
    {
        var since = journal.Confirmation!.Since;
        // A namespace may have no name, and this process may be the only one in it.
        using var file = stack.OpenFile();
        HelperProgram.Watch(
            PathOf(file), journal.Document, since, () => files.IsWatched(since), cancellation);
    }

    /// <summary>The file of a namespace that this process has open, as other processes find it.</summary>
    public static string PathOf(SafeFileHandle file) => string.Create(
        CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/fd/{file.DangerousGetHandle()}");

    /// <summary>What lxcnet does: waits until what was applied is confirmed or put back, and puts it back at the
    /// deadline.</summary>
    /// <param name="back">Puts it back.</param>
    /// <param name="document">The document's name.</param>
    /// <param name="since">When it was applied.</param>
    /// <param name="waitUntil">Waits until a time of <see cref="BootClock"/>, or until a journal may have
    /// changed.</param>
    /// <param name="log">Told what was done.</param>
    /// <exception cref="NetworkException">A record cannot be read.</exception>
    public static void Wait(
        StateWayBack back, string document, TimeSpan since, Action<TimeSpan> waitUntil, Action<string> log)
    {
        while (back.DeadlineOf(document, since) is { } deadline)
        {
            waitUntil(deadline);
            try
            {
                if (back.IsOver(document, since) && back.Expire(document, since, log, CancellationToken.None) is null)
                    return;
            }
            catch (NetworkException e) when (e.Code == NetworkErrorCode.TimedOut)
            {
                // Another command has the lock.
            }
        }
    }
}
