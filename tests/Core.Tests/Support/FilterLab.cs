using System.Net;
using System.Net.Sockets;
using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netfilter.Filtering;
using LxcNetworking.Values;
using IPAddress = System.Net.IPAddress;

namespace LxcNetworking.Tests;

/// <summary>The host of <see cref="NatLab"/> as a router without translation, and packets of each sort through
/// it.</summary>
internal static class FilterLab
{
    private const string Container4 = "10.0.3.10", Gateway4 = "10.0.3.1";
    private static readonly IPPrefix s_prefix4 = new("10.0.3.0/24"), s_prefix6 = new("fd00:3::/64");
    // How long what comes may take, and what does not come is waited for.
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(30), s_short = TimeSpan.FromMilliseconds(250);
    private static int s_echo;

    /// <summary>Runs a test body on the host.</summary>
    public static void Run(Action body) => NatLab.Run(() =>
    {
        foreach (var file in new[] { "ipv4/ip_forward", "ipv6/conf/all/forwarding" })
            File.WriteAllText("/proc/sys/net/" + file, "1");
        foreach (var name in new[] { "iptables", "ip6tables" })
            SetBridgeCall(name, "0");
        Sandbox.Ip("link add virbr0 type bridge");
        Sandbox.Ip($"route add default via {NatLab.Outside4}");
        Sandbox.Ip($"route add default via {NatLab.Outside6}");
        Sandbox.Ip($"-n outside route add {s_prefix4} via {NatLab.Host4}");
        Sandbox.Ip($"-n outside route add {s_prefix6} via {NatLab.Host6}");
        body();
    });

    /// <summary>Whether bridged packets pass the rules for routed ones, where br_netfilter is loaded.</summary>
    public static bool SetBridgeCall(string name, string value)
    {
        var file = "/proc/sys/net/bridge/bridge-nf-call-" + name;
        if (!File.Exists(file))
            return false;
        File.WriteAllText(file, value);
        return true;
    }

