using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Netfilter.Filtering;

/// <summary>A part of a network's traffic.</summary>
public enum FilteredTraffic
{
    /// <summary>What the network sends to elsewhere.</summary>
    Outbound,

    /// <summary>What comes back to it.</summary>
    Replies,

    /// <summary>What its containers send each other over the bridge, or to others on the uplink.</summary>
    Bridged,

    /// <summary>DHCP between the network and its host.</summary>
    Dhcp,

    /// <summary>DNS between the network and its host.</summary>
    Dns,

    /// <summary>Neighbour discovery of IPv6 between the network and its host.</summary>
    NeighborDiscovery,

    /// <summary>Router solicitations of IPv6 and the host's answers.</summary>
    RouterDiscovery,

    /// <summary>ARP between the network and its host.</summary>
    Arp,
}

/// <summary>The program whose rules they are, as far as their names tell.</summary>
public enum FirewallProgram
{
    /// <summary>Another one, or somebody by hand.</summary>
    Other,

    /// <summary>Docker.</summary>
    Docker,

    /// <summary>firewalld.</summary>
    Firewalld,

    /// <summary>ufw.</summary>
    Ufw,
}

/// <summary>A rule or policy of nf_tables that drops or rejects a part of a network's traffic.</summary>
public sealed class FilterObstacle
{
    internal FilterObstacle(NamespaceReference reference) => Namespace = reference;

    /// <summary>The table's family, as nft writes it: ip, ip6, inet, arp, bridge, netdev.</summary>
    public string Family { get; internal init; } = string.Empty;

    /// <summary>The table.</summary>
    public string Table { get; internal init; } = string.Empty;

    /// <summary>The chain.</summary>
    public string Chain { get; internal init; } = string.Empty;

    /// <summary>The chain that the kernel calls, which is the same or has led to it.</summary>
    public string BaseChain { get; internal init; } = string.Empty;

    /// <summary>Where the kernel calls that chain, as nft writes it: prerouting, input, forward …</summary>
    public string Hook { get; internal init; } = string.Empty;

    /// <summary>The rule's number in its table; null if it is the chain's policy.</summary>
    public ulong? Handle { get; internal init; }

    /// <summary>The rule in about nft's words; "policy drop" for a policy.</summary>
    public string Rule { get; internal init; } = string.Empty;

    /// <summary>Whether all such packets are dropped; false where it depends on what is not looked at.</summary>
    public bool IsCertain { get; internal init; }

    /// <summary>What is dropped.</summary>
    public ValueList<FilteredTraffic> Traffic { get; internal init; } = [];

    /// <summary>The protocols of what is forwarded that are dropped (TCP, UDP, ICMP); empty for all.</summary>
    public ValueList<string> Protocol { get; internal init; } = [];

    /// <summary>The networks whose traffic it is.</summary>
    public ValueList<IPPrefix> Prefix { get; internal init; } = [];

    /// <summary>The network's interface on the host; null if there is none, or not only one.</summary>
    public string? InterfaceAlias { get; internal init; }

    /// <summary>Whose rules they are.</summary>
    public FirewallProgram Program { get; internal init; }

    /// <summary>The namespace.</summary>
    public NamespaceReference Namespace { get; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    /// <summary>Says which rule drops what.</summary>
    /// <returns>A sentence.</returns>
    public override string ToString()
    {
        var rule = Handle is { } handle ? $"The rule '{Rule}' (handle {handle})" : "The policy";
        var network = Prefix.Count > 0 ? string.Join(" and ", Prefix) : InterfaceAlias ?? "the network";
        var protocols = Protocol.Count > 0 ? $" ({string.Join(", ", Protocol)})" : string.Empty;
        string[] words =
        [
            .. Traffic.Select(traffic => traffic switch
            {
                FilteredTraffic.Outbound => $"what goes out from {network}{protocols}",
                FilteredTraffic.Replies => $"what comes back to {network}{protocols}",
                FilteredTraffic.Bridged => $"what is bridged in '{InterfaceAlias}'{protocols}",
                FilteredTraffic.Dhcp => "DHCP",
                FilteredTraffic.Dns => "DNS",
                FilteredTraffic.NeighborDiscovery => "neighbour discovery",
                FilteredTraffic.RouterDiscovery => "router discovery",
                _ => "ARP",
            }),
        ];
        var list = words.Length < 2 ? string.Concat(words) : $"{string.Join(", ", words[..^1])} and {words[^1]}";
        if (Traffic.Count > 0 && Traffic[^1] >= FilteredTraffic.Dhcp)
            list += $" of '{InterfaceAlias ?? network}'";
        return $"{rule} of the nftables chain '{Family} {Table} {Chain}' in namespace '{Namespace}' "
            + $"{(IsCertain ? "drops" : "may drop")} {list}.";
    }
}

/// <summary>What a namespace's filters do to a network's traffic.</summary>
public sealed class FilterReport
{
    internal FilterReport(IReadOnlyList<FilterObstacle> obstacles, IReadOnlyList<string> notSeen)
        => (Obstacles, NotSeen) = ([.. obstacles], [.. notSeen]);

    /// <summary>What drops it, or may.</summary>
    public ValueList<FilterObstacle> Obstacles { get; }

    /// <summary>Sentences about what could not be looked at.</summary>
    public ValueList<string> NotSeen { get; }
}
