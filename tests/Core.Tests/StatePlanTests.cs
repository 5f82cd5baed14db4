using LxcNetworking.State.Apply;
using LxcNetworking.State.Documents;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>What is done about differences, and in which order, on a machine in memory.</summary>
[Trait("Kernel", "none")]
public partial class StatePlanTests
{
    [Fact]
    public void Each_difference_has_its_action()
    {
        var lab = new StateLab();
        const string Text = """
            links:
            - {name: b0, kind: bridge, mtu: 1400}
            - {name: v0, kind: vlan, parent: b0, vlanId: 7}
            - {name: d0, kind: dummy}
            """;
        Assert.Equal(["Create link b0", "Create link v0", "Create link d0"], lab.Set(Text));
        Assert.Empty(lab.Set(Text));
        var other = Text.Replace("1400", "1300", StringComparison.Ordinal)
            .Replace("vlanId: 7", "vlanId: 8", StringComparison.Ordinal)
            .Replace("- {name: d0, kind: dummy}", "- {name: d1, kind: dummy}", StringComparison.Ordinal);
        string[] differences =
        [
            "Change link b0: mtu 1400 -> 1300", "Recreate link v0: vlanId 7 -> 8", "Create link d1", "Remove link d0",
        ];
        Assert.Equal(differences, lab.Test(other));
        Assert.Equal(differences, lab.Set(other));
        Assert.Empty(lab.Set(other));
    }

    [Fact]
    public void Each_thing_comes_after_what_it_needs()
    {
        var lab = new StateLab();
        // The worst order that a document can have.
        Assert.Equal(
            [
                "create namespace 'web'", "create link 'b0'", "create address 'b0 10.0.0.1/24'", "create link 'v0'",
                "create link 'm0' in 'web'", "create link 'a0'", "create link 'p0'", "create link 'bond0'",
                "create link 'd1'", "create address 'eth0 10.0.0.2/24' in 'web'",
                "create neighbor 'eth0 10.0.0.9' in 'web'", "create route '10.2.0.0/16' in 'web'",
                "create route '10.1.0.0/16' in 'web'", "create route '0.0.0.0/0' in 'web'",
                "create rule 'IPv4 priority 7' in 'web'", "change link 'bond0': primary",
            ],
            lab.Steps("""
                rules: [{priority: 7, namespace: web}]
                routes:
                - {destinationPrefix: 10.1.0.0/16, nextHop: 10.0.0.1, namespace: web}
                - {destinationPrefix: 10.2.0.0/16, interfaceAlias: eth0, namespace: web}
                neighbors:
                - {interfaceAlias: eth0, ipAddress: 10.0.0.9, linkLayerAddress: "02:00:00:00:00:01", namespace: web}
                links:
                - {name: m0, kind: macvlan, mode: bridge, parent: v0, parentNamespace: '', namespace: web}
                - {name: v0, kind: vxlan, vni: 7, local: 10.0.0.1}
                - {name: a0, kind: vlan, parent: b0, vlanId: 7}
                - name: p0
                  kind: veth
                  bridge: b0
                  peer: {name: eth0, namespace: web, addresses: 10.0.0.2/24, gateway: 10.0.0.1}
                - {name: d1, kind: dummy, master: bond0}
                - {name: b0, kind: bridge, addresses: 10.0.0.1/24}
                - {name: bond0, kind: bond, mode: ActiveBackup, primary: d1}
                namespaces: [web]
                """));
    }

    [Fact]
    public void A_tunnel_without_an_address_of_its_own_begins_at_the_one_that_it_has()
    {
        // Unnumbered: the tunnel bears the address that its packets begin at, too.
        var lab = new StateLab();
        Assert.Equal(
            [
                "create link 'd0'", "create address 'd0 10.0.0.1/24'", "create link 't0'",
                "create address 't0 10.0.0.1/32'",
            ],
            lab.Steps("""
                links:
                - {name: t0, kind: gre, local: 10.0.0.1, remote: 10.0.0.2, addresses: 10.0.0.1/32}
                - {name: d0, kind: dummy, addresses: 10.0.0.1/24}
                """));
    }

