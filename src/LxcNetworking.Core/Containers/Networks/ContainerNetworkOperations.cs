using System.Diagnostics;
using System.Net.Sockets;
using LxcNetworking.Addressing;
using LxcNetworking.Bridges;
using LxcNetworking.Containers.Dhcp;
using LxcNetworking.Files;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Nat;
using LxcNetworking.Netfilter.Filtering;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Networks;

/// <summary>
/// Container networks of one stack: bridge, addresses, forwarding, translation, and a server for DHCP and DNS. What was
/// made for a network is written down before it is made, so that after whatever interruption the same command goes on
/// and a removal finds it.
/// </summary>
public sealed class ContainerNetworkOperations : IStackOperations<ContainerNetworkOperations>
{
    private readonly NetworkStack _stack;
    private readonly NetworkUplink _uplinks;
    private readonly NetworkPlan _plan;

    internal ContainerNetworkOperations(NetworkStack stack)
    {
        _stack = stack;
        _uplinks = new NetworkUplink(stack);
        _plan = new NetworkPlan(stack, _uplinks);
    }

    static ContainerNetworkOperations IStackOperations<ContainerNetworkOperations>.On(NetworkStack stack) => new(stack);

    /// <summary>Lists the container networks of this namespace.</summary>
    /// <param name="onProblem">Takes what went wrong with a network.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The networks by name.</returns>
    public IReadOnlyList<ContainerNetwork> List(
        Action<NetworkException>? onProblem = null, CancellationToken cancellation = default)
    {
        var result = new List<ContainerNetwork>();
        foreach (var name in NetworkFolders.All.Select(NetworkFolders.NameOf).Distinct())
        {
            try
            {
                if (Find(name, cancellation) is { } network)
                    result.Add(network);
            }
            catch (NetworkException e)
            {
                onProblem?.Invoke(e);
            }
        }

        return result;
    }

