namespace LxcNetworking.Links;

/// <summary>What sort of frames a link has (ARPHRD_* of linux/if_arp.h); others than these show their number.</summary>
public enum LinkType
{
    /// <summary>Ethernet, also of bridges, veth, macvlan …</summary>
    Ethernet = 1,

    /// <summary>ATM.</summary>
    Atm = 19,

    /// <summary>IEEE 1394.</summary>
    Ieee1394 = 24,

    /// <summary>InfiniBand.</summary>
    Infiniband = 32,

    /// <summary>SLIP.</summary>
    Slip = 256,

    /// <summary>A CAN bus.</summary>
    Can = 280,

    /// <summary>MCTP.</summary>
    Mctp = 290,

    /// <summary>PPP.</summary>
    Ppp = 512,

    /// <summary>Cisco's HDLC.</summary>
    Hdlc = 513,

    /// <summary>IP packets as they are.</summary>
    RawIP = 519,

    /// <summary>IPv4 in IPv4.</summary>
    Ipip = 768,

    /// <summary>Anything in IPv6.</summary>
    Tunnel6 = 769,

    /// <summary>It leads back to this host.</summary>
    Loopback = 772,

    /// <summary>IPv6 in IPv4.</summary>
    Sit = 776,

    /// <summary>GRE over IPv4.</summary>
    Gre = 778,

    /// <summary>Wireless.</summary>
    Ieee80211 = 801,

    /// <summary>Wireless, with the receiver's notes (Prism).</summary>
    Ieee80211Prism = 802,

    /// <summary>Wireless, with the receiver's notes (radiotap).</summary>
    Ieee80211Radiotap = 803,

    /// <summary>IEEE 802.15.4.</summary>
    Ieee802154 = 804,

    /// <summary>GRE over IPv6.</summary>
    Gre6 = 823,

    /// <summary>Netlink messages.</summary>
    Netlink = 824,

    /// <summary>IPv6 over IEEE 802.15.4 or Bluetooth.</summary>
    SixLowpan = 825,

    /// <summary>Packets between a host and its virtual machines.</summary>
    Vsock = 826,

    /// <summary>Packets without a header of the link's own: WireGuard, tun …</summary>
    None = 0xfffe,

    /// <summary>Nothing is known of it.</summary>
    Void = 0xffff,
}
