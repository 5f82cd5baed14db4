using System.Net;

namespace LxcNetworking.Tests;

/// <summary>Links that move into a container whole, and come back.</summary>
public sealed partial class ContainerConnectionTests
{
    [Fact]
    public void A_physical_link_goes_in_and_comes_back_under_its_name() => Run(() =>
    {
        MakeWire();
        Sandbox.Ip("address add 10.0.9.1/24 dev card");
        Sandbox.Execute("ip", "link", "set", "card", "alias", "to the switch");
        var spec = new ContainerConnectionSpec { Parent = "card", Kind = ContainerLinkKind.Phys, Addresses = [new IPPrefix("10.0.9.2/24")] };
        Assert.Equal(NetworkErrorCode.ResourceBusy, Refusal(() => Here.Connect(Web, spec)).Code);
        Sandbox.Ip("address flush dev card");
        Assert.Equal("eth0", Here.Connect(Web, spec).InterfaceAlias);
        Assert.True(Sandbox.Pings("10.0.9.2", "wire"));

        Assert.Empty(Here.Disconnect([NetworkStackPool.Shared.Get(new NamespaceReference("web")).Links.Get("eth0")]));
        Assert.Equal("to the switch", Sandbox.IpJson("link show dev card")[0].GetProperty("ifalias").GetString());
    });

    [Fact]
    public void A_failure_after_a_physical_link_has_moved_brings_it_back() => Run(() =>
    {
        MakeWire();
        Sandbox.Ip("-n wire address add 10.0.9.2/24 dev end");
        var before = Sandbox.Ip("-d link show dev card").Split('\n')[1];
        var refusal = Refusal(() => Here.Connect(Web, new ContainerConnectionSpec
        {
            Parent = "card", Kind = ContainerLinkKind.Phys, MacAddress = MacAddress.Parse("02:00:00:00:00:09"), Addresses = [new IPPrefix("10.0.9.2/24")],
        }));
        Assert.Equal(NetworkErrorCode.AddressExists, refusal.Code);
        Assert.Equal(before, Sandbox.Ip("-d link show dev card").Split('\n')[1]);
        Assert.Contains("UP", Sandbox.Ip("link show dev card"), StringComparison.Ordinal);
        Assert.Equal(["lo"], Names("-n web link show"));
    });

    [Theory]
    [InlineData("")]
    [InlineData("to the switch")]
    public void A_physical_link_that_a_killed_process_had_in_its_hands_is_not_lost(string alias) => Run(() =>
    {
        MakeWire();
        // The container has moved it in, and nothing else is done.
        void Interrupt()
        {
            Sandbox.Ip("link set card netns web name eth0");
            Sandbox.Ip($"-n web link set eth0 up group {GroupOfTheDead}");
            Sandbox.Execute("ip", "-n", "web", "link", "set", "eth0", "alias", $"LxcNetworking: was card {alias}".TrimEnd());
        }

        Interrupt();
        // Another command does not take it for one that was made here.
        Assert.Equal("eth1", Here.Connect(Web, OnBridge()).InterfaceAlias);
        Here.Connect(Web, new ContainerConnectionSpec { Parent = "card", Kind = ContainerLinkKind.Phys, Addresses = [new IPPrefix("10.0.9.2/24")] });
        Assert.True(Sandbox.Pings("10.0.9.2", "wire"));
        Assert.Equal("default", Sandbox.IpJson("-n web link show dev eth0")[0].GetProperty("group").GetString());
        Disconnect();

        Interrupt();
        Disconnect();

        void Disconnect()
        {
            Assert.Empty(Here.Disconnect([NetworkStackPool.Shared.Get(new NamespaceReference("web")).Links.Get("eth0")]));
            var back = Sandbox.IpJson("link show dev card")[0];
            Assert.Equal((alias, "default"), (back.TryGetProperty("ifalias", out var text) ? text.GetString() : string.Empty, back.GetProperty("group").GetString()));
        }
    });
}
