using System.Runtime.InteropServices;
using LxcNetworking.Netlink;

namespace Netlink.Tests.Support;

/// <summary>The few rtnetlink messages that the tests send to the real kernel, in private namespaces.</summary>
internal static class Route
{
    internal const ushort RTM_NEWLINK = 16, RTM_GETLINK = 18;
    internal const uint RTNLGRP_LINK = 1;
    internal const ushort IFLA_IFNAME = 3, IFLA_MTU = 4, IFLA_LINKINFO = 18, IFLA_IFALIAS = 20, IFLA_GROUP = 27,
        IFLA_INFO_KIND = 1;

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

    internal static NetlinkRequest GetLinks() => new NetlinkRequest(RTM_GETLINK).Header(default(IfInfoMsg));

    internal static NetlinkRequest GetLink(int index) => new NetlinkRequest(RTM_GETLINK)
        .Header(new IfInfoMsg { Index = index });

    /// <summary>Changes the loopback's MTU, which makes one notification.</summary>
    internal static NetlinkRequest SetLoopbackMtu(uint mtu) => new NetlinkRequest(RTM_NEWLINK)
        .Header(new IfInfoMsg { Index = 1 }).Put(IFLA_MTU, mtu);

    internal static NetlinkRequest SetLoopbackAlias(string alias) => new NetlinkRequest(RTM_NEWLINK)
        .Header(new IfInfoMsg { Index = 1 }).PutString(IFLA_IFALIAS, alias);

    internal static NetlinkRequest NewBridge(string name) =>
        new NetlinkRequest(RTM_NEWLINK, NetlinkFlags.Create | NetlinkFlags.Exclusive)
        .Header(default(IfInfoMsg))
        .PutString(IFLA_IFNAME, name)
        .Nest(IFLA_LINKINFO, info => info.PutString(IFLA_INFO_KIND, "bridge"));

    internal static string? Name(NetlinkReply reply)
        => reply.Type == RTM_NEWLINK && reply.Read<IfInfoMsg>(out _).TryFind(IFLA_IFNAME, out var name)
        ? name.AsString() : null;

    internal static uint Mtu(NetlinkReply reply)
        => reply.Type == RTM_NEWLINK && reply.Read<IfInfoMsg>(out _).TryFind(IFLA_MTU, out var mtu)
        ? mtu.AsUInt32() : 0;
}
