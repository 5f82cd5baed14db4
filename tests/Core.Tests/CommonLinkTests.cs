using System.Text.Json;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>What links of every kind have besides names, addresses and the MTU.</summary>
public class CommonLinkTests
{
    private static NetworkStack Here => Stacks.Pool.Get();

    [Fact]
    public void A_link_is_made_with_what_it_is_given() => Run(() =>
    {
        var said = new CommonLinkSettings
        {
            TxQueueCount = 4,
            RxQueueCount = 3,
            Arp = false,
            Multicast = false,
            AllMulticast = true,
            Dynamic = true,
            GsoMaxSize = 32000,
            GsoMaxSegments = 100,
            GroMaxSize = 40000,
            BroadcastAddress = LinkLayerAddress.Parse("02:00:00:00:00:ff"),
        };
        var pair = Here.Links.CreateVeth(new VethSpec("v0", new VethPeerSpec("v1") { Index = 71, Common = said })
        {
            Index = 70,
            Group = 9,
            TxQueueLength = 11,
            Promiscuous = true,
            Up = true,
            Common = said,
        });
        foreach (var link in new[] { pair, pair.Peer })
        {
            var shown = IpJson($"link show dev {link.Name}")[0];
            string[] fields =
            [
                "num_tx_queues", "num_rx_queues", "gso_max_size", "gso_max_segs", "gro_max_size", "broadcast",
                "ifindex",
            ];
            Assert.Equal(
                ["4", "3", "32000", "100", "40000", "02:00:00:00:00:ff", $"{(link == pair ? 70 : 71)}"],
                fields.Select(field => $"{shown.GetProperty(field)}"));
            Assert.Equal(["ALLMULTI", "DYNAMIC", "NOARP"],
                Flags(shown).Intersect(["ALLMULTI", "DYNAMIC", "NOARP", "MULTICAST"]).Order());
            Assert.Equal(
                (4, 3, 32000, 100, 40000, said.BroadcastAddress, false, false, true, true),
                (link.TxQueueCount, link.RxQueueCount, link.GsoMaxSize, link.GsoMaxSegments, link.GroMaxSize,
                    link.BroadcastAddress, link.Arp, link.Multicast, link.AllMulticast, link.Dynamic));
        }

        var near = IpJson("link show dev v0")[0];
        Assert.Equal(("9", "11"), (near.GetProperty("group").GetString(), $"{near.GetProperty("txqlen")}"));
        Assert.Contains("PROMISC", Flags(near));

        var taken = Assert.Throws<NetworkException>(
            () => Here.Links.Create(new LinkSpec("ifb7", new IfbSettings()) { Index = 70 }));
        Assert.Equal(NetworkErrorCode.LinkExists, taken.Code);
        Assert.Contains("index 70", taken.Message, StringComparison.Ordinal);
        taken = Assert.Throws<NetworkException>(
            () => Here.Links.CreateVeth(new VethSpec("v2", new VethPeerSpec("v3") { Index = 71 }) { Index = 73 }));
        Assert.Contains("index 71", taken.Message, StringComparison.Ordinal);
        Assert.Throws<NetworkException>(
            () => Here.Links.CreateVeth(new VethSpec("v2", new VethPeerSpec("v3") { Index = 74 })));
        var late = Assert.Throws<NetworkException>(() => Here.Links.Create(
            new LinkSpec("ifb7", new IfbSettings()) { Common = new() { Carrier = false } }));
        Assert.Contains("Carrier", late.Message, StringComparison.Ordinal);
        Assert.Equal(3, Here.Links.List().Count);
    });

