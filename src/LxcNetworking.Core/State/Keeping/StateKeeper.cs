using LxcNetworking.State.Apply;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.Values;

namespace LxcNetworking.State.Keeping;

/// <summary>
/// Keeps what one document says. Whoever uses it has it look when something has happened. What has waited for a
/// container, a namespace or a link is made once that is there, also where it was started anew since the last look; all
/// else that is different is told, and put right where that is wanted.
/// </summary>
/// <param name="document">The document.</param>
/// <param name="repairs">Whether differences are put right.</param>
/// <param name="isStarting">Whether a container is there and not yet to be touched.</param>
/// <param name="clock">What time it is.</param>
internal sealed class StateKeeper(
    StateDocument document, bool repairs, Func<string, bool> isStarting, TimeProvider clock)
{
    private static readonly StateOptions s_options = new() { AllowMissing = true };
    private static readonly TimeSpan s_starting = TimeSpan.FromMilliseconds(50);
    private readonly RetryPause _failures = new(clock, TimeSpan.FromMilliseconds(100));
    private readonly RetryPause _repairs = new(clock, TimeSpan.FromSeconds(1));
    private HashSet<StateKey> _waiting = [];
    private HashSet<string> _different = [], _pending = [], _refused = [];
    private HashSet<StateKey> _failed = [];
    private string? _error;
    // The namespaces that were there, by what tells each from another one of its name.
    private Dictionary<string, string?>? _there;

    /// <summary>The document's name.</summary>
    public string Name => document.Name;

    /// <summary>The namespaces that the document needs and does not make.</summary>
    public IReadOnlyList<string> Namespaces { get; } = [.. StateScope.Of(document.Items).Namespaces
        .Where(name => name.Length > 0)];

    /// <summary>The namespaces that were there at the last look.</summary>
    public IEnumerable<string> NamespacesThere => _there?.Keys ?? Enumerable.Empty<string>();

    /// <summary>Looks, and does what is to be done.</summary>
    /// <param name="application">Applies documents.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>What was found and done.</returns>
    public StateLook Look(StateApplication application, CancellationToken cancellation)
    {
        try
        {
            return Check(application, cancellation);
        }
        catch (NetworkException e)
        {
            return new StateLook { Error = IsPassing(e) ? null : Told(e), Again = _failures.Next() };
        }
    }

    private StateLook Check(StateApplication application, CancellationToken cancellation)
    {
        var (plan, there) = application.Look(document, s_options, cancellation);
        var now = IdentitiesIn(there);
        var starting = now.Where(pair => IsNew(pair.Key, pair.Value) && isStarting(pair.Key))
            .Select(pair => pair.Key).ToList();
        var options = s_options with { NotYet = KeysOf(starting) };
        if (starting.Count > 0)
        {
            plan = application.Look(document, options, cancellation).Plan;
            starting.ForEach(name => now.Remove(name));
        }

        var awaited = _waiting.Concat(Restarted(application, plan, now, options, cancellation)).ToHashSet();
        var pending = plan.Differences.Where(difference => difference.Action == NetStateAction.Pending).ToList();
        var wanted = plan.Differences.Except(pending).Where(difference => awaited.Contains(difference.Key)).ToList();
        var different = plan.Differences.Except(pending).Except(wanted).ToList();
        _there = now;
        var look = new StateLook
        {
            Pending = NewOf(pending, difference => $"{difference}", ref _pending),
            Refusals = NewOf(plan.Refusals, text => text, ref _refused),
            Again = starting.Count > 0 ? s_starting : null,
        };
        look = Make(application, look, wanted, options, cancellation);
        // What could not be made is tried again.
        _waiting = [.. pending.Concat(look.Made.Count > 0 ? [] : wanted).Select(difference => difference.Key)];
        look = Repair(application, look, plan, different, options, cancellation);
        return look with
        {
            Different = NewOf(
                look.Repaired.Count > 0 ? [] : different, difference => $"{difference}", ref _different),
        };
    }

    private StateLook Make(
        StateApplication application,
        StateLook look,
        List<NetStateDifference> wanted,
        StateOptions options,
        CancellationToken cancellation)
    {
        var keys = Keys(wanted);
        if (keys.Count == 0)
            return look;
        // What an attempt leaves behind for a moment has this look again, too.
        if (_failures.Left is { } left && keys.IsSubsetOf(_failed))
            return look with { Again = Sooner(look.Again, left) };
        try
        {
            _ = application.Set(document, options with { Only = keys }, null, cancellation);
            _failures.Reset();
            _error = null;
            return look with { Made = wanted };
        }
        catch (NetworkException e)
        {
            _failed = keys;
            return look with { Error = IsPassing(e) ? null : Told(e), Again = Sooner(look.Again, _failures.Next()) };
        }
    }

    private StateLook Repair(
        StateApplication application,
        StateLook look,
        StatePlan plan,
        List<NetStateDifference> different,
        StateOptions options,
        CancellationToken cancellation)
    {
        if (!repairs || different.Count == 0)
            return look;
        // Somebody else may undo it each time.
        if (_repairs.Left is { } left)
            return look with { Again = Sooner(look.Again, left) };
        var pause = _repairs.Next();
        try
        {
            // What is in the way of one thing is not in the way of all.
            var only = plan.Refusals.Count == 0 ? null : Keys(different);
            _ = application.Set(document, options with { Only = only }, null, cancellation);
            _error = null;
            return look with { Repaired = different };
        }
        catch (NetworkException e)
        {
            return look with { Error = look.Error ?? Told(e), Again = Sooner(look.Again, pause) };
        }
    }

    private static TimeSpan Sooner(TimeSpan? one, TimeSpan other) => one < other ? one.Value : other;

    // What a container, a namespace or a link that was not there at the last look would have waiting.
    private IEnumerable<StateKey> Restarted(
        StateApplication application,
        StatePlan plan,
        Dictionary<string, string?> now,
        StateOptions options,
        CancellationToken cancellation)
    {
        var restarted = _there is null ? plan.Others.ToHashSet()
            : KeysOf(now.Where(pair => IsNew(pair.Key, pair.Value)).Select(pair => pair.Key));
        if (restarted.Count == 0)
            return [];
        restarted.UnionWith(options.NotYet);
        return application.Look(document, options with { NotYet = restarted }, cancellation).Plan.Differences
            .Where(difference => difference.Action == NetStateAction.Pending).Select(difference => difference.Key);
    }

    private bool IsNew(string name, string? identity)
        => _there is null || !_there.TryGetValue(name, out var before) || before != identity;

    private static Dictionary<string, string?> IdentitiesIn(StateSnapshot there) => there.Items.Values
        .Where(item => item.Key.Subject == StateSubject.Namespace)
        .ToDictionary(item => item.Key.Name, item => item.Identity, StringComparer.Ordinal);

    private static HashSet<StateKey> KeysOf(IEnumerable<string> namespaces) => [.. namespaces.Select(StateKey.Of)];

    private static HashSet<StateKey> Keys(IEnumerable<NetStateDifference> differences)
        => [.. differences.Select(difference => difference.Key)];

    private static List<T> NewOf<T>(IReadOnlyList<T> items, Func<T, string> textOf, ref HashSet<string> known)
    {
        var before = known;
        known = [.. items.Select(textOf)];
        return [.. items.Where(item => !before.Contains(textOf(item)))];
    }

    // A namespace has gone while it was looked at, and may be another one by now.
    private static bool IsPassing(NetworkException error) => error.NotRolledBack.Count == 0
        && error.Code is NetworkErrorCode.NamespaceNotFound or NetworkErrorCode.NamespaceChanged
            or NetworkErrorCode.NotANamespace or NetworkErrorCode.ContainerNotFound;

    // An error is told once.
    private NetworkException? Told(NetworkException error)
    {
        var before = _error;
        _error = error.Message;
        return error.Message == before ? null : error;
    }

    /// <summary>Waits between attempts, each twice as long as the one before, and short again after a while
    /// without.</summary>
    private sealed class RetryPause(TimeProvider clock, TimeSpan first)
    {
        private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(5);
        private TimeSpan _pause;
        private long _since;

        /// <summary>How much is left of the last pause; null for nothing.</summary>
        public TimeSpan? Left => _pause - Elapsed is { Ticks: > 0 } left ? left : null;

        private TimeSpan Elapsed => clock.GetElapsedTime(_since);

        /// <summary>Begins the next one.</summary>
        public TimeSpan Next()
        {
            _pause = _pause == TimeSpan.Zero || Elapsed > _pause * 4 ? first
                : _pause * 2 > s_longest ? s_longest : _pause * 2;
            _since = clock.GetTimestamp();
            return _pause;
        }

        /// <summary>Begins anew.</summary>
        public void Reset() => _pause = TimeSpan.Zero;
    }
}
