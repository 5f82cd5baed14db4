using System.Runtime.InteropServices;

namespace LxcNetworking.Netlink;

/// <summary>struct sockaddr_nl of linux/netlink.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SockAddrNl
{
    public ushort Family;
    public ushort Pad;
    public uint PortId;
    public uint Groups;
}

/// <summary>struct cmsghdr of cmsg(3), with the one int that NETLINK_LISTEN_ALL_NSID puts after it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NamespaceIdControl
{
    public nuint Length;
    public int Level;
    public int Type;
    public int NamespaceId;
    public int Padding;
}
