using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>Gives interfaces of one namespace addresses.</summary>
internal sealed class AddressCreation(NetworkStack stack)
{

    /// <summary>Gives an interface addresses, and default routes over gateways, in one send. All of it happens or
    /// nothing.</summary>
    public IReadOnlyList<NetIPAddress> Create(
        int interfaceIndex,
        string interfaceAlias,
        IReadOnlyList<AddressSpec> addresses,
        IReadOnlyList<IPAddress>? gateways,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        var written = addresses.Select(spec => spec.Prefix).ToList();
        addresses = [.. addresses.Select(spec => spec.On(interfaceIndex))];
        foreach (var spec in addresses)
            spec.Validate(interfaceAlias);
        var routes = (gateways ?? []).Select(gateway => DefaultRoute(gateway, written, interfaceIndex)).ToList();
        foreach (var route in routes)
        {
            var gateway = route.NextHops[0].Gateway!;
            // The kernel would take both, for routes that lead nowhere.
            if (IP.IsAny(gateway) || addresses.Any(spec => spec.Prefix.Address.Equals(gateway)))
                throw NoGateway(gateway, interfaceAlias);
            route.Validate();
        }

        cancellation.ThrowIfCancellationRequested();
        return Send(interfaceIndex, interfaceAlias, addresses, routes);
    }

    private static RouteSpec DefaultRoute(IPAddress gateway, List<IPPrefix> written, int interfaceIndex)
        => RouteSpec.DefaultVia(IP.Unscoped(gateway, interfaceIndex), interfaceIndex) with
        {
            OnLink = IsOnLink(gateway, written),
        };

    private NetIPAddress[] Send(
        int interfaceIndex, string interfaceAlias, IReadOnlyList<AddressSpec> addresses, List<RouteSpec> routes)
    {
        var requests = new List<NetlinkRequest>();
        try
        {
            // First what changes things, then what reads the IPv6 addresses back; IPv4 gives them back by itself.
            requests.AddRange(addresses.Select(spec => AddressMessages.Add(interfaceIndex, spec)));
            requests.AddRange(routes.Select(RouteMessages.Add));
            var changes = requests.Count;
            requests.AddRange(addresses.Where(spec => IP.FamilyOf(spec.Prefix.Address) == IPFamily.IPv6)
                .Select(spec => AddressMessages.Get(interfaceIndex, spec.Prefix.Address)));
            var made = new List<NetIPAddress>();
            var ways = new List<NetRoute>();
            var errors = stack.Route.ExecuteAll(
                requests,
                (_, reply) =>
                {
                    if (AddressMessages.Parse(reply, stack.Namespace) is { } address)
                        made.Add(address);
                    else if (RouteMessages.Parse(reply, stack.Namespace) is { } way)
                        ways.Add(way);
                },
                CancellationToken.None);
            for (var i = 0; i < changes; i++)
            {
                if (errors[i] is not { } refusal)
                    continue;
                var failure = i < addresses.Count
                    ? AddRefused(refusal, addresses[i], interfaceAlias)
                    : RouteOperations.AddRefused(refusal, routes[i - addresses.Count], stack);
                RollBack(failure, interfaceIndex, interfaceAlias, addresses, ways, errors);
                throw failure;
            }

            try
            {
                return ReadBack(interfaceIndex, interfaceAlias, addresses, made);
            }
            catch (Exception failure)
            {
                RollBack(failure, interfaceIndex, interfaceAlias, addresses, ways, errors);
                throw;
            }
        }
        finally
        {
            requests.ForEach(request => request.Dispose());
        }
    }

    /// <summary>
    /// Whether a gateway is taken to be on the link although none of the addresses is of its network: one of them is
    /// alone in its network (a written length of 32 or 128), so that any gateway would be elsewhere.
    /// </summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="addresses">The addresses.</param>
    public static bool IsOnLink(IPAddress gateway, IReadOnlyList<IPPrefix> addresses)
    {
        var own = addresses.Where(prefix => prefix.AddressFamily == gateway.AddressFamily).ToList();
        return own.Exists(prefix => prefix.HasLength && prefix.Network.Address.Equals(prefix.LastAddress))
            && !own.Exists(prefix => prefix.Network.Contains(gateway));
    }

    // In the order of the request. A kernel that does not give addresses back is asked for its list.
    private NetIPAddress[] ReadBack(
        int interfaceIndex,
        string interfaceAlias,
        IReadOnlyList<AddressSpec> addresses,
        IReadOnlyList<NetIPAddress> made)
    {
        NetIPAddress? Find(AddressSpec spec) => made.FirstOrDefault(address
            => address.InterfaceIndex == interfaceIndex && address.Prefix.Equals(spec.Prefix)
            && (spec.PeerAddress is null || spec.PeerAddress.Equals(address.PeerAddress ?? spec.Prefix.Address)));
        if (addresses.Any(spec => Find(spec) is null))
            made = stack.Addresses.List(new AddressFilter { InterfaceIndexes = [interfaceIndex] });
        foreach (var address in made)
            address.InterfaceAlias = interfaceAlias;
        return
        [
            .. addresses.Select(spec => Find(spec)
                ?? throw stack.Addresses.NotFound(spec.Prefix.ToString(), interfaceAlias)),
        ];
    }

    // Called from where the failure is at hand, as a Rollback would allocate also where nothing fails.
    private void RollBack(
        Exception failure,
        int interfaceIndex,
        string interfaceAlias,
        IReadOnlyList<AddressSpec> addresses,
        List<NetRoute> ways,
        IReadOnlyList<NetlinkErrorException?> errors)
    {
        var steps = ways.ConvertAll(way => new RollbackStep(
            $"remove the route to {way.DestinationPrefix}", () => RemoveMade(RouteMessages.Remove(way))));
        for (var i = addresses.Count - 1; i >= 0; i--)
        {
            var spec = addresses[i];
            if (errors[i] is null)
            {
                steps.Add(new RollbackStep(
                    $"remove {spec.Prefix} from '{interfaceAlias}'",
                    () => RemoveMade(AddressMessages.Remove(interfaceIndex, spec.Prefix, spec.PeerAddress))));
            }
        }

        Rollback.After(failure, steps);

        void RemoveMade(NetlinkRequest request)
        {
            using (request)
                stack.Route.Execute(request);
        }
    }

    private static NetworkException NoGateway(IPAddress gateway, string interfaceAlias)
    {
        var what = IP.IsAny(gateway) ? "the unspecified address" : "the address that the interface is to get";
        return new NetworkException(
            NetworkErrorCode.InvalidArgument,
            $"{gateway} cannot be the gateway of '{interfaceAlias}': it is {what}. The gateway is another host on that "
                + "network.",
            gateway.ToString());
    }

    private NetworkException AddRefused(NetlinkErrorException refusal, AddressSpec spec, string interfaceAlias)
    {
        var address = spec.Prefix.ToString();
        return refusal.Errno switch
        {
            LibC.EEXIST => new NetworkException(
                NetworkErrorCode.AddressExists,
                $"'{interfaceAlias}' in namespace '{stack.Namespace}' has the address {address} already.",
                address,
                refusal),
            LibC.EADDRNOTAVAIL => new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"{address} cannot be an address of '{interfaceAlias}': {refusal.Message.TrimEnd('.')}.",
                address,
                refusal),
            _ when KernelErrors.ExplainIPv6Off(
                refusal, IP.FamilyOf(spec.Prefix.Address), interfaceAlias, address, address) is { } off => off,
            _ => KernelErrors.Explain(
                refusal, $"add {address} to '{interfaceAlias}'", address, exists: NetworkErrorCode.AddressExists),
        };
    }
}
