using LxcNetworking.Declarations;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>The metrics that TCP must keep to and not measure itself (RTAX_LOCK of linux/rtnetlink.h: a bit for each
/// RTAX number).</summary>
[Flags]
public enum RouteMetricLocks
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The MTU: no path MTU discovery.</summary>
    Mtu = 1 << 2,

    /// <summary>The window.</summary>
    Window = 1 << 3,

    /// <summary>The round-trip time.</summary>
    RoundTripTime = 1 << 4,

    /// <summary>The round-trip time's variance.</summary>
    RoundTripTimeVariance = 1 << 5,

    /// <summary>The slow start threshold.</summary>
    SlowStartThreshold = 1 << 6,

    /// <summary>The congestion window.</summary>
    CongestionWindow = 1 << 7,

    /// <summary>The segment size.</summary>
    AdvertisedMss = 1 << 8,

    /// <summary>The reordering.</summary>
    Reordering = 1 << 9,

    /// <summary>The least time until TCP sends again.</summary>
    MinimumRetransmissionTimeout = 1 << 13,

    /// <summary>The congestion control.</summary>
    CongestionControl = 1 << 16,
}

/// <summary>What TCP does on the way (RTAX_FEATURE_* of linux/rtnetlink.h).</summary>
[Flags]
public enum RouteFeatures
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Explicit congestion notification (RFC 3168).</summary>
    Ecn = 1,
}

/// <summary>Which of several routers IPv6 takes (RFC 4191; ICMPV6_ROUTER_PREF_* of linux/icmpv6.h).</summary>
public enum RouterPreference
{
    /// <summary>None in particular.</summary>
    Medium = 0,

    /// <summary>This one rather than others.</summary>
    High = 1,

    /// <summary>Others rather than this one.</summary>
    Low = 3,
}

/// <summary>What can be said of a route besides where it leads (RTA_* and RTAX_* of linux/rtnetlink.h).</summary>
[AttributeSet]
public partial record RouteSettings : AttributeSet
{
    /// <summary>The last of the metrics that are declared here.</summary>
    internal const ushort LastMetric = 17;

    private const int Metrics = 8;

    /// <summary>The address that packets start from if nothing else was chosen, or null.</summary>
    [Nla(7, Wire.AnyAddress)]
    public IPAddress? Source { get; init; }

    /// <summary>The type of service that packets must have (IPv4), or null.</summary>
    [Computed(Min = 0, Max = 255)]
    public int? TypeOfService { get; init; }

    /// <summary>The next-hop object that it uses (ip-nexthop(8)); 0 for none.</summary>
    [Nla(30, Wire.U32, Absent = 0L)]
    public long? NextHopId { get; init; }

    /// <summary>The largest packet in bytes that goes this way, or null.</summary>
    [Nla(2, Wire.U32, In = Metrics, Min = 68, Max = 65520)]
    public long? Mtu { get; init; }

    /// <summary>The TCP segment size in bytes that is announced to the other end, or null.</summary>
    [Nla(8, Wire.U32, In = Metrics, Min = 1, Max = 65495)]
    public long? AdvertisedMss { get; init; }

    /// <summary>The hop limit of packets that go this way, or null.</summary>
    [Nla(10, Wire.U32, In = Metrics, Min = 1, Max = 255)]
    public long? HopLimit { get; init; }

    /// <summary>The largest TCP window in bytes that is announced, or null.</summary>
    [Nla(3, Wire.U32, In = Metrics)]
    public long? Window { get; init; }

    /// <summary>What TCP takes for the round-trip time at first, or null.</summary>
    [Nla(
        4, Wire.Custom, Codec = typeof(RouteRoundTripTime), In = Metrics, Unit = Unit.Milliseconds,
        Max = uint.MaxValue / 8)]
    public Duration? RoundTripTime { get; init; }

    /// <summary>What TCP takes for the variance of the round-trip time at first, or null.</summary>
    [Nla(
        5, Wire.Custom, Codec = typeof(RouteRoundTripTimeVariance), In = Metrics, Unit = Unit.Milliseconds,
        Max = uint.MaxValue / 4)]
    public Duration? RoundTripTimeVariance { get; init; }

    /// <summary>The TCP slow start threshold in segments, or null.</summary>
    [Nla(6, Wire.U32, In = Metrics)]
    public long? SlowStartThreshold { get; init; }

    /// <summary>The largest TCP congestion window in segments, or null.</summary>
    [Nla(7, Wire.U32, In = Metrics)]
    public long? CongestionWindow { get; init; }

    /// <summary>After how many segments TCP takes one that lacks for lost, or null.</summary>
    [Nla(9, Wire.U32, In = Metrics)]
    public long? Reordering { get; init; }

    /// <summary>The TCP congestion window in segments that connections begin with, or null.</summary>
    [Nla(11, Wire.U32, In = Metrics)]
    public long? InitialCongestionWindow { get; init; }

    /// <summary>The TCP window in segments that connections announce first, or null.</summary>
    [Nla(14, Wire.U32, In = Metrics)]
    public long? InitialReceiveWindow { get; init; }

    /// <summary>The least time until TCP sends a segment again, or null.</summary>
    [Nla(13, Wire.U32, In = Metrics, Unit = Unit.Milliseconds)]
    public Duration? MinimumRetransmissionTimeout { get; init; }

    /// <summary>Whether TCP acknowledges at once; null for what the socket wants.</summary>
    [Nla(15, Wire.U32, In = Metrics)]
    public bool? QuickAck { get; init; }

    /// <summary>The TCP congestion control, such as cubic, or null.</summary>
    [Nla(16, Wire.Text, In = Metrics)]
    public string? CongestionControl { get; init; }

    /// <summary>Whether TCP Fast Open goes without a cookie (RFC 7413), or null.</summary>
    [Nla(17, Wire.U32, In = Metrics)]
    public bool? FastOpenWithoutCookie { get; init; }

    /// <summary>What TCP does on the way, or null.</summary>
    [Nla(12, Wire.U32, In = Metrics)]
    public RouteFeatures? Features { get; init; }

    /// <summary>The metrics that TCP keeps to, or null.</summary>
    [Nla(1, Wire.U32, In = Metrics)]
    public RouteMetricLocks? LockedMetrics { get; init; }

    /// <summary>IPv4: the realms of its packets for traffic control, the source's in the upper 16 bits, the
    /// destination's in the lower ones; null for none.</summary>
    [Nla(11, Wire.U32)]
    public long? Realms { get; init; }

    /// <summary>IPv6: which of several routers is taken; null for IPv4.</summary>
    [Nla(20, Wire.U8)]
    public RouterPreference? Preference { get; init; }
}

/// <summary>The kernel counts a round-trip time in eighths of a millisecond.</summary>
internal static class RouteRoundTripTime
{
    public static Duration? Read(NetlinkAttribute attribute)
        => TimeSpan.FromMilliseconds(attribute.AsUInt32() / 8.0);

    public static void Write(NetlinkRequest request, ushort type, Duration value)
        => request.Put(type, (uint)Math.Round(value.TotalMilliseconds * 8));
}

/// <summary>The kernel counts the variance in quarters of a millisecond.</summary>
internal static class RouteRoundTripTimeVariance
{
    public static Duration? Read(NetlinkAttribute attribute)
        => TimeSpan.FromMilliseconds(attribute.AsUInt32() / 4.0);

    public static void Write(NetlinkRequest request, ushort type, Duration value)
        => request.Put(type, (uint)Math.Round(value.TotalMilliseconds * 4));
}
