using System.Net.Sockets;
using LxcNetworking.Addressing;
using LxcNetworking.Bridges;
using LxcNetworking.Files;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Nat;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Networks;

/// <summary>Finds the steps that make a container network of one namespace what it is to be.</summary>
internal sealed class NetworkPlan(NetworkStack stack, NetworkUplink uplinks)
{
    /// <summary>Looks at what is there, and finds the steps to what is asked for.</summary>
    /// <param name="spec">What the network is to be like.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NetworkException">As for <see cref="ContainerNetworkOperations.Create"/>.</exception>
    public NetworkWork Prepare(ContainerNetworkSpec spec, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(spec);
        spec.Validate();
        var folder = NetworkFolders.Take(stack, spec.Name);
        var before = NetworkState.Read(folder) is { } state && state.Cookie == stack.Cookie ? state : null;
        var found = stack.Links.Find(spec.Name, cancellation);
        if (found is not null and not BridgeLink)
        {
            throw new NetworkException(
                NetworkErrorCode.LinkExists,
                $"'{spec.Name}' is a {found.Kind} link, so no bridge can have its name. Choose another one.",
                spec.Name);
        }

        var uplink = spec.Uplink is null ? null : uplinks.Check(spec, found, cancellation);
        CheckUplink(spec, before);
        if (!spec.Force)
            CheckOverlap(spec, found, cancellation);
        if (spec.Dhcp)
            _ = Dnsmasq.Program;

        var after = new NetworkState { Namespace = stack.Namespace.Text, Cookie = stack.Cookie };
        after.Remember(spec);
        after.MadeBridge = before?.MadeBridge == true || found is null;
        after.MadeForwarding = [.. before?.MadeForwarding ?? []];
        if (before is { MadePort: true } && found is not null)
            after.TakeFound(before);

        var during = new NetworkState { Namespace = after.Namespace, Cookie = after.Cookie };
        during.Remember(spec);
        during.MadeBridge = after.MadeBridge;
        var work = new NetworkWork(folder, before, during, after, []);

        PlanBridge(work, spec, (BridgeLink?)found, uplink);
        PlanAddresses(work, spec, found, cancellation);
        // Before the namespace forwards, when the uplink would listen to routers no more.
        if (uplink is not null
            && (found is null || uplink.MasterIndex != found.Index || before?.IsMoving == true))
            uplinks.Plan(work, spec, uplink, found, cancellation);
        PlanForwarding(work, spec, cancellation);
        PlanNats(work, spec, cancellation);
        PlanServer(work, spec, cancellation);
        during.MadeForwarding = after.MadeForwarding;
        during.TakeFound(after);
        return work;
    }

    private void CheckUplink(ContainerNetworkSpec spec, NetworkState? before)
    {
        if (before?.Uplink is { } used && used != spec.Uplink)
        {
            throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"The network '{spec.Name}' has the uplink '{used}', which it keeps as long as it is there.",
                spec.Name)
            {
                Advice = [Advice.To(AdviceKind.Remove, AdviceThing.Network, stack.Namespace.Text, spec.Name)],
            };
        }

