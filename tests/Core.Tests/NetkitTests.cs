using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

[Trait("Kernel", "new")]
public sealed class NetkitTests
{
    private static readonly string[] s_names = ["web", "db"];

    private static NetworkStack Here => Stacks.Pool.Get();

    [Fact]
    public void A_pair_carries_packets_between_namespaces() => Run(() =>
    {
        var pair = Here.Links.CreateNetkit(Spec("nk0", "eth0", "web", new NetkitSettings()));
        Assert.Equal(
            (NetkitMode.L3, NetkitPolicy.Pass, NetkitPolicy.Pass, true, "netkit", "eth0", "web"),
            (pair.Mode, pair.Policy, pair.PeerPolicy, pair.IsPrimary, pair.Kind, pair.Peer.Name,
                pair.Peer.Namespace.Text));
        Assert.False(Assert.IsType<NetkitLink>(pair.Peer).IsPrimary);
        Ip("address add 10.0.3.1/24 dev nk0");
        Ip("-n web address add 10.0.3.2/24 dev eth0");
        Assert.True(Pings("10.0.3.2") && Pings("10.0.3.1", "web"));
        Assert.True(Here.Links.Get("nk0").IsUp);
    });

    [Fact]
    public void What_it_is_given_is_what_ip_shows() => Run(() =>
    {
        var said = new NetkitSettings
        {
            Mode = NetkitMode.L2,
            Policy = NetkitPolicy.Drop,
            PeerPolicy = NetkitPolicy.Pass,
        };
        Here.Links.CreateNetkit(Spec("nk0", "eth0", "web", said));
        Assert.Equal(("l2", "primary", "blackhole", "forward"), Shown("link show nk0"));
        Assert.Equal(("l2", "peer", "forward", "blackhole"), Shown("-n web link show eth0"));

        Here.Links.Change(Here.Links.Get("nk0"), new NetkitSettings { Policy = NetkitPolicy.Pass });
        Here.Links.Change(Here.Links.Get("nk0"), new NetkitSettings { PeerPolicy = NetkitPolicy.Drop });
        Assert.Equal(("l2", "primary", "forward", "blackhole"), Shown("link show nk0"));
        var web = Stacks.Pool.Get(new NamespaceReference("web"));
        var refusal = Assert.Throws<NetworkException>(
            () => web.Links.Change(web.Links.Get("eth0"), new NetkitSettings { Policy = NetkitPolicy.Pass }));
        Assert.Contains("primary", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<NetworkException>(
            () => Here.Links.Change(Here.Links.Get("nk0"), new NetkitSettings { Mode = NetkitMode.L3 }));
    });

    [Fact]
    public void What_ip_made_is_read_moved_and_removed() => Run(() =>
    {
        Ip("link add nk0 type netkit mode l2 peer name nk1");
        var read = Assert.IsType<NetkitLink>(Here.Links.Get("nk0"));
        Assert.Equal((NetkitMode.L2, NetkitPolicy.Pass, "nk1"), (read.Mode, read.Policy, read.Parent));
        var moved = Here.Links.Move(Here.Links.Get("nk1"), new NamespaceReference("db"), "eth0", up: true);
        Assert.Equal(("l2", "peer", "forward", "forward"), Shown("-n db link show eth0"));
        Assert.Empty(Stacks.Pool.Get(new NamespaceReference("db")).Links.Remove([moved]));
        Assert.Null(Here.Links.Find("nk0"));
    });

    [Fact]
    public void A_pair_keeps_marks_where_it_is_told_to() => Run(() =>
    {
        var said = new NetkitSettings { Scrub = NetkitScrub.None };
        var made = Here.Links.CreateNetkit(Spec("nk0", "eth0", "web", said));
        Assert.Equal((NetkitScrub.None, NetkitScrub.Default), (made.Scrub, made.PeerScrub));
        var data = IpJson("-n web link show eth0")[0].GetProperty("linkinfo").GetProperty("info_data");
        Assert.Equal("none", data.GetProperty("peer_scrub").GetString());
        var change = new NetkitSettings { Scrub = NetkitScrub.Default };
        Assert.Throws<NetworkException>(() => Here.Links.Change(made, change));
    });

    [Fact]
    public void Names_that_are_taken_are_said_and_nothing_stays() => Run(() =>
    {
        Ip("-n web link add eth0 type veth peer name other");
        var taken = Assert.Throws<NetworkException>(
            () => Here.Links.CreateNetkit(Spec("nk0", "eth0", "web", new NetkitSettings())));
        Assert.Equal((NetworkErrorCode.LinkExists, "eth0"), (taken.Code, taken.Target));
        var twice = Assert.Throws<NetworkException>(() => Here.Links.CreateNetkit(
            new NetkitSpec("nk0", new NetkitSettings(), new NetkitPeerSpec("nk0"))));
        Assert.Equal(NetworkErrorCode.InvalidName, twice.Code);
        Assert.Null(Here.Links.Find("nk0"));
    });

    private static NetkitSpec Spec(string name, string peer, string peerNamespace, NetkitSettings settings)
        => new(name, settings, new NetkitPeerSpec(peer) { TargetNamespace = new(peerNamespace), Up = true })
        { Up = true };

    private static (string? Mode, string? Type, string? Policy, string? PeerPolicy) Shown(string arguments)
    {
        var data = IpJson(arguments)[0].GetProperty("linkinfo").GetProperty("info_data");
        string? Text(string name) => data.GetProperty(name).GetString();
        return (Text("mode"), Text("type"), Text("policy"), Text("peer_policy"));
    }

    private static void Run(Action body) => Sandbox.Run(() =>
    {
        NeedsKind("netkit");
        foreach (var name in s_names)
            Stacks.Pool.Namespaces.Create(name);
        body();
    });
}
