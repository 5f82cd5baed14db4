using LxcNetworking.Declarations;
using LxcNetworking.Values;

namespace LxcNetworking.Links;

/// <summary>Whether a bond's port is in use (BOND_STATE_* of linux/if_bonding.h).</summary>
public enum BondPortState
{
    /// <summary>It is.</summary>
    Active = 0,

    /// <summary>It waits to take over.</summary>
    Backup = 1,
}

/// <summary>What a bond takes its port's carrier for (BOND_LINK_* of linux/if_bonding.h).</summary>
public enum BondPortStatus
{
    /// <summary>It is there.</summary>
    Up = 0,

    /// <summary>It has just gone, and counts until the bond's down delay is over.</summary>
    GoingDown = 1,

    /// <summary>It is not there.</summary>
    Down = 2,

    /// <summary>It has just come back, and counts when the bond's up delay is over.</summary>
    GoingUp = 3,
}

/// <summary>What LACP says of one end of a port (IEEE 802.1AX; LACP_STATE_* of the kernel).</summary>
[Flags]
public enum LacpPortState
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>It begins to speak.</summary>
    Activity = 1,

    /// <summary>It wants to be spoken to every second.</summary>
    ShortTimeout = 2,

    /// <summary>It can be one of several.</summary>
    Aggregation = 4,

    /// <summary>It is in the right group.</summary>
    Synchronization = 8,

    /// <summary>It takes frames.</summary>
    Collecting = 16,

    /// <summary>It sends frames.</summary>
    Distributing = 32,

    /// <summary>It knows of its partner only what is configured.</summary>
    Defaulted = 64,

    /// <summary>It has not heard of its partner for too long.</summary>
    Expired = 128,
}

/// <summary>What a bond's port has (IFLA_BOND_SLAVE_* of linux/if_link.h); null leaves the present value.</summary>
[AttributeSet]
public sealed partial record BondPortSettings : AttributeSet
{
    /// <summary>Whether it is in use.</summary>
    [Nla(1, Wire.U8, Access = Access.ReadOnly)]
    public BondPortState? State { get; init; }

    /// <summary>What its carrier is taken for.</summary>
    [Nla(2, Wire.U8, Access = Access.ReadOnly)]
    public BondPortStatus? Status { get; init; }

    /// <summary>How often it has failed.</summary>
    [Nla(3, Wire.U32, Access = Access.ReadOnly)]
    public long? Failures { get; init; }

    /// <summary>Its own Ethernet address, which it gets back when it leaves the bond.</summary>
    [Nla(4, Wire.AnyMac, Access = Access.ReadOnly)]
    public MacAddress? PermanentMacAddress { get; init; }

    /// <summary>The transmit queue of the bond that leads to this port, or 0.</summary>
    [Nla(5, Wire.U16)]
    public int? QueueId { get; init; }

    /// <summary>Which port takes over in ActiveBackup, BalanceTlb and BalanceAlb: that of the largest number.</summary>
    [Nla(9, Wire.S32, Min = int.MinValue, Since = "6.0")]
    public int? Priority { get; init; }

    /// <summary>The number of the group of ports that it is in, with LACP.</summary>
    [Nla(6, Wire.U16, Access = Access.ReadOnly)]
    public int? LacpGroup { get; init; }

    /// <summary>What LACP says of this end.</summary>
    [Nla(7, Wire.U8, Access = Access.ReadOnly)]
    public LacpPortState? LacpActorState { get; init; }

    /// <summary>What LACP says of the partner's end.</summary>
    [Nla(8, Wire.U16, Access = Access.ReadOnly)]
    public LacpPortState? LacpPartnerState { get; init; }
}
