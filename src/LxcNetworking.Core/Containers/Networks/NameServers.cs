using System.Net.Sockets;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Networks;

/// <summary>Who answers DNS where a container network cannot.</summary>
internal static class NameServers
{
    private const int Port = 53;
    private const string Word = "nameserver";

    /// <summary>Whether somebody else has the port on a network's gateway, which is an address here.</summary>
    public static bool IsPortTaken(NetworkStack stack, ContainerNetworkSpec spec) => stack.Within(
        () => spec.Gateways.Any(gateway => IsTaken(gateway.Address, SocketType.Dgram, ProtocolType.Udp)
            || IsTaken(gateway.Address, SocketType.Stream, ProtocolType.Tcp)));

    /// <summary>
    /// The servers that the containers of a network can ask instead: those that the machine asks, but for one on
    /// loopback, which nobody else reaches. Where there are no others, the one that has the port answers on the gateway
    /// too.
    /// </summary>
    public static IReadOnlyList<IPAddress> Of(NetworkStack stack, ContainerNetworkSpec spec)
    {
        var own = $"/etc/netns/{Path.GetFileName(stack.Namespace.Text)}/resolv.conf";
        // systemd-resolved is on loopback, and says in a file of its own whom it asks.
        string[] files = File.Exists(own) ? [own] : ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"];
        var families = spec.Gateways.Select(gateway => gateway.AddressFamily).ToList();
        foreach (var file in files)
        {
            List<IPAddress> servers =
            [
                .. Read(file).Where(server => families.Contains(server.AddressFamily)
                    && !server.IsIPv6LinkLocal && !IPAddress.IsLoopback(server)),
            ];
            if (servers.Count > 0)
                return servers;
        }

        return [.. spec.Gateways.Select(gateway => gateway.Address)];
    }

    private static bool IsTaken(IPAddress address, SocketType type, ProtocolType protocol)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, type, protocol);
            socket.Bind(new System.Net.IPEndPoint(new System.Net.IPAddress(address.GetAddressBytes()), Port));
            return false;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.AddressAlreadyInUse;
        }
    }

    private static List<IPAddress> Read(string file)
    {
        var servers = new List<IPAddress>();
        try
        {
            foreach (var words in File.ReadLines(file).Take(1000).Select(line
                => line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)))
            {
                if (words is [Word, var text, ..] && IPAddress.TryParse(text, out var server))
                    servers.Add(server);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // There is none.
        }

        return servers;
    }
}