    /// <summary>What was made for the networks of this namespace.</summary>
    /// <param name="cancellation">Ends the look.</param>
    internal NetworkBelongings Belongings(CancellationToken cancellation)
    {
        var result = new NetworkBelongings([], [], []);
        foreach (var folder in NetworkFolders.All)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                if (NetworkState.Read(folder) is not { } state || state.Cookie != _stack.Cookie)
                    continue;
                var name = NetworkFolders.NameOf(folder);
                if (state.MadeBridge)
                    result.Bridges.Add(name);
                result.Nats.UnionWith(state.MadeNats);
                result.Families.UnionWith(state.Spec(name).Subnets.Select(subnet => IP.FamilyOf(subnet.Address)));
            }
            catch (NetworkException)
            {
                // Spoilt, which is told by the commands that are about it.
            }
        }

        return result;
    }

    /// <summary>Reads a container network.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The network, or null if there is none in this namespace.</returns>
    /// <exception cref="NetworkException">InvalidArgument: what is on file about it is spoilt.</exception>
    public ContainerNetwork? Find(string name, CancellationToken cancellation = default)
    {
        LinkSpec.CheckName(name);
        var folder = NetworkFolders.Of(_stack, name);
        if (NetworkState.Read(folder) is not { } state || state.Cookie != _stack.Cookie
            || _stack.Links.Find(name, cancellation) is not { } bridge)
            return null;
        var spec = state.Spec(name);
        var nats = _stack.Translation.List(cancellation);
        return new ContainerNetwork(spec, bridge, _stack.Namespace)
        {
            Nat = spec.Gateways.Count > 0 && spec.Gateways.All(gateway => nats.Any(
                nat => nat.Name == NetworkState.NatName(name, gateway.AddressFamily))),
            DhcpProcessId = Dnsmasq.ProcessOf(folder),
            OtherServers = spec.Dhcp ? Dnsmasq.OtherServers(folder) : [],
            Port =
            [
                .. PortsOf(name, cancellation).Select(link => link.Name).Where(port => port != spec.Uplink),
            ],
            Lease = [.. Dnsmasq.Leases(name, folder, _stack.Namespace)],
        };
    }

    /// <summary>
    /// Says which rules and policies of nf_tables, whoever made them, drop what a network's containers send, its
    /// replies, its DHCP, DNS and neighbour discovery, and what it bridges.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>What drops it; nothing where nothing does, or where that cannot be known.</returns>
    public FilterReport Obstacles(ContainerNetwork network, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        return new TrafficFilters(_stack).Report(
            new FilterQuestion(network.Subnet)
            {
                Inside = new FilterLink(network.InterfaceAlias, network.InterfaceIndex),
                IsTranslated = network.Nat,
                IsServed = network.Dhcp,
                Gateways = network.Gateway,
            },
            network.Bridge as BridgeLink,
            null,
            cancellation);
    }

    /// <summary>Says what making a network would do.</summary>
    /// <param name="spec">What it is to be like.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The steps in words; empty if nothing would change.</returns>
    /// <exception cref="NetworkException">As for <see cref="Create"/>.</exception>
    public IReadOnlyList<string> Plan(ContainerNetworkSpec spec, CancellationToken cancellation = default)
        => [.. _plan.Prepare(spec, cancellation).Steps.Select(step => step.Words)];

    /// <summary>Makes a network, or changes the one that is there to what is asked for. If a step fails, what was done
    /// is undone.</summary>
    /// <param name="spec">What it is to be like.</param>
    /// <param name="report">Takes a sentence about each step.</param>
    /// <param name="cancellation">Ends it between steps.</param>
    /// <returns>The network, read back.</returns>
    /// <exception cref="NetworkException">InvalidArgument, ObjectExists (the subnet overlaps a route),
    /// NotSupported, DependencyFailed, PermissionDenied …</exception>
    public ContainerNetwork Create(
        ContainerNetworkSpec spec, Action<string>? report = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(spec);
        spec.Validate();
        using (RunLock.Take(cancellation))
            _plan.Prepare(spec, cancellation).Run(report, cancellation);
        return Find(spec.Name, CancellationToken.None) ?? throw NotFound(spec.Name);
    }

    /// <summary>Removes a network: what was made for it, and nothing else.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="force">Also when containers are plugged in.</param>
    /// <param name="cancellation">Ends it before the first step.</param>
    /// <exception cref="NetworkException">ObjectNotFound, ResourceBusy, PermissionDenied.</exception>
    public void Remove(string name, bool force = false, CancellationToken cancellation = default)
    {
        LinkSpec.CheckName(name);
        var folder = NetworkFolders.Of(_stack, name);
        NetworkState Known() => NetworkState.Read(folder) is { } known && known.Cookie == _stack.Cookie
            ? known : throw NotFound(name);
        try
        {
            _ = Known();
        }
        catch (NetworkException)
        {
            // Of one whose making was cut short before it was on file, there may be an empty folder.
            RunFolder.Sweep();
            throw;
        }

        using var turn = RunLock.Take(cancellation);
        var state = Known();
        var bridge = _stack.Links.Find(name, cancellation);
        if (bridge is not null && state.MadeBridge && !force
            && LastingPorts(name, state.Uplink, cancellation) is { Count: > 0 } ports)
        {
            throw new NetworkException(
                NetworkErrorCode.ResourceBusy,
                $"{(ports.Count == 1 ? "A link is" : $"{ports.Count} links are")} plugged into '{name}': "
                    + $"{string.Join(", ", ports.Take(5))}{(ports.Count > 5 ? " …" : string.Empty)}.",
                name)
            {
                Advice = [Advice.Override, Advice.To(AdviceKind.Remove, AdviceThing.Connection)],
            };
        }

        cancellation.ThrowIfCancellationRequested();
        Dnsmasq.Remove(_stack, folder);
        var nats = _stack.Translation.List(CancellationToken.None);
        foreach (var nat in nats.Where(nat => state.MadeNats.Contains(nat.Name)))
            _stack.Translation.Remove(nat.Name, cancellation: CancellationToken.None);
        // As long as the namespace forwards, an uplink may not listen to routers.
        TurnForwardingOff(folder, state);
        // Without a bridge too: what an interrupted command moved already is on file.
        _uplinks.GiveBack(folder, state, bridge);
        if (bridge is not null)
        {
            if (state.MadeBridge)
                ThrowFirst(_stack.Links.Remove([bridge], CancellationToken.None));
            else
                _stack.Addresses.RemoveFrom(bridge, state.MadeAddresses);
        }

        // A container that had a lease here may be gone, and no command was told of it.
        LeaseRecords.Sweep();
        NetworkState.Forget(folder);
    }

    private static void ThrowFirst(IReadOnlyList<LinkFailure> failures)
    {
        if (failures.Count > 0)
            throw failures[0].Error;
    }

    private IReadOnlyList<NetLink> PortsOf(string bridge, CancellationToken cancellation)
        => _stack.Links.List(new LinkFilter { Master = bridge, SkipStatistics = true }, cancellation);

    // Those of containers that were removed a moment ago go by themselves.
    private List<NetLink> LastingPorts(string bridge, string? uplink, CancellationToken cancellation)
    {
        for (var since = Stopwatch.GetTimestamp(); ; cancellation.WaitHandle.WaitOne(EndedNamespaces.Pause))
        {
            cancellation.ThrowIfCancellationRequested();
            var ports = PortsOf(bridge, cancellation).Where(link => link.Name != uplink).ToList();
            if (ports.Count == 0 || !EndedNamespaces.IsTime(since) || !_stack.Pool.Namespaces.Ended.IsAny)
                return ports;
        }
    }

    private NetworkException NotFound(string name) => new(
        NetworkErrorCode.ObjectNotFound,
        $"There is no container network '{KernelText.Printable(name)}' in namespace '{_stack.Namespace}'.",
        name)
    {
        Advice = [Advice.List(AdviceThing.Network, _stack.Namespace.Text)],
    };

    // It was turned on for this network, but others may live by it meanwhile.
    private void TurnForwardingOff(RunFolder own, NetworkState state)
    {
        foreach (var family in state.MadeForwarding)
        {
            var others = _stack.Translation.List().Any(
                nat => IP.FamilyOf(nat.InternalIPInterfaceAddressPrefix.Address) == family);
            foreach (var other in NetworkFolders.All.Where(other => other.Path != own.Path))
            {
                NetworkState? neighbour;
                try
                {
                    neighbour = NetworkState.Read(other);
                }
                catch (NetworkException)
                {
                    // Spoilt, so that nobody knows what lives by it: forwarding stays as it is.
                    others = true;
                    continue;
                }

                if (neighbour is not null && neighbour.Cookie == state.Cookie
                    && neighbour.Spec(NetworkFolders.NameOf(other)).Subnets
                        .Any(subnet => IP.FamilyOf(subnet.Address) == family))
                {
                    // Whoever goes last turns it off.
                    others = true;
                    if (!neighbour.MadeForwarding.Contains(family))
                    {
                        neighbour.MadeForwarding.Add(family);
                        neighbour.Write(other);
                    }
                }
            }

            if (!others)
                _stack.IPInterfaces.SetForwarding(family, false);
        }
    }
}

/// <summary>What was made for container networks.</summary>
/// <param name="Bridges">The bridges' names.</param>
/// <param name="Nats">The translations' names.</param>
/// <param name="Families">The families that they forward.</param>
internal sealed record NetworkBelongings(HashSet<string> Bridges, HashSet<string> Nats, HashSet<IPFamily> Families);

/// <summary>Gives a stack its <see cref="ContainerNetworkOperations"/>.</summary>
public static class ContainerNetworkOperationsOfStack
{
    extension(NetworkStack stack)
    {
        /// <summary>Container networks.</summary>
        public ContainerNetworkOperations ContainerNetworks => stack.Operations<ContainerNetworkOperations>();
    }
}
