using System.Diagnostics;
using LxcNetworking.Addressing;
using LxcNetworking.Containers.Dhcp;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Connections;

/// <summary>Gives links of one namespace what DHCP servers grant them.</summary>
internal sealed class LinkLeases(NetworkStack stack)
{
    private const int LeastMtu = 576;
    // Nobody can tell in a container what its link leads to.
    private static readonly ProbeTimes s_probeTimes = ProbeTimes.Once(TimeSpan.FromMilliseconds(200));
    private static readonly TimeSpan s_carrierTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_renewal = TimeSpan.FromSeconds(2);

    /// <inheritdoc cref="ContainerOperations.RequestLease"/>
    public DhcpLease Request(NetLink link, bool noGateway, TimeSpan timeout, CancellationToken cancellation)
    {
        AddressAnnouncement.AwaitCarrier(stack, link, s_carrierTimeout, cancellation);
        var before = LeaseRecords.Find(stack, link.Index);
        var there = Addresses(link);
        var lease = before is not null && there.Any(address => address.Prefix.Equals(before.Grant.Address))
            ? stack.Dhcp.Extend(
                link,
                before with { NoGateway = noGateway },
                anyServer: false,
                timeout / 2 < s_renewal ? timeout / 2 : s_renewal,
                cancellation).Lease
            : null;
        lease ??= stack.Dhcp.Request(
            link, before?.HostName, address => IsInUse(link, address, cancellation), noGateway, timeout, cancellation);
        Apply(link, before?.Grant, there, lease, noGateway);
        AddressAnnouncement.Send(
            stack, link, [.. Addresses(link).Where(address => address.Prefix.Equals(lease.IPAddress))]);
        return lease;
    }

    /// <summary>Asks for more time for the lease that a link has on file, and gives it to the address.</summary>
    /// <inheritdoc cref="DhcpOperations.Extend"/>
    public DhcpOutcome Extend(
        NetLink link, LeaseRecord record, bool anyServer, TimeSpan timeout, CancellationToken cancellation)
    {
        var (outcome, lease) = stack.Dhcp.Extend(link, record, anyServer, timeout, cancellation);
        if (lease is not null)
            Apply(link, record.Grant, Addresses(link), lease, record.NoGateway);
        return outcome;
    }

    /// <summary>Adds the routes that a lease brings, and its default route where there is none.</summary>
    /// <param name="link">The link, with the lease's address.</param>
    /// <param name="grant">The lease.</param>
    /// <param name="noGateway">Adds no default route.</param>
    public void AddRoutes(NetLink link, DhcpGrant grant, bool noGateway)
    {
        var routes = grant.Routes.OrderBy(route => IP.IsAny(route.Gateway) ? 0 : 1).ToList();
        if (!noGateway && grant.Gateways is [var router, ..]
            && !stack.Routes.List(new RouteFilter { Family = IPFamily.IPv4 }, CancellationToken.None)
                .Any(route => route.DestinationPrefix.Length == 0))
            routes.Add(new DhcpRoute(new IPPrefix(IPAddress.Any, 0), router));
        foreach (var route in routes)
        {
            var isDirect = IP.IsAny(route.Gateway);
            var hop = new RouteHopSpec(isDirect ? null : route.Gateway, link.Index);
            // A router beyond the network's prefix is on the link all the same: there is no other way to it.
            var spec = new RouteSpec(route.Destination)
            {
                NextHops = [hop],
                OnLink = !isDirect && !grant.Address.Network.Contains(route.Gateway),
            };
            try
            {
                stack.Routes.Create(spec, CancellationToken.None);
            }
            catch (NetworkException e) when (e.Code == NetworkErrorCode.RouteExists)
            {
            }
        }
    }

    /// <summary>
    /// Tells whether a station has an address and keeps it: the namespace of a container that was started anew answers
    /// for a moment still, until the kernel has destroyed it.
    /// </summary>
    /// <param name="ask">Asks whether somebody has it.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static bool IsHeld(Func<bool> ask, CancellationToken cancellation)
    {
        for (var since = Stopwatch.GetTimestamp(); ask(); cancellation.WaitHandle.WaitOne(EndedNamespaces.Pause))
        {
            cancellation.ThrowIfCancellationRequested();
            if (!EndedNamespaces.IsTime(since))
                return true;
        }

        return false;
    }

    /// <summary>Lowers a link's MTU to the network's, if its server says so.</summary>
    /// <param name="link">The link.</param>
    /// <param name="grant">The lease.</param>
    public void SetMtu(NetLink link, DhcpGrant grant)
    {
        if (grant.Mtu is >= LeastMtu and var mtu && mtu < link.Mtu)
            stack.Links.Change(link, new LinkChange { Mtu = mtu }, CancellationToken.None);
    }

    private IReadOnlyList<NetIPAddress> Addresses(NetLink link) => stack.Addresses.List(
        new AddressFilter { InterfaceIndexes = [link.Index], Family = IPFamily.IPv4 }, CancellationToken.None);

