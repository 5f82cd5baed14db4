using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;
using Linux = Tmds.Linux.LibC;

[assembly: System.Runtime.CompilerServices.DisableRuntimeMarshalling]

namespace LxcNetworking.Native;

/// <summary>
/// The system calls. Tmds.LibC has most of them, with the types of each architecture; the rest is declared at the end.
/// A call that fails gives -1, and <see cref="Marshal.GetLastPInvokeError"/> tells why. Only
/// <c>NamespaceCalls</c> has declarations of its own, as nothing may be compiled where its calls are made. A constant
/// here is the same on every architecture (asm-generic), which a test holds against Tmds.LibC; one that is not comes
/// from there.
/// </summary>
internal static unsafe partial class LibC
{
    internal const int CLONE_NEWNET = 0x40000000, CLONE_NEWNS = 0x20000;

    internal const int O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_CREAT = 0x40, O_EXCL = 0x80, O_NOCTTY = 0x100,
        O_NONBLOCK = 0x800, O_CLOEXEC = 0x80000, O_PATH = 0x200000;
    internal static readonly int O_DIRECTORY = Linux.O_DIRECTORY, O_NOFOLLOW = Linux.O_NOFOLLOW;

    internal const ulong MS_BIND = 0x1000, MS_REC = 0x4000, MS_SLAVE = 1 << 19, MS_SHARED = 1 << 20;
    internal const int MNT_DETACH = 2, UMOUNT_NOFOLLOW = 8;
    internal const int AT_FDCWD = -100, AT_SYMLINK_NOFOLLOW = 0x100, AT_EMPTY_PATH = 0x1000;
    internal const int S_IFMT = 0xf000, S_IFDIR = 0x4000, S_IFREG = 0x8000, S_IFLNK = 0xa000;
    internal const uint STATX_BASIC_STATS = 0x7ff;
    internal const int LOCK_EX = 2, LOCK_NB = 4, LOCK_UN = 8;
    internal const uint NS_GET_USERNS = 0xb701, NS_GET_NSTYPE = 0xb703, NS_GET_OWNER_UID = 0xb704;

    internal const int CLOCK_BOOTTIME = 7, TIMER_ABSTIME = 1;

    internal const int EFD_CLOEXEC = 0x80000, EFD_NONBLOCK = 0x800;
    internal const short POLLIN = 1;
    internal const int IN_CLOEXEC = 0x80000, IN_NONBLOCK = 0x800;
    internal const uint IN_OPEN = 0x20, IN_MOVED_FROM = 0x40, IN_MOVED_TO = 0x80, IN_CREATE = 0x100, IN_DELETE = 0x200,
        IN_DELETE_SELF = 0x400, IN_MOVE_SELF = 0x800, IN_ONLYDIR = 0x1000000, IN_MASK_ADD = 0x20000000;

    internal const int AF_NETLINK = 16, AF_PACKET = 17;
    internal const int SOCK_RAW = 3, SOCK_CLOEXEC = 0x80000, SOCK_NONBLOCK = 0x800;
    internal const int SOL_SOCKET = 1, SO_RCVBUF = 8, SO_PASSCRED = 16, SO_PEERCRED = 17, SO_ATTACH_FILTER = 26,
        SO_RCVBUFFORCE = 33, SO_NETNS_COOKIE = 71;
    internal const int SOL_NETLINK = 270;
    internal const int MSG_PEEK = 0x02, MSG_TRUNC = 0x20, MSG_DONTWAIT = 0x40;

    // asm-generic/errno-base.h and errno.h.
    internal const int EPERM = 1, ENOENT = 2, ESRCH = 3, EINTR = 4, ENXIO = 6, EAGAIN = 11, ENOMEM = 12, EACCES = 13,
        EBUSY = 16, EEXIST = 17, ENODEV = 19, ENOTDIR = 20, EINVAL = 22, ENFILE = 23, EMFILE = 24, ENOSPC = 28,
        EROFS = 30, EMLINK = 31, ERANGE = 34, ENAMETOOLONG = 36, ENOSYS = 38, ELOOP = 40, EXFULL = 54,
        EOVERFLOW = 75, EBADFD = 77, ERESTART = 85, EMSGSIZE = 90, EPROTONOSUPPORT = 93, ESOCKTNOSUPPORT = 94,
        EOPNOTSUPP = 95, EAFNOSUPPORT = 97,
        EADDRINUSE = 98, EADDRNOTAVAIL = 99, ENETDOWN = 100, ENETUNREACH = 101, ENOBUFS = 105, EHOSTUNREACH = 113,
        EDQUOT = 122;

