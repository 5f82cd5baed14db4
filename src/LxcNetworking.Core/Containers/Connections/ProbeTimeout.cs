using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Containers.Connections;

/// <summary>How long an answer to the question who has an address may take.</summary>
internal static class ProbeTimeout
{
    /// <summary>An idle bridge hands a frame to its containers, and takes the answer, before send(2) returns.</summary>
    public static readonly TimeSpan Bridge = TimeSpan.FromMilliseconds(0.5);

    /// <summary>Macvlan hands broadcasts to a work queue.</summary>
    public static readonly TimeSpan Virtual = TimeSpan.FromMilliseconds(1.5);

    /// <summary>Nobody can tell in a container what its link leads to.</summary>
    public static readonly TimeSpan Leased = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan s_physical = TimeSpan.FromMilliseconds(250);

    /// <summary>The timeout on a link's network: the answer is there at once where everything is in this machine's
    /// memory.</summary>
    public static TimeSpan Of(NetworkStack stack, NetLink link, CancellationToken cancellation) => link.Kind switch
    {
        "bridge" when stack.Bridges.PhysicalPorts.Any(link, cancellation) => s_physical,
        "bridge" or "veth" or "dummy" or "ifb" => Virtual,
        "vlan" or "macvlan" or "ipvlan" when !link.ParentIsElsewhere
            && stack.Links.Find(link.ParentIndex, cancellation) is { } parent => Of(stack, parent, cancellation),
        _ => s_physical,
    };
}