    private bool IsInUse(NetLink link, IPAddress address, CancellationToken cancellation)
    {
        // What the link has itself nobody else is asked about.
        if (Addresses(link).Any(own => own.IPAddress.Equals(address)))
            return false;
        return IsHeld(
            () =>
            {
                using var probe = AddressProbe.Start(stack, link, [address], s_probeTimes);
                return probe?.Finish(cancellation) is not null;
            },
            cancellation);
    }

    private void Apply(
        NetLink link, DhcpGrant? before, IReadOnlyList<NetIPAddress> there, DhcpLease lease, bool noGateway)
    {
        if (there.FirstOrDefault(address => address.Prefix.Equals(lease.IPAddress)) is { } same)
            stack.Addresses.Change(
                same,
                new AddressChange { ValidLifetime = lease.LeaseTime, PreferredLifetime = lease.LeaseTime },
                CancellationToken.None);
        else
            Replace(link, there, lease);
        RemoveStaleRoutes(link, before, lease.Grant, noGateway);
        AddRoutes(link, lease.Grant, noGateway);
        SetMtu(link, lease.Grant);
    }

    // What the last lease brought and this one does not; where that is not known, a router that no network of the link
    // leads to any more.
    private void RemoveStaleRoutes(NetLink link, DhcpGrant? before, DhcpGrant now, bool noGateway)
    {
        var networks = Addresses(link).Select(address => address.Prefix.Network).ToList();
        var routes = stack.Routes.List(
            new RouteFilter { Family = IPFamily.IPv4, InterfaceIndexes = [link.Index] }, CancellationToken.None);
        bool IsStale(NetRoute route) => route.Multipath.Count == 0
            && !(noGateway && route.DestinationPrefix.Length == 0)
            && (before is not null ? IsOf(before, route) && !IsOf(now, route)
                : route.DestinationPrefix.Length == 0 && !IP.IsAny(route.NextHop)
                    && !now.Gateways.Contains(route.NextHop)
                    && !networks.Exists(network => network.Contains(route.NextHop)));
        var stale = routes.Where(IsStale).ToList();
        if (stale.Count > 0 && stack.Routes.Remove(stale).FirstOrDefault(failure => failure is not null) is { } refusal
            && refusal.Code != NetworkErrorCode.RouteNotFound)
            throw refusal;
    }

    private static bool IsOf(DhcpGrant grant, NetRoute route) => route.DestinationPrefix.Length == 0
        ? grant.Gateways.Contains(route.NextHop)
        : grant.Routes.Any(given => given.Destination.Equals(route.DestinationPrefix)
            && given.Gateway.Equals(route.NextHop));

    // An address that ends by itself is one that a lease brought. With a link's last address all its routes go, so the
    // new one is there before the old ones leave; and with the first address of a network its others go, so until then
    // it is in a network of its own.
    private void Replace(NetLink link, IReadOnlyList<NetIPAddress> there, DhcpLease lease)
    {
        var alone = new IPPrefix(lease.IPAddress.Address, 32);
        Rollback.Run(undo =>
        {
            // What it was to replace comes back, and then it goes.
            undo.Add($"remove {alone} from '{link.Name}'", () =>
            {
                if (there.Any(old => old.Prefix.Equals(alone)))
                    return;
                var present = stack.Addresses.ListOn(link, CancellationToken.None);
                if (stack.Addresses.Remove([.. present.Where(address => address.Prefix.Equals(alone))])
                    .FirstOrDefault(failure => failure is not null) is { } refusal)
                    throw refusal;
            });
            undo.Add(
                $"restore the addresses of '{link.Name}'",
                () => Rollback.Each(Lost(there).Select(lost => new RollbackStep(
                    $"add {lost.Prefix} to '{link.Name}'",
                    () => stack.Addresses.Create(link, [lost], cancellation: CancellationToken.None)))));
            var first = there.FirstOrDefault(address => address.Prefix.Equals(alone))
                ?? stack.Addresses.Create(link, [Leased(alone)], cancellation: CancellationToken.None)[0];
            stack.Addresses.Remove(
                [.. there.Where(address => address.ValidLifetime != TimeSpan.MaxValue && address != first)]);
            var specs = Lost(there.Where(address => address.ValidLifetime == TimeSpan.MaxValue));
            if (!lease.IPAddress.Equals(alone))
                specs.Add(Leased(lease.IPAddress));
            stack.Addresses.Create(link, specs, cancellation: CancellationToken.None);
            if (!lease.IPAddress.Equals(alone))
                stack.Addresses.Remove([first]);
        });

        AddressSpec Leased(IPPrefix prefix) => new(prefix) { ValidLifetime = lease.LeaseTime };

        List<AddressSpec> Lost(IEnumerable<NetIPAddress> before)
        {
            var now = stack.Addresses.ListOn(link, CancellationToken.None);
            return
            [
                .. before.Where(old => !now.Any(other => other.Prefix.Equals(old.Prefix)
                        && Equals(other.PeerAddress, old.PeerAddress)))
                    .Select(lost => StoredAddress.Of(lost).ToSpec(link.Name)),
            ];
        }
    }
}
