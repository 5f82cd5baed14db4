using System.Diagnostics;
using LxcNetworking.Links;
using LxcNetworking.Links.Quality;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.LinkQualityLab;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>Delay, loss and rate of links, looked at by tc(8) too.</summary>
public partial class LinkQualityTests
{
    private static readonly LinkQualitySettings s_everything = new()
    {
        Delay = TimeSpan.FromMilliseconds(20),
        Jitter = TimeSpan.FromMilliseconds(5),
        DelayCorrelation = new("25%"),
        Loss = new("1%"),
        LossCorrelation = new("30%"),
        Duplicate = new("2%"),
        DuplicateCorrelation = new("31%"),
        Corrupt = new("0.5%"),
        CorruptCorrelation = new("32%"),
        Reorder = new("10%"),
        ReorderCorrelation = new("50%"),
        Rate = new("10Mbit"),
        Limit = 500,
    };

    [Fact]
    [Trait("Kernel", "none")]
    public void A_rate_alone_is_a_token_bucket_that_tc_reads_changes_and_makes() => Run(() =>
    {
        var (stack, link) = Pair();
        stack.Quality.Change(link, new() { Rate = new("10Mbit") });
        var shown = Root("v0");
        Assert.Equal(("tbf", "4c59:"), (Text(shown, "kind"), Text(shown, "handle")));
        Assert.Equal(1_250_000, shown.GetProperty("options").GetProperty("rate").GetInt64());
        var read = Assert.Single(stack.Quality.List(link));
        Assert.Equal(
            ("10Mbit", 15140L, QualityDirection.Out, false),
            ($"{read.Rate}", read.Burst, read.Direction, read.IsForeign));
        Assert.Equal((15140 + 62_500L, (long?)null), (read.LimitBytes, read.Limit));

        // A burst that nobody chose is that of the rate; one that somebody did stays.
        stack.Quality.Change(link, new() { Rate = new("40Gbit") });
        Assert.Equal("40Gbit", $"{Only(stack, link).Rate}");
        // The kernel counts in ticks.
        Assert.InRange(Only(stack, link).Burst!.Value, 49_990_000, 50_000_000);
        Assert.Equal(5_000_000_000, Root("v0").GetProperty("options").GetProperty("rate").GetInt64());
        stack.Quality.Change(link, new() { Rate = new("1Mbit"), Burst = 20_000 });
        stack.Quality.Change(link, new() { Rate = new("2Mbit") });
        Assert.Equal("v0 Out: rate 2Mbit burst 20000", $"{Only(stack, link)}");

        // Changed by tc, it is still the one that was made here.
        Tc("qdisc change dev v0 root handle 4c59: tbf rate 3mbit burst 30000 latency 50ms");
        Assert.Equal("v0 Out: rate 3Mbit burst 30000", $"{Only(stack, link)}");
        Assert.False(Only(stack, link).IsForeign);
        stack.Quality.Change(link, new() { Rate = new(0) });
        Assert.Empty(stack.Quality.List(link));
        Assert.Equal("noqueue", Text(Root("v0"), "kind"));

        Tc("qdisc add dev v0 root tbf rate 1gbit burst 100000 latency 10ms peakrate 2gbit mtu 2000");
        var foreign = Only(stack, link);
        Assert.Equal(
            ("1Gbit", true, "peak rate 2Gbit"), ($"{foreign.Rate}", foreign.IsForeign, $"{foreign.Other}"));
        Assert.InRange(foreign.Burst!.Value, 99_900, 100_100);
        var slow = new LinkQualitySettings { Rate = new("1Mbit") };
        AssertRefused(NetworkErrorCode.ObjectExists, "tbf", () => stack.Quality.Change(link, slow));
        AssertRefused(NetworkErrorCode.NotSupported, "tbf", () => stack.Quality.Remove(link));
        Assert.Equal("tbf", Text(Root("v0"), "kind"));
        stack.Quality.Change(link, slow, force: true);
        Assert.Equal(("1Mbit", false), ($"{Only(stack, link).Rate}", Only(stack, link).IsForeign));
        stack.Quality.Remove(link);
        AssertRefused(NetworkErrorCode.ObjectNotFound, "'v0'", () => stack.Quality.Remove(link));

        // What lies below another one's is told.
        Tc("qdisc add dev v0 root handle 9: htb");
        Tc("class add dev v0 parent 9: classid 9:1 htb rate 1mbit");
        Tc("qdisc add dev v0 parent 9:1 handle 8: tbf rate 1mbit burst 9000 limit 9000");
        Assert.Equal(("htb", "tbf 8: below 9:1"), (Only(stack, link).QueueDiscipline, $"{Only(stack, link).Other}"));
        AssertRefused(
            NetworkErrorCode.ObjectExists, "tbf 8: below 9:1", () => stack.Quality.Change(link, s_everything));
        stack.Quality.Remove(link, force: true);
        Assert.Empty(stack.Quality.List());
    });

