using LxcNetworking.State.Apply;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>The moment at which a process is killed. From then on nothing that it does has an effect.</summary>
internal sealed class StateDeath
{
    private int _moments;

    /// <summary>The moment, from 1; 0 for never.</summary>
    public int At { get; set; }

    /// <summary>Whether the moment has come.</summary>
    public bool HasCome { get; private set; }

    /// <summary>A moment at which it may come.</summary>
    public void Pass()
    {
        if (!HasCome && ++_moments == At)
            HasCome = true;
        Check();
    }

    /// <summary>The dead do nothing.</summary>
    public void Check()
    {
        if (HasCome)
            throw new InvalidOperationException("This process was killed.");
    }

    /// <summary>Another process begins, which dies after so many moments.</summary>
    public void Begin(int at = 0) => (_moments, At, HasCome) = (0, at, false);
}

/// <summary>Records in memory, as the bytes that would be on file.</summary>
internal sealed class StateTableStore(StateDeath death) : IStateStore
{
    private readonly SortedDictionary<string, byte[]> _records = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, byte[]> _journals = new(StringComparer.Ordinal);

    public int Writes { get; private set; }

    public bool IsEmpty => _records.Count == 0 && _journals.Count == 0;

    public IDisposable Lock(CancellationToken cancellation) => new Nothing();

    public StateRecord? Find(string document)
        => _records.TryGetValue(document, out var json) ? StateRecord.Read(json, document) : null;

    public IReadOnlyList<StateRecord> List() => [.. _records.Select(pair => StateRecord.Read(pair.Value, pair.Key))];

    public void Write(StateRecord record) => Do(() =>
    {
        if (record.Owned.Count == 0)
            _records.Remove(record.Document);
        else
            _records[record.Document] = record.ToJson();
    });

    public void WriteJournal(StateRecord journal) => Do(() => _journals[journal.Document] = journal.ToJson());

    public void RemoveJournal(string document) => Do(() => _journals.Remove(document));

    public IReadOnlyList<StateRecord> Journals()
    {
        death.Check();
        return [.. _journals.Select(pair => StateRecord.Read(pair.Value, pair.Key))];
    }

    private void Do(Action write)
    {
        death.Pass();
        Writes++;
        write();
        death.Pass();
    }

    private sealed class Nothing : IDisposable
    {
        public void Dispose()
        {
        }
    }
}

/// <summary>
/// A machine in memory that does what the kernel does by itself: what is on a link goes with it, a network's second
/// address goes with its first one, routes go with a link's last IPv4 address, what was made has all properties.
/// </summary>
internal sealed class StateDouble(StateDeath death) : IStateKernel
{
    private static readonly string[] s_cycling = ["vrf", "bond"];
    private int _made;

    public Dictionary<StateKey, StateItem> Items { get; } = [];

    /// <summary>Containers that do not run.</summary>
    public HashSet<string> Pending { get; } = [];

    /// <summary>The step that fails, from 1; 0 for none.</summary>
    public int FailsAt { get; set; }

    /// <summary>Which steps besides fail, for as long as it is set.</summary>
    public Func<StateStep, bool> Fails { get; set; } = _ => false;

    public int Steps { get; set; }

    /// <summary>What was done, in order.</summary>
    public List<string> Log { get; } = [];

    public StateSnapshot Read(StateScope scope, CancellationToken cancellation)
    {
        death.Check();
        var items = Items.Values.Where(item => scope.Namespaces.Contains(
            item.Key.Subject == StateSubject.Namespace ? item.Key.Name : item.Key.Namespace));
        return new StateSnapshot(items.ToDictionary(item => item.Key), Pending.Intersect(scope.Namespaces).ToHashSet());
    }

