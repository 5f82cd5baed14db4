using System.Diagnostics;
using Engine.Tests.Support;
using LxcNetworking.Tests;
using static LxcNetworking.Tests.LxcnetProgram;

namespace Engine.Tests;

/// <summary>What lxcnet watch makes for containers of engines when they start.</summary>
public sealed class LxcnetWatchTests
{
    [Theory]
    [InlineData("docker")]
    [InlineData("podman")]
    public void A_container_has_its_network_within_a_second_of_its_start_and_the_same_one_after_each_restart(
        string name) => EngineSandbox.Run(name, engine =>
    {
        File.WriteAllText("/run/lab.yaml", $$"""
            name: lab
            links: [{name: br7, kind: bridge, addresses: 10.9.0.1/24}]
            containers:
            - {name: "{{name}}:web", connections: [{bridge: br7, ipAddress: 10.9.0.2/24}]}
            """);
        _ = Lxcnet(0, "apply", "/run/lab.yaml");
        using var watch = new WatchedLxcnet(["/run/lab.yaml"]);
        Assert.True(
            Sandbox.Eventually(() => watch.Output.Contains("Pending: ", StringComparison.Ordinal)), watch.Errors);
        engine.Create("web");
        var times = new List<TimeSpan>();
        var addresses = new HashSet<string>();
        for (var i = 0; i < 3; i++)
        {
            engine.Command("start", "web");
            var since = Stopwatch.GetTimestamp();
            Assert.True(Sandbox.Eventually(() => Shown().Contains("10.9.0.2/24", StringComparison.Ordinal)),
                watch.Output + watch.Errors);
            times.Add(Stopwatch.GetElapsedTime(since));
            addresses.Add(engine.Ip("web", "-br", "link", "show", "eth0").Split(' ', StringSplitOptions.RemoveEmptyEntries)[2]);
            Assert.True(Sandbox.Pings("10.9.0.2"));
            engine.Command("stop", "-t", "0", "web");
        }

        Assert.Single(addresses);
        Assert.InRange(times.Min().TotalSeconds, 0, 1);
        Assert.Equal(string.Empty, watch.Errors);
        Assert.InRange(watch.MemoryKilobytes, 0, IsNative ? 30 << 10 : long.MaxValue);
        Assert.Equal(0, watch.End());

        string Shown() => Sandbox.TryExecute(
            "nsenter", "-t", $"{engine.ProcessId("web")}", "-n", "ip", "-4", "address", "show", "eth0").Output;
    });
}
