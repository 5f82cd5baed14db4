using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>IP addresses of one namespace's interfaces: list, create, change, remove.</summary>
public sealed class AddressOperations : IStackOperations<AddressOperations>
{
    private readonly NetworkStack _stack;
    private readonly AddressCreation _creation;
    private readonly AddressChanges _changes;

    internal AddressOperations(NetworkStack stack)
    {
        _stack = stack;
        _creation = new AddressCreation(stack);
        _changes = new AddressChanges(stack);
    }

    static AddressOperations IStackOperations<AddressOperations>.On(NetworkStack stack) => new(stack);

    /// <summary>Lists addresses in the kernel's order, IPv4 first.</summary>
    /// <param name="filter">What to narrow the list to; null for all.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The addresses.</returns>
    /// <exception cref="NetlinkException">The kernel did not answer as it should.</exception>
    public IReadOnlyList<NetIPAddress> List(AddressFilter? filter = null, CancellationToken cancellation = default)
    {
        var addresses = Read(filter, cancellation);
        Name(addresses, filter?.KnownNames, cancellation);
        return addresses;
    }

    /// <summary>Lists the anycast addresses or multicast groups that links receive packets for besides their own
    /// addresses: IPv4 has no anycast ones.</summary>
    /// <param name="type">Which; <see cref="AddressType.Unicast"/> for links' own addresses.</param>
    /// <param name="filter">What to narrow the list to; null for all.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The addresses.</returns>
    /// <exception cref="NetlinkException">The kernel did not answer as it should.</exception>
    public IReadOnlyList<NetIPAddress> ListOfType(
        AddressType type, AddressFilter? filter = null, CancellationToken cancellation = default)
    {
        if (type == AddressType.Unicast)
            return List(filter, cancellation);
        var addresses = new JoinedAddresses(_stack).List(type, filter, cancellation);
        Name(addresses, filter?.KnownNames, cancellation);
        return addresses;
    }

    /// <summary>Lists the addresses of one link, as read from this stack.</summary>
    internal IReadOnlyList<NetIPAddress> ListOn(NetLink link, CancellationToken cancellation = default)
    {
        var addresses = Read(new AddressFilter { InterfaceIndexes = [link.Index] }, cancellation);
        addresses.ForEach(address => address.InterfaceAlias = link.Name);
        return addresses;
    }

    /// <summary>Gives an interface addresses, and default routes over gateways, in one send. All of it happens or
    /// nothing. The neighbours are told of the addresses.</summary>
    /// <param name="link">The interface, as read from this stack.</param>
    /// <param name="addresses">The addresses.</param>
    /// <param name="gateways">Gateways of default routes: at most one for IPv4 and one for IPv6.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>The addresses, read back.</returns>
    /// <exception cref="NetworkException">AddressExists, LinkNotFound, InvalidArgument, NextHopUnreachable,
    /// RouteExists, PermissionDenied.</exception>
    public IReadOnlyList<NetIPAddress> Create(
        NetLink link,
        IReadOnlyList<AddressSpec> addresses,
        IReadOnlyList<IPAddress>? gateways = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(link);
        var made = _creation.Create(link.Index, link.Name, addresses, gateways, cancellation);
        AddressAnnouncement.Send(_stack, link, made);
        return made;
    }

    /// <summary>Does the same without a word to the neighbours.</summary>
    internal IReadOnlyList<NetIPAddress> Create(
        int interfaceIndex,
        string interfaceAlias,
        IReadOnlyList<AddressSpec> addresses,
        IReadOnlyList<IPAddress>? gateways = null,
        CancellationToken cancellation = default)
        => _creation.Create(interfaceIndex, interfaceAlias, addresses, gateways, cancellation);

    /// <summary>Changes what the kernel can change of an address, and its prefix length, for which it is made
    /// again.</summary>
    /// <param name="address">The address, as read from this stack.</param>
    /// <param name="change">What is to become of it.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>The address, read back.</returns>
    /// <exception cref="NetworkException">AddressNotFound, InvalidArgument, NotSupported (the kernel would pass it
    /// over), PermissionDenied.</exception>
    public NetIPAddress Change(
        NetIPAddress address, AddressChange change, CancellationToken cancellation = default)
        => _changes.Change(address, change, cancellation);

    /// <summary>Removes addresses, and no others. What the kernel takes along with the first address of an IPv4 network
    /// comes back.</summary>
    /// <param name="addresses">Addresses as read from this stack.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>For each address null, or why it is still there.</returns>
    public IReadOnlyList<NetworkException?> Remove(
        IReadOnlyList<NetIPAddress> addresses, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        foreach (var address in addresses)
            AddressChanges.CheckOwn(address);
        cancellation.ThrowIfCancellationRequested();
        // With the first address of an IPv4 network its further ones go too, as the kernel is set up by default: those
        // come first.
        var order = addresses.Select((address, place) => (Address: address, Place: place))
            .OrderBy(item => item.Address.AddressFamily == IPFamily.IPv4
                && (item.Address.Flags & AddressFlags.Secondary) == 0 ? 1 : 0).ToList();
        var requests = order.ConvertAll(item => AddressMessages.Remove(
            item.Address.InterfaceIndex, item.Address.Prefix, item.Address.PeerAddress));
        try
        {
            // IPv4 brings back what was removed.
            var gone = order.ConvertAll(_ => new List<NetIPAddress>());
            var errors = _stack.Route.ExecuteAll(
                requests,
                (i, reply) =>
                {
                    if (reply.Type == Rtm.DelAddr && AddressMessages.Parse(reply, _stack.Namespace) is { } address)
                        gone[i].Add(address);
                },
                CancellationToken.None);
            var result = new NetworkException?[addresses.Count];
            for (var i = 0; i < order.Count; i++)
                result[order[i].Place] = Outcome(order[i].Address, errors[i], gone[i], addresses);
            return result;
        }
        finally
        {
            requests.ForEach(request => request.Dispose());
        }
    }

