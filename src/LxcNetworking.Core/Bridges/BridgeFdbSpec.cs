using LxcNetworking.Links.Kinds;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Bridges;

/// <summary>A new entry for a forwarding table.</summary>
/// <param name="link">The bridge's port, the bridge itself, or a VXLAN link.</param>
/// <param name="macAddress">The address; all zero for a host that a VXLAN link floods to.</param>
public sealed class BridgeFdbSpec(string link, MacAddress macAddress)
{
    /// <summary>The link.</summary>
    public string Link { get; } = link;

    /// <summary>The address.</summary>
    public MacAddress MacAddress { get; } = macAddress;

    /// <summary>How long it lives; null for Static in a bridge's table and Permanent in a link's own.</summary>
    public BridgeFdbType? Type { get; init; }

    /// <summary>The link's own table (true) or its bridge's (false); null for its own if it is a VXLAN link or no port,
    /// else its bridge's.</summary>
    public bool? Self { get; init; }

    /// <summary>The VLAN.</summary>
    public int? VlanId { get; init; }

    /// <summary>The host behind a VXLAN link.</summary>
    public IPAddress? Destination { get; init; }

    /// <summary>The UDP port, where it is not the VXLAN link's.</summary>
    public int? Port { get; init; }

    /// <summary>The VNI, where it is not the VXLAN link's.</summary>
    public int? Vni { get; init; }

    /// <summary>The VNI that frames come from, where an external VXLAN link carries several.</summary>
    public int? SourceVni { get; init; }

    /// <summary>The next-hop object that names the hosts behind a VXLAN link, instead of a host; one of forwarding
    /// entries (Fdb).</summary>
    public long? NextHopId { get; init; }

    /// <summary>The link that leads to the host.</summary>
    public string? Device { get; init; }

    /// <summary>The address cannot move to another port.</summary>
    public bool Sticky { get; init; }

    /// <summary>Adds a further host to an address that has one.</summary>
    public bool Append { get; init; }

    /// <summary>Takes the place of an entry for the same address.</summary>
    public bool Replace { get; init; }

    internal void Validate()
    {
        if (VlanId is { } vlan)
            VlanIds.Check(vlan, Link);
        var problem = this switch
        {
            { Vni: < 0 or >= 1 << 24 } => $"{Vni} is no VNI: it has 24 bits, so 0 to 16777215 are",
            { SourceVni: < 0 or >= 1 << 24 } => $"{SourceVni} is no VNI: it has 24 bits, so 0 to 16777215 are",
            { NextHopId: < 1 or > uint.MaxValue } => $"{NextHopId} is no number of a next-hop object",
            { NextHopId: not null }
                and ({ Destination: not null } or { Port: not null } or { Vni: not null } or { Device: not null })
                => "a next-hop object names hosts, so there is no destination, port, VNI or device beside it",
            { Port: < 1 or > 65535 } => $"{Port} is no UDP port: 1 to 65535 are",
            { Destination: null } and ({ Port: not null } or { Vni: not null } or { Device: not null })
                => "a port, VNI or device goes with a destination, the host behind a VXLAN link",
            { MacAddress.IsZero: true, Destination: null, NextHopId: null }
                => "an all-zero address stands for flooding and needs a destination, the host to flood to",
            { Append: true, Replace: true } => "it cannot both be added to others and take their place",
            _ => null,
        };
        if (problem is not null)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"The forwarding entry for {MacAddress} on '{KernelText.Printable(Link)}' cannot be: {problem}.",
                MacAddress.ToString());
        }
    }
}