    [Fact]
    public void A_link_is_changed_by_us_and_by_ip_and_goes_back_whole() => Run(() =>
    {
        Ip("link add v0 numtxqueues 2 type veth peer name v1");
        Ip("link add br0 type bridge");
        var before = IpJson("link show dev v0")[0].GetRawText();
        var change = new LinkChange
        {
            Common = new()
            {
                Arp = false,
                Multicast = false,
                AllMulticast = true,
                Dynamic = true,
                GsoMaxSize = 30000,
                GsoMaxSegments = 10,
                GroMaxSize = 20000,
                BroadcastAddress = LinkLayerAddress.Parse("02:00:00:00:00:fe"),
                AddressGenerationMode = AddressGenerationMode.None,
            },
            AlternativeName = ["a-name-that-is-longer-than-others", "other"],
        };
        Here.Links.Change(Here.Links.Get("v0"), change);
        var shown = IpJson("link show dev other")[0];
        Assert.Equal(
            "30000 10 20000 02:00:00:00:00:fe none",
            string.Join(' ',
                new[] { "gso_max_size", "gso_max_segs", "gro_max_size", "broadcast", "inet6_addr_gen_mode" }
                .Select(field => $"{shown.GetProperty(field)}")));
        Assert.Equal(["NOARP", "ALLMULTI", "DYNAMIC"], Flags(shown).Except(["BROADCAST", "M-DOWN"]));
        Assert.Equal("v0", Here.Links.Get("a-name-that-is-longer-than-others").Name);

        Ip("link set dev v0 arp on multicast on allmulticast off dynamic off");
        Ip("link set dev v0 gso_max_size 65536 gso_max_segs 65535 gro_max_size 65536");
        Ip("link set dev v0 broadcast ff:ff:ff:ff:ff:ff addrgenmode eui64");
        Ip("link property del dev v0 altname other altname a-name-that-is-longer-than-others");
        var again = Here.Links.Get("v0");
        Assert.Equal(
            (true, true, false, false, 65536, 65535, 65536, "ff:ff:ff:ff:ff:ff", AddressGenerationMode.Eui64, 0, 2),
            (again.Arp, again.Multicast, again.AllMulticast, again.Dynamic, again.GsoMaxSize, again.GsoMaxSegments,
                again.GroMaxSize, $"{again.BroadcastAddress}", again.AddressGenerationMode,
                again.AlternativeName.Count, again.TxQueueCount));
        Assert.Equal(before, IpJson("link show dev v0")[0].GetRawText());

        // A name is taken by the last message of the change, after all that goes back.
        var refusal = Assert.Throws<NetworkException>(
            () => Here.Links.Change(again, change with { AlternativeName = ["third", "br0"] }));
        Assert.Equal(NetworkErrorCode.LinkExists, refusal.Code);
        Assert.Empty(refusal.NotRolledBack);
        Assert.Equal(before, IpJson("link show dev v0")[0].GetRawText());
        // Nobody may say that a veth has a carrier, which is the last that the kernel looks at.
        refusal = Assert.Throws<NetworkException>(() => Here.Links.Change(
            again, change with { Common = change.Common! with { Carrier = true }, AlternativeName = null }));
        Assert.Equal(NetworkErrorCode.NotSupported, refusal.Code);
        Assert.Empty(refusal.NotRolledBack);
        Assert.Equal(before, IpJson("link show dev v0")[0].GetRawText());
        foreach (var wrong in new CommonLinkSettings[]
        {
            new() { TxQueueCount = 3 }, new() { ProtoDownReason = [32] }, new() { Token = IPAddress.Parse("10.0.0.1") },
            new() { GsoMaxSegments = 0 },
        })
        {
            Assert.Equal(
                NetworkErrorCode.InvalidArgument,
                Assert.Throws<NetworkException>(
                    () => Here.Links.Change(again, new LinkChange { Common = wrong })).Code);
        }
    });

    [Fact]
    public void A_program_keeps_a_link_down_for_its_reasons() => Run(() =>
    {
        Ip("link add v0 type veth peer name v1");
        Ip("link add m0 link v0 type macvlan");
        var link = Here.Links.Get("m0");
        void Set(CommonLinkSettings settings)
            => Here.Links.Change(Here.Links.Get("m0"), new LinkChange { Common = settings });
        Set(new() { ProtoDown = true, ProtoDownReason = [0, 5] });
        var shown = IpJson("link show dev m0")[0];
        Assert.True(shown.GetProperty("proto_down").GetBoolean());
        Assert.Equal(2, shown.GetProperty("proto_down_reason").GetArrayLength());
        link = Here.Links.Get("m0");
        Assert.Equal((true, "0, 5"), (link.ProtoDown, $"{link.ProtoDownReason}"));

        var refusal = Assert.Throws<NetworkException>(() => Set(new() { ProtoDown = false }));
        Assert.Contains("0, 5", refusal.Message, StringComparison.Ordinal);
        Ip("link set dev m0 protodown_reason 5 off");
        Assert.Equal("0", $"{Here.Links.Get("m0").ProtoDownReason}");
        Set(new() { ProtoDown = false, ProtoDownReason = [] });
        Assert.False(IpJson("link show dev m0")[0].TryGetProperty("proto_down_reason", out _));
        Assert.Equal((false, 0), (Here.Links.Get("m0").ProtoDown, Here.Links.Get("m0").ProtoDownReason.Count));
    });

