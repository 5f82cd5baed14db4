using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using LxcNetworking.Addressing;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;
using IPAddress = LxcNetworking.Values.IPAddress;

namespace LxcNetworking.Containers.Dhcp;

/// <summary>
/// Gives a leased address back (RFC 2131, 4.4.4), so that a network whose containers come and go does not run out of addresses. The
/// server is taken to be the router, as with dnsmasq and most small networks; another one keeps the lease until it ends.
/// </summary>
internal static class DhcpRelease
{
    private const int ServerPort = 67, ClientPort = 68;
    // A container's root can set thousands of addresses and routes.
    private const int MostOfEach = 8;

    /// <summary>Tells the server that a link's leased addresses are free. Nobody waits for an answer, as there is none.</summary>
    /// <param name="stack">The link's stack.</param>
    /// <param name="link">The link.</param>
    public static void Send(NetworkStack stack, NetLink link)
    {
        if (link.MacAddress is not { } mac || !link.IsUp)
            return;
        try
        {
            // An address that ends by itself is one that a lease brought.
            var leased = stack.Addresses
                .List(new AddressFilter { InterfaceIndexes = [link.Index], Family = IPFamily.IPv4 })
                .Where(address => address.ValidLifetime != TimeSpan.MaxValue)
                .Select(address => address.IPAddress).Take(MostOfEach).ToList();
            if (leased.Count == 0)
                return;
            var routers = stack.Routes.List(new RouteFilter { Family = IPFamily.IPv4, InterfaceIndexes = [link.Index] }).Where(route => route.DestinationPrefix.Length == 0 && !IP.IsAny(route.NextHop)).Select(route => route.NextHop);
            foreach (var router in routers.Distinct().Take(MostOfEach))
            {
                foreach (var address in leased)
                {
                    using var socket = stack.Within(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
                    socket.Bind(new IPEndPoint(address, ClientPort));
                    socket.SendTo(Message(mac, address, router), new IPEndPoint(router, ServerPort));
                }
            }
        }
        catch (Exception e) when (e is SocketException or NetworkException or NetlinkException)
        {
            // Then it ends in its own time.
        }
    }

    /// <summary>A DHCPRELEASE message: the fixed part of RFC 2131 (figure 1), the magic cookie, and the options.</summary>
    internal static byte[] Message(MacAddress mac, IPAddress address, IPAddress server)
    {
        const int Options = 236, Shortest = 300;
        const byte BootRequest = 1, Ethernet = 1, MessageType = 53, Release = 7, ServerIdentifier = 54, End = 255;
        var message = new byte[Shortest];
        var hardware = mac.ToArray();
        (message[0], message[1], message[2]) = (BootRequest, Ethernet, (byte)hardware.Length);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4), Random.Shared.Next());
        address.GetAddressBytes().CopyTo(message, 12);
        hardware.CopyTo(message, 28);
        byte[] options = [99, 130, 83, 99, MessageType, 1, Release, ServerIdentifier, 4, .. server.GetAddressBytes(), End];
        options.CopyTo(message, Options);
        return message;
    }
}
