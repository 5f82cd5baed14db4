using Lxc.Tests.Support;
using LxcNetworking.Containers.Lxc;
using LxcNetworking.Tests;

namespace Lxc.Tests;

/// <summary>Values in a configuration file, as liblxc and the library read them.</summary>
public sealed class LxcReadingTests
{
    // A value behind '!' is one that LXC takes out of the file, and that no link can have when the container starts.
    private static readonly (string Type, string Key, string[] Values)[] s_values =
    [
        ("veth", "ipv4.address",
        [
            "10.0.0.1", "192.168.100.5", "192.168.100.127", "192.168.100.128", "192.168.100.191", "10.0.0.192",
            "10.0.0.223", "10.0.0.224", "192.168.100.255", "0.0.0.0", "10.0.0.5 10.0.0.255", "10.0.0.5\t10.0.0.255",
            "10.0.0.5/24 10.0.0.255", "10.0.0.5/24  10.0.0.255", "10.0.0.5/24 # two", "10.0.0.5/24 10.0.0.255 #",
            "10.0.0.5/0", "10.0.0.5/32", "10.0.0.5/33", "10.0.0.5/", "10.0.0.5/024", "10.0.0.5/0x18", "10.0.0.5/+24",
            "10.0.0.5/-1", "10.0.0.5/ 24", "10.0.0.5/24x", "10.0.0.5/255.255.255.0", "10.0.0.5/24,10.0.0.6/24",
            "010.0.0.5/24", "10.0.5/24", "fd00::5/64", "10.0.0.5/0x", "10.0.0.5/4294967320", "\"10.0.0.5/24\"",
        ]),
        ("veth", "ipv6.address",
        [
            "fd00::1", "fd00::1/64", "FD00::1/48", "fd00::1/+64", "fd00::1/0100", "fd00::1/0x40", "fd00::1/",
            "fd00::1/64 #", "fd00::1 64", "fe80::1%eth0/64", "::ffff:10.0.0.1/96", "!fd00::1/129", "10.0.0.5",
            "fd00::00001/64", "fd00:::1/64",
        ]),
        ("veth", "ipv4.gateway", ["10.0.0.1", "auto", "dev", "Auto", "10.0.0.1/24", "10.0.0.1 #", "010.0.0.1", "x"]),
        ("veth", "ipv6.gateway", ["fd00::1", "auto", "dev", "fd00::1/64", "fe80::1%eth0", "10.0.0.1", "FD00::1"]),
        ("veth", "link", ["br0", "fifteen-letters", "sixteen--letters", "'br0'", "!br0 # two", "!a/b", "!."]),
        ("veth", "name", ["eth0", "sixteen--letters", "!eth 0", "!a:b"]),
        ("veth", "veth.pair", ["v0", "sixteen--letters"]),
        ("veth", "veth.mode", ["bridge", "router", "Bridge", "bridge #"]),
        ("veth", "veth.vlan.id", ["1", "07", "0x7", "4094", "4095", "!0", "none", "x"]),
        ("veth", "veth.vlan.tagged.id", ["1", "017", "4094", "4095", "!0", "none"]),
        ("veth", "veth.n_rxqueues", ["1", "010", "4096", "0", "!4097", "x"]),
        ("veth", "veth.ipv4.route",
            ["10.1.0.0/16", "10.1.0.1/16", "10.1.0.0/0x10", "10.1.0.0", "10.1.0.0/33", "fd00::/64", "x"]),
        ("veth", "veth.ipv6.route", ["fd00::/64", "fd00::/0100", "fd00::", "fd00::/129", "10.1.0.0/16"]),
        ("veth", "l2proxy", ["0", "1", "2", "x"]),
        ("veth", "flags", ["up", "down", "1"]),
        ("macvlan", "macvlan.mode", ["private", "vepa", "bridge", "passthru", "source", "Bridge"]),
        ("ipvlan", "ipvlan.mode", ["l2", "l3", "l3s", "L2"]),
        ("ipvlan", "ipvlan.isolation", ["bridge", "private", "vepa", "x"]),
        ("vlan", "vlan.id", ["1", "07", "010", "0x10", "+7", "4094", "!4095", "65536", "-1", "7 #", "x"]),
    ];

