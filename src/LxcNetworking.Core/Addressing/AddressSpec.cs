using System.Text;
using LxcNetworking.Links;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>An address to create.</summary>
/// <param name="Prefix">The address with its prefix length.</param>
public sealed record AddressSpec(IPPrefix Prefix)
{
    /// <summary>IPv4: the broadcast address; null for the network's last address, 0.0.0.0 for none.</summary>
    public IPAddress? Broadcast { get; init; }

    /// <summary>The other end of a point-to-point link; the prefix length is then its.</summary>
    public IPAddress? PeerAddress { get; init; }

    /// <summary>IPv4: a name that begins with the interface's, at most 15 bytes.</summary>
    public string? Label { get; init; }

    /// <summary>IPv4: how far it reaches; null for Host on loopback addresses and Global else.</summary>
    public NetScope? Scope { get; init; }

    /// <summary>How long it stays; null or <see cref="TimeSpan.MaxValue"/> for ever.</summary>
    public TimeSpan? ValidLifetime { get; init; }

    /// <summary>How long new connections may start from it; null for as long as it stays.</summary>
    public TimeSpan? PreferredLifetime { get; init; }

    /// <summary>IPv6: no connection starts from it unless a program asks for it, which a preferred lifetime of 0
    /// does.</summary>
    public bool SkipAsSource { get; init; }

    /// <summary>IPv6: it is used at once, without asking whether someone else has it.</summary>
    public bool SkipDuplicateAddressDetection { get; init; }

    /// <summary>The number of the program that makes it, 4 to 255, by which it is known later (Linux 5.18); null for
    /// none.</summary>
    public int? Protocol { get; init; } = (int)RouteProtocol.LxcNetworking;

    /// <summary>No route to the network comes with it.</summary>
    public bool NoPrefixRoute { get; init; }

    /// <summary>The metric of the route to its network; null for the kernel's own choice.</summary>
    public long? PrefixRouteMetric { get; init; }

    /// <summary>IPv6: the kernel makes temporary addresses from it.</summary>
    public bool ManageTemporary { get; init; }

    /// <summary>A group's address, which is joined on the link.</summary>
    public bool MulticastAutoJoin { get; init; }

    /// <summary>IPv6: a Mobile IPv6 home address.</summary>
    public bool HomeAddress { get; init; }

    /// <summary>IPv6: it is used while duplicate address detection is under way.</summary>
    public bool Optimistic { get; init; }

    /// <summary>It was there with that protocol, which may be the kernel's.</summary>
    internal bool KeepsProtocol { get; init; }

    /// <summary>The address to send.</summary>
    internal NetIPAddress ToAddress(int interfaceIndex)
    {
        var address = Prefix.Address;
        var isIPv4 = IP.FamilyOf(address) == IPFamily.IPv4;
        var usual = isIPv4 && PeerAddress is null && Prefix.Length < 31 && !MulticastAutoJoin
            && !IPAddress.IsLoopback(address)
            ? Prefix.LastAddress : null;
        var broadcast = isIPv4 ? Broadcast ?? usual : null;
        var flags = (SkipDuplicateAddressDetection ? AddressFlags.SkipDuplicateAddressDetection : 0)
            | (NoPrefixRoute ? AddressFlags.NoPrefixRoute : 0)
            | (ManageTemporary ? AddressFlags.ManageTemporary : 0)
            | (MulticastAutoJoin ? AddressFlags.MulticastAutoJoin : 0)
            | (HomeAddress ? AddressFlags.HomeAddress : 0) | (Optimistic ? AddressFlags.Optimistic : 0);
        return new(Prefix, interfaceIndex, PeerAddress)
        {
            Scope = Scope ?? (IPAddress.IsLoopback(address) ? NetScope.Host : NetScope.Global),
            Broadcast = broadcast is null || IP.IsAny(broadcast) ? null : broadcast,
            Label = Label,
            Protocol = Protocol,
            Metric = PrefixRouteMetric,
            AllFlags = flags == 0 ? null : flags,
            Lifetimes = Lifetimes(ValidLifetime, SkipAsSource ? TimeSpan.Zero : PreferredLifetime) is { } times
                ? new AddressLifetimes(times.Preferred, times.Valid) : null,
        };
    }

    /// <summary>The same without addresses' scopes.</summary>
    /// <exception cref="NetworkException">InvalidArgument: a scope is another interface.</exception>
    internal AddressSpec On(int interfaceIndex) => this with
    {
        Prefix = new IPPrefix(IP.Unscoped(Prefix.Address, interfaceIndex), Prefix.Length),
        PeerAddress = PeerAddress is null ? null : IP.Unscoped(PeerAddress, interfaceIndex),
    };

