using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.Values;

namespace LxcNetworking.State.Apply;

/// <summary>
/// Applies documents: plans, does the steps, and reads all back. Whatever fails, all is put back; what was there is on
/// file before the first step, so that the next command puts it back where this one was killed.
/// </summary>
/// <param name="kernel">The machine.</param>
/// <param name="store">Where records are kept.</param>
/// <param name="watch">What puts back what nobody confirms.</param>
/// <param name="cookie">The kernel's number of the namespace that documents are for.</param>
internal sealed class StateApplication(IStateKernel kernel, IStateStore store, IStateWatch watch, ulong cookie)
{
    /// <summary>Puts back what was there before.</summary>
    public StateWayBack WayBack { get; } = new(kernel, store, watch);

    /// <summary>Says what is different.</summary>
    public IReadOnlyList<NetStateDifference> Test(
        StateDocument document, StateOptions options, CancellationToken cancellation)
    {
        var record = store.Find(document.Name);
        return Plan(document, record, Read(document, record, cancellation), options).Differences;
    }

    /// <summary>Says what is different, also where something is in the way.</summary>
    public (StatePlan Plan, StateSnapshot There) Look(
        StateDocument document, StateOptions options, CancellationToken cancellation)
    {
        var record = store.Find(document.Name);
        var there = Read(document, record, cancellation);
        return (Plan(document, record, there, options, isTolerant: true), there);
    }

    /// <summary>Makes all as a document says.</summary>
    /// <param name="document">The document.</param>
    /// <param name="options">How.</param>
    /// <param name="report">Told of each step before it is done: its number from 0, how many there are, its
    /// words.</param>
    /// <param name="cancellation">Ends it; all is put back.</param>
    /// <returns>What was different.</returns>
    public IReadOnlyList<NetStateDifference> Set(
        StateDocument document,
        StateOptions options,
        Action<int, int, string>? report,
        CancellationToken cancellation)
    {
        using var turn = store.Lock(cancellation);
        WayBack.PutBackDue();
        WayBack.CheckFree(document.Name, options.ConfirmTimeout is not null);
        var record = store.Find(document.Name);
        var before = Read(document, record, cancellation);
        var plan = Plan(document, record, before, options);
        cancellation.ThrowIfCancellationRequested();
        if (plan.Steps.Count == 0)
        {
            Keep(document.Name, record, plan, before.Items);
            return plan.Differences;
        }

        var journal = Journal(document, record, plan, before) with
        {
            Confirmation = options.ConfirmTimeout is { } timeout ? new(watch.Now, timeout) : null,
        };
        store.WriteJournal(journal);
        try
        {
            // Nothing is ever applied that nobody watches.
            if (journal.Confirmation is not null)
                watch.Start(journal, cancellation);
            Run(plan.Steps, document.Name, report, cancellation);
            var after = Verify(document, options, journal, plan);
            Keep(document.Name, record, plan, after.Items);
            if (journal.Confirmation is { } confirmation)
                store.WriteJournal(journal with { Confirmation = confirmation.Applied(watch.Now) });
        }
        catch (Exception failure)
        {
            WayBack.RollBack(journal, failure);
            throw;
        }

        if (journal.Confirmation is null)
            store.RemoveJournal(document.Name);
        return plan.Differences;
    }

    private StateSnapshot Read(StateDocument document, StateRecord? record, CancellationToken cancellation)
        => kernel.Read(StateScope.Of(document.Items.Concat(record?.Owned ?? [])), cancellation);

    private StatePlan Plan(
        StateDocument document,
        StateRecord? record,
        StateSnapshot there,
        StateOptions options,
        bool isTolerant = false)
        => StatePlanner.Make(
            new(document.Name, document.Items, there.Items, OwnedOf(record, there.Items))
            {
                Adopt = options.Adopt,
                Force = options.Force,
                AllowMissing = options.AllowMissing,
                Only = options.Only,
                NotYet = options.NotYet,
                IsTolerant = isTolerant,
                Keeps = options.Keeps,
                Pending = there.Pending,
                Complete = item => kernel.Complete(item, options.Force),
                Connections = kernel.Connections,
                NewMacAddress = item => kernel.NewMacAddress(document.Name, item),
            });

