using LxcNetworking.Addressing;
using LxcNetworking.Bridges;
using LxcNetworking.Declarations;
using LxcNetworking.Events;
using LxcNetworking.Generic;
using LxcNetworking.L2tp;
using LxcNetworking.Links;
using LxcNetworking.Links.Quality;
using LxcNetworking.Namespaces;
using LxcNetworking.Nat;
using LxcNetworking.Netfilter;
using LxcNetworking.Netfilter.Filtering;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Tests;
using LxcNetworking.Values;
using LxcNetworking.WireGuard;

namespace LxcNetworking.Fuzz;

/// <summary>The readers of what the kernel says, each by the operation that uses it, over messages of which some are
/// spoilt.</summary>
internal static class KernelTargets
{
    public static readonly GenericFamily Controller = new("nlctrl", 2, "nlctrl");
    private static readonly NamespaceReference s_nowhere = new("nowhere");

    /// <summary>All of which there is an input.</summary>
    public static IEnumerable<Target> All => Every.Where(target => target.Corpus.Count > 0);

    private static Target[] Every =>
    [
        Of(
            "links",
            [.. KernelCorpus.Singly("links"), .. KernelCorpus.Links, .. KernelCorpus.RecordedLinks(but: "wireguard")],
            stack => stack.Links.List()),
        new(
            "settings of links", KernelCorpus.RecordedLinks(), Transcript.Spoil,
            bytes => Transcript.Read(bytes).ForEach(Settings), typeof(NetlinkProtocolException)),
        Of("lists of links", [.. KernelCorpus.Recorded("links")], stack => stack.Links.List()),
        Of("bridges", [.. KernelCorpus.Recorded("links")], stack => stack.Bridges.List()),
        Of("bridge ports", [.. KernelCorpus.Recorded("ports")], stack => stack.Bridges.ListPorts()),
        Of(
            "bridge VLANs",
            [KernelCorpus.BridgeVlans, .. KernelCorpus.RecordedEntries("bridge-vlan", Rtm.GetLink, Af.Bridge)],
            stack => stack.Bridges.ListVlans()),
        Of("whole VLANs", [KernelCorpus.WholeVlans], stack => stack.Bridges.ListVlanGlobals()),
        Of(
            "multicast routers",
            [.. KernelCorpus.Recorded("multicast routers")],
            stack => stack.Bridges.ListMulticastRouters()),
        Of(
            "forwarding entries",
            [
                .. KernelCorpus.Recorded("forwarding entries"),
                .. KernelCorpus.RecordedEntries("fdb", Rtm.GetNeigh, Af.Bridge),
            ],
            stack => stack.Bridges.ListFdb()),
        Of(
            "multicast entries", [.. KernelCorpus.Recorded("multicast entries")], stack => stack.Bridges.ListMdb()),
        Of(
            "addresses",
            [
                .. KernelCorpus.Recorded("addresses"), .. KernelCorpus.Singly("addresses"),
                .. KernelCorpus.RecordedEntries("address", Rtm.GetAddr),
            ],
            stack => stack.Addresses.List()),
        Of(
            "neighbours",
            [
                .. KernelCorpus.Recorded("neighbours"), .. KernelCorpus.Singly("neighbours"),
                .. KernelCorpus.RecordedEntries("neighbor", Rtm.GetNeigh),
            ],
            stack => stack.Neighbors.List()),
        Of(
            "rules",
            [
                .. KernelCorpus.Recorded("rules"), .. KernelCorpus.RecordedEntries("rule", Rtm.GetRule, Af.IPv4),
                .. KernelCorpus.RecordedEntries("rule6", Rtm.GetRule, Af.IPv6),
            ],
            Rules),
        Of(
            "routes",
            [
                .. KernelCorpus.Singly("routes"), .. KernelCorpus.RecordedEntries("route", Rtm.GetRoute),
                .. KernelCorpus.RecordedEntries("route6", Rtm.GetRoute),
            ],
            Routes),
        Of(
            "next-hop objects",
            [.. KernelCorpus.RecordedEntries("nexthop", Rtm.GetNextHop)],
            stack => stack.NextHops.List()),
        Of(
            "queueing disciplines",
            [.. KernelCorpus.Recorded("qualities"), .. KernelCorpus.RecordedEntries("qdisc", Rtm.GetQdisc)],
            stack => stack.Quality.List()),
        Of(
            "filters",
            [.. KernelCorpus.RecordedEntries("filter", Rtm.GetFilter)],
            stack => IngressFilter.List(stack, 4, CancellationToken.None)),
        Of("interfaces", [.. KernelCorpus.Singly("interfaces")], Interfaces),
        Of("generic families", [.. KernelCorpus.Recorded("families"), KernelCorpus.L2tp],
            stack => stack.Generic.IsLoaded(Controller)),
        Of("WireGuard", [KernelCorpus.WireGuard], stack => stack.Links.List()
            .SelectMany(link => link is WireGuardLink ? stack.WireGuard.ListPeers(link) : []).ToList()),
        Of("L2TP tunnels", [KernelCorpus.L2tp], stack => stack.L2tp.ListTunnels()),
        Of("L2TP sessions", [KernelCorpus.L2tp], stack => stack.L2tp.ListSessions()),
        Of("translations", [.. KernelCorpus.Recorded("translations")], Translations),
        Of("filters of packets", [.. KernelCorpus.Recorded("filters of packets")], Obstacles),
        Of("connections", [ConnectionCorpus.Translated], stack => stack.Translation.ListSessions()),
        new("nftables rules", KernelCorpus.Rules, Transcript.Spoil, bytes => Transcript.Read(bytes).ForEach(NftRule),
            typeof(NetlinkProtocolException)),
        new(
            "events", [.. KernelCorpus.Recorded("links", "addresses", "neighbours", "routes"), .. KernelCorpus.Links],
            Transcript.Spoil, bytes => Events(Transcript.Read(bytes)), typeof(NetlinkException),
            typeof(NetworkException)),
    ];

