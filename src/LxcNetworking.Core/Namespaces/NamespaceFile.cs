using System.Globalization;
using System.Runtime.InteropServices;
using LxcNetworking.Files;
using LxcNetworking.Native;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Namespaces;

/// <summary>Identifies an open or existing namespace file: its device and inode, as in stat(2).</summary>
/// <param name="Device">The nsfs device.</param>
/// <param name="Inode">The namespace's inode, which the kernel uses again after the namespace is gone.</param>
internal sealed record NamespaceIdentity(ulong Device, ulong Inode);

/// <summary>Finds and opens namespace files (namespaces(7)).</summary>
internal static class NamespaceFile
{
    public const string RunDirectory = "/run/netns";
    public const string OwnThread = "/proc/thread-self/ns/net";
    public const string OwnProcess = "/proc/self/ns/net";
    public const string Host = "/proc/1/ns/net";

    /// <summary>The file that a user's text means. Names come before process ids, as in ip-netns(8).</summary>
    public static string PathOf(NamespaceReference? reference, CancellationToken cancellation = default)
    {
        if (reference is null)
            return OwnThread;
        if (reference.KnownPath is { } known)
            return known;
        var text = reference.Text;
        if (text.Length == 0)
            throw new NetworkException(
                NetworkErrorCode.InvalidName,
                "The namespace name is empty; write a name, a path, a process id or 'host'.",
                text);
        if (text == NamespaceReference.HostText)
            return Host;
        if (text.StartsWith('/'))
            return text;
        if (ProcessPathOf(text, cancellation) is { } processPath)
            return processPath;

        var isNumber = Digits.TryParse(text, out int processId);
        NamespaceStore.CheckName(text);
        var path = Path.Combine(RunDirectory, text);
        return isNumber && !File.Exists(path) ? ProcessPath(processId) : path;
    }

    /// <summary>
    /// Asks a container's runtime once more, after what it said was opened: when the container ends in between, its
    /// process id can be given to another process.
    /// </summary>
    /// <param name="reference">The container; whatever else it is, or knows its namespace's cookie, needs no
    /// question.</param>
    /// <param name="path">What was opened.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NetworkException">NamespaceChanged, or ContainerNotFound where it does not run any
    /// more.</exception>
    public static void Confirm(NamespaceReference? reference, string path, CancellationToken cancellation)
    {
        if (reference is { Cookie: 0, Text: var text }
            && ProcessPathOf(text, cancellation) is { } again && again != path)
        {
            throw new NetworkException(
                NetworkErrorCode.NamespaceChanged,
                $"The container '{text}' was started anew while it was looked up. Try again.",
                text);
        }
    }

    public static string ProcessPath(int processId)
        => $"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/ns/net";

    private static string? ProcessPathOf(string text, CancellationToken cancellation)
        => text.IndexOf(':', StringComparison.Ordinal) is var colon and > 0
            && NamespaceSources.Find(text[..colon]) is { } source
                ? ProcessPath(source.GetProcessId(text[(colon + 1)..], cancellation))
                : null;

    /// <summary>Reads a file's identity without opening it.</summary>
    /// <returns>Null if there is no such file or it may not be looked at.</returns>
    public static NamespaceIdentity? TryIdentify(string path, out int errno)
    {
        var identity = IdentityOf(LibC.Look(path, follow: true));
        errno = identity is null ? Marshal.GetLastPInvokeError() : 0;
        return identity;
    }

    /// <summary>Reads an open file's identity.</summary>
    public static NamespaceIdentity Identify(SafeFileHandle file)
        => IdentityOf(LibC.Look(file))
            ?? throw new NetworkException(
                NetworkErrorCode.NotANamespace,
                $"An open namespace file cannot be looked at: {Marshal.GetLastPInvokeErrorMessage()}.");

    public static NamespaceIdentity Identify(string path, NamespaceReference? reference)
        => TryIdentify(path, out var errno) ?? throw NotUsable(path, reference, errno);

