using LxcNetworking.Addressing;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.Values;

namespace LxcNetworking.State.Kernel;

/// <summary>Reads and changes addresses.</summary>
internal sealed class AddressItems : StateItems
{
    /// <inheritdoc/>
    public override IEnumerable<StateItem> Read(StateWorld world, string name, CancellationToken cancellation)
    {
        var addresses = world.StackOf(name).Addresses.List(
            new AddressFilter { KnownNames = world.LinkNamesOf(name, cancellation) }, cancellation);
        // As they were made: the kernel puts a new IPv6 address before the others of its scope (ipv6_link_dev_addr).
        foreach (var address in addresses.Where(address => address.AddressFamily == IPFamily.IPv4)
            .Concat(addresses.Where(address => address.AddressFamily == IPFamily.IPv6).Reverse()))
        {
            var item = ItemOf(name, address);
            if (FirstOf(address, addresses) is { } first)
                item.Values[StateNeeds.First] = StateValue.Of(NameOf(first).ToString());
            yield return item;
        }
    }

    /// <inheritdoc/>
    public override void Create(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
    {
        var stack = StackOf(home, step, cancellation);
        var item = step.After!;
        var name = AddressName.Parse(item.Key.Name);
        var entry = (AddressEntry)StateTables.Address.Read(item.Values, _ => 0);
        var spec = new AddressSpec(name.Prefix)
        {
            PeerAddress = name.Peer,
            Broadcast = entry.Broadcast,
            Label = entry.Label,
            Scope = entry.Scope,
            SkipAsSource = entry.SkipAsSource == true,
            SkipDuplicateAddressDetection = entry.SkipDuplicateAddressDetection == true,
            NoPrefixRoute = entry.NoPrefixRoute == true,
            PrefixRouteMetric = entry.PrefixRouteMetric is > 0 ? entry.PrefixRouteMetric : null,
            ManageTemporary = entry.ManageTemporary == true,
            MulticastAutoJoin = entry.MulticastAutoJoin == true,
            HomeAddress = entry.HomeAddress == true,
            Protocol = entry.Protocol ?? (int)RouteProtocol.LxcNetworking,
        };
        try
        {
            stack.Addresses.Create(LinkOf(stack, name.Link, cancellation), [spec], cancellation: cancellation);
        }
        catch (NetworkException e) when (e.Code == NetworkErrorCode.AddressExists)
        {
            // It was to go with the first address of its network, and has become the first itself
            // (net.ipv4.conf.*.promote_secondaries).
        }
    }

    /// <inheritdoc/>
    public override void Change(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
    {
        var stack = StackOf(home, step, cancellation);
        var entry = (AddressEntry)StateTables.Address.Read(step.After!.Values, _ => 0);
        stack.Addresses.Change(
            Find(stack, step.Key, cancellation) ?? throw Missing(step.Key),
            new AddressChange
            {
                SkipAsSource = step.Properties.Contains("skipAsSource") ? entry.SkipAsSource : null,
                PrefixRouteMetric = step.Properties.Contains("prefixRouteMetric") ? entry.PrefixRouteMetric : null,
            },
            cancellation);
    }

    /// <inheritdoc/>
    public override void Remove(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
    {
        var stack = StackOf(home, step, cancellation);
        if (Find(stack, step.Key, cancellation) is { } address
            && stack.Addresses.Remove([address], cancellation)[0] is { } refusal)
            throw refusal;
    }

    private static NetIPAddress? Find(NetworkStack stack, StateKey key, CancellationToken cancellation)
    {
        var name = AddressName.Parse(key.Name);
        return stack.Links.Find(name.Link, LinkFilter.Bare, cancellation) is not { } link ? null
            : stack.Addresses.ListOn(link, cancellation).FirstOrDefault(
                address => address.Prefix.Equals(name.Prefix) && Equals(address.PeerAddress, name.Peer));
    }

    private static NetworkException Missing(StateKey key)
        => new(NetworkErrorCode.AddressNotFound, $"The {key.Words} is gone.", key.Name);

    private static AddressName NameOf(NetIPAddress address)
        => new(address.InterfaceAlias, address.Prefix, address.PeerAddress);

    private static NetIPAddress? FirstOf(NetIPAddress address, IReadOnlyList<NetIPAddress> all)
        => address.AddressFamily != IPFamily.IPv4 || (address.Flags & AddressFlags.Secondary) == 0 ? null
            : all.FirstOrDefault(other => other.InterfaceIndex == address.InterfaceIndex
                && (other.Flags & AddressFlags.Secondary) == 0 && other.PrefixLength == address.PrefixLength
                && other.Prefix.Network.Equals(address.Prefix.Network));

    private static StateItem ItemOf(string name, NetIPAddress address)
    {
        var isIPv4 = address.AddressFamily == IPFamily.IPv4;
        var item = new StateItem(NameOf(address).In(name))
        {
            Identity = $"{address.Namespace.Cookie}/{address.InterfaceIndex}",
            IsTransient = address.PrefixOrigin is PrefixOrigin.WellKnown or PrefixOrigin.RouterAdvertisement
                || !address.ValidLifetime.IsForever || (!isIPv4 && address.IPAddress.IsIPv6LinkLocal),
        };
        StateTables.Address.Write(
            new AddressEntry
            {
                Broadcast = !isIPv4 ? null : address.Broadcast ?? IPAddress.Any,
                Label = isIPv4 ? address.Label : null,
                Scope = isIPv4 ? address.Scope : null,
                SkipAsSource = address.SkipAsSource,
                SkipDuplicateAddressDetection =
                    (address.Flags & AddressFlags.SkipDuplicateAddressDetection) != 0,
                NoPrefixRoute = (address.Flags & AddressFlags.NoPrefixRoute) != 0,
                PrefixRouteMetric = address.PrefixRouteMetric,
                ManageTemporary = (address.Flags & AddressFlags.ManageTemporary) != 0,
                MulticastAutoJoin = (address.Flags & AddressFlags.MulticastAutoJoin) != 0,
                HomeAddress = (address.Flags & AddressFlags.HomeAddress) != 0,
                Protocol = address.Protocol,
            },
            item.Values,
            _ => null);
        return item;
    }
}
