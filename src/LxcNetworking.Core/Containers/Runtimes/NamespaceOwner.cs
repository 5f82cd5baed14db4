using LxcNetworking.Files;
using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Containers.Runtimes;

/// <summary>Who made the user namespace that a network namespace belongs to (ioctl_ns(2)).</summary>
internal static class NamespaceOwner
{
    /// <summary>The user whose rights hold in the network namespace of a process.</summary>
    /// <returns>Null where that may not be known.</returns>
    public static unsafe uint? Of(int processId)
    {
        using var file = FileCalls.TryOpen(NamespaceFile.ProcessPath(processId), LibC.O_RDONLY);
        if (file is null || LibC.Ioctl(file, LibC.NS_GET_USERNS) is not (>= 0 and var descriptor))
            return null;
        using var users = new SafeFileHandle(descriptor, ownsHandle: true);
        uint owner;
        return LibC.Ioctl(users, LibC.NS_GET_OWNER_UID, (nuint)(&owner)) < 0 ? null : owner;
    }
}
