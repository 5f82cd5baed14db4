namespace LxcNetworking.L2tp;

/// <summary>Commands of linux/l2tp.h (L2TP_CMD_*).</summary>
internal static class L2tpCommand
{
    public const byte TunnelCreate
        = 1, TunnelDelete = 2, TunnelGet = 4, SessionCreate = 5, SessionDelete = 6, SessionGet = 8;
}

/// <summary>Attributes of linux/l2tp.h (L2TP_ATTR_*).</summary>
internal static class L2tpAttr
{
    public const ushort PwType =
        1, EncapType = 2, L2SpecType = 5, ProtoVersion = 7, IfName = 8, ConnId = 9, PeerConnId = 10,
        SessionId = 11, PeerSessionId = 12, UdpCsum = 13, Cookie = 15, PeerCookie = 16, RecvSeq = 18, SendSeq = 19,
        RecvTimeout = 22,
        IPSaddr = 24, IPDaddr = 25, UdpSport = 26, UdpDport = 27, Stats = 30, IP6Saddr = 31, IP6Daddr = 32,
        UdpZeroCsum6Tx = 33, UdpZeroCsum6Rx = 34;
}

/// <summary>Counters inside L2TP_ATTR_STATS of linux/l2tp.h.</summary>
internal static class L2tpStat
{
    public const ushort TxPackets =
        1, TxBytes = 2, TxErrors = 3, RxPackets = 4, RxBytes = 5, RxSeqDiscards = 6, RxOosPackets = 7, RxErrors = 8,
        RxCookieDiscards = 10, RxInvalid = 11;
}
