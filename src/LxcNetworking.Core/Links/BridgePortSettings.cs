using LxcNetworking.Declarations;
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

/// <summary>What a bridge's port has (IFLA_BRPORT_* of linux/if_link.h); null leaves the present value.</summary>
[AttributeSet]
public sealed partial record BridgePortSettings : AttributeSet
{
    /// <summary>Sends a frame back out of the port it came in by, if its receiver is there.</summary>
    [Nla(4, Wire.U8)]
    public bool? Hairpin { get; init; }

    /// <summary>Does not talk to other isolated ports.</summary>
    [Nla(33, Wire.U8)]
    public bool? Isolated { get; init; }

    /// <summary>Learns senders' addresses.</summary>
    [Nla(8, Wire.U8)]
    public bool? Learning { get; init; }

    /// <summary>Gets unicast frames whose receiver is not known.</summary>
    [Nla(9, Wire.U8)]
    public bool? Flood { get; init; }

    /// <summary>Gets multicast frames that nobody has asked for.</summary>
    [Nla(27, Wire.U8)]
    public bool? MulticastFlood { get; init; }

    /// <summary>Gets broadcast frames.</summary>
    [Nla(30, Wire.U8)]
    public bool? BroadcastFlood { get; init; }

    /// <summary>The spanning tree cost, 1 to 65535.</summary>
    [Nla(3, Wire.U32, Min = 1, Max = 65535)]
    public int? Cost { get; init; }

    /// <summary>The spanning tree priority, 0 to 63; lower is preferred.</summary>
    [Nla(2, Wire.U16, Max = 63)]
    public int? Priority { get; init; }

    /// <summary>Goes down when a spanning tree message comes in.</summary>
    [Nla(5, Wire.U8)]
    public bool? BpduGuard { get; init; }

    /// <summary>Never becomes the way to the root.</summary>
    [Nla(6, Wire.U8)]
    public bool? RootBlock { get; init; }

    /// <summary>Forgets multicast groups at once.</summary>
    [Nla(7, Wire.U8)]
    public bool? FastLeave { get; init; }

    /// <summary>Answers ARP for others.</summary>
    [Nla(10, Wire.U8)]
    public bool? ProxyArp { get; init; }

    /// <summary>Keeps ARP and neighbour discovery from flooding.</summary>
    [Nla(32, Wire.U8)]
    public bool? NeighborSuppress { get; init; }

    /// <summary>Lets only known senders in; null where the kernel cannot.</summary>
    [Nla(39, Wire.U8)]
    public bool? Locked { get; init; }

    [Nla(1, Wire.U8, Access = Access.ReadOnly)]
    internal BridgePortState? State { get; init; }

    [Nla(18, Wire.U16, Access = Access.ReadOnly)]
    internal int? Number { get; init; }

    internal bool IsEmpty => this == new BridgePortSettings();

    internal void Validate(string name)
    {
        if (OutOfRange() is { } problem)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument, $"The settings for port '{name}' cannot be: {problem}.", name);
        }
    }
}
