using LxcNetworking.State.Documents;

namespace LxcNetworking.Program.Resources;

/// <summary>The resources that there are.</summary>
internal static class DscResources
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<DscResource> All { get; } =
    [
        new NetStateResource(),
        new ThingResource(
            "Namespace", "Manages a named network namespace.", "namespaces", "namespace", StateSubject.Namespace),
        new LinkResource { Keys = [LinkResource.Alias], Names = LinkResource.LinkNames },
        new AddressResource
        {
            Keys = [LinkResource.Alias, "ipAddress"],
            Names = [(LinkResource.Gateway, "gateway")],
        },
        new RouteResource { Keys = ["destinationPrefix"] },
        new RuleResource { Keys = ["priority"] },
        new ThingResource(
            "Nat", "Manages a network address translation with its static mappings.", "nat", "nat", StateSubject.Nat),
        new ThingResource(
            "ContainerNetwork", "Manages a network of containers: a bridge with addresses, translation, DHCP and DNS.",
            "networks", "networks", StateSubject.Network),
        new ConnectionResource
        {
            Keys = ["container", "interfaceName"],
            Names = [(LinkResource.Gateway, "gateway")],
        },
        new ThingResource(
            "Segment", "Manages this host's part of a layer-2 segment that spans hosts.",
            "segments", "segments", StateSubject.Segment)
        {
            Keys = ["bridge"],
        },
    ];

    /// <summary>Finds one by its name, with or without the owner's in front.</summary>
    public static DscResource? Find(string? name) => All.FirstOrDefault(
        resource => resource.Name.Equals(name, StringComparison.OrdinalIgnoreCase)
            || resource.Type.Equals(name, StringComparison.OrdinalIgnoreCase));
}
