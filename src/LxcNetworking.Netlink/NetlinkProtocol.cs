namespace LxcNetworking.Netlink;

/// <summary>Netlink families, the third argument of socket(2) (linux/netlink.h).</summary>
public enum NetlinkProtocol
{
    /// <summary>Links, addresses, routes, neighbours, rules (rtnetlink(7)).</summary>
    Route = 0,

    /// <summary>Socket diagnosis (sock_diag(7)).</summary>
    SocketDiagnostics = 4,

    /// <summary>nf_tables and conntrack.</summary>
    Netfilter = 12,

    /// <summary>Generic netlink, which carries L2TP, WireGuard and others.</summary>
    Generic = 16,
}

/// <summary>Message flags (NLM_F_* of linux/netlink.h). GET and NEW requests share bits.</summary>
[Flags]
public enum NetlinkFlags : ushort
{
    /// <summary>No flag.</summary>
    None = 0,

    /// <summary>A request to the kernel; set on every message that is sent.</summary>
    Request = 0x01,

    /// <summary>Part of a multipart reply, which a DONE message ends.</summary>
    Multi = 0x02,

    /// <summary>The sender wants an acknowledgement.</summary>
    Ack = 0x04,

    /// <summary>The notification that a change causes comes back to the requester.</summary>
    Echo = 0x08,

    /// <summary>The dump changed while it was read and is not to be trusted.</summary>
    DumpInterrupted = 0x10,

    /// <summary>The kernel applied the filter that the dump asked for.</summary>
    DumpFiltered = 0x20,

    /// <summary>GET: all entries.</summary>
    Dump = 0x300,

    /// <summary>NEW: replace what is there.</summary>
    Replace = 0x100,

    /// <summary>NEW: fail if it is there.</summary>
    Exclusive = 0x200,

    /// <summary>NEW: create it if it is not there.</summary>
    Create = 0x400,

    /// <summary>NEW: add to the end of a list.</summary>
    Append = 0x800,

    /// <summary>In an acknowledgement: the request is not repeated in it (NETLINK_CAP_ACK).</summary>
    Capped = 0x100,

    /// <summary>In an acknowledgement: extended attributes follow (NETLINK_EXT_ACK).</summary>
    AckTlvs = 0x200,
}

/// <summary>Message types that belong to netlink itself (NLMSG_* of linux/netlink.h).</summary>
public static class NetlinkMessageType
{
    /// <summary>To be ignored.</summary>
    public const ushort Noop = 1;

    /// <summary>An error, or with code 0 an acknowledgement.</summary>
    public const ushort Error = 2;

    /// <summary>The end of a multipart reply.</summary>
    public const ushort Done = 3;

    /// <summary>Data was lost.</summary>
    public const ushort Overrun = 4;
}
