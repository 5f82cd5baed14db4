using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Netlink;

namespace LxcNetworking.Netfilter.Filtering;

/// <summary>A rule as it was read.</summary>
internal sealed record FilterRule(ulong Handle, List<NftExpression> Expressions, string? Comment);

/// <summary>A chain as it was read.</summary>
/// <param name="Family">NFPROTO_*.</param>
/// <param name="Table">Its table.</param>
/// <param name="Name">Its name.</param>
internal sealed record FilterChain(byte Family, string Table, string Name)
{
    /// <summary>The hook that it is called at; null where other chains call it.</summary>
    public uint? Hook { get; init; }

    public int Priority { get; init; }

    public string? Type { get; init; }

    public bool DropsByPolicy { get; init; }

    /// <summary>The interfaces that it is bound to, where its hook is at an interface.</summary>
    public IReadOnlyList<string> Devices { get; init; } = [];

    public List<FilterRule> Rules { get; } = [];
}

/// <summary>
/// All chains and rules of one namespace, whoever made them. Sets are read when a rule that is looked at asks for them.
/// </summary>
internal sealed class FilterRuleset
{
    // What is more than a firewall has is not looked at.
    private const int MaxRules = 100_000, MaxElements = 100_000, MaxSets = 2_000;
    private const int MaxAttempts = 3;
    private readonly NetlinkConnection _connection;
    private readonly Dictionary<(byte, string, string), FilterChain> _chains = [];
    private readonly Dictionary<(byte, string, string), FilterSet?> _sets = [];
    private int _rules;
    private int _elements;

    private FilterRuleset(NetlinkConnection connection) => _connection = connection;

    /// <summary>The chains that the kernel calls, in the order of their priorities.</summary>
    public IReadOnlyList<FilterChain> Hooked { get; private set; } = [];

    /// <summary>False if there is more than is looked at.</summary>
    public bool IsWhole => _rules < MaxRules;

    /// <summary>Reads it.</summary>
    /// <returns>Null where the kernel has no nf_tables.</returns>
    /// <exception cref="NetlinkException">The kernel refused, or did not answer as it should.</exception>
    public static FilterRuleset? Read(NetworkStack stack, CancellationToken cancellation)
    {
        var connection = stack.Connection(NetlinkProtocol.Netfilter);
        for (var attempt = 1; ; attempt++)
        {
            if (NfTables.Generation(connection, cancellation) is not { } generation)
                return null;
            var ruleset = new FilterRuleset(connection);
            ruleset.Read(cancellation);
            // Where others change it all the time, what was read last is as good as anything.
            if (attempt == MaxAttempts || NfTables.Generation(connection, cancellation) == generation)
                return ruleset;
        }
    }

    public FilterChain? Find(byte family, string table, string name)
        => _chains.GetValueOrDefault((family, table, name));

    /// <summary>Reads a set or map.</summary>
    /// <returns>Null if there is none, or more in it than is looked at.</returns>
    public FilterSet? Set(byte family, string table, string name, CancellationToken cancellation)
    {
        var key = (family, table, name);
        if (_sets.TryGetValue(key, out var known))
            return known;
        if (_sets.Count >= MaxSets)
            return null;
        FilterSet? set = null;
        using var get = Request(NftMsg.GetSet, family).AsQuery()
            .PutString(Nfta.SetTable, table).PutString(Nfta.SetName, name);
        using var list = Request(NftMsg.GetSetElem, family)
            .PutString(Nfta.SetElemListTable, table).PutString(Nfta.SetElemListSet, name);
        try
        {
            _connection.Execute(get, reply => set = FilterSet.Read(Attributes(reply)), cancellation);
            if (set is not null)
            {
                var tooMany = false;
                var parts = _connection.Dump(
                    list,
                    reply => (tooMany = _elements >= MaxElements) ? null : Elements(reply),
                    cancellation);
                set = tooMany ? null : set with { Elements = [.. parts.SelectMany(part => part)] };
            }
        }
        catch (NetlinkErrorException e) when (e.Errno == LibC.ENOENT)
        {
            set = null;
        }

        return _sets[key] = set;
    }

