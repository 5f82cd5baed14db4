using System.Text.Json;
using Lxc.Tests.Support;
using LxcNetworking.Containers.Lxc;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Tests;

namespace Lxc.Tests;

/// <summary>LXC itself brings up what the library wrote into a container's configuration file.</summary>
public sealed class LxcConfigurationTests
{
    private const string Mac = "00:16:3e:67:4f:a5";

    [Fact]
    public void Empty() => LxcSandbox.Run(() =>
    {
        using var container = Made(new LxcNetworkSettings { Type = LxcNetworkType.Empty, Up = true });
        Assert.Equal("lo", Assert.Single(Links(container)).GetProperty("ifname").GetString());
    });

    [Fact]
    public void None() => LxcSandbox.Run(() =>
    {
        Sandbox.Ip("link add seen type veth peer name too");
        using var container = Made(new LxcNetworkSettings { Type = LxcNetworkType.None });
        Assert.Contains("seen", container.Nsenter("ip", "link"), StringComparison.Ordinal);
    });

    [Fact]
    public void Veth_with_every_key() => LxcSandbox.Run(() =>
    {
        Sandbox.Ip("link add name lxcbr0 up type bridge");
        Sandbox.Ip("address add 10.0.3.1/24 dev lxcbr0");
        var up = Path.GetTempFileName();
        try
        {
            File.SetUnixFileMode(up, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
            File.WriteAllText(up, $"#!/bin/sh\necho ran > {up}.ran\n");
            var settings = new LxcNetworkSettings
            {
                Type = LxcNetworkType.Veth,
                Link = "lxcbr0",
                Name = "wan0",
                Up = true,
                MacAddress = Mac,
                Mtu = 1400,
                VethPair = "vethtest",
                VethMode = LxcVethMode.Bridge,
                IPv4Address = [new("10.0.3.2/24"), new("10.0.3.9/24")],
                IPv4Gateway = "auto",
                IPv6Address = [new("fd00:3::2/64")],
                IPv6Gateway = "fd00:3::1",
                ScriptUp = up,
            };
            settings.Put("veth.ipv4.route", "10.77.0.0/24");
            using var container = Made(settings);
            var link = Assert.Single(Links(container), link => Name(link) == "wan0");
            Assert.Equal((Mac, 1400, "veth"),
                (link.GetProperty("address").GetString(), link.GetProperty("mtu").GetInt32(), Kind(link)));
            Assert.Equal(["10.0.3.2/24", "10.0.3.9/24", "fd00:3::2/64"], Addresses(container, "wan0"));
            Assert.Contains("default via 10.0.3.1", container.Nsenter("ip", "route"), StringComparison.Ordinal);
            Assert.Contains("default via fd00:3::1", container.Nsenter("ip", "-6", "route"), StringComparison.Ordinal);
            Assert.Equal("lxcbr0", Sandbox.IpJson("link show dev vethtest")[0].GetProperty("master").GetString());
            Assert.Contains("10.77.0.0/24 dev vethtest", Sandbox.Ip("route"), StringComparison.Ordinal);
            Assert.True(File.Exists(up + ".ran"));
            Assert.True(Sandbox.Pings("10.0.3.2"));
        }
        finally
        {
            File.Delete(up);
            File.Delete(up + ".ran");
        }
    });

    [Theory]
    [InlineData(MacvlanMode.Private)]
    [InlineData(MacvlanMode.Vepa)]
    [InlineData(MacvlanMode.Bridge)]
    [InlineData(MacvlanMode.Passthru)]
    public void Macvlan(MacvlanMode mode) => LxcSandbox.Run(() =>
    {
        MakeParent();
        using var container = Made(new LxcNetworkSettings
        {
            Type = LxcNetworkType.Macvlan,
            Link = "parent",
            Name = "eth0",
            Up = true,
            MacvlanMode = mode,
            MacAddress = "02:16:3e:xx:xx:xx",
            IPv4Address = [new("10.0.5.3/24")]
        });
        var link = Child(container, "macvlan");
        Assert.Equal(mode.ToString().ToLowerInvariant(), Data(link, "mode"));
        if (mode != MacvlanMode.Passthru)
            Assert.StartsWith("02:16:3e:", link.GetProperty("address").GetString(), StringComparison.Ordinal);
        Assert.Equal(["10.0.5.3/24"], Addresses(container, "eth0"));
    });

    [Theory]
    [InlineData(IpvlanMode.L2, IpvlanFlag.Bridge)]
    [InlineData(IpvlanMode.L3, IpvlanFlag.Private)]
    [InlineData(IpvlanMode.L3S, IpvlanFlag.Vepa)]
    public void Ipvlan(IpvlanMode mode, IpvlanFlag isolation) => LxcSandbox.Run(() =>
    {
        Sandbox.NeedsKind("ipvlan");
        MakeParent();
        using var container = Made(new LxcNetworkSettings
        {
            Type = LxcNetworkType.Ipvlan,
            Link = "parent",
            Name = "eth0",
            Up = true,
            IpvlanMode = mode,
            IpvlanIsolation = isolation,
            IPv4Address = [new("10.0.5.3/32")],
            IPv4Gateway = "dev"
        });
        var link = Child(container, "ipvlan");
        Assert.Equal((mode.ToString().ToLowerInvariant(), isolation.ToString().ToLowerInvariant()),
            (Data(link, "mode"), Isolation(link)));
        Assert.Contains("default dev eth0", container.Nsenter("ip", "route"), StringComparison.Ordinal);
    });

    [Fact]
    public void Vlan() => LxcSandbox.Run(() =>
    {
        Sandbox.NeedsKind("vlan");
        MakeParent();
        using var container = Made(new LxcNetworkSettings
        {
            Type = LxcNetworkType.Vlan,
            Link = "parent",
            Name = "eth0",
            Up = true,
            VlanId = 20,
            IPv4Address = [new("10.0.5.3/24")]
        });
        Assert.Equal("20", Data(Child(container, "vlan"), "id"));
        Assert.Equal(["10.0.5.3/24"], Addresses(container, "eth0"));
    });

    [Fact]
    public void Phys_and_a_second_network_and_then_neither() => LxcSandbox.Run(() =>
    {
        MakeParent();
        Sandbox.Ip("link add name lxcbr0 up type bridge");
        using (var container = Made(
            new LxcNetworkSettings
            {
                Type = LxcNetworkType.Phys,
                Link = "parent",
                Name = "eth0",
                Up = true,
                IPv4Address = [new("10.0.5.3/24")],
                IPv4Gateway = "10.0.5.1"
            },
            new LxcNetworkSettings { Type = LxcNetworkType.Veth, Link = "lxcbr0", Name = "eth1" }))
        {
            Assert.Equal(["eth0", "eth1", "lo"], Links(container).Select(Name).Order());
            Assert.Equal(["10.0.5.3/24"], Addresses(container, "eth0"));
            Assert.Contains("default via 10.0.5.1", container.Nsenter("ip", "route"), StringComparison.Ordinal);
            Assert.DoesNotContain("parent", Sandbox.Ip("link"), StringComparison.Ordinal);
        }

        using var changed = new LxcContainer(file =>
        {
            var config = LxcConfiguration.Open(file);
            config.Add(new() { Type = LxcNetworkType.Phys, Link = "nosuch" });
            config.Add(new() { Type = LxcNetworkType.Veth, Link = "lxcbr0", Name = "eth1" });
            config.Remove(0);
            config.Change(1,
                new()
                {
                    Name = "eth5",
                    Type = LxcNetworkType.Macvlan,
                    Link = "parent",
                    MacvlanMode = MacvlanMode.Bridge
                });
            config.Save();
        });
        Assert.Equal(["eth5", "lo"], Links(changed).Select(Name).Order());
    });

    // The configurations of an article on LXC networking of 2013, as they stand there.
    [Theory]
    [InlineData("", "lo", "type = empty", "hwaddr = 00:16:3e:67:4f:a5", "flags = up")]
    [InlineData("", "eth0 lo", "type = veth", "hwaddr = 00:16:3e:7e:11:ac", "flags = up", "link = lxcbr0")]
    [InlineData("10.0.5.3/24", "eth0 lo", "type = macvlan", "macvlan.mode = bridge", "hwaddr = 00:16:3e:48:35:d2",
        "flags = up", "link = lxcbr1", "ipv4 = 10.0.5.3/24")]
    [InlineData("10.0.5.5/24", "eth0 eth1 lo", "type = veth", "flags = up", "link = lxcbr0", "", "type = macvlan",
        "macvlan.mode = bridge", "flags = up", "link = lxcbr1", "ipv4 = 10.0.5.5/24")]
    [InlineData("", "eth0 lo", "type = vlan", "flags = up", "link = parent", "vlan.id = 10",
        "hwaddr = 00:16:3e:fd:84:da")]
    [InlineData("192.168.1.135/24", "lo parent", "type = phys", "hwaddr = 08:00:27:f9:8f:2e", "flags = up",
        "link = parent", "ipv4 = 192.168.1.135/24", "ipv4.gateway = 192.168.1.254")]
    [InlineData(null, null, "type = none", "flags = up", "hwaddr = 00:16:3e:0c:42:31")]
    public void Old_configurations_are_converted_and_start(string? address, string? links, params string[] lines) =>
        LxcSandbox.Run(() =>
    {
        if (lines[0] == "type = vlan")
            Sandbox.NeedsKind("vlan");
        MakeParent();
        Sandbox.Ip("link add name lxcbr0 up type bridge");
        Sandbox.Ip("link add name lxcbr1 up type bridge");
        var old = string.Concat(lines.Select(line => line.Length == 0 ? "\n" : $"lxc.network.{line}\n"));
        Assert.ThrowsAny<Exception>(() => new LxcContainer(file => File.AppendAllText(file, old)).Dispose());
        using var container = new LxcContainer(file =>
        {
            File.AppendAllText(file, old);
            var config = LxcConfiguration.Open(file);
            config.Update();
            config.Save();
            Assert.Empty(config.Problems);
        });
        if (links is null)
        {
            Assert.Contains("lxcbr1", container.Nsenter("ip", "link"), StringComparison.Ordinal);
            return;
        }

        Assert.Equal(links, string.Join(' ', Links(container).Select(Name).Order(StringComparer.Ordinal)));
        Assert.Equal(address,
            string.Join(' ', links.Split(' ').Where(link => link != "lo")
                .SelectMany(link => Addresses(container, link))));
        if (lines.FirstOrDefault(line => line.StartsWith("hwaddr", StringComparison.Ordinal)) is { } mac
            && links != "lo")
            Assert.Contains(Links(container), link => link.GetProperty("address").GetString() == mac[9..]);
    });

    [Fact]
    public void Whatever_the_lines_are_they_are_read_as_lxc_reads_them() => LxcSandbox.Run(() =>
    {
        string[] lines =
        [
            "lxc.net.0.type = veth", "lxc.net.1.type=macvlan", "\tlxc.net.0.type = 'phys' ", "lxc.net.0.link = a",
            "lxc.net.0.link = \"b\"", "lxc.net.0.link =", "lxc.net =", "lxc.net.0 =", "lxc.net.1 =",
            "lxc.net.0.ipv4.address = 10.0.0.1/8", "lxc.net.0.ipv4.address = 10.0.0.2/30", "lxc.net.0.ipv4.address =",
            "lxc.net.1.ipv6.address = fd00::1/64", "lxc.net.1.link = c", "lxc.net.0.veth.pair = p",
            "lxc.net.1.macvlan.mode = bridge", "lxc.net.01.name = n", "lxc.net.0.bogus = 1", "lxc.net.0 = 1",
            "lxc.net = 1", "# lxc.net.0.link = z", "", "lxcnet.0.link = y", "lxc.net.0.flags = up",
            "lxc.network.type = veth",
        ];
        string[] endings = ["\n", "\n", "\r\n", "\r"];
        string[] keys = ["type", "link", "name", "flags", "ipv4.address", "ipv6.address"];
        var random = new Random(20130101);
        var folder = Directory.CreateDirectory(Path.Combine(LxcSandbox.ContainerPath, "fuzz")).FullName;
        var file = Path.Combine(folder, "config");
        var loaded = 0;
        for (var round = 0; round < 150; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 9))
                .Select(_ => lines[random.Next(lines.Length)] + endings[random.Next(endings.Length)]));
            File.WriteAllText(file, text);
            var config = LxcConfiguration.Open(file);
            var asked = from index in Enumerable.Range(0, 2)
                        from key in keys
                        from word in new[] { "-c", $"lxc.net.{index}.{key}" }
                        select word;
            var (code, output, _) = Sandbox.TryExecute("lxc-info", ["-n", "fuzz", .. asked]);
            Assert.True((config.Problems.Count > 0 || config.Networks.Any(network => network.IsLegacy)) == (code != 0),
                $"{text}\n{output}\n{string.Join('\n', config.Problems)}");
            if (code != 0)
                continue;
            loaded++;
            var ours = from index in Enumerable.Range(0, 2)
                       from key in keys
                       select Line(config.Networks.SingleOrDefault(network => network.Index == index), index, key);
            Assert.Equal($"{text}\n{string.Concat(ours)}", $"{text}\n{output}");
        }

