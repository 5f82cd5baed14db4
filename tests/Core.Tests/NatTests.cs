using System.Net.Sockets;
using LxcNetworking.Namespaces;
using LxcNetworking.Nat;
using LxcNetworking.Values;
using static LxcNetworking.Tests.NatLab;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

public class NatTests
{
    [Theory]
    [InlineData("10.0.3.0/24", Outside4, Host4, "10.0.3.10")]
    [InlineData("fd00:3::/64", Outside6, Host6, "fd00:3::10")]
    [Trait("Kernel", "none")]
    public void A_network_leaves_under_the_hosts_address(string prefix, string outside, string host, string inside) =>
        NatLab.Run(() =>
    {
        using var tcp = Talk.Serve("outside", ProtocolType.Tcp, outside, 7);
        using var udp = Talk.Serve("outside", ProtocolType.Udp, outside, 7);
        using var neighbour = Talk.Serve("b", ProtocolType.Tcp, inside[..^2] + "11", 7);
        Assert.True(Talk.IsSilent("a", ProtocolType.Tcp, outside, 7));

        var said = new List<string>();
        var nat = Nats.Create(new NetNatSpec("web", new IPPrefix(prefix)), said.Add);
        Assert.Equal((prefix, null, null, 0),
            (nat.InternalIPInterfaceAddressPrefix.ToString(), nat.ExternalInterfaceAlias, nat.ExternalIPAddress,
                nat.StaticMappingCount));
        Assert.Contains("Forwarding", Assert.Single(said));
        Assert.Equal($"{host} to 7", Talk.Ask("a", ProtocolType.Tcp, outside, 7));
        Assert.Equal($"{host} to 7", Talk.Ask("a", ProtocolType.Udp, outside, 7));
        Assert.True(Pings(outside, "a"));
        Assert.Equal($"{inside} to 7", Talk.Ask("a", ProtocolType.Tcp, inside[..^2] + "11", 7));

        Nats.Remove("web");
        Assert.True(Talk.IsSilent("a", ProtocolType.Tcp, outside, 7));
        Assert.Equal(string.Empty, Ruleset());
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void One_interface_or_one_address_can_be_meant() => NatLab.Run(() =>
    {
        AddOutside("other", "out1", "203.0.113", "2001:db8:1:");
        Ip("-n other route add 10.0.3.0/24 via 203.0.113.1");
        Ip("address add 198.51.100.9/24 dev out0");
        using var one = Talk.Serve("outside", ProtocolType.Tcp, Outside4, 7);
        using var two = Talk.Serve("other", ProtocolType.Tcp, "203.0.113.2", 7);
        Nats.Create(new NetNatSpec("web", new IPPrefix("10.0.3.0/24"))
        { ExternalInterfaceAlias = "out0", ExternalIPAddress = IPAddress.Parse("198.51.100.9") });
        Assert.Equal("198.51.100.9 to 7", Talk.Ask("a", ProtocolType.Tcp, Outside4, 7));
        Assert.Equal("10.0.3.10 to 7", Talk.Ask("a", ProtocolType.Tcp, "203.0.113.2", 7));

        // The one for all comes after the one for an interface, whichever was made first.
        Nats.Create(new NetNatSpec("rest", new IPPrefix("10.0.3.0/24")));
        Nats.Create(new NetNatSpec("second", new IPPrefix("0.0.0.0/0"))
        { ExternalInterfaceAlias = "out1", NoForwarding = true });
        Assert.Equal("198.51.100.9 to 7", Talk.Ask("a", ProtocolType.Tcp, Outside4, 7));
        Assert.Equal("203.0.113.1 to 7", Talk.Ask("a", ProtocolType.Tcp, "203.0.113.2", 7));
        Assert.Equal(["web", "second", "rest"], Nats.List().Select(nat => nat.Name));
        Assert.Equal("0.0.0.0/0", Nats.Get("second").InternalIPInterfaceAddressPrefix.ToString());
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void The_ruleset_says_what_was_made() => NatLab.Run(() =>
    {
        Nats.Create(new NetNatSpec("web", new IPPrefix("10.0.3.1/24")));
        Nats.Create(new NetNatSpec("web6", new IPPrefix("fd00:3::/64"))
        { ExternalInterfaceAlias = "out0", ExternalIPAddress = IPAddress.Parse(Host6) });
        Assert.Equal(
            """
            table inet lxcnetworking {
            	comment "LxcNetworking: translations"
            	chain prerouting {
            		type nat hook prerouting priority -100; policy accept;
            	}

            	chain output {
            		type nat hook output priority -100; policy accept;
            	}

            	chain postrouting {
            		type nat hook postrouting priority 100; policy accept;
            		ip saddr 10.0.3.0/24 ip daddr 10.0.3.0/24 ct status dnat masquerade comment "NetNat web (within the network)"
            		ip6 saddr fd00:3::/64 ip6 daddr fd00:3::/64 ct status dnat masquerade comment "NetNat web6 (within the network)"
            		ip6 saddr fd00:3::/64 oifname "out0" ip6 daddr < fe80:: snat ip6 to 2001:db8::1 comment "NetNat web6"
            		ip saddr 10.0.3.0/24 ip daddr != 10.0.3.0/24 ip daddr < 224.0.0.0 masquerade comment "NetNat web"
            	}
            }

            """,
            Ruleset());
    });

    [Theory]
    [InlineData(false, "1")]
    [InlineData(true, "0")]
    [Trait("Kernel", "none")]
    public void Forwarding_is_turned_on_unless_told_otherwise(bool leave, string expected) => NatLab.Run(() =>
    {
        Ip("netns add router");
        var stack = Stacks.Pool.Get(new NamespaceReference("router"));
        stack.Translation.Create(new NetNatSpec("web", new IPPrefix("10.0.3.0/24")) { NoForwarding = leave });
        Assert.Equal(expected, Execute("ip", "netns", "exec", "router", "cat", "/proc/sys/net/ipv4/ip_forward").Trim());
        Assert.Equal("0",
            Execute("ip", "netns", "exec", "router", "cat", "/proc/sys/net/ipv6/conf/all/forwarding").Trim());
        Assert.Equal("0", Execute("cat", "/proc/sys/net/ipv4/ip_forward").Trim());
        Assert.Equal("router", Assert.Single(stack.Translation.List()).Namespace.Text);
        Assert.Empty(Nats.List());
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void What_others_made_stays_byte_for_byte() => NatLab.Run(() =>
    {
        Load("""
            table ip nat {
              set friends { type ipv4_addr; flags interval; elements = { 10.0.0.0/8 } }
              map services { type inet_service : ipv4_addr; elements = { 80 : 10.0.3.10, 81 : 10.0.3.11 } }
              chain postrouting { type nat hook postrouting priority srcnat; ip saddr @friends oifname "ppp*" counter masquerade random comment "NetNat stranger" ; }
              chain prerouting { type nat hook prerouting priority dstnat; dnat to tcp dport map @services ; }
            }
            table inet filter {
              comment "lxcnetworking"
              chain forward { type filter hook forward priority 0; policy accept; ct state established accept; }
            }
            table netdev early {
              chain ingress { type filter hook ingress device "out0" priority 0; tcp dport { 1, 2-4 } drop; }
            }
            """);
        var before = Ruleset();
        Nats.Create(new NetNatSpec("web", new IPPrefix("10.0.3.0/24")));
        Nats.AddMapping(new NetNatStaticMappingSpec("web", IPAddress.Parse("10.0.3.10"))
        {
            Protocol = NatProtocol.TCP,
            ExternalPort = new PortRange(8000, 8003),
            InternalPort = new PortRange(9000, 9003)
        });
        var during = Ruleset();
        Assert.StartsWith(before, during, StringComparison.Ordinal);
        Assert.Equal("table inet lxcnetworking {", during[before.Length..].Split('\n')[0]);
        Nats.Remove("web");
        Assert.Equal(before, Ruleset());
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void Rules_of_others_in_the_same_table_are_neither_read_nor_removed() => NatLab.Run(() =>
    {
        Nats.Create(new NetNatSpec("web", new IPPrefix("10.0.3.0/24")));
        Load("""
            add rule inet lxcnetworking postrouting ip saddr 10.9.0.0/24 tcp dport 25 ip daddr != 10.9.0.0/24 ip daddr < 224.0.0.0 masquerade comment "NetNat mail"
            add rule inet lxcnetworking postrouting ip saddr 10.9.0.0/24 ip daddr != 10.9.0.0/24 ip daddr < 224.0.0.0 masquerade comment "web"
            add rule inet lxcnetworking postrouting ip saddr 10.9.0.0/24 ip daddr != 10.9.0.0/24 ip daddr < 224.0.0.0 masquerade random comment "NetNat web"
            add rule inet lxcnetworking postrouting oifname "eth*" ip saddr 10.9.0.0/24 ip daddr < 224.0.0.0 masquerade comment "NetNat eth"
            add rule inet lxcnetworking prerouting tcp dport 80 dnat ip to 10.0.3.10 comment "NetNatStaticMapping web"
            add rule inet lxcnetworking prerouting tcp dport vmap { 22 : accept, 23 : drop } comment "NetNatStaticMapping web"
            """);
        Assert.Equal("web", Assert.Single(Nats.List()).Name);
        Assert.Empty(Nats.ListMappings());
        Nats.Create(new NetNatSpec("other", new IPPrefix("10.9.0.0/24")));
        Nats.Remove("web");
        Nats.Remove("other");
        var left = Ruleset();
        Assert.DoesNotContain("10.0.3.0", left, StringComparison.Ordinal);
        Assert.Equal(6, left.Split('\n').Count(line => line.Contains("comment \"", StringComparison.Ordinal)) - 1);
        Assert.DoesNotContain("chain output", left, StringComparison.Ordinal);
        // The next one finds its place beside them.
        Nats.Create(new NetNatSpec("web", new IPPrefix("10.0.3.0/24")));
        Assert.Contains("chain output", Ruleset(), StringComparison.Ordinal);
        Nats.Remove("web");
        Assert.Equal(left, Ruleset());
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_table_that_someone_else_uses_stays() => NatLab.Run(() =>
    {
        Nats.Create(new NetNatSpec("web", new IPPrefix("10.0.3.0/24")));
        Execute("nft", "add", "set", "inet", "lxcnetworking", "mine", "{ type ipv4_addr; }");
        Nats.Remove("web");
        Assert.Contains("set mine", Ruleset(), StringComparison.Ordinal);
        Assert.DoesNotContain("chain", Ruleset(), StringComparison.Ordinal);
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_ruleset_that_nft_saved_and_loaded_is_known_again() => NatLab.Run(() =>
    {
        Nats.Create(new NetNatSpec("web", new IPPrefix("10.0.3.0/24")));
        Nats.Create(new NetNatSpec("odd", new IPPrefix("10.64.0.0/11")) { ExternalIPAddress = IPAddress.Parse(Host4) });
        Nats.Create(new NetNatSpec("six", new IPPrefix("fd00:3::/61")) { ExternalInterfaceAlias = "out0" });
        Nats.AddMapping(new NetNatStaticMappingSpec("web", IPAddress.Parse("10.0.3.10"))
        { Protocol = NatProtocol.TCP, ExternalPort = new PortRange(80), InternalPort = new PortRange(8080) });
        Nats.AddMapping(new NetNatStaticMappingSpec("web", IPAddress.Parse("10.0.3.10"))
        {
            Protocol = NatProtocol.UDP,
            ExternalPort = new PortRange(8000, 8300),
            InternalPort = new PortRange(9000, 9300),
            ExternalIPAddress = IPAddress.Parse(Host4)
        });
        Nats.AddMapping(new NetNatStaticMappingSpec("web", IPAddress.Parse("10.0.3.11"))
        { ExternalIPAddress = IPAddress.Parse("198.51.100.7") });
        Nats.AddMapping(new NetNatStaticMappingSpec("six", IPAddress.Parse("fd00:3::10"))
        { Protocol = NatProtocol.TCP, ExternalPort = new PortRange(1, 65535) });
        var saved = Ruleset();
        string[] before =
            [.. Nats.List().Select(Text), .. Nats.ListMappings().Select(mapping => mapping.NatName + mapping)];
        Assert.Equal(7, before.Length);

        Execute("nft", "flush", "ruleset");
        Assert.Empty(Nats.List());
        Load(saved);
        Assert.Equal(before.AsEnumerable(),
            [.. Nats.List().Select(Text), .. Nats.ListMappings().Select(mapping => mapping.NatName + mapping)]);
        foreach (var nat in Nats.List())
            Nats.Remove(nat.Name);
        Assert.Equal(string.Empty, Ruleset());

        static string Text(NetNat nat) =>
            $"{nat.Name} {nat.InternalIPInterfaceAddressPrefix} {nat.ExternalInterfaceAlias} {nat.ExternalIPAddress} " +
                $"{nat.StaticMappingCount}";
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void Several_at_once_lose_nothing() => NatLab.Run(() =>
    {
        var here = Here;
        Nats.Create(new NetNatSpec("web", new IPPrefix("10.0.3.0/24")));
        Parallel.For(0, 40, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i => here.Translation.AddMapping(
            new NetNatStaticMappingSpec("web", IPAddress.Parse("10.0.3.10"))
            {
                Protocol = NatProtocol.TCP,
                ExternalPort = new PortRange(1000 + i / 2),
                ExternalIPAddress = IPAddress.Parse(i % 2 == 0 ? Host4 : "198.51.100.3")
            }));
        Assert.Equal(40, Nats.ListMappings().Select(mapping => (mapping.ExternalIPAddress, mapping.ExternalPort))
            .Distinct().Count());
        var won = 0;
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ =>
        {
            try
            {
                here.Translation.Create(new NetNatSpec("one", new IPPrefix("10.0.4.0/24")));
                Interlocked.Increment(ref won);
            }
            catch (NetworkException e) when (e.Code == NetworkErrorCode.ObjectExists)
            {
            }
        });
        Assert.Equal(1, won);
    });

    /// <summary>A name, a network, a link or null, an address or null, and what is said.</summary>
    private static readonly (string Name, string Prefix, string? Link, string? Address, NetworkErrorCode Code)[]
        s_impossible =
    [
        ("", "10.0.4.0/24", null, null, NetworkErrorCode.InvalidName),
        ("a\"b", "10.0.4.0/24", null, null, NetworkErrorCode.InvalidName),
        ("a\u001b[31m", "10.0.4.0/24", null, null, NetworkErrorCode.InvalidName),
        ("web*", "10.0.4.0/24", null, null, NetworkErrorCode.InvalidName),
        ("web (within the network)", "10.0.4.0/24", null, null, NetworkErrorCode.InvalidName),
        ("web", "10.0.4.0/24", null, null, NetworkErrorCode.ObjectExists),
        ("new", "10.0.3.128/25", null, null, NetworkErrorCode.ObjectExists),
        ("new", "10.0.0.0/8", null, null, NetworkErrorCode.ObjectExists),
        ("new", "10.0.4.1", null, null, NetworkErrorCode.InvalidArgument),
        ("new", "0.0.0.0/0", null, null, NetworkErrorCode.InvalidArgument),
        ("new", "224.0.0.0/24", null, null, NetworkErrorCode.InvalidArgument),
        ("new", "255.255.255.0/24", null, null, NetworkErrorCode.InvalidArgument),
        ("new", "127.0.0.0/8", null, null, NetworkErrorCode.InvalidArgument),
        ("new", "0.1.0.0/16", null, null, NetworkErrorCode.InvalidArgument),
        ("new", "ff02::/64", null, null, NetworkErrorCode.InvalidArgument),
        ("new", "::ffff:10.0.0.0/120", null, null, NetworkErrorCode.InvalidArgument),
        ("new", "fe80::/64", null, null, NetworkErrorCode.InvalidArgument),
        ("new", "10.0.4.0/24", "sixteen-bytes-xx", null, NetworkErrorCode.InvalidName),
        ("new", "10.0.4.0/24", null, "fd00::1", NetworkErrorCode.InvalidArgument),
        ("new", "fd00:4::/64", null, "10.0.0.1", NetworkErrorCode.InvalidArgument),
        ("new", "10.0.4.0/24", null, "127.0.0.1", NetworkErrorCode.InvalidArgument),
        ("new", "10.0.4.0/24", null, "0.0.0.0", NetworkErrorCode.InvalidArgument),
        ("new", "fd00:4::/64", null, "ff02::1", NetworkErrorCode.InvalidArgument),
        ("new", "fd00:4::/64", null, "fe80::1", NetworkErrorCode.InvalidArgument),
    ];

    // One after the other in one laboratory, as none of them changes it.
    [Fact]
    [Trait("Kernel", "none")]
    public void What_cannot_be_translated_is_refused_and_changes_nothing() => NatLab.Run(() =>
    {
        Nats.Create(new NetNatSpec("web", new IPPrefix("10.0.3.0/24")) { NoForwarding = true });
        var before = Ruleset();
        foreach (var (name, prefix, link, address, code) in s_impossible)
        {
            var error = Assert.Throws<NetworkException>(() =>
                Nats.Create(new NetNatSpec(name, new IPPrefix(prefix))
                {
                    ExternalInterfaceAlias = link,
                    ExternalIPAddress = address is null ? null : IPAddress.Parse(address),
                }));
            Assert.Equal((name, prefix, code), (name, prefix, error.Code));
            Assert.DoesNotContain('\u001b', error.Message);
            Assert.Equal(before, Ruleset());
            Assert.Equal("0", File.ReadAllText("/proc/sys/net/ipv4/ip_forward").Trim());
        }
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void What_is_not_there_is_not_found() => NatLab.Run(() =>
    {
        Assert.Empty(Nats.List());
        Assert.Empty(Nats.ListMappings());
        Assert.Equal(NetworkErrorCode.ObjectNotFound, Assert.Throws<NetworkException>(() => Nats.Get("web")).Code);
        Assert.Equal(NetworkErrorCode.ObjectNotFound, Assert.Throws<NetworkException>(() => Nats.Remove("web")).Code);
        Assert.Equal(string.Empty, Ruleset());
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void Chains_of_others_that_drop_what_is_forwarded_are_told() => NatLab.Run(() =>
    {
        var (four, six) = (new NetNatSpec("web", new IPPrefix("10.0.3.0/24")),
            new NetNatSpec("web6", new IPPrefix("fd00:3::/64")));
        static string[] Chains(NetNatSpec nat) => [.. Nats.Obstacles(nat).Obstacles
            .Select(item => $"{item.Family} {item.Table} {item.Chain}").Order(StringComparer.Ordinal)];
        Nats.Create(four);
        Load("table inet open { chain forward { type filter hook forward priority 0; policy accept; }; chain input { " +
            "type filter hook input priority 0; policy drop; }; chain free { drop; }; }");
        Assert.Empty(Chains(four));
        Load("table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop; }; }");
        Assert.Equal(["ip filter FORWARD"], Chains(four));
        // Neighbours are found by ICMP there.
        Assert.Equal(["inet open input"], Chains(six));
        Load("table inet fw { chain way { type filter hook forward priority 0; policy drop; }; }\ntable ip6 filter { " +
            "chain FORWARD { type filter hook forward priority 0; policy drop; }; }");
        Assert.Equal(["inet fw way", "ip filter FORWARD"], Chains(four));
        Assert.Equal(["inet fw way", "inet open input", "ip6 filter FORWARD"], Chains(six));
        // A network that is nowhere yet is told of too.
        Assert.Equal(["inet fw way", "ip filter FORWARD"], Chains(four with { Prefix = new IPPrefix("10.9.0.0/16") }));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_chain_of_someone_elses_in_the_way_is_named() => NatLab.Run(() =>
    {
        Load("table inet lxcnetworking { chain postrouting { type filter hook input priority 0; }; }");
        var before = Ruleset();
        var error =
            Assert.Throws<NetworkException>(() => Nats.Create(new NetNatSpec("web", new IPPrefix("10.0.3.0/24"))));
        Assert.Equal(NetworkErrorCode.ObjectExists, error.Code);
        Assert.Contains("postrouting", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, Ruleset());
    });
}
