using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking;

/// <summary>
/// Writes a container's /etc/resolv.conf from outside. Its root is not trusted: whatever links it holds, nothing outside of it is
/// touched (openat2(2), RESOLVE_IN_ROOT), and a link in the file's place is replaced, never followed.
/// </summary>
internal static partial class ResolvConf
{
    private const string FileName = "resolv.conf", TemporaryPrefix = ".resolv.conf.";
    private const int RandomLength = 12;
    private const ulong RESOLVE_NO_MAGICLINKS = 2, RESOLVE_IN_ROOT = 0x10;

    /// <summary>Checks what is to be written.</summary>
    /// <exception cref="NetworkException">InvalidArgument.</exception>
    public static void Validate(IReadOnlyList<IPAddress> servers, IReadOnlyList<string> search)
    {
        foreach (var domain in search)
        {
            if (domain.Length is 0 or > 253 || !domain.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_') || domain[0] is '-')
                throw new NetworkException(NetworkErrorCode.InvalidArgument, $"'{KernelText.Printable(domain)}' is no domain name to search; write it as example.org.", domain);
        }

        if (servers.FirstOrDefault(server => IP.IsAny(server) || IP.IsMulticast(server)) is { } bad)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, $"{bad} cannot be a name server.", bad.ToString());
    }

    /// <summary>Writes the file.</summary>
    /// <exception cref="NetworkException">NotSupported where the container has no place for it, PermissionDenied.</exception>
    public static void Write(ContainerReference container, IReadOnlyList<IPAddress> servers, IReadOnlyList<string> search)
    {
        var text = new StringBuilder("# Written by LxcNetworking\n");
        if (search.Count > 0)
            text.Append(CultureInfo.InvariantCulture, $"search {string.Join(' ', search)}\n");
        foreach (var server in servers)
            text.Append(CultureInfo.InvariantCulture, $"nameserver {server}\n");
        var content = Encoding.ASCII.GetBytes(text.ToString());
        if (container.NamespaceName is { } name)
        {
            // ip-netns(8): what is run in a named namespace sees the files of /etc/netns/NAME under /etc.
            var folder = Path.Combine("/etc/netns", name);
            try
            {
                Directory.CreateDirectory(folder);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new NetworkException(NetworkErrorCode.PermissionDenied, $"The folder {folder} for the container's resolv.conf cannot be made: {e.Message}", container.Text, e);
            }

            WriteUnder("/", $"etc/netns/{name}", content, container);
        }
        else if (container.ProcessId > 0)
        {
            WriteUnder($"/proc/{container.ProcessId.ToString(CultureInfo.InvariantCulture)}/root", "etc", content, container);
        }
        else
        {
            throw Shared(container);
        }
    }

