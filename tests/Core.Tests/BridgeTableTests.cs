using System.Text.Json;
using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

public class BridgeTableTests
{
    private static NetworkStack Here => Stacks.Pool.Get();

    [Fact]
    public void Vlans_are_added_shown_and_removed_with_ranges() => Run(() =>
    {
        PrepareVlans();
        var added = Here.Bridges.AddVlan("p1", [new VlanRange(10), new VlanRange("20-30")]);
        Assert.Equal(12, added.Count);
        Here.Bridges.AddVlan("p1", [new VlanRange(5)], pvid: true, untagged: true);
        Here.Bridges.AddVlan("br0", [new VlanRange("100-101")]);
        Assert.Equal(
            [(1, null, "Egress Untagged"), (5, null, "PVID,Egress Untagged"), (10, null, ""),
                (20, 30, "")], Shown("p1"));
        Assert.Equal([(1, null, "PVID,Egress Untagged"), (100, 101, "")], Shown("br0"));
        var read = Here.Bridges.ListVlans("br0").Where(vlan => vlan.InterfaceAlias == "p1").ToList();
        Assert.Equal([1, 5, 10, .. Enumerable.Range(20, 11)], read.Select(vlan => vlan.VlanId));
        Assert.Equal([5], read.Where(vlan => vlan.Pvid).Select(vlan => vlan.VlanId));
        Here.Bridges.RemoveVlan("p1", [new VlanRange("22-28"), new VlanRange(10)]);
        Assert.Equal(
            [(1, null, "Egress Untagged"), (5, null, "PVID,Egress Untagged"), (20, 21, ""), (29, 30, "")], Shown("p1"));

        Execute("bridge", "vlan", "add", "dev", "p2", "vid", "200-210", "untagged");
        Assert.Equal(11, Here.Bridges.ListVlans()
            .Count(vlan => vlan is { InterfaceAlias: "p2", VlanId: >= 200, Untagged: true, Bridge: "br0" }));
        Here.Bridges.AddVlan("p2", [new VlanRange("1-4094")]);
        Assert.Equal(4094, Here.Bridges.ListVlans().Count(vlan => vlan.InterfaceAlias == "p2"));
    });

    [Fact]
    public void Vlans_keep_containers_apart() => Run(() =>
    {
        PrepareVlans();
        foreach (var (name, vlan, host) in new[] { ("c1", 10, 1), ("c2", 10, 2), ("c3", 20, 3) })
        {
            VlanTests.Container(name, "br0", $"10.5.0.{host}/24");
            Here.Bridges.RemoveVlan("v" + name, [new VlanRange(1)]);
            Here.Bridges.AddVlan("v" + name, [new VlanRange(vlan)], pvid: true, untagged: true);
        }

        Assert.True(Pings("10.5.0.2", "c1"));
        Assert.True(IsSilent("10.5.0.3", "c1"));
    });

    [Fact]
    public void Vlans_that_cannot_be_are_refused() => Run(() =>
    {
        Assert.Throws<NetworkException>(() => new VlanRange("0-5"));
        Assert.Throws<NetworkException>(() => new VlanRange("10-4095"));
        Assert.Throws<NetworkException>(() => new VlanRange("20-10"));
        Assert.Throws<FormatException>(() => new VlanRange("ten"));
        Assert.Throws<FormatException>(() => new VlanRange("1-2-3"));
        PrepareVlans();
        Assert.Equal(NetworkErrorCode.InvalidArgument,
            Assert.Throws<NetworkException>(() => Here.Bridges.AddVlan("p1", [new VlanRange("2-3")], pvid: true)).Code);
        Assert.Equal(NetworkErrorCode.NotSupported,
            Assert.Throws<NetworkException>(() => Here.Bridges.AddVlan("f1", [new VlanRange(2)])).Code);
        Assert.Equal(NetworkErrorCode.ObjectNotFound,
            Assert.Throws<NetworkException>(() => Here.Bridges.RemoveVlan("p1", [new VlanRange(7)])).Code);
        Assert.Equal([(1, null, "PVID,Egress Untagged")], Shown("p1"));
    });

