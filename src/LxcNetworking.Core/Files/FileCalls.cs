using System.Runtime.InteropServices;
using System.Text;
using LxcNetworking.Native;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Files;

/// <summary>
/// The system calls for files by an open folder (openat(2), openat2(2), renameat(2), unlinkat(2),
/// readlinkat(2), fstatfs(2), fsync(2), fsopen(2)).
/// </summary>
internal static class FileCalls
{
    /// <summary>openat2(2): links of the kernel's, as under /proc/PID, are not followed.</summary>
    public const ulong RESOLVE_NO_MAGICLINKS = 2;

    /// <summary>openat2(2): the folder is the root of everything, also for absolute links and <c>..</c>.</summary>
    public const ulong RESOLVE_IN_ROOT = 0x10;

    private const long SYS_fsopen = 430, SYS_fsconfig = 431, SYS_fsmount = 432;
    private const int LongestLink = 4096;

    // Magic numbers of linux/magic.h. Their files are regular ones to stat(2), but reading or
    // writing one acts on the kernel.
    private static readonly HashSet<uint> s_kernelFileSystems =
    [
        0x9fa0, // proc
        0x62656572, // sysfs
        0x27e0eb, // cgroup
        0x63677270, // cgroup2
        0x64626720, // debugfs
        0x74726163, // tracefs
        0x73636673, // securityfs
        0xcafe4a11, // bpf
        0xde5e81e4, // efivarfs
        0x62656570, // configfs
        0xf97cff8c, // selinuxfs
        0x43415d53, // smackfs
        0x5a3c69f0, // apparmorfs
        0x6165676c, // pstore
        0x42494e4d, // binfmt_misc
        0x6e736673, // nsfs
        0x65735543, // fusectl
        0x19800202, // mqueue
        0x1cd1, // devpts
        0x6c6f6f70, // binderfs
        0x7655821, // resctrl
        0xabba1974, // xenfs
        0x6e667364, // nfsd
    ];

    /// <summary>Opens a file in a folder.</summary>
    /// <returns>Null if it fails; errno has the reason.</returns>
    public static SafeFileHandle? TryOpen(SafeFileHandle folder, string name, int flags, uint mode = 0)
        => Handle(LibC.OpenAt(folder, name, flags | LibC.O_CLOEXEC, mode));

    /// <summary>Opens a file in a folder whose name may have any bytes.</summary>
    /// <returns>Null if it fails; errno has the reason.</returns>
    public static SafeFileHandle? TryOpen(SafeFileHandle folder, ReadOnlySpan<byte> name, int flags)
        => Handle(LibC.OpenAt(folder, [.. name, 0], flags | LibC.O_CLOEXEC));

    /// <summary>
    /// Opens the root of a file system of the kernel's, which is mounted nowhere, to look into it (Linux 5.2).
    /// </summary>
    /// <returns>Null if it fails; errno has the reason.</returns>
    public static SafeFileHandle? TryMount(string fileSystem)
    {
        const int FSOPEN_CLOEXEC = 1, FSCONFIG_CMD_CREATE = 6, FSMOUNT_CLOEXEC = 1, ReadOnlyNoSuidNoDevNoExec = 0xf;
        using var context = Handle((int)LibC.FsOpen(SYS_fsopen, fileSystem, FSOPEN_CLOEXEC));
        return context is null || LibC.FsConfig(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0) < 0
            ? null : Handle((int)LibC.FsMount(SYS_fsmount, context, FSMOUNT_CLOEXEC, ReadOnlyNoSuidNoDevNoExec));
    }

    /// <summary>Opens a file with rules for the links on the way to it.</summary>
    /// <returns>Null if it fails; errno has the reason.</returns>
    public static SafeFileHandle? TryOpen(SafeFileHandle folder, string name, int flags, ulong resolve)
    {
        // With ".." on the way it is refused while anybody on the machine mounts or renames something (openat2(2)).
        const int MostAttempts = 100;
        for (var attempt = 1; ; attempt++)
        {
            var file = Handle(LibC.OpenAt2(folder, name, flags | LibC.O_CLOEXEC, resolve));
            if (file is not null || attempt == MostAttempts || Marshal.GetLastPInvokeError() != LibC.EAGAIN)
                return file;
        }
    }

    /// <summary>Opens a file by its path.</summary>
    /// <returns>Null if it fails; errno has the reason.</returns>
    public static SafeFileHandle? TryOpen(string path, int flags) => Handle(LibC.Open(path, flags | LibC.O_CLOEXEC));

    /// <summary>
    /// The path of an open file, which leads to that very file whatever its name is by now (proc(5)).
    /// </summary>
    public static string PathOf(SafeFileHandle file)
        => FormattableString.Invariant($"/proc/self/fd/{file.DangerousGetHandle()}");

    /// <summary>What an open symbolic link (O_PATH, O_NOFOLLOW) says.</summary>
    /// <returns>Null if it fails; errno has the reason.</returns>
    public static string? ReadLink(SafeFileHandle link)
    {
        Span<byte> text = stackalloc byte[LongestLink];
        var length = LibC.ReadLink(link, text);
        return length < 0 ? null : Encoding.UTF8.GetString(text[..length]);
    }

    /// <summary>Whether a file is the kernel's own, whose reading or writing does something.</summary>
    public static bool IsKernels(SafeFileHandle file)
        => LibC.FStatFs(file, out var about) == 0 && s_kernelFileSystems.Contains((uint)about.Type);

    /// <summary>Why the last call failed, as .NET's file operations say it.</summary>
    public static Exception Failure(string path) => Marshal.GetLastPInvokeError() switch
    {
        LibC.ENOENT or LibC.ENOTDIR => new FileNotFoundException("there is no such file", path),
        LibC.EACCES or LibC.EPERM => new UnauthorizedAccessException("permission denied"),
        LibC.ELOOP => new UnsafeFileException(path, "a symbolic link"),
        var errno => new IOException(Marshal.GetPInvokeErrorMessage(errno), errno),
    };

    /// <summary>Gives a file of a folder another name in it, in place of what has that name.</summary>
    public static bool Rename(SafeFileHandle folder, string from, string to)
        => LibC.RenameAt(folder, from, folder, to) == 0;

    /// <summary>Removes a file of a folder, and never what it points to.</summary>
    public static bool Unlink(SafeFileHandle folder, string name) => LibC.UnlinkAt(folder, name) == 0;

    /// <summary>Writes a folder's names to disk.</summary>
    public static void Flush(SafeFileHandle file) => _ = LibC.Sync(file);

    private static SafeFileHandle? Handle(int descriptor)
        => descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
}
