using System.Net;
using System.Text.Json;
using LxcNetworking.Addressing;
using LxcNetworking.Bridges;
using LxcNetworking.Containers.Lxc;
using LxcNetworking.Namespaces;
using LxcNetworking.Nat;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;
using static LxcNetworking.Tests.Twins;
using IPAddress = LxcNetworking.Values.IPAddress;

namespace LxcNetworking.Tests;

/// <summary>
/// Of random lists of near twins one object is removed or changed; what is left is what was there without it, as ip,
/// bridge and nft tell it.
/// </summary>
public class ExactRemovalRandomTests
{
    private static NetworkStack Here => Stacks.Pool.Get();

    [Fact]
    [Trait("Kernel", "none")]
    public void Routes() => Rounds(25, random =>
    {
        Prepare();
        Batch("ip", Enumerable.Range(0, 14).Select(_ => "route append " + Route4(random)));
        Compare(random, "-4 route show table all",
            Here.Routes.List(new RouteFilter { Table = RouteTable.All, Family = IPFamily.IPv4 }),
            routes => Here.Routes.Remove(routes),
            route => route.Protocol);
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void IPv6_routes() => Rounds(25, random =>
    {
        Prepare();
        // ip(8) itself does not show what stands between the ways of one route, so that those are made at once.
        string[] keys = ["fd09::/64 metric 7", "fd09::/64", "fd09::/65 table 100", "default"];
        foreach (var key in keys)
        {
            List<string> ways = ["dev eth0", "dev eth1", "nhid 6", "nhid 7", random.OneOf(
                "via fd00::1 dev eth0", "nexthop via fd00::1 dev eth0 nexthop via fd00::3 dev eth0 weight 3",
                "via fd00::1 dev eth0 proto static", "via fd00::1 dev eth0 mtu 1400 pref high expires 5000")];
            var lines = ways.Where(_ => random.Next(3) > 0).Select(way => $"route append {key} {way}").ToList();
            if (random.Next(2) == 0)
                lines.Add("route append unreachable " + key);
            Batch("ip", lines.OrderBy(_ => random.Next()).ToList(), "-6");
        }

        Compare(random, "-6 route show table all",
            Here.Routes.List(new RouteFilter { Table = RouteTable.All, Family = IPFamily.IPv6 }),
            routes => Here.Routes.Remove(routes),
            route => route.Protocol);
    });

    [Theory]
    [InlineData("-4", "10.0.0.0/8", "10.1.0.0/16")]
    [InlineData("-6", "fd00::/8", "fd01::/16")]
    [Trait("Kernel", "none")]
    public void Rules(string family, string first, string second) => Rounds(25, random =>
    {
        Batch("ip", Enumerable.Range(0, 14).Select(_ => string.Join(' ',
            "rule add", random.OneOf("", "", "not"), random.OneOf("", "", $"from {first}", $"from {second}"),
            random.OneOf("", "", $"to {first}"), random.OneOf("", "", "iif v0", "iif v1"),
            random.OneOf("", "", "oif v0"), random.OneOf("", "", "fwmark 0/0xff", "fwmark 0x10/0xff", "fwmark 0x10"),
            random.OneOf("", "", "ipproto tcp", "ipproto tcp dport 80", "ipproto tcp sport 10-20"),
            random.OneOf("", "", "", "tos 0x10"), random.OneOf("", "", "", "uidrange 0-0"),
            random.OneOf("", "", "", "tun_id 7"), random.OneOf("", "", "", "protocol static"),
            "prio", random.OneOf("10", "10", "11", "0"),
            random.OneOf("lookup 100", "lookup 100", "lookup 200", "blackhole", "goto 32766",
                "lookup 100 suppress_prefixlength 0", "lookup 100 suppress_ifgroup 5"))), family);
        Compare(random, family + " rule show", Here.Rules.List(family == "-4" ? IPFamily.IPv4 : IPFamily.IPv6),
            rules => Here.Rules.Remove(rules), rule => rule.Protocol!.Value);
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void Neighbours() => Rounds(10, random =>
    {
        string[] hosts = ["10.0.3.7", "10.0.3.8", "fd00::7", "fd00::8"];
        Prepare();
        Batch("ip", Enumerable.Range(0, 20).Select(_ => string.Join(' ',
            "neigh add", random.OneOf("", "proxy"), random.OneOf(hosts), "dev", random.OneOf("eth0", "eth1"),
            random.OneOf("lladdr 02:00:00:00:00:01", "lladdr 02:00:00:00:00:02 nud noarp"))));
        foreach (var proxy in new[] { false, true })
        {
            List<string> Eye() => [.. Listed("neigh show nud all").Concat(Listed("neigh show proxy"))
                .Where(line => hosts.Any(host => line.Contains($"\"{host}\"", StringComparison.Ordinal)))
                .Order(StringComparer.Ordinal)];
            var list = Here.Neighbors.List(proxy: proxy)
                .Where(neighbor => hosts.Contains(neighbor.IPAddress.ToString())).ToList();
            if (list.Count == 0)
                continue;
            var meant = list[random.Next(list.Count)];
            var before = Eye();
            Assert.Null(Assert.Single(Here.Neighbors.Remove([meant])));
            var gone = Assert.Single(before.Except(Eye()));
            Assert.Contains($"\"dst\":\"{meant.IPAddress}\"", gone, StringComparison.Ordinal);
            Assert.Contains($"\"dev\":\"{meant.InterfaceAlias}\"", gone, StringComparison.Ordinal);
            Assert.Equal(proxy, gone.Contains("\"proxy\"", StringComparison.Ordinal));
            Assert.Equal(before.Count - 1, Eye().Count);
        }
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void Forwarding_entries() => Rounds(15, random =>
    {
        Prepare();
        Ip("link add br0 up type bridge");
        Ip("link set eth1 master br0");
        Ip("link add vx0 type vxlan id 1 dstport 4789");
        Ip("link add vx1 type vxlan external dstport 4790");
        Batch("bridge", Enumerable.Range(0, 25).Select(_ => string.Join(' ',
            "fdb append", random.OneOf("02:00:00:00:00:01", "02:00:00:00:00:02"), random.Next(3) switch
            {
                0 => "dev eth1 " + random.OneOf("master static", "master static vlan 10", "self permanent"),
                1 => string.Join(' ', "dev vx0 dst", random.OneOf("192.0.2.1", "192.0.2.2"), random.OneOf("", "port 7"),
                    random.OneOf("", "vni 9"), random.OneOf("", "via eth0")),
                _ => string.Join(' ', "dev vx1 dst", random.OneOf("192.0.2.1", "192.0.2.2"),
                    "src_vni", random.OneOf("5", "6"), "vni", random.OneOf("5", "6")),
            })));
        static List<string> Eye() => [.. JsonDocument.Parse(Execute("bridge", "-j", "fdb", "show")).RootElement
            .EnumerateArray().Select(item => item.GetRawText())
            .Where(line => line.Contains("\"02:00:00:00:00:0", StringComparison.Ordinal))];
        var (before, entries) = (Eye(), Here.Bridges.ListFdb()
            .Where(entry => entry.MacAddress.ToString().StartsWith("02:00:00:00:00:0", StringComparison.Ordinal))
            .ToList());
        Assert.Equal(before.Count, entries.Count);
        var place = random.Next(entries.Count);
        Here.Bridges.RemoveFdbEntry(entries[place]);
        before.RemoveAt(place);
        // The kernel makes and removes an entry without a VLAN for each VLAN of the port.
        if (entries[place] is { Self: false, VlanId: null } everywhere)
            before.RemoveAll(line =>
                line.Contains($"\"{everywhere.MacAddress}\",\"ifname\":\"eth1\",\"vlan\"", StringComparison.Ordinal));
        Assert.Equal(before.Order(StringComparer.Ordinal), Eye().Order(StringComparer.Ordinal));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void Addresses() => Rounds(20, random =>
    {
        Prepare();
        File.WriteAllText("/proc/sys/net/ipv4/conf/eth0/promote_secondaries", random.OneOf("0", "1"));
        Batch("ip", Enumerable.Range(0, 16).Select(_ => string.Join(' ', "addr add", random.OneOf(
            "10.7.0.1/24", "10.7.0.2/24", "10.7.0.1/25", "10.7.0.1/32", "10.7.0.1 peer 10.7.1.1/32",
            "10.7.0.1 peer 10.7.2.1/32", "10.7.0.1 peer 10.7.1.1/24", "10.7.0.2 peer 10.7.1.1/32",
            "fd07::1/64 nodad", "fd07::2/64 nodad", "fd07::1/128 nodad", "fd07::3 peer fd07::4/128 nodad"),
            "dev", random.OneOf("eth0", "eth1"), random.OneOf("", "label eth0:x", "label eth1:x"),
            random.OneOf("", "", "metric 9"), random.OneOf("", "valid_lft 5000 preferred_lft 4000"))));
        static string Text(JsonElement item) => string.Join(' ', item.EnumerateObject()
            .Where(field => field.Name
                is "local" or "address" or "prefixlen" or "label" or "broadcast" or "metric" or "scope")
            .Select(field => field.ToString()))
            + (item.GetProperty("valid_life_time").GetInt64() > 100_000 ? " ever"
                : item.GetProperty("valid_life_time").GetInt64() > 6000 ? " long" : " short");
        static List<string> Eye() => [.. IpJson("addr show").EnumerateArray()
            .SelectMany(link => link.GetProperty("addr_info").EnumerateArray()
                .Select(item => $"{link.GetProperty("ifname").GetString()} {Text(item)}"))
            .Order(StringComparer.Ordinal)];
        static bool IsMeant(string line, NetIPAddress address)
            => line.StartsWith(address.InterfaceAlias + " ", StringComparison.Ordinal)
            && line.Contains($"\"local\":\"{address.IPAddress}\"", StringComparison.Ordinal)
            && line.Contains($"\"prefixlen\":{address.PrefixLength}", StringComparison.Ordinal)
            && line.Contains("\"address\"", StringComparison.Ordinal) == address.PeerAddress is not null
            && (address.PeerAddress is null
                || line.Contains($"\"address\":\"{address.PeerAddress}\"", StringComparison.Ordinal));

        var before = Eye();
        var addresses = Here.Addresses.List().Where(address => address.InterfaceAlias != "lo").ToList();
        var changed = addresses[random.Next(addresses.Count)];
        Here.Addresses.Change(changed, new() { ValidLifetime = TimeSpan.FromSeconds(9000) });
        var after = Eye();
        Assert.Equal(before.Where(line => !IsMeant(line, changed)), after.Where(line => !IsMeant(line, changed)));
        Assert.EndsWith(" long", Assert.Single(after, line => IsMeant(line, changed)), StringComparison.Ordinal);

        var meant = addresses[random.Next(addresses.Count)];
        before = after;
        Assert.Null(Assert.Single(Here.Addresses.Remove([meant])));
        Assert.Equal(before.Where(line => !IsMeant(line, meant)), Eye());
        Assert.Single(before, line => IsMeant(line, meant));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void Mappings() => Rounds(6, random =>
    {
        var nat = Here.Translation;
        nat.Create(new NetNatSpec("web", new IPPrefix("10.0.3.0/24")));
        nat.Create(new NetNatSpec("web2", new IPPrefix("10.0.4.0/24")));
        var made = new List<(NetNatStaticMapping Mapping, HashSet<long> Rules)>();
        for (var i = 0; i < 10; i++)
        {
            var before = Handles();
            var net = random.OneOf("3", "4");
            var port = random.Next(3) == 0 ? new PortRange(8000, 8003) : new PortRange(random.Next(80, 83));
            var whole = random.Next(4) == 0;
            try
            {
                var mapping = nat.AddMapping(new NetNatStaticMappingSpec(
                    net == "3" ? "web" : "web2", IPAddress.Parse($"10.0.{net}.{random.Next(10, 12)}"))
                {
                    Protocol = whole ? null : random.Next(2) == 0 ? NatProtocol.TCP : NatProtocol.UDP,
                    ExternalIPAddress = whole || random.Next(2) == 0
                        ? IPAddress.Parse($"198.51.100.{random.Next(1, 4)}") : null,
                    ExternalPort = whole ? null : port,
                    InternalPort = whole || random.Next(2) == 0
                        ? null : port.Count == 1 ? new PortRange(80) : new PortRange(9000, 9003),
                });
                made.Add((mapping, [.. Handles().Except(before)]));
            }
            catch (NetworkException e) when (e.Code == NetworkErrorCode.ObjectExists)
            {
            }
        }

        var all = Handles();
        var (meant, rules) = made[random.Next(made.Count)];
        nat.RemoveMapping(nat.ListMappings().Single(mapping => mapping.StaticMappingID == meant.StaticMappingID));
        Assert.Equal(all.Except(rules), Handles());
        Assert.Equal(made.Count - 1, nat.ListMappings().Count);
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void Lines_of_an_LXC_configuration()
    {
        var file = Path.GetTempFileName();
        try
        {
            for (var seed = 1; seed <= 40; seed++)
            {
                var random = new Random(seed);
                List<string> lines = [.. Enumerable.Range(0, 25).Select(_ => random.Next(5) == 0
                    ? random.OneOf("# lxc.net.1.link = br0", "lxc.uts.name = net.1", "", "lxc.network = x")
                    : $"{random.OneOf("", "", " ")}lxc.net.{random.OneOf("1", "2", "11")}.{random.OneOf(
                        "type = veth", "link = br0", "link=br0", "ipv4.address = 10.0.3.1/24",
                        "ipv4.address = 10.0.3.1/25", "ipv6.address = fd00::1/64", "name = eth0")}")];
                lines.RemoveAll(line => line == "lxc.network = x");
                lines.AddRange(["lxc.net.1.type = veth", "lxc.net.2.type = veth", "lxc.net.11.type = veth"]);
                File.WriteAllLines(file, lines);
                var index = int.Parse(random.OneOf("1", "2", "11"), System.Globalization.CultureInfo.InvariantCulture);
                var config = LxcConfiguration.Open(file);
                config.Remove(index);
                config.Save();
                Assert.True(
                    lines.Where(line => !line.TrimStart().StartsWith($"lxc.net.{index}.", StringComparison.Ordinal))
                        .SequenceEqual(File.ReadAllLines(file)),
                    $"seed {seed}");
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static List<long> Handles() => [.. JsonDocument.Parse(Execute("nft", "-j", "-a", "list", "ruleset"))
        .RootElement.GetProperty("nftables").EnumerateArray().Where(item => item.TryGetProperty("rule", out _))
        .Select(item => item.GetProperty("rule").GetProperty("handle").GetInt64()).Order()];

    private static string Route4(Random random)
    {
        var key = string.Join(' ', random.OneOf("10.9.0.0/24", "10.9.0.0/24", "10.9.0.0/25", "default"),
            random.OneOf("", "", "", "tos 0x10"), random.OneOf("", "", "", "metric 7"),
            random.OneOf("", "", "", "table 100"));
        var rest = string.Join(' ', random.OneOf("", "", "src 10.0.3.2", "src 10.0.3.3"),
            random.OneOf("", "", "mtu 1300", "mtu 1400", "mtu lock 1300", "advmss 900"),
            random.OneOf("", "", "proto static"), random.OneOf("", "", "", "realm 7"));
        return random.Next(10) switch
        {
            0 => random.OneOf("blackhole ", "unreachable ", "throw ") + key,
            1 => $"{key} {rest} nhid {random.OneOf("5", "8")}",
            2 => $"{key} {rest} dev {random.OneOf("eth0", "eth1")} scope {random.OneOf("global", "link")}",
            3 => $"{key} {rest} via 10.0.3.1 dev eth0 onlink",
            4 => $"{key} {rest} encap ip id {random.Next(1, 3)} dst 10.0.3.9 via 10.0.3.1",
            < 7 => $"{key} {rest} nexthop via 10.0.3.{random.Next(7, 9)} weight {random.Next(1, 3)} nexthop via " +
                "10.0.3.9" + random.OneOf("", " nexthop via 10.0.3.10"),
            _ => $"{key} {rest} via 10.0.3.{random.Next(7, 9)}",
        };
    }

    // Both lists are in the kernel's order; what it makes itself comes and goes at its own time.
    private static void Compare<T>(Random random, string eye, IReadOnlyList<T> list,
        Func<IReadOnlyList<T>, IReadOnlyList<NetworkException?>> remove, Func<T, RouteProtocol> protocolOf)
    {
        List<string> Seen()
            => [.. Listed(eye).Where(line => !line.Contains("\"protocol\":\"kernel\"", StringComparison.Ordinal))];
        var expected = Seen();
        list = [.. list.Where(item => protocolOf(item) != RouteProtocol.Kernel)];
        Assert.Equal(expected.Count, list.Count);
        Assert.True(list.Count > 3, "there are hardly any objects");
        var place = random.Next(list.Count);
        Assert.Null(Assert.Single(remove([list[place]])));
        expected.RemoveAt(place);
        Assert.Equal(expected, Seen());
    }

    private static List<string> Listed(string arguments) => [.. IpJson(arguments).EnumerateArray()
        .Select(item => System.Text.RegularExpressions.Regex.Replace(
            item.GetRawText(), "\"(expires|used)\":[^,}]*", string.Empty))];

    private static void Prepare()
    {
        Ip("link add eth0 type veth peer name eth1");
        // A link-local address would come, with routes, at some later moment.
        Batch("ip", ["link set eth0 up addrgenmode none", "link set eth1 up addrgenmode none",
            "addr add 10.0.3.2/24 dev eth0", "addr add 10.0.3.3/24 dev eth0", "addr add fd00::2/64 dev eth0 nodad",
            "nexthop add id 5 via 10.0.3.9 dev eth0", "nexthop add id 8 via 10.0.3.1 dev eth0",
            "nexthop add id 6 via fd00::9 dev eth0", "nexthop add id 7 via fd00::8 dev eth0"]);
    }
}
