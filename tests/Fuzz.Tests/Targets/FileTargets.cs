using System.Text;
using LxcNetworking.Addressing;
using LxcNetworking.Containers.Dhcp;
using LxcNetworking.Containers.Lxc;
using LxcNetworking.Containers.Networks;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;
using LxcNetworking.WireGuard;
using Netlink.Tests.Support;

namespace LxcNetworking.Fuzz;

/// <summary>Files of LXC, of this module, of the kernel and of other programs.</summary>
internal static class FileTargets
{
    private const string Configuration = """
        # a comment
        lxc.include = /usr/share/lxc/config/common.conf
        lxc.rootfs.path = dir:/var/lib/lxc/web/rootfs
        lxc.net.0.type = veth
        lxc.net.0.link = lxcbr0
        lxc.net.0.flags = up
        lxc.net.0.hwaddr = 00:16:3e:xx:xx:xx
        lxc.net.0.ipv4.address = 10.0.3.2/24 10.0.3.255
        lxc.net.0.ipv4.gateway = auto
        lxc.net.0.ipv6.address = "fd00::2/64"

        lxc.net.3.type = macvlan
          lxc.net.3.macvlan.mode=bridge
        lxc.net.3.link = eth0
        lxc.net.3.mtu = 1400
        lxc.net.3.script.up = /usr/bin/true  a b
        lxc.uts.name = web
        """;

    private const string Old =
        "lxc.utsname = old\r\nlxc.network.type = veth\r\nlxc.network.link = lxcbr0\r\nlxc.network.ipv4 = " +
            "10.0.3.5\r\nlxc.network.type = empty\r\n\r\nlxc.network.0.mtu = 1400";

    private const string State = """
        {"Namespace":"web","Cookie":7,"Subnets":["10.0.3.1/24","fd00::1/64"],"Nat":true,"Dhcp":true,"FirstAddress":"10.0.3.10","LastAddress":"10.0.3.20","LeaseSeconds":3600,
        "Domain":"lan","StaticLeases":[{"HostName":"web","Address":"10.0.3.9","Mac":"00:16:3e:00:00:01"}],"Mtu":1400,"MadeBridge":true,
        "MadeAddresses":["10.0.3.1/24"],"MadeNats":["lxcbr0"],"MadeForwarding":[2,10],"FoundAddresses":["10.1.0.1/24"],
        "FoundRoutes":[{"Message":"02000000fe0300010000000008000f00fe000000080005000a0000010800060009000000080007000a0000020800040000000000"}],"FoundNextHops":[7],"FoundSettings":[{"Name":"ipv6/conf/*/accept_ra","Value":"1"}],
        "MovedNeighbors":[{"Address":"10.0.0.9","LinkLayer":"02:00:00:00:00:09","State":128,"Flags":0,"Protocol":108}],
        "MovedAddresses":[{"Prefix":"10.0.0.2/24","Peer":null,"Broadcast":"10.0.0.255","Scope":0,"ValidSeconds":100.5,"PreferredSeconds":50,"NoPrefixRoute":false}],
        "MovedRoutes":[{"Message":"0a400000fe0300010000000014000100fd00000100000000000000000000000008000f00fe0000000800060000040000200009001c0000020000000014000500fd000000000000000000000000000001"}]}
        """;

    internal const string Lease = """
        {"NamespaceId":"01234567-7","Namespace":"web","Path":"/run/netns/web","Device":4,"Inode":7,"InterfaceIndex":2,
        "InterfaceAlias":"eth0","MacAddress":"02:00:00:00:00:01","ClientId":"FF01","HostName":"web","NoGateway":false,
        "Address":"10.0.3.9/24","Server":"10.0.3.1","Station":"02:00:00:00:00:02","Granted":"2026-01-01T00:00:00+00:00",
        "LeaseSeconds":3600,"RenewalSeconds":1800,"RebindingSeconds":3150,"Gateways":["10.0.3.1"],
        "Routes":["10.9.0.0/16 10.0.3.2"],"DnsServers":["10.0.3.1"],"DomainName":"lxc","DomainSearch":["lxc"],"Mtu":1400}
        """;

