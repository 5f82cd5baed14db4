using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using LxcNetworking.Addressing;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>Routes and next-hop objects change under a running ping.</summary>
public class RunningPingTests
{
    private static NetworkStack Here => Stacks.Pool.Get();

    // Each way leads to another link of the same host, which has the address that is pinged.
    private static void Prepare()
    {
        Ip("netns add far");
        foreach (var (name, ipv4, ipv6) in new[] { ("eth0", "10.0.3.", "fd00::"), ("eth1", "10.0.4.", "fd04::") })
        {
            Ip($"link add {name} type veth peer name {name} netns far");
            Ip($"addr add {ipv4}2/24 dev {name}");
            Ip($"addr add {ipv6}2/64 dev {name} nodad");
            Ip($"-n far addr add {ipv4}1/24 dev {name}");
            Ip($"-n far addr add {ipv6}1/64 dev {name} nodad");
            Ip($"link set {name} up");
            Ip($"-n far link set {name} up");
        }

        Ip("-n far link set lo up");
        Ip("-n far addr add 10.9.0.1/32 dev lo");
        Ip("-n far addr add fd09::1/128 dev lo nodad");
    }

    private static RouteSpec Spec(string destination, params string[] gateways) => new(new IPPrefix(destination))
    {
        NextHops = [.. gateways.Select(gateway => new RouteHopSpec(IPAddress.Parse(gateway)))],
    };

    private static RouteChange To(params string[] gateways) => new() { NextHops = Spec("::/0", gateways).NextHops };

    [Theory]
    [InlineData("10.9.0.0/16", "10.9.0.1", "10.0.3.1", "10.0.4.1")]
    [InlineData("fd09::/32", "fd09::1", "fd00::1", "fd04::1")]
    public void No_packet_is_lost_while_a_route_changes(
        string destination, string target, string first, string second) => Run(() =>
    {
        Prepare();
        var route = Here.Routes.Create(Spec(destination, first));
        Assert.True(Pings(target));
        Here.Routes.Replace(Spec(destination, second));
        Assert.True(Pings(target));
        route = Here.Routes.Replace(Spec(destination, first));
        AssertNoneIsLost(target, 2000, changes => route = (changes % 6) switch
        {
            0 => Here.Routes.Change(route, To(second)),
            1 => Here.Routes.Change(route, new RouteChange { Metric = 20 }),
            2 => Here.Routes.Replace(Spec(destination, first, second) with { Metric = 20 }),
            3 => Here.Routes.Change(route, To(second, first)),
            4 => Here.Routes.Change(route, new RouteChange { Metric = 5, Mtu = 1400 }),
            _ => Here.Routes.Change(route, To(first)),
        });
    });

    [Theory]
    [InlineData("10.9.0.0/16", "10.9.0.1", "10.0.3.1", "10.0.4.1")]
    [InlineData("fd09::/32", "fd09::1", "fd00::1", "fd04::1")]
    public void No_packet_is_lost_while_a_next_hop_object_changes(
        string destination, string target, string first, string second) => Run(() =>
    {
        Prepare();
        NetNextHop[] hops =
        [
            Here.NextHops.Create(new NextHopSpec { NextHopId = 1, NextHop = IPAddress.Parse(first) }),
            Here.NextHops.Create(new NextHopSpec { NextHopId = 2, NextHop = IPAddress.Parse(second) }),
        ];
        var group = Here.NextHops.Create(new NextHopSpec { NextHopId = 10, Group = [new(1)] });
        Here.Routes.Create(new RouteSpec(new IPPrefix(destination)) { NextHopId = 10 });
        Assert.True(Pings(target) && Pings(second));
        using var monitor = new Monitored("nexthop", "route");
        AssertNoneIsLost(target, 1000, changes => _ = (changes % 7) switch
        {
            0 => hops[0] = Here.NextHops.Change(hops[0], Way(second)),
            1 => hops[0] = Here.NextHops.Change(hops[0], Way(first)),
            2 => group = Here.NextHops.Change(group, new NextHopChange { Group = [new(2)] }),
            3 => group = Here.NextHops.Change(group, new NextHopChange { Group = [new(1, 3), new(2)] }),
            4 => hops[1] = Here.NextHops.Change(hops[1], Way(first)),
            5 => hops[1] = Here.NextHops.Change(hops[1], Way(second)),
            _ => group = Here.NextHops.Change(group, new NextHopChange { Group = [new(1)] }),
        });
        Assert.DoesNotContain(monitor.Seen(), line => line.StartsWith("Deleted", StringComparison.Ordinal));

        static NextHopChange Way(string gateway)
            => new() { NextHop = IPAddress.Parse(gateway), InterfaceIndex = 0 };
    });

    // Does something again and again as long as a ping runs.
    private static void AssertNoneIsLost(string target, int packets, Action<int> change)
    {
        string[] arguments = ["-n", "-q", "-i", "0.001", "-c", $"{packets}", "-W", "5", target];
        using var ping = Process.Start(new ProcessStartInfo("ping", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = ping.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = ping.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var changes = 0;
        while (!ping.HasExited)
        {
            change(changes++);
            Thread.Sleep(10);
        }

        ping.WaitForExit();
        Assert.True(changes > 30, string.Create(CultureInfo.InvariantCulture, $"only {changes} changes"));
        Assert.Equal(string.Empty, errors.Result);
        // Where a route is removed and added again, one packet of eight is lost. The kernel itself loses one where a
        // processor is taken away between a packet's lookup and its sending: up to 3 of 1,000 were seen in a guest.
        var mayBeLost = packets / 100;
        Assert.True(
            Enumerable.Range(packets - mayBeLost, mayBeLost + 1).Any(count => output.Result.Contains(
                $"{packets} packets transmitted, {count} received", StringComparison.Ordinal)),
            string.Create(CultureInfo.InvariantCulture, $"{changes} changes, {output.Result}"));
    }

    // What ip monitor hears from the kernel.
    private sealed class Monitored : IDisposable
    {
        private readonly ConcurrentQueue<string> _lines = [];
        private readonly Process _monitor;
        private int _asked;

        public Monitored(params string[] objects)
        {
            _monitor = new Process
            {
                StartInfo = new ProcessStartInfo("ip", ["monitor", .. objects]) { RedirectStandardOutput = true },
            };
            _monitor.OutputDataReceived += (_, line) => _lines.Enqueue(line.Data ?? string.Empty);
            _monitor.Start();
            _monitor.BeginOutputReadLine();
            Seen();
        }

        // All lines until now: those before a route that is added here.
        public ConcurrentQueue<string> Seen()
        {
            bool IsHeard()
            {
                Ip($"route add blackhole 192.0.2.{++_asked}");
                return _lines.Any(line => line.Contains($"192.0.2.{_asked}", StringComparison.Ordinal));
            }

            Assert.True(Eventually(IsHeard));
            return _lines;
        }

        public void Dispose()
        {
            _monitor.Kill();
            _monitor.Dispose();
        }
    }
}
