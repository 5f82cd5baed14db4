using LxcNetworking.Declarations;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>How a group chooses among its next hops (NEXTHOP_GRP_TYPE_* of linux/nexthop.h).</summary>
public enum NextHopGroupType
{
    /// <summary>Each flow by a hash; when a member comes or goes, many flows change their way.</summary>
    Multipath = 0,

    /// <summary>By a table of buckets; when a member comes or goes, flows keep their way where they can.</summary>
    Resilient = 1,
}

/// <summary>What can be said of a next-hop object (NHA_* of linux/nexthop.h).</summary>
[AttributeSet]
public partial record NextHopSettings : AttributeSet
{
    private const int Resilience = 12;

    /// <summary>Its number; null for one that the kernel chooses.</summary>
    [Nla(1, Wire.U32, Min = 1, Access = Access.CreateOnly)]
    public long? NextHopId { get; init; }

    /// <summary>The gateway, or null if receivers are on the link itself.</summary>
    [Nla(6, Wire.Address)]
    public IPAddress? NextHop { get; init; }

    /// <summary>The objects that it is a group of; null or empty if it is none.</summary>
    [Nla(2, Wire.Custom, Codec = typeof(NextHopGroup))]
    public ValueList<NextHopMember>? Group { get; init; }

    /// <summary>How a group chooses; null for Multipath.</summary>
    [Nla(3, Wire.U16, Access = Access.CreateOnly)]
    public NextHopGroupType? GroupType { get; init; }

    /// <summary>It drops its packets.</summary>
    [Nla(4, Wire.Flag)]
    public bool? Blackhole { get; init; }

    /// <summary>It is for forwarding entries of VXLAN links, and no route's.</summary>
    [Nla(11, Wire.Flag, Access = Access.CreateOnly)]
    public bool? Fdb { get; init; }

    /// <summary>Resilient groups: the number of buckets.</summary>
    [Nla(1, Wire.U16, In = Resilience, Min = 1, Access = Access.CreateOnly)]
    public int? Buckets { get; init; }

    /// <summary>Resilient groups: for how long a bucket has to be without packets before it is given to another
    /// member.</summary>
    [Nla(2, Wire.U32, In = Resilience, Unit = Unit.Centiseconds)]
    public Duration? IdleTimer { get; init; }

    /// <summary>Resilient groups: after what time out of balance buckets are given to other members even if they
    /// have packets; zero for never.</summary>
    [Nla(3, Wire.U32, In = Resilience, Unit = Unit.Centiseconds)]
    public Duration? UnbalancedTimer { get; init; }

    /// <summary>Resilient groups: for how long the group has been out of balance.</summary>
    [Nla(
        4, Wire.Custom, Codec = typeof(NextHopUnbalancedTime), In = Resilience, Unit = Unit.Centiseconds,
        Access = Access.ReadOnly)]
    public Duration? UnbalancedTime { get; init; }

    /// <summary>Whether it is a group.</summary>
    internal bool IsGroup => Group is { Count: > 0 };
}

/// <summary>64 bits of hundredths of a second.</summary>
internal static class NextHopUnbalancedTime
{
    public static Duration? Read(NetlinkAttribute attribute)
        => TimeSpan.FromMilliseconds(10.0 * Math.Min(attribute.AsUInt64(), uint.MaxValue));
}