    /// <summary>Loads rules: of nft, or of iptables-nft where they begin with a table's line.</summary>
    public static void Load(string rules)
    {
        if (!rules.StartsWith('*'))
        {
            NatLab.Load(rules);
            return;
        }

        if (!File.Exists("/usr/sbin/iptables-nft-restore"))
            Sandbox.Lacking("iptables-nft is not installed: apt-get install iptables");
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, rules);
            Sandbox.Execute("iptables-nft-restore", file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Removes all rules.</summary>
    public static void Flush() => Sandbox.Execute("nft", "flush", "ruleset");

    /// <summary>What the library says of the network lxcbr0.</summary>
    public static FilterReport Report(CancellationToken cancellation = default)
    {
        var bridge = (BridgeLink)NatLab.Here.Links.Get("lxcbr0", CancellationToken.None);
        return new TrafficFilters(NatLab.Here).Report(
            new FilterQuestion([s_prefix4, s_prefix6])
            {
                Inside = new FilterLink(bridge.Name, bridge.Index),
                IsServed = true,
                Gateways = [Values.IPAddress.Parse(Gateway4), Values.IPAddress.Parse("fd00:3::1")],
            },
            bridge,
            null,
            cancellation);
    }

    /// <summary>An obstacle in short.</summary>
    public static string Short(FilterObstacle obstacle)
        => $"{(obstacle.IsCertain ? "drops" : "may drop")} {obstacle.Family} {obstacle.Table} {obstacle.Chain} "
            + $"[{obstacle.Rule}] {string.Join(", ", obstacle.Traffic)}"
            + (obstacle.Protocol.Count > 0 ? $" ({string.Join(", ", obstacle.Protocol)})" : string.Empty);

    /// <summary>Sends a packet of each sort and its answer, and compares with what is to become of them.</summary>
    /// <returns>A sentence for each that fared otherwise.</returns>
    public static IReadOnlyList<string> Try(FilterReport report)
    {
        foreach (var where in new[] { "", "-n a ", "-n outside " })
            Sandbox.Ip($"{where}neigh flush all");
        var wrong = new List<string>();
        (string Name, Func<TimeSpan, bool> Passes, bool IsIPv6, FilteredTraffic[] Traffic, string Protocol)[] probes =
        [
            ("TCP", wait => Connects(NatLab.Outside4, wait), false, s_forwarded, "TCP"),
            ("TCP over IPv6", wait => Connects(NatLab.Outside6, wait), true, s_forwarded, "TCP"),
            ("ping", Pings, false, s_forwarded, "ICMP"),
            ("DHCP", wait => Exchanges(68, 67, IPAddress.Broadcast, wait), false, [FilteredTraffic.Dhcp], string.Empty),
            (
                "DNS", wait => Exchanges(0, 53, IPAddress.Parse(Gateway4), wait), false, [FilteredTraffic.Dns],
                string.Empty),
        ];
        Sandbox.AtOnce(probes.Length, i =>
        {
            var (name, passes, isIPv6, traffic, protocol) = probes[i];
            var own = traffic.Append(isIPv6 ? FilteredTraffic.NeighborDiscovery : FilteredTraffic.Arp);
            var inTheWay = report.Obstacles.Where(obstacle => obstacle.Traffic.Any(own.Contains)
                && obstacle.Prefix.Any(prefix => prefix.Equals(isIPv6 ? s_prefix6 : s_prefix4))
                && (protocol.Length == 0 || obstacle.Protocol.Count == 0 || obstacle.Protocol.Contains(protocol)
                    || !obstacle.Traffic.Any(s_forwarded.Contains))).ToList();
            if (inTheWay.Count == 0 && !passes(s_long))
                Say($"{name} does not pass, though nothing is in its way");
            else if (inTheWay.Exists(obstacle => obstacle.IsCertain) && passes(s_short))
                Say($"{name} passes: {string.Join("; ", inTheWay.Select(Short))}");
        });
        return wrong;

        void Say(string what)
        {
            lock (wrong)
                wrong.Add(what);
        }
    }

    private static readonly FilteredTraffic[] s_forwarded = [FilteredTraffic.Outbound, FilteredTraffic.Replies];

    private static Socket Open(string? space, AddressFamily family, SocketType type, int protocol = 0)
    {
        var stack = Stacks.Pool.Get(space is null ? null : new NamespaceReference(space));
        var handle = stack.OpenSocket(family == AddressFamily.InterNetworkV6 ? 10 : 2, (int)type, protocol);
        var number = handle.DangerousGetHandle();
        handle.SetHandleAsInvalid();
        return new Socket(new SafeSocketHandle(number, ownsHandle: true));
    }

    // A program that another test starts has copies of all sockets for a moment, those too that were closed here.
    private static void Bind(Socket socket, IPAddress address, int port)
        => Assert.True(Sandbox.Eventually(() =>
        {
            try
            {
                socket.Bind(new IPEndPoint(address, port));
                return true;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                return false;
            }
        }));

    private static bool Repeat(TimeSpan wait, Func<bool> once)
    {
        for (var watch = System.Diagnostics.Stopwatch.StartNew(); ;)
        {
            if (once())
                return true;
            if (watch.Elapsed > wait)
                return false;
        }
    }

    private static bool CanRead(Socket socket) => socket.Poll(s_short, SelectMode.SelectRead);

    private static bool Connects(string address, TimeSpan wait)
    {
        var target = IPAddress.Parse(address);
        using var server = Open("outside", target.AddressFamily, SocketType.Stream);
        Bind(server, target, 0);
        server.Listen(4);
        return Repeat(wait, () =>
        {
            using var client = Open("a", target.AddressFamily, SocketType.Stream);
            client.Blocking = false;
            try
            {
                client.Connect(server.LocalEndPoint!);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
            }
            catch (SocketException)
            {
                return false;
            }

            return client.Poll(s_short, SelectMode.SelectWrite) && !client.Poll(0, SelectMode.SelectError);
        });
    }

    private static bool Pings(TimeSpan wait)
    {
        var number = (ushort)Interlocked.Increment(ref s_echo);
        using var socket = Open("a", AddressFamily.InterNetwork, SocketType.Raw, 1);
        // Each has an identifier of its own, as a connection is known by it.
        byte[] echo = [8, 0, 0, 0, 0x5a, (byte)number, (byte)(number >> 8), (byte)number];
        var sum = ~(0x0800 + 0x5a00 + (number & 0xff) + number) & 0xffff;
        (echo[2], echo[3]) = ((byte)(sum >> 8), (byte)sum);
        return Repeat(wait, () =>
        {
            try
            {
                socket.SendTo(echo, new IPEndPoint(IPAddress.Parse(NatLab.Outside4), 0));
                var answer = new byte[100];
                while (CanRead(socket))
                {
                    if (socket.Receive(answer) >= 28 && answer[20] == 0 && answer[26] == echo[6]
                        && answer[27] == echo[7])
                        return true;
                }
            }
            catch (SocketException)
            {
                // A refusal, or a neighbour that a busy machine has not found yet.
            }

            return false;
        });
    }

    // A datagram to the host and one back.
    private static bool Exchanges(int from, int to, IPAddress target, TimeSpan wait)
    {
        using var server = Open(null, AddressFamily.InterNetwork, SocketType.Dgram);
        Bind(server, target.Equals(IPAddress.Broadcast) ? IPAddress.Any : target, to);
        using var client = Open("a", AddressFamily.InterNetwork, SocketType.Dgram);
        client.EnableBroadcast = true;
        Bind(client, IPAddress.Any, from);
        return Repeat(wait, () =>
        {
            try
            {
                client.SendTo([1], new IPEndPoint(target, to));
                EndPoint sender = new IPEndPoint(IPAddress.Any, 0);
                if (!CanRead(server))
                    return false;
                server.ReceiveFrom(new byte[10], ref sender);
                server.SendTo([2], new IPEndPoint(IPAddress.Parse(Container4), ((IPEndPoint)sender).Port));
                return CanRead(client) && client.Receive(new byte[10]) == 1;
            }
            catch (SocketException)
            {
                // A refusal of the one before, or of this one.
                return false;
            }
        });
    }
}
