using System.Collections.Concurrent;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Dhcp;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>What becomes of leases while no command runs. The servers are real; the clock is set forward.</summary>
public sealed class LeaseKeeperTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private readonly ConcurrentQueue<string> _log = new();

    [Fact]
    [Trait("Kernel", "none")]
    public void A_lease_is_renewed_when_its_time_has_come_and_not_before() => Run((clock, keeper) =>
    {
        using var server = DhcpServer.Dnsmasq(200, 200);
        var first = Record();
        Assert.Equal(first.Granted + first.Grant.RenewalTime, keeper.Run(default));
        clock.Offset = first.Grant.RenewalTime - s_second * 10;
        keeper.Run(default);
        Assert.Equal(first.Granted, Records()[0].Granted);

        Sandbox.Ip("-n web address change 10.0.3.200/24 dev eth0 valid_lft 100 preferred_lft 100");
        clock.Offset = first.Grant.RenewalTime + s_second;
        keeper.Run(default);
        Assert.True(Records()[0].Granted > first.Granted);
        Assert.InRange(Lifetime("10.0.3.200"), 3500, 3600);
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void Without_an_answer_it_is_asked_for_again_later_and_of_every_server_in_the_end() => Run((clock, keeper) =>
    {
        LeaseRecord record;
        using (DhcpServer.Dnsmasq(200, 200))
            record = Record();
        clock.Offset = record.Grant.RenewalTime + s_second;
        var next = keeper.Run(default)!.Value;
        Assert.Equal(string.Empty, string.Join('\n', _log));
        var half = (record.Grant.RebindingTime - record.Grant.RenewalTime) / 2;
        Assert.InRange((next - record.Granted - record.Grant.RenewalTime - half).TotalSeconds, -10, 10);

        // Another server has the address by now.
        using var server = DhcpServer.Dnsmasq(200, 200, "--dhcp-authoritative");
        clock.Offset = record.Grant.RebindingTime + s_second;
        keeper.Run(default);
        Assert.True(Records()[0].Granted > record.Granted);
        Assert.True(Sandbox.Eventually(() => server.Said.Any(line
            => line.Contains("DHCPACK", StringComparison.Ordinal))), string.Join('\n', server.Said));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void What_the_server_takes_back_is_replaced() => Run((clock, keeper) =>
    {
        LeaseRecord record;
        using (DhcpServer.Dnsmasq(200, 200))
            record = Record();
        using var server = DhcpServer.Dnsmasq(210, 210, "--dhcp-authoritative");
        clock.Offset = record.Grant.RenewalTime + s_second;
        keeper.Run(default);
        Assert.Equal("10.0.3.210/24", Records()[0].Address);
        Assert.True(Lifetime("10.0.3.210") > 3000);
        Assert.DoesNotContain("10.0.3.200", Sandbox.Ip("-n web address"), StringComparison.Ordinal);
        Assert.True(Sandbox.Pings("10.0.3.210"));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_lease_that_has_ended_is_asked_for_until_a_server_is_there() => Run((clock, keeper) =>
    {
        LeaseRecord record;
        using (DhcpServer.Dnsmasq(200, 200))
            record = Record();
        Sandbox.Ip("-n web address del 10.0.3.200/24 dev eth0");
        clock.Offset = record.Grant.LeaseTime + s_second;
        var next = keeper.Run(default)!.Value;
        Assert.True(next > clock.GetUtcNow());
        Assert.Single(Records());
        using var server = DhcpServer.Dnsmasq(200, 200);
        clock.Offset += s_second * 60;
        keeper.Run(default);
        Assert.True(Lifetime("10.0.3.200") > 3000);
        Assert.Contains("default via 10.0.3.1", Sandbox.Ip("-n web route"), StringComparison.Ordinal);
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void What_nobody_has_any_more_is_given_back_and_no_namespace_is_kept_alive() => Run((clock, keeper) =>
    {
        using var server = DhcpServer.Dnsmasq(200, 201);
        var record = Record();
        Sandbox.Ip($"-n web address del {record.Address} dev eth0");
        clock.Offset = record.Grant.RenewalTime + s_second;
        var then = keeper.Run(default);
        Assert.True(then is null, string.Join('\n', _log));
        Assert.True(Sandbox.Eventually(() => server.Said.Any(line
            => line.Contains("DHCPRELEASE", StringComparison.Ordinal))));

        clock.Offset = TimeSpan.Zero;
        Sandbox.Ip("-n web link del eth0");
        var connection = Connect();
        Assert.NotNull(keeper.Run(default));
        Sandbox.Ip("netns del web");
        string[] show = ["link", "show", connection.HostInterfaceAlias!];
        Assert.True(Sandbox.Eventually(() => Sandbox.TryExecute("ip", show).Code != 0));
        Assert.Null(keeper.Run(default));
    });

    private static List<LeaseRecord> Records() => LeaseRecords.All();

    private static LeaseRecord Record()
    {
        Connect();
        return Assert.Single(Records());
    }

    private static ContainerConnection Connect() => Stacks.Pool.Get().Containers.Connect(
        new ContainerReference("web"), new ContainerConnectionSpec { Bridge = "br0", Dhcp = true });

    private static long Lifetime(string address)
        => Sandbox.IpJson("-n web -4 address show dev eth0")[0].GetProperty("addr_info").EnumerateArray()
            .Single(item => item.GetProperty("local").GetString() == address)
            .GetProperty("valid_life_time").GetInt64();

    private void Run(Action<Clock, LeaseKeeper> body) => Sandbox.Run(() =>
    {
        Sandbox.Ip("link add br0 up type bridge");
        Sandbox.Ip("address add 10.0.3.1/24 dev br0");
        Sandbox.Ip("netns add web");
        var clock = new Clock();
        using var pool = new NetworkStackPool();
        body(clock, new LeaseKeeper(pool, clock, _log.Enqueue));
    });

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
    }
}
