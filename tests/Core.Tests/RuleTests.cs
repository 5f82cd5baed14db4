using System.Text.Json;
using LxcNetworking.Addressing;
using LxcNetworking.Declarations;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

public class RuleTests
{
    private static NetworkStack Here => Stacks.Pool.Get();

    private static List<JsonElement> Seen(string family = "-4") => [.. IpJson($"{family} rule show").EnumerateArray()];

    private static RuleSpec Lookup(int table) => new(IPFamily.IPv4) { Table = new RouteTable(table) };

    [Fact]
    public void Everything_that_can_be_said_of_a_rule_reaches_the_kernel() => Run(() =>
    {
        var made = Here.Rules.Create(Lookup(100) with
        {
            Priority = 500,
            From = new IPPrefix("10.0.3.0/24"),
            To = new IPPrefix("10.0.4.7"),
            FirewallMark = 0x10,
            FirewallMask = 0xff,
            InputInterface = "eth0",
            OutputInterface = "eth1",
            SuppressPrefixLength = 0,
            Not = true,
        });
        var seen = Assert.Single(Seen(), rule => rule.GetProperty("priority").GetInt32() == 500);
        Assert.Equal("10.0.3.0", seen.GetProperty("src").GetString());
        Assert.Equal(24, seen.GetProperty("srclen").GetInt32());
        Assert.Equal("10.0.4.7", seen.GetProperty("dst").GetString());
        Assert.Equal("0x10", seen.GetProperty("fwmark").GetString());
        Assert.Equal("0xff", seen.GetProperty("fwmask").GetString());
        Assert.Equal("eth0", seen.GetProperty("iif").GetString());
        Assert.Equal("eth1", seen.GetProperty("oif").GetString());
        Assert.Equal("100", seen.GetProperty("table").GetString());
        Assert.True(seen.TryGetProperty("not", out _));

        foreach (
            var read in new[] { made, Assert.Single(Here.Rules.List(IPFamily.IPv4), rule => rule.Priority == 500) })
        {
            Assert.Equal("10.0.3.0/24", read.From?.ToString());
            Assert.Equal("10.0.4.7/32", read.To?.ToString());
            Assert.Equal((0x10L, 0xffL, "eth0", "eth1", true, 0),
                (read.FirewallMark, read.FirewallMask, read.InputInterface, read.OutputInterface, read.Not,
                    read.SuppressPrefixLength));
            Assert.Equal("100", read.Table?.ToString());
        }

        Assert.Null(Assert.Single(Here.Rules.Remove([made])));
        Assert.Equal(3, Seen().Count);
        Assert.Equal(NetworkErrorCode.ObjectNotFound, Assert.Single(Here.Rules.Remove([made]))?.Code);
    });

    [Fact]
    public void Numbers_without_a_name_go_through_JSON_and_back() => Run(() =>
    {
        Ip("rule add pref 600 table 9 ipproto 200 protocol 77");
        var read = Assert.Single(Here.Rules.List(IPFamily.IPv4), rule => rule.Priority == 600);
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
            read.WriteJson(writer);
        using var json = JsonDocument.Parse(stream.ToArray());
        Assert.Equal(
            (200, 77),
            (json.RootElement.GetProperty("ipProtocol").GetInt32(),
                json.RootElement.GetProperty("protocol").GetInt32()));
        var said = Declared.ReadJson(new RuleSpec(IPFamily.IPv4), json.RootElement, RuleSpec.Properties);
        Assert.Null(Assert.Single(Here.Rules.Remove([read])));
        Assert.Empty(read.Differences(Here.Rules.Create(said)));
        var seen = Assert.Single(Seen(), rule => rule.GetProperty("priority").GetInt32() == 600);
        Assert.Equal("ipproto-200", seen.GetProperty("ipproto").GetString());
        foreach (var wrong in new[] { (RouteProtocol)256, (RouteProtocol)(-1) })
        {
            var refusal = Assert.Throws<NetworkException>(() => Here.Rules.Create(said with { Protocol = wrong }));
            Assert.Equal($"Protocol is 0 to 255, not {(int)wrong}.", refusal.Message);
        }
    });

