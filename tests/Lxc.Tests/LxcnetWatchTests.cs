using System.Diagnostics;
using Lxc.Tests.Support;
using LxcNetworking.Tests;
using static LxcNetworking.Tests.LxcnetProgram;
using static LxcNetworking.Tests.Sandbox;

namespace Lxc.Tests;

/// <summary>What lxcnet watch makes for LXC containers when they start.</summary>
[Trait("Kernel", "none")]
public sealed class LxcnetWatchTests
{
    [Fact]
    public void A_container_has_its_network_within_a_second_of_its_start_and_the_same_one_after_each_restart()
        => LxcSandbox.Run(() =>
        {
            using var container = new LxcContainer("type = empty");
            container.Stop();
            File.WriteAllText("/run/lab.yaml", $$"""
                name: lab
                links: [{name: br7, kind: bridge, addresses: 10.9.0.1/24}]
                containers:
                - {name: "lxc:{{container.Name}}", connections: [{bridge: br7, ipAddress: 10.9.0.2/24}]}
                """);
            _ = Lxcnet(0, "apply", "/run/lab.yaml");
            using var watch = new WatchedLxcnet(["/run/lab.yaml"]);
            Assert.True(Eventually(() => watch.Output.Contains("Pending: ", StringComparison.Ordinal)), watch.Errors);
            var times = new List<TimeSpan>();
            var addresses = new HashSet<string>();
            for (var i = 0; i < 3; i++)
            {
                container.Start();
                var since = Stopwatch.GetTimestamp();
                Assert.True(
                    Eventually(() => container.TryAttach("ip", "-4", "address", "show", "dev", "eth0").Output
                        .Contains("10.9.0.2/24", StringComparison.Ordinal)),
                    watch.Output + watch.Errors);
                times.Add(Stopwatch.GetElapsedTime(since));
                addresses.Add(container.Attach("cat", "/sys/class/net/eth0/address"));
                Assert.True(Pings("10.9.0.2"));
                container.Stop();
            }

            Assert.Single(addresses);
            Assert.InRange(times.Min().TotalSeconds, 0, 1);
            Assert.Equal(string.Empty, watch.Errors);
            Assert.Equal(0, watch.End());
        });
}
