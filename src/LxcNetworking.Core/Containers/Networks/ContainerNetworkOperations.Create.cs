using System.Net.Sockets;
using LxcNetworking.Addressing;
using LxcNetworking.Bridges;
using LxcNetworking.Files;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Nat;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Networks;

public sealed partial class ContainerNetworkOperations
{
    /// <summary>One step: what it is in words, how it is done, and how it is undone.</summary>
    private sealed record Step(string Words, Action Do, Action Undo)
    {
        /// <summary>A step that is done whole or not at all: one that was refused, as somebody else's thing is there, has nothing to undo.</summary>
        public static Step Whole(string words, Action make, Action unmake)
        {
            var isMade = false;
            return new Step(
                words,
                () =>
                {
                    make();
                    isMade = true;
                },
                () =>
                {
                    if (isMade)
                        unmake();
                });
        }
    }

    /// <summary>What is to be done for a network.</summary>
    /// <param name="Folder">Where it is remembered.</param>
    /// <param name="Before">What is remembered of it now; null for a new one.</param>
    /// <param name="During">What is remembered while the steps are done: everything that may be there.</param>
    /// <param name="After">What is remembered afterwards.</param>
    /// <param name="Steps">The steps.</param>
    private sealed record Work(RunFolder Folder, NetworkState? Before, NetworkState During, NetworkState After, List<Step> Steps);

    private static void Do(Work work, Action<string>? report, CancellationToken cancellation)
    {
        if (work.Steps.Count == 0)
        {
            if (work.Before?.IsSameAs(work.After) != true)
                work.After.Write(work.Folder);
            return;
        }

        work.During.Write(work.Folder);
        Rollback.Run(undo =>
        {
            var name = Path.GetFileName(work.Folder.Path);
            undo.Add(work.Before is null ? $"remove the record of '{name}'" : $"put the record of '{name}' back", () =>
            {
                if (undo.HasFailed)
                {
                    throw new NetworkException(NetworkErrorCode.ResourceBusy, "what is left is on record, and goes with the network.", name)
                    {
                        Advice = [Advice.To(AdviceKind.Remove, AdviceThing.Network, work.After.Namespace, name)],
                    };
                }


                if (work.Before is null)
                    Forget(work.Folder);
                else
                    work.Before.Write(work.Folder);
            });
            foreach (var step in work.Steps)
            {
                cancellation.ThrowIfCancellationRequested();
                report?.Invoke(step.Words + ".");
                // Also what was begun is undone.
                undo.Add($"undo the step \"{step.Words}\"", step.Undo);
                step.Do();
            }

            work.After.Write(work.Folder);
        });
    }

    private Work Prepare(ContainerNetworkSpec spec, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(spec);
        spec.Validate();
        var folder = new RunFolder(spec.Name);
        var before = NetworkState.Read(folder);
        if (before is not null && before.Cookie != _stack.Cookie)
        {
            if (IsAlive(before, folder))
                throw new NetworkException(NetworkErrorCode.ObjectExists, $"There is a container network '{spec.Name}' in namespace '{before.Namespace}' already, and their names are the machine's. Choose another name.", spec.Name);
            before = null;
        }

        var found = _stack.Links.Find(spec.Name, cancellation);
        if (found is not null and not BridgeLink)
            throw new NetworkException(NetworkErrorCode.LinkExists, $"'{spec.Name}' is a {found.Kind} link, so no bridge can have its name. Choose another one.", spec.Name);
        var uplink = spec.Uplink is null ? null : CheckUplink(spec, found, cancellation);
        if (before?.Uplink is { } used && used != spec.Uplink)
            throw new NetworkException(NetworkErrorCode.NotSupported, $"The network '{spec.Name}' has the uplink '{used}', which it keeps as long as it is there.", spec.Name)
            {
                Advice = [Advice.To(AdviceKind.Remove, AdviceThing.Network, _stack.Namespace.Text, spec.Name)],
            };
        if (!spec.Force)
            CheckOverlap(spec, found, cancellation);
        if (spec.Dhcp)
            _ = Dnsmasq.Program;

        var after = new NetworkState { Namespace = _stack.Namespace.Text, Cookie = _stack.Cookie };
        after.Remember(spec);
        (after.MadeBridge, after.MadeForwarding) = (before?.MadeBridge == true || found is null, [.. before?.MadeForwarding ?? []]);
        if (before is { MadePort: true } && found is not null)
            (after.MadePort, after.FoundAddresses, after.FoundRoutes) = (true, before.FoundAddresses, before.FoundRoutes);
        var during = new NetworkState { Namespace = after.Namespace, Cookie = after.Cookie };
        during.Remember(spec);
        during.MadeBridge = after.MadeBridge;
        var work = new Work(folder, before, during, after, []);

        PlanBridge(work, spec, (BridgeLink?)found, uplink);
        PlanAddresses(work, spec, found, cancellation);
        PlanForwarding(work, spec, cancellation);
        PlanNats(work, spec, cancellation);
        PlanServer(work, spec, cancellation);
        if (uplink is not null && (found is null || uplink.MasterIndex != found.Index || before?.MovedAddresses.Count > 0 || before?.MovedRoutes.Count > 0))
            PlanUplink(work, spec, uplink, found, cancellation);
        during.MadeForwarding = after.MadeForwarding;
        (during.MadePort, during.FoundAddresses, during.FoundRoutes) = (after.MadePort, after.FoundAddresses, after.FoundRoutes);
        return work;
    }

