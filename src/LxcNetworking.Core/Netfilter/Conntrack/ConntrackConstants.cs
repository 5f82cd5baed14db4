namespace LxcNetworking.Netfilter.Conntrack;

/// <summary>IPCTNL_MSG_CT_* of linux/netfilter/nfnetlink_conntrack.h, with the subsystem in the upper byte.</summary>
internal static class CtMsg
{
    public const ushort New = 0x100, Get = 0x101, Delete = 0x102;
}

/// <summary>CTA_* of linux/netfilter/nfnetlink_conntrack.h. Numbers are in network byte order.</summary>
internal static class Cta
{
    public const ushort Original = 1, Reply = 2, Status = 3, ProtocolInfo = 4, Timeout = 7, Mark = 8,
        CountersOriginal = 9, CountersReply = 10, Id = 12, Zone = 18, Timestamp = 20;
    public const ushort TupleIP = 1, TupleProtocol = 2, TupleZone = 3;
    public const ushort IPv4Source = 1, IPv4Destination = 2, IPv6Source = 3, IPv6Destination = 4;
    public const ushort ProtocolNumber = 1, SourcePort = 2, DestinationPort = 3;
    public const ushort InfoTcp = 1, InfoTcpState = 1;
    public const ushort Packets = 1, Bytes = 2;
    public const ushort TimestampStart = 1;
}

/// <summary>enum ip_conntrack_status of linux/netfilter/nf_conntrack_common.h.</summary>
[Flags]
internal enum ConntrackStatus : uint
{
    None = 0,
    SeenReply = 1 << 1,
    Assured = 1 << 2,
    SourceNat = 1 << 4,
    DestinationNat = 1 << 5,
}
