using LxcNetworking.Namespaces;
using LxcNetworking.State.Apply;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Kernel;
using LxcNetworking.State.Plans;
using LxcNetworking.Values;

namespace LxcNetworking.State;

/// <summary>Declared state: what is different from a document, and all made as it says.</summary>
public sealed class StateOperations : IStackOperations<StateOperations>
{
    private readonly StateApplication _application;
    private readonly StateFiles _files;
    private readonly KernelState _kernel;
    private readonly NetworkStack _stack;

    internal StateOperations(NetworkStack stack)
    {
        _stack = stack;
        _kernel = new KernelState(stack);
        _files = new StateFiles(stack.Cookie);
        _application = new StateApplication(_kernel, _files, new StateWatch(stack, _files), stack.Cookie);
    }

    /// <summary>Applies documents.</summary>
    internal StateApplication Application => _application;

    /// <summary>Puts back what was there before.</summary>
    internal StateWayBack WayBack => _application.WayBack;

    static StateOperations IStackOperations<StateOperations>.On(NetworkStack stack) => new(stack);

    /// <summary>Says what is different from a document, in its order, and what would be done about it.</summary>
    /// <param name="document">The document.</param>
    /// <param name="options">How it would be applied; null for the usual way.</param>
    /// <param name="cancellation">Ends the look.</param>
    /// <returns>The differences; empty where all is as the document says.</returns>
    /// <exception cref="NetworkException">What the document wants cannot be, or takes an option.</exception>
    public IReadOnlyList<NetStateDifference> Test(
        StateDocument document, StateOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(document);
        return _application.Test(document, options ?? new(), cancellation);
    }

    /// <summary>Sends what a document's checks say, from where they say, and tells what answers.</summary>
    /// <param name="document">The document.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>What came of each check, in the document's order; none throws.</returns>
    public IEnumerable<NetStateCheck> TestTraffic(
        StateDocument document, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(document);
        var traffic = new StateTraffic(_stack);
        return document.Checks.Select(check => traffic.Run(document.Name, check, cancellation));
    }

    /// <summary>Makes all as a document says, whole or not at all. What an earlier document of the same name made, and
    /// this one does not have, is removed.</summary>
    /// <param name="document">The document.</param>
    /// <param name="options">How; null for the usual way.</param>
    /// <param name="report">Told of each step before it is done: its number from 0, how many there are, and what it
    /// does.</param>
    /// <param name="cancellation">Ends it; all is put back.</param>
    /// <returns>What was different.</returns>
    /// <exception cref="NetworkException">A step cannot be done, or what was done is not so afterwards; all is
    /// back, and what is not is in <see cref="NetworkException.NotRolledBack"/>.</exception>
    public IReadOnlyList<NetStateDifference> Set(
        StateDocument document,
        StateOptions? options = null,
        Action<int, int, string>? report = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(document);
        return _application.Set(document, options ?? new(), report, cancellation);
    }

    /// <summary>Removes all that a document has made, without needing the document.</summary>
    /// <param name="name">The document's name.</param>
    /// <param name="options">How; null for the usual way.</param>
    /// <param name="report">As for <see cref="Set"/>.</param>
    /// <param name="cancellation">Ends it; all is put back.</param>
    /// <returns>What was removed.</returns>
    /// <exception cref="NetworkException">ObjectNotFound: no document of that name was applied here.</exception>
    public IReadOnlyList<NetStateDifference> Remove(
        string name,
        StateOptions? options = null,
        Action<int, int, string>? report = null,
        CancellationToken cancellation = default)
    {
        Recover(cancellation);
        return _files.Find(name) is null ? throw NotFound(name)
            : _application.Set(new StateDocument(name, []), options ?? new(), report, cancellation);
    }

    /// <summary>What would be removed.</summary>
    /// <param name="name">The document's name.</param>
    /// <param name="options">How; null for the usual way.</param>
    /// <param name="cancellation">Ends the look.</param>
    /// <returns>The things.</returns>
    /// <exception cref="NetworkException">ObjectNotFound: no document of that name was applied here.</exception>
    public IReadOnlyList<NetStateDifference> TestRemoval(
        string name, StateOptions? options = null, CancellationToken cancellation = default)
        => _files.Find(name) is null ? throw NotFound(name)
            : _application.Test(new StateDocument(name, []), options ?? new(), cancellation);

    /// <summary>What stands there now, whoever made it.</summary>
    /// <param name="namespaces">The namespaces besides the one of this stack; null for none.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The document that says it.</returns>
    /// <exception cref="NetworkException">NamespaceNotFound, PermissionDenied …</exception>
    public StateDocument Read(IReadOnlyCollection<string>? namespaces = null, CancellationToken cancellation = default)
    {
        var scope = StateScope.All([string.Empty, .. namespaces ?? []]);
        return new StateDocument(null, StateExport.Of(_kernel.Read(scope, cancellation).Items.Values));
    }

    /// <summary>What stands there now, whoever made it, in the namespace of this stack and in all that have
    /// names.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The document that says it.</returns>
    /// <exception cref="NetworkException">NamespaceNotFound, PermissionDenied …</exception>
    public StateDocument ReadAll(CancellationToken cancellation = default) => Read(
        [
            .. _stack.Pool.Namespaces.List(all: false, cancellation)
                .Where(item => !item.IsCurrent).DistinctBy(item => item.NamespaceId)
                .Select(item => item.Name).OfType<string>(),
        ],
        cancellation);

