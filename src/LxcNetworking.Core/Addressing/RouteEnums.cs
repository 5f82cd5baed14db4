using LxcNetworking.Declarations;

namespace LxcNetworking.Addressing;

/// <summary>What happens to packets that match a route (RTN_* of linux/rtnetlink.h).</summary>
public enum RouteType
{
    /// <summary>Not told.</summary>
    Unspecified = 0,

    /// <summary>They go to the next hop, or straight to their receiver on the link.</summary>
    Unicast = 1,

    /// <summary>They are for this host.</summary>
    Local = 2,

    /// <summary>They go out as a broadcast, and come in if this host receives it.</summary>
    Broadcast = 3,

    /// <summary>They are for this host as one of several with that address.</summary>
    Anycast = 4,

    /// <summary>They go to a group of receivers.</summary>
    Multicast = 5,

    /// <summary>They are dropped without a word.</summary>
    Blackhole = 6,

    /// <summary>They are dropped, and the sender is told that the destination is unreachable.</summary>
    Unreachable = 7,

    /// <summary>They are dropped, and the sender is told that it is forbidden.</summary>
    Prohibit = 8,

    /// <summary>The search goes on in the next table.</summary>
    Throw = 9,
}

/// <summary>Who made a route, rule, next-hop object or neighbour (RTPROT_* of linux/rtnetlink.h). Any number up to 255
/// is one; most have no name.</summary>
[OpenEnum]
public enum RouteProtocol
{
    /// <summary>Not told.</summary>
    Unspecified = 0,

    /// <summary>An ICMP redirect.</summary>
    Redirect = 1,

    /// <summary>The kernel, with an address.</summary>
    Kernel = 2,

    /// <summary>A command or program, as ip(8) does.</summary>
    Boot = 3,

    /// <summary>An administrator, meant to stay.</summary>
    Static = 4,

    /// <summary>GateD.</summary>
    Gated = 8,

    /// <summary>An IPv6 router's announcement.</summary>
    RouterAdvertisement = 9,

    /// <summary>Merit MRT.</summary>
    Mrt = 10,

    /// <summary>Zebra or FRR.</summary>
    Zebra = 11,

    /// <summary>BIRD.</summary>
    Bird = 12,

    /// <summary>XORP.</summary>
    Xorp = 14,

    /// <summary>Netsukuku.</summary>
    Netsukuku = 15,

    /// <summary>A DHCP client.</summary>
    Dhcp = 16,

    /// <summary>A multicast routing daemon.</summary>
    Mrouted = 17,

    /// <summary>keepalived.</summary>
    Keepalived = 18,

    /// <summary>Babel.</summary>
    Babel = 42,

    /// <summary>Open/R.</summary>
    OpenR = 99,

    /// <summary>This library, where nothing else is said.</summary>
    LxcNetworking = 108,

    /// <summary>BGP.</summary>
    Bgp = 186,

    /// <summary>IS-IS.</summary>
    Isis = 187,

    /// <summary>OSPF.</summary>
    Ospf = 188,

    /// <summary>RIP.</summary>
    Rip = 189,

    /// <summary>EIGRP.</summary>
    Eigrp = 192,
}

/// <summary>The state of a route's next hop (RTNH_F_* of linux/rtnetlink.h).</summary>
[Flags]
public enum RouteFlags
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>It cannot be used: its link is down.</summary>
    Dead = 1,

    /// <summary>The gateway is looked up recursively.</summary>
    Pervasive = 2,

    /// <summary>The gateway counts as being on the link, whatever the addresses say.</summary>
    OnLink = 4,

    /// <summary>Hardware forwards it.</summary>
    Offload = 8,

    /// <summary>Its link has no carrier.</summary>
    LinkDown = 16,

    /// <summary>A multicast route's entry is unresolved.</summary>
    Unresolved = 32,

    /// <summary>Its packets come from hardware to the processor.</summary>
    Trap = 64,

    /// <summary>It was cloned from another one.</summary>
    Cloned = 0x200,
}