    [Fact]
    public void What_this_kernel_cannot_do_is_refused_and_nothing_stays() => Run(() =>
    {
        var (stack, link) = Pair();
        void Refused(NetworkErrorCode code, string words, LinkQualitySettings settings, QualityDirection way)
            => AssertRefused(code, words, () => stack.Quality.Change(link, settings, way));
        var some = TimeSpan.FromMilliseconds(1);
        foreach (var (words, settings) in new (string, LinkQualitySettings)[]
        {
            ("jitter", new() { Jitter = some }),
            ("overtake", new() { Reorder = new("1%") }),
            ("burst", new() { Rate = new("1Mbit"), Burst = 2000, Loss = new("1%") }),
            ("burst", new() { Burst = 2000 }),
            ("loss", new() { LossCorrelation = new("1%") }),
            ("hour", new() { Delay = TimeSpan.FromHours(2) }),
            ("jitter", new() { Delay = TimeSpan.FromSeconds(9), Jitter = TimeSpan.FromSeconds(3) }),
        })
            Refused(NetworkErrorCode.InvalidArgument, words, settings, QualityDirection.Out);

        if (!Has("netem"))
        {
            foreach (var way in new[] { QualityDirection.Out, QualityDirection.In })
                Refused(NetworkErrorCode.KindNotSupported, "sch_netem", new() { Loss = new("1%") }, way);
        }

        if (!HasFilter())
        {
            stack.Quality.Change(link, new() { Rate = new("1Mbit") });
            LinkQualitySettings faster = new() { Rate = new("2Mbit") };
            Refused(NetworkErrorCode.KindNotSupported, "matchall", faster, QualityDirection.Both);
            Assert.Equal("1Mbit", $"{Only(stack, link).Rate}");
        }

        Assert.Equal(["lo", "v0", "v1"], stack.Links.List().Select(one => one.Name).Order());
        Assert.DoesNotContain(TcJson("qdisc show dev v0").EnumerateArray(), one => Text(one, "kind") == "ingress");
    });

