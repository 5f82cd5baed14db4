using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Files;
using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Connections;

/// <summary>
/// Writes a container's /etc/resolv.conf from outside. Its root is not trusted (<see cref="OpenFolder"/>).
/// </summary>
internal static class ResolvConf
{
    private const string FileName = "resolv.conf", Heading = "# Written by LxcNetworking\n";
    private const string Folders = "/etc/netns";
    private const int MaxBytes = 64 << 10, MaxAttempts = 10;
    private const int Mode0644 = 0x1a4;
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10), s_sweepTimeout = TimeSpan.FromSeconds(1);

    [ModuleInitializer]
    internal static void Register() => NamespaceStore.Removing += Remove;

    /// <summary>Checks what is to be written.</summary>
    /// <exception cref="NetworkException">InvalidArgument.</exception>
    public static void Validate(IReadOnlyList<IPAddress> servers, IReadOnlyList<string> search)
    {
        foreach (var domain in search)
        {
            if (domain.Length is 0 or > 253 || !domain.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_')
                || domain[0] is '-')
                throw new NetworkException(
                    NetworkErrorCode.InvalidArgument,
                    $"'{KernelText.Printable(domain)}' is no domain name to search; write it as example.org.",
                    domain);
        }

        if (servers.FirstOrDefault(server => IP.IsAny(server) || IP.IsMulticast(server)) is { } bad)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument, $"{bad} cannot be a name server.", bad.ToString());
    }

    /// <summary>Writes the file.</summary>
    /// <exception cref="NetworkException">NotSupported where the container has no place for it, or
    /// something else is in it, ContainerNotFound where it has ended, PermissionDenied, TimedOut.</exception>
    public static void Write(
        ContainerReference container,
        NetworkStack inside,
        IReadOnlyList<IPAddress> servers,
        IReadOnlyList<string> search,
        CancellationToken cancellation)
    {
        var text = new StringBuilder(Heading);
        if (search.Count > 0)
            text.Append(CultureInfo.InvariantCulture, $"search {string.Join(' ', search)}\n");
        foreach (var server in servers)
            text.Append(CultureInfo.InvariantCulture, $"nameserver {server}\n");
        var content = Encoding.ASCII.GetBytes(text.ToString());
        if (container.NamespaceName is { } name)
        {
            WriteFor(name, content, container);
        }
        else if (container.ProcessId > 0)
        {
            Inside(container, inside, s_timeout, root => WriteUnder(root, "etc", content, container), cancellation);
        }
        else
        {
            throw Shared(container);
        }
    }

    /// <summary>Removes what was written for a named namespace, and the folders that then have nothing in
    /// them.</summary>
    /// <param name="name">The namespace's name.</param>
    public static void Remove(string name)
    {
        try
        {
            using (var folder = OpenFolder.FindOwn($"{Folders}/{name}"))
            {
                folder?.Sweep(FileName);
                // A user's own stays.
                if (folder?.Read(FileName, MaxBytes)?.AsSpan().StartsWith(Encoding.ASCII.GetBytes(Heading)) == true)
                    folder.Delete(FileName);
                if (folder is not null)
                    Directory.Delete(folder.Path);
            }

            Directory.Delete(Folders);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // There are others' files, or another namespace's folder.
        }
    }

    /// <summary>Removes what a killed command left in a container of a file that it was about to put in
    /// place.</summary>
    /// <param name="container">The container.</param>
    /// <param name="inside">Its network.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static void Sweep(ContainerReference container, NetworkStack inside, CancellationToken cancellation)
    {
        if (container.NamespaceName is not null || container.ProcessId <= 0)
            return;
        try
        {
            Inside(
                container,
                inside,
                s_sweepTimeout,
                root =>
                {
                    using var etc = OpenFolder.InRoot(root, "etc");
                    if (!IsSame(etc.Look(), "/etc"))
                        etc.Sweep(FileName);
                },
                cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NetworkException)
        {
            // It has ended, or lets nobody in.
        }
    }

    // ip-netns(8): what is run in a named namespace sees the files of /etc/netns/NAME under /etc.
    private static void WriteFor(string name, byte[] content, ContainerReference container)
    {
        var folder = $"{Folders}/{name}";
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                Directory.CreateDirectory(folder);
            }
            catch (DirectoryNotFoundException) when (attempt < MaxAttempts)
            {
                continue;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw FileErrors.Explain(
                    e, $"The folder {folder} for the container's resolv.conf cannot be made", container.Text);
            }

            try
            {
                WriteUnder("/", folder[1..], content, container);
                return;
            }
            catch (NetworkException e) when (e.InnerException is FileNotFoundException && attempt < MaxAttempts)
            {
                // Another command has removed the empty folder meanwhile.
            }
        }
    }

    // The container's root can mount a file system of its own there (FUSE), whose program never answers.
    private static void Inside(
        ContainerReference container, NetworkStack inside, TimeSpan timeout, Action<string> action,
        CancellationToken cancellation)
    {
        try
        {
            var writing = Task.Factory.StartNew(
                () => AsSeenBy(container, inside, action),
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
            writing.WaitAsync(timeout, cancellation).GetAwaiter().GetResult();
        }
        catch (TimeoutException e)
        {
            throw new NetworkException(
                NetworkErrorCode.TimedOut,
                $"The file system of '{container}' did not let its resolv.conf be written within "
                    + $"{timeout.TotalSeconds} seconds.",
                container.Text,
                e);
        }
    }

    // The container's process may have ended, and its number be another one's, who has other files. An open folder
    // under /proc stays the same process's.
    private static void AsSeenBy(ContainerReference container, NetworkStack inside, Action<string> action)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"/proc/{container.ProcessId}");
        using var process = FileCalls.TryOpen(path, LibC.O_PATH | LibC.O_DIRECTORY);
        if (process is null
            || !inside.Is(NamespaceFile.TryIdentify(FileCalls.PathOf(process) + "/ns/net", out _)))
        {
            throw new NetworkException(
                NetworkErrorCode.ContainerNotFound,
                $"The container '{container}' has ended meanwhile, or its first process has left its network, so that "
                    + "its resolv.conf is not known.",
                container.Text);
        }

        action(FileCalls.PathOf(process) + "/root");
    }

    private static void WriteUnder(string root, string folder, byte[] content, ContainerReference container)
    {
        const ulong STATX_ATTR_MOUNT_ROOT = 0x2000;
        try
        {
            using var etc = OpenFolder.InRoot(root, folder);
            if (etc.Look(FileName) is { } about && (about.Attributes & STATX_ATTR_MOUNT_ROOT) != 0)
            {
                // Docker and Podman mount a file of their own there. Another one that is renamed over it
                // from outside removes the mount.
                using var mounted = etc.OpenRegular(FileName, LibC.O_WRONLY)
                    ?? throw new FileNotFoundException("it is gone");
                if (IsSame(LibC.Look(mounted), $"/etc/{FileName}"))
                    throw Shared(container);
                RandomAccess.SetLength(mounted, 0);
                RandomAccess.Write(mounted, content, 0);
                return;
            }

            var owner = etc.Look();
            if (IsSame(owner, "/etc"))
                throw Shared(container);
            // In a user namespace, root is another user here: the folder's owner.
            try
            {
                etc.Replace(FileName, content, owner.Uid, owner.Gid, Mode0644);
            }
            catch (IOException e) when (e.HResult == LibC.EOVERFLOW)
            {
                using var place = FileUser.Become(owner.Uid, owner.Gid);
                etc.Replace(FileName, content, owner.Uid, owner.Gid, Mode0644);
            }
        }
        catch (FileNotFoundException e)
        {
            throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"The container '{container}' has no place for a resolv.conf: there is no folder /etc in it.",
                container.Text,
                e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Explain(
                e, $"The container's resolv.conf (/etc/{FileName} in '{container}') cannot be written", container.Text);
        }
    }

    // A process can have a network of its own and yet all of the host's files.
    private static bool IsSame(StatX? file, string hosts)
        => LibC.Look(hosts, follow: true) is { } about
            && file?.IsSameFileAs(about) == true;

    private static NetworkException Shared(ContainerReference container)
        => new(
            NetworkErrorCode.NotSupported,
            $"'{container}' has no file system of its own that a resolv.conf could be in.",
            container.Text)
        {
            Advice = [
                Advice.Omit(nameof(ContainerConnectionSpec.DnsServers), nameof(ContainerConnectionSpec.DnsSearch)),
            ],
        };
}
