using LxcNetworking.State.Documents;
using LxcNetworking.State.Keeping;
using LxcNetworking.State.Plans;

namespace LxcNetworking.Tests;

/// <summary>What is made, told and put right when something has happened, on a machine in memory.</summary>
[Trait("Kernel", "none")]
public class StateKeeperTests
{
    private const string Text = """
        links:
        - {name: b0, kind: bridge, mtu: 1400}
        - {name: p0, kind: veth, bridge: b0, peer: {name: eth0, namespace: "lxc:web", addresses: 10.0.0.2/24}}
        - {name: m0, kind: macvlan, parent: em1}
        """;

    private static readonly StateKey s_web = StateKey.Of("lxc:web"), s_card = StateKey.Link(string.Empty, "em1"),
        s_bridge = StateKey.Link(string.Empty, "b0");

    private readonly StateLab _lab = new();
    private readonly HashSet<string> _starting = [];
    private readonly TestClock _clock = new();

    [Fact]
    public void What_waits_is_made_when_what_it_waits_for_has_come_and_again_after_each_restart()
    {
        _lab.Machine.Pending.Add("lxc:web");
        _lab.Set(Text, new() { AllowMissing = true });
        var keeper = Keep(repairs: false);
        var first = Look(keeper);
        Assert.Equal(
            ["Pending link p0", "Pending link eth0 in lxc:web", "Pending address eth0 10.0.0.2/24 in lxc:web",
                "Pending link m0"],
            Texts(first.Pending));
        Assert.Empty(first.Made);
        Assert.Null(first.Again);
        Assert.Empty(Look(keeper).Pending);

        Run("1");
        Assert.Equal(
            ["Create link p0", "Create link eth0 in lxc:web", "Create address eth0 10.0.0.2/24 in lxc:web"],
            Texts(Look(keeper).Made));
        var running = _lab.Machine.Picture();
        Assert.Empty(Look(keeper).Made);
        Stop();
        Assert.Equal(3, Look(keeper).Pending.Count);
        Run("2");
        Assert.Equal(3, Look(keeper).Made.Count);
        Assert.Equal(running, _lab.Machine.Picture());
        // Nobody looked while it did not run.
        Stop();
        Run("3");
        var look = Look(keeper);
        Assert.Equal((3, 0), (look.Made.Count, look.Different.Count));
        Assert.Equal(running, _lab.Machine.Picture());

        _lab.Machine.Add(new StateItem(s_card));
        Assert.Equal(["Create link m0"], Texts(Look(keeper).Made));
        _lab.Machine.Remove(s_card);
        Assert.Equal(["Pending link m0"], Texts(Look(keeper).Pending));
    }

    [Fact]
    public void What_lacks_when_it_begins_is_made_and_all_else_is_told()
    {
        _lab.Set(Text, new() { AllowMissing = true });
        Run("1");
        Spoil();
        var look = Look(Keep(repairs: false));
        Assert.Equal(3, look.Made.Count);
        Assert.Equal(["Change link b0: mtu 1300 -> 1400"], Texts(look.Different));
    }

    [Fact]
    public void A_container_that_its_runtime_is_starting_is_left_alone()
    {
        _lab.Set(Text, new() { AllowMissing = true });
        var keeper = Keep(repairs: false);
        Look(keeper);
        Run("1");
        _starting.Add("lxc:web");
        for (var i = 0; i < 2; i++)
        {
            var look = Look(keeper);
            Assert.Empty(look.Made);
            Assert.NotNull(look.Again);
        }

        _starting.Clear();
        Assert.Equal(3, Look(keeper).Made.Count);
        // Its state is asked for once it is another one.
        _starting.Add("lxc:web");
        Assert.Null(Look(keeper).Again);
    }

