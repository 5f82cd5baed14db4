using System.Runtime.InteropServices;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Rtnetlink;

/// <summary>struct ifinfomsg of linux/rtnetlink.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IfInfoMsg
{
    public byte Family;
    public byte Pad;
    public ushort Type;
    public int Index;
    public uint Flags;
    public uint Change;
}

/// <summary>struct ifaddrmsg of linux/if_addr.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct IfAddrMsg
{
    public byte Family;
    public byte PrefixLength;
    public byte Flags;
    public byte Scope;
    public int Index;
}

/// <summary>struct rtmsg of linux/rtnetlink.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RtMsg
{
    public byte Family;
    public byte DestinationLength;
    public byte SourceLength;
    public byte Tos;
    public byte Table;
    public byte Protocol;
    public byte Scope;
    public byte Type;
    public uint Flags;
}

/// <summary>struct nhmsg of linux/nexthop.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NhMsg
{
    public byte Family;
    public byte Scope;
    public byte Protocol;
    public byte Reserved;
    public uint Flags;
}

/// <summary>struct ndmsg of linux/neighbour.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NdMsg
{
    public byte Family;
    public byte Pad1;
    public ushort Pad2;
    public int Index;
    public ushort State;
    public byte Flags;
    public byte Type;
}

/// <summary>struct br_port_msg of linux/if_bridge.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BrPortMsg
{
    public byte Family;
    public int Index;
}

/// <summary>struct tcmsg of linux/rtnetlink.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TcMsg
{
    public byte Family;
    public byte Pad1;
    public ushort Pad2;
    public int Index;
    public uint Handle;
    public uint Parent;
    public uint Info;
}

/// <summary>struct nda_cacheinfo of linux/neighbour.h; times in hundredths of a second.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct NeighborCacheInfo(uint Confirmed, uint Used, uint Updated, uint References)
{
    public Duration UsedTime => TimeSpan.FromMilliseconds(Used * 10.0);

    public Duration UpdatedTime => TimeSpan.FromMilliseconds(Updated * 10.0);

    public static NeighborCacheInfo? Read(NetlinkAttribute attribute) => attribute.AsStruct<NeighborCacheInfo>();
}
