using System.Net.Sockets;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Tunnels;

/// <summary>What tunnels of every kind need to know of the network beneath them.</summary>
internal static partial class Underlay
{
    /// <summary>Bytes of headers: Ethernet without a VLAN tag, UDP, and WireGuard's own with its padding's worst case over IPv6.</summary>
    public const int EthernetHeader = 14, UdpHeader = 8, WireGuardOverhead = 80;

    private const ushort RTAX_MTU = 2;
    private const int SmallestMtu = 68;

    /// <summary>Bytes of the IP header.</summary>
    public static int IPHeader(AddressFamily family) => family == AddressFamily.InterNetworkV6 ? 40 : 20;

    /// <summary>The MTU of the way to an address: its route's own or else its interface's, in bytes.</summary>
    /// <param name="stack">From where.</param>
    /// <param name="remote">To where.</param>
    /// <param name="local">The sender's address; null for the kernel's choice.</param>
    /// <returns>The MTU, or null if there is no way at the moment or it does not leave the host.</returns>
    public static int? Mtu(NetworkStack stack, IPAddress remote, IPAddress? local = null) => Find(stack, remote, local)?.Mtu;

    /// <summary>The largest MTU inside a tunnel whose packets the underlay carries whole.</summary>
    /// <param name="underlay">From <see cref="Mtu"/>; null counts as Ethernet's 1500 bytes.</param>
    /// <param name="overhead">What the tunnel adds to each packet, the inner Ethernet header included, in bytes.</param>
    public static int InnerMtu(int? underlay, int overhead) => Math.Max((underlay ?? 1500) - overhead, SmallestMtu);

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
            ?? (local.AddressFamily != remote.AddressFamily ? $"{local} and {remote} are of different families; both ends are IPv4, or both IPv6"
                : local.Equals(remote) ? $"local and remote are both {local}; the remote one is the other host's" : null);
        if (problem is not null)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, $"The addresses of {what} cannot be: {problem}.", remote.ToString());
    }

    private static string? Problem(string end, IPAddress address)
    {
        var multicast = address.AddressFamily == AddressFamily.InterNetworkV6 ? address.IsIPv6Multicast : address.GetAddressBytes()[0] is >= 224;
        return address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) ? $"the {end} address {address} means any address; a tunnel's end is one host"
            : multicast ? $"the {end} address {address} is a multicast or broadcast address; a tunnel's end is one host"
            : address.IsIPv4MappedToIPv6 ? $"the {end} address {address} is an IPv4 address in IPv6's clothes; "
                + $"write {((System.Net.IPAddress)address).MapToIPv4()}"
            : null;
    }
}