    [Fact]
    public void Forwarding_entries_are_added_shown_and_removed() => Run(() =>
    {
        Prepare();
        var mac = MacAddress.Parse("02:00:00:00:00:01");
        var entry = Here.Bridges.AddFdbEntry(new BridgeFdbSpec("p1", mac));
        Assert.Equal((BridgeFdbType.Static, "br0", "p1", false),
            (entry.Type, entry.Bridge, entry.InterfaceAlias, entry.Self));
        Here.Bridges.AddFdbEntry(new BridgeFdbSpec("p1", MacAddress.Parse("02:00:00:00:00:02"))
        { Type = BridgeFdbType.Dynamic });
        Here.Bridges.AddFdbEntry(new BridgeFdbSpec("p2", MacAddress.Parse("02:00:00:00:00:03"))
        { Type = BridgeFdbType.Permanent });
        var shown = Fdb()
            .Where(item => item.GetProperty("mac").GetString()!.StartsWith("02:00:00:00:00", StringComparison.Ordinal))
            .Select(item =>
                $"{item.GetProperty("mac").GetString()![^1]} {item.GetProperty("ifname").GetString()} " +
                    $"{item.GetProperty("state").GetString()} {item.GetProperty("master").GetString()}").Distinct()
                    .Order(StringComparer.Ordinal);
        Assert.Equal(["1 p1 static br0", "2 p1  br0", "3 p2 permanent br0"], shown);

        var error = Assert.Throws<NetworkException>(() => Here.Bridges.AddFdbEntry(new BridgeFdbSpec("p2", mac)));
        Assert.Equal(NetworkErrorCode.ObjectExists, error.Code);
        Assert.Equal("p2", Here.Bridges.AddFdbEntry(new BridgeFdbSpec("p2", mac) { Replace = true }).InterfaceAlias);
        foreach (var item in Here.Bridges.ListFdb("br0")
            .Where(item => item.VlanId is null && item.MacAddress.ToString()
                .StartsWith("02:00:00:00:00", StringComparison.Ordinal)))
            Here.Bridges.RemoveFdbEntry(item);
        Assert.DoesNotContain(Fdb(), item => item.GetProperty("mac")
            .GetString()!.StartsWith("02:00:00:00:00", StringComparison.Ordinal));
        Assert.Equal(NetworkErrorCode.ObjectNotFound,
            Assert.Throws<NetworkException>(() => Here.Bridges.RemoveFdbEntry(entry)).Code);
        Assert.Equal(NetworkErrorCode.NotSupported,
            Assert.Throws<NetworkException>(() =>
                Here.Bridges.AddFdbEntry(new BridgeFdbSpec("f1", mac) { Self = false })).Code);
        Assert.Equal(NetworkErrorCode.InvalidArgument,
            Assert.Throws<NetworkException>(() => Here.Bridges.AddFdbEntry(new BridgeFdbSpec("p1", MacAddress.Zero)))
            .Code);
        Execute("bridge", "fdb", "add", "02:00:00:00:00:09", "dev", "p1", "master", "static", "sticky");
        Assert.Contains(Here.Bridges.ListFdb("br0"),
            item => item is { InterfaceAlias: "p1", Type: BridgeFdbType.Static, Sticky: true }
            && item.MacAddress.ToString() == "02:00:00:00:00:09");
    });

