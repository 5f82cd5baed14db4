using System.Runtime.InteropServices;
using System.Text;
using LxcNetworking.Containers.Lxc;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>LXC's configuration files: what is read, and that nothing but the wanted lines changes.</summary>
[Trait("Kernel", "none")]
public sealed partial class LxcConfigTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lxcconfig-").FullName;

    private string ConfigPath => Path.Combine(_folder, "config");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_key_is_read()
    {
        var network = Assert.Single(Written(
            """
            lxc.include = /usr/share/lxc/config/common.conf
            lxc.net.3.type = veth
            lxc.net.3.link = br0
            lxc.net.3.flags = up
            	lxc.net.3.name	=	"eth0"
            lxc.net.3.hwaddr = 00:16:3e:xx:xx:xx
            lxc.net.3.mtu = 1400
            lxc.net.3.ipv4.address = 10.2.3.5/24 10.2.3.255
            lxc.net.3.ipv4.address = 192.168.4.5
            lxc.net.3.ipv4.gateway = auto
            lxc.net.3.ipv6.address = 2003:db8:1:0:214:1234:fe0b:3597
            lxc.net.3.ipv6.gateway = dev
            lxc.net.3.veth.pair = out0
            lxc.net.3.veth.mode = router
            lxc.net.3.script.up = /bin/up now
            lxc.net.3.script.down = /bin/down
            lxc.net.3.veth.ipv4.route = 10.0.0.0/8
            lxc.net.3.veth.ipv4.route = 10.1.0.0/16
            # lxc.net.4.type = veth
            """).Networks);
        Assert.Equal((3, LxcNetworkType.Veth, "br0", "eth0", true, "00:16:3e:xx:xx:xx", 1400),
            (network.Index, network.Type, network.Link, network.Name, network.Up, network.MacAddress, network.Mtu));
        Assert.Equal(["10.2.3.5/24", "192.168.4.5/8"], network.IPv4Address.Select(address => address.ToString()));
        Assert.Equal("2003:db8:1:0:214:1234:fe0b:3597/64", Assert.Single(network.IPv6Address).ToString());
        Assert.Equal(("auto", "dev", "out0", LxcVethMode.Router, "/bin/up now", "/bin/down"),
            (network.IPv4Gateway, network.IPv6Gateway, network.VethPair, network.VethMode, network.ScriptUp,
                network.ScriptDown));
        Assert.Equal(["10.0.0.0/8", "10.1.0.0/16"],
            Assert.Single(network.OtherKeys, pair => pair.Key == "veth.ipv4.route").Value);
        Assert.False(network.IsLegacy);
    }

    [Theory]
    // A later value wins; lists grow; an empty value takes back.
    [InlineData("lxc.net.0.type=macvlan\nlxc.net.0.link=a\nlxc.net.0.link=b\n", "0 Macvlan b ")]
    [InlineData(
        "lxc.net.0.type=veth\nlxc.net.0.ipv4.address=10.0.0.1/8\nlxc.net.0.ipv4.address=\n"
        + "lxc.net.0.ipv4.address=10.0.0.2/8\nlxc.net.0.link=a\nlxc.net.0.link=\n",
        "0 Veth  10.0.0.2/8")]
    [InlineData("lxc.net.0.type=veth\nlxc.net.0.link=a\nlxc.net.0.type=phys\n", "0 Phys  ")]
    [InlineData("lxc.net.0.type=veth\nlxc.net.1.type=phys\nlxc.net.0 =\n", "1 Phys  ")]
    [InlineData("lxc.net.0.type=veth\nlxc.net.1.type=phys\nlxc.net =\nlxc.net.7.type=none\n", "7 None  ")]
    [InlineData("lxc.net.1.type=veth\rlxc.net.0.type=phys\r\n", "0 Phys  ;1 Veth  ")]
    [InlineData("lxc.net.0.link=x\n", "0 Empty x ")]
    [InlineData("xlxc.net.0.type=veth\nlxc.network_x = 1\nlxc.netfoo=1\n", "")]
    // Old keys.
    [InlineData(
        "lxc.network.type=veth\nlxc.network.link=a\nlxc.network.type=macvlan\nlxc.network.ipv4=10.0.0.1/8\n"
        + "lxc.network.0.link=c\n",
        "0 Veth c ;1 Macvlan  10.0.0.1/8")]
    [InlineData(
        "lxc.network.type=veth\nlxc.network=\nlxc.net.0.type=none\nlxc.network.type=phys\n",
        "0 None  ;2 Phys  ")]
    public void Lines_are_read_as_lxc_does(string content, string expected) => Assert.Equal(
        expected,
        string.Join(';', Written(content)
            .Networks.Select(network =>
                $"{network.Index} {network.Type} {network.Link} {string.Join(',', network.IPv4Address)}")));

    [Fact]
    public void What_lxc_would_refuse_is_told_with_its_line()
    {
        var problems = Written(
            "lxc.net.0.type = veth\nlxc.net.0.macvlan.mode = bridge\nlxc.net.0.bogus = 1\nlxc.net.0.ipv4.address = " +
                "10.0.0.300/8\nlxc.net.x.type = veth\nlxc.net.9.link =\nlxc.net = 1\n").Problems;
        Assert.Equal(["line 2", "line 3", "line 4", "line 5", "line 6", "line 7"],
            problems.Select(problem => problem[..6]));
    }

    [Fact]
    public void Other_lines_stay_byte_for_byte()
    {
        byte[] before = [0xff, 0xfe,
            .. "  # Ünd\t \r\n\r\n lxc.net.0.type = veth  \r\n#lxc.net.0.link = x\r\n"u8
                + "\tlxc.net.0.link=br0\t\r\nlxc.environment = A="u8, 0xe9, .. "\n\n\nlxc.include = /x\n# last"u8];
        File.WriteAllBytes(ConfigPath, before);
        var config = LxcConfiguration.Open(ConfigPath);
        config.Change(0, new LxcNetworkSettings { Link = "br1", Name = "eth0" });
        Assert.Equal(["- \\x09lxc.net.0.link=br0".Replace("\\x09", " ", StringComparison.Ordinal) + " ",
            "+  lxc.net.0.link=br1 ", "+ lxc.net.0.name = eth0"], config.Changes);
        Assert.Equal(before, File.ReadAllBytes(ConfigPath));
        config.Save();

        byte[] after = [0xff, 0xfe,
            .. "  # Ünd\t \r\n\r\n lxc.net.0.type = veth  \r\n#lxc.net.0.link = x\r\n"u8
                + "\tlxc.net.0.link=br1\t\r\nlxc.net.0.name = eth0\r\nlxc.environment = A="u8, 0xe9,
            .. "\n\n\nlxc.include = /x\n# last"u8];
        Assert.Equal(after, File.ReadAllBytes(ConfigPath));
        Assert.Equal(["config"], Directory.EnumerateFileSystemEntries(_folder).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("", "lxc.net.0.type = veth\nlxc.net.0.flags = up\n")]
    [InlineData("a", "a\nlxc.net.0.type = veth\nlxc.net.0.flags = up")]
    [InlineData("a\r\nb", "a\r\nb\r\nlxc.net.0.type = veth\r\nlxc.net.0.flags = up")]
    [InlineData(
        "lxc.net.0.type = none\n# end\n",
        "lxc.net.0.type = none\nlxc.net.1.type = veth\nlxc.net.1.flags = up\n# end\n")]
    [InlineData(
        "lxc.net.1.type = none\nlxc.net =",
        "lxc.net.1.type = none\nlxc.net =\nlxc.net.0.type = veth\nlxc.net.0.flags = up")]
    public void A_network_is_added_in_the_files_own_style(string before, string after)
    {
        var config = Written(before);
        config.Add(new LxcNetworkSettings { Up = true, Type = LxcNetworkType.Veth });
        config.Save();
        Assert.Equal(after, File.ReadAllText(ConfigPath));
        Assert.Empty(LxcConfiguration.Open(ConfigPath).Problems);
    }

    [Fact]
    public void A_lists_lines_are_kept_exchanged_added_and_taken_out()
    {
        var config = Written(
            "lxc.net.0.type = veth\nlxc.net.0.ipv4.address = 10.0.0.1/24 10.0.0.255\n# x\nlxc.net.0.ipv4.address = " +
                "10.0.0.2/24\nlxc.net.0.mtu = 1400");
        config.Change(0,
            new LxcNetworkSettings
            {
                IPv4Address = [new("10.0.0.1/24"), new("10.0.0.3/24"), new("10.0.0.4/24")],
                Link = "br0"
            });
        config.Save();
        Assert.Equal(
            "lxc.net.0.type = veth\nlxc.net.0.ipv4.address = 10.0.0.1/24 10.0.0.255\n# x\nlxc.net.0.ipv4.address = " +
                "10.0.0.3/24\nlxc.net.0.ipv4.address = 10.0.0.4/24\nlxc.net.0.mtu = 1400\nlxc.net.0.link = br0",
                File.ReadAllText(ConfigPath));
        var settings = new LxcNetworkSettings { IPv4Address = [new("10.0.0.9/24")] };
        settings.Clear(LxcNetworkKey.Mtu);
        config.Change(0, settings);
        config.Save();
        Assert.Equal("lxc.net.0.type = veth\nlxc.net.0.ipv4.address = 10.0.0.9/24\n# x\nlxc.net.0.link = br0",
            File.ReadAllText(ConfigPath));
    }

    [Fact]
    public void A_change_of_type_takes_the_old_types_keys_along()
    {
        var config = Written(
            "lxc.net.0.type = veth\nlxc.net.0.link = br0\nlxc.net.0.veth.pair = v0\nlxc.net.0.veth.ipv4.route = " +
                "10.0.0.0/8\nlxc.net.0.veth.ipv4.route = 10.1.0.0/16");
        config.Change(0, new LxcNetworkSettings { Type = LxcNetworkType.Macvlan, MacvlanMode = MacvlanMode.Bridge });
        config.Save();
        Assert.Equal("lxc.net.0.type = macvlan\nlxc.net.0.link = br0\nlxc.net.0.macvlan.mode = bridge",
            File.ReadAllText(ConfigPath));
    }

    [Fact]
    public void Removal_leaves_everything_else()
    {
        var config =
            Written("# a\nlxc.net.0 =\nlxc.net.0.type = veth\nlxc.net.1.type = none\n# b\nlxc.net.0.link = br0\nc");
        config.Remove(0);
        config.Save();
        Assert.Equal("# a\nlxc.net.0 =\nlxc.net.1.type = none\n# b\nc", File.ReadAllText(ConfigPath));
        Assert.Equal(NetworkErrorCode.ObjectNotFound, Assert.Throws<NetworkException>(() => config.Remove(0)).Code);
    }

    [Fact]
    public void Owner_group_and_mode_stay_and_a_link_is_followed()
    {
        Sandbox.NeedsOtherUsers();
        var target = Path.Combine(_folder, "real");
        File.WriteAllText(target, "a\n");
        File.CreateSymbolicLink(ConfigPath, "real");
        if (Environment.IsPrivilegedProcess)
            Sandbox.Execute("chown", "1234:4321", target);
        File.SetUnixFileMode(target, (UnixFileMode)Convert.ToInt32("640", 8));
        var before = Sandbox.Execute("stat", "-c", "%u %g %a", target);
        var config = LxcConfiguration.Open(ConfigPath);
        config.Add(new LxcNetworkSettings { Type = LxcNetworkType.Empty });
        config.Save();

        Assert.Equal("real", new FileInfo(ConfigPath).LinkTarget);
        Assert.Equal("a\nlxc.net.0.type = empty\n", File.ReadAllText(target));
        Assert.Equal(before, Sandbox.Execute("stat", "-c", "%u %g %a", target));
        Assert.Equal(2, Directory.EnumerateFileSystemEntries(_folder).Count());
    }

    [Fact]
    public void A_change_by_somebody_else_is_not_overwritten()
    {
        var config = Written("a\n");
        config.Add(new LxcNetworkSettings { Type = LxcNetworkType.Empty });
        File.WriteAllText(ConfigPath, "b\n");
        Assert.Equal(NetworkErrorCode.ResourceBusy, Assert.Throws<NetworkException>(config.Save).Code);
        Assert.Equal("b\n", File.ReadAllText(ConfigPath));
        Assert.Single(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public void What_is_no_configuration_file_is_refused()
    {
        Assert.Equal(NetworkErrorCode.ObjectNotFound, CodeOf(ConfigPath));
        Assert.Equal(NetworkErrorCode.InvalidArgument, CodeOf(_folder));
        Assert.Equal(NetworkErrorCode.InvalidArgument, CodeOf("/dev/null"));
        Sandbox.Execute("mkfifo", Path.Combine(_folder, "pipe"));
        Assert.Equal(NetworkErrorCode.InvalidArgument, CodeOf(Path.Combine(_folder, "pipe")));
        File.CreateSymbolicLink(Path.Combine(_folder, "loop"), "loop");
        Assert.NotEqual(NetworkErrorCode.ContainerNotFound, CodeOf(Path.Combine(_folder, "loop")));
        File.WriteAllBytes(ConfigPath, new byte[LxcConfigurationFile.MaxBytes + 1]);
        Assert.Contains("1024 KiB", Assert.Throws<NetworkException>(() => LxcConfiguration.Open(ConfigPath)).Message,
            StringComparison.Ordinal);
        File.WriteAllBytes(ConfigPath, [(byte)'a', 0]);
        Assert.Equal(NetworkErrorCode.InvalidArgument, CodeOf(ConfigPath));
        File.WriteAllBytes(ConfigPath, [.. "\nlxc.net.0.link = "u8, 0xff, (byte)'\n']);
        Assert.Contains("line 2", Assert.Throws<NetworkException>(() => LxcConfiguration.Open(ConfigPath)).Message,
            StringComparison.Ordinal);
        File.WriteAllText(ConfigPath, "lxc.net.0.type\n");
        Assert.Equal(NetworkErrorCode.InvalidArgument, CodeOf(ConfigPath));
    }

    [Fact]
    public void Who_may_not_read_or_write_is_told() => Sandbox.Run(() =>
    {
        Sandbox.NeedsOtherUsers();
        var config = Written("a\n");
        config.Add(new LxcNetworkSettings { Type = LxcNetworkType.Empty });
        File.SetUnixFileMode(_folder, (UnixFileMode)Convert.ToInt32("711", 8));
        File.SetUnixFileMode(ConfigPath, UnixFileMode.UserRead);
        // This thread alone; it is the sandbox's own.
        _ = SetFileUser(65534);
        try
        {
            Assert.Equal(NetworkErrorCode.PermissionDenied, CodeOf(ConfigPath));
            Assert.Equal(NetworkErrorCode.PermissionDenied, Assert.Throws<NetworkException>(config.Save).Code);
        }
        finally
        {
            _ = SetFileUser(0);
        }

        Assert.Equal("a\n", File.ReadAllText(ConfigPath));
        Assert.Single(Directory.EnumerateFileSystemEntries(_folder));
    });

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("a\nb")]
    [InlineData("a\u001bb")]
    [InlineData("-rf")]
    public void A_name_that_no_container_can_have_is_refused(string name)
        => Assert.Equal(NetworkErrorCode.InvalidName,
            Assert.Throws<NetworkException>(() => LxcConfiguration.OpenContainer(name, _folder)).Code);

    [Fact]
    public void A_container_is_found_by_its_name()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "web"));
        File.WriteAllText(Path.Combine(_folder, "web/config"), "lxc.net.0.type = none\n");
        Assert.Equal("web", Assert.Single(LxcConfiguration.OpenContainer("lxc:web", _folder).Networks).Container);
        Assert.Equal(["web"], LxcConfiguration.ContainerNames(_folder));
        Assert.Equal(NetworkErrorCode.ContainerNotFound,
            Assert.Throws<NetworkException>(() => LxcConfiguration.OpenContainer("db", _folder)).Code);
    }

    [Theory]
    [InlineData("link", "a b")]
    [InlineData("link", "a\nlxc.hook.start = /bin/sh")]
    [InlineData("name", "a/b")]
    [InlineData("name", "sixteen-letters!")]
    [InlineData("hwaddr", "01:00:00:00:00:00")]
    [InlineData("hwaddr", "00:16:3e:gg:xx:xx")]
    [InlineData("hwaddr", "00:00:00:00:00:00")]
    [InlineData("mtu", "67")]
    [InlineData("ipv4.address", "fd00::1/64")]
    [InlineData("ipv4.gateway", "10.0.0.1/24")]
    [InlineData("ipv6.gateway", "fe80::1%lo")]
    [InlineData("macvlan.mode", "bridge")]
    [InlineData("veth.mode", "hub")]
    [InlineData("vlan.id", "5")]
    [InlineData("veth.vlan.id", "4095")]
    [InlineData("script.up", "a\rb")]
    [InlineData("bogus", "1")]
    public void A_value_that_lxc_would_refuse_is_not_written(string key, string value)
    {
        var config = Written("lxc.net.0.type = veth\n");
        var refusal = Assert.Throws<NetworkException>(() =>
        {
            var settings = new LxcNetworkSettings();
            settings.Put(key, value);
            config.Change(0, settings);
        });
        Assert.True(refusal.Code is NetworkErrorCode.InvalidArgument or NetworkErrorCode.InvalidName);
        Assert.Empty(config.Changes);
    }

    [Fact]
    public void A_new_network_has_what_its_type_needs()
    {
        var config = Written("lxc.net.0.type = veth\n");
        LxcNetworkSettings[] wrong =
        [
            new(), new() { Type = LxcNetworkType.Vlan, Link = "eth0" },
            new() { Type = LxcNetworkType.Vlan, VlanId = 3 }, new() { Type = LxcNetworkType.Macvlan },
            new() { Type = LxcNetworkType.Phys, Link = "eth0", IPv4Gateway = "auto" },
            new() { Type = LxcNetworkType.None, Link = "eth0" },
            new() { Type = LxcNetworkType.Macvlan, Link = "eth0", MacvlanMode = MacvlanMode.Source },
        ];
        Assert.All(wrong,
            settings =>
            Assert.Equal(NetworkErrorCode.InvalidArgument,
                Assert.Throws<NetworkException>(() => config.Add(settings)).Code));
        Assert.Throws<NetworkException>(() => new LxcNetworkSettings { IPv4Address = [new("10.0.0.1")] });
        Assert.Equal(NetworkErrorCode.ObjectExists,
            Assert.Throws<NetworkException>(() => config.Add(new LxcNetworkSettings { Type = LxcNetworkType.None }, 0))
            .Code);
        Assert.Empty(config.Changes);
    }

    [Fact]
    public void Whatever_the_file_is_only_the_wanted_lines_change()
    {
        var random = new Random(4711);
        string[] parts = ["lxc.net.0.type = veth", "lxc.net.1.type=macvlan", "lxc.net.0.link = a", "lxc.net.0.link =",
            "lxc.net =", "lxc.net.0 =", "# x", "", " \t", "lxc.net.1.ipv4.address = 10.0.0.1/8", "lxc.include = /y",
            "=", "lxc.net.0.mtu = '1400'", "\u00e9"];
        string[] endings = ["\n", "\n", "\r\n", "\r"];
        for (var round = 0; round < 300; round++)
        {
            var text = new StringBuilder();
            for (var i = random.Next(12); i > 0; i--)
                text.Append(parts[random.Next(parts.Length)])
                    .Append(i == 1 && random.Next(2) == 0 ? "" : endings[random.Next(endings.Length)]);
            var config = Written(text.ToString());
            var index = config.Add(new LxcNetworkSettings { Type = LxcNetworkType.Veth, Link = "br9" });
            config.Change(index,
                new LxcNetworkSettings { Link = "br8", Mtu = 1300, IPv6Address = [new("fd00::1/64")] });
            config.Save();
            var reopened = LxcConfiguration.Open(ConfigPath);
            var added = reopened.Networks.Single(network => network.Index == index);
            Assert.Equal(("br8", 1300, "fd00::1/64"), (added.Link, added.Mtu, $"{added.IPv6Address[0]}"));
            reopened.Remove(index);
            reopened.Save();
            Assert.Equal(text.ToString().TrimEnd('\r', '\n'), File.ReadAllText(ConfigPath).TrimEnd('\r', '\n'));
        }
    }

    private static NetworkErrorCode CodeOf(string path) =>
        Assert.Throws<NetworkException>(() => LxcConfiguration.Open(path)).Code;

    private LxcConfiguration Written(string content)
    {
        File.WriteAllText(ConfigPath, content);
        return LxcConfiguration.Open(ConfigPath);
    }

    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial int SetFileUser(uint user);
}
