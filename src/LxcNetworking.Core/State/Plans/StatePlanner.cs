using LxcNetworking.State.Documents;
using LxcNetworking.Values;

namespace LxcNetworking.State.Plans;

/// <summary>
/// Compares what a document says with what is there, and says what is to be done, in order. It asks nobody: all that it
/// knows is in its input.
/// </summary>
internal sealed class StatePlanner
{
    private static readonly Advice[] s_missing = [Advice.OverrideBy(nameof(StatePlanInput.AllowMissing))];
    private readonly StatePlanInput _input;
    private readonly ParentNamespaces _parents;
    private readonly Dictionary<StateKey, StateItem> _desired = [];
    private readonly List<NetStateDifference> _differences = [];
    private readonly List<NetworkException> _refusals = [];
    // What is made, and what goes: a thing that is made again is in both.
    private readonly Dictionary<StateKey, StateItem> _made = [];
    private readonly Dictionary<StateKey, StateItem> _gone = [];
    // What goes by itself, each with what it goes with.
    private readonly Dictionary<StateKey, StateKey> _lost = [];
    private StateLosses? _losses;
    private StateWaiting? _waiting;
    private readonly List<StateStep> _changes = [];
    private readonly Dictionary<StateKey, StateItem> _owned = [];

    private StatePlanner(StatePlanInput input)
    {
        _input = input.WithLoopbacks();
        _parents = new ParentNamespaces(_input.Desired, _input.Actual);
    }

    /// <summary>Makes a plan.</summary>
    /// <exception cref="NetworkException">What the document wants cannot be, or takes Adopt or Force; all reasons are
    /// in the message.</exception>
    public static StatePlan Make(StatePlanInput input) => new StatePlanner(input).Make();

    private StatePlan Make()
    {
        foreach (var item in _input.Desired)
            _desired.Add(item.Key, Complete(_parents.Resolve(item)));
        foreach (var (item, problem) in _parents.Problems)
            Refuse(NetworkErrorCode.InvalidArgument, item, problem);
        _waiting = new StateWaiting(_input, _desired);
        foreach (var item in _desired.Values)
            Compare(item);
        RemoveWhatLeft();
        SpreadLosses();
        foreach (var (code, item, problem) in _input.IsRestoring ? []
            : StateSecrets.Problems(_made.Values, _gone.Values, _changes, _input)
            .Concat(PeerPrefixes.Problems(_desired, _input.Actual, _gone)))
            Refuse(code, _desired.GetValueOrDefault(item.Key) ?? item, problem);
        // All else is put back where one thing cannot be.
        if (_refusals.Count > 0 && !_input.IsRestoring && !_input.IsTolerant)
            throw StateRefusals.Join(_refusals);
        return new StatePlan(StateDisruptions.AddTo(_differences, _losses, _input), Steps(), [.. _owned.Values])
        {
            Refusals = [.. _refusals.Select(refusal => refusal.Message)],
            Others = _waiting.Others(),
        };
    }

    private StateItem Complete(StateItem item)
    {
        try
        {
            return item.Presence == NetStatePresence.Present ? _input.Complete(item) : item;
        }
        catch (NetworkException e)
        {
            Refuse(e.Code, item, e.Message.TrimEnd('.'), e.Advice);
            return item;
        }
    }

    private void Compare(StateItem item)
    {
        if (item.Presence == NetStatePresence.Ignored)
            return;
        var isLeft = _input.Only?.Contains(item.Key) == false;
        if (isLeft || _waiting!.IsPending(item))
        {
            if (!isLeft)
                Tell(NetStateAction.Pending, item);
            // What was made for a container that does not run now is still this document's.
            if (_input.Owned.TryGetValue(item.Key, out var made))
                _owned[item.Key] = made;
            return;
        }

        var isThere = _input.Actual.TryGetValue(item.Key, out var actual);
        if (item.Presence == NetStatePresence.Absent)
        {
            // What is not said of a rule that is to go may be whatever it is.
            if (item.Key.Subject == StateSubject.Rule && !_input.IsRestoring)
                _input.RulesLike(item).ForEach(rule => Remove(rule, item));
            else if (isThere)
                Remove(actual!, item);
        }
        else if (isThere)
        {
            CompareValues(item, actual!);
        }
        else
        {
            Create(item);
        }
    }