    public void Do(StateStep step, string? document, CancellationToken cancellation)
    {
        death.Pass();
        Steps++;
        var properties = string.Join(", ", step.Properties);
        Log.Add(properties.Length == 0 ? step.Words : $"{step.Words}: {properties}");
        if (Steps == FailsAt || Fails(step))
            throw new NetworkException(NetworkErrorCode.KernelRefused, $"It was refused to {step.Words}.");
        if (step.Action == NetStateAction.Change)
            Change(step, document);
        else if (step.After is { } made)
            Create(made, step.Peer, document);
        else if (Items.ContainsKey(step.Key))
            Remove(step.Key);
        death.Pass();
    }

    /// <summary>Counts the connections of a namespace's addresses.</summary>
    public Func<string, Dictionary<IPAddress, int>> Counter { get; set; } = _ => [];

    public IReadOnlyDictionary<IPAddress, int> Connections(string name) => Counter(name);

    public MacAddress? NewMacAddress(string document, StateItem link)
        => link.Text("kind") is "bridge" or null ? null : Mac($"{document} {link.Key}");

    /// <summary>Makes what somebody else made.</summary>
    public void Add(StateItem item, StateItem? peer = null) => Create(item, peer, null);

    /// <summary>All that stays by itself, in words.</summary>
    /// <param name="withOrder">Also which of a network's addresses is the first one.</param>
    public List<string> Picture(bool withOrder = true) => [.. Items.Values.Where(item => !item.IsTransient)
        .Select(item => $"{item.Key} {item.Owner}: "
            + string.Join(", ", item.Values.Where(pair => withOrder || pair.Key != StateNeeds.First)
                .Select(pair => $"{pair.Key} {pair.Value}")))
        .Order(StringComparer.Ordinal)];

    public void Remove(StateKey key)
    {
        if (!Items.Remove(key, out var gone))
            return;
        var users = Items.Values.Where(item => StateNeeds.Of(item).Contains(key)).Select(item => item.Key).ToList();
        if (StateNeeds.PeerOf(gone) is { } peer)
            users.Add(peer);
        foreach (var user in users)
            Remove(user);
        foreach (var port in Items.Values.Where(item => StateNeeds.Wants(item).Contains(key)).ToList())
        {
            Put(Joined(port, string.Empty));
            if (s_cycling.Contains(gone.Text("kind")))
                GoDown(port.Key);
        }
        if (key.Subject == StateSubject.Address && AddressName.Parse(key.Name) is { } name)
        {
            var link = StateKey.Link(key.Namespace, name.Link);
            var isLast = !AddressesOf(link).Any(IsIPv4);
            RemoveAll(item => item.Key.Namespace == key.Namespace
                && (item.Text("source") == name.Prefix.Address.ToString()
                    || (isLast && IsIPv4(key) && item.Key.Subject is StateSubject.Route or StateSubject.Neighbor
                        && IsIPv4(item.Key) && StateNeeds.Of(item).Contains(link))));
        }
    }

