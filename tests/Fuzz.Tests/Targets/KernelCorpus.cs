using LxcNetworking.Addressing;
using LxcNetworking.Bridges;
using LxcNetworking.Generic;
using LxcNetworking.L2tp;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Links.Quality;
using LxcNetworking.Namespaces;
using LxcNetworking.Nat;
using LxcNetworking.Netfilter;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Tests;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;
using LxcNetworking.WireGuard;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Fuzz;

/// <summary>
/// What the kernel says, once: recorded in a namespace in which there is some of everything, and for what this kernel
/// may lack made of the requests that would create it, as the kernel tells a link's data in the attributes in which it
/// takes them.
/// </summary>
internal static partial class KernelCorpus
{
    // More than any message of rtnetlink has.
    private const ushort Family = 0x300;
    private static readonly Dictionary<string, List<Answer>> s_recorded = [];
    // Not while the class is made ready, as another thread records and waits for that.
    private static readonly Lazy<Exception?> s_recording = new(Record);

    /// <summary>Why something could not be recorded, or null: no root, or a kernel that lacks it.</summary>
    public static Exception? Failure => s_recording.Value;

    private static readonly MacAddress s_mac = MacAddress.Parse("00:16:3e:00:00:01");

    /// <summary>What the kernel answered to operations, all together; nothing where that is not on record.</summary>
    public static IEnumerable<byte[]> Recorded(params IEnumerable<string> operations)
    {
        List<Answer> answers = [.. operations.SelectMany(Answers)];
        return answers.Count == 0 ? [] : [Transcript.Of(answers)];
    }

    /// <summary>Each message alone that the kernel answered to an operation.</summary>
    public static IEnumerable<byte[]> Singly(string operation) => Answers(operation)
        .Select(answer => Transcript.Of([answer]));

    /// <summary>The rules of translations, of every sort.</summary>
    public static List<byte[]> Rules => [.. NatRulesOfEverySort().Select(rule =>
    {
        using var request = NfTables.Request(NftMsg.NewRule);
        rule.Body.Write(request);
        return Transcript.Of([Answered(NftMsg.GetRule, Nf.Inet, request)]);
    })];

    /// <summary>Links of the kinds that this kernel may lack.</summary>
    public static List<byte[]> Links => [.. Specs().Select(spec =>
    {
        using var request = new NetlinkRequest(Rtm.NewLink)
            .Header(new IfInfoMsg { Index = 9, Type = 1, Flags = 0x1003 });
        (spec.MacAddress, spec.Mtu, spec.Group) = (s_mac, 1400, 3);
        spec.WriteCommon(request, spec.Name, 3, 4, null, s_mac);
        request.Put(Ifla.OperState, (byte)6).Put(Ifla.LinkNetNsId, 2).PutString(Ifla.IfAlias, "an alias")
            .PutString(Ifla.Qdisc, "noqueue")
            .Nest(Ifla.PropList, names => names.PutString(Ifla.AltIfName, "other")
                .PutString(Ifla.AltIfName, "a-name-that-is-longer-than-others"));
        request.Nest(Ifla.LinkInfo, info => info.PutString(IflaInfo.Kind, spec.Kind)
            .Nest(IflaInfo.Data, spec.Settings.Write));
        return Transcript.Of([Answered(Rtm.GetLink, 0, request)]);
    })];

    /// <summary>Links of every kind, as kernels described them (tests/record.sh).</summary>
    /// <param name="but">A kind to leave out, of which another family would be asked.</param>
    public static List<byte[]> RecordedLinks(string? but = null) => [.. Recording.All
        .Where(recording => recording.Kind != but)
        .Select(recording => Transcript.Of(
            [new Answer(Rtm.GetLink, 0, recording.Type, 0, recording.Payload.ToArray())]))];

    /// <summary>Entries of a list, as kernels told them (tests/record.sh).</summary>
    /// <param name="list">The list, as the file is called.</param>
    /// <param name="request">The type of the request that asks for it.</param>
    /// <param name="family">The family in that request; of bridges, the entry's link is listed too.</param>
    public static IEnumerable<byte[]> RecordedEntries(string list, ushort request, byte family = 0)
        => Recording.Entries.Where(recording => recording.Kind == list).Select(recording =>
        {
            var entry = new Answer(request, family, recording.Type, 0, recording.Payload.ToArray());
            if (family != Af.Bridge)
                return Transcript.Of([entry]);
            using var link = new NetlinkRequest(Rtm.NewLink)
                // In struct ndmsg the index stands where it does in struct ifinfomsg.
                .Header(new IfInfoMsg { Index = BitConverter.ToInt32(recording.Payload[4..]) })
                .PutString(Ifla.IfName, "br0").Nest(Ifla.LinkInfo, info => info.PutString(IflaInfo.Kind, "bridge"));
            return Transcript.Of([Answered(Rtm.GetLink, 0, link), entry]);
        });

