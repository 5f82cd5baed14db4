using System.Security.Cryptography;
using LxcNetworking.Addressing;
using LxcNetworking.Bridges;
using LxcNetworking.Containers.Dhcp;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Connections;

/// <summary>One try to connect a container, under one name.</summary>
/// <param name="stack">The stack to whose links it is connected.</param>
/// <param name="inside">The container's own stack.</param>
/// <param name="container">The container.</param>
/// <param name="spec">How it is connected.</param>
/// <param name="parent">The bridge or the link that it is connected to.</param>
/// <param name="name">The link's name in the container.</param>
/// <param name="lent">Brings a link back that was lent.</param>
internal sealed class ConnectionAttempt(
    NetworkStack stack,
    NetworkStack inside,
    ContainerReference container,
    ContainerConnectionSpec spec,
    NetLink parent,
    string name,
    LentLinks lent)
{
    private static readonly TimeSpan s_lockTimeout = TimeSpan.FromSeconds(10);

    // A card takes seconds to find its carrier.
    private static readonly TimeSpan s_carrierTimeout = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longCarrierTimeout = TimeSpan.FromSeconds(5);

    private readonly string _hostName
        = spec.HostInterfaceName ?? "veth" + RandomNumberGenerator.GetHexString(8, lowercase: true);
    private readonly List<IPAddress> _addresses = [.. spec.Addresses.Select(address => address.Address)];
    private NetLink? _host;
    private NetLink? _link;
    private MovedLink? _moved;
    private DhcpLease? _lease;
    private StoredConfiguration? _carried;
    private PendingMark? _pending;

    private bool AsksNobody => spec.Force || spec.AddressCheck == AddressCheck.None;

    private bool HasEthernet => spec.RealKind != ContainerLinkKind.Ipvlan || spec.Mode is null or ContainerLinkMode.L2;

    public ContainerConnection Run(CancellationToken cancellation)
    {
        CheckPhysical(cancellation);
        CheckHosts(cancellation);
        using var pending = PendingMark.Hold(inside);
        _pending = pending;
        using var turn = Lock(cancellation);
        var times = ChooseTimes(cancellation);
        // On a bridge, the question can go out before there is a link; the answer comes while the link is made.
        using var early = spec.Bridge is not null ? Probe(stack, parent, times) : null;
        try
        {
            _link = Create(cancellation);
            Refuse(early?.Finish(cancellation));
            // What an ipvlan link asks before it has an address is answered to its parent alone.
            var asksFromParent = spec.RealKind == ContainerLinkKind.Ipvlan;
            var (where, asking) = asksFromParent ? (stack, parent) : (inside, _link);
            var asksLate = spec.Bridge is null && HasEthernet;
            using (var late = asksLate ? Probe(where, asking, times) : null)
                Refuse(late?.Finish(cancellation));

            var lease = _lease = spec.Dhcp ? RequestLease(cancellation) : null;
            var gateways = ChooseGateways(lease, cancellation);
            var addresses = AddAddresses(lease, gateways, cancellation);
            if (lease is not null)
                Use(lease.Grant);
            if (_moved is null)
                MovedLinks.Replace(inside, _link);
            // What was in the file does not come back, so nothing follows that can fail but the word that it is whole.
            if (spec.DnsServers.Count > 0 || spec.DnsSearch.Count > 0)
                ResolvConf.Write(container, inside, spec.DnsServers, spec.DnsSearch, cancellation);
            // From here on it is complete, for everyone who looks at it.
            inside.Links.Change(
                _link,
                new LinkChange { Group = spec.RealKind == ContainerLinkKind.Phys ? parent.Group : 0 },
                CancellationToken.None);
            Announce(addresses);
            return new ContainerConnection(container, _link, spec.RealKind)
            {
                ConnectedTo = parent.Name,
                HostInterfaceAlias = _host?.Name,
                IPAddress = [.. addresses.Select(address => address.Prefix)],
                Gateway = [.. gateways],
                Lease = lease,
            };
        }
        catch (Exception failure)
        {
            // The steps follow from what is there by now, so that a connection that succeeds notes none.
            Rollback.After(failure, RollbackSteps());
            throw;
        }
    }

    private AddressLock? Lock(CancellationToken cancellation)
    {
        if (AsksNobody || _addresses.Count == 0)
            return null;
        var (turn, taken) = AddressLock.Take(stack, _addresses, s_lockTimeout, cancellation);
        return turn ?? throw InUse(taken!, "another command is giving it out at this moment");
    }

    private ProbeTimes? ChooseTimes(CancellationToken cancellation)
    {
        if (AsksNobody || _addresses.Count == 0)
            return null;
        var (times, holder) = Look(_addresses, cancellation);
        return holder is not { } found ? times
            : throw InUse(found.Address, $"the container behind '{found.Port}' has it");
    }

    private (ProbeTimes Times, (IPAddress Address, string Port)? Holder) Look(
        IReadOnlyList<IPAddress> addresses, CancellationToken cancellation)
    {
        var (known, holder) = spec.Bridge is null ? default
            : stack.BridgeStations.Find(parent, addresses, cancellation);
        var times = spec.AddressCheck switch
        {
            AddressCheck.Full => ProbeTimes.Full(),
            null when known == StationKnowledge.All => ProbeTimes.Known,
            null when known == StationKnowledge.Containers => ProbeTimes.Bridge,
            _ => ProbeTimes.Fast,
        };
        return (times, holder);
    }

    private AddressProbe? Probe(NetworkStack where, NetLink link, ProbeTimes? times)
        => times is null ? null : AddressProbe.Start(where, link, _addresses, times);

    private void Refuse((IPAddress Address, MacAddress Holder)? found)
    {
        if (found is { } other)
            throw InUse(other.Address, $"{other.Holder} answers for it");
    }

    private NetworkException InUse(IPAddress address, string who) => new(
        NetworkErrorCode.AddressExists,
        $"{address} is in use on the network of '{parent.Name}' already: {who}.",
        address.ToString())
    {
        Advice = [Advice.Choose("Address"), Advice.Override],
    };

    private NetLink Create(CancellationToken cancellation)
    {
        var mtu = spec.Mtu ?? (int)parent.Mtu;
        switch (spec.RealKind)
        {
            case ContainerLinkKind.Veth:
                var peer = new VethPeerSpec(name)
                {
                    TargetNamespace = inside.Namespace,
                    MacAddress = spec.MacAddress,
                    Mtu = mtu,
                    Group = _pending!.Group,
                    Up = true,
                };
                var pair = stack.Links.CreateVeth(
                    new VethSpec(_hostName, peer)
                    {
                        Master = spec.Bridge,
                        KnownMaster = parent.Index,
                        Mtu = mtu,
                        Up = true,
                    },
                    cancellation);
                _host = pair;
                return pair.Peer;
            case ContainerLinkKind.Phys:
                return MoveIn();
        }

        LinkSpec made = spec.RealKind switch
        {
            ContainerLinkKind.Macvlan => new MacvlanSpec(name, spec.Mode switch
            {
                ContainerLinkMode.Private => MacvlanMode.Private,
                ContainerLinkMode.Vepa => MacvlanMode.Vepa,
                ContainerLinkMode.Passthru => MacvlanMode.Passthru,
                _ => MacvlanMode.Bridge,
            }),
            ContainerLinkKind.Ipvlan => new IpvlanSpec(name, new IpvlanSettings
            {
                Mode = spec.Mode switch
                {
                    ContainerLinkMode.L3 => IpvlanMode.L3,
                    ContainerLinkMode.L3S => IpvlanMode.L3S,
                    ContainerLinkMode.L2 => IpvlanMode.L2,
                    _ => null,
                },
            }),
            _ => new VlanSpec(name, spec.VlanId!.Value),
        };
        made.Parent = spec.Parent;
        made.TargetNamespace = inside.Namespace;
        made.MacAddress = spec.MacAddress;
        made.Mtu = spec.Mtu;
        made.Group = _pending!.Group;
        made.Up = true;
        return stack.Links.Create(made, cancellation);
    }

    private void CheckPhysical(CancellationToken cancellation)
    {
        if (spec.RealKind != ContainerLinkKind.Phys)
            return;
        LentLinks.CheckUnused(stack, parent, spec.Force, cancellation);
        StoredConfiguration.RefuseOneOfSeveralWays(stack, parent, cancellation);
        _carried = StoredConfiguration.Of(stack, parent, [], cancellation);
    }

    // Neither the bridge nor the parent receives the question.
    private void CheckHosts(CancellationToken cancellation)
    {
        if (!spec.Force && _addresses.Count > 0
            && spec.RealKind is ContainerLinkKind.Veth or ContainerLinkKind.Macvlan or ContainerLinkKind.Ipvlan
            && stack.Addresses.ListOn(parent, cancellation)
                .FirstOrDefault(own => _addresses.Contains(own.IPAddress)) is { } taken)
            throw InUse(taken.IPAddress, $"'{parent.Name}' itself has it");
    }

    private NetLink MoveIn()
    {
        _moved = MovedLinks.Announce(stack, inside, parent, name);
        var link = stack.Links.Moves.Move(parent, inside.Namespace, name, true, _pending!.Group);
        _link = link;
        MovedLinks.Confirm(_moved, link);
        if (spec.MacAddress is not null || spec.Mtu is not null)
        {
            inside.Links.Change(link, new LinkChange { MacAddress = spec.MacAddress, Mtu = spec.Mtu });
            link = inside.Links.Get(link.Index);
        }

        return link;
    }

    private IReadOnlyList<NetIPAddress> AddAddresses(
        DhcpLease? lease, List<IPAddress> gateways, CancellationToken cancellation)
    {
        // It was asked for here already; the kernel's own detection would keep an IPv6 address waiting for a second.
        var specs = spec.Addresses
            .Select(address => new AddressSpec(address) { SkipDuplicateAddressDetection = true }).ToList();
        if (lease is not null)
            specs.Add(new AddressSpec(lease.IPAddress) { ValidLifetime = lease.LeaseTime });
        if (specs.Count == 0 && gateways.Count == 0)
            return [];
        IReadOnlyList<NetIPAddress> made;
        try
        {
            made = inside.Addresses.Create(_link!.Index, _link.Name, specs, gateways, cancellation);
        }
        catch (NetworkException e) when (e.Code == NetworkErrorCode.NotSupported && e.NotRolledBack.Count == 0
            && specs.Exists(item => IP.FamilyOf(item.Prefix.Address) == IPFamily.IPv6)
            && inside.IPInterfaces.TrySwitchOnIPv6(_link!.Name))
        {
            made = inside.Addresses.Create(_link!.Index, _link.Name, specs, gateways, cancellation);
        }
        catch (NetworkException e) when (e.Code == NetworkErrorCode.RouteExists)
        {
            throw new NetworkException(
                e.Code,
                $"'{container}' has a default route already, so that {string.Join(", ", gateways)} cannot be its "
                    + "gateway too.",
                container.Text,
                e)
            {
                Advice =
                [
                    Advice.Omit(nameof(spec.Gateways)),
                    .. gateways.Select(gateway => Advice.To(
                        AdviceKind.Remove,
                        AdviceThing.Route,
                        inside.Namespace.Text,
                        IP.FamilyOf(gateway) == IPFamily.IPv4 ? "0.0.0.0/0" : "::/0")),
                ],
            };
        }

        return made;
    }

    private DhcpLease RequestLease(CancellationToken cancellation)
    {
        AwaitCarrier(s_longCarrierTimeout, cancellation);
        return inside.Dhcp.Request(
            _link!,
            container.Name,
            address => !AsksNobody && LinkLeases.IsHeld(() => IsHeld(address, cancellation), cancellation),
            noGateway: false,
            ContainerOperations.DhcpTimeout,
            cancellation);
    }

    // Whether somebody has an address that a server offers.
    private bool IsHeld(IPAddress address, CancellationToken cancellation)
    {
        var (times, holder) = Look([address], cancellation);
        using var probe = holder is null ? AddressProbe.Start(inside, _link!, [address], times) : null;
        return holder is not null || probe?.Finish(cancellation) is not null;
    }

    private void Use(DhcpGrant grant)
    {
        var leases = new LinkLeases(inside);
        leases.AddRoutes(_link!, grant, noGateway: spec.Gateways.Any(gateway => IP.FamilyOf(gateway) == IPFamily.IPv4));
        if (spec.Mtu is null)
            leases.SetMtu(_link!, grant);
    }

    private void Announce(IReadOnlyList<NetIPAddress> addresses)
    {
        if (addresses.Count == 0)
            return;
        AwaitCarrier(s_carrierTimeout, CancellationToken.None);
        AddressAnnouncement.Send(inside, _link!, addresses);
    }

    private void AwaitCarrier(TimeSpan timeout, CancellationToken cancellation)
        => AddressAnnouncement.AwaitCarrier(inside, _link!, timeout, cancellation, IsPortReady);

    // Where a spanning tree is looked for, that takes half a minute.
    private bool IsPortReady()
        => _host is null || parent is not { IsUp: true, Details: BridgeSettings { Stp: false } }
            || stack.Links.Find(_host.Index, LinkFilter.Bare)
                is not { Data.PortSettings.State: not BridgePortState.Forwarding };

    // What a network or a DHCP server has to offer is for a container that knows no way out yet.
    private List<IPAddress> ChooseGateways(DhcpLease? lease, CancellationToken cancellation)
    {
        var gateways = spec.Gateways.ToList();
        var leased = lease?.Gateway.Take(1).Where(lease.IPAddress.Network.Contains) ?? [];
        foreach (var offered in spec.OfferedGateways.Concat(leased))
        {
            var family = IP.FamilyOf(offered);
            if (!gateways.Exists(gateway => IP.FamilyOf(gateway) == family)
                && !inside.Routes.List(new RouteFilter { Family = family }, cancellation)
                    .Any(route => route.DestinationPrefix.Length == 0))
                gateways.Add(offered);
        }

        return gateways;
    }

    private List<RollbackStep> RollbackSteps()
    {
        List<RollbackStep> steps = [.. LinkRollbackSteps()];
        if (_lease is not null)
            steps.Insert(0, new($"give the lease of {_lease.IPAddress} back", () => inside.Dhcp.Release(_link!)));
        return steps;
    }

    private List<RollbackStep> LinkRollbackSteps()
    {
        if (spec.RealKind == ContainerLinkKind.Phys)
        {
            return _moved is null ? []
                : [new($"bring '{parent.Name}' back from '{container}'", () => BringBack(_moved))];
        }

        if (_host is not null)
            return [new($"remove '{_host.Name}'", () => LentLinks.Remove(stack, _host))];
        return _link is null ? []
            : [new($"remove '{_link.Name}' from '{container}'", () => LentLinks.Remove(inside, _link))];
    }

    private void BringBack(MovedLink moved)
    {
        if (MovedLinks.Find(inside).Find(found => found.Moved.Identity == moved.Identity).Link is { } there)
        {
            var back = lent.Return(inside, there, moved, up: parent.IsUp);
            Rollback.Each(_carried!.Restoring(stack, back));
        }
        else if (LinkIdentity.Of(stack, parent) == moved.Identity)
        {
            MovedLinks.Forget(moved);
        }
        else
        {
            throw new NetworkException(
                NetworkErrorCode.LinkChanged, $"it {MovedLinks.WhereaboutsOf(moved)}.", moved.Name);
        }
    }
}