    [Fact]
    public void All_of_netem_is_what_tc_shows_and_what_tc_makes_is_read() => Run(() =>
    {
        NeedsQdisc("netem");
        var (stack, link) = Pair();
        stack.Quality.Change(link, s_everything);
        var shown = Root("v0").GetProperty("options");
        Assert.Equal("4c58:", Text(Root("v0"), "handle"));
        Assert.Equal(500, shown.GetProperty("limit").GetInt32());
        AssertParts(shown.GetProperty("delay"), ("delay", .02), ("jitter", .005), ("correlation", .25));
        AssertParts(shown.GetProperty("loss-random"), ("loss", .01), ("correlation", .3));
        AssertParts(shown.GetProperty("duplicate"), ("duplicate", .02), ("correlation", .31));
        AssertParts(shown.GetProperty("corrupt"), ("corrupt", .005), ("correlation", .32));
        AssertParts(shown.GetProperty("reorder"), ("reorder", .1), ("correlation", .5));
        Assert.Equal(1_250_000, shown.GetProperty("rate").GetProperty("rate").GetInt64());
        Assert.Equal(1, shown.GetProperty("gap").GetInt32());
        var read = Only(stack, link);
        Assert.Equal(s_everything, read.Queue.Settings);
        Assert.Equal("", $"{read.Other}");

        // What is not said stays; what is zero goes, and what cannot be without it.
        stack.Quality.Change(link, new() { Loss = new("3%") });
        Assert.Equal(s_everything with { Loss = new("3%") }, Only(stack, link).Queue.Settings);
        var none = new Percentage(0);
        stack.Quality.Change(
            link, new() { Delay = TimeSpan.Zero, Loss = none, Duplicate = none, Corrupt = none, Limit = 0 });
        Assert.Equal(("tbf", "10Mbit"), (Text(Root("v0"), "kind"), $"{Only(stack, link).Rate}"));
        Assert.Null(Only(stack, link).Jitter);
        stack.Quality.Change(link, new() { Delay = TimeSpan.FromTicks(12_345) });
        Assert.Equal("v0 Out: delay 1.2345ms rate 10Mbit", $"{Only(stack, link)}");
        Assert.Equal(((long?)null, 1000L), (Only(stack, link).Burst, Only(stack, link).Limit));
        stack.Quality.Remove(link);

        const string Rest = "duplicate 1% corrupt 0.1% reorder 25% 50% rate 5Gbit limit 77";
        Tc("qdisc add dev v0 root handle 7: netem delay 100ms 10ms 25% loss 0.3% 25% " + Rest);
        Assert.Equal($"v0 Out: delay 100ms 10ms 25% loss 0.3% 25% {Rest}", $"{Only(stack, link)}");
        Assert.True(Only(stack, link).IsForeign);
        // By force it is taken over: what was not said stays.
        stack.Quality.Change(link, new() { Loss = new("5%"), LossCorrelation = none }, force: true);
        Assert.Equal($"v0 Out: delay 100ms 10ms 25% loss 5% {Rest}", $"{Only(stack, link)}");
        Assert.False(Only(stack, link).IsForeign);
        Tc("qdisc change dev v0 root handle 4c58: netem delay 30ms");
        Assert.StartsWith("v0 Out: delay 30ms", $"{Only(stack, link)}", StringComparison.Ordinal);
        Tc("qdisc del dev v0 root");

        Tc("qdisc add dev v0 root handle 1: netem loss gemodel 1% 10% 70% 0.1% ecn delay 1ms slot 800us");
        Assert.Equal("ecn, a model of losses, slots", $"{Only(stack, link).Other}");
        stack.Quality.Remove(link, force: true);
        Assert.Empty(stack.Quality.List());
    });

