using LxcNetworking.Namespaces;
using LxcNetworking.State;
using LxcNetworking.State.Apply;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.State.Text;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>Documents that are applied to the kernel, with ip(8) as the independent eye.</summary>
public class StateTests
{
    private const string Folder = "/run/lxcnetworking";

    private const string Dmz = """
        name: dmz
        namespaces: [web, dmzmaster01]
        links:
          - {name: lxcbr0, kind: bridge, addresses: [10.0.3.1/24]}
          - {name: lxcbr1, kind: bridge}
          - name: vethdmz
            kind: veth
            bridge: lxcbr0
            peer: {name: eth0, namespace: dmzmaster01, addresses: [10.0.3.251/24, "fd00::7/64"], gateway: 10.0.3.1}
        routes: [{destinationPrefix: 10.0.4.0/24, nextHop: 10.0.3.10}]
        rules: [{priority: 100, from: 10.0.3.0/24, table: 7}]
        """;

    private static StateOperations State => Stacks.Pool.Get().State;

    [Fact]
    [Trait("Kernel", "none")]
    public void A_document_is_made_edited_and_removed() => Run(() =>
    {
        var before = Picture();
        var document = Read(Dmz);
        Assert.All(State.Set(document), step => Assert.Equal(NetStateAction.Create, step.Action));
        Assert.Equal(
            "10.0.3.251/24 fd00::7/64",
            string.Join(' ', IpJson("-n dmzmaster01 addr show dev eth0 scope global")[0].GetProperty("addr_info")
                .EnumerateArray().Where(item => item.TryGetProperty("local", out _))
                .Select(item => $"{item.GetProperty("local")}/{item.GetProperty("prefixlen")}")));
        Assert.Equal("lxcbr0", IpJson("link show dev vethdmz")[0].GetProperty("master").GetString());
        Assert.Contains("state:dmz:vethdmz", Ip("link show dev vethdmz"), StringComparison.Ordinal);
        Assert.Contains(
            "default via 10.0.3.1 dev eth0 proto 108", Ip("-n dmzmaster01 route"), StringComparison.Ordinal);
        Assert.Contains("10.0.4.0/24 via 10.0.3.10", Ip("route"), StringComparison.Ordinal);
        Assert.Contains("100:\tfrom 10.0.3.0/24 lookup 7", Ip("rule"), StringComparison.Ordinal);
        var made = Picture();
        Assert.Empty(State.Set(document));
        Assert.Equal(made, Picture());

        var edited = Dmz.Replace("10.0.3.251", "10.0.3.252", StringComparison.Ordinal)
            .Replace("lxcbr1, kind: bridge}", "lxcbr1, kind: bridge, mtu: 1400}", StringComparison.Ordinal);
        Assert.Equal(
            [
                "Change link lxcbr1: mtu 1500 -> 1400", "Create address eth0 10.0.3.252/24 in dmzmaster01",
                "Remove address eth0 10.0.3.251/24 in dmzmaster01",
            ],
            State.Set(Read(edited)).Select(step => $"{step}").Order());
        Assert.Equal(
            made.Replace("10.0.3.251", "10.0.3.252", StringComparison.Ordinal)
                .Replace("lxcbr1: mtu 1500", "lxcbr1: mtu 1400", StringComparison.Ordinal),
            Picture());
        State.Remove("dmz");
        Assert.Equal(before, Picture());
        Assert.False(Directory.Exists(Folder));
        Assert.Equal(
            NetworkErrorCode.ObjectNotFound, Assert.Throws<NetworkException>(() => State.Remove("dmz")).Code);
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void What_stands_there_is_a_document_of_which_nothing_is_different() => Run(() =>
    {
        State.Set(Read(Dmz));
        Ip("link add d0 type bridge");
        Ip("addr add 10.9.0.1/24 dev d0");
        var text = StateText.Write(State.Read(["web", "dmzmaster01"]).ToNode(), StateFormat.Yaml);
        Assert.Contains("name: d0", text, StringComparison.Ordinal);
        Assert.DoesNotContain("state:dmz", text, StringComparison.Ordinal);
        Assert.Empty(State.Test(Read(text)));
        Assert.Equal(3, State.ReadOwn("dmz").ToNode().Entries.Single(entry => entry.Name == "links").Value.Items.Count);
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_step_that_fails_leaves_nothing_of_the_others() => Run(() =>
    {
        Ip("link add d0 type bridge");
        Ip("link set d0 up mtu 1400");
        var before = Picture();
        // The kernel has no way to a gateway that is nowhere.
        var failing = Dmz.Replace("10.0.3.10}", "172.16.0.1}", StringComparison.Ordinal)
            .Replace("links:", "links:\n  - {name: d0, mtu: 1300}", StringComparison.Ordinal);
        var error = Assert.Throws<NetworkException>(() => State.Set(Read(failing)));
        Assert.Empty(error.NotRolledBack);
        Assert.Equal(before, Picture());
        Assert.False(Directory.Exists(Folder));

        State.Set(Read(Dmz));
        var made = Picture();
        Assert.Throws<NetworkException>(() => State.Set(Read(failing.Replace(
            "10.0.3.251/24, ", string.Empty, StringComparison.Ordinal))));
        Assert.Equal(made, Picture());
        Assert.Empty(State.Set(Read(Dmz)));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void What_is_anybody_elses_is_left_or_in_the_way() => Run(() =>
    {
        Ip("link add lxcbr1 type bridge");
        Ip("link set lxcbr1 mtu 1450");
        Ip("link add lxcbr9 type bridge");
        var before = Picture();
        var error = Assert.Throws<NetworkException>(() => State.Set(Read(Dmz.Replace(
            "{name: lxcbr1, kind: bridge}", "{name: lxcbr1, kind: bridge, mtu: 1400}", StringComparison.Ordinal))));
        Assert.Equal(NetworkErrorCode.ObjectExists, error.Code);
        Assert.Contains("links[1]", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, Picture());
        State.Set(Read(Dmz));
        State.Remove("dmz");
        Assert.Equal(before, Picture());

        var document = Read(Dmz.Replace(
            "{name: lxcbr1, kind: bridge}", "{name: lxcbr1, kind: bridge, mtu: 1400}", StringComparison.Ordinal));
        State.Set(document, new StateOptions { Adopt = true });
        Ip("link add m0 link lxcbr1 type macvlan mode bridge");
        Assert.Equal(
            NetworkErrorCode.ResourceBusy, Assert.Throws<NetworkException>(() => State.Remove("dmz")).Code);
        State.Remove("dmz", new StateOptions { Force = true });
        Assert.DoesNotContain("lxcbr1", Picture(), StringComparison.Ordinal);
        Assert.Contains("lxcbr9", Picture(), StringComparison.Ordinal);
    });

    [Fact]
    public void A_link_that_is_made_again_keeps_what_is_on_it() => Run(() =>
    {
        NeedsKind("vlan");
        const string Text = """
            name: lab
            links:
              - {name: d0, kind: dummy}
              - {name: v0, kind: vlan, parent: d0, vlanId: 10, addresses: [10.1.0.1/24]}
              - {name: v1, kind: vlan, parent: v0, vlanId: 20}
            routes: [{destinationPrefix: 10.2.0.0/16, nextHop: 10.1.0.9, interfaceAlias: v0}]
            """;
        State.Set(Read(Text));
        Ip("addr add 10.1.0.7/24 dev v0");
        var before = Picture();
        var done = State.Set(Read(Text.Replace("vlanId: 10", "vlanId: 11", StringComparison.Ordinal)));
        Assert.Equal(["Recreate link v0: vlanId 10 -> 11"], done.Select(step => $"{step}"));
        Assert.Equal(
            "address v0 10.1.0.1/24, address v0 10.1.0.7/24, link v1, route 10.2.0.0/16",
            string.Join(", ", done[0].Disrupts.Order(StringComparer.Ordinal)));
        Assert.Equal(before.Replace("vlan 10", "vlan 11", StringComparison.Ordinal), Picture());
        Assert.Empty(State.Test(Read(Text.Replace("vlanId: 10", "vlanId: 11", StringComparison.Ordinal))));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void IPv6_addresses_and_routes_change_and_come_back() => Run(() =>
    {
        const string Text = """
            name: six
            links: [{name: b0, kind: bridge, addresses: ["fd01::2/64"], gateway: "fd01::9"}]
            routes: [{destinationPrefix: "fd02::/64", nextHop: "fd01::7"}]
            """;
        State.Set(Read(Text));
        var made = Picture();
        // The last one has a gateway that is nowhere.
        Assert.Throws<NetworkException>(() => State.Set(Read("""
            name: six
            links: [{name: b0, kind: bridge, addresses: ["fd01::2/64"], gateway: "fd09::9"}]
            """)));
        Assert.Equal(made, Picture());
        State.Set(Read(Text.Replace("fd01::9", "fd01::8", StringComparison.Ordinal)
            .Replace("fd01::7", "fd01::6", StringComparison.Ordinal)));
        Assert.Equal(
            made.Replace("fd01::9", "fd01::8", StringComparison.Ordinal)
                .Replace("fd01::7", "fd01::6", StringComparison.Ordinal),
            Picture());
        State.Set(Read("name: six\nlinks: [{name: b0, kind: bridge, addresses: [\"fd01::2/80\"]}]"));
        Assert.Contains("b0 fd01::2/80", Picture(), StringComparison.Ordinal);
        Assert.DoesNotContain("fd01::2/64", Picture(), StringComparison.Ordinal);
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void Ports_of_others_are_told_of_and_what_is_taken_over_has_one_owner() => Run(() =>
    {
        const string One = """
            name: one
            links:
              - {name: b0, kind: bridge}
              - {name: va, kind: veth, bridge: b0, peer: vb}
            """;
        const string WithoutBridge = "name: one\nlinks: [{name: va, kind: veth, peer: vb}]";
        State.Set(Read(One));
        Ip("link add fp type veth peer name fq");
        Ip("link set fp master b0");
        var made = Picture();
        Assert.Equal(
            ["link fp as a port", "link va as a port"],
            State.Test(Read(WithoutBridge)).Single(step => step.Target == "link b0").Disrupts.Order());
        Assert.Throws<NetworkException>(() => State.Set(Read(
            WithoutBridge + "\nroutes: [{destinationPrefix: 10.0.0.0/8, nextHop: 172.16.0.1}]")));
        Assert.Equal(made, Picture());

        const string Two = "name: two\nlinks: [{name: b0, kind: bridge, mtu: 1300}]";
        Assert.Throws<NetworkException>(() => State.Set(Read(Two)));
        State.Set(Read(Two), new StateOptions { Adopt = true });
        Assert.Contains("state:two:b0", Ip("link show dev b0"), StringComparison.Ordinal);
        Assert.DoesNotContain("state:one:b0", Ip("link show dev b0"), StringComparison.Ordinal);
        Assert.Empty(State.Set(Read(Two), new StateOptions { Adopt = true }));
        State.Remove("one");
        Assert.Contains("b0: mtu 1300", Picture(), StringComparison.Ordinal);
        State.Remove("two");
        Assert.DoesNotContain("b0:", Picture(), StringComparison.Ordinal);
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void What_was_renamed_by_hand_is_known_and_a_rule_goes_by_what_is_said() => Run(() =>
    {
        const string Text = "name: one\nlinks: [{name: b0, kind: bridge}]";
        State.Set(Read(Text));
        Ip("link set b0 down");
        Ip("link set b0 name b9");
        var error = Assert.Throws<NetworkException>(() => State.Set(Read(Text)));
        Assert.Contains("'b9' now", error.Message, StringComparison.Ordinal);
        State.Remove("one");
        Assert.DoesNotContain("b9:", Picture(), StringComparison.Ordinal);

        Ip("rule add pref 50 from 192.0.2.4 lookup 9");
        Ip("rule add pref 51 from 192.0.2.4 lookup 9");
        State.Set(Read("rules: [{priority: 50, state: absent}]"));
        Assert.DoesNotContain("50:", Ip("rule"), StringComparison.Ordinal);
        Assert.Contains("51:", Ip("rule"), StringComparison.Ordinal);
        // A failure puts it back, and takes no other one away.
        var before = Picture();
        Assert.Throws<NetworkException>(() => State.Set(Read("""
            rules: [{priority: 51, state: absent}, {priority: 60, from: 192.0.2.0/24, table: 9}]
            routes: [{destinationPrefix: 10.0.0.0/8, nextHop: 172.16.0.1}]
            """)));
        Assert.Equal(before, Picture());
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void What_a_small_MTU_takes_comes_back() => Run(() =>
    {
        Ip("link add b0 type bridge");
        Ip("link set b0 up");
        Ip("addr add fd77::1/64 dev b0 nodad");
        Ip("route add fd78::/64 via fd77::9");
        Ip("addr add 10.7.0.1/24 dev b0");
        var before = Picture();
        Assert.Throws<NetworkException>(() => State.Set(Read("""
            links: [{name: b0, mtu: 1000}]
            routes: [{destinationPrefix: 10.0.0.0/8, nextHop: 172.16.0.1}]
            """)));
        Assert.Equal(before, Picture());
        Assert.Throws<NetworkException>(() => State.Set(Read("""
            links: [{name: b0, up: false}]
            routes: [{destinationPrefix: 10.0.0.0/8, nextHop: 172.16.0.1}]
            """)));
        Assert.Equal(before, Picture());
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_bridge_without_ports_comes_back_with_a_carrier() => Run(() =>
    {
        State.Set(Read("name: one\nlinks: [{name: b0, kind: bridge, addresses: [10.5.0.1/24]}]"));
        Assert.Throws<NetworkException>(() => State.Set(Read("""
            name: one
            links: []
            routes: [{destinationPrefix: 10.0.0.0/8, nextHop: 172.16.0.1}]
            """)));
        // The failing step comes before the removal; the export makes the bridge anew.
        var text = StateText.Write(State.ReadOwn("one").ToNode(), StateFormat.Yaml);
        State.Remove("one");
        State.Set(Read(text));
        Assert.DoesNotContain("NO-CARRIER", Ip("link show dev b0"), StringComparison.Ordinal);
    });

    internal static StateDocument Read(string text)
    {
        var problems = new List<StateProblem>();
        var root = StateText.Read(text, "test.yaml", StateFormat.Yaml, problems);
        var document = root is null ? null : StateDocument.Read(root, problems);
        Assert.Equal([], problems.Select(problem => problem.ToString()));
        return document!;
    }

    // All that ip(8) shows of all namespaces, without indexes, counters and what settles.
    private static string Picture()
    {
        var lines = new List<string>();
        var spaces = Ip("netns").Split('\n').Select(line => line.Split(' ')[0]);
        foreach (var space in spaces.Prepend(string.Empty).Distinct())
        {
            var at = space.Length == 0 ? string.Empty : $"-n {space} ";
            lines.Add($"namespace '{space}'");
            foreach (var link in IpJson(at + "link").EnumerateArray())
            {
                string Of(string name) => link.TryGetProperty(name, out var value) ? value.ToString() : string.Empty;
                var vlan = link.TryGetProperty("linkinfo", out var info)
                    && info.TryGetProperty("info_data", out var data)
                    && data.TryGetProperty("id", out var id) ? $" vlan {id}" : string.Empty;
                lines.Add($"{Of("ifname")}: mtu {Of("mtu")} {Of("link")} {Of("master")} {Of("flags")}{vlan}");
            }

            lines.AddRange(IpJson(at + "addr").EnumerateArray().SelectMany(link => link.GetProperty("addr_info")
                .EnumerateArray().Where(item => item.GetProperty("scope").GetString() != "link")
                .Select(item => $"{link.GetProperty("ifname")} {item.GetProperty("local")}/"
                    + $"{item.GetProperty("prefixlen")}")).Order());
            lines.AddRange(Ip(at + "route show table all").Split('\n')
                .Where(line => !line.Contains("fe80", StringComparison.Ordinal)
                    && !line.Contains("ff00", StringComparison.Ordinal)
                    && !line.Contains("table local", StringComparison.Ordinal))
                .Select(line => line.Replace("linkdown", string.Empty, StringComparison.Ordinal).Trim()).Order());
            lines.AddRange(Ip(at + "rule").Split('\n'));
        }

        return string.Join('\n', lines.Where(line => line.Length > 0));
    }
}
