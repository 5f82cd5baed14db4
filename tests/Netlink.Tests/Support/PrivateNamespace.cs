using System.Runtime.InteropServices;
using LxcNetworking.Netlink;
using Microsoft.Win32.SafeHandles;

namespace Netlink.Tests.Support;

/// <summary>A network namespace without a name, which lives as long as its file is open. The machine's own is never
/// entered.</summary>
internal sealed partial class PrivateNamespace : IDisposable
{
    private const int EPERM = 1, ENOSYS = 38, CLONE_NEWNET = 0x40000000;

    private PrivateNamespace(SafeFileHandle file) => File = file;

    internal SafeFileHandle File { get; }

    /// <summary>Makes one, or skips the test where that is not allowed.</summary>
    internal static PrivateNamespace Create()
    {
        SafeFileHandle? file = null;
        var errno = 0;
        // The thread ends in the namespace that it made.
        OwnThread.Run(() =>
        {
            if (Unshare(CLONE_NEWNET) < 0)
                errno = Marshal.GetLastPInvokeError();
            else
                file = Current();
        });
        if (file is not null)
            return new PrivateNamespace(file);
        Assert.True(errno is EPERM or ENOSYS, $"unshare failed: {Marshal.GetPInvokeErrorMessage(errno)}");
        Assert.Skip("Making a network namespace is not allowed here: run the tests as root, or under `unshare -Urnm`.");
        throw new InvalidOperationException();
    }

    /// <summary>The calling thread's namespace.</summary>
    internal static SafeFileHandle Current() => System.IO.File.OpenHandle("/proc/thread-self/ns/net");

    /// <summary>What names the calling thread's namespace.</summary>
    internal static string CurrentName() => new FileInfo("/proc/thread-self/ns/net").LinkTarget!;

    internal NetlinkConnection Connect() => NetlinkConnection.Open(NetlinkProtocol.Route, File);

    public void Dispose() => File.Dispose();

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static partial int Unshare(int flags);
}
