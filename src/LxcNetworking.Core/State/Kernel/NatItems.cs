using LxcNetworking.Namespaces;
using LxcNetworking.Nat;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.Values;

namespace LxcNetworking.State.Kernel;

/// <summary>Reads and changes translations and their static mappings.</summary>
internal sealed class NatItems : StateItems
{
    /// <inheritdoc/>
    public override IEnumerable<StateItem> Read(StateWorld world, string name, CancellationToken cancellation)
    {
        var translation = world.StackOf(name).Translation;
        var nats = translation.List(cancellation);
        if (nats.Count == 0)
            yield break;
        var mappings = translation.ListMappings(cancellation).ToLookup(mapping => mapping.NatName);
        foreach (var nat in nats)
        {
            var item = new StateItem(new(StateSubject.Nat, name, nat.Name));
            NatSection.Table.Write(
                new NatEntry
                {
                    InternalIPInterfaceAddressPrefix = nat.InternalIPInterfaceAddressPrefix,
                    ExternalInterfaceAlias = nat.ExternalInterfaceAlias,
                    ExternalIPAddress = nat.ExternalIPAddress,
                },
                item.Values,
                _ => null);
            item.Values[NatSection.Mappings]
                = NatSection.Write(mappings[nat.Name].Select(mapping => mapping.Spec));
            yield return item;
        }
    }

    /// <inheritdoc/>
    public override void Create(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
    {
        var translation = StackOf(home, step, cancellation).Translation;
        var (name, values) = (step.Key.Name, step.After!.Values);
        Rollback.Run(undo =>
        {
            translation.Create(NatSection.SpecOf(name, values), null, cancellation);
            undo.Add($"remove the NAT '{name}'", () => translation.Remove(name));
            foreach (var mapping in NatSection.MappingsOf(name, values))
                translation.AddMapping(mapping);
        });
    }

    /// <inheritdoc/>
    public override void Change(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
    {
        var translation = StackOf(home, step, cancellation).Translation;
        var wanted = NatSection.MappingsOf(step.Key.Name, step.After!.Values);
        var words = wanted.ConvertAll(mapping => NatSection.Write([mapping]));
        var there = translation.ListMappings(cancellation).Where(mapping => mapping.NatName == step.Key.Name).ToList();
        Rollback.Run(undo =>
        {
            foreach (var mapping in there.Where(mapping => !words.Remove(NatSection.Write([mapping.Spec]))))
            {
                translation.RemoveMapping(mapping);
                undo.Add($"map {mapping} again", () => translation.AddMapping(mapping.Spec));
            }

            foreach (var mapping in wanted.Where(mapping => words.Contains(NatSection.Write([mapping]))))
            {
                var made = translation.AddMapping(mapping);
                undo.Add($"remove the mapping {made}", () => translation.RemoveMapping(made));
            }
        });
    }

    /// <inheritdoc/>
    public override void Remove(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
    {
        try
        {
            StackOf(home, step, cancellation).Translation.Remove(step.Key.Name, null, cancellation);
        }
        catch (NetworkException e) when (e.Code == NetworkErrorCode.ObjectNotFound)
        {
            // It is gone already.
        }
    }
}
