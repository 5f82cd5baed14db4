using System.Text.Json;
using System.Text.RegularExpressions;
using LxcNetworking.Namespaces;
using LxcNetworking.Nat;
using LxcNetworking.State;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.State.Text;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>Translations, container networks and containers in documents, with nft(8), ip(8) and traffic as the
/// eye.</summary>
[Trait("Kernel", "none")]
public class StateSectionTests
{
    private const string Nat = """
        name: way
        links: [{name: lxcbr0, kind: bridge, addresses: [10.0.3.1/24]}]
        nat:
          - name: out
            internalIPInterfaceAddressPrefix: 10.0.3.0/24
            mappings:
              - {protocol: tcp, externalPort: 8080, internalIPAddress: 10.0.3.251, internalPort: 80}
              - {protocol: UDP, externalPort: "53", internalIPAddress: 10.0.3.2, internalPort: 53}
        """;

    private const string Out = "nat: [{name: out, internalIPInterfaceAddressPrefix: 10.0.3.0/24%}]";

    private const string Network = """
        name: net
        networks: [{name: lxcbr2, subnet: 10.0.6.0/24, nat: true}]
        namespaces: [web]
        links:
          - name: vethweb
            kind: veth
            bridge: lxcbr2
            peer: {name: eth0, namespace: web, addresses: [10.0.6.5/24], gateway: 10.0.6.1}
        """;

    private const string Containers = """
        name: boxes
        networks: [{name: lxcbr2, subnet: 10.0.6.0/24, nat: true}]
        links: [{name: lxcbr1, kind: bridge, addresses: [10.0.5.1/24]}]
        containers:
          - name: mail
            connections:
              - {network: lxcbr2, ipAddress: 10.0.6.9}
              - {bridge: lxcbr1, ipAddress: 10.0.5.9/24, mtu: 1400}
        checks: [{to: 10.0.6.9}, {from: mail, to: 10.0.5.1}, {from: mail, to: 10.0.6.1, port: 81}]
        """;

    private static StateOperations State => Stacks.Pool.Get().State;

    [Fact]
    public void A_translation_and_its_mappings_follow_the_document() => Run(() =>
    {
        var before = Picture();
        Assert.Equal(
            ["Create link lxcbr0", "Create address lxcbr0 10.0.3.1/24", "Create nat out", "Create forwarding IPv4"],
            State.Set(Read(Nat)).Select(step => $"{step}"));
        Assert.Equal("1", Forwarding());
        var rules = Rules();
        Assert.Contains("masquerade", rules, StringComparison.Ordinal);
        Assert.Contains("8080", rules, StringComparison.Ordinal);
        Assert.Contains("10.0.3.251", rules, StringComparison.Ordinal);
        Assert.Empty(State.Set(Read(Nat)));
        Assert.Equal(rules, Rules());

        var edited = Nat.Replace("8080", "8081", StringComparison.Ordinal);
        var change = Assert.Single(State.Set(Read(edited)));
        Assert.Equal((NetStateAction.Change, "mappings"), (change.Action, change.Property));
        Assert.DoesNotContain("8080", Rules(), StringComparison.Ordinal);
        Assert.Contains("8081", Rules(), StringComparison.Ordinal);

        // Another network takes the translation down and makes it again, with the mappings.
        Assert.All(
            State.Set(Read(edited.Replace("Prefix: 10.0.3.0/24", "Prefix: 10.0.0.0/16", StringComparison.Ordinal))),
            step => Assert.Equal(NetStateAction.Recreate, step.Action));
        Assert.Contains("8081", Rules(), StringComparison.Ordinal);
        Assert.Contains("\"10.0.0.0\"", Rules(), StringComparison.Ordinal);

        State.Remove("way");
        Assert.Equal(before, Picture());
    });

