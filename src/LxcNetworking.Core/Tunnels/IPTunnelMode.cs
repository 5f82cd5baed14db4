namespace LxcNetworking.Tunnels;

/// <summary>What carries the packets of a tunnel without a header of its own.</summary>
public enum IPTunnelMode
{
    /// <summary>IPv4, and in it IPv4 packets (RFC 2003; the kind ipip).</summary>
    Ipip,

    /// <summary>IPv4, and in it IPv6 packets (RFC 4213; the kind sit).</summary>
    Sit,

    /// <summary>IPv6, and in it packets of both (RFC 2473; the kind ip6tnl).</summary>
    Ip6Tunnel,
}

/// <summary>Which packets a tunnel carries, by the numbers of IP's protocol field.</summary>
public enum IPTunnelPayload
{
    /// <summary>All that its kind can.</summary>
    Any = 0,

    /// <summary>IPv4.</summary>
    IPv4 = 4,

    /// <summary>IPv6.</summary>
    IPv6 = 41,

    /// <summary>MPLS; not over IPv6.</summary>
    Mpls = 137,
}

/// <summary>The modes by the kernel's names.</summary>
internal static class IPTunnelModes
{
    /// <summary>The mode of a kind.</summary>
    public static IPTunnelMode OfKind(string kind) => kind switch
    {
        "sit" => IPTunnelMode.Sit,
        "ip6tnl" => IPTunnelMode.Ip6Tunnel,
        _ => IPTunnelMode.Ipip,
    };
}
