using System.Runtime.CompilerServices;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Networks;

/// <summary>Tells whoever connects a container in which families a network's server gives addresses.</summary>
internal static class NetworkFamilies
{
    [ModuleInitializer]
    internal static void Register() => ContainerOperations.LeasedFamilies = Of;

    private static IReadOnlyList<IPFamily> Of(NetworkStack stack, string name)
        => NetworkState.Read(NetworkFolders.Of(stack, name)) is { Dhcp: true } state && state.Cookie == stack.Cookie
            ? [.. state.Spec(name).Subnets.Select(subnet => IP.FamilyOf(subnet.Address))] : [];
}
