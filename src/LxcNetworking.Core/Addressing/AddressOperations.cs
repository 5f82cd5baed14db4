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

    internal AddressOperations(NetworkStack stack)
    {
        _stack = stack;
        _creation = new AddressCreation(stack);
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
        Name(addresses, cancellation);
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

    /// <summary>Changes an address's lifetimes or prefix length.</summary>
    /// <param name="address">The address, as read from this stack.</param>
    /// <param name="validLifetime">How long it stays from now on; <see cref="TimeSpan.MaxValue"/> for ever; null as it
    /// is.</param>
    /// <param name="preferredLifetime">How long new connections may start from it; null as it is, or as long as it
    /// stays if that is less.</param>
    /// <param name="prefixLength">The new prefix length; null as it is.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>The address, read back.</returns>
    /// <exception cref="NetworkException">AddressNotFound, InvalidArgument, PermissionDenied.</exception>
    public NetIPAddress Change(
        NetIPAddress address,
        TimeSpan? validLifetime = null,
        TimeSpan? preferredLifetime = null,
        int? prefixLength = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (prefixLength is < 0 || prefixLength > IP.FullLength(address.AddressFamily))
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"A prefix length of {prefixLength} does not fit {address.IPAddress}: 0 to "
                    + $"{IP.FullLength(address.AddressFamily)} do.",
                address.IPAddress.ToString());
        }

        if (prefixLength is not null && prefixLength != address.PrefixLength && address.PeerAddress is not null)
        {
            throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"The prefix length of {address.IPAddress} is its peer's. Remove the address and make it again.",
                address.IPAddress.ToString());
        }

        var spec = new AddressSpec(address.Prefix);
        var valid = validLifetime ?? address.ValidLifetime;
        var follows = valid < address.PreferredLifetime
            || (validLifetime is not null && address.PreferredLifetime == address.ValidLifetime);
        var preferred = preferredLifetime ?? (follows ? valid : address.PreferredLifetime);
        var lifetimes = spec.Lifetimes(valid, preferred);
        cancellation.ThrowIfCancellationRequested();

        var target = prefixLength is { } length && length != address.PrefixLength
            ? new IPPrefix(address.IPAddress, length) : address.Prefix;
        // The kernel would add the address if it were gone.
        var before = Beside(address, cancellation);
        if (!before.Any(address.IsSame))
            throw NotFound(address.ToString(), address.InterfaceAlias);
        if (target.Equals(address.Prefix))
        {
            using var request = AddressMessages.Change(address, lifetimes ?? (uint.MaxValue, uint.MaxValue));
            Execute(request, address, "change");
        }
        else
        {
            Relength(address, target, lifetimes, before);
        }

        return Beside(address, CancellationToken.None)
            .FirstOrDefault(other => other.Prefix.Equals(target) && Equals(other.PeerAddress, address.PeerAddress))
            ?? throw NotFound(target.ToString(), address.InterfaceAlias);
    }

    /// <summary>Removes addresses, and no others. What the kernel takes along with the first address of an IPv4 network
    /// comes back.</summary>
    /// <param name="addresses">Addresses as read from this stack.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>For each address null, or why it is still there.</returns>
    public IReadOnlyList<NetworkException?> Remove(
        IReadOnlyList<NetIPAddress> addresses, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(addresses);
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
        var others = gone.FindAll(other => IsWorthKeeping(other) && !meant.Any(other.IsSame));
        others.ForEach(other => other.InterfaceAlias = address.InterfaceAlias);
        if (problem is not null)
            return Rollback.After(problem, others.Select(Restoring));
        try
        {
            Rollback.Each(others.Select(Restoring));
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
    private void Name(List<NetIPAddress> addresses, CancellationToken cancellation)
    {
        var names = LinkNames.Read(_stack, addresses.Select(address => address.InterfaceIndex), cancellation);
        foreach (var address in addresses)
            address.InterfaceAlias = names.Of(address.InterfaceIndex);
    }

    /// <summary>All addresses of an address's family on its interface.</summary>
    private IReadOnlyList<NetIPAddress> Beside(NetIPAddress address, CancellationToken cancellation)
        => List(
            new AddressFilter { InterfaceIndexes = [address.InterfaceIndex], Family = address.AddressFamily },
            cancellation);

    // IPv4 takes the new one beside the old one; IPv6 has an address only once, so that the old one must go first.
    private void Relength(
        NetIPAddress address,
        IPPrefix target,
        (uint Valid, uint Preferred)? lifetimes,
        IReadOnlyList<NetIPAddress> before)
    {
        var ipv4 = address.AddressFamily == IPFamily.IPv4;
        using var add = AddressMessages.Again(address, target, lifetimes);
        using var remove = AddressMessages.Remove(address.InterfaceIndex, address.Prefix, null);
        Rollback.Run(undo =>
        {
            Execute(ipv4 ? add : remove, address, "change");
            if (ipv4)
            {
                undo.Add($"remove {target} from '{address.InterfaceAlias}'", () =>
                {
                    using var removal = AddressMessages.Remove(address.InterfaceIndex, target, null);
                    _stack.Route.Execute(removal);
                });
            }
            else
            {
                undo.Add($"restore {address} on '{address.InterfaceAlias}'", () => Restore(address));
            }

            Execute(ipv4 ? remove : add, address, "change");
        });

        // With the first address of an IPv4 network its further ones go too, unless promote_secondaries is set.
        if (!ipv4 || (address.Flags & AddressFlags.Secondary) != 0)
            return;
        var left = Beside(address, CancellationToken.None);
        Rollback.Each(before
            .Where(other => (other.Flags & AddressFlags.Secondary) != 0 && IsWorthKeeping(other)
                && !left.Any(other.IsSame))
            .Select(Restoring));
    }

    // An address without a lifetime cannot be made.
    private static bool IsWorthKeeping(NetIPAddress address) => address.ValidLifetime >= TimeSpan.FromSeconds(1);

    private RollbackStep Restoring(NetIPAddress lost)
        => new($"restore {lost} on '{lost.InterfaceAlias}'", () => Restore(lost));

    private void Restore(NetIPAddress lost)
    {
        using var again = AddressMessages.Again(
            lost, lost.Prefix, new AddressSpec(lost.Prefix).Lifetimes(lost.ValidLifetime, lost.PreferredLifetime));
        Execute(again, lost, "restore");
    }

    private void Execute(NetlinkRequest request, NetIPAddress address, string verb)
    {
        try
        {
            _stack.Route.Execute(request);
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(
                e,
                $"{verb} {address} on '{address.InterfaceAlias}'",
                address.ToString(),
                NetworkErrorCode.AddressNotFound,
                NetworkErrorCode.AddressExists);
        }
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