    [Fact]
    public void Conditions_about_packets_and_sockets_are_those_of_ip() => Run(() =>
    {
        Sandbox.NeedsOtherUsers();
        var all = Lookup(9) with
        {
            Priority = 600,
            InputInterface = "eth0",
            IPProtocol = IPProtocol.Tcp,
            SourcePort = new PortRange(80, 90),
            DestinationPort = new PortRange(443),
            TypeOfService = 0x10,
            TunnelId = 7,
            UserId = new UserIdRange(0, 5),
            SuppressInterfaceGroup = 5,
            SuppressPrefixLength = 0,
            Protocol = RouteProtocol.Static,
        };
        var made = Here.Rules.Create(all);
        var seen = Assert.Single(Seen(), rule => rule.GetProperty("priority").GetInt32() == 600).ToString();
        string[] expected =
        [
            "\"tos\":\"0x10\"", "\"iif\":\"eth0\"", "\"uid_start\":0", "\"uid_end\":5", "\"ipproto\":\"tcp\"",
            "\"sport_start\":80", "\"sport_end\":90", "\"dport\":443", "\"tun_id\":7", "\"suppress_prefixlen\":0",
            "\"suppress_ifgroup\":\"5\"", "\"protocol\":\"static\"",
        ];
        Assert.All(expected, part => Assert.Contains(part, seen, StringComparison.Ordinal));
        Assert.Equal([], all.Unanswered(made));
        Assert.Equal(
            "iif eth0 tos 16 ipproto Tcp sport 80-90 dport 443 uidrange 0-5 tun_id 7 "
                + "suppress_prefixlength 0 suppress_ifgroup 5",
            made.Matches);

        Ip("rule add prio 601 iif eth0 tos 0x10 uidrange 0-5 ipproto tcp sport 80-90 dport 443 tun_id 7 lookup 9 "
            + "suppress_prefixlength 0 suppress_ifgroup 5 proto static");
        var others = Assert.Single(Here.Rules.List(IPFamily.IPv4), rule => rule.Priority == 601);
        Assert.Equal([nameof(NetRule.Priority)], all.Differences(others)
            .Where(item => item.Mine is not null).Select(item => item.Name));
        Assert.All(Here.Rules.Remove([made, others]), Assert.Null);
        Assert.Equal(3, Seen().Count);
    });

    [Fact]
    public void A_mark_of_0_and_the_rule_of_VRFs_are_said_as_they_are_read() => Run(() =>
    {
        var unmarked = Here.Rules.Create(Lookup(9) with { Priority = 5, FirewallMark = 0 });
        Assert.Equal((0, uint.MaxValue), (unmarked.FirewallMark, unmarked.FirewallMask));
        Assert.Equal("mark 0x0", unmarked.Matches);
        var rule = Assert.Single(Seen(), rule => rule.GetProperty("priority").GetInt32() == 5);
        Assert.Equal("0", rule.GetProperty("fwmark").GetString());

        var vrf = Here.Rules.Create(new RuleSpec(IPFamily.IPv6) { Priority = 6, Vrf = true });
        Assert.Equal((true, null, "vrf"), (vrf.Vrf, vrf.Table, vrf.Matches));
        Assert.Single(Seen("-6"), rule => rule.TryGetProperty("l3mdev", out _));
        Assert.All(Here.Rules.Remove([unmarked, vrf]), Assert.Null);
    });

    [Fact]
    public void What_the_kernel_does_not_know_makes_no_rule_without_it() => Run(() =>
    {
        var spec = new RuleSpec(IPFamily.IPv6) { Priority = 5, Action = RuleAction.Prohibit, FlowLabel = 77 };
        if (Environment.OSVersion.Version >= new Version(6, 15))
        {
            var made = Here.Rules.Create(
                spec with
                {
                    Dscp = 8,
                    DscpMask = 0x38,
                    SourcePort = new PortRange(5),
                    SourcePortMask = 7,
                    IPProtocol = IPProtocol.Udp
                });
            Assert.Equal((77, 0xfffff), (made.FlowLabel, made.FlowLabelMask));
            Assert.Equal("dscp 8/0x38 flowlabel 77 ipproto Udp sport 5/0x7", made.Matches);
            Assert.Null(Assert.Single(Here.Rules.Remove([made])));
        }
        else
        {
            var refusal = Assert.Throws<NetworkException>(() => Here.Rules.Create(spec));
            Assert.Equal(NetworkErrorCode.NotSupported, refusal.Code);
            Assert.Contains(nameof(RuleSpec.FlowLabel), refusal.Message, StringComparison.Ordinal);
        }

        Assert.Equal(2, Seen("-6").Count);
    });

