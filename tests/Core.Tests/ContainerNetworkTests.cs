using System.Globalization;
using System.Net;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Networks;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.ContainerNetworkLab;
using IPAddress = LxcNetworking.Values.IPAddress;

namespace LxcNetworking.Tests;

/// <summary>Container networks with a real dnsmasq; ip(8) and nft(8) say what the kernel holds.</summary>
public sealed partial class ContainerNetworkTests
{
    [Fact]
    [Trait("Kernel", "none")]
    public void One_command_makes_it_all_and_one_removes_it() => Run(() =>
    {
        var before = Everything();
        var made = Here.Create(s_full);
        Assert.Equal(("lxcbr0", true, true), (made.Name, made.Nat, made.Dhcp));
        Assert.Equal(["10.0.3.1", "fd00:3::1"], made.Gateway.Select(address => address.ToString()));
        Assert.Equal("UP", Sandbox.IpJson("link show dev lxcbr0")[0].GetProperty("flags").EnumerateArray()
            .Select(flag => flag.GetString()).First(flag => flag == "UP"));
        Assert.Contains("10.0.3.1/24", Sandbox.Ip("address show dev lxcbr0"), StringComparison.Ordinal);
        Assert.Contains("fd00:3::1/64", Sandbox.Ip("address show dev lxcbr0"), StringComparison.Ordinal);
        Assert.Equal("1", Sysctl("net/ipv4/ip_forward"));
        Assert.Equal("1", Sysctl("net/ipv6/conf/all/forwarding"));
        Assert.Contains("ip saddr 10.0.3.0/24", Sandbox.Execute("nft", "list", "ruleset"), StringComparison.Ordinal);
        Assert.Contains("ip6 saddr fd00:3::/64", Sandbox.Execute("nft", "list", "ruleset"), StringComparison.Ordinal);
        // Bound to the bridge alone.
        Assert.All(Sandbox.Execute("ss", "-H", "-lntup").Split('\n')
            .Where(line => line.Contains("dnsmasq", StringComparison.Ordinal)
                && line.Contains(":53 ", StringComparison.Ordinal)),
            line => Assert.Matches(@"10\.0\.3\.1|fd00:3::1|fe80::", line));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
            File.GetUnixFileMode(Conf));

        Here.Remove("lxcbr0");
        Assert.Equal(before, Everything());
        Assert.Empty(Here.List());
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void The_server_has_none_of_roots_rights() => Run(() =>
    {
        Sandbox.NeedsOtherUsers();
        var made = Here.Create(s_full);
        Assert.DoesNotContain("\nUid:\t0\t", File.ReadAllText($"/proc/{made.DhcpProcessId}/status"),
            StringComparison.Ordinal);
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void The_same_again_changes_nothing_and_other_parameters_only_the_difference() => Run(() =>
    {
        var first = Here.Create(s_full);
        var before = Everything(withAddresses: true);
        Assert.Empty(Here.Plan(s_full));
        Assert.Equal(first.DhcpProcessId, Here.Create(s_full).DhcpProcessId);
        Assert.Equal(before, Everything(withAddresses: true));

        Assert.Equal(2, Here.Plan(s_full with { Nat = false }).Count);
        var second = Here.Create(s_full with { Nat = false });
        Assert.Equal((first.DhcpProcessId, false), (second.DhcpProcessId, second.Nat));
        Assert.Equal("", Sandbox.Execute("nft", "list", "ruleset"));

        Assert.StartsWith("Restart dnsmasq",
            Assert.Single(Here.Plan(s_full with { Nat = false, LeaseTime = TimeSpan.FromHours(2) })),
            StringComparison.Ordinal);
        var third = Here.Create(
            s_full with
            {
                Nat = false,
                Dhcp = false,
                StaticLeases = [],
                Domain = null,
                Subnets = [new IPPrefix("10.0.7.9/24")]
            });
        Assert.Equal((0, first.InterfaceIndex, "10.0.7.9"),
            (third.DhcpProcessId, third.InterfaceIndex, string.Join(',', third.Gateway)));
        Assert.False(File.Exists(Conf));
        Assert.DoesNotContain("10.0.3.1/24", Sandbox.Ip("address show dev lxcbr0"), StringComparison.Ordinal);
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_container_gets_its_address_reaches_the_outside_and_knows_the_others_by_name() => Run(() =>
    {
        Sandbox.Ip("netns add outside");
        Sandbox.Ip("link add up0 up type veth peer name out netns outside");
        Sandbox.Ip("address add 192.0.2.1/24 dev up0");
        Sandbox.Ip("-n outside link set out up");
        Sandbox.Ip("-n outside address add 192.0.2.2/24 dev out");
        Here.Create(s_full);
        var containers = Stacks.Pool.Get().Containers;
        foreach (var name in new[] { "web", "db" })
            Sandbox.Ip($"netns add {name}");
        containers.Connect(new ContainerReference("db"),
            new ContainerConnectionSpec
            { Network = "lxcbr0", Dhcp = true, MacAddress = MacAddress.Parse("02:00:00:00:00:40") });
        var web = containers.Connect(new ContainerReference("web"), new ContainerConnectionSpec { Network = "lxcbr0" });

        Assert.Contains("10.0.3.40/24", Sandbox.Ip("-n db address show dev eth0"), StringComparison.Ordinal);
        Assert.True(Sandbox.Pings("192.0.2.2", "web"));
        var answer = Sandbox.Execute("ip", "netns", "exec", "web", "busybox", "nslookup", "db.lxc", "10.0.3.1");
        Assert.Contains("10.0.3.40", answer, StringComparison.Ordinal);
        var leases = Here.Find("lxcbr0")!.Lease;
        Assert.Equal(["10.0.3.40", web.Lease!.IPAddress.Address.ToString()],
            leases.Select(lease => lease.IPAddress.ToString()).OrderBy(text => text == "10.0.3.40" ? 0 : 1));
        Assert.Equal("02:00:00:00:00:40", leases.First(lease => lease.IPAddress.ToString() == "10.0.3.40")
            .MacAddress?.ToString());
        // The router advertisement comes by itself.
        Assert.True(
            Sandbox.Eventually(() => Sandbox.Ip("-n web -6 address show dev eth0 scope global")
                .Contains("fd00:3::", StringComparison.Ordinal)));

        Assert.Equal(NetworkErrorCode.ResourceBusy, Refusal(() => Here.Remove("lxcbr0")).Code);
        Here.Remove("lxcbr0", force: true);
        Assert.False(Directory.Exists("/run/lxcnetworking/lxcbr0"));
        // The leases are on file as long as the links have them.
        foreach (var name in new[] { "web", "db" })
            Assert.Empty(containers.Disconnect([Stacks.Pool.Get(new NamespaceReference(name)).Links.Get("eth0")]));
        Assert.False(Directory.Exists("/run/lxcnetworking"));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void An_uplink_keeps_addresses_and_routes_on_the_bridge_and_after_it() => Run(() =>
    {
        MakeUplink();
        static (string Main, string Other) Routes() =>
            (Sandbox.Lasting("route"), Sandbox.Lasting("route show table 77"));
        var before = Routes();
        Assert.True(Sandbox.Pings("192.0.2.254"));
        Here.Create(new ContainerNetworkSpec("br0") { Uplink = "eth0" });
        Assert.Equal("br0", Sandbox.IpJson("link show dev eth0")[0].GetProperty("master").GetString());
        Assert.Equal(Sandbox.IpJson("link show dev eth0")[0].GetProperty("address").GetString(),
            Sandbox.IpJson("link show dev br0")[0].GetProperty("address").GetString());
        Assert.Equal((before.Main.Replace("eth0", "br0", StringComparison.Ordinal),
            before.Other.Replace("eth0", "br0", StringComparison.Ordinal)), Routes());
        Assert.DoesNotContain("192.0.2", Sandbox.Ip("address show dev eth0"), StringComparison.Ordinal);
        Assert.True(Sandbox.Pings("192.0.2.254") && Sandbox.Pings("198.51.100.1") && Sandbox.Pings("2001:db8::ff"));
        Assert.Empty(Here.Plan(new ContainerNetworkSpec("br0") { Uplink = "eth0" }));

        Here.Remove("br0");
        Assert.Equal(before, Routes());
        foreach (var address in new[] { "192.0.2.1/24", "192.0.2.3/24", "2001:db8::1/64" })
            Assert.Contains(address, Sandbox.Ip("address show dev eth0"), StringComparison.Ordinal);
        Assert.True(Sandbox.Pings("192.0.2.254") && Sandbox.Pings("198.51.100.1") && Sandbox.Pings("2001:db8::ff"));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_failure_half_way_puts_the_host_back_as_it_was() => Run(() =>
    {
        MakeUplink();
        var before = Everything(withAddresses: true);
        using var stop = new CancellationTokenSource();
        var steps = 0;
        Assert.ThrowsAny<OperationCanceledException>(() => Here.Create(
            new ContainerNetworkSpec("br0") { Uplink = "eth0", Subnets = [new IPPrefix("10.0.3.0/24")], Nat = true },
            _ =>
            {
                if (++steps == 4)
                    stop.Cancel();
            },
            stop.Token));
        Assert.Equal(before, Everything(withAddresses: true));

        FailWithoutIPv6(() => { });
        Assert.Equal(before, Everything(withAddresses: true));
        Assert.True(Sandbox.Pings("198.51.100.1") && Sandbox.Pings("2001:db8::ff"));
        Assert.False(Directory.Exists("/run/lxcnetworking"));

        // Somebody else has the port that dnsmasq needs.
        Sandbox.Ip("link add lxcbr0 up type bridge");
        Sandbox.Ip("address add 10.0.3.1/24 dev lxcbr0");
        before = Everything(withAddresses: true);
        using (var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.InterNetwork,
            System.Net.Sockets.SocketType.Dgram, System.Net.Sockets.ProtocolType.Udp))
        {
            socket.Bind(new IPEndPoint(System.Net.IPAddress.Any, 67));
            var refusal = Refusal(() => Here.Create(s_full));
            Assert.Equal(NetworkErrorCode.DependencyFailed, refusal.Code);
            Assert.Contains("dnsmasq", refusal.Message, StringComparison.Ordinal);
            Assert.Equal(before, Everything(withAddresses: true));
        }

        // What was there before is there afterwards too.
        Here.Create(s_full);
        Here.Remove("lxcbr0");
        Assert.Equal(before, Everything(withAddresses: true));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void What_an_interrupted_command_left_is_completed_or_removed() => Run(() =>
    {
        Here.Create(s_full);
        // As if it had been killed after it wrote down what it was about to do.
        Sandbox.Ip("address del 10.0.3.1/24 dev lxcbr0");
        Sandbox.Execute("nft", "flush", "ruleset");
        Sandbox.Execute("kill", "-9", File.ReadAllText(Pid).Trim());
        WaitForEnd(File.ReadAllText(Pid).Trim());
        Assert.True(Here.Create(s_full).DhcpProcessId > 0);
        Assert.Contains("10.0.3.1/24", Sandbox.Ip("address show dev lxcbr0"), StringComparison.Ordinal);

        Sandbox.Execute("kill", "-9", File.ReadAllText(Pid).Trim());
        Sandbox.Ip("link del lxcbr0");
        Here.Remove("lxcbr0");
        Assert.False(Directory.Exists("/run/lxcnetworking"));
        Assert.Equal("", Sandbox.Execute("nft", "list", "ruleset"));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_server_whose_maker_was_killed_before_it_was_on_file_is_found() => Run(() =>
    {
        var first = Here.Create(s_full).DhcpProcessId;
        File.Delete(Pid);
        var second = Here.Create(s_full).DhcpProcessId;
        Assert.True(second > 0 && second != first);
        WaitForEnd(first.ToString(CultureInfo.InvariantCulture));

        // Another namespace's of the same name has the same folder in its own /run, and is left alone.
        Sandbox.Run(() =>
        {
            Here.Create(s_full);
            File.Delete(Pid);
            Here.Remove("lxcbr0");
        });
        Assert.Equal(second, Here.Find("lxcbr0")!.DhcpProcessId);
        File.Delete(Pid);
        Here.Remove("lxcbr0");
        WaitForEnd(second.ToString(CultureInfo.InvariantCulture));
    });

    [Theory]
    [InlineData("10.0.3.0/24")]
    [InlineData("10.0.3.128/25")]
    [InlineData("10.0.0.0/16")]
    [InlineData("fd00:3::/64")]
    [Trait("Kernel", "none")]
    public void A_subnet_that_overlaps_a_route_is_refused_unless_forced(string subnet) => Run(() =>
    {
        Sandbox.Ip("link add other up type veth peer name far");
        Sandbox.Ip("link set far up");
        Sandbox.Ip("address add 10.0.3.77/24 dev other");
        Sandbox.Ip("address add fd00:3::77/64 dev other nodad");
        var spec = new ContainerNetworkSpec("lxcbr0") { Subnets = [new IPPrefix(subnet)] };
        var refusal = Refusal(() => Here.Create(spec));
        Assert.Equal(NetworkErrorCode.RouteExists, refusal.Code);
        Assert.Contains("other", refusal.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists("/run/lxcnetworking"));
        Here.Create(spec with { Force = true });
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void Links_planted_under_run_are_not_followed() => Run(() =>
    {
        var precious = Directory.CreateTempSubdirectory("precious").FullName;
        File.WriteAllText(precious + "/file", "precious");
        // In place of the folder above, of the network's, and of each file.
        File.CreateSymbolicLink("/run/lxcnetworking", precious);
        Assert.Equal(NetworkErrorCode.NotSupported, Refusal(() => Here.Create(s_full)).Code);
        File.Delete("/run/lxcnetworking");
        Directory.CreateDirectory("/run/lxcnetworking");
        File.CreateSymbolicLink(Folder, precious);
        Assert.Equal(NetworkErrorCode.NotSupported, Refusal(() => Here.Create(s_full)).Code);
        File.Delete(Folder);
        Directory.CreateDirectory(Folder);
        foreach (var name in new[] { "dnsmasq.conf", "dnsmasq.pid", "leases" })
            File.CreateSymbolicLink($"{Folder}/{name}", precious + "/file");
        var made = Here.Create(s_full);
        Assert.True(made.DhcpProcessId > 0);
        Assert.Empty(made.Lease);

        // And where others may write, nobody is believed.
        File.Delete($"{Folder}/leases");
        File.CreateSymbolicLink($"{Folder}/leases", precious + "/file");
        Assert.Empty(Here.Find("lxcbr0")!.Lease);
        Here.Remove("lxcbr0");
        Sandbox.Execute("mkdir", "-p", Folder);
        Sandbox.Execute("chmod", "777", Folder);
        Assert.Equal(NetworkErrorCode.NotSupported, Refusal(() => Here.Create(s_full)).Code);
        Assert.Equal("precious", File.ReadAllText(precious + "/file"));
        Assert.Equal(["file"], Directory.EnumerateFileSystemEntries(precious).Select(Path.GetFileName));
        Directory.Delete(precious, recursive: true);
    });

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"Subnets\":[\"10.0.3.0/99\"]}")]
    [InlineData("{\"Subnets\":[\"10.0.3.0/24\"],\"Dhcp\":true,\"Domain\":\"a\\nuser=root\"}")]
    [InlineData(
        "{\"Subnets\":[\"10.0.3.0/24\"],\"Dhcp\":true,"
        + "\"StaticLeases\":[{\"HostName\":\"a\\nb\",\"Address\":\"10.0.3.4\"}]}")]
    [Trait("Kernel", "none")]
    public void A_spoilt_state_is_said_and_not_believed(string content) => Run(() =>
    {
        Here.Create(s_full with { Nat = false, Dhcp = false, Domain = null, StaticLeases = [] });
        File.WriteAllText(Folder + "/network.json", content);
        var said = new List<NetworkException>();
        Assert.Empty(Here.List(said.Add));
        Assert.Contains("network.json", Assert.Single(said).Message, StringComparison.Ordinal);
        Assert.Equal(NetworkErrorCode.InvalidArgument, Refusal(() => Here.Remove("lxcbr0")).Code);
        Assert.Equal(NetworkErrorCode.InvalidArgument, Refusal(() => Here.Create(s_full)).Code);
        Assert.Equal(1, Sandbox.IpJson("link show dev lxcbr0").GetArrayLength());
    });

    [Fact]
    public void Leases_on_file_that_are_none_are_passed_over() => Run(() =>
    {
        Here.Create(s_full with { Nat = false });
        File.WriteAllText(Folder + "/leases",
            "x\n1 2 3\n0 02:00:00:00:00:01 10.0.3.9 * *\n99999999999999999999 a 10.0.3.8 n *\n1700000000 " +
                "02:00:00:00:00:02 10.0.3.10 evil\u001b[31m *\nduid 00:01\n1700000000 7 fd00:3::9 six 00:01\n1700");
        var leases = Here.Find("lxcbr0")!.Lease;
        Assert.Equal(["10.0.3.9", "10.0.3.10", "fd00:3::9"], leases.Select(lease => lease.IPAddress.ToString()));
        Assert.Equal(((DateTimeOffset?)null, @"evil\x1b[31m", null),
            (leases[0].Expires, leases[1].HostName, leases[2].MacAddress));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void What_cannot_be_is_refused_before_anything_is_made() => Run(() =>
    {
        Sandbox.Ip("link add card type veth peer name wire");
        var before = Everything();
        void Refused(NetworkErrorCode code, ContainerNetworkSpec spec)
        {
            Assert.Equal(code, Refusal(() => Here.Create(spec)).Code);
            Assert.Equal(before, Everything());
            Assert.False(Directory.Exists("/run/lxcnetworking"));
        }

        var plain = new ContainerNetworkSpec("lxcbr0") { Subnets = [new IPPrefix("10.0.3.0/24")] };
        foreach (var name in new[] { "", "..", "a/b", "a b", "-a", "a\n", "toolongforaninterface", "a;b", "a'b" })
            Refused(NetworkErrorCode.InvalidName, plain with { Name = name });
        Refused(NetworkErrorCode.InvalidArgument, new ContainerNetworkSpec("lxcbr0"));
        Refused(NetworkErrorCode.InvalidArgument, new ContainerNetworkSpec("lxcbr0") { Uplink = "card", Nat = true });
        string[] subnets =
        [
            "10.0.3.0", "10.0.3.0/31", "10.0.3.255/24", "127.0.0.0/24", "224.0.0.0/24", "255.255.255.0/24",
            "0.0.0.0/24", "0.0.0.0/0",
            "fe80::/64", "ff00::/64", "::ffff:10.0.0.1/120", "::1/120",
        ];
        foreach (var subnet in subnets)
            Refused(NetworkErrorCode.InvalidArgument, plain with { Subnets = [new IPPrefix(subnet)] });
        Refused(NetworkErrorCode.InvalidArgument,
            plain with { Subnets = [new IPPrefix("10.0.3.0/24"), new IPPrefix("10.0.4.0/24")] });
        Refused(NetworkErrorCode.InvalidArgument, plain with { Dhcp = true, Subnets = [new IPPrefix("fd00::/80")] });
        Refused(NetworkErrorCode.InvalidArgument, plain with { Domain = "lxc" });
        Refused(NetworkErrorCode.InvalidArgument, plain with { Dhcp = true, Domain = "a b" });
        Refused(NetworkErrorCode.InvalidArgument, plain with { Dhcp = true, LeaseTime = TimeSpan.FromSeconds(1) });
        Refused(NetworkErrorCode.InvalidArgument,
            plain with { Dhcp = true, DhcpRange = (IPAddress.Parse("10.0.3.9"), IPAddress.Parse("10.0.3.8")) });
        Refused(NetworkErrorCode.InvalidArgument,
            plain with { Dhcp = true, DhcpRange = (IPAddress.Parse("10.0.4.8"), IPAddress.Parse("10.0.4.9")) });
        Refused(NetworkErrorCode.InvalidArgument,
            plain with { Dhcp = true, StaticLeases = [new StaticLease("web", IPAddress.Parse("10.9.9.9"))] });
        Refused(NetworkErrorCode.InvalidArgument,
            plain with { Dhcp = true, StaticLeases = [new StaticLease("web", IPAddress.Parse("10.0.3.255"))] });
        Refused(NetworkErrorCode.InvalidName,
            plain with { Dhcp = true, StaticLeases = [new StaticLease("we,b", IPAddress.Parse("10.0.3.9"))] });
        Refused(NetworkErrorCode.LinkExists, plain with { Name = "card" });
        Refused(NetworkErrorCode.LinkNotFound, new ContainerNetworkSpec("br0") { Uplink = "nowhere" });
        Refused(NetworkErrorCode.NotSupported, new ContainerNetworkSpec("br0") { Uplink = "lo" });
        Assert.Equal(NetworkErrorCode.ObjectNotFound, Refusal(() => Here.Remove("nobody")).Code);
    });
}