    /// <summary>Removes addresses of one link that are there.</summary>
    /// <param name="link">The link, as read from this stack.</param>
    /// <param name="prefixes">The addresses with their prefix lengths.</param>
    internal void RemoveFrom(NetLink link, IReadOnlyCollection<string> prefixes)
    {
        var found = ListOn(link).Where(address => prefixes.Contains(address.Prefix.ToString())).ToList();
        if (Remove(found).FirstOrDefault(failure => failure is { Code: not NetworkErrorCode.AddressNotFound })
            is { } refusal)
            throw refusal;
    }

    private NetworkException? Outcome(
        NetIPAddress address,
        NetlinkErrorException? refusal,
        List<NetIPAddress> gone,
        IReadOnlyList<NetIPAddress> meant)
    {
        if (refusal is not null)
        {
            return KernelErrors.Explain(
                refusal,
                $"remove {address} from '{address.InterfaceAlias}'",
                address.ToString(),
                notFound: NetworkErrorCode.AddressNotFound);
        }

        var problem = gone.Count > 0 && !gone.Exists(address.IsSame)
            ? NotFound(address.ToString(), address.InterfaceAlias) : null;
        var others = gone.FindAll(other => AddressChanges.IsWorthKeeping(other) && !meant.Any(other.IsSame));
        others.ForEach(other => other.InterfaceAlias = address.InterfaceAlias);
        if (problem is not null)
            return Rollback.After(problem, others.Select(_changes.Restoring));
        try
        {
            Rollback.Each(others.Select(_changes.Restoring));
            return null;
        }
        catch (NetworkException e)
        {
            return e;
        }
    }

    private List<NetIPAddress> Read(AddressFilter? filter, CancellationToken cancellation)
    {
        using var request = Request(filter?.Family, filter?.SingleIndex ?? 0);
        try
        {
            // The kernel goes through IPv4's addresses and then through IPv6's, each by the interfaces'
            // indexes, and counts on an interface.
            static long PlaceOf(NetIPAddress address) => ((long)address.AddressFamily << 32) + address.InterfaceIndex;
            var reading = _stack.Route.DumpInOrder(
                request, reply => AddressMessages.Parse(reply, _stack.Namespace), PlaceOf, cancellation);
            var addresses = reading.Items;
            foreach (var place in reading.Torn)
            {
                var at = addresses.FindIndex(address => PlaceOf(address) == place);
                var (family, index) = (addresses[at].AddressFamily, addresses[at].InterfaceIndex);
                addresses.RemoveAll(address => PlaceOf(address) == place);
                addresses.InsertRange(at, ReadAgain(family, index, cancellation));
            }

            return filter is null
                ? addresses
                : addresses.FindAll(address => filter.Takes(address.InterfaceIndex, address.AddressFamily));
        }
        catch (NetlinkErrorException e) when (e.Errno == Native.LibC.ENODEV)
        {
            // The interface is gone, and its addresses with it.
            return [];
        }
    }

    private List<NetIPAddress> ReadAgain(IPFamily family, int index, CancellationToken cancellation)
    {
        using var request = Request(family, index);
        try
        {
            return _stack.DumpListening(
                request,
                reply => AddressMessages.Parse(reply, _stack.Namespace),
                address => (address.Prefix, address.PeerAddress),
                type => type == Rtm.DelAddr,
                [RtnlGroup.IPv4IfAddr, RtnlGroup.IPv6IfAddr],
                cancellation);
        }
        catch (NetlinkErrorException e) when (e.Errno == Native.LibC.ENODEV)
        {
            return [];
        }
    }

    private static NetlinkRequest Request(IPFamily? family, int index)
        => new NetlinkRequest(Rtm.GetAddr).Header(new IfAddrMsg { Family = (byte)(family ?? 0), Index = index });

    /// <summary>Fills the interfaces' names in.</summary>
    private void Name(
        List<NetIPAddress> addresses, IReadOnlyDictionary<int, string>? known, CancellationToken cancellation)
    {
        var names = LinkNames.Read(_stack, addresses.Select(address => address.InterfaceIndex), known, cancellation);
        foreach (var address in addresses)
            address.InterfaceAlias = names.Of(address.InterfaceIndex);
    }

    internal NetworkException NotFound(string address, string interfaceAlias) => new(
        NetworkErrorCode.AddressNotFound,
        $"There is no address {address} on '{interfaceAlias}' in namespace '{_stack.Namespace}'.",
        address)
    { Advice = [Advice.List(AdviceThing.IPAddress, _stack.Namespace.Text)] };
}

/// <summary>Gives a stack its <see cref="AddressOperations"/>.</summary>
public static class AddressOperationsOfStack
{
    extension(NetworkStack stack)
    {
        /// <summary>IP addresses.</summary>
        public AddressOperations Addresses => stack.Operations<AddressOperations>();
    }
}
