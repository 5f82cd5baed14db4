using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;
using IPAddress = LxcNetworking.Values.IPAddress;

namespace LxcNetworking.Tests;

/// <summary>
/// Two namespaces as hosts A and B with an underlay between them (192.0.2.1 and .2, 2001:db8::1 and ::2, interface u0),
/// and behind each a container on its bridge superbr0 (10.0.2.11 and .12). Proves with traffic what a segment across
/// them carries. Use it inside <see cref="Sandbox.Run"/>.
/// </summary>
internal sealed class TwoHosts
{
    public const string HostA = "hosta", HostB = "hostb", ContainerA = "ca", ContainerB = "cb", Bridge = "superbr0";
    public const string AddressA = "10.0.2.11", AddressB = "10.0.2.12";

    public TwoHosts(int underlayMtu = 1500)
    {
        foreach (var name in new[] { HostA, HostB, ContainerA, ContainerB })
        {
            Ip($"netns add {name}");
            Ip($"-n {name} link set lo up");
            // Addresses are usable at once, and captures hold nothing that was not sent on purpose.
            Execute("ip", "netns", "exec", name, "sh", "-c",
                "echo 0 > /proc/sys/net/ipv6/conf/all/accept_dad; echo 0 > " +
                    "/proc/sys/net/ipv6/conf/default/accept_dad; echo 1 > " +
                    "/proc/sys/net/ipv6/conf/default/disable_ipv6");
        }

        Ip($"link add u0 netns {HostA} mtu {underlayMtu} type veth peer name u0 netns {HostB} mtu {underlayMtu}");
        foreach (var (host, end) in new[] { (HostA, 1), (HostB, 2) })
        {
            Execute("ip", "netns", "exec", host, "sh", "-c", "echo 0 > /proc/sys/net/ipv6/conf/u0/disable_ipv6");
            Ip($"-n {host} addr add 192.0.2.{end}/24 dev u0");
            Ip($"-n {host} addr add 2001:db8::{end}/64 dev u0 nodad");
            // What crosses is cut into packets as on a real wire.
            Ip($"-n {host} link set u0 gso_max_segs 1 up");
        }
    }

    public static IPAddress UnderlayA { get; } = IPAddress.Parse("192.0.2.1");

    public static IPAddress UnderlayB { get; } = IPAddress.Parse("192.0.2.2");

    public static IPAddress UnderlayA6 { get; } = IPAddress.Parse("2001:db8::1");

    public static IPAddress UnderlayB6 { get; } = IPAddress.Parse("2001:db8::2");

    public static NetworkStack A => Stacks.Pool.Get(new(HostA));

    public static NetworkStack B => Stacks.Pool.Get(new(HostB));

    /// <summary>Makes the bridge on both hosts.</summary>
    public static void AddBridges()
    {
        A.Links.Create(new BridgeSpec(Bridge) { Up = true });
        B.Links.Create(new BridgeSpec(Bridge) { Up = true });
    }

    /// <summary>Puts a container on each bridge, with the bridge's MTU.</summary>
    public static void AddContainers()
    {
        foreach (
            var (host, container, address) in new[] { (HostA, ContainerA, AddressA), (HostB, ContainerB, AddressB) })
        {
            var mtu = IpJson($"-n {host} link show dev {Bridge}")[0].GetProperty("mtu").GetInt32();
            Ip($"-n {host} link add v0 mtu {mtu} type veth peer name eth0 netns {container} mtu {mtu}");
            Ip($"-n {host} link set v0 master {Bridge} up");
            Ip($"-n {container} addr add {address}/24 dev eth0");
            Ip($"-n {container} link set eth0 up");
        }
    }

    /// <summary>ARP, ping both ways, pings as large as the MTU allows, 1 MB over TCP both ways.</summary>
    public static void ProveSegment()
    {
        Assert.True(Pings(AddressB, ContainerA), "no ping crosses");
        Assert.True(Pings(AddressA, ContainerB), "no ping crosses back");

        var mac = IpJson($"-n {ContainerB} link show dev eth0")[0].GetProperty("address").GetString();
        Assert.Contains(IpJson($"-n {ContainerA} neigh show").EnumerateArray(), entry =>
            entry.GetProperty("dst").GetString() == AddressB && entry.GetProperty("lladdr").GetString() == mac);

        var mtu = IpJson($"-n {ContainerA} link show dev eth0")[0].GetProperty("mtu").GetInt32();
        Assert.True(
            Eventually(() => TryExecute("ip", "netns", "exec", ContainerA, "ping", "-n", "-c", "1", "-W", "2", "-M",
                "do", "-s", $"{mtu - 28}", AddressB).Code == 0),
            $"a packet of {mtu} bytes does not cross whole");

        ProveStream(ContainerA, ContainerB, AddressB);
        ProveStream(ContainerB, ContainerA, AddressA);
    }

