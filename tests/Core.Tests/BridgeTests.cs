using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

public class BridgeTests
{
    private static NetworkStack Here => Stacks.Pool.Get();

    [Fact]
    public void A_bridge_is_made_with_its_settings() => Run(() =>
    {
        var made = (BridgeLink)Here.Links.Create(
            new BridgeSpec("br0",
                new BridgeSettings
                {
                    Stp = true,
                    ForwardDelay = TimeSpan.FromSeconds(4),
                    AgeingTime = TimeSpan.FromSeconds(60),
                    Priority = 4096
                })
            {
                Up = true,
                MacAddress = MacAddress.Parse("02:00:00:00:00:01"),
            });
        var seen = IpJson("link show dev br0")[0];
        var data = seen.GetProperty("linkinfo").GetProperty("info_data");
        Assert.Equal(1, data.GetProperty("stp_state").GetInt32());
        Assert.Equal(400, data.GetProperty("forward_delay").GetInt32());
        Assert.Equal(6000, data.GetProperty("ageing_time").GetInt32());
        Assert.Equal(4096, data.GetProperty("priority").GetInt32());
        Assert.Equal("02:00:00:00:00:01", seen.GetProperty("address").GetString());
        Assert.Equal((true, new Duration(TimeSpan.FromSeconds(4)), new Duration(TimeSpan.FromSeconds(60))),
            (made.Stp, made.ForwardDelay, made.AgeingTime));
        Assert.StartsWith("1000.", made.BridgeId);
    });

    [Fact]
    public void A_bridge_is_changed_whole_or_not_at_all() => Run(() =>
    {
        Ip("link add br0 type bridge");
        Here.Bridges.Change("br0",
            new BridgeSettings { AgeingTime = TimeSpan.FromSeconds(10), MulticastSnooping = false });
        var error = Assert.Throws<NetworkException>(() =>
            Here.Bridges.Change("br0",
                new BridgeSettings
                {
                    AgeingTime = TimeSpan.FromSeconds(99),
                    Stp = true,
                    HelloTime = TimeSpan.FromSeconds(50)
                }));
        Assert.Equal(NetworkErrorCode.InvalidArgument, error.Code);
        var data = IpJson("link show dev br0")[0].GetProperty("linkinfo").GetProperty("info_data");
        Assert.Equal(1000, data.GetProperty("ageing_time").GetInt32());
        Assert.Equal(0, data.GetProperty("stp_state").GetInt32());
        Assert.Equal(0, data.GetProperty("mcast_snooping").GetInt32());
    });

    [Fact]
    public void Ports_join_with_their_settings_and_leave() => Run(() =>
    {
        Ip("link add br0 type bridge");
        Ip("link add br1 type bridge");
        Ip("link add v0 type veth peer name v1");
        var port = Here.Bridges.AddPort("br0", "v0",
            new BridgePortSettings { Hairpin = true, Isolated = true, Cost = 9, Learning = false });
        Assert.Equal(("v0", "br0", true, 9), (port.InterfaceAlias, port.Bridge, port.Hairpin, port.Cost));
        var data = IpJson("link show dev v0")[0].GetProperty("linkinfo").GetProperty("info_slave_data");
        Assert.True(data.GetProperty("hairpin").GetBoolean());
        Assert.True(data.GetProperty("isolated").GetBoolean());
        Assert.False(data.GetProperty("learning").GetBoolean());
        Assert.Equal(9, data.GetProperty("cost").GetInt32());
        Assert.Equal(["v0"], Here.Bridges.Get("br0").Ports);

        Assert.Equal(NetworkErrorCode.ResourceBusy,
            Assert.Throws<NetworkException>(() => Here.Bridges.AddPort("br1", "v0")).Code);
        Here.Bridges.RemovePort("v0");
        Assert.False(IpJson("link show dev v0")[0].TryGetProperty("master", out _));
        Assert.Equal(NetworkErrorCode.NotSupported,
            Assert.Throws<NetworkException>(() => Here.Bridges.RemovePort("v0")).Code);
    });

    [Theory]
    [InlineData("v0", "v1", NetworkErrorCode.NotSupported)]
    [InlineData("br0", "br1", NetworkErrorCode.KernelRefused)]
    [InlineData("br0", "lo", NetworkErrorCode.InvalidArgument)]
    [InlineData("br0", "nowhere", NetworkErrorCode.LinkNotFound)]
    [InlineData("nowhere", "v0", NetworkErrorCode.LinkNotFound)]
    public void What_cannot_be_a_bridge_and_its_port_is_refused(string bridge, string link,
        NetworkErrorCode code) => Run(() =>
    {
        Ip("link add br0 type bridge");
        Ip("link add br1 type bridge");
        Ip("link add v0 type veth peer name v1");
        Assert.Equal(code, Assert.Throws<NetworkException>(() => Here.Bridges.AddPort(bridge, link)).Code);
        Assert.DoesNotContain(IpJson("link show").EnumerateArray(), item => item.TryGetProperty("master", out _));
    });

    [Fact]
    public void A_port_whose_settings_cannot_be_goes_back_to_where_it_was() => Run(() =>
    {
        Ip("link add br0 type bridge");
        Ip("link add v0 type veth peer name v1");
        Assert.Throws<NetworkException>(() => Here.Bridges.AddPort("br0", "v0", new BridgePortSettings { Cost = 0 }));
        Assert.False(IpJson("link show dev v0")[0].TryGetProperty("master", out _));
    });
}