    /// <summary>A WireGuard link's device.</summary>
    public static byte[] WireGuard
    {
        get
        {
            var peer = new WireGuardPeerSpec(Key(7))
            {
                Endpoint = EndpointAddress.Parse("[2001:db8::1]:51820"),
                AllowedIP = [new("10.0.0.0/8"), new("fd00::/64")],
                PersistentKeepalive = TimeSpan.FromSeconds(25),
            };
            using var first = Command(WgCommand.GetDevice).Put(WgDevice.PublicKey, Key(1).Bytes);
            WireGuardMessages.WriteSettings(first, 9, new WireGuardSettings { ListenPort = 51820, FirewallMark = 7 });
            using var second = Command(WgCommand.GetDevice);
            WireGuardMessages.WritePeer(second, 9, peer, 0);
            using var third = Command(WgCommand.GetDevice);
            third.Nest(WgDevice.Peers,
                peers => peers.Nest(0, item => item.Put(WgPeer.PublicKey, Key(8).Bytes)
                    .Put(WgPeer.LastHandshake, (Int128)1_700_000_000)
                .Put(WgPeer.RxBytes, 1ul).Put(WgPeer.TxBytes, 2ul).Put(WgPeer.PresharedKey, Key(9).Bytes)));
            using var link = new NetlinkRequest(Rtm.NewLink).Header(new IfInfoMsg { Index = 9 })
                .PutString(Ifla.IfName, "wg0").Nest(Ifla.LinkInfo, info => info.PutString(IflaInfo.Kind, "wireguard"));
            return Transcript.Of([Answered(Rtm.GetLink, 0, link), Number("wireguard"), .. new[] { first, second, third }
                .Select(part => Answered(Family, WgCommand.GetDevice, part))]);
        }
    }

    /// <summary>L2TP tunnels with their sessions.</summary>
    public static byte[] L2tp
    {
        get
        {
            var answers = new List<Answer> { Number("l2tp") };
            foreach (var (local, remote, kind) in new[] { ("192.0.2.1", "192.0.2.2", L2tpEncapsulation.Udp),
                ("2001:db8::1", "2001:db8::2", L2tpEncapsulation.Udp),
                ("192.0.2.1", "192.0.2.3", L2tpEncapsulation.Ip) })
            {
                using var tunnel = Command(L2tpCommand.TunnelGet);
                L2tpMessages.WriteTunnel(tunnel,
                    new L2tpTunnelSpec(5, 6, IPAddress.Parse(local), IPAddress.Parse(remote))
                    { Encapsulation = kind, NoChecksum = true });
                tunnel.Nest(L2tpAttr.Stats, Counters);
                answers.Add(Answered(Family, L2tpCommand.TunnelGet, tunnel));
            }

            using var session = Command(L2tpCommand.SessionGet);
            L2tpMessages.WriteSession(session, new L2tpSessionSpec(5, 7, 8)
            {
                Name = "l2tpeth0",
                Cookie = [1, 2, 3, 4],
                PeerCookie = [1, 2, 3, 4, 5, 6, 7, 8],
                Sequencing = L2tpSequencing.Receive | L2tpSequencing.Send,
                ReorderTimeout = TimeSpan.FromSeconds(1),
            });
            session.Nest(L2tpAttr.Stats, Counters);
            answers.Add(Answered(Family, L2tpCommand.SessionGet, session));
            return Transcript.Of(answers);
        }
    }

    /// <summary>The VLANs of a bridge's ports.</summary>
    public static byte[] BridgeVlans
    {
        get
        {
            using var bridge = new NetlinkRequest(Rtm.NewLink).Header(new IfInfoMsg { Index = 9 })
                .PutString(Ifla.IfName, "br0").Nest(Ifla.LinkInfo, info => info.PutString(IflaInfo.Kind, "bridge"));
            using var vlans = new NetlinkRequest(Rtm.NewLink).Header(new IfInfoMsg { Family = Af.Bridge, Index = 9 })
                .PutString(Ifla.IfName, "br0").Put(Ifla.Mtu, 1500u)
                // struct bridge_vlan_info: flags, id. One, and a range.
                .Nest(Ifla.AfSpec, list => list.Put(2, 0x00010006u).Put(2, 0x000a0008u).Put(2, 0x00140010u));
            return Transcript.Of([Answered(Rtm.GetLink, 0, bridge), Answered(Rtm.GetLink, Af.Bridge, vlans)]);
        }
    }