    [Fact]
    public void Every_value_is_read_as_liblxc_reads_it() => LxcSandbox.Run(() =>
    {
        var path = $"{LxcSandbox.ContainerPath}/c/config";
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var wrong = new List<string>();
        foreach (var (type, key, values) in s_values)
        {
            foreach (var marked in values)
            {
                var isRefusedLater = marked.StartsWith('!');
                var value = marked.TrimStart('!');
                File.WriteAllText(path, $"lxc.net.0.type = {type}\nlxc.net.0.{key} = {value}\n");
                var (code, output, _) = Sandbox.TryExecute("lxc-info", "-n", "c", "-c", $"lxc.net.0.{key}");
                var lxcs = code == 0 ? output.Trim().Split(" = ", 2)[^1] : "refused";
                var configuration = LxcConfiguration.Open(path);
                var ours = configuration.Problems.Count > 0 ? "refused" : Text(configuration.Networks[0], key);
                if (isRefusedLater ? lxcs == "refused" || ours != "refused" : ours != lxcs)
                    wrong.Add($"{key} = {marked}: {lxcs} for LXC, {ours} here");
            }
        }

        Assert.Empty(wrong);
    });

    [Fact]
    public void Addresses_and_MTUs_are_those_of_the_links_that_LXC_makes() => LxcSandbox.Run(() =>
    {
        string[] macs =
        [
            "02:11:22:33:44:d", "2:1:2:3:4:5", "02:11:22:33:44:56 # a card", "021122334457", "02:11:22:33:44:58:66",
            "2::11:22:33:44:59", "02:11:22:3344:5A",
        ];
        string[] mtus = ["1400", "0x578", "+1400", "02570"];
        LxcConfiguration? configuration = null;
        using var container = new LxcContainer(path =>
        {
            foreach (var (i, mac) in macs.Index())
                File.AppendAllText(path, $"""
                    lxc.net.{i}.type = veth
                    lxc.net.{i}.name = eth{i}
                    lxc.net.{i}.hwaddr = {mac}
                    lxc.net.{i}.mtu = {mtus[i % mtus.Length]}

                    """);
            configuration = LxcConfiguration.Open(path);
        });
        Assert.Empty(configuration!.Problems);
        foreach (var network in configuration.Networks)
        {
            var shown = container.Nsenter("ip", "-o", "link", "show", network.Name!);
            Assert.Contains($"link/ether {network.MacAddress!.ToLowerInvariant()} ", shown, StringComparison.Ordinal);
            Assert.Contains($"mtu {network.Mtu} ", shown, StringComparison.Ordinal);
        }
    });

    private static string Text(LxcNetworkConfig network, string key) => key switch
    {
        "ipv4.address" => string.Join(' ', network.IPv4Address),
        "ipv6.address" => string.Join(' ', network.IPv6Address),
        "ipv4.gateway" => network.IPv4Gateway!,
        "ipv6.gateway" => network.IPv6Gateway!.ToLowerInvariant(),
        "link" => network.Link!,
        "name" => network.Name!,
        "veth.pair" => network.VethPair!,
        "veth.mode" => $"{network.VethMode}".ToLowerInvariant(),
        "macvlan.mode" => $"{network.MacvlanMode}".ToLowerInvariant(),
        "ipvlan.mode" => $"{network.IpvlanMode}".ToLowerInvariant(),
        "ipvlan.isolation" => $"{network.IpvlanIsolation}".ToLowerInvariant(),
        "vlan.id" => $"{network.VlanId}",
        "flags" => network.Up ? "up" : "",
        // LXC shows its own number for it.
        "veth.vlan.id" when network.OtherKeys[key][0] == "none" => "-1",
        _ => network.OtherKeys[key][0],
    };
}