    private bool IsAlive(NetworkState state, RunFolder folder)
    {
        if (Dnsmasq.ProcessOf(folder) > 0)
            return true;
        try
        {
            return _stack.Pool.Get(new NamespaceReference(state.Namespace)).Cookie == state.Cookie;
        }
        catch (NetworkException)
        {
            return false;
        }
    }

    private void CheckOverlap(ContainerNetworkSpec spec, NetLink? bridge, CancellationToken cancellation)
    {
        if (spec.Subnets.Count == 0)
            return;
        foreach (var route in _stack.Routes.List(cancellation: cancellation))
        {
            if (route.DestinationPrefix.Length == 0 || (bridge is not null && route.InterfaceIndex == bridge.Index) || route.DestinationPrefix.Address.IsIPv6LinkLocal)
                continue;
            if (spec.Subnets.FirstOrDefault(subnet => subnet.Overlaps(route.DestinationPrefix)) is { } subnet)
                throw new NetworkException(NetworkErrorCode.RouteExists, $"The subnet {subnet.Network} overlaps {route.DestinationPrefix}, to which there is a route already{(route.InterfaceAlias is null ? string.Empty : $" over '{route.InterfaceAlias}'")}.", spec.Name)
                {
                    Advice = [Advice.Choose(nameof(spec.Subnets)), Advice.Override],
                };
        }
    }

    private NetLink Bridge(string name) => _stack.Links.Get(name);

    private void PlanBridge(Work work, ContainerNetworkSpec spec, BridgeLink? found, NetLink? uplink)
    {
        var name = spec.Name;
        if (found is null)
        {
            work.Steps.Add(Step.Whole(
                $"Create the bridge '{name}'",
                () => _stack.Links.Create(new BridgeSpec(name)
                {
                    Up = true,
                    Mtu = spec.Mtu ?? (int?)uplink?.Mtu,
                    // One of its own, so that it does not change with the first port; an uplink's is known outside.
                    MacAddress = uplink?.MacAddress ?? LxcNetworking.Values.MacAddress.NewRandom(),
                }),
                () => _stack.Links.Removal.Remove(name)));
            return;
        }

        if (!found.IsUp)
            work.Steps.Add(Step.Whole($"Bring the bridge '{name}' up", () => _stack.Links.Change(Bridge(name), new LinkChange { Up = true }), () => _stack.Links.Change(Bridge(name), new LinkChange { Up = false })));
        if (spec.Mtu is { } mtu && mtu != found.Mtu)
            work.Steps.Add(Step.Whole($"Set the MTU of '{name}' to {mtu}", () => _stack.Links.Change(Bridge(name), new LinkChange { Mtu = mtu }), () => _stack.Links.Change(Bridge(name), new LinkChange { Mtu = (int)found.Mtu })));
    }

    private void PlanAddresses(Work work, ContainerNetworkSpec spec, NetLink? found, CancellationToken cancellation)
    {
        var name = spec.Name;
        var there = found is null ? [] : _stack.Addresses.ListOn(found, cancellation).Select(address => address.Prefix).ToList();
        var made = work.Before?.MadeAddresses ?? [];
        foreach (var old in there.Where(prefix => made.Contains(prefix.ToString()) && !spec.Gateways.Contains(prefix)))
        {
            work.Steps.Add(Step.Whole(
                $"Remove the address {old} from '{name}'",
                () => RemoveAddresses(Bridge(name), [old.ToString()]),
                () => AddAddress(name, old)));
        }

        foreach (var gateway in spec.Gateways.Where(gateway => !there.Contains(gateway)))
        {
            work.Steps.Add(new Step(
                $"Give '{name}' the address {gateway}",
                () => AddAddress(name, gateway),
                () =>
                {
                    if (_stack.Links.Find(name) is { } bridge)
                        RemoveAddresses(bridge, [gateway.ToString()]);
                }));
        }

        work.After.MadeAddresses = [.. spec.Gateways.Where(gateway => !there.Contains(gateway) || made.Contains(gateway.ToString())).Select(gateway => gateway.ToString())];
        work.During.MadeAddresses = [.. work.After.MadeAddresses.Union(made)];
    }

    private void AddAddress(string name, IPPrefix prefix)
    {
        try
        {
            // The server cannot use an IPv6 address that the kernel still has doubts about.
            _stack.Addresses.Create(Bridge(name), [new AddressSpec(prefix) { SkipDuplicateAddressDetection = true }]);
        }
        catch (NetworkException e) when (e.Code == NetworkErrorCode.AddressExists)
        {
        }
    }