    /// <summary>Opens a namespace file and makes sure that it is one of a network namespace.</summary>
    public static SafeFileHandle Open(string path, NamespaceReference? reference)
    {
        // The path may lead to anything, and to open a device or a FIFO would act on it.
        using var seen = FileCalls.TryOpen(path, LibC.O_PATH)
            ?? throw NotUsable(path, reference, Marshal.GetLastPInvokeError());
        if (LibC.Look(seen) is { } about && (about.Mode & LibC.S_IFMT) == LibC.S_IFREG)
        {
            var file = FileCalls.TryOpen(FileCalls.PathOf(seen), LibC.O_RDONLY | LibC.O_NONBLOCK)
                ?? throw NotUsable(path, reference, Marshal.GetLastPInvokeError());
            if (LibC.Ioctl(file, LibC.NS_GET_NSTYPE) == LibC.CLONE_NEWNET)
                return file;
            file.Dispose();
        }

        throw new NetworkException(
            NetworkErrorCode.NotANamespace,
            $"'{Show(path, reference)}' is not a network namespace. It may be an empty file left under {RunDirectory}.",
            Show(path, reference))
        {
            Advice = Path.GetDirectoryName(path) == RunDirectory
                ? [Advice.To(AdviceKind.Remove, AdviceThing.Namespace, null, Path.GetFileName(path))] : [],
        };
    }

    /// <summary>A stable way to say "the namespace this thread is in now" after the thread has moved on.</summary>
    public static NamespaceReference Describe(NamespaceIdentity identity, ulong cookie)
    {
        if (DescribeLasting(identity, cookie) is { } lasting)
            return lasting;
        var thread = string.Create(
            CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/task/{LibC.GetTid()}/ns/net");
        return new NamespaceReference(thread, cookie, thread);
    }

    /// <summary>The same by what stays as long as this process; null if nothing of that is in the namespace.</summary>
    public static NamespaceReference? DescribeLasting(NamespaceIdentity identity, ulong cookie)
    {
        if (TryIdentify(Host, out _) == identity)
            return new NamespaceReference(NamespaceReference.HostText, cookie, Host);
        if (Directory.Exists(RunDirectory))
        {
            // A link to another name, or to a process, may go before it.
            string? link = null;
            foreach (var path in Directory.EnumerateFiles(RunDirectory))
            {
                if (TryIdentify(path, out _) != identity)
                    continue;
                if (!NamespaceMount.IsLink(path))
                    return new NamespaceReference(Path.GetFileName(path), cookie, path);
                link ??= path;
            }

            if (link is not null)
                return new NamespaceReference(Path.GetFileName(link), cookie, link);
        }

        // The process's first thread stays where the process began, whatever the session's thread does.
        var own = ProcessPath(Environment.ProcessId);
        return TryIdentify(own, out _) == identity
            ? new NamespaceReference(Environment.ProcessId.ToString(CultureInfo.InvariantCulture), cookie, own) : null;
    }

    /// <summary>The same for a path that leads whoever reads it to its own namespace; null for any other.</summary>
    public static NamespaceReference? DescribeOwn(NamespaceReference reference, NamespaceIdentity identity)
        => reference.Text.StartsWith("/proc/self/", StringComparison.Ordinal)
            || reference.Text.StartsWith("/proc/thread-self/", StringComparison.Ordinal)
                ? Describe(identity, reference.Cookie) : null;

    private static NamespaceIdentity? IdentityOf(StatX? result)
        => result is { } about
            ? new NamespaceIdentity((ulong)about.DevMajor << 32 | about.DevMinor, about.Inode)
            : null;

    private static string Show(string path, NamespaceReference? reference)
        => Netlink.KernelText.Printable(reference?.Text ?? path);

    private static NetworkException NotUsable(string path, NamespaceReference? reference, int errno)
    {
        var shown = Show(path, reference);
        return errno switch
        {
            LibC.ENOENT or LibC.ESRCH or LibC.ENOTDIR when path.StartsWith("/proc/", StringComparison.Ordinal)
                && path != Host
                => new NetworkException(
                    NetworkErrorCode.NamespaceNotFound,
                    $"There is no process {shown} any more, so it has no network namespace.",
                    shown)
                {
                    Advice = [Advice.List(AdviceThing.Namespace, null, null, ("all", null))],
                },
            LibC.ENOENT or LibC.ENOTDIR
                => new NetworkException(
                    NetworkErrorCode.NamespaceNotFound, $"There is no network namespace '{shown}'.", shown)
                {
                    Advice = [Advice.List(AdviceThing.Namespace), Advice.To(AdviceKind.Create, AdviceThing.Namespace)],
                },
            LibC.EACCES or LibC.EPERM
                => new NetworkException(
                    NetworkErrorCode.PermissionDenied,
                    $"The network namespace '{shown}' may not be looked at by this user.",
                    shown)
                {
                    Advice = [Advice.RunPrivileged],
                },
            LibC.EMFILE or LibC.ENFILE => KernelErrors.NoDescriptor(shown),
            _ => new NetworkException(
                NetworkErrorCode.NamespaceNotFound,
                $"The network namespace '{shown}' cannot be opened: {Marshal.GetPInvokeErrorMessage(errno)}.",
                shown),
        };
    }
}