    private void Create(StateItem item)
    {
        if (_input.Renamed(item.Key) is { } now)
        {
            Refuse(
                NetworkErrorCode.ObjectExists,
                item,
                $"the {item.Key.Words} is called '{Netlink.KernelText.Shown(now.Key.Name)}' now; rename it back, or "
                    + "remove it");
            return;
        }

        if (item.Key.Namespace is { Length: > 0 } where && !IsToBe(StateKey.Of(where)))
        {
            Refuse(
                NetworkErrorCode.NamespaceNotFound,
                item,
                $"there is no namespace '{Netlink.KernelText.Shown(where)}', and the document does not list it under "
                    + "'namespaces'",
                s_missing);
            return;
        }

        if (item.Key.Subject == StateSubject.Link && item.Text("kind") is null)
        {
            Refuse(
                NetworkErrorCode.LinkNotFound,
                item,
                $"there is no {item.Key.Words}, and without a 'kind' none is made",
                s_missing);
            return;
        }

        if (!_input.IsRestoring && item.Key.Subject == StateSubject.Link
            && NewLinks.ProblemOf(item, StateNeeds.PeerOf(item)?.Name) is { } problem)
        {
            Refuse(NetworkErrorCode.InvalidArgument, item, problem);
            return;
        }

        if (!HasNeeds(item))
            return;
        Tell(NetStateAction.Create, item);
        _made[item.Key] = WithUsual(item);
        _owned[item.Key] = item;
    }

    private bool HasNeeds(StateItem item)
    {
        var missing = StateNeeds.Of(item).Concat(StateNeeds.Wants(item))
            .Where(need => need.Subject != StateSubject.Address && !IsToBe(need)).ToList();
        foreach (var need in missing)
        {
            Refuse(
                NetworkErrorCode.LinkNotFound,
                item,
                $"the {item.Key.Words} needs the {need.Words}, which {(IsThere(need) ? "goes" : "is not there")}",
                IsThere(need) ? null : s_missing);
        }

        return missing.Count == 0;
    }

    // What is there and stays, or will be.
    private bool IsToBe(StateKey key)
        => _desired.TryGetValue(key, out var said)
            ? (said.Presence == NetStatePresence.Present && _input.Only?.Contains(key) != false)
                || (said.Presence != NetStatePresence.Absent && IsThere(key))
            : StateNeeds.ProviderOf(key, maker => _desired.ContainsKey(maker) || _input.Owned.ContainsKey(maker))
                is { } provider ? IsToBe(provider)
            : IsThere(key) && (_input.Keeps(key) || !_input.Owned.ContainsKey(key));

    private bool IsThere(StateKey key) => _input.Actual.ContainsKey(key);

    private StateItem WithUsual(StateItem item)
    {
        if (item.Key.Subject != StateSubject.Link)
            return item;
        if (_input.IsRestoring)
            return BridgeCarrier.WithoutAddress(item, _desired.Values.Concat(_input.Actual.Values));
        var values = new SortedDictionary<string, string>(item.Values, StringComparer.Ordinal);
        values.TryAdd("up", "true");
        if (!values.ContainsKey("macAddress") && _input.NewMacAddress(item) is { } address)
            values["macAddress"] = StateValue.Of(address.ToString());
        return item with { Values = values };
    }