    [Fact]
    public void A_rule_goes_through_JSON_without_loss() => Run(() =>
    {
        var spec = Lookup(9) with
        {
            Priority = 5,
            From = new IPPrefix("10.0.0.0/8"),
            Not = true,
            IPProtocol = IPProtocol.Udp,
            DestinationPort = new PortRange(53),
        };
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
            spec.WriteJson(writer);
        var read = RuleSpec.ReadJson(JsonDocument.Parse(stream.ToArray()).RootElement);
        Assert.Equal(spec, read);
    });

    [Fact]
    public void IPv6_and_other_actions_go_the_same_way() => Run(() =>
    {
        var made = Here.Rules.Create(
            new RuleSpec(IPFamily.IPv6)
            {
                From = new IPPrefix("fd00::/64"),
                Action = RuleAction.Prohibit,
                Priority = 9
            });
        Assert.Equal((RuleAction.Prohibit, IPFamily.IPv6, 9L), (made.Action, made.AddressFamily, made.Priority));
        Assert.Equal("prohibit", Assert.Single(Seen("-6"), rule => rule.GetProperty("priority").GetInt32() == 9)
            .GetProperty("action").GetString());
        var jump = Here.Rules.Create(
            new RuleSpec(IPFamily.IPv4) { Action = RuleAction.Goto, GotoPriority = 32766, Priority = 10 });
        Assert.Equal(32766, jump.GotoPriority);
        Assert.All(Here.Rules.Remove([made, jump]), Assert.Null);
    });

    [Fact]
    public void The_lists_are_those_of_ip_and_every_rule_can_be_removed_as_read() => Run(() =>
    {
        Sandbox.NeedsOtherUsers();
        Ip("rule add from 10.0.0.0/8 table 7");
        Ip("rule add to 10.0.0.0/8 blackhole");
        Ip("rule add fwmark 5 table 8 prio 0");
        Ip("rule add uidrange 5-9 table 9");
        var ours = Here.Rules.List(IPFamily.IPv4);
        Assert.Equal(Seen().Select(rule => rule.GetProperty("priority").GetInt64()),
            ours.Select(rule => rule.Priority!.Value));
        Assert.Equal(["local", "main", "default"],
            ours.Where(rule => rule.From is null && rule.To is null && rule.FirewallMark is null
                && rule.Table!.Id > 250).Select(rule => rule.Table!.ToString()));
        var local = Assert.Single(ours, rule => rule.Table?.Equals(RouteTable.Local) == true);
        Assert.All(Here.Rules.Remove([.. ours.Where(rule => rule != local)]), Assert.Null);
        Assert.Equal("local", Assert.Single(Seen()).GetProperty("table").GetString());
    });

    [Fact]
    public void What_makes_no_rule_is_refused() => Run(() =>
    {
        Here.Rules.Create(Lookup(100) with { Priority = 7 });
        (RuleSpec Spec, NetworkErrorCode Code)[] bad =
        [
            (Lookup(100) with { Priority = 7 }, NetworkErrorCode.ObjectExists),
            (new RuleSpec(IPFamily.IPv4), NetworkErrorCode.InvalidArgument),
            (Lookup(100) with { Action = RuleAction.Blackhole }, NetworkErrorCode.InvalidArgument),
            (Lookup(100) with { From = new IPPrefix("fd00::/64") }, NetworkErrorCode.InvalidArgument),
            (Lookup(100) with { From = new IPPrefix("10.0.0.1/8") }, NetworkErrorCode.InvalidArgument),
            (Lookup(100) with { Priority = -1 }, NetworkErrorCode.InvalidArgument),
            (Lookup(100) with { InputInterface = "much-too-long-for-it" }, NetworkErrorCode.InvalidName),
            (new RuleSpec(IPFamily.IPv4) { Action = RuleAction.Goto }, NetworkErrorCode.InvalidArgument),
            (Lookup(100) with { Vrf = true }, NetworkErrorCode.InvalidArgument),
            (Lookup(100) with { Dscp = 64 }, NetworkErrorCode.InvalidArgument),
            (Lookup(100) with { FirewallMark = 1L << 32 }, NetworkErrorCode.InvalidArgument),
        ];
        foreach (var (spec, code) in bad)
            Assert.Equal((spec, code), (spec, Assert.Throws<NetworkException>(() => Here.Rules.Create(spec)).Code));
        Assert.Equal(4, Seen().Count);
    });
}