    private static void WriteUnder(string root, string folder, byte[] content, ContainerReference container)
    {
        using var top = Check(LibC.Open(root, LibC.O_PATH | LibC.O_DIRECTORY | LibC.O_CLOEXEC), container, root);
        var how = new Native.OpenHow { Flags = (uint)(LibC.O_RDONLY | LibC.O_DIRECTORY | LibC.O_CLOEXEC), Resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
        using var etc = Check((int)Native.OpenAt2(Native.SYS_openat2, top, folder, ref how, 3 * sizeof(ulong)), container, "/etc");
        if (IsMounted(etc))
        {
            // Docker and Podman mount a file of their own there. To rename another one over it from out here would take the mount away.
            using var mounted = Check(Native.OpenAt(etc, FileName, LibC.O_WRONLY | LibC.O_NOFOLLOW | LibC.O_NONBLOCK | LibC.O_CLOEXEC, 0), container, $"/etc/{FileName}");
            if (IsSame(mounted, $"/etc/{FileName}"))
                throw Shared(container);
            RandomAccess.SetLength(mounted, 0);
            RandomAccess.Write(mounted, content, 0);
            return;
        }

        if (IsSame(etc, "/etc"))
            throw Shared(container);
        Sweep(etc);
        var temporary = TemporaryPrefix + RandomNumberGenerator.GetHexString(RandomLength, lowercase: true);
        var descriptor = Native.OpenAt(etc, temporary, LibC.O_WRONLY | LibC.O_CREAT | LibC.O_EXCL | LibC.O_NOFOLLOW | LibC.O_CLOEXEC, 0x1a4); // 0644
        using var file = Check(descriptor, container, $"/etc/{FileName}");
        // As long as this process lives, it is nobody's leftover.
        _ = LibC.Flock(file, LibC.LOCK_EX | LibC.LOCK_NB);
        try
        {
            // In a user namespace, root is somebody else here: the folder's owner.
            if (LibC.Look(etc) is { } owner)
                _ = LibC.ChangeOwner(file, owner.Uid, owner.Gid);
            RandomAccess.Write(file, content, 0);
            RandomAccess.FlushToDisk(file);
            if (Native.RenameAt(etc, temporary, etc, FileName) < 0)
                throw Failed(Marshal.GetLastPInvokeError(), container, $"/etc/{FileName}");
        }
        catch
        {
            _ = Native.UnlinkAt(etc, temporary, 0);
            throw;
        }
    }

    // Files that killed processes left behind.
    private static void Sweep(SafeFileHandle etc)
    {
        foreach (var path in Directory.EnumerateFiles(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{etc.DangerousGetHandle()}/"), TemporaryPrefix + "*").ToList())
        {
            var name = Path.GetFileName(path);
            if (name.Length != TemporaryPrefix.Length + RandomLength || Native.OpenAt(etc, name, LibC.O_WRONLY | LibC.O_NOFOLLOW | LibC.O_NONBLOCK | LibC.O_CLOEXEC, 0) is not (var descriptor and >= 0))
                continue;
            using var file = new SafeFileHandle(descriptor, ownsHandle: true);
            if (LibC.Flock(file, LibC.LOCK_EX | LibC.LOCK_NB) == 0)
                _ = Native.UnlinkAt(etc, name, 0);
        }
    }

    private static bool IsMounted(SafeFileHandle etc)
    {
        const ulong STATX_ATTR_MOUNT_ROOT = 0x2000;
        var descriptor = Native.OpenAt(etc, FileName, LibC.O_PATH | LibC.O_NOFOLLOW | LibC.O_CLOEXEC, 0);
        if (descriptor < 0)
            return false;
        using var file = new SafeFileHandle(descriptor, ownsHandle: true);
        return LibC.Look(file) is { } about && (about.Attributes & STATX_ATTR_MOUNT_ROOT) != 0;
    }

    // A process can have a network of its own and yet all of the host's files.
    private static bool IsSame(SafeFileHandle file, string hosts)
        => LibC.Look(hosts, follow: true) is { } about && LibC.Look(file) is { } own && (own.Inode, own.DevMajor, own.DevMinor) == (about.Inode, about.DevMajor, about.DevMinor);

    private static NetworkException Shared(ContainerReference container)
        => new(NetworkErrorCode.NotSupported, $"'{container}' has no file system of its own that a resolv.conf could be in. Leave -DnsServer and -DnsSearch out.", container.Text);

    private static SafeFileHandle Check(int descriptor, ContainerReference container, string path)
        => descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Failed(Marshal.GetLastPInvokeError(), container, path);

    private static NetworkException Failed(int errno, ContainerReference container, string path) => errno switch
    {
        LibC.EACCES or LibC.EPERM => new NetworkException(NetworkErrorCode.PermissionDenied, $"This user may not write the container's resolv.conf ({path} in '{container}'). Run PowerShell as root.", container.Text),
        _ => new NetworkException(NetworkErrorCode.NotSupported, $"The resolv.conf of '{container}' cannot be written: {path}: {Marshal.GetPInvokeErrorMessage(errno)}.", container.Text),
    };

    private static partial class Native
    {
        public const long SYS_openat2 = 437;

        /// <summary>struct open_how of linux/openat2.h.</summary>
        [StructLayout(LayoutKind.Sequential)]
        public struct OpenHow
        {
            public ulong Flags;
            public ulong Mode;
            public ulong Resolve;
        }

        [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
        public static partial long OpenAt2(long number, SafeFileHandle directory, string path, ref OpenHow how, nuint size);

        [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
        public static partial int OpenAt(SafeFileHandle directory, string path, int flags, uint mode);

        [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
        public static partial int RenameAt(SafeFileHandle from, string oldPath, SafeFileHandle to, string newPath);

        [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
        public static partial int UnlinkAt(SafeFileHandle directory, string path, int flags);
    }
}