    [Fact]
    public void Vxlan_hosts_are_forwarding_entries() => Run(() =>
    {
        NeedsKind("vxlan");
        Ip("link add vx0 type vxlan id 1 dstport 4789");
        var mac = MacAddress.Parse("02:00:00:00:00:01");
        var entry = Here.Bridges.AddFdbEntry(
            new BridgeFdbSpec("vx0", mac) { Destination = IPAddress.Parse("192.0.2.2"), Port = 8472, Vni = 77 });
        Assert.Equal(("192.0.2.2", 8472, 77, true), (entry.Destination!.ToString(), entry.Port, entry.Vni, entry.Self));
        Here.Bridges.AddFdbEntry(new BridgeFdbSpec("vx0", MacAddress.Zero)
        { Destination = IPAddress.Parse("192.0.2.3") });
        Here.Bridges.AddFdbEntry(new BridgeFdbSpec("vx0", MacAddress.Zero)
        { Destination = IPAddress.Parse("192.0.2.4"), Append = true });
        var shown = Fdb("dev", "vx0")
            .Select(item => $"{item.GetProperty("mac").GetString()![^1]} {item.GetProperty("dst").GetString()}")
            .Order(StringComparer.Ordinal);
        Assert.Equal(["0 192.0.2.3", "0 192.0.2.4", "1 192.0.2.2"], shown);
        foreach (var item in Here.Bridges.ListFdb()
            .Where(item => item.InterfaceAlias == "vx0" && item.Destination?.ToString() != "192.0.2.3"))
            Here.Bridges.RemoveFdbEntry(item);
        Assert.Single(Fdb("dev", "vx0"));
        Ip("link add vx1 type vxlan id 2 dstport 4789 local 2001:db8::1");
        Assert.Equal("2001:db8::2",
            Here.Bridges.AddFdbEntry(new BridgeFdbSpec("vx1", mac) { Destination = IPAddress.Parse("2001:db8::2") })
            .Destination!.ToString());
        Ip("link add br0 type bridge");
        var bridge = Here.Links.Get("br0").Index;
        BridgeFdbEntry AddScoped(int scope) =>
            Here.Bridges.AddFdbEntry(new BridgeFdbSpec("vx1", MacAddress.Parse("02:00:00:00:00:02"))
            { Destination = IPAddress.Parse($"fe80::5%{scope}"), Device = "br0" });
        Assert.Equal(NetworkErrorCode.InvalidArgument,
            Assert.Throws<NetworkException>(() => AddScoped(bridge + 1)).Code);
        Assert.Equal(("fe80::5", bridge),
            (AddScoped(bridge).Destination!.ToString(),
                Here.Bridges.ListFdb().Single(item => item.MacAddress.ToString() == "02:00:00:00:00:02").DeviceIndex));
        var error = Assert.Throws<NetworkException>(() =>
            Here.Bridges.AddFdbEntry(new BridgeFdbSpec("br0", mac) { Destination = IPAddress.Parse("192.0.2.2") }));
        Assert.NotNull(error.Message);
    });

