using LxcNetworking.Containers.Lxc;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>Keys of LXC before 2.1, which become those of today.</summary>
public sealed class LxcOldKeyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lxcconfig-").FullName;

    private string ConfigPath => Path.Combine(_folder, "config");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Old_keys_become_new_ones_in_their_places()
    {
        var config = Written(
            "# lxc.network.type = x\nlxc.network.type = veth\n\tlxc.network.ipv4=10.0.0.1/24  \r\nlxc.rootfs = " +
                "/x\nlxc.network.type = phys\nlxc.network.link = eth2\nlxc.network.ipv6.gateway = " +
                "auto\nlxc.network.0.ipv6 = fd00::1/64\nlxc.network.1 =");
        Assert.All(config.Networks, network => Assert.True(network.IsLegacy));
        Assert.Equal(NetworkErrorCode.NotSupported,
            Assert.Throws<NetworkException>(() => config.Add(new LxcNetworkSettings { Type = LxcNetworkType.None }))
            .Code);
        config.Update();
        config.Save();
        const string after =
            "# lxc.network.type = x\nlxc.net.0.type = veth\n\tlxc.net.0.ipv4.address=10.0.0.1/24  \r\nlxc.rootfs = " +
                "/x\nlxc.net.1.type = phys\nlxc.net.1.link = eth2\nlxc.net.1.ipv6.gateway = " +
                "auto\nlxc.net.0.ipv6.address = fd00::1/64\nlxc.net.1 =";
        Assert.Equal(after, File.ReadAllText(ConfigPath));
        config = LxcConfiguration.Open(ConfigPath);
        config.Update();
        Assert.Empty(config.Changes);
        Assert.False(Assert.Single(config.Networks).IsLegacy);
    }

    [Fact]
    public void Old_keys_that_an_empty_network_never_used_become_comments()
    {
        var config =
            Written("lxc.network.type = empty\n lxc.network.hwaddr = 00:16:3e:67:4f:a5\nlxc.network.flags = up\n");
        config.Update();
        config.Save();
        Assert.Equal("lxc.net.0.type = empty\n # lxc.net.0.hwaddr = 00:16:3e:67:4f:a5\nlxc.net.0.flags = up\n",
            File.ReadAllText(ConfigPath));
        Assert.Contains("loopback",
            Assert.Single(Written("lxc.net.0.type = empty\nlxc.net.0.hwaddr = 00:16:3e:67:4f:a5\n").Problems),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lxc.network.link = a\nlxc.network.type = veth\n", "line 1")]
    [InlineData("lxc.network.type = veth\nlxc.network.foo = 1\n", "line 2")]
    [InlineData("lxc.network.type = veth\nlxc.network.3.link = a\n", "line 2")]
    public void Old_keys_that_lxc_never_took_are_not_converted(string content, string line)
    {
        var config = Written(content);
        var refusal = Assert.Throws<NetworkException>(config.Update);
        Assert.Equal(NetworkErrorCode.InvalidArgument, refusal.Code);
        Assert.Contains(line, refusal.Message, StringComparison.Ordinal);
        Assert.Empty(config.Changes);
    }

    private LxcConfiguration Written(string content)
    {
        File.WriteAllText(ConfigPath, content);
        return LxcConfiguration.Open(ConfigPath);
    }
}
