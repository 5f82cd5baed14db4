using LxcNetworking.Links.Kinds;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Bridges;

/// <summary>A new entry for a bridge's multicast table.</summary>
/// <param name="link">The port, or the bridge for its own programs.</param>
/// <param name="group">The group.</param>
public sealed class BridgeMdbSpec(string link, MulticastGroup group)
{
    /// <summary>The link.</summary>
    public string Link { get; } = link;

    /// <summary>The group.</summary>
    public MulticastGroup Group { get; } = group;

    /// <summary>The VLAN; null for all VLANs of the port.</summary>
    public int? VlanId { get; init; }

    /// <summary>How long it stays; null for Permanent, or Temporary for a bridge's own IP groups, which stay
    /// too.</summary>
    public BridgeMdbType? Type { get; init; }

    /// <summary>The one sender that it is about.</summary>
    public IPAddress? Source { get; init; }

    /// <summary>Which senders <see cref="SourceList"/> is of (Linux 6.2).</summary>
    public MulticastFilterMode? FilterMode { get; init; }

    /// <summary>The senders that members want, or do not want (Linux 6.2).</summary>
    public IReadOnlyList<IPAddress>? SourceList { get; init; }

    /// <summary>Takes the place of an entry for the same group (Linux 6.2).</summary>
    public bool Replace { get; init; }

    internal void Validate()
    {
        if (VlanId is { } vlan)
            VlanIds.Check(vlan, Link);
        var senders = (SourceList ?? []).Append(Source).OfType<IPAddress>();
        var problem = this switch
        {
            { Group.MacAddress: not null } when Source is not null || SourceList is not null || FilterMode is not null
                => "senders are told apart by IPv4 and IPv6 groups alone",
            { Group.MacAddress: not null, Type: BridgeMdbType.Temporary } => "an Ethernet group is Permanent",
            { Source: not null } when SourceList is not null || FilterMode is not null
                => "it is about one sender or about a list of several",
            { SourceList: not null, FilterMode: null }
                => "a list of senders takes a filter mode, which says whether those or all others are wanted",
            { Group.IPAddress: { } address } when senders.Any(one => one.AddressFamily != address.AddressFamily)
                => "the senders are of the same family as the group",
            _ => null,
        };
        if (problem is not null)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"The multicast entry for {Group} on '{KernelText.Printable(Link)}' cannot be: {problem}.",
                Group.ToString());
        }
    }
}