    [Fact]
    public void A_forwarding_entry_is_of_a_VNI_or_of_next_hops_and_has_several_hosts() => Run(() =>
    {
        NeedsKind("vxlan");
        Here.Links.Create(new VxlanSpec("vx0", new VxlanSettings { External = true }));
        BridgeFdbSpec Of(int vni, string host, bool append = false) => new("vx0", MacAddress.Zero)
        {
            SourceVni = vni,
            Vni = vni,
            Destination = IPAddress.Parse(host),
            Append = append,
        };
        // A host has one place in each network.
        var station = new BridgeFdbSpec("vx0", MacAddress.Parse("02:00:00:00:00:02"))
        {
            SourceVni = 5,
            Vni = 5,
            Destination = IPAddress.Parse("192.0.2.2"),
        };
        Here.Bridges.AddFdbEntry(station);
        var error = Assert.Throws<NetworkException>(() => Here.Bridges.AddFdbEntry(
            new BridgeFdbSpec("vx0", station.MacAddress)
            {
                SourceVni = 5,
                Vni = 5,
                Destination = IPAddress.Parse("192.0.2.3"),
                Append = true,
            }));
        Assert.Contains("go to several", error.Message, StringComparison.Ordinal);
        Assert.Equal("192.0.2.2", Assert.Single(Here.Bridges.ListFdb()).Destination!.ToString());
        Here.Bridges.RemoveFdbEntry(Assert.Single(Here.Bridges.ListFdb()));

        var first = Here.Bridges.AddFdbEntry(Of(5, "192.0.2.2"));
        Here.Bridges.AddFdbEntry(Of(6, "192.0.2.2"));
        var second = Here.Bridges.AddFdbEntry(Of(6, "192.0.2.3", append: true));
        Assert.Equal((5, 6, "192.0.2.3"), (first.SourceVni, second.SourceVni, $"{second.Destination}"));
        Assert.Equal(["5 192.0.2.2", "6 192.0.2.2", "6 192.0.2.3"], Hosts());
        // Each one goes by itself.
        Here.Bridges.RemoveFdbEntry(Here.Bridges.ListFdb().Single(
            entry => entry is { SourceVni: 6 } && entry.Destination!.ToString() == "192.0.2.2"));
        Assert.Equal(["5 192.0.2.2", "6 192.0.2.3"], Hosts());

        var mac = MacAddress.Parse("02:00:00:00:00:01");
        Here.Links.Create(new VxlanSpec("vx1", new VxlanSettings { Vni = 7, Port = 4790 }));
        Ip("nexthop add id 1 via 192.0.2.2 fdb");
        Ip("nexthop add id 2 via 192.0.2.3 fdb");
        Ip("nexthop add id 10 group 1/2 fdb");
        var shared = Here.Bridges.AddFdbEntry(new BridgeFdbSpec("vx1", mac) { NextHopId = 10 });
        Assert.Equal((10, null), (shared.NextHopId, shared.Destination));
        Assert.Equal(10, Fdb("dev", "vx1").Single().GetProperty("nhid").GetInt32());
        Here.Bridges.RemoveFdbEntry(shared);
        Assert.Empty(Fdb("dev", "vx1"));
        Execute("bridge", "fdb", "add", $"{mac}", "dev", "vx1", "nhid", "10", "self");
        Assert.Equal(10, Here.Bridges.ListFdb().Single(entry => entry.InterfaceAlias == "vx1").NextHopId);
        error = Assert.Throws<NetworkException>(() => Here.Bridges.AddFdbEntry(
            new BridgeFdbSpec("vx1", mac) { NextHopId = 10, Destination = IPAddress.Parse("192.0.2.2") }));
        Assert.Equal(NetworkErrorCode.InvalidArgument, error.Code);

        static IEnumerable<string> Hosts() => Fdb("dev", "vx0")
            .Select(entry => $"{entry.GetProperty("src_vni")} {entry.GetProperty("dst")}").Order();
    });

    private static void Prepare()
    {
        Ip("link add br0 type bridge");
        Ip("link set br0 up");
        for (var i = 1; i <= 2; i++)
        {
            Ip($"link add p{i} type veth peer name f{i}");
            Ip($"link set p{i} master br0 up");
            Ip($"link set f{i} up");
        }
    }

    private static void PrepareVlans()
    {
        if (TryExecute("ip", ["link", "add", "probe0", "type", "bridge", "vlan_filtering", "1"]).Code != 0)
            Lacking("this kernel's bridges do not filter VLANs");
        Ip("link del probe0");
        Prepare();
        Ip("link set br0 type bridge vlan_filtering 1");
    }

    private static JsonElement.ArrayEnumerator Fdb(params string[] filter)
        => JsonDocument.Parse(Execute("bridge", ["-j", "fdb", "show", .. filter])).RootElement.EnumerateArray();

    private static IEnumerable<(int, int?, string)> Shown(string link)
        => JsonDocument.Parse(Execute("bridge", "-j", "-compressvlans", "vlan", "show", "dev", link)).RootElement[0]
        .GetProperty("vlans").EnumerateArray()
            .Select(item =>
                (item.GetProperty("vlan").GetInt32(), item.TryGetProperty("vlanEnd", out var end)
                    ? end.GetInt32() : (int?)null,
                item.TryGetProperty("flags", out var flags)
                ? string.Join(',', flags.EnumerateArray().Select(flag => flag.GetString())) : string.Empty));
}
