using System.Runtime.InteropServices;
using LxcNetworking.Declarations;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Bridges;

/// <summary>A port that a router of multicast is behind, as it was when it was read: it gets all groups
/// (MDBA_ROUTER_PATTR_* of linux/if_bridge.h).</summary>
[AttributeSet]
public sealed partial record BridgeMulticastRouterPort : AttributeSet
{
    /// <summary>The attribute that a list of them is in.</summary>
    internal const ushort MDBA_ROUTER = 2;

    private const ushort MDBA_ROUTER_PORT = 1;

    // Not public, as PowerShell would make one of whatever has some of its properties.
    private BridgeMulticastRouterPort()
        => throw new NotSupportedException("A router's port is read from the kernel.");

    /// <summary>The port.</summary>
    public string InterfaceAlias { get; private init; } = string.Empty;

    /// <summary>Its index.</summary>
    public int InterfaceIndex { get; private init; }

    /// <summary>The bridge.</summary>
    public string Bridge { get; private init; } = string.Empty;

    /// <summary>The VLAN that it is so in, on a bridge that snoops for each VLAN; null for all that is without one.
    /// </summary>
    [Nla(5, Wire.U16, Access = Access.ReadOnly)]
    public int? VlanId { get; internal init; }

    /// <summary>Whether a router's messages came from there, or it was said by hand.</summary>
    [Nla(2, Wire.U8, Access = Access.ReadOnly)]
    public BridgeMulticastRouter? Type { get; internal init; }

    /// <summary>The time until it counts as one no more; null where it was said for good.</summary>
    [Nla(1, Wire.U32, Unit = Unit.Centiseconds, Access = Access.ReadOnly)]
    public Duration? Timer { get; internal init; }

    /// <summary>That time for a router of IPv4; null where it is none, or for good.</summary>
    [Nla(3, Wire.U32, Unit = Unit.Centiseconds, Access = Access.ReadOnly)]
    public Duration? IPv4Timer { get; internal init; }

    /// <summary>The same for IPv6.</summary>
    [Nla(4, Wire.U32, Unit = Unit.Centiseconds, Access = Access.ReadOnly)]
    public Duration? IPv6Timer { get; internal init; }

    /// <summary>The namespace that it was read from.</summary>
    public NamespaceReference Namespace { get; private init; } = null!;

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    /// <summary>What tells it from every other one.</summary>
    internal string Key => $"{Bridge}/{InterfaceIndex}/{VlanId}";

    /// <summary>Reads a list of them.</summary>
    /// <exception cref="NetlinkProtocolException">It is malformed.</exception>
    internal static List<BridgeMulticastRouterPort> Read(
        AttributeReader ports, BridgeLink bridge, Dictionary<int, NetLink> links)
    {
        var result = new List<BridgeMulticastRouterPort>();
        foreach (var port in ports)
        {
            if (port.Type != MDBA_ROUTER_PORT)
                continue;
            if (port.Value.Length < sizeof(int))
                throw new NetlinkProtocolException($"A multicast router's port has {port.Value.Length} bytes.");
            var index = MemoryMarshal.Read<int>(port.Value);
            var read = new BridgeMulticastRouterPort(new AttributeReader(port.Value[sizeof(int)..]));
            result.Add((read with
            {
                Bridge = bridge.Name,
                InterfaceAlias = links.TryGetValue(index, out var link) ? link.Name : $"if{index}",
                InterfaceIndex = index,
                Namespace = bridge.Namespace,
            }).Of(read.Type));
        }

        return result;
    }

    /// <summary>The same of another type: what was said for good has no time.</summary>
    internal BridgeMulticastRouterPort Of(BridgeMulticastRouter? type)
    {
        var isForGood = type == BridgeMulticastRouter.Always;
        return this with
        {
            Type = type,
            Timer = isForGood ? null : Timer,
            IPv4Timer = isForGood ? null : IPv4Timer,
            IPv6Timer = isForGood ? null : IPv6Timer,
        };
    }

    /// <inheritdoc/>
    public override string ToString() => InterfaceAlias;
}