    [Fact]
    public void What_needs_each_other_is_refused()
    {
        var error = Refused(new StateLab(), """
            links:
            - {name: v0, kind: vlan, parent: v1, vlanId: 7}
            - {name: v1, kind: vlan, parent: v0, vlanId: 7}
            """);
        Assert.Equal(NetworkErrorCode.InvalidArgument, error.Code);
        Assert.Equal(
            "These need each other, so that none can be first: link 'v0' (t:2:3 links[0]), link 'v1' "
                + "(t:3:3 links[1]).",
            error.Message);
    }

    [Theory]
    [InlineData("{name: v0, kind: vlan, vlanId: 7}", "The VLAN link 'v0' needs a parent link")]
    [InlineData("{name: v0, kind: ipvlan}", "The ipvlan link 'v0' needs a parent link")]
    [InlineData("{name: v0, kind: veth}", "is one end of a pair, and the document does not say the other")]
    [InlineData("{name: v0, kind: dummy, macAddress: '01:00:00:00:00:01'}", "01:00:00:00:00:01")]
    public void What_cannot_be_made_is_refused_with_its_place(string link, string problem)
    {
        var error = Refused(new StateLab(), $"links:\n- {link}\n- {{name: d0, kind: dummy, parent: d7}}");
        Assert.Contains("t:2:3: links[0]: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.Contains("links[1]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_made_again_takes_along_what_is_on_it_and_brings_it_back()
    {
        const string Text = """
            namespaces: [web]
            links:
            - {name: d0, kind: dummy}
            - {name: v0, kind: vlan, parent: d0, vlanId: 7, addresses: [10.1.0.1/24, 10.1.0.2/24]}
            - {name: m0, namespace: web, kind: macvlan, parent: v0, mode: bridge, addresses: 10.1.0.3/24}
            routes: [{destinationPrefix: 10.2.0.0/16, nextHop: 10.1.0.9}]
            """;
        var lab = new StateLab();
        lab.Set(Text);
        lab.Others("""
            links: [{name: v0, addresses: ["fd00::1/64", 10.9.0.1/24]}]
            routes: [{destinationPrefix: 10.3.0.0/16, nextHop: 10.9.0.9}]
            """);
        var before = lab.Machine.Picture();
        Assert.Equal(
            ["Recreate link v0: vlanId 7 -> 8"],
            lab.Set(Text.Replace("vlanId: 7", "vlanId: 8", StringComparison.Ordinal)));
        Assert.Equal(
            before.Select(line => line.Replace("vlanId 7", "vlanId 8", StringComparison.Ordinal)),
            lab.Machine.Picture());
    }

    [Fact]
    public void A_link_that_is_made_again_has_its_ports_again()
    {
        var lab = new StateLab();
        const string Text = "links: [{name: v0, kind: vrf, table: 9}, {name: d1, kind: dummy, master: v0}]";
        lab.Set(Text);
        lab.Others("links: [{name: x0, kind: dummy, master: v0, addresses: ['fd00::1/64', 10.0.0.1/24]}]");
        var before = lab.Machine.Picture();
        // Its table is chosen when it is made.
        Assert.Equal(
            ["Recreate link v0: table 9 -> 8"],
            lab.Set(Text.Replace("table: 9", "table: 8", StringComparison.Ordinal)));
        Assert.Equal(
            before.Select(line => line.Replace("table 9", "table 8", StringComparison.Ordinal)), lab.Machine.Picture());
        // Of another kind, it is another link, which takes no ports.
        const string Bridge = """
            links: [{name: b0, kind: bridge}, {name: d1, kind: dummy, bridge: b0, bridgePort: {cost: 9}}]
            """;
        lab.Set(Bridge);
        var ports = lab.Machine.Picture();
        Assert.Contains(ports, line => line.Contains("bridgePort.cost 9", StringComparison.Ordinal));
        lab.Set("links: [{name: b0, kind: dummy}, {name: d1, kind: dummy, bridge: ''}]");
        lab.Set(Bridge);
        static bool IsPort(string line) => line.StartsWith("link 'd1'", StringComparison.Ordinal);
        Assert.Equal(ports.Where(IsPort), lab.Machine.Picture().Where(IsPort));
    }

    [Fact]
    public void The_namespace_of_a_parent_is_found_or_asked_for()
    {
        var lab = new StateLab().Others("namespaces: [web]\nlinks: [{name: d0, kind: dummy}]");
        const string Text = "links: [{name: m0, namespace: web, kind: macvlan, parent: d0}]";
        lab.Set(Text);
        Assert.Contains(lab.Machine.Picture(), line => line.Contains("parentNamespace \"\"", StringComparison.Ordinal));
        lab.Others("links: [{name: d0, namespace: web, kind: dummy}]");
        // What is there tells it.
        Assert.Empty(lab.Set(Text));
        var error = Refused(lab, Text.Replace("m0", "m1", StringComparison.Ordinal));
        Assert.Equal(
            "t:1:9: links[0]: 'd0' is in the namespace 'web' and outside of it; say which one is meant by "
                + "'parentNamespace', which is '' for the outer one.",
            error.Message);
        lab.Set("links: [{name: m1, namespace: web, kind: macvlan, parent: d0, parentNamespace: web}]");
        Assert.Contains(
            lab.Machine.Picture(), line => line.Contains("parentNamespace \"web\"", StringComparison.Ordinal));
    }

    [Fact]
    public void A_container_that_does_not_run_is_waited_for_with_all_that_needs_it()
    {
        var lab = new StateLab();
        lab.Machine.Pending.Add("lxc:web");
        const string Text = """
            links:
            - {name: b0, kind: bridge}
            - name: p0
              kind: veth
              bridge: b0
              addresses: 10.1.0.1/24
              peer: {name: eth0, namespace: "lxc:web", addresses: 10.0.0.2/24}
            - {name: v0, kind: vlan, parent: p0, vlanId: 7}
            routes:
            - {destinationPrefix: 10.2.0.0/16, interfaceAlias: p0}
            - {destinationPrefix: 10.3.0.0/16, interfaceAlias: b0}
            """;
        Assert.Equal(
            [
                "Create link b0", "Pending link p0", "Pending address p0 10.1.0.1/24", "Pending link eth0 in lxc:web",
                "Pending address eth0 10.0.0.2/24 in lxc:web", "Pending link v0", "Pending route 10.2.0.0/16",
                "Create route 10.3.0.0/16",
            ],
            lab.Set(Text));
        Assert.DoesNotContain(lab.Set(Text), line => !line.StartsWith("Pending", StringComparison.Ordinal));

        lab.Machine.Pending.Clear();
        lab.Machine.Add(new StateItem(StateKey.Of("lxc:web")));
        Assert.Equal(6, lab.Set(Text).Count);
        Assert.Empty(lab.Set(Text));
        var running = lab.Machine.Picture();

        // It is restarted: its namespace went, with the host's end of the pair and all on it.
        lab.Machine.Remove(StateKey.Of("lxc:web"));
        lab.Machine.Pending.Add("lxc:web");
        lab.Set(Text);
        lab.Machine.Pending.Clear();
        lab.Machine.Add(new StateItem(StateKey.Of("lxc:web")));
        lab.Set(Text);
        Assert.Equal(running, lab.Machine.Picture());
        lab.Set("links: []");
        Assert.Equal(["namespace 'lxc:web' : "], lab.Machine.Picture());
    }

    [Fact]
    public void A_pair_is_made_from_any_namespace_to_any_other()
    {
        string[] places = ["", "web", "db"];
        foreach (var (one, other) in places.SelectMany(one => places.Select(other => (one, other))))
        {
            var lab = new StateLab();
            var text = Text(one, other);
            Assert.Equal(6, lab.Set(text).Count);
            Assert.Empty(lab.Set(text));
            var made = lab.Machine.Picture();
            foreach (var (third, fourth) in places.SelectMany(one => places.Select(other => (one, other))))
            {
                lab.Set(Text(third, fourth));
                lab.Set(text);
                Assert.Equal(made, lab.Machine.Picture());
            }

            lab.Set("links: []");
            Assert.Empty(lab.Machine.Picture());
        }

        static string Text(string one, string other) => $$"""
            namespaces: [web, db]
            links:
            - name: p0
              kind: veth
              namespace: '{{one}}'
              addresses: 10.0.0.1/24
              peer: {name: p1, namespace: '{{other}}', addresses: 10.0.0.2/24, mtu: 1400}
            """;
    }

    [Fact]
    public void A_networks_first_IPv4_address_goes_without_the_others_or_the_routes()
    {
        const string Text = """
            links: [{name: d0, kind: dummy, addresses: [10.0.0.1/24, 10.0.0.2/24, 10.0.0.3/24]}]
            routes:
            - {destinationPrefix: 10.7.0.0/16, nextHop: 10.0.0.9}
            - {destinationPrefix: 10.8.0.0/16, nextHop: 10.0.0.9, source: 10.0.0.3}
            """;
        var lab = new StateLab();
        lab.Set(Text);
        lab.Others("routes: [{destinationPrefix: 10.6.0.0/16, nextHop: 10.0.0.8}]");
        var fewer = Text.Replace("10.0.0.1/24, ", string.Empty, StringComparison.Ordinal);
        Assert.Equal(["Remove address d0 10.0.0.1/24"], lab.Set(fewer));
        Assert.Equal(3, lab.Machine.Picture().Count(line => line.StartsWith("route", StringComparison.Ordinal)));
        // The only one goes, and another of the same network comes.
        var one = Text.Replace("10.0.0.1/24, 10.0.0.2/24, 10.0.0.3/24", "10.0.0.4/24", StringComparison.Ordinal)
            .Replace("10.0.0.3}", "10.0.0.4}", StringComparison.Ordinal);
        lab.Set(one);
        Assert.Empty(lab.Set(one));
        Assert.Equal(3, lab.Machine.Picture().Count(line => line.StartsWith("route", StringComparison.Ordinal)));
    }

    [Fact]
    public void What_is_needed_and_is_not_there_is_told_before_anything_is_done()
    {
        var lab = new StateLab().Others(
            "links: [{name: d0, kind: dummy}, {name: v0, kind: vlan, parent: d0, vlanId: 7}]");
        (string Text, string Told)[] cases =
        [
            ("links: [{name: a, namespace: web, kind: dummy}]",
                "t:1:9: links[0]: there is no namespace 'web', and the document does not list it under 'namespaces'."),
            ("links: [{name: a, mtu: 1400}]",
                "t:1:9: links[0]: there is no link 'a', and without a 'kind' none is made."),
            ("links: [{name: a, kind: vlan, parent: nix, vlanId: 7}]",
                "t:1:9: links[0]: the link 'a' needs the link 'nix', which is not there."),
            ("links: [{name: a, kind: dummy, bridge: nix}]",
                "t:1:9: links[0]: the link 'a' needs the link 'nix', which is not there."),
            ("links: [{name: d0, kind: dummy, bridge: nix}]",
                "t:1:9: links[0]: the link 'd0' needs the link 'nix', which is not there."),
            ("routes: [{destinationPrefix: 10.0.0.0/8, interfaceAlias: nix}]",
                "t:1:10: routes[0]: the route '10.0.0.0/8' needs the link 'nix', which is not there."),
            ("links: [{name: d0, state: absent}, {name: v0, kind: vlan, parent: d0, vlanId: 7}]",
                "t:1:36: links[1]: the link 'v0' needs the link 'd0', which goes."),
        ];
        var before = lab.Machine.Picture();
        foreach (var (text, told) in cases)
        {
            Assert.Equal(told, Refused(lab, text, new StateOptions { Adopt = true, Force = true }).Message);
            Assert.Equal(before, lab.Machine.Picture());
            Assert.Empty(lab.Machine.Log);
        }
    }

    [Fact]
    public void A_link_that_joins_a_VRF_keeps_its_addresses_and_routes()
    {
        const string Text = """
            links:
            - {name: vrf0, kind: vrf, table: 9}
            - {name: d0, kind: dummy, addresses: [10.0.0.1/24, "fd00::1/64"]}
            neighbors: [{interfaceAlias: d0, ipAddress: 10.0.0.7, linkLayerAddress: "02:00:00:00:00:01"}]
            routes:
            - {destinationPrefix: 10.7.0.0/16, nextHop: 10.0.0.9}
            - {destinationPrefix: "fd01::/64", interfaceAlias: d0}
            """;
        var lab = new StateLab();
        lab.Set(Text);
        lab.Others("routes: [{destinationPrefix: 10.6.0.0/16, nextHop: 10.0.0.8}]");
        var before = lab.Machine.Picture();
        lab.Set(Text.Replace("kind: dummy", "kind: dummy, master: vrf0", StringComparison.Ordinal));
        Assert.Equal(
            before.Select(line => line.StartsWith("link 'd0'", StringComparison.Ordinal)
                ? line.Replace("master \"\"", "master \"vrf0\"", StringComparison.Ordinal) : line),
            lab.Machine.Picture());
    }

    private static NetworkException Refused(StateLab lab, string text, StateOptions? options = null)
        => Assert.Throws<NetworkException>(() => lab.Set(text, options));
}
