using LxcNetworking.Declarations;

namespace LxcNetworking.Values;

/// <summary>What an IP packet carries (IPPROTO_* of linux/in.h, IANA's protocol numbers).</summary>
[OpenEnum]
public enum IPProtocol
{
    /// <summary>ICMP.</summary>
    Icmp = 1,

    /// <summary>IGMP.</summary>
    Igmp = 2,

    /// <summary>IPv4 in IP.</summary>
    Ipip = 4,

    /// <summary>TCP.</summary>
    Tcp = 6,

    /// <summary>UDP.</summary>
    Udp = 17,

    /// <summary>DCCP.</summary>
    Dccp = 33,

    /// <summary>IPv6 in IP.</summary>
    IPv6 = 41,

    /// <summary>GRE.</summary>
    Gre = 47,

    /// <summary>IPsec ESP.</summary>
    Esp = 50,

    /// <summary>IPsec AH.</summary>
    Ah = 51,

    /// <summary>ICMPv6.</summary>
    IcmpV6 = 58,

    /// <summary>OSPF.</summary>
    Ospf = 89,

    /// <summary>PIM.</summary>
    Pim = 103,

    /// <summary>VRRP.</summary>
    Vrrp = 112,

    /// <summary>L2TP.</summary>
    L2tp = 115,

    /// <summary>SCTP.</summary>
    Sctp = 132,

    /// <summary>UDP-Lite.</summary>
    UdpLite = 136,
}