        Assert.InRange(loaded, 30, 149);
        Directory.Delete(folder, recursive: true);

        static string Line(LxcNetworkConfig? network, int index, string key)
        {
            if (network is null)
                return "";
            var value = key switch
            {
                "type" => network.Type.ToString().ToLowerInvariant(),
                "link" => network.Link,
                "name" => network.Name,
                "flags" => network.Up ? "up" : null,
                "ipv4.address" => string.Join('\n', network.IPv4Address),
                _ => string.Join('\n', network.IPv6Address),
            };
            return $"lxc.net.{index}.{key} ={(string.IsNullOrEmpty(value) ? "" : " " + value)}\n";
        }
    });

    private static LxcContainer Made(params LxcNetworkSettings[] networks) => new(file =>
    {
        var config = LxcConfiguration.Open(file);
        foreach (var settings in networks)
            config.Add(settings);
        config.Save();
        Assert.Empty(LxcConfiguration.Open(file).Problems);
    });

    // A veth pair stands for a network card: its other end is the wire.
    private static void MakeParent()
    {
        Sandbox.Ip("link add parent up type veth peer name wire");
        Sandbox.Ip("link set wire up");
    }

    private static JsonElement[] Links(LxcContainer container) =>
        [.. JsonDocument.Parse(container.Nsenter("ip", "-d", "-j", "link")).RootElement.EnumerateArray()];

    private static string[] Addresses(LxcContainer container, string link) =>
    [
        .. JsonDocument.Parse(container.Nsenter("ip", "-j", "address", "show", "dev", link)).RootElement[0]
        .GetProperty("addr_info").EnumerateArray()
            .Where(info => info.GetProperty("scope").GetString() == "global")
            .Select(info => $"{info.GetProperty("local").GetString()}/{info.GetProperty("prefixlen").GetInt32()}"),
    ];

    private static JsonElement Child(LxcContainer container, string kind) =>
        Assert.Single(Links(container), link => Kind(link) == kind);

    private static string Name(JsonElement link) => link.GetProperty("ifname").GetString()!;

    private static string? Kind(JsonElement link) => link.TryGetProperty("linkinfo", out var info)
        && info.TryGetProperty("info_kind", out var kind) ? kind.GetString() : null;

    private static string Data(JsonElement link, string name) => link.GetProperty("linkinfo").GetProperty("info_data")
        .GetProperty(name).ToString();

    // iproute2 prints the isolation as a key of its own.
    private static string Isolation(JsonElement link) => new[] { "private", "vepa", "bridge" }
        .Single(flag => link.GetProperty("linkinfo").GetProperty("info_data").TryGetProperty(flag, out _));
}
