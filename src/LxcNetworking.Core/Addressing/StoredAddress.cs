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
    public static StoredAddress Of(NetIPAddress address) => new(
        address.Prefix.ToString(),
        address.PeerAddress?.ToString(),
        address.Broadcast?.ToString(),
        (int)address.Scope,
        Seconds(address.ValidLifetime),
        Seconds(address.PreferredLifetime),
        (address.Flags & AddressFlags.NoPrefixRoute) != 0,
        // The kernel's own numbers are not for others to give.
        address.Protocol >= 4 ? address.Protocol : null);

    public AddressSpec ToSpec()
    {
        var prefix = IPPrefix.Parse(Prefix);
        var isIPv4 = IP.FamilyOf(prefix.Address) == IPFamily.IPv4;
        return new AddressSpec(prefix)
        {
            PeerAddress = Peer is null ? null : IPAddress.Parse(Peer),
            Broadcast = !isIPv4 ? null : Broadcast is null ? IPAddress.Any : IPAddress.Parse(Broadcast),
            Scope = isIPv4 ? (NetScope)Scope : null,
            ValidLifetime = Span(ValidSeconds),
            PreferredLifetime = Span(PreferredSeconds),
            NoPrefixRoute = NoPrefixRoute,
            Protocol = Protocol,
            // It was this host's a moment ago.
            SkipDuplicateAddressDetection = true,
        };
    }

    /// <summary>The network that it is in, or that the peer is in.</summary>
    public IPPrefix Network()
    {
        var prefix = IPPrefix.Parse(Prefix);
        return Peer is null ? prefix.Network : new IPPrefix(IPAddress.Parse(Peer), prefix.Length).Network;
    }

    private static double? Seconds(TimeSpan span) => span == TimeSpan.MaxValue ? null : span.TotalSeconds;

    private static TimeSpan? Span(double? seconds) => seconds is { } value ? TimeSpan.FromSeconds(value) : null;
}
