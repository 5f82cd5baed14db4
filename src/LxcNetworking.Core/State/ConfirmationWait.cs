using LxcNetworking.Files;
using LxcNetworking.Namespaces;
using LxcNetworking.State.Apply;
using LxcNetworking.Values;

namespace LxcNetworking.State;

/// <summary>What lxcnet does for a document that awaits confirmation.</summary>
internal static class ConfirmationWait
{
    /// <summary>Waits until what was applied is confirmed or put back, and puts it back at the deadline.</summary>
    /// <param name="path">The file of the namespace that the document is for, which is kept open.</param>
    /// <param name="document">The document's name.</param>
    /// <param name="since">When it was applied.</param>
    /// <param name="waitUntil">Waits until a time of <see cref="BootClock"/>, or until something in the folder has
    /// changed.</param>
    /// <param name="log">Told what was done.</param>
    /// <exception cref="NetworkException">The namespace cannot be entered, a record cannot be read.</exception>
    public static void Run(
        string path, string document, TimeSpan since, Action<TimeSpan> waitUntil, Action<string> log)
    {
        using var pool = new NetworkStackPool();
        using var file = pool.OpenFile(new NamespaceReference(path), CancellationToken.None);
        var stack = pool.Get(new NamespaceReference(StateWatch.PathOf(file)));
        var files = new StateFiles(stack.Cookie);
        // A command that looks whether this process waits has the file locked for a moment.
        using var watching = RunLock.WaitFor(
            () => files.TryWatch(since), "waiting for a confirmation", document, CancellationToken.None);
        StateWatch.Wait(stack.State.WayBack, document, since, waitUntil, log);
    }
}