    private const string Library = "libc";
    private const int SC_OPEN_MAX = 4;

    /// <summary>What the kernel says of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="follow">Whether a symbolic link means what it points to.</param>
    /// <returns>Null if it cannot be looked at; errno has the reason.</returns>
    internal static StatX? Look(string path, bool follow = false)
    {
        var about = default(StatX);
        using var text = new CText(path);
        var flags = follow ? 0 : AT_SYMLINK_NOFOLLOW;
        return Linux.statx(AT_FDCWD, text, flags, STATX_BASIC_STATS, (statx*)&about) < 0 ? null : about;
    }

    /// <summary>What the kernel says of an open file.</summary>
    internal static StatX? Look(SafeFileHandle file)
    {
        var about = default(StatX);
        byte empty = 0;
        using var held = new HeldFile(file);
        return Linux.statx(held, &empty, AT_EMPTY_PATH, STATX_BASIC_STATS, (statx*)&about) < 0 ? null : about;
    }

    /// <summary>open(2).</summary>
    internal static int Open(string path, int flags, uint mode = 0)
    {
        using var text = new CText(path);
        return Linux.open(text, flags, (mode_t)mode);
    }

    /// <summary>openat(2).</summary>
    internal static int OpenAt(SafeFileHandle directory, string path, int flags, uint mode)
    {
        using var held = new HeldFile(directory);
        using var text = new CText(path);
        return Linux.openat(held, text, flags, (mode_t)mode);
    }

    /// <summary>openat(2) of a name that may have any bytes.</summary>
    /// <param name="directory">The folder.</param>
    /// <param name="path">The name, with a zero byte at its end.</param>
    /// <param name="flags">O_*.</param>
    internal static int OpenAt(SafeFileHandle directory, byte[] path, int flags)
    {
        using var held = new HeldFile(directory);
        fixed (byte* text = path)
            return Linux.openat(held, text, flags, (mode_t)0);
    }

    /// <summary>openat2(2).</summary>
    /// <param name="directory">The folder.</param>
    /// <param name="path">The name.</param>
    /// <param name="flags">O_*.</param>
    /// <param name="resolve">RESOLVE_*.</param>
    internal static int OpenAt2(SafeFileHandle directory, string path, int flags, ulong resolve)
    {
        using var held = new HeldFile(directory);
        using var text = new CText(path);
        var how = new open_how { flags = (uint)flags, resolve = resolve };
        return Linux.openat2(held, text, &how, sizeof(open_how));
    }

    /// <summary>readlinkat(2) of an open symbolic link (O_PATH, O_NOFOLLOW).</summary>
    internal static int ReadLink(SafeFileHandle link, Span<byte> text)
    {
        using var held = new HeldFile(link);
        byte empty = 0;
        fixed (byte* target = text)
            return (int)Linux.readlinkat(held, &empty, target, text.Length);
    }

    /// <summary>unlinkat(2).</summary>
    internal static int UnlinkAt(SafeFileHandle directory, string name)
    {
        using var held = new HeldFile(directory);
        using var text = new CText(name);
        return Linux.unlinkat(held, text, 0);
    }

    /// <summary>fsync(2).</summary>
    internal static int Sync(SafeFileHandle file)
    {
        using var held = new HeldFile(file);
        return Linux.fsync(held);
    }

    /// <summary>fchown(2).</summary>
    internal static int ChangeOwner(SafeFileHandle file, uint user, uint group)
    {
        using var held = new HeldFile(file);
        return Linux.fchown(held, user, group);
    }

    /// <summary>read(2).</summary>
    internal static nint Read(SafeFileHandle file, Span<byte> buffer)
    {
        using var held = new HeldFile(file);
        fixed (byte* target = buffer)
            return (nint)Linux.read(held, target, buffer.Length);
    }