        if (spec is { Uplink: not null, Dhcp: true, Force: false } && before?.Dhcp != true)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"'{spec.Uplink}' leads out of this machine: whoever is there would get addresses of '{spec.Name}' "
                    + "from its DHCP server, and take this host for a router.",
                spec.Name)
            {
                Advice = [Advice.Omit(nameof(spec.Dhcp)), Advice.Override],
            };
        }
    }

    private void CheckOverlap(ContainerNetworkSpec spec, NetLink? bridge, CancellationToken cancellation)
    {
        if (spec.Subnets.Count == 0)
            return;
        foreach (var route in stack.Routes.List(cancellation: cancellation))
        {
            if (route.DestinationPrefix.Length == 0
                || (bridge is not null && route.InterfaceIndex == bridge.Index)
                || route.DestinationPrefix.Address.IsIPv6LinkLocal)
                continue;
            if (spec.Subnets.FirstOrDefault(subnet => subnet.Overlaps(route.DestinationPrefix)) is { } subnet)
            {
                var over = route.InterfaceAlias is null ? string.Empty : $" over '{route.InterfaceAlias}'";
                throw new NetworkException(
                    NetworkErrorCode.RouteExists,
                    $"The subnet {subnet.Network} overlaps {route.DestinationPrefix}, to which there is a route "
                        + $"already{over}.",
                    spec.Name)
                {
                    Advice = [Advice.Choose(nameof(spec.Subnets)), Advice.Override],
                };
            }
        }
    }

    private NetLink Bridge(string name) => stack.Links.Get(name);

    private void PlanBridge(NetworkWork work, ContainerNetworkSpec spec, BridgeLink? found, NetLink? uplink)
    {
        var name = spec.Name;
        if (found is null)
        {
            work.Steps.Add(NetworkStep.Whole(
                $"Create the bridge '{name}'",
                () => stack.Links.Create(new BridgeSpec(name)
                {
                    Up = true,
                    // Where none was asked for, it follows the ports', as the uplink is.
                    Mtu = spec.Mtu,
                    // An uplink's is known outside.
                    MacAddress = uplink?.MacAddress,
                }),
                () => stack.Links.Removal.Remove(name)));
            return;
        }

        if (!found.IsUp)
        {
            work.Steps.Add(NetworkStep.Whole(
                $"Bring the bridge '{name}' up",
                () => stack.Links.Change(Bridge(name), new LinkChange { Up = true }),
                () => stack.Links.Change(Bridge(name), new LinkChange { Up = false })));
        }

        if (spec.Mtu is { } mtu && mtu != found.Mtu)
        {
            work.Steps.Add(NetworkStep.Whole(
                $"Set the MTU of '{name}' to {mtu}",
                () => stack.Links.Change(Bridge(name), new LinkChange { Mtu = mtu }),
                () => stack.Links.Change(Bridge(name), new LinkChange { Mtu = (int)found.Mtu })));
        }
    }

    private void PlanAddresses(
        NetworkWork work, ContainerNetworkSpec spec, NetLink? found, CancellationToken cancellation)
    {
        var name = spec.Name;
        var there = found is null ? []
            : stack.Addresses.ListOn(found, cancellation).Select(address => address.Prefix).ToList();
        var made = work.Before?.MadeAddresses ?? [];
        foreach (var old in there.Where(prefix => made.Contains(prefix.ToString()) && !spec.Gateways.Contains(prefix)))
        {
            work.Steps.Add(NetworkStep.Whole(
                $"Remove the address {old} from '{name}'",
                () => stack.Addresses.RemoveFrom(Bridge(name), [old.ToString()]),
                () => AddAddress(name, old)));
        }

        foreach (var gateway in spec.Gateways.Where(gateway => !there.Contains(gateway)))
        {
            work.Steps.Add(new NetworkStep(
                $"Give '{name}' the address {gateway}",
                () => AddAddress(name, gateway),
                () =>
                {
                    if (stack.Links.Find(name) is { } bridge)
                        stack.Addresses.RemoveFrom(bridge, [gateway.ToString()]);
                }));
        }

        work.After.MadeAddresses =
        [
            .. spec.Gateways.Where(gateway => !there.Contains(gateway) || made.Contains(gateway.ToString()))
                .Select(gateway => gateway.ToString()),
        ];
        work.During.MadeAddresses = [.. work.After.MadeAddresses.Union(made)];
    }

    private void AddAddress(string name, IPPrefix prefix)
    {
        try
        {
            // The server cannot use an IPv6 address that the kernel still has doubts about.
            stack.Addresses.Create(Bridge(name), [new AddressSpec(prefix) { SkipDuplicateAddressDetection = true }]);
        }
        catch (NetworkException e) when (e.Code == NetworkErrorCode.AddressExists)
        {
        }
    }

    private void PlanForwarding(NetworkWork work, ContainerNetworkSpec spec, CancellationToken cancellation)
    {
        foreach (var family in spec.Gateways.Select(gateway => IP.FamilyOf(gateway.Address)))
        {
            if (stack.IPInterfaces.IsForwarding(family))
                continue;
            // An uplink's routes move to the bridge as they are.
            if (family == IPFamily.IPv6 && !spec.Force && stack.IPInterfaces.ForwardingLosses(cancellation)
                .FirstOrDefault(loss => loss.InterfaceAlias != spec.Uplink) is { Sentence: { } sentence } lost)
                throw new NetworkException(NetworkErrorCode.ResourceBusy, $"{sentence}.", lost.InterfaceAlias)
                {
                    Advice = [Advice.Override],
                };
            work.After.MadeForwarding.Add(family);
            work.Steps.Add(NetworkStep.Whole(
                $"Turn forwarding of {family} packets on in namespace '{stack.Namespace}'",
                () => stack.IPInterfaces.SetForwarding(family, true),
                () => stack.IPInterfaces.SetForwarding(family, false)));
        }
    }

    private void PlanNats(NetworkWork work, ContainerNetworkSpec spec, CancellationToken cancellation)
    {
        var there = stack.Translation.List(cancellation);
        var mappings = stack.Translation.ListMappings(cancellation)
            .ToLookup(mapping => mapping.NatName, mapping => mapping.Spec);
        var made = work.Before?.MadeNats ?? [];
        var wanted = !spec.Nat ? []
            : spec.Gateways.ToDictionary(own => NetworkState.NatName(spec.Name, own.AddressFamily), own => own.Network);
        foreach (var nat in there.Where(nat => made.Contains(nat.Name)))
        {
            if (wanted.TryGetValue(nat.Name, out var prefix) && prefix.Equals(nat.InternalIPInterfaceAddressPrefix))
                continue;
            var lost = mappings[nat.Name].ToList();
            var withMappings = lost.Count == 0
                ? string.Empty : $" with its {lost.Count} static mapping{(lost.Count == 1 ? string.Empty : "s")}";
            work.Steps.Add(NetworkStep.Whole(
                $"Remove the NAT '{nat.Name}' of {nat.InternalIPInterfaceAddressPrefix}{withMappings}",
                () => stack.Translation.Remove(nat.Name),
                () =>
                {
                    stack.Translation.Create(nat.Spec with { NoForwarding = true });
                    Rollback.Each(lost.Select(mapping => new RollbackStep(
                        $"map {mapping}", () => stack.Translation.AddMapping(mapping))));
                }));
        }

        foreach (var (name, prefix) in wanted)
        {
            var old = there.FirstOrDefault(nat => nat.Name == name);
            if (old?.InternalIPInterfaceAddressPrefix.Equals(prefix) == true)
                continue;
            if (old is not null && !made.Contains(name))
            {
                throw new NetworkException(
                    NetworkErrorCode.ObjectExists,
                    $"There is a NAT '{name}' of {old.InternalIPInterfaceAddressPrefix} already, which is not "
                        + "this network's.",
                    name)
                {
                    Advice = [Advice.To(AdviceKind.Remove, AdviceThing.Nat, stack.Namespace.Text, name)],
                };
            }

            work.Steps.Add(NetworkStep.Whole(
                $"Translate what leaves {prefix} (NAT '{name}')",
                () => stack.Translation.Create(new NetNatSpec(name, prefix) { NoForwarding = true }),
                () => RemoveNat(name)));
        }

        work.After.MadeNats =
            [.. wanted.Keys.Where(name => made.Contains(name) || !there.Any(nat => nat.Name == name))];
        work.During.MadeNats = [.. work.After.MadeNats.Union(made)];
    }

    private void RemoveNat(string name)
    {
        try
        {
            stack.Translation.Remove(name);
        }
        catch (NetworkException e) when (e.Code == NetworkErrorCode.ObjectNotFound)
        {
        }
    }

    private void PlanServer(NetworkWork work, ContainerNetworkSpec spec, CancellationToken cancellation)
    {
        var folder = work.Folder;
        var runs = Dnsmasq.ProcessOf(folder) > 0;
        var old = work.Before is { Dhcp: true } before ? before.Spec(spec.Name) : null;
        void Restore()
        {
            Dnsmasq.Stop(stack, folder);
            if (old is not null && runs)
                Dnsmasq.Start(stack, old, folder, CancellationToken.None);
        }

        if (spec.Dhcp && (!runs || Dnsmasq.Differs(stack, spec, folder)))
        {
            work.Steps.Add(new NetworkStep(
                $"{(runs ? "Restart" : "Start")} dnsmasq for DHCP"
                    + $"{(spec.DnsServers.Count == 0 ? " and DNS" : string.Empty)} on '{spec.Name}'",
                () =>
                {
                    Dnsmasq.Stop(stack, folder);
                    Dnsmasq.Start(stack, spec, folder, cancellation);
                },
                Restore));
        }
        else if (!spec.Dhcp && (runs || old is not null))
        {
            work.Steps.Add(new NetworkStep(
                $"Stop dnsmasq on '{spec.Name}'",
                () => Dnsmasq.Remove(stack, folder),
                Restore));
        }
    }
}