    private void CompareValues(StateItem item, StateItem actual)
    {
        var isOwned = _input.Owned.TryGetValue(item.Key, out var made);
        var differing = item.Values
            .Where(pair => !StateValue.AreEqual(pair.Value, actual.Values.GetValueOrDefault(pair.Key))
                && (pair.Key == StateNeeds.First || !IsUntold(pair.Key, pair.Value, actual, made))
                && !IsHeardElsewhere(pair, actual, made)
                && !(_input.IsRestoring && StateTables.Volatile.Contains(pair.Key)))
            .Select(pair => pair.Key).ToList();
        if (_input.IsRestoring)
            differing.AddRange(AddedTo(item, actual));
        if (HasOtherMark(item, actual))
            differing.Add(StateNeeds.Owner);
        if (isOwned || (_input.Adopt && IsClaimed(item)))
            _owned[item.Key] = item;
        if (!HasNeeds(item) || differing.Count == 0)
            return;
        if (!isOwned && !_input.Adopt && IsClaimed(item))
        {
            Refuse(
                NetworkErrorCode.ObjectExists,
                item,
                $"the {item.Key.Words} is there already, otherwise "
                    + $"({StateRefusals.Words(item, actual, differing)}), and {StateRefusals.WhoseIs(actual)}");
            return;
        }

        var isNew = differing.Exists(property => property == StateNeeds.First
            || StateTables.AccessOf(item, property) == Declarations.Access.CreateOnly);
        foreach (var property in differing)
            Tell(isNew ? NetStateAction.Recreate : NetStateAction.Change, item, actual, property);
        if (!isNew)
        {
            _changes.Add(new StateStep(actual, item, differing));
            return;
        }

        _gone[item.Key] = actual;
        _made[item.Key] = WithUsual(IsToldWhole(item) ? item : StateTables.Over(item, actual));
    }

    // On the way back all is said that was there. What a link had not cannot be told apart from what it cannot have.
    private bool IsToldWhole(StateItem item) => _input.IsRestoring && item.Key.Subject != StateSubject.Link;

    // What has been added to a thing since.
    private IEnumerable<string> AddedTo(StateItem item, StateItem actual)
        => StateTables.Of(item).Where(_ => IsToldWhole(item)).Select(property => property.Name).Append(StateNeeds.First)
            .Where(property => !item.Values.ContainsKey(property)
                && !StateValue.AreEqual(null, actual.Values.GetValueOrDefault(property)));

    private bool HasOtherMark(StateItem item, StateItem actual)
        => item.Key.Subject == StateSubject.Link && (_input.IsRestoring ? item.Owner != actual.Owner
            : _input.Adopt && IsClaimed(item) && actual.Owner != _input.Document);

    // What the kernel does not tell is as it was made. A secret may have been another one meanwhile, so that it is put
    // back in any case; what somebody else has made with the same public key is as it is said.
    private bool IsUntold(string property, string value, StateItem actual, StateItem? made)
    {
        if (actual.Values.ContainsKey(property))
            return false;
        var isSecret = WireGuardReading.SecretFiles.Contains(property);
        if (isSecret && _input.IsRestoring)
            return false;
        return made is null ? isSecret && !_input.Adopt
            : StateValue.AreEqual(made.Values.GetValueOrDefault(property), value);
    }

    // A peer that was heard is where it was heard, unless the document says another place than it did.
    private bool IsHeardElsewhere(KeyValuePair<string, string> said, StateItem actual, StateItem? made)
        => said.Key == "endpoint" && !_input.IsRestoring && actual.Values.ContainsKey(StateNeeds.Heard)
            && made?.Values.GetValueOrDefault(said.Key) == said.Value;

    // What may be anybody's: the document changes what it says of it, and leaves the rest.
    private static bool IsClaimed(StateItem item) => item.Key.Subject switch
    {
        StateSubject.Link => item.Values.ContainsKey("kind"),
        StateSubject.Namespace or StateSubject.Forwarding => false,
        _ => true,
    };

    private void RemoveWhatLeft()
    {
        foreach (var (key, made) in _input.Owned)
        {
            // A link's keys and port stay as they are, or go with it.
            if (_desired.ContainsKey(key) || key.Subject == StateSubject.WireGuard)
                continue;
            if (_input.Only is not null || _input.Keeps(key))
            {
                _owned[key] = made;
                continue;
            }

            // What a container's namespace had went with it.
            if ((_input.Actual.GetValueOrDefault(key) ?? _input.Renamed(key)) is { } actual)
                Remove(actual, made with { Path = string.Empty, Place = default });
        }
    }

