using System.Security.Cryptography;
using System.Text;
using LxcNetworking.Containers.Dhcp;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.State.Apply;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.Values;

namespace LxcNetworking.State.Kernel;

/// <summary>Reads the kernel's network as things of documents, and changes it.</summary>
/// <param name="home">The namespace that documents are for.</param>
internal sealed class KernelState(NetworkStack home) : IStateKernel
{
    /// <inheritdoc/>
    public StateSnapshot Read(IReadOnlyCollection<string> namespaces, CancellationToken cancellation)
    {
        var world = new StateWorld(home, namespaces, cancellation);
        var items = new Dictionary<StateKey, StateItem>();
        foreach (var (name, stack) in world.Stacks)
        {
            if (name.Length > 0)
            {
                Add(new StateItem(StateKey.Of(name))
                {
                    Identity = stack.Cookie.ToString(System.Globalization.CultureInfo.InvariantCulture),
                });
            }

            foreach (var item in LinkItems.Read(world, name, cancellation)
                .Concat(AddressItems.Read(stack, name, cancellation))
                .Concat(NeighborItems.Read(stack, name, cancellation))
                .Concat(RouteItems.Read(stack, name, cancellation))
                .Concat(RuleItems.Read(stack, name, cancellation)))
                Add(item);
        }

        return new StateSnapshot(items, world.Pending);

        void Add(StateItem item) => items.TryAdd(item.Key, item);
    }

    /// <inheritdoc/>
    public void Do(StateStep step, string? document, CancellationToken cancellation)
    {
        switch (step.Key.Subject, step.Action)
        {
            case (StateSubject.Namespace, NetStateAction.Create):
                home.Pool.Namespaces.Create(step.Key.Name, cancellation: cancellation);
                break;
            case (StateSubject.Namespace, NetStateAction.Remove):
                home.Pool.Namespaces.Remove(
                    home.Pool.Namespaces.Get(new NamespaceReference(step.Key.Name), cancellation),
                    force: false,
                    cancellation);
                break;
            case (StateSubject.Link, NetStateAction.Create):
                LinkItems.Create(home, step, document, cancellation);
                break;
            case (StateSubject.Link, NetStateAction.Change):
                LinkItems.Change(home, step, document, cancellation);
                break;
            case (StateSubject.Link, _):
                RemoveLinks([step], cancellation);
                break;
            case (StateSubject.Address, NetStateAction.Create):
                AddressItems.Create(home, step.After!, cancellation);
                break;
            case (StateSubject.Address, NetStateAction.Change):
                AddressItems.Change(home, step, cancellation);
                break;
            case (StateSubject.Address, _):
                AddressItems.Remove(home, step.Before!, cancellation);
                break;
            case (StateSubject.Neighbor, NetStateAction.Remove):
                NeighborItems.Remove(home, step.Before!, cancellation);
                break;
            case (StateSubject.Neighbor, var action):
                NeighborItems.Put(home, step.After!, action == NetStateAction.Change, cancellation);
                break;
            case (StateSubject.Route, NetStateAction.Remove):
                RouteItems.Remove(home, step.Before!, cancellation);
                break;
            case (StateSubject.Route, _):
                RouteItems.Put(home, step, cancellation);
                break;
            case (StateSubject.Rule, NetStateAction.Create):
                RuleItems.Create(home, step.After!, cancellation);
                break;
            case (StateSubject.Rule, NetStateAction.Remove):
                RuleItems.Remove(home, step.Before!, cancellation);
                break;
        }
    }

    // The kernel waits a while for each removal, and no longer for many at once.
    /// <inheritdoc/>
    public void RemoveLinks(IReadOnlyList<StateStep> steps, CancellationToken cancellation)
        => LinkItems.Remove(home, [.. steps.Select(step => step.Before!)], cancellation);

    /// <inheritdoc/>
    public void RemoveLeftover(string name)
    {
        if (NamespaceStore.IsLeftover(name))
            NamespaceStore.RemoveLeftover(name);
    }

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
