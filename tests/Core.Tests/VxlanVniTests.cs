using System.Text.Json;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>The VNIs that an external VXLAN link takes.</summary>
public class VxlanVniTests
{
    private static NetworkStack Here => Stacks.Pool.Get();

    [Fact]
    public void They_are_added_listed_and_removed_as_ranges() => Run(() =>
    {
        NeedsKind("vxlan");
        Make("vx0");
        Assert.Empty(Here.Vxlan.ListVnis());
        var added = Here.Vxlan.AddVnis("vx0", [new VniRange("10-12"), new VniRange(20)]);
        Assert.Equal(["10-12", "20"], added.Select(vni => $"{vni}"));
        Here.Vxlan.AddVnis("vx0", [new VniRange(31)], IPAddress.Parse("192.0.2.9"));
        Here.Vxlan.AddVnis("vx0", [new VniRange(40)], IPAddress.Parse("2001:db8::9"));
        // What is there already stays.
        Here.Vxlan.AddVnis("vx0", [new VniRange("11-14")]);
        Assert.Equal(["10-14", "20", "31 192.0.2.9", "40 2001:db8::9"], Shown());
        Assert.Equal(Shown(), Listed());
        Here.Vxlan.RemoveVnis("vx0", [new VniRange("12-20"), new VniRange(31)]);
        Assert.Equal(["10-11", "40 2001:db8::9"], Shown());
        Execute("bridge", "vni", "add", "vni", "50-52", "remote", "192.0.2.7", "dev", "vx0");
        Assert.Equal(["10-11", "40 2001:db8::9", "50-52 192.0.2.7"], Listed());
        Here.Vxlan.RemoveVnis("vx0", [new VniRange("1-16777215")]);
        Assert.Empty(Shown());
    });

    [Fact]
    public void Those_that_cannot_be_are_refused_and_nothing_stays() => Run(() =>
    {
        NeedsKind("vxlan");
        Make("vx0");
        Make("vx1");
        Here.Links.Create(new VxlanSpec("vx2", new VxlanSettings { Vni = 7 }));
        Here.Vxlan.AddVnis("vx1", [new VniRange(100)]);
        Here.Vxlan.AddVnis("vx0", [new VniRange(31)], IPAddress.Parse("192.0.2.9"));
        // Another link of the same port has 100, at which the kernel stops.
        Refused(NetworkErrorCode.ObjectExists, "vx0", "98-102", null);
        Refused(NetworkErrorCode.ObjectExists, "vx0", "30-31", "192.0.2.10");
        Refused(NetworkErrorCode.InvalidArgument, "vx0", "50", "239.1.1.1");
        Refused(NetworkErrorCode.NotSupported, "vx2", "50", null);
        Refused(NetworkErrorCode.LinkNotFound, "nope", "50", null);
        Assert.Equal(["31 192.0.2.9"], Shown());
        var error = Assert.Throws<NetworkException>(() => Here.Vxlan.RemoveVnis("vx0", [new VniRange(5)]));
        Assert.Equal(NetworkErrorCode.ObjectNotFound, error.Code);

        static void Refused(NetworkErrorCode code, string link, string vnis, string? remote)
            => Assert.Equal(code, Assert.Throws<NetworkException>(() => Here.Vxlan.AddVnis(
                link, [new VniRange(vnis)], remote is null ? null : IPAddress.Parse(remote))).Code);
    });

    [Theory]
    [InlineData("0")]
    [InlineData("16777216")]
    [InlineData("20-10")]
    [InlineData("ten")]
    [InlineData("1-2-3")]
    public void What_is_no_range_is_refused(string text) => Assert.Throws<FormatException>(() => new VniRange(text));

    private static void Make(string name)
        => Here.Links.Create(new VxlanSpec(name, new VxlanSettings { External = true, VniFilter = true }));

    private static List<string> Listed() => [.. Here.Vxlan.ListVnis().Select(vni => $"{vni} {vni.Remote}".Trim())];

    private static List<string> Shown()
        => [.. JsonDocument.Parse(Execute("bridge", "-j", "vni", "show", "dev", "vx0")).RootElement.EnumerateArray()
            .SelectMany(link => link.GetProperty("vnis").EnumerateArray()).Select(vni =>
                $"{vni.GetProperty("vni")}"
                + (vni.TryGetProperty("vniEnd", out var end) ? $"-{end}" : string.Empty)
                + (vni.TryGetProperty("remote", out var remote) ? $" {remote}" : string.Empty))];
}