    /// <summary>ioctl(2) with a number, or a pointer that the caller keeps.</summary>
    internal static int Ioctl(SafeFileHandle file, uint request, nuint argument = 0)
    {
        using var held = new HeldFile(file);
        return Linux.ioctl(held, (int)request, (void*)argument);
    }

    /// <summary>mount(2) without data.</summary>
    internal static int Mount(string source, string target, string fileSystem, ulong flags)
    {
        using CText from = new(source), to = new(target), type = new(fileSystem);
        return Linux.mount(from, to, type, (ulong_t)flags, null);
    }

    /// <summary>umount2(2).</summary>
    internal static int Unmount(string target, int flags)
    {
        using var text = new CText(target);
        return Linux.umount2(text, flags);
    }

    /// <summary>setns(2).</summary>
    internal static int SetNs(SafeFileHandle file, int kind)
    {
        using var held = new HeldFile(file);
        return Linux.setns(held, kind);
    }

    /// <summary>unshare(2).</summary>
    internal static int Unshare(int flags) => Linux.unshare(flags);

    /// <summary>setsid(2).</summary>
    internal static int SetSid() => Linux.setsid();

    /// <summary>geteuid(2).</summary>
    internal static uint GetEffectiveUserId() => Linux.geteuid();

    /// <summary>How many files the process may have open.</summary>
    internal static long MaxOpenFiles()
        => (long)Linux.sysconf(SC_OPEN_MAX) is var limit and > 0 ? limit : long.MaxValue;

    /// <summary>eventfd(2).</summary>
    internal static int EventFd() => Linux.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

    /// <summary>Makes an eventfd readable (write(2)).</summary>
    internal static void Signal(SafeFileHandle eventFile)
    {
        using var held = new HeldFile(eventFile);
        var one = 1UL;
        _ = Linux.write(held, &one, sizeof(ulong));
    }

    /// <summary>Makes an eventfd unreadable again (read(2)).</summary>
    internal static void Drain(SafeFileHandle eventFile)
    {
        using var held = new HeldFile(eventFile);
        var count = 0UL;
        _ = Linux.read(held, &count, sizeof(ulong));
    }

    /// <summary>poll(2) until one can be read; the caller keeps the files open.</summary>
    /// <param name="files">The files; null for one that is left out.</param>
    /// <param name="milliseconds">How long; -1 for ever.</param>
    /// <param name="ready">Which of them can be read, or have failed.</param>
    /// <returns>How many; -1 for an error.</returns>
    internal static int PollToRead(ReadOnlySpan<SafeFileHandle?> files, int milliseconds, Span<bool> ready)
    {
        var descriptors = stackalloc pollfd[files.Length];
        Fill(descriptors, files);
        var count = Linux.poll(descriptors, (uint)files.Length, milliseconds);
        for (var i = 0; i < ready.Length; i++)
            ready[i] = count > 0 && descriptors[i].revents != 0;
        return count;
    }

    /// <summary>ppoll(2) until one can be read; the caller keeps the files open.</summary>
    internal static void PollToRead(ReadOnlySpan<SafeFileHandle?> files, TimeSpan time)
    {
        var descriptors = stackalloc pollfd[files.Length];
        Fill(descriptors, files);
        var seconds = (long)time.TotalSeconds;
        var left = new timespec
        {
            tv_sec = (time_t)seconds,
            tv_nsec = (long_t)(long)(time - TimeSpan.FromSeconds(seconds)).TotalNanoseconds,
        };
        _ = Linux.ppoll(descriptors, (uint)files.Length, &left, null);
    }

    // poll(2) leaves a negative descriptor out.
    private static void Fill(pollfd* descriptors, ReadOnlySpan<SafeFileHandle?> files)
    {
        for (var i = 0; i < files.Length; i++)
        {
            var number = files[i] is { } file ? (int)file.DangerousGetHandle() : -1;
            descriptors[i] = new pollfd { fd = number, events = POLLIN };
        }
    }

    /// <summary>setfsuid(2), of the calling thread.</summary>
    /// <returns>The user before.</returns>
    [LibraryImport(Library, EntryPoint = "setfsuid")]
    internal static partial uint SetFileUser(uint user);