    /// <summary>Checks it for what the kernel would take amiss, or would take and should not.</summary>
    internal void Validate(string interfaceAlias)
    {
        var address = Prefix.Address;
        var family = IP.FamilyOf(address);
        var problem = IP.IsAny(address) ? "the unspecified one"
            : IP.IsMulticast(address) && !MulticastAutoJoin ? "a multicast address"
            : address.Equals(IPAddress.Broadcast) ? "the broadcast address" : null;
        if (problem is not null)
            throw Invalid($"{address} cannot be an interface's address: it is {problem}.");
        foreach (var other in new[] { Broadcast, PeerAddress })
        {
            if (other is not null && IP.FamilyOf(other) != family)
                throw Invalid($"{other} does not go with {address}: one is IPv4, the other IPv6.");
        }

        if (MulticastAutoJoin && !IP.IsMulticast(address))
            throw Invalid($"{address} is no group's address, which alone can be joined.");
        if (SkipAsSource && PreferredLifetime is not null)
            throw Invalid($"Whether {address} is passed over as a source is said by its preferred lifetime.");
        var onlyIPv6 = SkipAsSource ? "way to be passed over as a source"
            : ManageTemporary ? "temporary addresses" : HomeAddress ? "home address"
            : Optimistic ? "optimistic detection of duplicates" : null;
        if (family == IPFamily.IPv4 && onlyIPv6 is not null)
            throw Invalid($"{address} is an IPv4 address, which has no {onlyIPv6}.");
        if (PrefixRouteMetric is < 1 or > uint.MaxValue)
            throw Invalid($"{PrefixRouteMetric} is no metric for {address}: 1 to {uint.MaxValue} are.");
        var onlyIPv4 = Broadcast is not null ? "broadcast address"
            : Label is not null ? "label" : Scope is not null ? "scope to choose" : null;
        if (family == IPFamily.IPv6 && onlyIPv4 is not null)
            throw Invalid($"{address} is an IPv6 address, which has no {onlyIPv4}.");
        if (Label is not null
            && (Encoding.UTF8.GetByteCount(Label) > LinkSpec.MaxNameBytes || KernelText.Printable(Label) != Label
                || !(Label == interfaceAlias || Label.StartsWith(interfaceAlias + ":", StringComparison.Ordinal))))
            throw Invalid(
                $"'{KernelText.Printable(Label)}' cannot label {address}: a label is the interface's name, or begins "
                    + $"with it and a colon ('{interfaceAlias}:1'), and has at most {LinkSpec.MaxNameBytes} bytes.");
        if (Protocol is > 255 || (Protocol < 4 && !KeepsProtocol))
            throw Invalid($"{Protocol} is no protocol for {address}: 4 to 255 are, as 1 to 3 mean the kernel.");
        Lifetimes(ValidLifetime, PreferredLifetime);
    }

    /// <summary>The lifetimes in seconds, as struct ifa_cacheinfo wants them; 0xffffffff is for ever.</summary>
    /// <returns>Null if both are for ever.</returns>
    internal (uint Valid, uint Preferred)? Lifetimes(TimeSpan? validLifetime, TimeSpan? preferredLifetime)
    {
        var valid = Seconds(validLifetime ?? TimeSpan.MaxValue);
        var preferred = preferredLifetime is null ? valid : Seconds(preferredLifetime.Value);
        if (valid == 0)
            throw Invalid($"The valid lifetime of {Prefix.Address} must be a second or more, such as '01:00:00'.");
        if (preferred > valid)
            throw Invalid($"The preferred lifetime of {Prefix.Address} cannot be longer than its valid lifetime.");
        return valid == uint.MaxValue && preferred == uint.MaxValue ? null : (valid, preferred);
    }

    private uint Seconds(TimeSpan span)
    {
        if (span == TimeSpan.MaxValue || span == Timeout.InfiniteTimeSpan)
            return uint.MaxValue;
        if (span < TimeSpan.Zero || span.TotalSeconds >= uint.MaxValue)
            throw Invalid(
                $"{span} is no lifetime for {Prefix.Address}: it takes 0 to {uint.MaxValue - 1} seconds, or "
                    + "[timespan]::MaxValue for ever.");
        return (uint)span.TotalSeconds;
    }

    private NetworkException Invalid(string message)
        => new(NetworkErrorCode.InvalidArgument, message, Prefix.Address.ToString());
}
