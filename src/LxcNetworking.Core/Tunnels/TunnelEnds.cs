using System.Net.Sockets;
using LxcNetworking.Addressing;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Tunnels;

/// <summary>Checks the two hosts that a tunnel connects.</summary>
internal static class TunnelEnds
{
    /// <summary>Checks a tunnel's two ends: single hosts of one family, and not the same.</summary>
    /// <param name="local">This host's address.</param>
    /// <param name="remote">The other's.</param>
    /// <param name="what">The tunnel, to follow "of": <c>tunnel 1000</c>.</param>
    /// <exception cref="NetworkException">InvalidArgument.</exception>
    public static void CheckEndpoints(IPAddress local, IPAddress remote, string what)
    {
        ArgumentNullException.ThrowIfNull(local);
        ArgumentNullException.ThrowIfNull(remote);
        var problem = Problem("local", local) ?? Problem("remote", remote)
            ?? (local.AddressFamily != remote.AddressFamily
                ? $"{local} and {remote} are of different families; both ends are IPv4, or both IPv6"
                : local.Equals(remote) ? $"local and remote are both {local}; the remote one is the other host's"
                : null);
        if (problem is not null)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"The addresses of {what} cannot be: {problem}.",
                remote.ToString());
        }
    }

    /// <summary>Refuses a tunnel's ends that cannot be.</summary>
    /// <param name="local">This host's address.</param>
    /// <param name="remote">The other's.</param>
    /// <param name="name">The tunnel's name.</param>
    /// <param name="force">One host may be both, as the kernel takes it.</param>
    /// <exception cref="NetworkException">InvalidArgument.</exception>
    public static void CheckEnds(IPAddress? local, IPAddress? remote, string name, bool force = false)
    {
        var problem = (local, remote) switch
        {
            ({ } a, { } b) when !force && a.Equals(b) => $"its remote address {b} is its local one too. A tunnel leads "
                + "to another host: the remote address is one of that host",
            ({ } a, { } b) when a.AddressFamily != b.AddressFamily => $"its local address {a} and its remote address "
                + $"{b} are of different families. Give both as IPv4 or both as IPv6",
            ({ } a, _) when IP.IsMulticast(a)
                => $"its local address {a} is a multicast address. A tunnel begins at one of this host's own",
            _ => null,
        };
        if (problem is not null)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"The tunnel '{KernelText.Printable(name)}' cannot be: {problem}.",
                name);
        }
    }

    /// <summary>Refuses a local address that is not here and a remote one that is; the kernel takes both and the tunnel
    /// carries nothing.</summary>
    /// <exception cref="NetworkException">AddressNotFound or InvalidArgument.</exception>
    public static void CheckHosts(
        NetworkStack stack,
        IPAddress? local,
        IEnumerable<IPAddress> remotes,
        string name,
        CancellationToken cancellation = default)
    {
        if (local is not null && !IsOwn(stack, local, cancellation))
        {
            throw new NetworkException(
                NetworkErrorCode.AddressNotFound,
                $"The tunnel '{name}' cannot start at {local}: namespace '{stack.Namespace}' has no such address.",
                local.ToString())
            {
                Advice =
                [
                    Advice.List(AdviceThing.IPAddress, stack.Namespace.Text),
                    Advice.To(AdviceKind.Create, AdviceThing.IPAddress, stack.Namespace.Text),
                    Advice.Override,
                ],
            };
        }

        foreach (var remote in remotes)
        {
            if (!IsOwn(stack, remote, cancellation))
                continue;
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"The tunnel '{name}' cannot lead to {remote}: it is an address of namespace '{stack.Namespace}' "
                    + "itself. A tunnel leads to another host's.",
                remote.ToString())
            {
                Advice = [Advice.Choose("Remote"), Advice.Override],
            };
        }
    }

    /// <summary>Whether an address is the namespace's own; also one that is still being checked for
    /// duplicates.</summary>
    private static bool IsOwn(NetworkStack stack, IPAddress address, CancellationToken cancellation = default)
    {
        if (UnderlayRoute.IsLocal(stack, address, cancellation))
            return true;
        var ofFamily = new AddressFilter { Family = IP.FamilyOf(address) };
        return stack.Addresses.List(ofFamily, cancellation)
            .Any(own => WithoutScope(own.IPAddress).Equals(WithoutScope(address)));
    }

    private static IPAddress WithoutScope(IPAddress address) => new(address.GetAddressBytes());

    private static string? Problem(string end, IPAddress address)
    {
        var isMulticast = address.AddressFamily == AddressFamily.InterNetworkV6
            ? address.IsIPv6Multicast : address.GetAddressBytes()[0] is >= 224;
        return address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)
            ? $"the {end} address {address} means any address; a tunnel's end is one host"
            : isMulticast
                ? $"the {end} address {address} is a multicast or broadcast address; a tunnel's end is one host"
            : address.IsIPv4MappedToIPv6 ? $"the {end} address {address} is an IPv4-mapped IPv6 address; "
                + $"write {((System.Net.IPAddress)address).MapToIPv4()}"
            : null;
    }
}