    private void Remove(StateItem actual, StateItem said)
    {
        if (actual.Owner is { } owner && owner != _input.Document && !_input.Adopt)
        {
            Refuse(NetworkErrorCode.ObjectExists, said, $"the {actual.Key.Words} {StateRefusals.WhoseIs(actual)}");
            return;
        }

        Tell(NetStateAction.Remove, said, actual);
        _gone[actual.Key] = actual;
    }

    // What needs a thing that goes is lost with it, and made again unless it is to go too.
    private void SpreadLosses()
    {
        if (_gone.Count == 0 && _changes.Count == 0)
            return;
        var losses = _losses
            = new StateLosses(_input.Actual, _gone.Keys, [.. _made.Values], [.. _changes]);
        foreach (var (lost, cause) in losses.Lost)
        {
            var isWanted = _desired.TryGetValue(lost.Key, out var said) && said.Presence == NetStatePresence.Present;
            var isOwned = _input.Owned.ContainsKey(lost.Key);
            // An end of a pair goes with the other one, and is made again with it.
            var isPeer = StateNeeds.PeerOf(lost) == cause;
            var isOthers = !isWanted && !isOwned && !isPeer && !lost.IsTransient;
            if (isOthers && !_input.Force && lost.Key.Subject == StateSubject.Link)
            {
                Refuse(
                    NetworkErrorCode.ResourceBusy,
                    _made.GetValueOrDefault(cause) ?? _gone.GetValueOrDefault(cause) ?? lost,
                    $"the {cause.Words} goes, and the {lost.Key.Words} with it, which this document does not have");
            }

            if (_gone.TryAdd(lost.Key, lost))
                _lost[lost.Key] = cause;
            // The steps of a thing that is made anew have all in them.
            _changes.RemoveAll(step => step.Key == lost.Key);
            if (!isWanted && (lost.IsTransient || !ComesBack(lost, cause, losses)))
                continue;
            if (said?.Presence == NetStatePresence.Absent || _made.ContainsKey(lost.Key))
                continue;
            // A gateway may be reached over another link by then.
            _made[lost.Key] = !isWanted ? lost : ComesBack(lost, cause, losses) ? StateTables.Over(said!, lost) : said!;
        }

        foreach (var (port, master) in losses.Ports.Where(pair => _made.ContainsKey(pair.Master)))
            Rejoin(port, master);
    }

    // What another thing takes along for a moment is not that one's to remove.
    private bool ComesBack(StateItem lost, StateKey cause, StateLosses losses)
    {
        if (_made.ContainsKey(cause) || losses.Paused.Contains(cause))
            return true;
        if (cause.Subject != StateSubject.Address || losses.IsGone(AddressName.LinkOf(cause)))
            return false;
        return lost.Key.Subject == StateSubject.Address
            || (lost.Text("source") != AddressName.Parse(cause.Name).Prefix.Address.ToString()
                && _made.Keys.Any(key => key.Subject == StateSubject.Address
                    && AddressName.LinkOf(key) == AddressName.LinkOf(cause)));
    }

    private void Rejoin(StateItem port, StateKey master)
    {
        if (_gone.ContainsKey(port.Key)
            || _changes.Exists(step => step.Key == port.Key && step.Properties.Contains("master")))
            return;
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["master"] = StateValue.Of(master.Name),
        };
        foreach (var (name, value) in port.Values.Where(
            pair => pair.Key.StartsWith(StateTables.BridgePort + ".", StringComparison.Ordinal)))
            values[name] = value;
        var before = new SortedDictionary<string, string>(port.Values, StringComparer.Ordinal) { ["master"] = "\"\"" };
        _changes.Add(new StateStep(port with { Values = before }, port with { Values = values }, [.. values.Keys]));
    }

    private void Refuse(
        NetworkErrorCode code, StateItem item, string problem, IReadOnlyList<Advice>? advice = null)
        => _refusals.Add(StateRefusals.Of(code, item, problem, advice));

    private IReadOnlyList<StateStep> Steps()
        => new StateSteps(_made, _gone, _lost, _changes, _input.Actual).InOrder();

    private void Tell(NetStateAction action, StateItem item, StateItem? actual = null, string? property = null)
        => _differences.Add(NetStateDifference.Of(_input.Document, action, item, actual, property));
}
