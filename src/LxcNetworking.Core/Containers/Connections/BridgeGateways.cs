using LxcNetworking.Values;

namespace LxcNetworking.Containers.Connections;

/// <summary>Finds the way out of the networks of a bridge.</summary>
/// <param name="routers">The gateways of this host's own default routes over the bridge.</param>
internal readonly struct BridgeGateways(IReadOnlyList<IPAddress> routers)
{
    /// <summary>The gateway of a container's default route: where this host itself goes out over the bridge, as it
    /// does over an uplink, the host's own gateway, and this host otherwise.</summary>
    /// <param name="own">The bridge's address in the container's network.</param>
    public IPAddress Of(IPPrefix own) => routers.FirstOrDefault(
        router => IP.FamilyOf(router) == IP.FamilyOf(own.Address) && (router.IsIPv6LinkLocal
            || own.Network.Contains(router))) ?? own.Address;
}
