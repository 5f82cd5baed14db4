using System.Buffers.Binary;
using System.Globalization;
using LxcNetworking.Declarations;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Bridges;

/// <summary>What a bridge has (IFLA_BR_* of linux/if_link.h).</summary>
[LinkKind("bridge", Link = typeof(BridgeLink))]
public sealed partial record BridgeSettings : LinkSettings
{
    /// <summary>How long a port listens and learns before it forwards: 2 to 30 seconds with STP, 0 to 30
    /// without.</summary>
    [Nla(1, Wire.U32, Unit = Unit.Centiseconds)]
    public Duration? ForwardDelay { get; init; }

    /// <summary>The time between hello messages: 1 to 10 seconds.</summary>
    [Nla(2, Wire.U32, Unit = Unit.Centiseconds)]
    public Duration? HelloTime { get; init; }

    /// <summary>How old a message may get before its sender counts as gone: 6 to 40 seconds.</summary>
    [Nla(3, Wire.U32, Unit = Unit.Centiseconds)]
    public Duration? MaxAge { get; init; }

    /// <summary>How long a learned address is kept.</summary>
    [Nla(4, Wire.U32, Unit = Unit.Centiseconds)]
    public Duration? AgeingTime { get; init; }

    /// <summary>Whether it speaks the spanning tree protocol.</summary>
    [Nla(5, Wire.U32)]
    public bool? Stp { get; init; }

    /// <summary>The priority in the election of the root: 0 to 65535, lower wins.</summary>
    [Nla(6, Wire.U16)]
    public int? Priority { get; init; }

    /// <summary>Whether it looks at VLAN tags; null where the kernel cannot.</summary>
    [Nla(7, Wire.U8)]
    public bool? VlanFiltering { get; init; }

    /// <summary>The VLAN of untagged frames: 1 to 4094, or 0 for none; null where the kernel cannot filter
    /// VLANs.</summary>
    [Nla(39, Wire.U16, Max = 4094)]
    public int? DefaultVlanId { get; init; }

    /// <summary>Whether multicast goes only where it was asked for; null where the kernel cannot.</summary>
    [Nla(23, Wire.U8)]
    public bool? MulticastSnooping { get; init; }

    /// <summary>Its identity: priority and address, as brctl shows it.</summary>
    [Nla(11, Wire.Custom, Codec = typeof(BridgeIdentity), Access = Access.ReadOnly)]
    public string? BridgeId { get; init; }

    /// <summary>The identity of the spanning tree's root; its own without STP.</summary>
    [Nla(10, Wire.Custom, Codec = typeof(BridgeIdentity), Access = Access.ReadOnly)]
    public string? RootId { get; init; }

    internal bool IsEmpty => this == new BridgeSettings();

    /// <inheritdoc/>
    public override string ToString() => $"id {BridgeId}, STP {(Stp == true ? "on" : "off")}";

    internal override Hint? RefusalHint(int errno)
    {
        const int ERANGE = 34, EOPNOTSUPP = 95;
        return errno switch
        {
            ERANGE => "With STP a forward delay is 2 to 30 seconds, a hello time 1 to 10, a maximum age 6 to 40.",
            EOPNOTSUPP or Native.LibC.EINVAL when VlanFiltering is not null || DefaultVlanId is not null
                => "This kernel's bridges may have no VLAN filtering (CONFIG_BRIDGE_VLAN_FILTERING).",
            _ => null,
        };
    }
}

/// <summary>A bridge: a software switch.</summary>
public sealed partial class BridgeLink : NetLink
{
    /// <summary>The names of its ports; filled in by <see cref="BridgeOperations"/>, empty otherwise.</summary>
    public ValueList<string> Ports { get; internal set; } = [];
}

/// <summary>Reads a bridge's identity (struct ifla_bridge_id): two bytes of priority in network order, six of
/// address.</summary>
internal static class BridgeIdentity
{
    public static string Read(NetlinkAttribute attribute) => attribute.Value.Length != 8
        ? throw new NetlinkProtocolException(
            $"A bridge identity has {attribute.Value.Length} bytes where 8 were expected.")
        : BinaryPrimitives.ReadUInt16BigEndian(attribute.Value).ToString("x4", CultureInfo.InvariantCulture)
            + "." + Convert.ToHexStringLower(attribute.Value[2..]);
}

/// <summary>A bridge.</summary>
/// <param name="name">The new bridge's name.</param>
/// <param name="settings">Its settings.</param>
public sealed class BridgeSpec(string name, BridgeSettings? settings = null) : LinkSpec(
    name, settings ?? new BridgeSettings())
{
    internal override NetworkException? Explain(NetlinkErrorException refusal, NetworkStack stack)
        => settings is { VlanFiltering: not null } or { DefaultVlanId: not null }
            && refusal.KernelMessage?.Contains("Unknown device type", StringComparison.Ordinal) != true
            ? BridgeVlans.LacksFiltering(refusal, Name) : null;
}
