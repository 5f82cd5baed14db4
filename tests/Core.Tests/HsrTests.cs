using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>Links that send every frame two ways.</summary>
[Trait("Kernel", "new")]
public class HsrTests
{
    private static NetworkStack Here => Stacks.Pool.Get();

    private static void Prepare()
    {
        NeedsKind("hsr");
        Ip("netns add far");
        foreach (var name in new[] { "p0", "q0" })
        {
            Ip($"link add {name} type veth peer name {name} netns far");
            Ip($"link set {name} up");
            Ip($"-n far link set {name} up");
        }
    }

    [Theory]
    [InlineData(HsrProtocol.Hsr)]
    [InlineData(HsrProtocol.Prp)]
    public void A_network_goes_on_when_one_of_two_ways_ends(HsrProtocol protocol) => Run(() =>
    {
        Prepare();
        var settings = new HsrSettings
        {
            Version = protocol == HsrProtocol.Hsr ? 1 : null,
            Protocol = protocol,
            SupervisionNumber = 45,
        };
        var made = (HsrLink)Here.Links.Create(new HsrSpec("hsr0", "p0", "q0", settings) { Up = true });
        var (p0, q0) = (Here.Links.Get("p0"), Here.Links.Get("q0"));
        Assert.Equal(
            (p0.Index, q0.Index, "01:15:4e:00:01:2d", 45, protocol),
            (made.PortAIndex, made.PortBIndex, $"{made.SupervisionAddress}", made.SupervisionNumber, made.Protocol));
        Assert.Equal(p0.MacAddress, made.MacAddress);
        var shown = IpJson("link show dev hsr0")[0].GetProperty("linkinfo").GetProperty("info_data");
        Assert.Equal(
            ("p0", "q0", "01:15:4e:00:01:2d", (int)protocol),
            (shown.GetProperty("slave1").GetString(), shown.GetProperty("slave2").GetString(),
                shown.GetProperty("supervision_addr").GetString(), shown.GetProperty("proto").GetInt32()));

        // The other station is ip's.
        Ip("-n far link add hsr0 type hsr slave1 p0 slave2 q0 supervision 45 "
            + (protocol == HsrProtocol.Prp ? "proto 1" : "version 1"));
        Ip("-n far link set hsr0 up");
        Ip("-n far addr add 10.9.0.2/24 dev hsr0");
        Ip("addr add 10.9.0.1/24 dev hsr0");
        var far = (HsrLink)Stacks.Pool.Get(new("far")).Links.Get("hsr0");
        Assert.Equal((protocol, 45), (far.Protocol, far.SupervisionNumber));
        Assert.True(Pings("10.9.0.2"));
        Ip("link set p0 down");
        Assert.True(Pings("10.9.0.2"));
        Ip("link set p0 up");
        Ip("link set q0 down");
        Assert.True(Pings("10.9.0.2"));
        Ip("link del q0");
        Assert.Null(((HsrLink)Here.Links.Get("hsr0")).PortBIndex);
        Assert.Empty(Here.Links.Remove([Here.Links.Get("hsr0")]));
    });

    [Fact]
    public void What_cannot_be_is_refused_and_one_for_a_container_keeps_its_ports_here() => Run(() =>
    {
        Prepare();
        Refused(NetworkErrorCode.InvalidArgument, "Slave1 and Slave2 are same", "p0", "p0");
        Refused(NetworkErrorCode.LinkNotFound, "'nothere'", "p0", "nothere");
        Refused(NetworkErrorCode.InvalidArgument, "non-ethernet", "p0", "lo");
        Refused(
            NetworkErrorCode.InvalidArgument, "PRP has none", "p0", "q0",
            new() { Protocol = HsrProtocol.Prp, Version = 1 });
        Refused(NetworkErrorCode.InvalidArgument, "Version is 0 to 1", "p0", "q0", new() { Version = 2 });
        var made = Here.Links.Create(new HsrSpec("hsr0", "p0", "q0", new()) { TargetNamespace = new("far") });
        Assert.Equal("far", made.Namespace.Text);
        Assert.Equal("hsr", IpJson("-n far link show dev hsr0")[0].GetProperty("linkinfo").GetProperty("info_kind")
            .GetString());
        Refused(NetworkErrorCode.InvalidArgument, "already a HSR slave", "p0", "q0");
        Assert.Throws<NetworkException>(
            () => Stacks.Pool.Get(new("far")).Links.Change(made, new HsrSettings { Version = 1 }));
    });

    private static void Refused(
        NetworkErrorCode code, string words, string portA, string portB, HsrSettings? settings = null)
    {
        var error = Assert.Throws<NetworkException>(
            () => Here.Links.Create(new HsrSpec("hsr0", portA, portB, settings ?? new())));
        Assert.Equal(code, error.Code);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.Null(Here.Links.Find("hsr0"));
    }
}