    // What has another identity by now is somebody else's, as is what another document has taken over; a thing without
    // an identity is told by its key.
    private static Dictionary<StateKey, StateItem> OwnedOf(
        StateRecord? record, IReadOnlyDictionary<StateKey, StateItem> there)
        => (record?.Owned ?? []).Where(item => !there.TryGetValue(item.Key, out var now)
                || ((item.Identity is null || item.Identity == now.Identity)
                    && (now.Owner is null || now.Owner == record!.Document)))
            .ToDictionary(item => item.Key);

    private void Run(
        IReadOnlyList<StateStep> steps,
        string? document,
        Action<int, int, string>? report,
        CancellationToken cancellation)
    {
        for (var i = 0; i < steps.Count;)
        {
            var together = Together(steps, i);
            cancellation.ThrowIfCancellationRequested();
            report?.Invoke(i, steps.Count, steps[i].Words);
            if (together == 1)
                kernel.Do(steps[i], document, cancellation);
            else
                kernel.RemoveLinks([.. steps.Skip(i).Take(together)], cancellation);
            i += together;
        }
    }

    // Links of one namespace that are removed one after the other.
    private static int Together(IReadOnlyList<StateStep> steps, int first)
    {
        var count = 1;
        if (IsRemoval(steps[first]))
        {
            while (first + count < steps.Count && IsRemoval(steps[first + count])
                && steps[first + count].Key.Namespace == steps[first].Key.Namespace)
                count++;
        }

        return count;

        static bool IsRemoval(StateStep step)
            => step is { Key.Subject: StateSubject.Link, Action: NetStateAction.Remove };
    }

    private StateSnapshot Verify(
        StateDocument document, StateOptions options, StateRecord journal, StatePlan done)
    {
        var after = kernel.Read(
            StateScope.Of(document.Items.Concat(journal.Owned), journal.Namespaces), CancellationToken.None);
        var made = new StateRecord(document.Name, cookie, [.. done.Owned]);
        var left = Plan(document, made, after, options).Differences
            .Where(difference => difference.Action != NetStateAction.Pending).ToList();
        if (left.Count == 0)
            return after;
        throw new NetworkException(
            NetworkErrorCode.KernelRefused,
            $"After all steps these are not as '{document.Name}' says: "
                + $"{string.Join("; ", left.Select(difference => difference.ToString()))}.",
            document.Name);
    }

    private void Keep(
        string document, StateRecord? record, StatePlan plan, IReadOnlyDictionary<StateKey, StateItem> there)
    {
        List<StateItem> owned = [.. plan.Owned.Select(
            item => item with { Identity = there.GetValueOrDefault(item.Key)?.Identity, Path = string.Empty })];
        var now = new StateRecord(document, cookie, owned);
        if (record is null ? owned.Count > 0 : !now.ToJson().AsSpan().SequenceEqual(record.ToJson()))
            store.Write(now);
    }

    private StateRecord Journal(
        StateDocument document, StateRecord? record, StatePlan plan, StateSnapshot before)
    {
        var owned = (record?.Owned ?? []).ToDictionary(item => item.Key);
        var touched = new Dictionary<StateKey, StateItem>();
        var removed = plan.Steps.Where(step => step.After is null).Select(step => step.Key).ToList();
        foreach (var step in plan.Steps)
        {
            Touch(step.Key);
            if (step.Peer is { } peer)
                Touch(peer.Key);
        }

        var made = plan.Steps.Where(step => step.Before is null).Select(step => step.After!).ToList();
        var changes = plan.Steps.Where(step => step.Action == NetStateAction.Change).ToList();
        var losses = new StateLosses(before.Items, removed, made, changes);
        foreach (var lost in losses.Lost.Select(pair => pair.Item).Concat(losses.Ports.Select(pair => pair.Port)))
            Touch(lost.Key);
        return new StateRecord(document.Name, cookie, record?.Owned ?? [])
        {
            Before = [.. touched.Values],
            Namespaces =
            [
                .. StateScope.Of(document.Items.Concat(record?.Owned ?? []).Concat(touched.Values)).Namespaces,
            ],
        };

        void Touch(StateKey key)
        {
            var was = before.Items.GetValueOrDefault(key) ?? new StateItem(key) { Presence = NetStatePresence.Absent };
            if (!was.IsTransient)
                touched.TryAdd(key, StateSecrets.WithFile(was, owned.GetValueOrDefault(key)));
        }
    }
}
