namespace LxcNetworking.Rtnetlink;

/// <summary>Message types of linux/rtnetlink.h.</summary>
internal static class Rtm
{
    public const ushort NewLink = 16, DelLink = 17, GetLink = 18, SetLink = 19;
    public const ushort NewAddr = 20, DelAddr = 21, GetAddr = 22;
    public const ushort NewRoute = 24, DelRoute = 25, GetRoute = 26;
    public const ushort NewNeigh = 28, DelNeigh = 29, GetNeigh = 30;
    public const ushort NewRule = 32, DelRule = 33, GetRule = 34;
    public const ushort NewQdisc = 36, DelQdisc = 37, GetQdisc = 38;
    public const ushort NewFilter = 44, DelFilter = 45, GetFilter = 46;
    public const ushort NewMulticast = 56, GetMulticast = 58, NewAnycast = 60, GetAnycast = 62;
    public const ushort NewMdb = 84, DelMdb = 85, GetMdb = 86;
    public const ushort NewNsId = 88, DelNsId = 89, GetNsId = 90;
    public const ushort NewNextHop = 104, DelNextHop = 105, GetNextHop = 106;
    public const ushort NewVlan = 112, DelVlan = 113, GetVlan = 114;
    public const ushort NewLinkProp = 108, DelLinkProp = 109;
    public const ushort NewTunnel = 120, DelTunnel = 121, GetTunnel = 122;
}

/// <summary>Multicast groups of linux/rtnetlink.h (RTNLGRP_*).</summary>
internal static class RtnlGroup
{
    public const uint Link = 1, Neigh = 3, Tc = 4, IPv4IfAddr = 5, IPv4Route = 7, IPv6IfAddr = 9, IPv6Route = 11,
        IPv4Rule = 8, IPv6Rule = 19, Mdb = 26, NsId = 28, NextHop = 32, BrVlan = 33, Tunnel = 35;
}

/// <summary>Address families (AF_* of sys/socket.h) as the kernel's headers carry them.</summary>
internal static class Af
{
    public const byte IPv4 = 2, Bridge = 7, IPv6 = 10;
}

/// <summary>Link attributes of linux/if_link.h (IFLA_*).</summary>
[KernelNames(
    "IFLA_", "NET_NS_PID", "VFINFO_LIST", "AF_SPEC", "NET_NS_FD", "EXT_MASK", "NUM_TX_QUEUES", "NUM_RX_QUEUES",
    "LINK_NETNSID",
    "CARRIER_CHANGES", "PROTO_DOWN", "GSO_MAX_SEGS", "GSO_MAX_SIZE",
    "TARGET_NETNSID", "CARRIER_UP_COUNT", "CARRIER_DOWN_COUNT", "NEW_IFINDEX", "MIN_MTU", "MAX_MTU", "PROP_LIST",
    "ALT_IFNAME",
    "PERM_ADDRESS", "PROTO_DOWN_REASON", "PARENT_DEV_NAME", "PARENT_DEV_BUS_NAME", "GRO_MAX_SIZE", "TSO_MAX_SIZE",
    "TSO_MAX_SEGS", "GSO_IPV4_MAX_SIZE", "GRO_IPV4_MAX_SIZE")]
internal static partial class Ifla
{
    public const ushort Address =
        1, Broadcast = 2, IfName = 3, Mtu = 4, Link = 5, Qdisc = 6, Stats = 7, Master = 10, ProtInfo = 12,
        TxQLen = 13, OperState = 16, LinkMode = 17, LinkInfo = 18, NetNsPid = 19, IfAlias = 20, VfInfoList = 22,
        Stats64 = 23, AfSpec = 26,
        Group = 27, NetNsFd = 28, ExtMask = 29, Promiscuity = 30, NumTxQueues = 31, NumRxQueues = 32, Carrier = 33,
        CarrierChanges = 35, LinkNetNsId = 37, ProtoDown = 39, GsoMaxSegs = 40, GsoMaxSize = 41, TargetNetNsId = 46,
        CarrierUpCount = 47, CarrierDownCount = 48, NewIfIndex = 49, MinMtu = 50, MaxMtu = 51,
        PropList = 52, AltIfName = 53, PermAddress = 54, ProtoDownReason = 55, ParentDevName = 56,
        ParentDevBusName = 57, GroMaxSize = 58, TsoMaxSize = 59, TsoMaxSegs = 60, AllMulti = 61, GsoIPv4MaxSize = 63,
        GroIPv4MaxSize = 64;
}

/// <summary>Attributes inside IFLA_LINKINFO (IFLA_INFO_* of linux/if_link.h).</summary>
internal static class IflaInfo
{
    public const ushort Kind = 1, Data = 2, SlaveKind = 4, SlaveData = 5;
}

/// <summary>Filters for link dumps (RTEXT_FILTER_* of linux/rtnetlink.h).</summary>
internal static class RtextFilter
{
    public const uint BridgeVlanCompressed = 1 << 2, SkipStats = 1 << 3;

    // RTEXT_FILTER_MRP, which changes nothing outside of a bridge's own messages. Only where there is a
    // filter does the kernel make room for the largest link; without it, a link that takes more than 32
    // KiB ends the list without a word.
    public const uint AnySize = 1 << 4;
}

/// <summary>Address attributes of linux/if_addr.h (IFA_*).</summary>
[KernelNames("IFA_", "RT_PRIORITY", "TARGET_NETNSID")]
internal static partial class Ifa
{
    public const ushort Address = 1, Local = 2, Label = 3, Broadcast = 4, Anycast = 5, CacheInfo = 6, Multicast = 7,
        Flags = 8, RtPriority = 9, TargetNetNsId = 10, Proto = 11;
}

/// <summary>Route attributes of linux/rtnetlink.h (RTA_*).</summary>
[KernelNames("RTA_", "ENCAP_TYPE")]
internal static partial class Rta
{
    public const ushort Dst = 1, Src = 2, Iif = 3, Oif = 4, Gateway = 5, Priority = 6, PrefSrc = 7, Metrics = 8,
        Multipath = 9, Flow = 11, CacheInfo = 12, Table = 15, Mark = 16, Via = 18, Pref = 20, EncapType = 21,
        Encap = 22, Expires = 23, Uid = 25, NextHopId = 30;

    // NLA_F_NESTED, which comes with the number of an attribute that has attributes inside.
    public const ushort Nested = 0x8000;
}

/// <summary>Attributes of next-hop objects of linux/nexthop.h (NHA_*).</summary>
[KernelNames("NHA_", "GROUP_TYPE", "ENCAP_TYPE", "RES_GROUP", "OP_FLAGS")]
internal static partial class Nha
{
    public const ushort Id = 1, Group = 2, GroupType = 3, Blackhole = 4, Oif = 5, Gateway = 6, EncapType = 7, Encap = 8,
        Fdb = 11, ResGroup = 12, OpFlags = 14;
}

/// <summary>Neighbour attributes of linux/neighbour.h (NDA_*).</summary>
[KernelNames("NDA_", "FLAGS_EXT")]
internal static partial class Nda
{
    public const ushort Dst = 1, LlAddr = 2, IfIndex = 8, Protocol = 12, FlagsExt = 15;
}

/// <summary>Attributes of queueing disciplines and filters of linux/rtnetlink.h (TCA_*).</summary>
[KernelNames("TCA_")]
internal static partial class Tca
{
    public const ushort Kind = 1, Options = 2, Stats2 = 7, Chain = 11;
}