    private const string Uplink = """{"Namespace":"","Cookie":0,"Subnets":[],"Uplink":"eth0","MadePort":true}""";

    private static readonly NetLink s_link =
        new(new LinkData(new NamespaceReference("nowhere")) { Name = "eth0", Index = 2 });

    public static IEnumerable<Target> All =>
    [
        Of("LXC configurations",
            [Configuration, Configuration.Replace("\n", "\r\n", StringComparison.Ordinal), Old, "",
                "lxc.net = \nlxc.net.0.type = none"], Read) with
        {
            // It is read and changed some ten times.
            MemoryPerByte = 10_000,
        },
        Of("network.json", [State, Uplink], ReadState, json: true),
        Of("leases of dnsmasq",
            ["1700000000 00:16:3e:00:00:01 10.0.3.9 web 01:00:16:3e:00:00:01\n0 00:16:3e:00:00:02 10.0.3.10 * " +
                "*\nduid 00:01\n1700000000 7 fd00::9 web 00:01\n"], content
            => Shown.Look(Dnsmasq.ParseLeases("lxcbr0", content, new NamespaceReference("nowhere")))),
        Of("process id of dnsmasq", ["1234\n"], content => _ = Dnsmasq.ParseId(content)),
        Of("leases on file", [Lease], ReadLease, json: true),
        Of("machines of systemd", ["NAME=web\nCLASS=container\nLEADER=1234\nSERVICE=\"nspawn\"\n"],
            content => Shown.Look(NspawnRuntime.Parse("web", content))),
        Of("/proc/net/unix",
            ["Num       RefCount Protocol Flags    Type St Inode Path\nffff: 00000002 00000000 00010000 0001 01 123 " +
                "@/var/lib/lxc/web/command\nffff: 00000002 00000000 00000000 0001 03 124 @x\n"], content
            => _ = LxcRuntime.CommandSockets(Encoding.UTF8.GetString(content).Split('\n'))),
        Of("/proc/net/ipv6_route", [
            "fd000000000000000000000000000000 40 00000000000000000000000000000000 00 " +
                "fe800000000000000000000000000001 00000100 00000001 00000000 00000001     eth0\n"
                + "00000000000000000000000000000000 00 00000000000000000000000000000000 00 " +
                    "00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo\n",
        ], ReadRoutes),
        Of("/proc/net/rt6_stats", ["0005 0004 0012 0003 0000 0008 0000\n"],
            content => _ = IPv6RouteFiles.Count(content)),
        Of("/proc/PID/stat", ["1234 (dns) masq) S 1 2 3", "1 (a) Z"],
            content => _ = ChildProgram.IsAlive(Encoding.UTF8.GetString(content))),
        Of("WireGuard key files", ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"],
            content => WireGuardSecret.Decode(content.AsSpan().Trim(" \t\r\n"u8), "The file").Dispose()),
        new(
            "answers of LXC",
            [[.. BitConverter.GetBytes(0), .. BitConverter.GetBytes(4), .. BitConverter.GetBytes(1234L), .. "web\0"u8]],
            (random, corpus) => random.Spoil(random.Of(corpus)),
            bytes =>
            {
                using var stream = new MemoryStream(bytes);
                Shown.Look(
                    LxcRuntime.ReadAnswer(buffer => stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)
                        == buffer.Length)?.Text);
            }),
    ];

    // Most are spoilt as text, some as bytes, so that they are not UTF-8.
    private static Target Of(string name, IReadOnlyList<string> corpus, Action<byte[]> read, bool json = false) => new(
        name, [.. corpus.Select(Encoding.UTF8.GetBytes)],
        (random, items) => random.OneIn(5) ? random.Spoil(random.Of(items))
            : Encoding.UTF8.GetBytes(json ? random.Json([.. items.Select(Encoding.UTF8.GetString)])
                : random.Text([.. items.Select(Encoding.UTF8.GetString)])),
        read, typeof(NetworkException), typeof(NetlinkProtocolException))
    {
        Show = bytes => Probe.Escaped(Encoding.UTF8.GetString(bytes)),
    };

    private static void ReadLease(byte[] content)
    {
        if (LeaseRecord.TryParse(content) is not { } record)
            return;
        Shown.Look(new DhcpLease(record.Grant, record.Identity, s_link));
        WrongResultException.ThrowUnless(
            record.ToJson().AsSpan().SequenceEqual(LeaseRecord.TryParse(record.ToJson())?.ToJson()),
            "What was written is read as something else.");
    }

    private static void Read(byte[] content)
    {
        // Whoever reads the file refuses these.
        content = [.. content.Where(value => value != 0)];
        var configuration = new LxcConfiguration("/c", "web", content);
        foreach (var network in configuration.Networks)
            Shown.Look(network);
        Shown.Look(configuration.Problems);
        WrongResultException.ThrowUnless(configuration.Changes.Count == 0 && configuration.Content.AsSpan()
            .SequenceEqual(content), "What was only read is changed.");
        Edit(content, edited => edited.Add(new LxcNetworkSettings { Type = LxcNetworkType.Veth, Link = "br9" }));
        Edit(content, edited => edited.Add(new LxcNetworkSettings { Type = LxcNetworkType.Empty }, 7));
        Edit(content, edited => edited.Update());
        foreach (var index in configuration.Networks.Take(3).Select(network => network.Index))
        {
            Edit(content,
                edited =>
                edited.Change(index,
                    new LxcNetworkSettings { Link = "br9", IPv4Address = [new IPPrefix("10.9.0.1/24")] }));
            Edit(content, edited => edited.Remove(index));
        }
    }

    // Every other line stays byte for byte, whatever is done to a network.
    private static void Edit(byte[] content, Action<LxcConfiguration> change)
    {
        var configuration = new LxcConfiguration("/c", "web", content);
        try
        {
            change(configuration);
        }
        catch (NetworkException)
        {
            WrongResultException.ThrowUnless(configuration.Content.AsSpan().SequenceEqual(content),
                "A change that was refused is done in part.");
            return;
        }

        Shown.Look(configuration.Changes);
        var again = new LxcConfiguration("/c", "web", configuration.Content);
        WrongResultException.ThrowUnless(again.Networks.Select(network => network.Index)
            .SequenceEqual(configuration.Networks.Select(network => network.Index)),
            "What was written is read as something else.");
        var (before, after) = (OtherLines(content), OtherLines(configuration.Content));
        WrongResultException.ThrowUnless(before.SequenceEqual(after),
            $"Other lines are changed: {Probe.Escaped(string.Join('|', before))} / " +
                $"{Probe.Escaped(string.Join('|', after))}");
    }

    // Latin-1 keeps every byte. The last line may get an end.
    private static List<string> OtherLines(byte[] content) => [.. Encoding.Latin1.GetString(content).Split('\n', '\r')
        .Where(line => line.Length > 0 && !line.Contains("lxc.net", StringComparison.Ordinal))];

    private static void ReadState(byte[] content)
    {
        var state = NetworkState.Parse(content, "/f");
        foreach (var address in state.MovedAddresses)
        {
            address.ToSpec("eth0").Validate("eth0");
            _ = address.Network();
        }

        foreach (var route in state.MovedRoutes.Concat(state.FoundRoutes))
            Shown.Look(route.On(2));
        foreach (var neighbor in state.MovedNeighbors.Concat(state.FoundNeighbors))
            Shown.Look(neighbor.ToSpec());
        Shown.Look(state.Spec("lxcbr0"));
        foreach (var address in state.MadeAddresses.Concat(state.FoundAddresses))
            _ = IPPrefix.Parse(address);
        _ = state.MadeNats.Select(name => name.Length).Sum() + state.MadeForwarding.Count + state.Namespace.Length;
        WrongResultException.ThrowUnless(state.IsSameAs(NetworkState.Parse(state.ToJson(), "/f")),
            "What was written is read as something else.");
    }

    private static void ReadRoutes(byte[] content)
    {
        using var reader = new StreamReader(new MemoryStream(content));
        foreach (var key in IPv6RouteFiles.ReadKeys(reader))
        {
            var (destination, metric) = IPv6RouteFiles.ParseKey(key);
            WrongResultException.ThrowUnless(string.Equals(IPv6RouteFiles.KeyOf(destination, metric), key,
                StringComparison.OrdinalIgnoreCase), "A route's key is another one's.");
        }
    }
}
