using System.Text.Json;
using LxcNetworking.Addressing;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.AddressLab;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>Lifetimes and prefix lengths of addresses that are there.</summary>
public class AddressLifetimeTests
{
    [Fact]
    public void Lifetimes_change_and_the_rest_stays() => Run(() =>
    {
        var link = Veth();
        foreach (
            var made in Here.Addresses.Create(link,
                [Spec("10.0.3.1/24") with { NoPrefixRoute = true },
                    Spec("fd00::1/64") with { NoPrefixRoute = true, SkipDuplicateAddressDetection = true }]))
        {
            var changed = Here.Addresses.Change(made, new() { ValidLifetime = TimeSpan.FromMinutes(10) });
            Assert.InRange<TimeSpan>(changed.ValidLifetime, TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(10));
            Assert.InRange<TimeSpan>(changed.PreferredLifetime, TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(10));
            var deprecated = Here.Addresses.Change(changed, new() { PreferredLifetime = TimeSpan.Zero });
            Assert.Equal(AddressState.Deprecated, deprecated.AddressState);
            Assert.Equal(Duration.Forever,
                Here.Addresses.Change(deprecated,
                    new() { ValidLifetime = TimeSpan.MaxValue, PreferredLifetime = TimeSpan.MaxValue }).ValidLifetime);
        }

        Assert.All(Seen(), item => Assert.True(item.GetProperty("noprefixroute").GetBoolean()));
        Assert.All(Seen(), item => Assert.Equal(uint.MaxValue, item.GetProperty("valid_life_time").GetInt64()));
    });

    [Fact]
    public void The_prefix_length_changes() => Run(() =>
    {
        var link = Veth();
        foreach (var made in Here.Addresses.Create(link, [Spec("10.0.3.1/24"), Spec("fd00::1/64")]))
            Here.Addresses.Change(made, new() { PrefixLength = 16 });
        Assert.Equal(["10.0.3.1/16 10.0.255.255", "fd00::1/16 "], Seen().Select(item =>
            $"{item.GetProperty("local").GetString()}/{item.GetProperty("prefixlen").GetInt32()} " +
                $"{(item.TryGetProperty("broadcast", out var broadcast) ? broadcast.GetString() : null)}")
                .Order(StringComparer.Ordinal));
        Assert.Equal("10.0.0.0/16", Assert.Single(Routes()).GetProperty("dst").GetString());
    });

    [Theory]
    [InlineData(20, "0")]
    [InlineData(28, "0")]
    [InlineData(20, "1")]
    public void A_new_prefix_length_leaves_the_networks_other_addresses(int length, string promote) => Run(() =>
    {
        var link = Veth();
        File.WriteAllText("/proc/sys/net/ipv4/conf/eth0/promote_secondaries", promote);
        Ip("addr add 10.0.3.1/24 dev eth0 brd + metric 77");
        Ip("addr add 10.0.3.2/24 dev eth0 label eth0:x noprefixroute valid_lft 1000 preferred_lft 500");
        Ip("addr add 10.0.3.3/24 dev eth0 metric 78");
        Ip("addr add 10.9.0.1/24 dev eth0");
        Ip("addr add 10.9.0.2/24 dev eth0");
        var address = Here.Addresses.List(new AddressFilter { InterfaceIndexes = [link.Index] })
            .Single(item => item.IPAddress.ToString() == "10.0.3.1");
        Assert.Equal($"10.0.3.1/{length}", Here.Addresses.Change(address, new() { PrefixLength = length }).ToString());
        Assert.Equal([$"10.0.3.1/{length}", "10.0.3.2/24", "10.0.3.3/24", "10.9.0.1/24", "10.9.0.2/24"], Seen()
            .Select(item => $"{item.GetProperty("local").GetString()}/{item.GetProperty("prefixlen").GetInt32()}")
            .Order(StringComparer.Ordinal));
        JsonElement Of(string local) => Seen().Single(item => item.GetProperty("local").GetString() == local);
        Assert.Equal(77, Of("10.0.3.1").GetProperty("metric").GetInt32());
        Assert.Equal("eth0:x", Of("10.0.3.2").GetProperty("label").GetString());
        Assert.True(Of("10.0.3.2").GetProperty("noprefixroute").GetBoolean());
        Assert.InRange(Of("10.0.3.2").GetProperty("valid_life_time").GetInt64(), 900, 1000);
        Assert.InRange(Of("10.0.3.2").GetProperty("preferred_life_time").GetInt64(), 400, 500);
        Assert.Equal(78, Of("10.0.3.3").GetProperty("metric").GetInt32());
    });

    [Fact]
    public void A_new_prefix_length_leaves_an_IPv6_addresss_metric() => Run(() =>
    {
        var link = Veth();
        Ip("addr add fd00::1/64 dev eth0 nodad metric 77");
        Here.Addresses.Change(Here.Addresses.List(new AddressFilter { InterfaceIndexes = [link.Index] })
            .Single(item => item.IPAddress.ToString() == "fd00::1"), new() { PrefixLength = 48 });
        Assert.Equal(77, Assert.Single(Seen()).GetProperty("metric").GetInt32());
        Assert.Equal(77, Assert.Single(IpJson("-6 route show fd00::/48").EnumerateArray())
            .GetProperty("metric").GetInt32());
    });
}