    [Fact]
    public void A_failing_last_step_leaves_no_translation_and_no_forwarding() => Run(() =>
    {
        var before = Picture();
        var failing = Nat + "\nroutes: [{destinationPrefix: 10.0.4.0/24, nextHop: 172.16.0.1}]";
        Assert.Empty(Assert.Throws<NetworkException>(() => State.Set(Read(failing))).NotRolledBack);
        Assert.Equal(before, Picture());

        // Forwarding that was on stays on.
        Ip("link add lxcbr9 type bridge");
        File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "1");
        State.Set(Read(Nat));
        State.Remove("way");
        Assert.Equal("1", Forwarding());
    });

    [Theory]
    [InlineData(Out, "externalIPAddress: 10.0.3.1")]
    [InlineData(Out, "externalInterfaceAlias: lxcbr0")]
    [InlineData("", "mtu: 1400, initialCongestionWindow: 20")]
    [InlineData("", "source: 10.0.3.1")]
    [InlineData("", "congestionControl: reno")]
    public void What_a_failed_change_has_added_is_taken_away(string section, string added) => Run(() =>
    {
        var way = section.Length > 0 ? string.Empty : "%";
        var text = $$"""
            name: way
            links: [{name: lxcbr0, kind: bridge, addresses: [10.0.3.1/24, 'fd03::1/64']}]
            {{section}}
            routes: [{destinationPrefix: 10.7.0.0/16, nextHop: 10.0.3.9{{way}}}#]
            """;
        string Of(string addition, string failing = "") => text.Replace("%", addition, StringComparison.Ordinal)
            .Replace("#", failing, StringComparison.Ordinal);
        State.Set(Read(Of(string.Empty)));
        var before = Picture();
        var error = Assert.Throws<NetworkException>(() => State.Set(Read(Of(
            $", {added}", ", {destinationPrefix: 10.8.0.0/16, nextHop: 172.16.0.1}"))));
        Assert.Empty(error.NotRolledBack);
        Assert.Equal(before, Picture());
        State.Set(Read(Of($", {added}")));
        Assert.NotEqual(before, Picture());
    });

    [Fact]
    public void A_translation_of_somebody_else_is_in_the_way() => Run(() =>
    {
        Stacks.Pool.Get().Translation.Create(new("out", new IPPrefix("10.0.9.0/24")));
        var before = Picture();
        Assert.Equal(
            NetworkErrorCode.ObjectExists, Assert.Throws<NetworkException>(() => State.Set(Read(Nat))).Code);
        Assert.Equal(before, Picture());
        State.Set(Read(Nat), new() { Adopt = true });
        Assert.Contains("\"10.0.3.0\"", Rules(), StringComparison.Ordinal);
    });

    [Theory]
    [InlineData("nat: [{name: out}]", "nat[0]: has no 'internalIPInterfaceAddressPrefix'")]
    [InlineData("nat: [{internalIPInterfaceAddressPrefix: 10.0.3.0/24}]", "nat[0]: has no 'name'")]
    [InlineData("nat: [{name: out, internalIPInterfaceAddressPrefix: 10.0.3.0/33}]", "Prefix: ")]
    [InlineData("nat: [{name: out, internalIPInterfaceAddressPrefix: 10.0.3.0/24, mappings: [{protocol: tcp}]}]",
        "nat[0].mappings: a mapping has no 'internalIPAddress'")]
    [InlineData("nat: [{name: 'a/b', internalIPInterfaceAddressPrefix: 10.0.3.0/24}]", "cannot name a NAT")]
    [InlineData("networks: [{name: lxcbr2}]", "networks[0]: A container network needs a subnet")]
    [InlineData("networks: [{name: lxcbr2, subnet: 10.0.6.0/24, dhcpp: true}]", "'dhcp' is")]
    [InlineData("networks: [{name: lxcbr2, subnet: 10.0.6.0/24, domain: lan}]", "go with DHCP")]
    public void Mistakes_are_told(string yaml, string expected)
    {
        var problems = new List<StateProblem>();
        StateDocument.Read(StateText.Read(yaml, "t", StateFormat.Yaml, problems)!, problems);
        Assert.Contains(expected, Assert.Single(problems).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_carries_what_is_plugged_into_it() => Run(() =>
    {
        var before = Picture();
        State.Set(Read(Network));
        Assert.True(Pings("10.0.6.1", "web"));
        Assert.Equal("1", Forwarding());
        Assert.Empty(State.Set(Read(Network)));
        var text = StateText.Write(State.Read(["web"]).ToNode(), StateFormat.Yaml);
        // What was made for the network is the network's.
        Assert.DoesNotContain("kind: bridge", text, StringComparison.Ordinal);
        Assert.DoesNotContain("nat:\n", text, StringComparison.Ordinal);
        Assert.Empty(State.Test(Read(text)));

        var change = Assert.Single(
            State.Set(Read(Network.Replace("nat: true", "nat: false", StringComparison.Ordinal))));
        Assert.Equal("Change network lxcbr2: nat true -> false", $"{change}");
        Assert.DoesNotContain("masquerade", Rules(), StringComparison.Ordinal);
        State.Remove("net");
        Assert.Equal(before, Picture());
        Assert.False(Directory.Exists("/run/lxcnetworking"));
    });

    [Fact]
    public void A_network_is_put_back_with_all_else() => Run(() =>
    {
        State.Set(Read(Network));
        var made = Picture();
        var failing = "name: net\nroutes: [{destinationPrefix: 10.0.4.0/24, nextHop: 172.16.0.1}]";
        Assert.Empty(Assert.Throws<NetworkException>(() => State.Set(Read(failing))).NotRolledBack);
        Assert.Equal(made, Picture());
        failing = Network.Replace("nat: true", "nat: false", StringComparison.Ordinal)
            + "\nroutes: [{destinationPrefix: 10.0.4.0/24, nextHop: 172.16.0.1}]";
        Assert.Empty(Assert.Throws<NetworkException>(() => State.Set(Read(failing))).NotRolledBack);
        Assert.Equal(made, Picture());
        Assert.True(Pings("10.0.6.1", "web"));
    });

    [Fact]
    public void Containers_are_connected_in_order_with_what_their_network_lends() => Run(() =>
    {
        Ip("netns add mail");
        Ip("netns exec mail ip link set lo up");
        var before = Picture();
        var document = Read(Containers);
        State.Set(document);
        var links = IpJson("-n mail addr show").EnumerateArray().Skip(1)
            .Select(link => link.GetProperty("ifname").GetString()).ToList();
        Assert.Equal(["eth0", "eth1"], links);
        Assert.Contains("10.0.6.9/24", Ip("-n mail addr show dev eth0"), StringComparison.Ordinal);
        Assert.Contains("default via 10.0.6.1 dev eth0", Ip("-n mail route"), StringComparison.Ordinal);
        Assert.Equal(1400, IpJson("-n mail link show dev eth1")[0].GetProperty("mtu").GetInt32());
        Assert.Empty(State.Set(document));
        Assert.Empty(State.Test(Read(StateText.Write(document.ToNode(), StateFormat.Yaml))));

        var checks = State.TestTraffic(document).ToList();
        Assert.Equal([true, true, false], checks.Select(check => check.Succeeded));
        Assert.Contains("ConnectionRefused", checks[2].Problem, StringComparison.Ordinal);

        // The same MAC address again for a container that was made anew.
        var address = MacOf();
        Ip("netns del mail");
        Assert.True(Eventually(() => !Ip("link").Contains("veth", StringComparison.Ordinal)));
        Ip("netns add mail");
        State.Set(document);
        Assert.Equal(address, MacOf());
        Ip("netns exec mail ip link set lo up");
        State.Remove("boxes");
        Assert.Equal(before, Picture());

        static string? MacOf() => IpJson("-n mail link show dev eth0")[0].GetProperty("address").GetString();
    });

    [Fact]
    public void A_container_that_does_not_run_is_pending_and_its_network_is_made() => Run(() =>
    {
        var document = Read(Containers.Replace("name: mail", "name: 'lxc:nobody'", StringComparison.Ordinal)
            .Replace("from: mail", "from: 'lxc:nobody'", StringComparison.Ordinal));
        var steps = State.Set(document);
        Assert.Contains(steps, step => step is { Action: NetStateAction.Pending, Target: "link eth0" });
        Assert.Contains("lxcbr2", Ip("link"), StringComparison.Ordinal);
        Assert.DoesNotContain("veth", Ip("link"), StringComparison.Ordinal);
        Assert.All(State.Set(document), step => Assert.Equal(NetStateAction.Pending, step.Action));
        Assert.All(State.TestTraffic(document).Skip(1), check => Assert.Contains("nobody", check.Problem, default));
        State.Remove("boxes");
    });

    [Fact]
    public void A_network_grants_a_containers_lease() => Run(() =>
    {
        Ip("netns add mail");
        Ip("netns exec mail ip link set lo up");
        var before = Picture();
        var document = Read("""
            name: lease
            networks: [{name: lxcbr2, subnet: 10.0.6.0/24, nat: true, dhcp: true}]
            containers: [{name: mail, connections: [{network: lxcbr2, ipAddress: dhcp}]}]
            """);
        State.Set(document);
        Assert.Contains("inet 10.0.6.", Ip("-n mail addr show dev eth0"), StringComparison.Ordinal);
        Assert.Contains("default via 10.0.6.1", Ip("-n mail route"), StringComparison.Ordinal);
        Assert.Empty(State.Set(document));
        var text = StateText.Write(State.ReadOwn("lease").ToNode(), StateFormat.Yaml);
        Assert.Contains("- dhcp", text, StringComparison.Ordinal);
        Assert.Empty(State.Test(Read(text)));
        State.Remove("lease");
        Assert.Equal(before, Picture());
    });

    [Fact]
    public void An_address_of_somebody_elses_link_is_a_documents_own() => Run(() =>
    {
        Ip("link add d0 type bridge");
        State.Set(Read("{name: one, links: [{name: d0, addresses: [10.0.9.1/24]}]}"));
        var text = StateText.Write(State.ReadOwn("one").ToNode(), StateFormat.Json);
        Assert.Contains("10.0.9.1/24", text, StringComparison.Ordinal);
        Assert.Empty(State.Test(Read(text)));
        State.Remove("one");
        Assert.DoesNotContain("10.0.9.1", Ip("addr"), StringComparison.Ordinal);
        Assert.Contains("d0", Ip("link"), StringComparison.Ordinal);
    });

    [Theory]
    [InlineData("connections: [{interfaceName: eth0}]", "is to have one of 'network', 'bridge' and 'parent'")]
    [InlineData("connections: [{bridge: br0, network: br0}]", "is to have one of")]
    [InlineData("connections: [{bridge: br0, kind: macvlan}]", "a link of kind 'macvlan' cannot be plugged")]
    [InlineData("connections: [{parent: eth0, kind: phys}]", "a link of kind 'phys' cannot be put on a parent")]
    [InlineData("connections: [{parent: eth0, hostInterfaceName: v}]", "which veth pairs alone have")]
    [InlineData("connections: [{bridge: br0, ipAddress: 10.0.3.1}]", "10.0.3.1 has no prefix length")]
    [InlineData("connections: [{bridge: br0, macAdress: a}]", "'macAddress' is")]
    public void Mistakes_in_containers_are_told(string connections, string expected)
    {
        var problems = new List<StateProblem>();
        var yaml = $"containers: [{{name: mail, {connections}}}]";
        StateDocument.Read(StateText.Read(yaml, "t", StateFormat.Yaml, problems)!, problems);
        Assert.Contains(expected, Assert.Single(problems).ToString(), StringComparison.Ordinal);
    }

    private static StateDocument Read(string yaml) => StateLab.Read(yaml);

    private static string Forwarding() => File.ReadAllText("/proc/sys/net/ipv4/ip_forward").Trim();

    // The table as it is, without the numbers that the kernel counts up.
    private static string Rules()
    {
        var objects = JsonDocument.Parse(Execute("nft", "-j", "list", "ruleset")).RootElement.GetProperty("nftables")
            .EnumerateArray().SelectMany(item => item.EnumerateObject()).Where(item => item.Name != "metainfo");
        return string.Join('\n', objects.Select(item => Regex.Replace(
            item.Value.GetRawText(), "\"handle\": \\d+", string.Empty)));
    }

    private static string Picture() => string.Join(
        '\n',
        [
            Lasting("addr"), Lasting("route"), Lasting("rule"),
            Regex.Replace(Ip("netns list"), " \\(id: \\d+\\)", string.Empty), Rules(), Forwarding(),
        ]);
}