    /// <summary>What a document has made, as it is now.</summary>
    /// <param name="name">The document's name.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The document that says it.</returns>
    /// <exception cref="NetworkException">ObjectNotFound: no document of that name was applied here.</exception>
    public StateDocument ReadOwn(string name, CancellationToken cancellation = default)
    {
        var record = _files.Find(name) ?? throw NotFound(name);
        var there = _kernel.Read(StateScope.Of(record.Owned), cancellation).Items;
        var own = record.Owned.Select(item => there.GetValueOrDefault(item.Key)).OfType<StateItem>();
        return new StateDocument(name, StateExport.Of(own));
    }

    /// <summary>The names of the documents that have made something here.</summary>
    /// <returns>The names.</returns>
    public IReadOnlyList<string> ListNames() => [.. _files.List().Select(record => record.Document)];

    /// <summary>The documents that await confirmation (<see cref="StateOptions.ConfirmTimeout"/>), in the order in
    /// which they were applied.</summary>
    /// <returns>Their names, and how long each one still waits.</returns>
    public IReadOnlyList<NetStateAwaiting> ListAwaiting() =>
        [.. WayBack.Awaiting().Select(journal => new NetStateAwaiting(journal.Document, WayBack.RemainingOf(journal)))];

    /// <summary>Makes sure that a document awaits confirmation.</summary>
    /// <param name="name">The document's name.</param>
    /// <param name="cancellation">Ends the wait for another command.</param>
    /// <exception cref="NetworkException">ObjectNotFound: it does not; TimedOut: not any more, and what was there is
    /// put back.</exception>
    public void CheckAwaiting(string name, CancellationToken cancellation = default)
        => WayBack.CheckAwaiting(name, cancellation);

    /// <summary>Keeps what a document has done that awaits confirmation.</summary>
    /// <param name="name">The document's name.</param>
    /// <param name="cancellation">Ends the wait for another command.</param>
    /// <returns>What became of the document.</returns>
    /// <exception cref="NetworkException">ObjectNotFound: it does not await confirmation; TimedOut: not any more, and
    /// what was there is put back; ResourceBusy: one that was applied before it awaits confirmation
    /// too.</exception>
    public NetStateOutcome Confirm(string name, CancellationToken cancellation = default)
        => OutcomeOf(WayBack.Confirm(name, cancellation));

    /// <summary>Puts back what was there before a document that awaits confirmation, and before those that were applied
    /// after it.</summary>
    /// <param name="name">The document's name.</param>
    /// <param name="cancellation">Ends the wait for another command.</param>
    /// <returns>What became of the documents, the last one that was applied first.</returns>
    /// <exception cref="NetworkException">ObjectNotFound: it does not await confirmation; TimedOut: not any more, and
    /// what was there is put back; KernelRefused: something cannot be put back, which is in
    /// <see cref="NetworkException.NotRolledBack"/>.</exception>
    public IReadOnlyList<NetStateOutcome> Restore(string name, CancellationToken cancellation = default)
        => [.. WayBack.Restore(name, cancellation).Select(OutcomeOf)];

    /// <summary>Puts back what commands that were killed left undone, and what nobody has confirmed in time.</summary>
    /// <param name="cancellation">Ends the wait for another command.</param>
    /// <returns>What became of the documents since the last command, whoever has put them back.</returns>
    /// <exception cref="NetworkException">Something cannot be put back.</exception>
    public IReadOnlyList<NetStateOutcome> Recover(CancellationToken cancellation = default)
        => [.. WayBack.Recover(cancellation).Select(OutcomeOf)];

    /// <summary>What is there of things, and of what a document has made.</summary>
    /// <param name="items">The things.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <param name="document">The document's name; null for none.</param>
    internal StateSnapshot Look(
        IEnumerable<StateItem> items, CancellationToken cancellation, string? document = null)
        => _kernel.Read(
            StateScope.Of(items.Concat(document is null ? [] : _files.Find(document)?.Owned ?? [])), cancellation);

    /// <summary>Whether a document has made something here.</summary>
    internal bool HasMade(string document) => _files.Find(document) is not null;

    /// <summary>All that a link has, as documents say it.</summary>
    internal IReadOnlyDictionary<string, string> ValuesOfLink(string name)
        => _kernel.Read(StateScope.Of([]), CancellationToken.None).Items[StateKey.Link(string.Empty, name)].Values;

    private NetStateOutcome OutcomeOf(StateWayBack.StateOutcome outcome) => new()
    {
        Name = outcome.Document,
        Namespace = _stack.Namespace,
        Result = outcome.Result,
        NotPutBack = [.. outcome.NotPutBack],
    };

    private NetworkException NotFound(string name) => new(
        NetworkErrorCode.ObjectNotFound,
        $"No document '{Netlink.KernelText.Shown(name)}' has made anything in namespace '{_stack.Namespace}'.",
        name)
    {
        Advice = [Advice.List(AdviceThing.State, _stack.Namespace.Text, options: ("Name", "*"))],
    };
}

/// <summary>Gives a stack its <see cref="StateOperations"/>.</summary>
public static class StateOperationsOfStack
{
    extension(NetworkStack stack)
    {
        /// <summary>Declared state.</summary>
        public StateOperations State => stack.Operations<StateOperations>();
    }
}