    /// <summary>Sends 1 MB and compares what arrives.</summary>
    public static void ProveStream(string from, string to, string address, byte[]? data = null)
    {
        data ??= RandomNumberGenerator.GetBytes(1 << 20);
        using var listener = SocketIn(to, SocketType.Stream);
        listener.Bind(new IPEndPoint(IPAddress.Any, 0));
        listener.Listen(1);
        using var sender = SocketIn(from, SocketType.Stream);
        sender.SendTimeout = 60_000;
        var connecting = sender.ConnectAsync(IPAddress.Parse(address), ((IPEndPoint)listener.LocalEndPoint!).Port);
        Assert.True(connecting.Wait(60_000), "the TCP connection does not come about");
        using var receiver = listener.Accept();
        receiver.ReceiveTimeout = 60_000;
        var sending = Task.Run(() =>
        {
            for (var sent = 0; sent < data.Length;)
                sent += sender.Send(data, sent, data.Length - sent, SocketFlags.None);
            sender.Shutdown(SocketShutdown.Send);
        });
        var received = new MemoryStream();
        var chunk = new byte[65536];
        for (int count; (count = receiver.Receive(chunk)) > 0;)
            received.Write(chunk, 0, count);
        sending.Wait();
        Assert.True(received.ToArray().AsSpan().SequenceEqual(data),
            $"{received.Length} bytes arrived, not the {data.Length} that were sent");
    }

    /// <summary>A DHCP server on side A hands an address to the container on side B.</summary>
    public static void ProveDhcp()
    {
        // dnsmasq changes its group.
        NeedsOtherUsers();
        Ip($"-n {HostA} addr add 10.0.2.1/24 dev {Bridge}");
        var pid = $"/run/dnsmasq-{Guid.NewGuid():N}";
        Execute(
            "ip", "netns", "exec", HostA, "dnsmasq", "--conf-file=/dev/null", "--port=0", $"--interface={Bridge}",
            "--bind-interfaces", "--user=root", "--no-ping", "--leasefile-ro",
            "--dhcp-range=10.0.2.50,10.0.2.99,1h", $"--pid-file={pid}", $"--log-facility={pid}.log");
        try
        {
            var (_, output, error) = TryExecute("ip", "netns", "exec", ContainerB, "busybox", "udhcpc", "-i", "eth0",
                "-n", "-q", "-f", "-t", "15", "-T", "1", "-s", "/bin/true");
            Assert.True(
                (output + error).Contains("lease of 10.0.2.", StringComparison.Ordinal),
                $"no lease: {output}{error}"
                    + (File.Exists(pid + ".log") ? File.ReadAllText(pid + ".log") : string.Empty));
        }
        finally
        {
            Execute("kill", File.ReadAllText(pid).Trim());
        }
    }

    /// <summary>What crosses the underlay while something is sent from container A to container B whose bytes can be
    /// told apart.</summary>
    /// <returns>Whether those bytes are there in the plain, how many packets were cut up, and the size of the largest
    /// in bytes.</returns>
    public static (bool Plain, int Fragments, int LargestPacket) Capture()
    {
        var mark = Encoding.ASCII.GetBytes("plain-bytes-that-nobody-else-may-read ");
        var data = new byte[200_000];
        for (var i = 0; i < data.Length; i++)
            data[i] = mark[i % mark.Length];
        var file = $"/run/capture-{Guid.NewGuid():N}";
        using var tcpdump = new System.Diagnostics.Process
        {
            StartInfo = new("ip", ["netns", "exec", HostB, "tcpdump", "-i", "u0", "-s", "0", "-U", "-w", file])
            { RedirectStandardError = true },
        };
        tcpdump.Start();
        for (string? line; (line = tcpdump.StandardError.ReadLine()) is not null
            && !line.Contains("listening on", StringComparison.Ordinal);)
        {
        }

        ProveStream(ContainerA, ContainerB, AddressB, data);
        // What was received may not have been written yet.
        Eventually(() => new FileInfo(file).Length > data.Length);
        Execute("kill", $"{tcpdump.Id}");
        tcpdump.WaitForExit();
        var captured = File.ReadAllBytes(file);
        Assert.True(captured.Length > data.Length, $"the capture has {captured.Length} bytes only");
        int fragments = 0, largest = 0;
        foreach (var packet in PacketsOf(captured))
        {
            largest = Math.Max(largest, packet.Length);
            // IPv4 with "more fragments" or an offset; IPv6 with a fragment header.
            if (packet[0] >> 4 == 4 ? ((packet[6] & 0x3f) | packet[7]) != 0 : packet[6] == 44)
                fragments++;
        }

        return (captured.AsSpan().IndexOf(mark) >= 0, fragments, largest);
    }

    // pcap-savefile(5): a file header of 24 bytes; before each frame 16 bytes, of which the third word is its length.
    private static IEnumerable<byte[]> PacketsOf(byte[] capture)
    {
        const int Ethernet = 14;
        for (var at = 24; at + 16 <= capture.Length;)
        {
            var length = BitConverter.ToInt32(capture, at + 8);
            at += 16;
            if (at + length > capture.Length)
                yield break;
            if (length > Ethernet + 40 && capture[at + 12] is 0x08 or 0x86 && capture[at + 13] is 0x00 or 0xdd)
                yield return capture[(at + Ethernet)..(at + length)];
            at += length;
        }
    }

    private static Socket SocketIn(string name, SocketType type)
    {
        using var scope = NamespaceScope.Enter(Stacks.Pool, new(name));
        return new Socket(AddressFamily.InterNetwork, type, ProtocolType.Tcp);
    }
}
