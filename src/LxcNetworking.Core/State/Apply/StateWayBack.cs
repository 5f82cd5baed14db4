using System.Globalization;
using LxcNetworking.Netlink;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.Values;

namespace LxcNetworking.State.Apply;

/// <summary>
/// Puts back what was there before documents were applied: by commands that failed or were killed, and by those that
/// nobody has confirmed in time.
/// </summary>
/// <param name="kernel">The machine.</param>
/// <param name="store">Where records are kept.</param>
/// <param name="watch">What puts back what nobody confirms.</param>
internal sealed class StateWayBack(IStateKernel kernel, IStateStore store, IStateWatch watch)
{
    /// <summary>What became of a document, and what could not be put back.</summary>
    public sealed record StateOutcome(string Document, NetStateResult Result, IReadOnlyList<string> NotPutBack);

    /// <summary>The journals that await confirmation, in the order in which they were applied.</summary>
    public IReadOnlyList<StateRecord> Awaiting() =>
    [
        .. store.Journals().Where(journal => journal.Confirmation is { IsApplied: true, NotPutBack: null })
            .OrderBy(journal => journal.Confirmation!.Since),
    ];

    /// <summary>How long it is until what was there before is put back.</summary>
    public TimeSpan RemainingOf(StateRecord journal)
    {
        var left = journal.Confirmation!.Deadline - watch.Now;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>Puts back what commands that were killed left undone, and what nobody has confirmed in time.</summary>
    /// <returns>The documents, and those that lxcnet has put back since the last command.</returns>
    /// <exception cref="NetworkException">Something cannot be put back.</exception>
    public IReadOnlyList<StateOutcome> Recover(CancellationToken cancellation)
    {
        if (Due().Count == 0)
        {
            store.Sweep();
            return [];
        }

        using var turn = store.Lock(cancellation);
        return PutBackDue();
    }

    /// <summary>The same for who has the lock.</summary>
    public IReadOnlyList<StateOutcome> PutBackDue()
    {
        var result = new List<StateOutcome>();
        NetworkException? first = null;
        foreach (var journal in Due())
        {
            if (journal.Confirmation?.NotPutBack is { } known)
            {
                store.RemoveJournal(journal.Document);
                result.Add(new(journal.Document, NetStateResult.Expired, known));
                continue;
            }

            var isKilled = journal.Confirmation?.IsApplied != true;
            var failure = Failure(journal, isKilled ? Killed(journal) : NotConfirmed(journal));
            RollBack(journal, failure);
            if (failure.NotRolledBack.Count == 0)
                result.Add(new(journal.Document, isKilled ? NetStateResult.Killed : NetStateResult.Expired, []));
            else if (first is null)
                first = failure;
            else
                RollbackFailures.Add(first, failure.NotRolledBack);
        }

        return first is null ? result : throw first;
    }

    /// <summary>Refuses what may go back with something that awaits confirmation.</summary>
    /// <param name="document">The document that is to be applied.</param>
    /// <param name="isConfirmed">Whether it awaits confirmation itself, so that it can go back first.</param>
    /// <exception cref="NetworkException">ResourceBusy.</exception>
    public void CheckFree(string document, bool isConfirmed)
    {
        var awaiting = Awaiting();
        var own = awaiting.FirstOrDefault(journal => journal.Document == document);
        if (own is null && (isConfirmed || awaiting.Count == 0))
            return;
        var journal = own ?? awaiting[^1];
        throw new NetworkException(
            NetworkErrorCode.ResourceBusy,
            $"The document '{journal.Document}' awaits confirmation for another {Seconds(RemainingOf(journal))}"
                + (own is null ? ", and what is done meanwhile may go with it." : "."),
            document)
        {
            Advice =
            [
                Advice.To(AdviceKind.Confirm, AdviceThing.State, null, journal.Document),
                Advice.To(AdviceKind.PutBack, AdviceThing.State, null, journal.Document),
                .. own is null ? [Advice.Give("ConfirmTimeout")] : Array.Empty<Advice>(),
            ],
        };
    }

    /// <summary>Makes sure that a document awaits confirmation.</summary>
    /// <exception cref="NetworkException">ObjectNotFound: it does not; TimedOut: not any more.</exception>
    public void CheckAwaiting(string document, CancellationToken cancellation)
    {
        using var turn = store.Lock(cancellation);
        _ = Find(document, out _);
    }

    /// <summary>Keeps what awaits confirmation.</summary>
    /// <param name="document">The document's name.</param>
    /// <param name="cancellation">Ends the wait for another command.</param>
    /// <exception cref="NetworkException">ObjectNotFound: it does not await it; TimedOut: not any more; ResourceBusy:
    /// one that was applied before it does too, and would take it back with itself.</exception>
    public StateOutcome Confirm(string document, CancellationToken cancellation)
    {
        using var turn = store.Lock(cancellation);
        var journals = Find(document, out var journal);
        if (journals[0] != journal)
        {
            throw new NetworkException(
                NetworkErrorCode.ResourceBusy,
                $"The document '{document}' was applied after '{journals[0].Document}', which awaits confirmation too, "
                    + "and would take it back with itself. Confirm that one first.",
                document);
        }

        store.RemoveJournal(document);
        return new(document, NetStateResult.Confirmed, []);
    }

    /// <summary>Puts back what was there before a document that awaits confirmation, and before those that were applied
    /// after it.</summary>
    /// <param name="document">The document's name.</param>
    /// <param name="cancellation">Ends the wait for another command.</param>
    /// <returns>What was put back, in that order.</returns>
    /// <exception cref="NetworkException">ObjectNotFound, TimedOut as for <see cref="Confirm"/>; KernelRefused:
    /// something cannot be put back.</exception>
    public IReadOnlyList<StateOutcome> Restore(string document, CancellationToken cancellation)
    {
        using var turn = store.Lock(cancellation);
        var result = new List<StateOutcome>();
        var journals = Find(document, out var last);
        var failure = Failure(last, $"The document '{document}' was to go back.");
        foreach (var journal in journals.Reverse().TakeWhile(journal => journal.Confirmation!.Since
            >= last.Confirmation!.Since))
        {
            RollBack(journal, failure);
            result.Add(new(journal.Document, NetStateResult.Restored, []));
        }

        return failure.NotRolledBack.Count == 0 ? result : throw failure;
    }

    /// <summary>For the process that waits: until when.</summary>
    /// <returns>Null where there is nothing to wait for any more.</returns>
    public TimeSpan? DeadlineOf(string document, TimeSpan since) => Watched(document, since)?.Confirmation!.Deadline;

    /// <summary>For the process that waits: whether the deadline has come.</summary>
    public bool IsOver(string document, TimeSpan since) => DeadlineOf(document, since) <= watch.Now;

    /// <summary>For the process that waits, at the deadline: puts back what nobody has confirmed, and notes it for the
    /// next command.</summary>
    /// <param name="document">The document's name.</param>
    /// <param name="since">When it was applied.</param>
    /// <param name="log">Told what was done.</param>
    /// <param name="cancellation">Ends the wait for another command.</param>
    /// <returns>When to come again; null where all is done.</returns>
    public TimeSpan? Expire(string document, TimeSpan since, Action<string> log, CancellationToken cancellation)
    {
        using var turn = store.Lock(cancellation);
        if (Watched(document, since) is not { Confirmation: { } watched })
            return null;
        // While it was applied, another deadline was on file. A command that was killed has left that one.
        if (watched.IsApplied && watched.Deadline > watch.Now)
            return watched.Deadline;
        foreach (var journal in Due().Where(journal => journal.Confirmation is { NotPutBack: null }))
        {
            var failure = Failure(journal, NotConfirmed(journal));
            RollBack(journal, failure, isToldLater: true);
            log($"{NotConfirmed(journal)} "
                + (failure.NotRolledBack.Count == 0 ? "What it had done is put back."
                    : $"This cannot be put back: {string.Join(' ', failure.NotRolledBack)}"));
        }

        return null;
    }

    /// <summary>Puts back what was there before a document was applied. What cannot be is added to the
    /// failure. Where nothing could be done at all, the journal stays, and the next command tries again.</summary>
    /// <param name="journal">What was there, and what the document owned.</param>
    /// <param name="failure">Why it is put back.</param>
    /// <param name="isToldLater">Whether the next command is to tell it: a note takes the journal's place.</param>
    public void RollBack(StateRecord journal, Exception failure, bool isToldLater = false)
    {
        try
        {
            var there = kernel.Read(journal.Scope, CancellationToken.None);
            var items = WithoutOthers(journal, there.Items, failure);
            var before = items.ToDictionary(item => item.Key);
            var plan = StatePlanner.Make(new(journal.Document, items, there.Items, before)
            {
                Adopt = true,
                Force = true,
                IsRestoring = true,
            });
            RollbackFailures.Add(failure, plan.Refusals);
            foreach (var step in plan.Steps)
                Try(step, failure);
            foreach (var item in items.Where(item => item.Presence == NetStatePresence.Absent))
                kernel.RemoveLeftover(item.Key);
        }
        catch (Exception e)
        {
            RollbackFailures.Add(failure, [$"What was there before cannot be put back: {e.Message}"], e);
            return;
        }

        if (journal.Owned.Count > 0 || store.Find(journal.Document) is not null)
            store.Write(new StateRecord(journal.Document, journal.Cookie, OwnedAgain(journal)));
        if (!isToldLater)
        {
            store.RemoveJournal(journal.Document);
            return;
        }

        // The file is replaced at once: a command that looks meanwhile sees that something was put back.
        store.WriteJournal(new StateRecord(journal.Document, journal.Cookie, [])
        {
            Confirmation = journal.Confirmation! with { NotPutBack = failure.NotRolledBack },
        });
    }

    // What the document has made and somebody else has made anew since is not removed.
    private List<StateItem> WithoutOthers(
        StateRecord journal, IReadOnlyDictionary<StateKey, StateItem> there, Exception failure)
    {
        var made = journal.Confirmation?.IsApplied == true ? store.Find(journal.Document)?.Owned : null;
        var others = (made ?? []).Where(item => item.Identity is not null
                && there.GetValueOrDefault(item.Key) is { Identity: { } identity } now
                && identity != item.Identity && now.Owner != journal.Document)
            .Select(item => item.Key).ToHashSet();
        var left = journal.Before.Where(
            item => item.Presence == NetStatePresence.Absent && others.Contains(item.Key)).ToList();
        RollbackFailures.Add(failure, left.Select(item => $"The {item.Key.Words} is another one than '"
            + $"{journal.Document}' made, and is left."));
        return [.. journal.Before.Except(left)];
    }

    // What was made again on the way back is as much the document's as what was there before.
    private List<StateItem> OwnedAgain(StateRecord journal)
    {
        var now = kernel.Read(journal.Scope, CancellationToken.None).Items;
        var touched = journal.Before.Select(item => item.Key).ToHashSet();
        return [.. journal.Owned.Select(item => touched.Contains(item.Key) && now.TryGetValue(item.Key, out var there)
            ? item with { Identity = there.Identity } : item)];
    }

    private void Try(StateStep step, Exception failure)
    {
        try
        {
            kernel.Do(step, step.After?.Owner, CancellationToken.None);
        }
        catch (Exception e)
        {
            RollbackFailures.Add(failure, [$"Cannot {step.Words}: {e.Message}"], e);
        }
    }

    private static string NotConfirmed(StateRecord journal)
        => $"The document '{journal.Document}' was not confirmed in time.";

    private static string Killed(StateRecord journal)
        => $"A command that applied the document '{journal.Document}' was killed.";

    private static NetworkException Failure(StateRecord journal, string why) => new(
        NetworkErrorCode.KernelRefused, $"{why} Not all that it had done can be put back.", journal.Document);

    private static string Seconds(TimeSpan time)
    {
        var seconds = (long)Math.Ceiling(time.TotalSeconds);
        return seconds == 1 ? "second" : string.Create(CultureInfo.InvariantCulture, $"{seconds} seconds");
    }

    private StateRecord? Watched(string document, TimeSpan since) => store.Journals().FirstOrDefault(
        journal => journal.Document == document && journal.Confirmation is { NotPutBack: null } confirmation
            && confirmation.Since == since);

    private IReadOnlyList<StateRecord> Find(string document, out StateRecord journal)
    {
        var expired = PutBackDue();
        var awaiting = Awaiting();
        journal = awaiting.FirstOrDefault(item => item.Document == document)!;
        if (journal is not null)
            return awaiting;
        var shown = KernelText.Shown(document);
        throw expired.Any(item => item.Document == document)
            ? new NetworkException(
                NetworkErrorCode.TimedOut,
                $"The document '{shown}' was not confirmed in time. What it had done is put back.",
                document)
            : new NetworkException(
                NetworkErrorCode.ObjectNotFound, $"The document '{shown}' does not await confirmation.", document);
    }

    // What was applied last goes first. What was applied after something that goes back stands on it, and goes too.
    private List<StateRecord> Due()
    {
        var journals = store.Journals();
        var now = watch.Now;
        var from = journals.Where(journal => journal.Confirmation is { NotPutBack: null } && IsDue(journal))
            .Select(journal => journal.Confirmation!.Since).DefaultIfEmpty(TimeSpan.MaxValue).Min();
        return
        [
            .. journals.Where(journal => IsDue(journal) || journal.Confirmation?.Since >= from)
                .OrderByDescending(journal => journal.Confirmation?.Since ?? TimeSpan.MaxValue),
        ];

        // One that is not applied is another command's, which has the lock, or a killed one's.
        bool IsDue(StateRecord journal) => journal.Confirmation is not { IsApplied: true, NotPutBack: null } waiting
            || waiting.Deadline <= now;
    }
}
