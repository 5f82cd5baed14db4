using LxcNetworking.Addressing;
using LxcNetworking.Containers.Networks;
using LxcNetworking.Namespaces;
using LxcNetworking.Nat;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.Values;

namespace LxcNetworking.State.Kernel;

/// <summary>Turns forwarding of a namespace on and off, a thing for each family.</summary>
internal sealed class ForwardingItems : StateItems
{
    /// <inheritdoc/>
    public override IEnumerable<StateItem> Read(StateWorld world, string name, CancellationToken cancellation)
        => world.StackOf(name).IPInterfaces.ListForwarding(null, cancellation).Where(family => family.Enabled)
            .Select(family => new StateItem(new(StateSubject.Forwarding, name, family.AddressFamily.ToString())));

    /// <inheritdoc/>
    public override void Create(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
        => Set(home, step, isOn: true, cancellation);

    // Others may live by it meanwhile.
    /// <inheritdoc/>
    public override void Remove(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
    {
        var stack = StackOf(home, step, cancellation);
        var family = Enum.Parse<IPFamily>(step.Key.Name);
        var isUsed = stack.Translation.List(cancellation)
                .Any(nat => IP.FamilyOf(nat.InternalIPInterfaceAddressPrefix.Address) == family)
            || stack.ContainerNetworks.Belongings(cancellation).Families.Contains(family);
        if (!isUsed)
            Set(home, step, isOn: false, cancellation);
    }

    private static void Set(NetworkStack home, StateStep step, bool isOn, CancellationToken cancellation)
        => StackOf(home, step, cancellation).IPInterfaces.SetForwarding(
            Enum.Parse<IPFamily>(step.Key.Name), isOn, null, cancellation);
}