    [Fact]
    public void What_is_different_is_told_once_and_put_right_ever_later_where_somebody_else_undoes_it()
    {
        _lab.Set(Text, new() { AllowMissing = true });
        var keeper = Keep(repairs: false);
        Look(keeper);
        Spoil();
        Assert.Equal(["Change link b0: mtu 1300 -> 1400"], Texts(Look(keeper).Different));
        Assert.Empty(Look(keeper).Different);

        keeper = Keep(repairs: true);
        var look = Look(keeper);
        Assert.Equal(["Change link b0: mtu 1300 -> 1400"], Texts(look.Repaired));
        Assert.Empty(look.Different);
        Assert.Null(Look(keeper).Again);
        var pauses = new List<double>();
        for (var i = 0; i < 12; i++)
        {
            Spoil();
            look = Look(keeper);
            Assert.Empty(look.Repaired);
            pauses.Add(look.Again!.Value.TotalSeconds);
            _clock.Now += look.Again.Value;
            Assert.Single(Look(keeper).Repaired);
        }

        Assert.Equal([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300], pauses);
        _clock.Now += TimeSpan.FromHours(1);
        Spoil();
        Assert.Single(Look(keeper).Repaired);
        Spoil();
        Assert.Equal(1, Look(keeper).Again!.Value.TotalSeconds);
    }

    [Fact]
    public void What_fails_is_told_once_and_tried_again_and_does_not_hold_others_up()
    {
        _lab.Set(Text, new() { AllowMissing = true });
        var keeper = Keep(repairs: false);
        Look(keeper);
        Run("1");
        _lab.Machine.Fails = step => step.Key.Name == "eth0 10.0.0.2/24";
        var look = Look(keeper);
        Assert.NotNull(look.Error);
        var before = _lab.Machine.Log.Count;
        Assert.Equal(look.Again, Look(keeper).Again);
        Assert.Equal(before, _lab.Machine.Log.Count);
        _clock.Now += look.Again!.Value;
        look = Look(keeper);
        Assert.Null(look.Error);
        Assert.Equal(0.2, look.Again!.Value.TotalSeconds);
        // Another one comes meanwhile.
        _lab.Machine.Add(new StateItem(s_card));
        Assert.NotNull(Look(keeper).Again);
        _lab.Machine.Fails = _ => false;
        _clock.Now += TimeSpan.FromSeconds(1);
        Assert.Equal(4, Look(keeper).Made.Count);
    }

    [Fact]
    public void What_is_in_the_way_is_told_once_and_does_not_hold_others_up()
    {
        _lab.Others("links: [{name: b0, kind: bridge, mtu: 1300}]");
        var keeper = Keep(repairs: true);
        var look = Look(keeper);
        Assert.Contains("is there already, otherwise", Assert.Single(look.Refusals), StringComparison.Ordinal);
        Assert.Empty(Look(keeper).Refusals);
        Run("1");
        Assert.Equal(3, Look(keeper).Made.Count);
    }

    private static List<string> Texts(IEnumerable<NetStateDifference> differences)
        => [.. differences.Select(difference => $"{difference}")];

    private StateKeeper Keep(bool repairs) => new(StateLab.Read(Text), repairs, _starting.Contains, _clock);

    private StateLook Look(StateKeeper keeper) => keeper.Look(_lab.Application, default);

    private void Run(string identity)
    {
        _lab.Machine.Pending.Clear();
        _lab.Machine.Items[s_web] = new StateItem(s_web) { Identity = identity };
    }

    private void Stop()
    {
        _lab.Machine.Remove(s_web);
        _lab.Machine.Pending.Add("lxc:web");
    }

    private void Spoil()
    {
        var bridge = _lab.Machine.Items[s_bridge];
        var values = new SortedDictionary<string, string>(bridge.Values, StringComparer.Ordinal) { ["mtu"] = "1300" };
        _lab.Machine.Items[s_bridge] = bridge with { Values = values };
    }

    private sealed class TestClock : TimeProvider
    {
        public TimeSpan Now { get; set; } = TimeSpan.FromDays(1);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
