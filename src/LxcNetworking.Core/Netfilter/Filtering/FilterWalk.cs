namespace LxcNetworking.Netfilter.Filtering;

/// <summary>A rule or policy that drops packets of some sorts.</summary>
internal sealed class FilterHit(FilterChain chain, FilterChain hooked, string hook, FilterRule? rule, string words)
{
    public FilterChain Chain => chain;

    public FilterChain Hooked => hooked;

    public string Hook => hook;

    public FilterRule? Rule => rule;

    public string Words => words;

    /// <summary>The sorts of packets, and whether all of them are dropped.</summary>
    public Dictionary<FilterPacket, bool> Packets { get; } = [];
}

/// <summary>
/// Sends sorts of packets through the chains of a ruleset and collects what drops them. What is dropped goes on to the
/// next chain all the same, so that everything in the way is found at once.
/// </summary>
internal sealed class FilterWalk(FilterRuleset ruleset, CancellationToken cancellation)
{
    // The kernel itself goes no deeper than 16 chains.
    private const int MaxDepth = 16, MaxSteps = 200_000;
    private readonly Dictionary<(FilterChain Chain, FilterChain Hooked, ulong? Handle), FilterHit> _hits = [];
    private int _steps;

    /// <summary>What drops packets.</summary>
    public IReadOnlyCollection<FilterHit> Hits => _hits.Values;

    /// <summary>False if it was too long a way to go all of it.</summary>
    public bool IsWhole => _steps < MaxSteps;

    /// <summary>Sends packets along their way.</summary>
    public void Send(FilterFlow flow)
    {
        var marks = new FilterMarks();
        foreach (var place in flow.Places)
        {
            foreach (var chain in ruleset.Hooked)
            {
                if (chain.Hook != place.Hook || !place.Families.Contains(chain.Family)
                    || (place.Device is { } device && !chain.Devices.Contains(device))
                    // Translations look at a connection's first packet alone.
                    || (chain.Type == "nat" && flow.Packet.State != FilterPacket.New))
                    continue;
                var way = new FilterStart(chain, new FilterFields(flow.Packet, place, chain, marks), marks);
                var left = Walk(way, chain, Fit.All, 0);
                if (chain.DropsByPolicy && left != Fit.None)
                    Note(way, chain, null, "policy drop", left == Fit.All);
            }
        }
    }

    /// <summary>Sends packets through one chain.</summary>
    /// <param name="way">The chain that the kernel called, and what it called it with.</param>
    /// <param name="chain">The chain.</param>
    /// <param name="reach">Whether all packets of the sort come to it.</param>
    /// <param name="depth">How many chains have called each other.</param>
    /// <returns>Whether those that came in come to its end, or return.</returns>
    private Fit Walk(FilterStart way, FilterChain chain, Fit reach, int depth)
    {
        if (depth > MaxDepth)
            return Fit.Some;
        var here = Fit.All;
        var (hasReturned, hasLost) = (false, false);
        foreach (var rule in chain.Rules)
        {
            if (here == Fit.None)
                break;
            if ((++_steps & 0xff) == 0)
                cancellation.ThrowIfCancellationRequested();
            if (!IsWhole)
                return Fit.Some;
            var reading = new FilterReading(ruleset, chain, way.Fields, way.Marks, cancellation);
            foreach (var (fit, verdict, words) in reading.Read(rule, FieldBits.And(reach, here)))
            {
                var outcome = new FilterOutcome(FieldBits.And(reach, FieldBits.And(here, fit)), verdict, words);
                var through = Follow(way, chain, rule, outcome, depth);
                if (verdict.Kind == FilterVerdictKind.Continue
                    || (verdict.Kind == FilterVerdictKind.Jump && through == Fit.All))
                    continue;
                var comesBack = verdict.Kind == FilterVerdictKind.Jump && through == Fit.Some;
                hasReturned |= (verdict.Kind is FilterVerdictKind.Return or FilterVerdictKind.Goto)
                    && through != Fit.None;
                hasLost |= through != Fit.All;
                here = fit == Fit.All && !comesBack ? Fit.None : FieldBits.And(here, Fit.Some);
            }
        }

        return !hasLost ? Fit.All : here != Fit.None || hasReturned ? Fit.Some : Fit.None;
    }

    // Whether the packets of an outcome come back to this chain, or are at its end.
    private Fit Follow(FilterStart way, FilterChain chain, FilterRule rule, FilterOutcome outcome, int depth)
    {
        switch (outcome.Verdict.Kind)
        {
            case FilterVerdictKind.Drop or FilterVerdictKind.Queue:
                var isCertain = outcome.Fit == Fit.All && outcome.Verdict.Kind == FilterVerdictKind.Drop;
                Note(way, chain, rule, outcome.Words, isCertain);
                return Fit.None;
            case FilterVerdictKind.Accept:
                return Fit.None;
            case FilterVerdictKind.Jump or FilterVerdictKind.Goto:
                return ruleset.Find(chain.Family, chain.Table, outcome.Verdict.Chain!) is { } next
                    ? Walk(way, next, outcome.Fit, depth + 1) : Fit.Some;
            default:
                return Fit.All;
        }
    }

    private void Note(FilterStart way, FilterChain chain, FilterRule? rule, string words, bool isCertain)
    {
        var key = (chain, way.Hooked, rule?.Handle);
        if (!_hits.TryGetValue(key, out var hit))
            _hits[key] = hit = new FilterHit(chain, way.Hooked, way.Fields.Place.HookName, rule, words);
        hit.Packets[way.Fields.Packet] = isCertain || hit.Packets.GetValueOrDefault(way.Fields.Packet);
    }

    private sealed record FilterStart(FilterChain Hooked, FilterFields Fields, FilterMarks Marks);
}
