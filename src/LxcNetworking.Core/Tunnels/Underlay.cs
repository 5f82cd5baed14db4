using System.Net.Sockets;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Tunnels;

/// <summary>What tunnels of every kind need to know of the network that carries them.</summary>
internal static class Underlay
{
    /// <summary>Bytes of headers: Ethernet without a VLAN tag, UDP, and WireGuard's own with its padding's worst case
    /// over IPv6.</summary>
    public const int EthernetHeader = 14, UdpHeader = 8, WireGuardOverhead = 80;

    private const int SmallestMtu = 68;

    /// <summary>Bytes of the IP header.</summary>
    public static int IPHeader(AddressFamily family) => family == AddressFamily.InterNetworkV6 ? 40 : 20;

    /// <summary>The MTU of the way to an address: its route's own or else its interface's, in bytes.</summary>
    /// <param name="stack">From where.</param>
    /// <param name="remote">To where.</param>
    /// <param name="local">The sender's address; null for the kernel's choice.</param>
    /// <returns>The MTU, or null if there is no way at the moment or it does not leave the host.</returns>
    public static int? Mtu(NetworkStack stack, IPAddress remote, IPAddress? local = null)
        => UnderlayRoute.Find(stack, remote, local)?.Mtu;

    /// <summary>The largest MTU inside a tunnel whose packets the underlay carries whole.</summary>
    /// <param name="underlay">From <see cref="Mtu"/>; null counts as Ethernet's 1500 bytes.</param>
    /// <param name="overhead">What the tunnel adds to each packet, the inner Ethernet header included, in
    /// bytes.</param>
    public static int InnerMtu(int? underlay, int overhead) => Math.Max((underlay ?? 1500) - overhead, SmallestMtu);
}
