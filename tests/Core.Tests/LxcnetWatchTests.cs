using System.Diagnostics;
using System.Text.RegularExpressions;
using static LxcNetworking.Tests.LxcnetProgram;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>What lxcnet watch does when something happens, and what it takes when nothing does.</summary>
[Trait("Kernel", "none")]
public partial class LxcnetWatchTests
{
    private const string Folder = "/run/documents";

    private const string Lab = """
        name: lab
        links:
        - {name: br7, kind: bridge, addresses: 10.9.0.1/24}
        - name: p0
          kind: veth
          bridge: br7
          peer: {name: eth0, namespace: web, addresses: 10.9.0.2/24, gateway: 10.9.0.1}
        - {name: mv0, kind: macvlan, mode: bridge, parent: em9, addresses: 10.8.0.1/24}
        routes: [{destinationPrefix: 10.7.0.0/16, nextHop: 10.8.0.9}]
        """;

    [Fact]
    public void A_namespace_has_its_network_within_a_second_of_its_start_and_again_after_each_restart() => Watch(
        [], watch =>
        {
            var identities = new HashSet<string>();
            var times = new List<TimeSpan>();
            for (var i = 0; i < 5; i++)
            {
                Ip("netns add web");
                times.Add(Until(() => InWeb("-4 route").Contains("default via 10.9.0.1", StringComparison.Ordinal)));
                identities.Add(Mac().Match(InWeb("link show eth0")).Value + Address().Match(InWeb("-4 addr")).Value);
                Assert.True(Pings("10.9.0.2"));
                Ip("netns del web");
                if (i == 3)
                    continue;
                // Once it is only a name, the kernel may take its time.
                Assert.True(Eventually(() => !Ip("-o link").Contains("p0@", StringComparison.Ordinal)));
            }

            Assert.Single(identities);
            Assert.InRange(times.Min().TotalSeconds, 0, 1);
            Assert.Contains("Made: link eth0 in namespace web of lab\n", watch.Output, StringComparison.Ordinal);
        });

    [Fact]
    public void A_card_that_comes_late_gets_all_that_waits_for_it() => Watch([], watch =>
    {
        Ip("link add em9 type veth peer name em9x");
        Ip("link set em9x up");
        Ip("link set em9 up");
        Assert.True(Eventually(() => Ip("route").Contains("10.7.0.0/16 via 10.8.0.9", StringComparison.Ordinal)));
        Ip("link del em9");
        Assert.True(Eventually(() => Pending().Count(watch.Output) == 2));
        Ip("link add em9 type veth peer name em9x");
        Ip("link set em9x up");
        Ip("link set em9 up");
        Assert.True(Eventually(() => Ip("route").Contains("10.7.0.0/16 via 10.8.0.9", StringComparison.Ordinal)));
    });

    [Fact]
    public void What_becomes_different_is_told() => Watch(["--json"], watch =>
    {
        Ip("netns add web");
        Assert.True(Eventually(() => watch.Events("Made").Count() == 4));
        Ip("address del 10.9.0.1/24 dev br7");
        Assert.True(Eventually(() => watch.Events("Different").Any()));
        var told = watch.Events("Different").First();
        Assert.Equal(("lab", "address br7 10.9.0.1/24"),
            (told.GetProperty("document").GetString(), told.GetProperty("target").GetString()));
        // In another namespace, too.
        Ip("-n web link set eth0 mtu 1400");
        Ip("-n web address del 10.9.0.2/24 dev eth0");
        Assert.True(Eventually(() => watch.Events("Different").Any(
            line => line.GetProperty("namespace").GetString() == "web")));
        Assert.DoesNotContain("10.9.0.1", Ip("-4 address show br7"), StringComparison.Ordinal);
        Assert.Empty(watch.Events("Repaired"));
        Assert.Equal(0, watch.End());
    });

    [Fact]
    public void What_becomes_different_is_put_right_with_repair() => Watch(["--repair"], watch =>
    {
        Ip("netns add web");
        Assert.True(Pings("10.9.0.2"));
        Ip("address del 10.9.0.1/24 dev br7");
        Assert.True(Eventually(() => Ip("-4 address show br7").Contains("10.9.0.1", StringComparison.Ordinal)));
        Ip("link del br7");
        Assert.True(Pings("10.9.0.2"));
        // It is told once all is read back.
        Assert.True(Eventually(() => watch.Output.Contains("Repaired: link br7 of lab\n", StringComparison.Ordinal)));
        Assert.Equal(string.Empty, Lxcnet(0, "test", Folder, "--allow-missing", "--quiet"));
    });

    [Fact]
    public void Documents_are_read_again_at_a_signal_and_mistakes_hold_nothing_up() => Watch([], watch =>
    {
        File.WriteAllText(Folder + "/b.yaml", "name: b\nlinks: [{name: b0, kind: bridg}]");
        File.WriteAllText(
            Folder + "/c.yaml", "name: c\nlinks: [{name: d0, namespace: db, kind: bridge, addresses: 10.5.0.1/24}]");
        watch.Signal("HUP");
        Assert.True(Eventually(() => watch.Output.Contains("Pending: link d0 in", StringComparison.Ordinal)));
        Assert.True(Eventually(() => watch.Errors.Contains(Folder + "/b.yaml:2:", StringComparison.Ordinal)));
        Ip("netns add db");
        Assert.True(Eventually(() => InNamespace("db", "-4 addr").Contains("10.5.0.1", StringComparison.Ordinal)));
        Ip("netns add web");
        Assert.True(Pings("10.9.0.2"));
        Assert.Equal(0, watch.End());
    });

    [Fact]
    public void It_takes_no_time_while_nothing_happens_and_little_memory() => Watch([], watch =>
    {
        if (!IsNative)
            Assert.Skip("lxcnet is not compiled ahead of time");
        Ip("netns add web");
        Assert.True(Pings("10.9.0.2"));
        // The kernel tells of an IPv6 address when it is no duplicate, and of a port when it has listened.
        Thread.Sleep(5000);
        // On a busy machine that comes later.
        Assert.Contains(Enumerable.Range(0, 4), _ =>
        {
            var before = watch.ProcessorTime;
            Thread.Sleep(3000);
            return watch.ProcessorTime == before;
        });
        Assert.InRange(watch.MemoryKilobytes, 0, 30 << 10);
    });

    private static void Watch(string[] options, Action<WatchedLxcnet> body) => Run(() =>
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllText(Folder + "/lab.yaml", Lab);
        _ = Lxcnet(0, "apply", "--allow-missing", Folder);
        using var watch = new WatchedLxcnet([Folder, .. options]);
        // It has looked once.
        Assert.True(Eventually(() => watch.Output.Contains("10.7.0.0/16", StringComparison.Ordinal)), watch.Errors);
        body(watch);
    });

    private static string InWeb(string command) => InNamespace("web", command);

    private static string InNamespace(string name, string command)
        => TryExecute("ip", ["-n", name, .. command.Split(' ')]).Output;

    private static TimeSpan Until(Func<bool> condition)
    {
        var since = Stopwatch.GetTimestamp();
        Assert.True(Eventually(condition));
        return Stopwatch.GetElapsedTime(since);
    }

    [GeneratedRegex("ether [0-9a-f:]+")]
    private static partial Regex Mac();

    [GeneratedRegex(@"inet [0-9./]+")]
    private static partial Regex Address();

    [GeneratedRegex("^Pending: link mv0 of lab$", RegexOptions.Multiline)]
    private static partial Regex Pending();
}