    private static MacAddress Mac(string of)
    {
        var hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(of));
        hash[0] = (byte)((hash[0] & 0xfc) | 2);
        return new MacAddress(hash.AsSpan(0, 6));
    }

    private static bool IsIPv4(StateKey key) => IP.FamilyOf(key.Subject switch
    {
        StateSubject.Address => AddressName.Parse(key.Name).Prefix.Address,
        StateSubject.Neighbor => NeighborName.Parse(key.Name).Address,
        _ => RouteName.Parse(key.Name).Destination.Address,
    }) == IPFamily.IPv4;

    private IEnumerable<StateKey> AddressesOf(StateKey link) => Items.Keys.Where(
        key => key.Subject == StateSubject.Address && key.Namespace == link.Namespace
            && AddressName.Parse(key.Name).Link == link.Name);

    private void RemoveAll(Func<StateItem, bool> match)
    {
        foreach (var item in Items.Values.Where(match).ToList())
            Remove(item.Key);
    }

    private void Put(StateItem item) => Items[item.Key] = item;

    private void Create(StateItem item, StateItem? peer, string? document)
    {
        // A route or address that was to go, and has stayed, is replaced.
        Need(
            item.Key.Subject is StateSubject.Route or StateSubject.Address || !Items.ContainsKey(item.Key),
            item,
            "is there already");
        foreach (var need in StateNeeds.Of(item).Concat(StateNeeds.Wants(item)))
            Need(need.Subject == StateSubject.Address || Items.ContainsKey(need), item, $"needs {need}");
        switch (item.Key.Subject)
        {
            case StateSubject.Namespace:
                Put(New(item));
                Put(new StateItem(StateKey.Link(item.Key.Name, "lo")) { IsTransient = true });
                break;
            case StateSubject.Link:
                CreateLink(item, peer, document);
                break;
            case StateSubject.Address:
                CreateAddress(item);
                break;
            case StateSubject.Route:
                Put(New(item, Resolved(item)));
                break;
            default:
                Put(New(item));
                break;
        }
    }

    private static void Need(bool isSo, StateItem item, string problem)
    {
        if (!isSo)
            throw new NetworkException(NetworkErrorCode.KernelRefused, $"The {item.Key} {problem}.");
    }

    private StateItem New(StateItem item, SortedDictionary<string, string>? values = null)
        => new(item.Key)
        {
            Values = new(values ?? item.Values, StringComparer.Ordinal),
            Identity = item.Key.Subject switch
            {
                StateSubject.Namespace or StateSubject.Link => $"{++_made}",
                StateSubject.Address => Items[LinkOf(item.Key)].Identity,
                _ => null,
            },
            IsTransient = item.IsTransient,
        };

    private static StateKey LinkOf(StateKey address)
        => StateKey.Link(address.Namespace, AddressName.Parse(address.Name).Link);

    private void CreateLink(StateItem item, StateItem? peer, string? document)
    {
        var far = StateNeeds.PeerOf(item);
        Need(far is null || !Items.ContainsKey(far.Value), item, $"has a peer that is there already, {far}");
        foreach (var (end, said) in new[] { (item.Key, item), (far ?? item.Key, peer) })
        {
            if (said is null && far is null)
                continue;
            if (said is null && end == item.Key)
                continue;
            var values = new SortedDictionary<string, string>(said?.Values ?? [], StringComparer.Ordinal);
            if (end != item.Key)
            {
                values["kind"] = item.Values["kind"];
                values["peer"] = StateValue.Of(item.Key.Name);
                values["peerNamespace"] = StateValue.Of(item.Key.Namespace);
            }

            foreach (var (name, usual) in new[]
            {
                ("up", "false"), ("mtu", "1500"), ("master", "\"\""), ("alias", "\"\""), ("alternativeName", "[]"),
                ("group", "0"),
            })
                values.TryAdd(name, usual);
            if (item.Values.ContainsKey("kind"))
                values.TryAdd("macAddress", StateValue.Of($"{Mac($"chance {end}")}"));
            if (values.ContainsKey("parent"))
                values.TryAdd("parentNamespace", StateValue.Of(item.Key.Namespace));
            foreach (var later in StateNeeds.Later)
                Need(!values.ContainsKey(later), item, $"has {later} too early");
            var made = New(new StateItem(end), values) with { Owner = said is null ? null : document };
            Put(Joined(made, made.Text("master")!));
        }
    }

    private StateItem Joined(StateItem item, string master)
    {
        var values = new SortedDictionary<string, string>(item.Values, StringComparer.Ordinal)
        {
            ["master"] = StateValue.Of(master),
        };
        var kind = master.Length == 0 ? null : Items[StateKey.Link(item.Key.Namespace, master)].Text("kind");
        if (kind == "bridge")
            values.TryAdd("bridgePort.cost", "2");
        foreach (var name in values.Keys.Where(name => name.StartsWith("bridgePort.", StringComparison.Ordinal)
            && kind != "bridge").ToList())
            values.Remove(name);
        return item with { Values = values };
    }

    private void CreateAddress(StateItem item)
    {
        var values = new SortedDictionary<string, string>(item.Values, StringComparer.Ordinal);
        values.Remove(StateNeeds.First);
        var prefix = AddressName.Parse(item.Key.Name).Prefix;
        var first = !IsIPv4(item.Key) ? null : AddressesOf(LinkOf(item.Key)).Where(
            key => key != item.Key && IsIPv4(key) && AddressName.Parse(key.Name).Prefix is { } other
                && other.Length == prefix.Length && other.Network.Equals(prefix.Network)
                && !Items[key].Values.ContainsKey(StateNeeds.First)).Select(key => key.Name).FirstOrDefault();
        if (first is not null)
            values[StateNeeds.First] = StateValue.Of(first);
        Put(New(item, values));
    }

    // The kernel finds the link of a gateway, and refuses one that is nowhere.
    private SortedDictionary<string, string> Resolved(StateItem item)
    {
        var values = new SortedDictionary<string, string>(item.Values, StringComparer.Ordinal);
        values.TryAdd("protocol", "\"LxcNetworking\"");
        var link = item.Text("interfaceAlias");
        if (item.Text("nextHop") is { } gateway && item.Text("onLink") != "true")
        {
            var near = Items.Keys.FirstOrDefault(key => key.Subject == StateSubject.Address
                && key.Namespace == item.Key.Namespace && IsUp(LinkOf(key))
                && (link is null || AddressName.Parse(key.Name).Link == link)
                && AddressName.Parse(key.Name).Prefix.Network.Contains(IPAddress.Parse(gateway)));
            Need(near.Name is not null, item, $"has a gateway that is nowhere, {gateway}");
            values["interfaceAlias"] = StateValue.Of(AddressName.Parse(near.Name!).Link);
        }
        else if (link is not null)
        {
            Need(IsUp(StateKey.Link(item.Key.Namespace, link)), item, "is over a link that is down");
        }

        return values;
    }

    private bool IsUp(StateKey link) => Items[link].Text("up") == "true";

    private void Change(StateStep step, string? document)
    {
        // A route is put in the place of the one that is there, or that was (RouteItems.Put).
        if (step.Key.Subject == StateSubject.Route && !Items.ContainsKey(step.Key))
        {
            var whole = RouteName.Over(step.After!.Values, step.Before!.Values);
            Create(step.After with { Values = whole }, null, null);
            return;
        }

        Need(Items.TryGetValue(step.Key, out var item), step.After!, "is gone");
        var values = new SortedDictionary<string, string>(item!.Values, StringComparer.Ordinal);
        if (step.Properties.Contains(StateNeeds.Owner))
            item = item with { Owner = document };
        foreach (var name in step.Properties.Where(name => name != StateNeeds.Owner))
        {
            Need(
                StateTables.AccessOf(item, name) != Declarations.Access.CreateOnly, step.After!, $"keeps its {name}");
            values[name] = step.After!.Values[name];
        }

        var changed = item with { Values = values };
        if (item.Key.Subject == StateSubject.Route)
        {
            changed = item with { Values = RouteName.Over(step.After!.Values, item.Values) };
            changed = item with { Values = Resolved(changed) };
        }

        Put(changed);
        if (item.Key.Subject != StateSubject.Link)
            return;
        foreach (var master in StateNeeds.Wants(changed))
            Need(Items.ContainsKey(master), changed, $"needs {master}");
        Put(Joined(changed, changed.Text("master")!));
        var isCycled = item.Text("master") != changed.Text("master") && new[] { item, changed }.Any(
            end => StateNeeds.Wants(end).Any(key => s_cycling.Contains(Items.GetValueOrDefault(key)?.Text("kind"))));
        if (item.Text("up") == "true" && (changed.Text("up") == "false" || isCycled))
            GoDown(item.Key);
    }

    // A link that goes down, if only for a moment, loses its routes, IPv6 addresses and neighbours.
    private void GoDown(StateKey link) => RemoveAll(item => StateNeeds.Of(item).Contains(link)
        && (item.Key.Subject is StateSubject.Route or StateSubject.Neighbor
            || (item.Key.Subject == StateSubject.Address && !IsIPv4(item.Key))));
}