    [Fact]
    public void What_comes_in_goes_through_a_link_that_goes_with_it() => Run(() =>
    {
        NeedsQdisc("netem");
        NeedsKind("ifb");
        var (stack, link) = Pair();
        var both = new LinkQualitySettings { Delay = TimeSpan.FromMilliseconds(7), Rate = new("9Mbit") };
        stack.Quality.Change(link, both, QualityDirection.Both);
        Assert.Equal(["v0 Out: delay 7ms rate 9Mbit", "v0 In: delay 7ms rate 9Mbit"], Shown(stack.Quality.List()));
        var block = stack.Links.Get($"ifb-q{link.Index}");
        Assert.Equal((IngressBlock.Mark, 0L, true), (block.Alias, block.Group, block.IsUp));
        Assert.Equal("netem", Text(Root(block.Name), "kind"));
        var filter = TcJson("filter show dev v0 ingress").EnumerateArray().Last();
        Assert.Equal(
            ("matchall", 1, "all"),
            (Text(filter, "kind"), filter.GetProperty("pref").GetInt32(), Text(filter, "protocol")));
        var action = filter.GetProperty("options").GetProperty("actions")[0];
        Assert.Equal(
            ("mirred", "redirect", block.Name),
            (Text(action, "kind"), Text(action, "mirred_action"), Text(action, "to_dev")));

        // One direction changes, or goes, without the other.
        var other = new LinkQualitySettings { Delay = TimeSpan.Zero, Rate = new("8Mbit") };
        stack.Quality.Change(link, other, QualityDirection.In);
        Assert.Equal(
            ["v0 Out: delay 7ms rate 9Mbit", "v0 In: rate 8Mbit burst 15140"], Shown(stack.Quality.List(link)));
        stack.Quality.Remove(link, QualityDirection.Out);
        Assert.Equal(["v0 In: rate 8Mbit burst 15140"], Shown(stack.Quality.List(link)));
        stack.Quality.Remove(link);
        Assert.Equal(["lo", "v0", "v1"], stack.Links.List().Select(one => one.Name).Order());
        Assert.Single(TcJson("qdisc show dev v0").EnumerateArray());

        // What others hang there stays, and comes after by force alone.
        Tc("qdisc add dev v0 clsact");
        var lossy = new LinkQualitySettings { Loss = new("1%") };
        stack.Quality.Change(link, lossy, QualityDirection.In);
        Assert.Equal("v0 In: loss 1%", $"{Only(stack, link)}");
        stack.Quality.Remove(link);
        Tc("filter add dev v0 ingress pref 9 protocol ip matchall action drop");
        var foreign = Only(stack, link);
        Assert.Equal(
            ("clsact", "matchall filter", true), (foreign.QueueDiscipline, $"{foreign.Other}", foreign.IsForeign));
        AssertRefused(
            NetworkErrorCode.ObjectExists, "clsact", () => stack.Quality.Change(link, lossy, QualityDirection.Both));
        Assert.Single(stack.Quality.List(link));
        stack.Quality.Change(link, lossy, QualityDirection.In, force: true);
        Assert.Equal("v0 In: loss 1%", $"{Only(stack, link)}");
        Assert.Equal("matchall filter, not reached", $"{Only(stack, link).Other}");
        stack.Quality.Remove(link);
        Assert.Equal("matchall filter", $"{Only(stack, link).Other}");
        AssertRefused(NetworkErrorCode.NotSupported, "clsact", () => stack.Quality.Remove(link));
        stack.Quality.Remove(link, force: true);
        Assert.Empty(stack.Quality.List(link));

        // What tc sends through an ifb link of its own is told.
        Ip("link add ifb9 up type ifb");
        Tc("qdisc add dev v0 ingress");
        Tc("filter add dev v0 ingress protocol all matchall action mirred egress redirect dev ifb9");
        Tc("qdisc add dev ifb9 root netem delay 4ms");
        Assert.Equal(("v0 In: delay 4ms", true), ($"{Only(stack, link)}", Only(stack, link).IsForeign));
    });

    [Fact]
    public void An_ifb_link_without_its_own_goes_and_half_a_change_is_taken_back() => Run(() =>
    {
        NeedsQdisc("netem");
        NeedsKind("ifb");
        var (stack, link) = Pair();
        var lossy = new LinkQualitySettings { Loss = new("1%") };
        var block = $"ifb-q{link.Index}";
        // The second half fails.
        Ip($"link add {block} type ifb");
        AssertRefused(
            NetworkErrorCode.ResourceBusy, block, () => stack.Quality.Change(link, lossy, QualityDirection.Both));
        Assert.Empty(stack.Quality.List(link));
        Ip($"link del {block}");
        Tc("qdisc add dev v0 ingress");
        Tc("filter add dev v0 ingress pref 1 protocol ip u32 match u32 0 0 action drop");
        AssertRefused(
            null, "'v0'", () => stack.Quality.Change(link, lossy, QualityDirection.Both, force: true));
        Assert.Equal(["lo", "v0", "v1"], stack.Links.List().Select(one => one.Name).Order());
        Assert.Equal("ingress", Only(stack, link).QueueDiscipline);
        Tc("qdisc del dev v0 ingress");

        // With Remove-NetLink, alone and among others.
        stack.Quality.Change(link, lossy, QualityDirection.In);
        stack.Links.Remove([link]);
        Assert.Equal(["lo"], stack.Links.List().Select(one => one.Name));
        (_, link) = Pair();
        stack.Quality.Change(link, lossy, QualityDirection.In);
        Ip("link add d0 type ifb");
        stack.Links.Remove([link, stack.Links.Get("d0")]);
        Assert.Equal(["lo"], stack.Links.List().Select(one => one.Name));

        // Where another program removed the link, with the next look for leftovers.
        (_, link) = Pair();
        stack.Quality.Change(link, lossy, QualityDirection.In);
        Assert.Empty(stack.Quality.RemoveLeftovers());
        Assert.Single(stack.Quality.List(link));
        Ip("link del v1");
        Assert.Equal($"ifb-q{link.Index} Out: loss 1%", $"{Assert.Single(stack.Quality.List())}");
        Assert.Empty(stack.Quality.RemoveLeftovers());
        Assert.Equal(["lo"], stack.Links.List().Select(one => one.Name));

        // Where another program removed the ifb link, the next change makes it anew.
        (_, link) = Pair();
        stack.Quality.Change(link, lossy, QualityDirection.In);
        Ip($"link del ifb-q{link.Index}");
        Assert.Contains("gone", $"{Only(stack, link).Other}", StringComparison.Ordinal);
        stack.Quality.Change(link, lossy, QualityDirection.In);
        Assert.Equal("v0 In: loss 1%", $"{Only(stack, link)}");
        stack.Quality.Remove(link);
        Assert.Equal(["lo", "v0", "v1"], stack.Links.List().Select(one => one.Name).Order());
    });

