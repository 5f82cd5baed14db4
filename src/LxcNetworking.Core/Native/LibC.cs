using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Native;

/// <summary>The libc entry points that namespaces and files need (namespaces(7), mount(2), statx(2),
/// openat(2)).</summary>
internal static partial class LibC
{
    private const string Library = "libc";

    internal const int CLONE_NEWNET = 0x40000000;
    internal const int CLONE_NEWNS = 0x20000;
    internal const int O_RDONLY = 0;
    internal const int O_WRONLY = 1;
    internal const int O_RDWR = 2;
    internal const int O_CREAT = 0x40;
    internal const int O_EXCL = 0x80;
    internal const int O_NOCTTY = 0x100;
    internal const int O_NONBLOCK = 0x800;
    internal const int O_CLOEXEC = 0x80000;
    internal const int O_PATH = 0x200000;
    internal const ulong MS_BIND = 0x1000;
    internal const ulong MS_REC = 0x4000;
    internal const ulong MS_SHARED = 1 << 20;
    internal const int MNT_DETACH = 2;
    internal const int AT_FDCWD = -100;
    internal const int AT_SYMLINK_NOFOLLOW = 0x100;
    internal const int AT_EMPTY_PATH = 0x1000;
    internal const int S_IFMT = 0xf000;
    internal const int S_IFDIR = 0x4000;
    internal const int S_IFREG = 0x8000;
    internal const int S_IFLNK = 0xa000;
    internal const int LOCK_EX = 2, LOCK_NB = 4, LOCK_UN = 8;
    internal const uint STATX_BASIC_STATS = 0x7ff;
    internal const nuint NS_GET_NSTYPE = 0xb703;

    internal const int EPERM = 1, ENOENT = 2, ESRCH = 3, EINTR = 4, EAGAIN = 11, EACCES = 13, EBUSY = 16, EEXIST = 17,
        ENODEV = 19, ENOTDIR = 20, EINVAL = 22, ENFILE = 23, EMFILE = 24,
        ENOSPC = 28, ELOOP = 40;

    private const int SC_OPEN_MAX = 4;

    // The two of asm/fcntl.h that are not the same everywhere.
    private static readonly bool s_hasOwnFlags
        = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm or Architecture.Armv6
            or Architecture.Ppc64le;
    internal static readonly int O_DIRECTORY = s_hasOwnFlags ? 0x4000 : 0x10000;
    internal static readonly int O_NOFOLLOW = s_hasOwnFlags ? 0x8000 : 0x20000;

    /// <summary>The head of struct statx (linux/stat.h), which is the same on every architecture, and room for the
    /// rest.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    internal struct StatX
    {
        public uint Mask;
        public uint BlockSize;
        public ulong Attributes;
        public uint LinkCount;
        public uint Uid;
        public uint Gid;
        public ushort Mode;
        public ushort Spare;
        public ulong Inode;
        public ulong Size;
        public ulong Blocks;
        public ulong AttributesMask;
        public Int128 AccessTime;
        public Int128 BirthTime;
        public Int128 ChangeTime;
        public Int128 ModifyTime;
        public uint RdevMajor;
        public uint RdevMinor;
        public uint DevMajor;
        public uint DevMinor;

        public readonly bool IsSameFileAs(in StatX other)
            => (Inode, DevMajor, DevMinor) == (other.Inode, other.DevMajor, other.DevMinor);
    }

    /// <summary>What the kernel says of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="follow">Whether a symbolic link means what it points to.</param>
    /// <returns>Null if it cannot be looked at; errno has the reason.</returns>
    internal static StatX? Look(string path, bool follow = false)
    {
        var about = default(StatX);
        return Statx(AT_FDCWD, path, follow ? 0 : AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, ref about) < 0 ? null : about;
    }

    /// <summary>What the kernel says of an open file.</summary>
    internal static StatX? Look(SafeFileHandle file)
    {
        var about = default(StatX);
        return StatxOf(file, string.Empty, AT_EMPTY_PATH, STATX_BASIC_STATS, ref about) < 0 ? null : about;
    }

    [LibraryImport(Library, EntryPoint = "setsid")]
    internal static partial int SetSid();

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Open(string path, int flags, uint mode = 0);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatxOf(SafeFileHandle file, string path, int flags, uint mask, ref StatX result);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, ref StatX result);

    [LibraryImport(Library, EntryPoint = "fchown", SetLastError = true)]
    internal static partial int ChangeOwner(SafeFileHandle file, uint user, uint group);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int Ioctl(SafeFileHandle file, nuint request);

    [LibraryImport(Library, EntryPoint = "flock", SetLastError = true)]
    internal static partial int Flock(SafeFileHandle file, int operation);

    [LibraryImport(Library, EntryPoint = "setns", SetLastError = true)]
    internal static partial int SetNs(SafeFileHandle file, int kind);

    [LibraryImport(Library, EntryPoint = "unshare", SetLastError = true)]
    internal static partial int Unshare(int flags);

    [LibraryImport(Library, EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Mount(string source, string target, string fileSystem, ulong flags, nint data);

    [LibraryImport(Library, EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Unmount(string target, int flags);

    [LibraryImport(Library, EntryPoint = "geteuid")]
    internal static partial uint GetEffectiveUserId();

    [LibraryImport(Library, EntryPoint = "gettid")]
    internal static partial int GetTid();

    /// <summary>How many files the process may have open.</summary>
    internal static long MaxOpenFiles() => SysConf(SC_OPEN_MAX) is var limit and > 0 ? limit : long.MaxValue;

    [LibraryImport(Library, EntryPoint = "sysconf")]
    private static partial nint SysConf(int name);
}