    /// <summary>setfsgid(2), of the calling thread.</summary>
    /// <returns>The group before.</returns>
    [LibraryImport(Library, EntryPoint = "setfsgid")]
    internal static partial uint SetFileGroup(uint group);

    /// <summary>flock(2).</summary>
    [LibraryImport(Library, EntryPoint = "flock", SetLastError = true)]
    internal static partial int Flock(SafeFileHandle file, int operation);

    /// <summary>gettid(2).</summary>
    [LibraryImport(Library, EntryPoint = "gettid")]
    internal static partial int GetTid();

    /// <summary>renameat(2).</summary>
    [LibraryImport(Library, EntryPoint = "renameat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int RenameAt(SafeFileHandle from, string oldPath, SafeFileHandle to, string newPath);

    /// <summary>fstatfs(2).</summary>
    [LibraryImport(Library, EntryPoint = "fstatfs", SetLastError = true)]
    internal static partial int FStatFs(SafeFileHandle file, out StatFs result);

    /// <summary>fsopen(2), which glibc has since 2.36 only.</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial long FsOpen(long number, string fileSystem, uint flags);

    /// <summary>fsconfig(2).</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial long FsConfig(
        long number, SafeFileHandle context, uint command, nint key, nint value, int extra);

    /// <summary>fsmount(2).</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial long FsMount(long number, SafeFileHandle context, uint flags, uint attributes);

    /// <summary>inotify_init1(2).</summary>
    [LibraryImport(Library, EntryPoint = "inotify_init1", SetLastError = true)]
    internal static partial int InotifyInit(int flags);

    /// <summary>inotify_add_watch(2).</summary>
    [LibraryImport(
        Library, EntryPoint = "inotify_add_watch", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int InotifyAddWatch(SafeFileHandle file, string path, uint mask);

    /// <summary>getpwnam(3).</summary>
    [LibraryImport(Library, EntryPoint = "getpwnam", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint GetPwNam(string name);

    /// <summary>getgrnam(3).</summary>
    [LibraryImport(Library, EntryPoint = "getgrnam", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint GetGrNam(string name);

    /// <summary>posix_spawnattr_init(3).</summary>
    [LibraryImport(Library, EntryPoint = "posix_spawnattr_init")]
    internal static partial int SpawnAttributesInit(byte* attributes);

    /// <summary>posix_spawnattr_setflags(3).</summary>
    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setflags")]
    internal static partial int SpawnSetFlags(byte* attributes, short flags);

    /// <summary>posix_spawn_file_actions_init(3).</summary>
    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_init")]
    internal static partial int SpawnActionsInit(byte* actions);

    /// <summary>posix_spawn_file_actions_addopen(3).</summary>
    [LibraryImport(
        Library, EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int SpawnAddOpen(byte* actions, int file, string path, int flags, uint mode);

    /// <summary>posix_spawn(3).</summary>
    [LibraryImport(Library, EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Spawn(
        out int process, string path, byte* actions, byte* attributes, nint* arguments, nint* environment);

    /// <summary>clock_gettime(2).</summary>
    [LibraryImport(Library, EntryPoint = "clock_gettime")]
    internal static partial int ClockGetTime(int clock, out TimeSpec time);

    /// <summary>clock_nanosleep(2), which gives the error's number.</summary>
    [LibraryImport(Library, EntryPoint = "clock_nanosleep")]
    internal static partial int ClockSleep(int clock, int flags, in TimeSpec time, nint left);

    /// <summary>struct timespec.</summary>
    /// <param name="Seconds">Whole seconds.</param>
    /// <param name="Nanoseconds">What is left of a second.</param>
    internal readonly record struct TimeSpec(nint Seconds, nint Nanoseconds);

    /// <summary>A text as C has it: UTF-8, with a zero byte at its end.</summary>
    private readonly ref struct CText
    {
        private readonly nint _text;

        // With a zero byte within it is nothing's name, and the empty text makes the kernel say so (ENOENT).
        public CText(string text) => _text = Marshal.StringToCoTaskMemUTF8(
            text.Contains('\0', StringComparison.Ordinal) ? string.Empty : text);

        public static implicit operator byte*(CText text) => (byte*)text._text;

        public void Dispose() => Marshal.FreeCoTaskMem(_text);
    }
}
