using LxcNetworking.Addressing;
using LxcNetworking.Containers.Networks;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Nat;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>Operations that fail where something of what they did cannot be rolled back, or need not be.</summary>
public class FailedRollbackTests
{
    private const string Record = "/run/lxcnetworking/br0";

    private static readonly ContainerNetworkSpec s_network = new("br0")
    {
        Subnets = [new IPPrefix("10.0.3.0/24"), new IPPrefix("fd00:3::/64")],
        Nat = true,
    };

    private static NetworkStack Here => Stacks.Pool.Get();

    [Fact]
    public void A_port_whose_bridge_has_gone_cannot_return_to_it() => Run(() =>
    {
        NeedsKind("macvlan");
        Ip("link add br0 type bridge");
        Ip("link add br1 type bridge");
        Ip("link add v0 master br0 type veth peer name v1");
        var read = Here.Links.Get("v0");
        Ip("link del br0");
        // The MTU is taken; a bridge takes nothing that a macvlan is on.
        Ip("link add link v0 name m0 type macvlan");
        var failure = Assert.Throws<NetworkException>(() =>
            Here.Links.Change(read, new LinkChange { Mtu = 1400, Master = "br1" }));
        Assert.Equal(NetworkErrorCode.ResourceBusy, failure.Code);
        Assert.StartsWith("Cannot set 'v0' back to master 'br0': ", Assert.Single(failure.NotRolledBack),
            StringComparison.Ordinal);
        Assert.EndsWith($" Not everything could be rolled back. {failure.NotRolledBack[0]}", failure.Message,
            StringComparison.Ordinal);
        Assert.Equal(1500, IpJson("link show dev v0")[0].GetProperty("mtu").GetInt32());
    });

    [Fact]
    public void A_network_whose_record_cannot_be_removed_is_told_with_all_else_rolled_back() => Run(() =>
    {
        var failure = StopAtNat(() => Execute("mount", "-o", "bind,ro", Record, Record));
        var told = Assert.Single(failure.NotRolledBack);
        Assert.StartsWith($"Cannot remove the record of 'br0': {Record}/", told, StringComparison.Ordinal);
        Assert.Contains("ead-only", told, StringComparison.Ordinal);
        Assert.DoesNotContain("br0", Ip("link show"), StringComparison.Ordinal);
        Assert.Equal("0", Forwarding());
        Execute("umount", Record);
        Here.ContainerNetworks.Remove("br0");
        Assert.False(Directory.Exists("/run/lxcnetworking"));
    });

    [Fact]
    public void Several_steps_that_cannot_be_undone_are_told_each_and_stay_on_record() => Run(() =>
    {
        var failure = StopAtNat(() => Execute("mount", "-o", "bind,ro", "/proc/sys", "/proc/sys"));
        Assert.Collection(
            failure.NotRolledBack,
            told => Assert.Contains("/proc/sys/net/ipv6/conf/all/forwarding", told, StringComparison.Ordinal),
            told => Assert.Contains("/proc/sys/net/ipv4/ip_forward", told, StringComparison.Ordinal),
            told => Assert.EndsWith("goes with the network.", told, StringComparison.Ordinal));
        Assert.DoesNotContain("br0", Ip("link show"), StringComparison.Ordinal);
        Assert.Empty(Execute("nft", "list", "ruleset"));
        Assert.Equal("1", Forwarding());
        Execute("umount", "/proc/sys");
        Here.ContainerNetworks.Remove("br0");
        Assert.Equal("0", Forwarding());
        Assert.False(Directory.Exists("/run/lxcnetworking"));
    });

    [Fact]
    public void What_somebody_else_has_removed_needs_no_rollback() => Run(() =>
    {
        Assert.Empty(StopAtNat(() => Ip("link del br0")).NotRolledBack);
        Assert.Equal("0", Forwarding());
        Assert.False(Directory.Exists("/run/lxcnetworking"));
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_NAT_goes_again_after_any_failure_and_so_does_the_forwarding_that_it_turned_on(bool isReadOnly) =>
        Run(() =>
    {
        var thrown = new InvalidOperationException("no");
        var failure = Assert.Throws<InvalidOperationException>(() => Here.Translation.Create(
            new NetNatSpec("web", new IPPrefix("10.0.3.0/24")),
            _ =>
            {
                Assert.Equal("1", Forwarding());
                if (isReadOnly)
                    Execute("mount", "-o", "bind,ro", "/proc/sys", "/proc/sys");
                throw thrown;
            }));
        Assert.Same(thrown, failure);
        Assert.Empty(Execute("nft", "list", "ruleset"));
        Assert.Equal(isReadOnly ? "1" : "0", Forwarding());
        if (isReadOnly)
            Assert.Contains("/proc/sys/net/ipv4/ip_forward", Assert.Single(failure.NotRolledBack),
                StringComparison.Ordinal);
        else
            Assert.Empty(failure.NotRolledBack);
    });

    // The user stops a command when all but the second NAT is there.
    private static OperationCanceledException StopAtNat(Action meanwhile)
    {
        using var stop = new CancellationTokenSource();
        return Assert.ThrowsAny<OperationCanceledException>(() => Here.ContainerNetworks.Create(
            s_network,
            step =>
            {
                if (step.StartsWith("Translate", StringComparison.Ordinal))
                {
                    meanwhile();
                    stop.Cancel();
                }
            },
            stop.Token));
    }

    private static string Forwarding() => File.ReadAllText("/proc/sys/net/ipv4/ip_forward").Trim();
}