    /// <summary>The routes' reader alone, as the list also reads files of the namespace.</summary>
    public static object Routes(NetworkStack stack)
    {
        using var request = new NetlinkRequest(Rtm.GetRoute).Header(default(RtMsg));
        var routes = stack.Route.Dump(request, reply => RouteMessages.Parse(reply, s_nowhere));
        foreach (var route in routes)
        {
            RouteMessages.Remove(route).Dispose();
            RouteMessages.Again(route).Dispose();
            _ = RouteMessages.Identity(route);
        }

        return routes;
    }

    public static object Interfaces(NetworkStack stack)
    {
        using var request = new NetlinkRequest(Rtm.GetLink).Header(default(IfInfoMsg))
            .Put(Ifla.ExtMask, RtextFilter.SkipStats);
        return stack.Route.Dump(request, reply => IPInterfaceOperations.Parse(reply, s_nowhere))
            .SelectMany(part => part).ToList();
    }

    public static object Translations(NetworkStack stack) => (object[])
        [stack.Translation.List(), stack.Translation.ListMappings(),
            Obstacles(stack)];

    /// <summary>What a ruleset does to a network, without what the namespace's files say.</summary>
    public static object Obstacles(NetworkStack stack)
    {
        if (FilterRuleset.Read(stack, CancellationToken.None) is not { } ruleset)
            return "no nf_tables";
        var walk = new FilterWalk(ruleset, CancellationToken.None);
        var question = new FilterQuestion([new IPPrefix("10.0.3.0/24"), new IPPrefix("fd00:3::/64")])
        {
            Inside = new FilterLink("lxcbr0", 3),
            IsBridge = true,
            IsServed = true,
        };
        foreach (var flow in FilterFlows.Of(question))
            walk.Send(flow);
        return walk.Hits.Select(hit => $"{hit.Chain.Table} {hit.Chain.Name} {hit.Words}").ToList();
    }

