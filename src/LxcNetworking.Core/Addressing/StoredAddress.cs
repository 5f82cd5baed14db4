using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>An address on file.</summary>
internal sealed record StoredAddress(
    string Prefix,
    string? Peer,
    string? Broadcast,
    int Scope,
    double? ValidSeconds,
    double? PreferredSeconds,
    bool NoPrefixRoute,
    int? Protocol = null)
{
    /// <summary>What a label has after the interface's name.</summary>
    public string? LabelEnd { get; init; }

    /// <summary>The metric of the route to its network.</summary>
    public long? Metric { get; init; }

    /// <summary>Those of the kernel's flags that a program can set.</summary>
    public int Flags { get; init; }

    public static StoredAddress Of(NetIPAddress address) => new(
        address.Prefix.ToString(),
        address.PeerAddress?.ToString(),
        address.Broadcast?.ToString(),
        (int)address.Scope,
        Seconds(address.ValidLifetime),
        Seconds(address.PreferredLifetime),
        (address.Flags & AddressFlags.NoPrefixRoute) != 0,
        address.Protocol is 0 ? null : address.Protocol)
    {
        LabelEnd = address.Label is { } label
            && label.StartsWith(address.InterfaceAlias + ":", StringComparison.Ordinal)
            ? label[address.InterfaceAlias.Length..] : null,
        Metric = address.PrefixRouteMetric == 0 ? null : address.PrefixRouteMetric,
        Flags = (int)address.Flags,
    };

    /// <summary>What it is to be like on an interface.</summary>
    public AddressSpec ToSpec(string interfaceAlias)
    {
        const AddressFlags Doubtful = AddressFlags.Tentative | AddressFlags.DuplicateFound;
        var prefix = IPPrefix.Parse(Prefix);
        var isIPv4 = IP.FamilyOf(prefix.Address) == IPFamily.IPv4;
        var flags = (AddressFlags)Flags;
        var label = interfaceAlias + LabelEnd;
        return new AddressSpec(prefix)
        {
            PeerAddress = Peer is null ? null : IPAddress.Parse(Peer),
            Broadcast = !isIPv4 ? null : Broadcast is null ? IPAddress.Any : IPAddress.Parse(Broadcast),
            Scope = isIPv4 ? (NetScope)Scope : null,
            ValidLifetime = Span(ValidSeconds),
            PreferredLifetime = Span(PreferredSeconds),
            NoPrefixRoute = NoPrefixRoute,
            Protocol = Protocol,
            KeepsProtocol = true,
            Label = LabelEnd is not null && isIPv4 && label.Length <= Links.LinkSpec.MaxNameBytes ? label : null,
            PrefixRouteMetric = Metric,
            ManageTemporary = !isIPv4 && (flags & AddressFlags.ManageTemporary) != 0,
            HomeAddress = !isIPv4 && (flags & AddressFlags.HomeAddress) != 0,
            MulticastAutoJoin = (flags & AddressFlags.MulticastAutoJoin) != 0,
            // It was this host's a moment ago, unless that was in doubt.
            SkipDuplicateAddressDetection = (flags & Doubtful) == 0,
        };
    }

    /// <summary>Whether nobody is asked if someone else has it, when its link comes up again.</summary>
    public bool SkipsDetection => (Flags & (int)AddressFlags.SkipDuplicateAddressDetection) != 0;

    /// <summary>The network that it is in, or that the peer is in.</summary>
    public IPPrefix Network()
    {
        var prefix = IPPrefix.Parse(Prefix);
        return Peer is null ? prefix.Network : new IPPrefix(IPAddress.Parse(Peer), prefix.Length).Network;
    }

    private static double? Seconds(TimeSpan span) => span == TimeSpan.MaxValue ? null : span.TotalSeconds;

    private static TimeSpan? Span(double? seconds) => seconds is { } value ? TimeSpan.FromSeconds(value) : null;
}