    [Fact]
    public void An_IPv6_token_and_the_way_addresses_are_made_are_told_and_changed() => Run(() =>
    {
        Ip("link add v0 type veth peer name v1");
        Ip("link set dev v0 up");
        Here.Links.Change(Here.Links.Get("v0"), new LinkChange { Common = new() { Token = IPAddress.Parse("::5") } });
        Assert.Equal("::5", IpJson("token get dev v0")[0].GetProperty("token").GetString());
        Assert.Equal(
            (IPAddress.Parse("::5"), AddressGenerationMode.Eui64),
            (Here.Links.Get("v0").Token, Here.Links.Get("v0").AddressGenerationMode));
        Ip("token set :: dev v0");
        Ip("link set dev v0 addrgenmode random");
        Assert.Equal(
            (null, AddressGenerationMode.Random),
            (Here.Links.Get("v0").Token, Here.Links.Get("v0").AddressGenerationMode));
        var refusal = Assert.Throws<NetworkException>(() => Here.Links.Change(
            Here.Links.Get("v0"),
            new LinkChange { Common = new() { AddressGenerationMode = AddressGenerationMode.StableSecret } }));
        Assert.Contains("stable_secret", refusal.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void A_carrier_comes_and_goes_as_it_is_told() => Run(() =>
    {
        NeedsKind("dummy");
        Ip("link add d0 up type dummy");
        Here.Links.Change(Here.Links.Get("d0"), new LinkChange { Common = new() { Carrier = false } });
        Assert.DoesNotContain("LOWER_UP", Flags(IpJson("link show dev d0")[0]));
        var link = Here.Links.Get("d0");
        Assert.Equal((false, 1), (link.Carrier, link.CarrierDownCount));
        Ip("link set dev d0 carrier on");
        link = Here.Links.Get("d0");
        Assert.Equal((true, link.CarrierUpCount + link.CarrierDownCount), (link.Carrier, link.CarrierChanges));
        Assert.True(Here.Links.Wait("d0", LinkCondition.Up, TimeSpan.FromSeconds(60)) is not null);
    });

    [Fact]
    public void A_kernel_that_does_not_know_a_size_is_told_apart() => Run(() =>
    {
        Ip("link add v0 type veth peer name v1");
        var link = Here.Links.Get("v0");
        var change = new LinkChange { Common = new() { GsoIPv4MaxSize = 30000, GroIPv4MaxSize = 20000 } };
        if (link.GsoIPv4MaxSize is not null)
        {
            Here.Links.Change(link, change);
            Assert.Equal((30000, 20000), (Here.Links.Get("v0").GsoIPv4MaxSize, Here.Links.Get("v0").GroIPv4MaxSize));
            return;
        }

        var old = Assert.Throws<NetworkException>(() => Here.Links.Change(link, change));
        Assert.Equal(NetworkErrorCode.NotSupported, old.Code);
        Assert.Contains("GsoIPv4MaxSize (Linux 6.3)", old.Message, StringComparison.Ordinal);
        Assert.Throws<NetworkException>(
            () => Here.Links.Create(new LinkSpec("ifb7", new IfbSettings()) { Common = change.Common }));
        Assert.Null(Here.Links.Find("ifb7"));
    });

    private static IEnumerable<string?> Flags(JsonElement link)
        => link.GetProperty("flags").EnumerateArray().Select(flag => flag.GetString());
}