    private void PlanForwarding(Work work, ContainerNetworkSpec spec, CancellationToken cancellation)
    {
        foreach (var family in spec.Gateways.Select(gateway => IP.FamilyOf(gateway.Address)))
        {
            if (_stack.IPInterfaces.IsForwarding(family))
                continue;
            // An uplink's routes move to the bridge as they are.
            if (family == IPFamily.IPv6 && !spec.Force && _stack.IPInterfaces.ForwardingLosses(cancellation).FirstOrDefault(loss => loss.InterfaceAlias != spec.Uplink) is { Sentence: { } sentence } lost)
                throw new NetworkException(NetworkErrorCode.ResourceBusy, $"{sentence}.", lost.InterfaceAlias)
                {
                    Advice = [Advice.Override],
                };
            work.After.MadeForwarding.Add(family);
            work.Steps.Add(Step.Whole(
                $"Turn forwarding of {family} packets on in namespace '{_stack.Namespace}'",
                () => _stack.IPInterfaces.SetForwarding(family, true),
                () => _stack.IPInterfaces.SetForwarding(family, false)));
        }
    }

    private void PlanNats(Work work, ContainerNetworkSpec spec, CancellationToken cancellation)
    {
        var there = _stack.Translation.List(cancellation);
        var mappings = _stack.Translation.ListMappings(cancellation).ToLookup(mapping => mapping.NatName, mapping => mapping.Spec);
        var made = work.Before?.MadeNats ?? [];
        var wanted = !spec.Nat ? []
            : spec.Gateways.ToDictionary(own => NatName(spec.Name, own.AddressFamily), own => own.Network);
        foreach (var nat in there.Where(nat => made.Contains(nat.Name)))
        {
            if (wanted.TryGetValue(nat.Name, out var prefix) && prefix.Equals(nat.InternalIPInterfaceAddressPrefix))
                continue;
            var lost = mappings[nat.Name].ToList();
            work.Steps.Add(Step.Whole(
                $"Remove the NAT '{nat.Name}' of {nat.InternalIPInterfaceAddressPrefix}{(lost.Count == 0 ? string.Empty : $" with its {lost.Count} static mapping{(lost.Count == 1 ? string.Empty : "s")}")}",
                () => _stack.Translation.Remove(nat.Name),
                () =>
                {
                    _stack.Translation.Create(nat.Spec with { NoForwarding = true });
                    Rollback.Each(lost.Select(mapping => new RollbackStep($"map {mapping}", () => _stack.Translation.AddMapping(mapping))));
                }));
        }

        foreach (var (name, prefix) in wanted)
        {
            var old = there.FirstOrDefault(nat => nat.Name == name);
            if (old?.InternalIPInterfaceAddressPrefix.Equals(prefix) == true)
                continue;
            if (old is not null && !made.Contains(name))
                throw new NetworkException(NetworkErrorCode.ObjectExists, $"There is a NAT '{name}' of {old.InternalIPInterfaceAddressPrefix} already, which is not this network's.", name)
                {
                    Advice = [Advice.To(AdviceKind.Remove, AdviceThing.Nat, _stack.Namespace.Text, name)],
                };
            work.Steps.Add(Step.Whole($"Translate what leaves {prefix} (NAT '{name}')", () => _stack.Translation.Create(new NetNatSpec(name, prefix) { NoForwarding = true }), () => RemoveNat(name)));
        }

        work.After.MadeNats = [.. wanted.Keys.Where(name => made.Contains(name) || !there.Any(nat => nat.Name == name))];
        work.During.MadeNats = [.. work.After.MadeNats.Union(made)];
    }

    private void RemoveNat(string name)
    {
        try
        {
            _stack.Translation.Remove(name);
        }
        catch (NetworkException e) when (e.Code == NetworkErrorCode.ObjectNotFound)
        {
        }
    }

    private void PlanServer(Work work, ContainerNetworkSpec spec, CancellationToken cancellation)
    {
        var folder = work.Folder;
        var runs = Dnsmasq.ProcessOf(folder) > 0;
        var old = work.Before is { Dhcp: true } before ? before.Spec(spec.Name) : null;
        void Restore()
        {
            Dnsmasq.Stop(_stack, folder);
            if (old is not null && runs)
                Dnsmasq.Start(_stack, old, folder, CancellationToken.None);
        }

        if (spec.Dhcp && (!runs || Dnsmasq.Differs(spec, folder)))
        {
            work.Steps.Add(new Step(
                $"{(runs ? "Restart" : "Start")} dnsmasq for DHCP and DNS on '{spec.Name}'",
                () =>
                {
                    Dnsmasq.Stop(_stack, folder);
                    Dnsmasq.Start(_stack, spec, folder, cancellation);
                },
                Restore));
        }
        else if (!spec.Dhcp && (runs || old is not null))
        {
            work.Steps.Add(new Step(
                $"Stop dnsmasq on '{spec.Name}'",
                () => Dnsmasq.Remove(_stack, folder),
                Restore));
        }
    }
}