    [Fact]
    public void Packets_are_late_lost_and_slowed_down() => Run(() =>
    {
        NeedsQdisc("netem");
        NeedsKind("ifb");
        var (stack, link) = Pair(apart: true);
        Assert.True(Pings("10.9.0.2"));
        Assert.True(Pings("fd00::2"));
        var delay = new LinkQualitySettings { Delay = TimeSpan.FromMilliseconds(60) };
        stack.Quality.Change(link, delay, QualityDirection.In);
        Assert.All([.. Times("10.9.0.2"), .. Times("fd00::2")], time => Assert.True(time >= 60, $"{time} ms"));
        stack.Quality.Change(link, delay);
        Assert.All([.. Times("10.9.0.2"), .. Times("fd00::2")], time => Assert.True(time >= 120, $"{time} ms"));
        Assert.All(stack.Quality.List(link), one => Assert.True(one.SentPackets >= 4 && one.SentBytes >= 4 * 98));

        foreach (var direction in new[] { QualityDirection.Out, QualityDirection.In })
        {
            stack.Quality.Remove(link);
            stack.Quality.Change(link, new() { Loss = new(100) }, direction);
            Assert.Equal(0, Received("-c 3 -i 0.1 -W 1 10.9.0.2"));
            Assert.True(Only(stack, link).Dropped >= 3);
        }

        stack.Quality.Remove(link);
        Assert.True(Pings("10.9.0.2"));
        stack.Quality.Change(link, new() { Loss = new(50) });
        Assert.InRange(Received("-c 60 -i 0.01 -W 1 10.9.0.2"), 8, 52);
        stack.Quality.Remove(link);

        // 30 packets of 1,442 bytes take 0.8 seconds and more.
        stack.Quality.Change(link, new() { Rate = new("400kbit"), Limit = 500 });
        var watch = Stopwatch.StartNew();
        Assert.Equal(30, Received("-c 30 -l 30 -s 1400 -W 9 10.9.0.2"));
        Assert.True(watch.Elapsed > TimeSpan.FromSeconds(.8), $"{watch.Elapsed}");
        stack.Quality.Remove(link);
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void No_more_than_the_rate_goes_through() => Run(() =>
    {
        var (stack, link) = Pair(apart: true);
        Assert.True(Pings("10.9.0.2"));
        stack.Quality.Change(link, new() { Rate = new("200kbit"), Burst = 4000 });
        var watch = Stopwatch.StartNew();
        // A packet at a time goes over the wire of 25,000 bytes a second.
        var received = Received("-c 30 -l 30 -s 1400 -W 2 10.9.0.2");
        Assert.InRange((received * 1442) - 4000, 0, 25_000 * watch.Elapsed.TotalSeconds);
        var quality = Only(stack, link);
        Assert.True(quality.Overlimits > 0 && (int)quality.SentPackets >= received);
    });
}
