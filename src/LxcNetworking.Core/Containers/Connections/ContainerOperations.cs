using System.Diagnostics;
using LxcNetworking.Addressing;
using LxcNetworking.Bridges;
using LxcNetworking.Containers.Dhcp;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Connections;

/// <summary>Connects containers to the links and bridges of one stack.</summary>
public sealed class ContainerOperations : IStackOperations<ContainerOperations>
{
    private const int MaxAttempts = 5, MaxChoices = 100;
    private readonly NetworkStack _stack;
    private readonly LentLinks _lent;
    private readonly ContainerDisconnection _disconnection;
    private readonly LinkLeases _leases;

    internal ContainerOperations(NetworkStack stack)
    {
        _stack = stack;
        _lent = new LentLinks(stack);
        _disconnection = new ContainerDisconnection(stack, _lent);
        _leases = new LinkLeases(stack);
    }

    /// <summary>In which families a network's server gives addresses, where it has one.</summary>
    internal static Func<NetworkStack, string, IReadOnlyList<IPFamily>>? LeasedFamilies { get; set; }

    internal static TimeSpan DhcpTimeout { get; } = TimeSpan.FromSeconds(30);

    static ContainerOperations IStackOperations<ContainerOperations>.On(NetworkStack stack) => new(stack);

    /// <summary>Connects a container. All of it happens, or nothing.</summary>
    /// <param name="container">The container.</param>
    /// <param name="spec">How.</param>
    /// <param name="cancellation">Ends it; what was made is rolled back.</param>
    /// <returns>The connection, read back.</returns>
    /// <exception cref="NetworkException">ContainerNotFound, LinkNotFound, LinkExists, InvalidArgument, AddressExists
    /// (somebody on the network has it), NextHopUnreachable, DependencyFailed and TimedOut (DHCP) …</exception>
    public ContainerConnection Connect(
        ContainerReference container, ContainerConnectionSpec spec, CancellationToken cancellation = default)
    {
        (spec, var inside, var parent, var moved, var choice) = Prepare(container, spec, cancellation);
        if (moved is not null)
            parent = _lent.Recover(inside, parent, moved);
        MovedLinks.Sweep(_stack);
        int choices = 0, attempts = 0;
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            var name = spec.InterfaceName ?? FreeName(inside, cancellation);
            try
            {
                var whole = choice?.Apply(spec) ?? spec;
                return new ConnectionAttempt(_stack, inside, container, whole, parent, name, _lent).Run(cancellation);
            }
            catch (NetworkException e) when (e.Code == NetworkErrorCode.AddressExists && e.NotRolledBack.Count == 0
                && parent is BridgeLink && IPAddress.TryParse(e.Target, out var address)
                && EndedNamespaces.IsTime(since) && _stack.BridgeStations.IsEnding(parent, address, cancellation))
            {
                cancellation.WaitHandle.WaitOne(EndedNamespaces.Pause);
            }
            catch (NetworkException e) when (choice is not null && e.Code == NetworkErrorCode.AddressExists
                && e.NotRolledBack.Count == 0 && choices++ < MaxChoices && choice.Exclude(e.Target))
            {
                // Another one was quicker, or is none of those of whom the kernel knows.
            }
            catch (NetworkException e) when (e.Code == NetworkErrorCode.LinkExists && e.NotRolledBack.Count == 0
                && ++attempts < MaxAttempts && (RemoveLeftovers(inside) > 0
                    || (spec.InterfaceName is null && inside.Links.Find(name, cancellation) is not null)))
            {
                // Another connection took the name meanwhile, or one that was never completed had it.
            }
            catch (NetworkException e) when (e.Code == NetworkErrorCode.AddressExists && e.NotRolledBack.Count == 0
                && ++attempts < MaxAttempts && RemoveLeftovers(inside) > 0)
            {
                // The one who had the address may have been what a killed process left behind.
            }
        }
    }

    /// <summary>
    /// Takes links out of a container: those that were lent to it come back as they were, all others are removed with
    /// their outer ends.
    /// </summary>
    /// <param name="links">The links, as read from the container's stack.</param>
    /// <param name="hostInterfaceName">The name outside of a link that comes back; null for the one it had
    /// before.</param>
    /// <param name="container">The container, if what was written for it or left half-done in it is to be removed
    /// too.</param>
    /// <param name="cancellation">Ends it before the links of a container are touched.</param>
    /// <returns>Those that are still there, each with its reason: LinkChanged for one that took a lent link's place
    /// …</returns>
    public IReadOnlyList<LinkFailure> Disconnect(
        IReadOnlyList<NetLink> links,
        string? hostInterfaceName = null,
        ContainerReference? container = null,
        CancellationToken cancellation = default)
        => _disconnection.Disconnect(links, hostInterfaceName, container, cancellation);

    /// <summary>Makes sure of what can be known before anything is done: the container is there, and what it is to be
    /// connected to.</summary>
    /// <param name="container">The container.</param>
    /// <param name="spec">How.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NetworkException">As for <see cref="Connect"/>.</exception>
    public void Check(
        ContainerReference container, ContainerConnectionSpec spec, CancellationToken cancellation = default)
        => _ = Prepare(container, spec, cancellation);

    /// <summary>
    /// Fills in what a network tells, and finds the container's stack and the link that it is to be connected to, with
    /// its note if it is one that was lent and has to come back first, and what chooses its addresses if the network
    /// gives them.
    /// </summary>
    private (ContainerConnectionSpec, NetworkStack Inside, NetLink Parent, MovedLink?, AddressChoice?) Prepare(
        ContainerReference container, ContainerConnectionSpec spec, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(container);
        ArgumentNullException.ThrowIfNull(spec);
        AddressChoice? choice = null;
        if (spec is { Network: { } network, Bridge: null, Parent: null })
        {
            var found = _stack.Links.Find(network, cancellation)
                ?? throw _stack.Links.NotFound(network, AdviceThing.Network);
            if (found is not BridgeLink bridge)
            {
                throw new NetworkException(
                    NetworkErrorCode.NotSupported,
                    $"'{network}' is not a container network: it is no bridge.",
                    network)
                {
                    Advice = [Advice.To(AdviceKind.Create, AdviceThing.Network, _stack.Namespace.Text)],
                };
            }

            List<IPPrefix> own =
            [
                .. _stack.Addresses.ListOn(bridge, cancellation)
                    .Where(address => !address.IPAddress.IsIPv6LinkLocal).Select(address => address.Prefix),
            ];
            var gateways = new BridgeGateways(new RouteLookUp(_stack).DefaultGatewaysOver(bridge, cancellation));
            (spec, choice) = Choose(container, spec, network, bridge, own, gateways, cancellation);
            spec = spec.OnNetwork(own, gateways);
        }

        (choice?.Apply(spec) ?? spec).Validate();
        var inside = StackOf(container, cancellation);
        var lent = spec.RealKind == ContainerLinkKind.Phys ? _lent.Find(inside, spec.Below, cancellation) : null;
        var parent = lent?.Link ?? _stack.Links.Find(spec.Below, cancellation)
            ?? throw _stack.Links.NotFound(spec.Below, spec.Bridge is null ? null : AdviceThing.Bridge);
        return spec.Bridge is null || parent is BridgeLink ? (spec, inside, parent, lent?.Moved, choice)
            : throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"'{spec.Bridge}' is not a bridge but a link of kind {parent.Kind}.",
                spec.Bridge)
            {
                Advice = [Advice.GiveValue(nameof(spec.Parent), spec.Bridge), Advice.Choose(nameof(spec.Bridge))],
            };
    }

    // Where a bridge leads out of this machine, its addresses are others' to give.
    private (ContainerConnectionSpec Spec, AddressChoice? Choice) Choose(
        ContainerReference container,
        ContainerConnectionSpec spec,
        string network,
        NetLink bridge,
        List<IPPrefix> own,
        BridgeGateways ways,
        CancellationToken cancellation)
    {
        if (!spec.LacksAddress)
            return (spec, null);
        var leased = LeasedFamilies?.Invoke(_stack, network) ?? [];
        List<IPPrefix> gateways =
        [
            .. own.Where(prefix => !leased.Contains(IP.FamilyOf(prefix.Address))
                    && IP.FullLength(IP.FamilyOf(prefix.Address)) - prefix.Length > 1)
                .DistinctBy(prefix => prefix.AddressFamily),
        ];
        var taken = gateways.Count == 0 ? null : _stack.BridgeStations.Addresses(bridge, cancellation);
        return (
            spec with { Dhcp = leased.Contains(IPFamily.IPv4) },
            taken is null ? null : new AddressChoice(
                container.Name,
                gateways,
                ways,
                taken.Concat(own.Select(prefix => prefix.Address)),
                address => !own.Exists(prefix => prefix.Address.Equals(address))
                    && _stack.BridgeStations.IsEnding(bridge, address, cancellation)));
    }

    /// <summary>A container's own stack.</summary>
    /// <param name="container">The container.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The stack.</returns>
    /// <exception cref="NetworkException">ContainerNotFound, NamespaceNotFound, InvalidArgument where it has no network
    /// of its own.</exception>
    public NetworkStack StackOf(ContainerReference container, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(container);
        var inside = _stack.Pool.Get(container.Resolve(cancellation), cancellation);
        return !ReferenceEquals(inside, _stack) && (inside.Cookie == 0 || inside.Cookie != _stack.Cookie) ? inside
            : throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"'{container}' has no network of its own: it is in the network namespace '{_stack.Namespace}' itself.",
                container.Text);
    }

    /// <summary>Gets a lease for a link that is in a container already, or more time for the one that it has, and sets
    /// its address and routes. Where the link does not have that address yet, it takes the place of every IPv4 address
    /// with a lifetime, and routes that the old one brought go.</summary>
    /// <param name="link">The link, as read from its stack.</param>
    /// <param name="noGateway">Leaves the default route alone.</param>
    /// <param name="timeout">How long it may take; null for 30 seconds.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The lease.</returns>
    /// <exception cref="NetworkException">TimedOut; DependencyFailed where servers answered but gave nothing;
    /// PermissionDenied; NotSupported for a link without Ethernet addresses.</exception>
    public DhcpLease RequestLease(
        NetLink link,
        bool noGateway = false,
        TimeSpan? timeout = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(link);
        if (link.MacAddress is null || link.Kind is "loopback" or "ipvlan")
        {
            throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"'{link.Name}' has no Ethernet address of its own, by which a DHCP server would know it.",
                link.Name);
        }

        if (!link.IsUp)
            throw new NetworkException(NetworkErrorCode.NotSupported, $"'{link.Name}' is down.", link.Name)
            {
                Advice = [Advice.To(AdviceKind.BringUp, AdviceThing.Link, link.Namespace.Text, link.Name)],
            };
        return _leases.Request(link, noGateway, timeout ?? DhcpTimeout, cancellation);
    }

    /// <summary>Lists the leases that this stack's links have got here, as far as they have not ended.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The leases by link.</returns>
    public IReadOnlyList<DhcpLease> ListLeases(CancellationToken cancellation = default)
        => _stack.Dhcp.List(cancellation);

    /// <summary>The next ethN that no link in the container has; links that were never completed are removed on the
    /// way.</summary>
    private static string FreeName(NetworkStack inside, CancellationToken cancellation)
    {
        var links = inside.Links.List(new LinkFilter { SkipStatistics = true }, cancellation);
        if (RemoveLeftovers(inside, links) > 0)
            links = inside.Links.List(new LinkFilter { SkipStatistics = true }, cancellation);
        var taken = links.SelectMany(link => link.AlternativeName.Append(link.Name)).ToHashSet(StringComparer.Ordinal);
        return Enumerable.Range(0, int.MaxValue).Select(number => $"eth{number}").First(name => !taken.Contains(name));
    }

    private static int RemoveLeftovers(NetworkStack inside)
        => RemoveLeftovers(inside, inside.Links.List(new LinkFilter { SkipStatistics = true }));

    private static int RemoveLeftovers(NetworkStack inside, IReadOnlyList<NetLink> links)
    {
        var left = links.Where(link => PendingMark.IsAbandoned(inside, link)).ToList();
        if (left.Count == 0)
            return 0;
        // A lent link was not made here, so it is not removed either: it waits to be returned.
        var lent = MovedLinks.Find(inside).Select(found => found.Link.Index).ToHashSet();
        left.RemoveAll(link => lent.Contains(link.Index));
        return left.Count - inside.Links.Remove(left).Count;
    }
}

/// <summary>Gives a stack its <see cref="ContainerOperations"/>.</summary>
public static class ContainerOperationsOfStack
{
    extension(NetworkStack stack)
    {
        /// <summary>Connections of containers to this stack's links and bridges.</summary>
        public ContainerOperations Containers => stack.Operations<ContainerOperations>();
    }
}
