using System.Security.Cryptography;
using System.Text;
using LxcNetworking.Containers.Dhcp;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Sockets;
using LxcNetworking.State.Apply;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.Values;

namespace LxcNetworking.State.Kernel;

/// <summary>Reads the kernel's network as things of documents, and changes it.</summary>
/// <param name="home">The namespace that documents are for.</param>
internal sealed class KernelState(NetworkStack home) : IStateKernel
{
    private static readonly Dictionary<StateSubject, StateItems> s_items = new()
    {
        [StateSubject.Namespace] = new NamespaceItems(),
        [StateSubject.Link] = new LinkItems(),
        [StateSubject.WireGuard] = new WireGuardItems(),
        [StateSubject.Peer] = new WireGuardPeerItems(),
        [StateSubject.Address] = new AddressItems(),
        [StateSubject.Neighbor] = new NeighborItems(),
        [StateSubject.Route] = new RouteItems(),
        [StateSubject.Rule] = new RuleItems(),
        [StateSubject.Forwarding] = new ForwardingItems(),
        [StateSubject.Nat] = new NatItems(),
        [StateSubject.Network] = new NetworkItems(),
        [StateSubject.Lease] = new LeaseItems(),
        [StateSubject.Segment] = new SegmentItems(),
    };

    /// <inheritdoc/>
    public StateSnapshot Read(StateScope scope, CancellationToken cancellation)
    {
        var world = new StateWorld(home, scope.Namespaces, cancellation);
        var items = new Dictionary<StateKey, StateItem>();
        foreach (var (name, _) in world.Stacks)
        {
            foreach (var (subject, handler) in s_items)
            {
                if (!scope.Has(subject))
                    continue;
                foreach (var item in handler.Read(world, name, cancellation))
                    items.TryAdd(item.Key, item);
            }

            if (scope.Has(StateSubject.Network))
                NetworkItems.Claim(world, name, items, cancellation);
            if (scope.Has(StateSubject.Segment))
                SegmentItems.Claim(world, name, items, cancellation);
        }

        return new StateSnapshot(items, world.Pending);
    }

    /// <inheritdoc/>
    public void Do(StateStep step, string? document, CancellationToken cancellation)
    {
        var items = s_items[step.Key.Subject];
        switch (step.Action)
        {
            case NetStateAction.Create:
                items.Create(home, step, document, cancellation);
                break;
            case NetStateAction.Change:
                items.Change(home, step, document, cancellation);
                break;
            default:
                items.Remove(home, step, document, cancellation);
                break;
        }
    }

    // The kernel waits a while for each removal, and no longer for many at once.
    /// <inheritdoc/>
    public void RemoveLinks(IReadOnlyList<StateStep> steps, CancellationToken cancellation)
        => LinkItems.Remove(home, [.. steps.Select(step => step.Before!)], cancellation);

    /// <inheritdoc/>
    public void RemoveLeftover(StateKey key) => s_items[key.Subject].RemoveLeftover(home, key);

    /// <inheritdoc/>
    public StateItem Complete(StateItem item, bool force) => WireGuardItems.Complete(item, force);

    /// <inheritdoc/>
    public IReadOnlyDictionary<IPAddress, int> Connections(string name)
        => ConnectionCount.ByLocalAddress(
            StateWorld.StackOf(home, name, CancellationToken.None), CancellationToken.None);

    /// <inheritdoc/>
    public MacAddress? NewMacAddress(string document, StateItem link)
    {
        // A kind without an address of its own has another link's, or none. A bridge with one from the beginning has no
        // carrier until it has a port (BridgeSpec).
        if (link.Text("kind") is not { } kind || LinkKinds.Find(kind)?.HasOwnMacAddress != true)
            return null;
        if (link.Text("mode") is "Passthru" or "Tun" or "L3")
            return null;
        // Another machine with the same document has another address.
        var hash = SHA256.HashData(
            Encoding.UTF8.GetBytes($"{DhcpIdentity.MachineId}\0{document}\0{link.Key.Namespace}\0{link.Key.Name}"));
        hash[0] = (byte)((hash[0] & 0xfc) | 2);
        return new MacAddress(hash.AsSpan(0, 6));
    }
}
