using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

public class RollbackTests
{
    [Fact]
    public void Steps_run_newest_first_and_only_after_a_failure()
    {
        var done = new List<string>();
        int Work(Rollback undo, bool fails)
        {
            undo.Add("undo one", () => done.Add("one"));
            undo.Add("undo two", () => done.Add("two"));
            return fails ? throw Failure() : 7;
        }

        Assert.Equal(7, Rollback.Run(undo => Work(undo, fails: false)));
        Assert.Empty(done);
        var failure = Assert.Throws<NetworkException>(() => Rollback.Run(undo => Work(undo, fails: true)));
        Assert.Equal(["two", "one"], done);
        Assert.Empty(failure.NotRolledBack);
        Assert.Equal("It broke.", failure.Message);
    }

    [Fact]
    public void A_step_that_was_never_reached_is_not_undone()
    {
        var done = new List<string>();
        Assert.Throws<NetworkException>(() => Rollback.Run(undo =>
        {
            undo.Add("undo one", () => done.Add("one"));
            Fail(Failure());
            undo.Add("undo two", () => done.Add("two"));
        }));
        Assert.Equal(["one"], done);
    }

    [Fact]
    public void Each_step_runs_whatever_became_of_the_others_and_every_failure_is_told()
    {
        var done = new List<string>();
        var thrown = Failure();
        var failure = Assert.Throws<NetworkException>(() => Rollback.Run(undo =>
        {
            undo.Add("undo one", () => done.Add("one"));
            undo.Add("remove 'v0'", () => throw new NetlinkErrorException(1, null, 0, []));
            undo.Add("undo two", () => done.Add("two"));
            undo.Add("remove 'v1'",
                () => throw new NetworkException(NetworkErrorCode.ResourceBusy, "Cannot remove 'v1': it is in use."));
            undo.Add("undo three", () => throw new InvalidOperationException("a fault of ours"));
            Fail(thrown);
        }));
        Assert.Same(thrown, failure);
        Assert.Equal(["two", "one"], done);
        Assert.Equal(
            ["Cannot undo three: a fault of ours.", "Cannot remove 'v1': it is in use.",
                "Cannot remove 'v0': Operation not permitted."],
            failure.NotRolledBack);
        Assert.Equal($"It broke. Not everything could be rolled back. {string.Join(' ', failure.NotRolledBack)}",
            failure.Message);
    }

    [Theory]
    [InlineData(typeof(OperationCanceledException))]
    [InlineData(typeof(NetlinkTimeoutException))]
    [InlineData(typeof(InvalidOperationException))]
    public void Every_kind_of_failure_stays_what_it_is_and_carries_what_is_left(Type kind)
    {
        var thrown = kind == typeof(NetlinkTimeoutException)
            ? new NetlinkTimeoutException(TimeSpan.FromSeconds(1)) : (Exception)Activator.CreateInstance(kind)!;
        var done = false;
        var failure = Assert.Throws(kind, () => Rollback.Run(undo =>
        {
            undo.Add("undo one", () => done = true);
            undo.Add("remove 'v0'", () => throw new NetworkException(NetworkErrorCode.ResourceBusy, "It is in use."));
            Fail(thrown);
        }));
        Assert.Same(thrown, failure);
        Assert.True(done);
        Assert.Equal(["Cannot remove 'v0': It is in use."], failure.NotRolledBack);
    }

    [Theory]
    [InlineData(NetworkErrorCode.LinkNotFound)]
    [InlineData(NetworkErrorCode.NamespaceNotFound)]
    [InlineData(NetworkErrorCode.AddressNotFound)]
    [InlineData(NetworkErrorCode.ObjectNotFound)]
    public void What_is_gone_already_needs_no_rollback(NetworkErrorCode code)
    {
        var failure = Assert.Throws<NetworkException>(() => Rollback.Run(undo =>
        {
            undo.Add("remove it", () => throw new NetworkException(code, "It is gone."));
            undo.Add("remove its link", () => throw new NetlinkErrorException(19, null, 0, []));
            Fail(Failure());
        }));
        Assert.Empty(failure.NotRolledBack);
        Assert.Equal("It broke.", failure.Message);
    }

    [Fact]
    public void An_outer_rollback_adds_to_what_an_inner_one_tells()
    {
        var failure = Assert.Throws<NetworkException>(() => Rollback.Run(outer =>
        {
            outer.Add("undo the outer", () => throw new InvalidOperationException("no"));
            try
            {
                Rollback.Run(inner =>
                {
                    inner.Add("undo the inner", () => throw new InvalidOperationException("no"));
                    Fail(Failure());
                });
            }
            catch (NetworkException e)
            {
                throw new NetworkException(e.Code, "It broke in other words.", null, e);
            }
        }));
        Assert.Equal(["Cannot undo the inner: no.", "Cannot undo the outer: no."], failure.NotRolledBack);
        Assert.StartsWith("It broke in other words. Not everything", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_step_of_several_parts_tells_each_that_failed()
    {
        var failure = Assert.Throws<NetworkException>(() => Rollback.Run(undo =>
        {
            undo.Add("restore all", () => Rollback.Each(
            [
                new("restore one", () => throw new InvalidOperationException("no")),
                new("restore two", () => { }),
                new("restore three", () => throw new NetworkException(NetworkErrorCode.LinkNotFound, "It is gone.")),
                new("restore four", () => throw new NetworkException(NetworkErrorCode.NoSpace, "It is full.")),
            ]));
            Fail(Failure());
        }));
        Assert.Equal(["Cannot restore all: no.", "Cannot restore four: It is full."], failure.NotRolledBack);
    }

    [Fact]
    public void A_later_step_knows_that_an_earlier_one_failed()
    {
        var seen = new List<bool>();
        Assert.Throws<NetworkException>(() => Rollback.Run(undo =>
        {
            undo.Add("look again", () => seen.Add(undo.HasFailed));
            undo.Add("fail", () => throw new InvalidOperationException("no"));
            undo.Add("look", () => seen.Add(undo.HasFailed));
            Fail(Failure());
        }));
        Assert.Equal([false, true], seen);
    }

    [Fact]
    public void What_is_told_is_bounded_and_printable()
    {
        var failure = Rollback.After(Failure(), Enumerable.Range(0, 500).Select(i => new RollbackStep(
            $"remove {i}", () => throw new InvalidOperationException("\u001b[31m" + new string('x', 5000)))));
        Assert.Equal(500, failure.NotRolledBack.Count);
        Assert.InRange(failure.Message.Length, 100, 2500);
        Assert.DoesNotContain('\u001b', failure.Message);
        Assert.All(failure.NotRolledBack, sentence => Assert.InRange(sentence.Length, 1, 2500));
        Assert.All(failure.NotRolledBack, sentence => Assert.DoesNotContain('\u001b', sentence));
    }

    private static NetworkException Failure() => new(NetworkErrorCode.KernelRefused, "It broke.");

    private static void Fail(Exception failure) => throw failure;
}
