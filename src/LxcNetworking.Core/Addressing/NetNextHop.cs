using System.Globalization;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>A next-hop object as it was when it was read: a way that routes use by its number
/// (ip-nexthop(8)).</summary>
public sealed record NetNextHop : NextHopSettings
{
    /// <summary>Reads a message.</summary>
    /// <exception cref="NetlinkProtocolException">It has no number, or is malformed.</exception>
    internal NetNextHop(NhMsg header, AttributeReader attributes, NamespaceReference reference)
        : base(attributes)
    {
        if (NextHopId is not > 0)
            throw new NetlinkProtocolException("A next-hop object has no number.");
        InterfaceIndex = attributes.TryFind(Nha.Oif, out var index) ? index.AsInt32() : 0;
        (AddressFamily, Namespace) = (IP.FamilyOf(header.Family), reference);
        (Scope, Protocol) = ((NetScope)header.Scope, (RouteProtocol)header.Protocol);
        Flags = (RouteFlags)(header.Flags & 0x7f);
        Encapsulation = RouteEncapsulation.Find(attributes, Nha.EncapType, Nha.Encap);
        OtherAttributes = Addressing.OtherAttributes.Of(
            attributes,
            static type => type is not ((>= Nha.Id and <= Nha.Encap) or Nha.Fdb or Nha.ResGroup or Nha.OpFlags));
    }

    /// <summary>The interface's name, or null.</summary>
    public string? InterfaceAlias { get; internal set; }

    /// <summary>The interface's index, or 0.</summary>
    public int InterfaceIndex { get; internal init; }

    /// <summary>IPv4 or IPv6; null for a group.</summary>
    public IPFamily? AddressFamily { get; internal init; }

    /// <summary>How far it is.</summary>
    public NetScope Scope { get; internal init; }

    /// <summary>Who made it.</summary>
    public RouteProtocol Protocol { get; internal init; }

    /// <summary>What packets are put into, or null.</summary>
    public RouteEncapsulation? Encapsulation { get; internal init; }

    /// <summary>What the kernel told and has no name here: numbers of attributes (NHA_*) and their bytes.</summary>
    public ValueList<string> OtherAttributes { get; } = [];

    /// <summary>Its state.</summary>
    public RouteFlags Flags { get; internal init; }

    /// <summary>The namespace that it was read from.</summary>
    public NamespaceReference Namespace { get; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    /// <summary>Tells whether two readings are of the same object, unchanged but for its state.</summary>
    internal bool IsLike(NetNextHop other) => InterfaceIndex == other.InterfaceIndex && Protocol == other.Protocol
        && AddressFamily == other.AddressFamily && Encapsulation == other.Encapsulation
        && Differences(other).All(item => item.Name == nameof(UnbalancedTime));

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{NextHopId} {Way()}");

    /// <summary>Where it leads.</summary>
    internal string Way() => IsGroup ? $"group {Group}"
        : Blackhole == true ? "blackhole"
        : string.Join(' ', Words());

    private IEnumerable<string> Words()
    {
        if (NextHop is not null)
            yield return $"via {NextHop}";
        if (InterfaceAlias is not null)
            yield return $"dev {InterfaceAlias}";
    }
}
