namespace LxcNetworking.Links;

/// <summary>A link's operational state (RFC 2863; IF_OPER_* of linux/if.h).</summary>
public enum LinkState
{
    /// <summary>The driver does not tell; such a link works when it is up.</summary>
    Unknown = 0,

    /// <summary>Its hardware is gone.</summary>
    NotPresent = 1,

    /// <summary>Down.</summary>
    Down = 2,

    /// <summary>Up, but its parent is down.</summary>
    LowerLayerDown = 3,

    /// <summary>In a test.</summary>
    Testing = 4,

    /// <summary>Waiting, as for authentication.</summary>
    Dormant = 5,

    /// <summary>Ready.</summary>
    Up = 6,
}

/// <summary>A link's flags (IFF_* of linux/if.h).</summary>
[Flags]
public enum LinkFlags
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Set up by an administrator.</summary>
    Up = 1,

    /// <summary>It has a broadcast address.</summary>
    Broadcast = 2,

    /// <summary>Debugging is on.</summary>
    Debug = 4,

    /// <summary>It leads back to this host.</summary>
    Loopback = 8,

    /// <summary>A point-to-point link.</summary>
    PointToPoint = 0x10,

    /// <summary>It wants no trailers.</summary>
    NoTrailers = 0x20,

    /// <summary>Resources are allocated.</summary>
    Running = 0x40,

    /// <summary>It has no ARP.</summary>
    NoArp = 0x80,

    /// <summary>It takes every frame.</summary>
    Promiscuous = 0x100,

    /// <summary>It takes every multicast frame.</summary>
    AllMulticast = 0x200,

    /// <summary>It is over other links (bond).</summary>
    Master = 0x400,

    /// <summary>It is under another link (bond).</summary>
    Slave = 0x800,

    /// <summary>It can do multicast.</summary>
    Multicast = 0x1000,

    /// <summary>Its medium can be chosen.</summary>
    PortSelect = 0x2000,

    /// <summary>It chooses its medium by itself.</summary>
    AutoMedia = 0x4000,

    /// <summary>Its addresses go when it goes down.</summary>
    Dynamic = 0x8000,

    /// <summary>It has a carrier.</summary>
    LowerUp = 0x10000,

    /// <summary>It waits, as for authentication.</summary>
    Dormant = 0x20000,

    /// <summary>It sends back what it sends.</summary>
    Echo = 0x40000,
}
