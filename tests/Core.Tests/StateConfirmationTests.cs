using LxcNetworking.State.Apply;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>Documents that go back unless they are confirmed, on a machine in memory, with a clock that stands
/// still.</summary>
[Trait("Kernel", "none")]
public class StateConfirmationTests
{
    private const string First = """
        namespaces: [web]
        links:
        - {name: b0, kind: bridge, addresses: [10.0.0.1/24]}
        - {name: p0, kind: veth, bridge: b0, peer: {name: eth0, namespace: web, addresses: 10.0.0.2/24}}
        rules: [{priority: 6}]
        """;

    private const string Second = """
        links:
        - {name: b0, kind: bridge, mtu: 1300, addresses: [10.0.0.5/24]}
        - {name: d0, kind: dummy}
        rules: [{priority: 7}]
        """;

    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1), s_second = TimeSpan.FromSeconds(1);
    private static readonly StateOptions s_confirmed = new() { ConfirmTimeout = s_minute };

    [Fact]
    public void What_nobody_confirms_goes_back_at_the_deadline_and_the_next_command_tells_it()
    {
        var lab = Begun(out var before);
        Assert.NotEmpty(lab.Set(Second, s_confirmed));
        Assert.Empty(lab.Test(Second));
        var since = Assert.Single(lab.Watch.Started).Confirmation!.Since;
        // The time begins when all is applied.
        Assert.Equal(lab.Watch.Now + s_minute, lab.Application.WayBack.DeadlineOf("default", since));
        Assert.Equal("default", Assert.Single(lab.Application.WayBack.Awaiting()).Document);
        lab.Watch.Now += s_minute - s_second;
        Assert.Empty(lab.Application.WayBack.Recover(default));
        Assert.NotNull(Expire(lab, since));
        Assert.Empty(lab.Test(Second));

        lab.Watch.Now += s_second;
        var log = new List<string>();
        Assert.Null(Expire(lab, since, log));
        Assert.Equal(["The document 'default' was not confirmed in time. What it had done is put back."], log);
        Assert.Equal(before, lab.Machine.Picture());
        Assert.Empty(lab.Application.WayBack.Awaiting());
        Assert.Null(lab.Application.WayBack.DeadlineOf("default", since));
        var told = Assert.Single(lab.Application.WayBack.Recover(default));
        Assert.Equal(("default", NetStateResult.Expired), (told.Document, told.Result));
        Assert.Empty(lab.Store.Journals());
        Assert.Empty(lab.Test(First));
        Assert.NotEmpty(lab.Set(Second));
    }

    [Fact]
    public void What_is_confirmed_stays()
    {
        var lab = Begun(out _);
        _ = lab.Set(Second, s_confirmed);
        var since = lab.Watch.Started[0].Confirmation!.Since;
        Assert.Equal(NetStateResult.Confirmed, lab.Application.WayBack.Confirm("default", default).Result);
        Assert.Empty(lab.Store.Journals());
        lab.Watch.Now += s_minute;
        Assert.Null(Expire(lab, since));
        Assert.Empty(lab.Application.WayBack.Recover(default));
        Assert.Empty(lab.Test(Second));
        Assert.Equal(NetworkErrorCode.ObjectNotFound, Code(() => lab.Application.WayBack.Confirm("default", default)));
    }

    [Fact]
    public void It_is_put_back_at_once_when_that_is_asked_for()
    {
        var lab = Begun(out var before);
        _ = lab.Set(Second, s_confirmed);
        Assert.Equal(
            [("default", NetStateResult.Restored)],
            lab.Application.WayBack.Restore("default", default).Select(item => (item.Document, item.Result)));
        Assert.Equal(before, lab.Machine.Picture());
        Assert.Empty(lab.Store.Journals());
        Assert.Equal(NetworkErrorCode.ObjectNotFound, Code(() => lab.Application.WayBack.Restore("default", default)));
    }

    [Fact]
    public void The_next_command_puts_it_back_where_the_process_that_waited_is_gone()
    {
        var lab = Begun(out var before);
        _ = lab.Set(Second, s_confirmed);
        lab.Watch.Now += s_minute;
        Assert.Equal(NetworkErrorCode.TimedOut, Code(() => lab.Application.WayBack.Confirm("default", default)));
        Assert.Equal(before, lab.Machine.Picture());
        _ = lab.Set(Second, s_confirmed);
        lab.Watch.Now += s_minute;
        Assert.Equal(NetStateResult.Expired, Assert.Single(lab.Application.WayBack.Recover(default)).Result);
        Assert.Equal(before, lab.Machine.Picture());
        Assert.Empty(lab.Store.Journals());
    }

    [Fact]
    public void Nothing_is_applied_that_nobody_watches_and_nobody_watches_where_nothing_is_to_be_done()
    {
        var lab = Begun(out var before);
        lab.Watch.IsMissing = true;
        var steps = lab.Machine.Steps;
        Assert.Equal(NetworkErrorCode.DependencyFailed, Code(() => lab.Set(Second, s_confirmed)));
        Assert.Equal(steps, lab.Machine.Steps);
        Assert.Equal(before, lab.Machine.Picture());
        Assert.Empty(lab.Store.Journals());
        Assert.Empty(lab.Set(First, s_confirmed));
        Assert.Empty(lab.Store.Journals());
    }

    [Fact]
    public void A_failure_leads_back_at_once_and_nobody_waits_any_more()
    {
        var lab = Begun(out var before);
        lab.Machine.FailsAt = lab.Machine.Steps + 3;
        _ = Code(() => lab.Set(Second, s_confirmed));
        Assert.Equal(before, lab.Machine.Picture());
        Assert.Null(lab.Application.WayBack.DeadlineOf("default", lab.Watch.Started[0].Confirmation!.Since));
        Assert.Empty(lab.Store.Journals());
    }

    [Fact]
    public void Whenever_the_command_and_the_process_that_waits_are_killed_all_goes_back()
    {
        var (moments, applied) = (0, 0);
        for (var n = 1; ; n++, moments++)
        {
            var lab = Begun(out var before);
            lab.Death.Begin(n);
            var isDead = Record.Exception(() => lab.Set(Second, s_confirmed)) is not null;
            lab.Death.Begin();
            if (lab.Application.WayBack.Awaiting().Count > 0)
            {
                // It was killed after all was done, so that there is time to confirm.
                Assert.Empty(lab.Application.WayBack.Recover(default));
                applied++;
            }

            lab.Watch.Now += s_minute;
            if (n % 2 == 0 && lab.Watch.Started.Count > 0)
            {
                lab.Death.Begin(1 + (n % 20));
                _ = Record.Exception(() => Expire(lab, lab.Watch.Started[0].Confirmation!.Since));
                lab.Death.Begin();
            }

            _ = lab.Application.WayBack.Recover(default);
            Assert.Equal(before, lab.Machine.Picture());
            Assert.Empty(lab.Store.Journals());
            Assert.Empty(lab.Test(First));
            if (!isDead)
                break;
        }

        Assert.True(moments > 10, $"{moments} moments are too few to say much.");
        Assert.True(applied > 0);
    }

    [Fact]
    public void The_process_that_waits_looks_at_every_change_and_ends_with_what_it_waits_for()
    {
        var lab = Begun(out var before);
        _ = lab.Set(Second, s_confirmed);
        var since = lab.Watch.Started[0].Confirmation!.Since;
        var waits = new List<TimeSpan>();
        StateWatch.Wait(
            lab.Application.WayBack,
            "default",
            since,
            deadline =>
            {
                waits.Add(deadline - lab.Watch.Now);
                lab.Watch.Now += TimeSpan.FromSeconds(40);
            },
            _ => { });
        Assert.Equal([s_minute, TimeSpan.FromSeconds(20)], waits);
        Assert.Equal(before, lab.Machine.Picture());

        _ = lab.Set(Second, s_confirmed);
        waits.Clear();
        StateWatch.Wait(
            lab.Application.WayBack,
            "default",
            lab.Watch.Started[1].Confirmation!.Since,
            deadline =>
            {
                waits.Add(deadline);
                lab.Application.WayBack.Confirm("default", default);
            },
            _ => { });
        Assert.Single(waits);
        Assert.Empty(lab.Test(Second));
    }

    [Fact]
    public void While_one_awaits_confirmation_another_one_is_applied_only_if_it_does_too()
    {
        var lab = Begun(out var before);
        _ = lab.Set(Second, s_confirmed);
        Assert.Equal(NetworkErrorCode.ResourceBusy, Code(() => lab.Set(First, s_confirmed)));
        const string Other = "name: other\nlinks: [{name: v0, kind: vlan, parent: b0, vlanId: 3}]";
        Assert.Equal(NetworkErrorCode.ResourceBusy, Code(() => lab.Set(Other)));
        lab.Watch.Now += s_second;
        _ = lab.Set(Other, s_confirmed);
        var back = lab.Application.WayBack;
        Assert.Equal(["default", "other"], back.Awaiting().Select(item => item.Document));
        // The later one would go with the earlier one.
        Assert.Equal(NetworkErrorCode.ResourceBusy, Code(() => back.Confirm("other", default)));
        Assert.Equal(["other", "default"], back.Restore("default", default).Select(item => item.Document));
        Assert.Equal(before, lab.Machine.Picture());

        _ = lab.Set(Second, s_confirmed);
        lab.Watch.Now += s_second;
        _ = lab.Set(Other, s_confirmed);
        Assert.Equal(["other"], back.Restore("other", default).Select(item => item.Document));
        Assert.Empty(lab.Test(Second));
        lab.Watch.Now += s_second;
        _ = lab.Set(Other, s_confirmed);
        // The earlier one's deadline takes both.
        lab.Watch.Now += s_minute - s_second - s_second;
        Assert.Null(Expire(lab, lab.Watch.Started[^3].Confirmation!.Since));
        Assert.Equal(before, lab.Machine.Picture());
        Assert.Equal(2, back.Recover(default).Count);

        _ = lab.Set(Second, s_confirmed);
        lab.Watch.Now += s_second;
        _ = lab.Set(Other, s_confirmed);
        _ = back.Confirm("default", default);
        _ = back.Confirm("other", default);
        Assert.Empty(lab.Store.Journals());
        Assert.Empty(lab.Test(Other));
    }

    [Fact]
    public void What_cannot_be_put_back_is_named_by_the_process_and_by_the_next_command()
    {
        var lab = Begun(out _);
        _ = lab.Set(Second, s_confirmed);
        lab.Machine.Fails = step => step.Key.Name == "d0";
        lab.Watch.Now += s_minute;
        var log = new List<string>();
        Assert.Null(Expire(lab, lab.Watch.Started[0].Confirmation!.Since, log));
        Assert.Contains("Cannot remove the link 'd0': ", Assert.Single(log), StringComparison.Ordinal);
        var told = Assert.Single(lab.Application.WayBack.Recover(default));
        Assert.StartsWith(
            "Cannot remove the link 'd0': ", Assert.Single(told.NotPutBack), StringComparison.Ordinal);
        Assert.Empty(lab.Application.WayBack.Recover(default));
    }

    [Fact]
    public void What_somebody_else_has_made_anew_is_left_and_named()
    {
        var lab = Begun(out var before);
        _ = lab.Set(Second, s_confirmed);
        lab.Machine.Remove(StateKey.Link("", "d0"));
        lab.Others("links: [{name: d0, kind: dummy, addresses: 10.9.0.1/24}]");
        var error = Assert.Throws<NetworkException>(
            () => lab.Application.WayBack.Restore("default", default));
        Assert.Equal(["The link 'd0' is another one than 'default' made, and is left."], error.NotRolledBack);
        Assert.Equal(before, lab.Machine.Picture().Where(
            line => !line.Contains("d0", StringComparison.Ordinal)));
        Assert.True(lab.Machine.Items.ContainsKey(StateKey.Link("", "d0")));
    }

    [Fact]
    public void A_removal_awaits_confirmation_too()
    {
        var lab = Begun(out var before);
        _ = lab.Set("links: []", s_confirmed);
        Assert.NotEqual(before, lab.Machine.Picture());
        Assert.Null(lab.Store.Find("default"));
        lab.Watch.Now += s_minute;
        Assert.Null(Expire(lab, lab.Watch.Started[0].Confirmation!.Since));
        Assert.Equal(before, lab.Machine.Picture());
        _ = lab.Application.WayBack.Recover(default);
        Assert.Empty(lab.Test(First));
        _ = lab.Set("links: []");
        Assert.True(lab.Store.IsEmpty);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(86401)]
    public void The_time_is_from_a_second_to_a_day(int seconds) => Assert.Equal(
        NetworkErrorCode.InvalidArgument,
        Code(() => _ = new StateOptions { ConfirmTimeout = TimeSpan.FromSeconds(seconds) }));

    [Fact]
    public void The_clock_goes_on_as_the_machine_does_and_a_wait_ends_when_it_should()
    {
        var begin = BootClock.Now;
        Assert.True(begin > TimeSpan.Zero);
        BootClock.WaitUntil(begin - s_second);
        BootClock.WaitUntil(begin + TimeSpan.FromMilliseconds(30));
        Assert.True(BootClock.Now >= begin + TimeSpan.FromMilliseconds(30));
    }

    private static StateLab Begun(out List<string> before)
    {
        var lab = new StateLab();
        _ = lab.Set(First);
        before = lab.Machine.Picture();
        return lab;
    }

    private static TimeSpan? Expire(StateLab lab, TimeSpan since, List<string>? log = null)
        => lab.Application.WayBack.Expire("default", since, line => log?.Add(line), default);

    private static NetworkErrorCode Code(Action action) => Assert.Throws<NetworkException>(action).Code;
}