    private static NetlinkRequest Request(ushort type, byte family)
        => new NetlinkRequest(type).Header(new NfGenMsg { Family = family });

    private static AttributeReader Attributes(NetlinkReply reply) => reply.Read<NfGenMsg>(out _);

    private List<FilterElement> Elements(NetlinkReply reply)
    {
        var result = FilterSet.ReadElements(Attributes(reply));
        _elements += result.Count;
        return result;
    }

    private void Read(CancellationToken cancellation)
    {
        using var chains = Request(NftMsg.GetChain, 0);
        var all = _connection.Dump(chains, ReadChain, cancellation);
        foreach (var chain in all)
            _chains[(chain.Family, chain.Table, chain.Name)] = chain;
        if (!all.Exists(chain => chain.Hook is not null))
            return;
        using var tables = Request(NftMsg.GetTable, 0);
        var asleep = _connection.Dump(tables, ReadDormant, cancellation).ToHashSet();
        Hooked =
        [
            .. all.Where(chain => chain.Hook is not null && !asleep.Contains(Tuple.Create(chain.Family, chain.Table)))
                .OrderBy(chain => chain.Priority),
        ];
        using var rules = Request(NftMsg.GetRule, 0);
        _connection.Dump(rules, ReadRule, cancellation);
    }

    // The table, if its chains are not called.
    private static Tuple<byte, string>? ReadDormant(NetlinkReply reply)
    {
        var attributes = reply.Read<NfGenMsg>(out var header);
        return attributes.TryFind(Nfta.TableFlags, out var flags) && (flags.AsUInt32BigEndian() & Nfta.Dormant) != 0
            && attributes.TryFind(Nfta.TableName, out var name) ? Tuple.Create(header.Family, name.AsString()) : null;
    }

    private static FilterChain? ReadChain(NetlinkReply reply)
    {
        var attributes = reply.Read<NfGenMsg>(out var header);
        if (!attributes.TryFind(Nfta.ChainTable, out var table) || !attributes.TryFind(Nfta.ChainName, out var name))
            return null;
        var chain = new FilterChain(header.Family, table.AsString(), name.AsString());
        if (!attributes.TryFind(Nfta.ChainHook, out var hook)
            || !hook.Nested.TryFind(Nfta.HookNumber, out var number))
            return chain;
        var devices = new List<string>();
        if (hook.Nested.TryFind(Nfta.HookDevice, out var device))
            devices.Add(device.AsString());
        if (hook.Nested.TryFind(Nfta.HookDevices, out var list))
        {
            foreach (var item in list.Nested)
                devices.Add(item.AsString());
        }

        return chain with
        {
            Hook = number.AsUInt32BigEndian(),
            Priority = hook.Nested.TryFind(Nfta.HookPriority, out var priority)
                ? (int)priority.AsUInt32BigEndian() : 0,
            Type = attributes.TryFind(Nfta.ChainType, out var type) ? type.AsString() : null,
            DropsByPolicy = attributes.TryFind(Nfta.ChainPolicy, out var policy)
                && policy.AsUInt32BigEndian() == Nf.Drop,
            Devices = [.. devices.Distinct()],
        };
    }

    private object? ReadRule(NetlinkReply reply)
    {
        var attributes = reply.Read<NfGenMsg>(out var header);
        if (_rules < MaxRules
            && attributes.TryFind(Nfta.RuleTable, out var table) && attributes.TryFind(Nfta.RuleChain, out var name)
            && attributes.TryFind(Nfta.RuleHandle, out var handle)
            && Find(header.Family, table.AsString(), name.AsString()) is { } chain)
        {
            _rules++;
            chain.Rules.Add(
                new FilterRule(
                    handle.AsUInt64BigEndian(),
                    attributes.TryFind(Nfta.RuleExpressions, out var found) ? NftExpression.Read(found.Nested) : [],
                    attributes.TryFind(Nfta.RuleUserData, out var data) ? NfTables.ReadComment(data.Value) : null));
        }

        return null;
    }
}
