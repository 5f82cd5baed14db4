using System.Runtime.InteropServices;

namespace Lxc.Tests.Support;

internal static partial class Native
{
    public const int NewMountNamespace = 0x00020000;
    public const int NewNetworkNamespace = 0x40000000;

    public const ulong Bind = 4096;
    public const ulong Recursive = 16384;
    public const ulong Private = 1 << 18;

    private const int DetachLazily = 2;

    public static void Unshare(int flags) => Check(unshare(flags), "unshare");

    public static void Mount(string source, string target, string? type, ulong flags = 0) =>
        Check(mount(source, target, type, flags, null), $"mount {source} on {target}");

    public static void Unmount(string target) => Check(umount2(target, DetachLazily), $"unmount {target}");

    private static void Check(int result, string what)
    {
        if (result != 0)
            throw new InvalidOperationException($"{what}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unshare(int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mount(string source, string target, string? type, ulong flags, string? data);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int umount2(string target, int flags);
}