    // What is read of a kind's attributes is written so that the same is read again.
    private static void Settings(Answer answer)
    {
        var reply = new NetlinkReply(answer.Type, NetlinkFlags.None, answer.Payload);
        var link = LinkParser.Parse(reply, s_nowhere);
        foreach (var value in new AttributeSet?[] { link?.Details, link?.Data.PortSettings }.OfType<AttributeSet>())
        {
            Shown.Look(value.ToString());
            Shown.Look(DeclaredSet.Json(value).ToString());
            var set = DeclaredSet.Of(value);
            var settable = set.Declarations.Where(one => one.Access != Access.ReadOnly).Select(one => one.Name);
            var lost = set.Differing(value, set.Read(DeclaredSet.Written(value))).Intersect(settable).ToList();
            WrongResultException.ThrowUnless(lost.Count == 0,
                $"It writes another {string.Join(", ", lost)} than it has.");
        }
    }

    // What is read as a rule must also be fit to be looked at.
    private static void NftRule(Answer answer)
    {
        var reply = new NetlinkReply(answer.Type, NetlinkFlags.None, answer.Payload);
        if (!reply.Read<NfGenMsg>(out _).TryFind(Nfta.RuleExpressions, out var expressions)
            || NftRuleReader.Read(expressions.Nested) is not { } body)
            return;
        Shown.Look(body.ToString());
        foreach (var chain in new[] { NatRules.PreRouting.Name, NatRules.PostRouting.Name })
        {
            foreach (var comment in new[] { "NetNat web", "NetNatStaticMapping web" })
            {
                var rule = new NftRule(chain, 1, comment, body);
                _ = NatRules.RankOf(rule);
                Shown.Look(NatRules.ReadNat(rule));
                Shown.Look(NatRules.ReadMapping(rule, _ => [(80, 8080), (81, 65535), (7, 0)]));
            }
        }
    }

    private static object Rules(NetworkStack stack)
    {
        var rules = stack.Rules.List();
        foreach (var rule in rules)
            _ = new KernelRecord(rule.Raw).Identity(uint.MaxValue, static _ => false);
        return rules;
    }

    private static Target Of(string name, IReadOnlyList<byte[]> corpus, Func<NetworkStack, object> operation) => new(
        name, corpus, Transcript.Spoil, bytes => Read(Transcript.Read(bytes), operation), typeof(NetlinkException),
        typeof(NetworkException));

    private static void Read(List<Answer> answers, Func<NetworkStack, object> operation)
    {
        using var route = new NetlinkConnection(new ReplayKernel(answers));
        using var generic = new NetlinkConnection(new ReplayKernel(answers));
        using var netfilter = new NetlinkConnection(new ReplayKernel(answers));
        Shown.Look(operation(KernelCorpus.Stack(route, generic, netfilter)));
    }

    // Each notification comes, comes again changed by the next one of its kind, and goes.
    private static void Events(List<Answer> answers)
    {
        using var route = new NetlinkConnection(new ReplayKernel([]));
        using var generic = new NetlinkConnection(new ReplayKernel([]));
        using var netfilter = new NetlinkConnection(new ReplayKernel([]));
        var stack = KernelCorpus.Stack(route, generic, netfilter);
        var told = new List<NetEvent>();
        var (links, addresses, neighbors, routes) = (new LinkEvents(stack, told.Add),
            new AddressEvents(stack, told.Add), new NeighborEvents(stack, told.Add), new RouteEvents(stack, told.Add));
        var items = new List<object>();
        foreach (var answer in answers)
        {
            if (StackWatch.Parse(new NetlinkReply(answer.Type, (NetlinkFlags)answer.Flags, answer.Payload),
                s_nowhere) is not { } item)
                continue;
            items.Add(item);
            var isReplacement = (answer.Flags & (ushort)NetlinkFlags.Replace) != 0;
            switch (item)
            {
                case NetLink link: links.Put(link, isReplacement); break;
                case NetIPAddress address: addresses.Put(address, isReplacement); break;
                case NetNeighbor neighbor: neighbors.Put(neighbor, isReplacement); break;
                case NetRoute way: routes.Put(way, isReplacement); break;
            }
        }

        foreach (var item in items)
        {
            switch (item)
            {
                case NetLink link: links.Drop(link); break;
                case NetIPAddress address: addresses.Drop(address); break;
                case NetNeighbor neighbor: neighbors.Drop(neighbor); break;
                case NetRoute way: routes.Drop(way); break;
            }
        }

        Shown.Look(told);
    }
}