    /// <summary>What whole VLANs have on a bridge.</summary>
    public static byte[] WholeVlans
    {
        get
        {
            using var bridge = new NetlinkRequest(Rtm.NewLink).Header(new IfInfoMsg { Index = 9 })
                .PutString(Ifla.IfName, "br0").Nest(Ifla.LinkInfo, info => info.PutString(IflaInfo.Kind, "bridge"));
            using var vlans = new NetlinkRequest(Rtm.NewVlan).Header(new BrPortMsg { Family = Af.Bridge, Index = 9 });
            // BRIDGE_VLANDB_GLOBAL_OPTIONS with the VLAN's id and the last one of the range.
            vlans.Nest(2, options => new BridgeVlanGlobalSettings
            {
                MulticastSnooping = true,
                MulticastQuerier = true,
                IgmpVersion = 3,
                MulticastQueryInterval = TimeSpan.FromSeconds(9),
                SpanningTree = 5,
            }.Write(options.Put(1, (ushort)10).Put(2, (ushort)12)));
            return Transcript.Of([Answered(Rtm.GetLink, 0, bridge), Answered(Rtm.GetVlan, Af.Bridge, vlans)]);
        }
    }

    private static Exception? Record()
    {
        try
        {
            RecordAll();
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }

    // Of every kind what namespaces of this kernel can have.
    private static void RecordAll()
    {
        Run(() =>
        {
            foreach (var command in new[]
            {
                "link add eth0 type veth peer name eth1", "link add br0 type bridge", "link set eth1 master br0",
                    "link set eth0 up alias text", "link set eth1 up",
                "link set br0 up", "link property add dev eth0 altname other",
                "link add m0 link eth0 type macvlan mode source",
                "link set m0 type macvlan macaddr add 02:00:00:00:00:09",
                "addr add 10.0.3.2/24 brd + dev eth0 label eth0:x valid_lft 5000 preferred_lft 4000",
                "addr add fd00::2/64 dev eth0 nodad", "addr add 10.1.1.1 peer 10.1.1.2/32 dev br0",
                "route add 10.5.0.0/16 mtu 1300 nexthop via 10.0.3.1 weight 3 nexthop via 10.0.3.9",
                "route add 10.6.0.0/16 via inet6 fd00::9 table 77",
                "route add fd05::/48 nexthop via fd00::1 nexthop via fd00::3",
                "route add blackhole 10.7.0.0/16 metric 9", "neigh add 10.0.3.9 lladdr 00:16:3e:00:00:01 dev eth0",
                "neigh add fd00::9 lladdr 00:16:3e:00:00:01 dev eth0",
                "rule add from 10.0.0.0/8 to 10.1.0.0/16 fwmark 3/7 iif eth0 table 77 suppress_prefixlength 0",
                "-6 rule add from fd00::/8 prohibit",
            })
                TryExecute("ip", command.Split(' '));
            TryExecute("bridge", ["fdb", "add", "02:00:00:00:00:07", "dev", "eth1", "master", "static"]);
            foreach (var entry in new[] { "239.1.1.1 permanent", "239.1.1.2 src 192.0.2.5", "ff0e::7 temp",
                "01:00:5e:00:00:09 permanent" })
                TryExecute("bridge", ["mdb", "add", "dev", "br0", "port", "eth1", "grp", .. entry.Split(' ')]);
            TryExecute("tc", "qdisc add dev eth0 root tbf rate 10mbit burst 20000 latency 50ms".Split(' '));
            TryExecute("tc", "qdisc add dev eth1 ingress".Split(' '));
            TryExecute("tc",
                "filter add dev eth1 ingress u32 match u32 0 0 action mirred egress redirect dev br0".Split(' '));
            void Note(string operation, Action<NetworkStack> work)
            {
                var (route, generic, netfilter) = (Opened(NetlinkProtocol.Route), Opened(NetlinkProtocol.Generic),
                    Opened(NetlinkProtocol.Netfilter));
                work(Stack(new(route), new(generic), new(netfilter)));
                s_recorded[operation] = [.. route.Answers, .. generic.Answers, .. netfilter.Answers];
                Assert.NotEmpty(s_recorded[operation]);
                route.Dispose();
                generic.Dispose();
                netfilter.Dispose();
            }

            Note("links", stack => stack.Links.List());
            Note("addresses", stack => stack.Addresses.List());
            Note("neighbours", stack => stack.Neighbors.List());
            Note("rules", stack => stack.Rules.List());
            Note("interfaces", stack => KernelTargets.Interfaces(stack));
            Note("routes", stack => KernelTargets.Routes(stack));
            Note("ports", stack => stack.Bridges.ListPorts());
            Note("forwarding entries", stack => stack.Bridges.ListFdb());
            TryExecute("bridge", ["link", "set", "dev", "eth1", "mcast_router", "2"]);
            Note("multicast entries", stack => stack.Bridges.ListMdb());
            Note("multicast routers", stack => stack.Bridges.ListMulticastRouters());
            Note("qualities", stack => stack.Quality.List());
            Note("families", stack => stack.Generic.IsLoaded(KernelTargets.Controller));
            try
            {
                var nat = Stacks.Pool.Get().Translation;
                nat.Create(new NetNatSpec("web", new IPPrefix("10.0.3.0/24")));
                nat.AddMapping(new NetNatStaticMappingSpec("web", IPAddress.Parse("10.0.3.10"))
                {
                    Protocol = NatProtocol.TCP,
                    ExternalPort = new PortRange(80, 82),
                    InternalPort = new PortRange(8080, 8082)
                });
                nat.AddMapping(new NetNatStaticMappingSpec("web", IPAddress.Parse("10.0.3.11"))
                { Protocol = NatProtocol.UDP, ExternalPort = new PortRange(53) });
            }
            catch (NetworkException e) when (e.Code == NetworkErrorCode.KindNotSupported)
            {
                Lacking(e.Message);
            }

            TryExecute("nft",
                ["add table ip filter; add chain ip filter forward { type filter hook forward priority 0; policy " +
                    "drop; }"]);
            Note("translations", stack => KernelTargets.Translations(stack));
            TryExecute("nft", [Filters]);
            TryExecute("iptables-nft", "-A FORWARD -m conntrack --ctstate INVALID -j DROP".Split(' '));
            TryExecute("iptables-nft", "-A FORWARD -p tcp -m multiport --dports 1,2:9 -j REJECT".Split(' '));
            TryExecute("iptables-nft", "-A FORWARD -m addrtype --dst-type LOCAL -j DROP".Split(' '));
            Note("filters of packets", stack => KernelTargets.Obstacles(stack));
        });
    }

    // Expressions, maps and sets of every sort that the walk through a ruleset asks for.
    private const string Filters =
        """
        table inet fw {
         set closed { type ipv4_addr . inet_service; flags interval; elements = { 10.0.2.0-10.0.3.255 . 50-60 }; }
         set some { type ipv6_addr; flags interval; elements = { fd00::/16, 2001:db8::/32 }; }
         chain end { limit rate 3/minute return; meta mark & 3 == 1 accept; reject with icmpx admin-prohibited; }
         chain sub { ip saddr . udp dport @closed drop; ip6 saddr @some goto end;
          tcp flags syn tcp option maxseg size 1-500 drop; }
         chain way { type filter hook forward priority 0; policy drop
          ct state vmap { invalid : drop, established : accept }; iifname vmap { "lxcbr0" : jump sub, "x*" : drop }
          fib saddr . iif oif missing drop; udp sport 1-1023 meta mark set 0x10 log prefix "no " comment "one" }
         chain in { type filter hook input priority 0; udp dport { 53, 67 } queue num 3; }
        }
        """;

    private static List<Answer> Answers(string operation)
    {
        _ = s_recording.Value;
        return s_recorded.GetValueOrDefault(operation) ?? [];
    }

    private static RecordingKernel Opened(NetlinkProtocol protocol) => new(NetlinkSocket.Open(protocol));

    /// <summary>A stack over other connections than the kernel's, in a namespace that nothing else leads to.</summary>
    public static NetworkStack Stack(NetlinkConnection route, NetlinkConnection generic, NetlinkConnection netfilter)
    {
        var identity = new NamespaceIdentity(0, 0);
        return new(Stacks.Pool, new NamespaceReference("nowhere"), "/nowhere", identity, 7, route, generic, netfilter);
    }

    private static WireGuardPublicKey Key(byte value) => new(Enumerable.Repeat(value, 32).ToArray());

    private static void Counters(NetlinkRequest counters)
    {
        for (ushort type = 1; type <= 11; type++)
            counters.Put(type, 7ul);
    }

    private static NetlinkRequest Command(byte command) => new NetlinkRequest(Family)
        .Header(new GenlMsgHdr { Command = command, Version = 1 });

    private static Answer Number(string family)
    {
        using var answer = new NetlinkRequest(Ctrl.FamilyType).Header(new GenlMsgHdr { Command = 1, Version = 2 })
            .PutString(Ctrl.FamilyName, family).Put(Ctrl.FamilyId, Family);
        return Answered(Ctrl.FamilyType, Ctrl.GetFamily, answer);
    }

    private static Answer Answered(ushort request, byte command, NetlinkRequest answer) =>
        new(request, command, answer.Type, 0, answer.Seal(1, 1, 0)[16..].ToArray());
}
