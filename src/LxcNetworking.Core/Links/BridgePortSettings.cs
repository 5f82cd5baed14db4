using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links;

/// <summary>What a bridge's port does at the moment (BR_STATE_* of linux/if_bridge.h).</summary>
public enum BridgePortState
{
    /// <summary>Nothing.</summary>
    Disabled = 0,

    /// <summary>It listens for spanning tree messages.</summary>
    Listening = 1,

    /// <summary>It learns addresses.</summary>
    Learning = 2,

    /// <summary>It forwards frames.</summary>
    Forwarding = 3,

    /// <summary>It takes spanning tree messages only.</summary>
    Blocking = 4,
}

/// <summary>A bridge port's settings; null leaves the present value.</summary>
public sealed record BridgePortSettings
{
    // IFLA_BRPORT_* of linux/if_link.h.
    private const ushort StateType = 1, PriorityType = 2, CostType = 3, ModeType = 4, GuardType = 5, ProtectType = 6, FastLeaveType = 7,
        LearningType = 8, UnicastFloodType = 9, ProxyArpType = 10, NoType = 18, McastFloodType = 27, BcastFloodType = 30, NeighSuppressType = 32, IsolatedType = 33, LockedType = 39;

    /// <summary>Sends a frame back out of the port it came in by, if its receiver is there.</summary>
    public bool? Hairpin { get; init; }

    /// <summary>Does not talk to other isolated ports.</summary>
    public bool? Isolated { get; init; }

    /// <summary>Learns senders' addresses.</summary>
    public bool? Learning { get; init; }

    /// <summary>Gets unicast frames whose receiver is not known.</summary>
    public bool? Flood { get; init; }

    /// <summary>Gets multicast frames that nobody has asked for.</summary>
    public bool? MulticastFlood { get; init; }

    /// <summary>Gets broadcast frames.</summary>
    public bool? BroadcastFlood { get; init; }

    /// <summary>The spanning tree cost, 1 to 65535.</summary>
    public int? Cost { get; init; }

    /// <summary>The spanning tree priority, 0 to 63; lower is preferred.</summary>
    public int? Priority { get; init; }

    /// <summary>Goes down when a spanning tree message comes in.</summary>
    public bool? BpduGuard { get; init; }

    /// <summary>Never becomes the way to the root.</summary>
    public bool? RootBlock { get; init; }

    /// <summary>Forgets multicast groups at once.</summary>
    public bool? FastLeave { get; init; }

    /// <summary>Answers ARP for others.</summary>
    public bool? ProxyArp { get; init; }

    /// <summary>Keeps ARP and neighbour discovery from flooding.</summary>
    public bool? NeighborSuppress { get; init; }

    /// <summary>Lets only known senders in.</summary>
    public bool? Locked { get; init; }

    internal BridgePortState State { get; private init; }

    internal int Number { get; private init; }

    internal bool IsEmpty => this == new BridgePortSettings();

    internal static BridgePortSettings Read(AttributeReader attributes)
    {
        // Bytes by attribute type, as they are on every port of a long list.
        Span<byte> values = stackalloc byte[64];
        ulong given = 0;
        int? cost = null, priority = null;
        var number = 0;
        foreach (var attribute in attributes)
        {
            switch (attribute.Type)
            {
                case CostType: cost = (int)attribute.AsUInt32(); break;
                case PriorityType: priority = attribute.AsUInt16(); break;
                case NoType: number = attribute.AsUInt16(); break;
                case < 64 when attribute.Value.Length == 1:
                    values[attribute.Type] = attribute.Value[0];
                    given |= 1UL << attribute.Type;
                    break;
            }
        }

        static bool? Flag(ReadOnlySpan<byte> values, ulong given, ushort type) => (given & 1UL << type) == 0 ? null : values[type] != 0;
        return new BridgePortSettings
        {
            Hairpin = Flag(values, given, ModeType),
            Isolated = Flag(values, given, IsolatedType),
            Learning = Flag(values, given, LearningType),
            Flood = Flag(values, given, UnicastFloodType),
            MulticastFlood = Flag(values, given, McastFloodType),
            BroadcastFlood = Flag(values, given, BcastFloodType),
            Cost = cost,
            Priority = priority,
            BpduGuard = Flag(values, given, GuardType),
            RootBlock = Flag(values, given, ProtectType),
            FastLeave = Flag(values, given, FastLeaveType),
            ProxyArp = Flag(values, given, ProxyArpType),
            NeighborSuppress = Flag(values, given, NeighSuppressType),
            Locked = Flag(values, given, LockedType),
            State = (BridgePortState)values[StateType],
            Number = number,
        };
    }

    internal void Write(NetlinkRequest data)
    {
        void Flag(ushort type, bool? value)
        {
            if (value is { } on)
                data.Put(type, (byte)(on ? 1 : 0));
        }

        Flag(ModeType, Hairpin);
        Flag(IsolatedType, Isolated);
        Flag(LearningType, Learning);
        Flag(UnicastFloodType, Flood);
        Flag(McastFloodType, MulticastFlood);
        Flag(BcastFloodType, BroadcastFlood);
        Flag(GuardType, BpduGuard);
        Flag(ProtectType, RootBlock);
        Flag(FastLeaveType, FastLeave);
        Flag(ProxyArpType, ProxyArp);
        Flag(NeighSuppressType, NeighborSuppress);
        Flag(LockedType, Locked);
        if (Cost is { } cost)
            data.Put(CostType, (uint)cost);
        if (Priority is { } priority)
            data.Put(PriorityType, (ushort)priority);
    }

    internal void Validate(string name)
    {
        if (this is { Cost: < 1 or > 65535 } or { Priority: < 0 or > 63 })
            throw new NetworkException(NetworkErrorCode.InvalidArgument, $"The settings for port '{name}' cannot be: a cost is 1 to 65535, a priority 0 to 63.", name);
    }
}
