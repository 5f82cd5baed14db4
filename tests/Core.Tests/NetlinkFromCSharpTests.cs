using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using LxcNetworking.Addressing;
using LxcNetworking.Bridges;
using LxcNetworking.Events;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Netlink.Testing;
using LxcNetworking.Testing;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>The examples of docs/netlink-from-csharp.md, run: each of its C# blocks is a region of this file.</summary>
public partial class NetlinkFromCSharpTests
{
    #region message
    private const ushort RTM_NEWLINK = 16, RTM_GETLINK = 18, RTM_SETLINK = 19, IFLA_IFNAME = 3, IFLA_MTU = 4;

    // struct ifinfomsg of linux/rtnetlink.h
    [StructLayout(LayoutKind.Sequential)]
    private struct IfInfoMsg
    {
        public byte Family, Pad;
        public ushort Type;
        public int Index;
        public uint Flags, Change;
    }
    #endregion

    [Fact]
    public void Links_are_listed() => Sandbox.Run(() =>
    {
        #region list
        using var connection = NetlinkConnection.Open(NetlinkProtocol.Route);
        using var request = new NetlinkRequest(RTM_GETLINK).Header(new IfInfoMsg());
        List<string> names = connection.Dump(request, reply =>
        {
            var attributes = reply.Read<IfInfoMsg>(out var header);
            return attributes.TryFind(IFLA_IFNAME, out var name) ? $"{header.Index}: {name.AsString()}" : null;
        });
        #endregion
        Assert.Contains("1: lo", names);
    });

    [Fact]
    public void A_link_is_changed_and_a_refusal_says_why() => Sandbox.Run(() =>
    {
        using var connection = NetlinkConnection.Open(NetlinkProtocol.Route);
        #region change
        using var change = new NetlinkRequest(RTM_SETLINK)
            .Header(new IfInfoMsg { Index = 1 })
            .Put(IFLA_MTU, 1400u);
        connection.Execute(change);
        #endregion
        Assert.Contains("mtu 1400", Sandbox.Ip("link show lo"), StringComparison.Ordinal);
        var said = string.Empty;
        #region refusal
        using var wrong = new NetlinkRequest(RTM_SETLINK)
            .Header(new IfInfoMsg { Index = 99 })
            .Put(IFLA_MTU, 1400u);
        try
        {
            connection.Execute(wrong);
        }
        catch (NetlinkErrorException e)
        {
            // Errno is the number; KernelMessage and AttributePath are what the kernel said besides, if anything.
            said = $"{e.Errno}: {e.Message}";
        }
        #endregion
        Assert.Equal("19: No such device", said);
        #region batch
        IReadOnlyList<NetlinkErrorException?> refusals = connection.ExecuteAll([change, wrong]);
        #endregion
        Assert.Equal([null, 19], refusals.Select(refusal => refusal?.Errno));
    });

    [Fact]
    public void Notifications_are_received_from_another_namespace() => Sandbox.Run(() =>
    {
        Sandbox.Ip("netns add web");
        var heard = new List<string>();
        #region subscribe
        const uint RTNLGRP_LINK = 1;
        using var file = File.OpenHandle("/run/netns/web");
        using var subscription = new NetlinkSubscription(
            NetlinkSocket.Open(NetlinkProtocol.Route, file, RTNLGRP_LINK));
        using var web = NetlinkConnection.Open(NetlinkProtocol.Route, file);
        using var rise = new NetlinkRequest(RTM_SETLINK).Header(new IfInfoMsg { Index = 1, Flags = 1, Change = 1 });
        web.Execute(rise);
        var result = subscription.Receive(
            reply =>
            {
                if (reply.Type == RTM_NEWLINK && reply.Read<IfInfoMsg>(out _).TryFind(IFLA_IFNAME, out var name))
                    heard.Add(name.AsString());
            },
            TimeSpan.FromSeconds(10));
        #endregion
        Assert.Equal(SubscriptionResult.Messages, result);
        Assert.Equal("lo", heard[0]);
    });

    [Fact]
    public void The_library_has_objects_and_operations() => Sandbox.Run(() =>
    {
        var lines = new List<string>();
        #region stack
        using var pool = new NetworkStackPool();
        NetworkStack host = pool.Get();
        pool.Namespaces.Create("web");
        NetworkStack web = pool.Get(new NamespaceReference("web"));

        var peer = new VethPeerSpec("eth0") { TargetNamespace = web.Namespace, Up = true };
        VethPair pair = host.Links.CreateVeth(new VethSpec("veth0", peer) { Up = true });
        host.Addresses.Create(pair, [new AddressSpec(new IPPrefix("10.7.0.1/24"))]);
        web.Addresses.Create(pair.Peer, [new AddressSpec(new IPPrefix("10.7.0.2/24"))]);
        web.Routes.Create(new RouteSpec(new IPPrefix("0.0.0.0/0"))
        {
            NextHops = [new RouteHopSpec(IPAddress.Parse("10.7.0.1"))],
        });

        foreach (NetRoute route in web.Routes.List())
            lines.Add($"{route.DestinationPrefix} via {route.NextHop} on {route.InterfaceAlias}");
        #endregion
        Assert.Contains("0.0.0.0/0 via 10.7.0.1 on eth0", lines);
        Assert.Contains("default via 10.7.0.1 dev eth0", Sandbox.Ip("-n web route"), StringComparison.Ordinal);
        #region error
        try
        {
            host.Links.Get("veth9");
        }
        catch (NetworkException e) when (e.Code == NetworkErrorCode.LinkNotFound)
        {
            lines.Add(e.Message);
        }
        #endregion
        Assert.StartsWith("There is no interface 'veth9'", lines[^1], StringComparison.Ordinal);
        #region cancel
        using var cancellation = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        host.Links.Wait("veth0", LinkCondition.Up, TimeSpan.FromSeconds(60), cancellation.Token);
        IReadOnlyList<LinkFailure> left = host.Links.Remove([pair], cancellation.Token);
        #endregion
        Assert.Empty(left);
    });

    [Fact]
    public void Events_tell_what_is_different() => Sandbox.Run(() =>
    {
        using var pool = new NetworkStackPool();
        var host = pool.Get();
        #region events
        using var watcher = new NetEventWatcher(pool, [NetEventType.Link]);
        watcher.Add(host);
        host.Links.Change(host.Links.Get("lo"), new LinkChange { Mtu = 1400 });
        NetEvent? first = watcher.Take(TimeSpan.FromSeconds(10));
        #endregion
        Assert.Equal("Link lo Changed: Mtu 65536 -> 1400", first?.ToString());
    });

    [Fact]
    public void The_doubles_stand_in_for_the_kernel()
    {
        #region double
        var kernel = new FakeKernel()
            .Then(request => [request.Answer(RTM_NEWLINK, new IfInfoMsg { Index = 7 }), request.End()])
            .Then(request => request.Refuse(16, "the device is in use"));
        using var connection = new NetlinkConnection(kernel);
        #endregion
        using var request = new NetlinkRequest(RTM_GETLINK).Header(new IfInfoMsg());
        var indexes = connection.Dump(request, reply =>
        {
            reply.Read<IfInfoMsg>(out var header);
            return header.Index.ToString(System.Globalization.CultureInfo.InvariantCulture);
        });
        Assert.Equal(["7"], indexes);
        var refusal = Assert.Throws<NetlinkErrorException>(() => connection.Execute(request));
        Assert.Equal((16, "the device is in use"), (refusal.Errno, refusal.KernelMessage));
        Assert.Equal([true, false], kernel.Requests.Select(sent => sent.IsDump));

        #region rtnetlink
        using var rtnetlink = new FakeRtnetlink();
        rtnetlink.Add("eth0");
        rtnetlink.Refusal = (type, link) => link.Mtu > 9000 ? (22, "mtu greater than device maximum") : null;
        LinkOperations links = rtnetlink.Stack.Links;
        links.Change(links.Get("eth0"), new LinkChange { Mtu = 9000 });
        links.Create(new BridgeSpec("br0"));
        #endregion
        Assert.Equal(9000, links.Get("eth0").Mtu);
        Assert.Equal(["eth0", "br0"], rtnetlink.Names);
        Assert.Equal(2, rtnetlink.Orders.Count);
        Assert.Throws<NetworkException>(() => links.Change(links.Get("eth0"), new LinkChange { Mtu = 9001 }));
    }

    [Fact]
    public void The_page_has_these_examples()
    {
        var source = ThisFile();
        var page = Path.Combine(Path.GetDirectoryName(source)!, "..", "..", "docs", "netlink-from-csharp.md");
        var regions = Region().Matches(File.ReadAllText(source)).Select(match => Unindented(match.Groups[1].Value));
        Assert.Equal(regions, Block().Matches(File.ReadAllText(page)).Select(match => match.Groups[1].Value));
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;

    private static string Unindented(string code)
    {
        var lines = code.Split('\n');
        var depth = lines.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length > 0 ? line[depth..] : line));
    }

    [GeneratedRegex(@"^ *#region \w+\n(.*?\n) *#endregion$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Region();

    [GeneratedRegex(@"^```csharp\n(.*?\n)```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
