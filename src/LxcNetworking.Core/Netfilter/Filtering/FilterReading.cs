using LxcNetworking.Netlink;

namespace LxcNetworking.Netfilter.Filtering;

/// <summary>What a rule does with packets of a sort.</summary>
/// <param name="Fit">With all of them, or perhaps with some.</param>
/// <param name="Verdict">What becomes of them.</param>
/// <param name="Words">The rule in words.</param>
internal sealed record FilterOutcome(Fit Fit, FilterVerdict Verdict, string Words);

/// <summary>
/// Looks at one rule for packets of a sort, expression by expression as the kernel does. What it does not know may fit
/// or not.
/// </summary>
internal sealed class FilterReading(
    FilterRuleset ruleset, FilterChain chain, FilterFields fields, FilterMarks marks, CancellationToken cancellation)
{
    private readonly FilterRegisters _registers = new();
    private readonly List<string> _words = [];
    private readonly List<FilterOutcome> _outcomes = [];
    private Fit _fit = Fit.All;
    private Fit _reach = Fit.All;
    // The protocol that the rule has compared, and where it and the family stand in the words: nft leaves them out
    // where ports or addresses say as much.
    private byte? _protocol;
    private int _protocolWord = -1;
    private int _familyWord = -1;
    private (FilterText Field, byte[] Value, int Word)? _least;

    /// <summary>Looks at a rule.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="reach">Whether all these packets come to it.</param>
    /// <returns>What becomes of them, in the order of its doing; empty if they go on to the next rule.</returns>
    public IReadOnlyList<FilterOutcome> Read(FilterRule rule, Fit reach)
    {
        _reach = reach;
        foreach (var expression in rule.Expressions)
        {
            Take(expression);
            if (_fit == Fit.None || (_outcomes.Count > 0 && _outcomes[^1].Fit == Fit.All))
                break;
        }

        return rule.Comment is not { } comment ? _outcomes
            : [.. _outcomes.Select(outcome => outcome with
            {
                Words = FilterWords.Cut($"{outcome.Words} comment \"{comment}\""),
            })];
    }

    private void Narrow(Fit fit, string words)
    {
        _fit = FieldBits.And(_fit, fit);
        _words.Add(words);
    }

    private void End(FilterVerdictKind kind, string words) => End(new FilterVerdict(kind), _fit, words);

    private void End(FilterVerdict verdict, Fit fit, string words)
        => _outcomes.Add(
            new FilterOutcome(
                fit, verdict, FilterWords.Cut(string.Join(' ', _words.Append(words).Where(word => word.Length > 0)))));

    private void Load(NftExpression data, ushort register, (FieldBits FieldBits, FilterText Text) value)
        => _registers.Write(data.Number(register), value.FieldBits, value.Text);

    private void Take(NftExpression data)
    {
        switch (data.Name)
        {
            case "meta": Meta(data); break;
            case "ct": Connection(data); break;
            case "payload": Payload(data); break;
            case "cmp": Compare(data); break;
            case "range": Range(data); break;
            case "bitwise": Bitwise(data); break;
            case "byteorder": ByteOrder(data); break;
            case "lookup": Lookup(data); break;
            case "immediate": Immediate(data); break;
            case "fib":
                Load(data, NftExpr.FibDestination, fields.Route(
                    data.Number(NftExpr.FibResult, 0), data.Number(NftExpr.FibFlags, 0)));
                break;
            case "exthdr": Extension(data); break;
            case "rt" or "hash" or "numgen" or "osf" or "tunnel" or "xfrm": Forget(data.Name); break;
            case "match": Match(data); break;
            case "target": Target(data); break;
            case "reject": End(FilterVerdictKind.Drop, FilterWords.Reject(data)); break;
            case "queue": End(FilterVerdictKind.Queue, "queue"); break;
            case "nat" or "masq" or "redir" or "tproxy" or "synproxy" or "fwd":
                End(FilterVerdictKind.Accept, data.Name);
                break;
            case "notrack": marks.Untracked = FieldBits.Or(marks.Untracked, FieldBits.And(_reach, _fit)); break;
            case "counter" or "log" or "last" or "objref" or "dup" or "flow_offload" or "secmark": break;
            case "limit": Narrow(Fit.Some, "limit rate"); break;
            // Whatever else there is may end a rule, and may have written anywhere.
            default:
                _registers.Clear();
                Narrow(Fit.Some, data.Name.Length > 0 ? data.Name : "?");
                break;
        }
    }

    private void Forget(string words)
    {
        _registers.Clear();
        _fit = FieldBits.And(_fit, Fit.Some);
        _words.Add(words);
    }

    private void Meta(NftExpression data)
    {
        var key = data.Number(NftExpr.MetaKey);
        if (key == NftExpr.MetaL4Proto && fields.Packet.Family == Nf.Arp)
            _fit = Fit.None;
        else if (!data.Has(NftExpr.MetaSource))
            Load(data, NftExpr.MetaDestination, fields.Meta(key));
        else if (key == NftExpr.MetaMark)
            SetMark(_registers.Read(data.Number(NftExpr.MetaSource), 4));
    }

    private void SetMark(FieldBits mark)
        => marks.Mark = FieldBits.And(_reach, _fit) == Fit.All ? mark : FieldBits.Unknown(4);

    private void Connection(NftExpression data)
    {
        if (!data.Has(NftExpr.CtSource))
            Load(data, NftExpr.CtDestination, fields.Connection(data.Number(NftExpr.CtKey)));
    }

    private void Payload(NftExpression data)
    {
        if (data.Has(NftExpr.PayloadSource))
            return;
        var (header, offset, length) = (data.Number(NftExpr.PayloadBase), data.Number(NftExpr.PayloadOffset, 0),
            Math.Min(data.Number(NftExpr.PayloadLength, 0), 64));
        if (header == NftExpr.PayloadTransport)
        {
            if (fields.Packet.Family == Nf.Arp)
                _fit = Fit.None;
            Drop(ref _protocolWord);
        }
        else if (header == NftExpr.PayloadNetwork)
        {
            Drop(ref _familyWord);
        }
        Load(data, NftExpr.PayloadDestination, fields.Payload(
            header, (int)Math.Min(offset, ushort.MaxValue), (int)length, _protocol));
    }

    private void Drop(ref int word)
    {
        if (word >= 0)
            _words[word] = string.Empty;
        word = -1;
    }

    private void Compare(NftExpression data)
    {
        var (register, comparison) = (data.Number(NftExpr.CmpSource), (NftComparison)data.Number(NftExpr.CmpOperation));
        if (data.Data(NftExpr.CmpData) is not { } value || comparison >= NftComparison.AnyBit)
        {
            Narrow(Fit.Some, "?");
            return;
        }

        var text = _registers.Text(register);
        var words = FilterWords.Compare(text, comparison, value);
        if (comparison == NftComparison.LessOrEqual && _least is ({ } field, { } least, var index) && field == text
            && index == _words.Count - 1)
        {
            // nft writes a range as two comparisons.
            _words[index] = string.Empty;
            words = FilterWords.Range(text, false, least, value);
        }

        Narrow(_registers.Read(register, value.Length).Compare(comparison, value), words);
        _least = comparison == NftComparison.GreaterOrEqual ? (text, value, _words.Count - 1) : null;
        if (text.Form == FilterForm.Family)
            _familyWord = _words.Count - 1;
        if (text is { Form: FilterForm.Protocol, Mask: null } && comparison == NftComparison.Equal && value.Length > 0)
            (_protocol, _protocolWord) = (value[0], text.Name == "meta l4proto" ? _words.Count - 1 : -1);
    }

    private void Range(NftExpression data)
    {
        var register = data.Number(NftExpr.RangeSource);
        var isInverted = data.Number(NftExpr.RangeOperation, 0) != 0;
        if (data.Data(NftExpr.RangeFrom) is not { } from || data.Data(NftExpr.RangeTo) is not { } to
            || from.Length != to.Length)
        {
            Narrow(Fit.Some, "?");
            return;
        }

        var fit = _registers.Read(register, from.Length).IsWithin(from, to);
        Narrow(
            isInverted ? FieldBits.Not(fit) : fit, FilterWords.Range(_registers.Text(register), isInverted, from, to));
    }

    private void Bitwise(NftExpression data)
    {
        var (register, target) = (data.Number(NftExpr.BitwiseSource), data.Number(NftExpr.BitwiseDestination));
        var text = _registers.Text(register);
        var length = (int)Math.Min(data.Number(NftExpr.BitwiseLength, 0), 64);
        if (data.Number(NftExpr.BitwiseOperation, 0) != 0 || data.Data(NftExpr.BitwiseMask) is not { } mask
            || data.Data(NftExpr.BitwiseXor) is not { } xor || mask.Length != length || xor.Length != length)
            _registers.Write(target, FieldBits.Unknown(length), new FilterText(text.Name, FilterForm.Hex));
        else
            _registers.Write(target, _registers.Read(register, length).Masked(mask, xor), text with { Mask = mask });
    }

    private void ByteOrder(NftExpression data)
    {
        var register = data.Number(NftExpr.ByteOrderSource);
        var length = (int)Math.Min(data.Number(NftExpr.ByteOrderLength, 0), 64);
        var size = (int)data.Number(NftExpr.ByteOrderSize, 0);
        var value = _registers.Read(register, length);
        _registers.Write(
            data.Number(NftExpr.ByteOrderDestination),
            size is 2 or 4 or 8 && length % size == 0 ? value.Swapped(size) : FieldBits.Unknown(length),
            _registers.Text(register));
    }

    private void Immediate(NftExpression data)
    {
        var register = data.Number(NftExpr.ImmediateDestination);
        if (data.Data(NftExpr.ImmediateData) is { } value)
        {
            _registers.Write(register, FieldBits.Of(value), new FilterText("value", FilterForm.Hex));
            return;
        }

        if (data.Attributes.TryGetValue(NftExpr.ImmediateData, out var inner)
            && new AttributeReader(inner).TryFind(Nfta.DataVerdict, out var verdict)
            && FilterVerdict.Read(verdict.Nested) is { } known)
            End(known, _fit, known.ToString());
    }

    private void Lookup(NftExpression data)
    {
        var name = data.Text(NftExpr.LookupSet) ?? string.Empty;
        var register = data.Number(NftExpr.LookupSource);
        var isInverted = (data.Number(NftExpr.LookupFlags, 0) & 1) != 0;
        var set = ruleset.Set(chain.Family, chain.Table, name, cancellation);
        var length = set?.Elements is [{ } first, ..] ? first.Key.Length : _registers.LengthFrom(register);
        var texts = _registers.Texts(register, length);
        if (set is null)
        {
            if (data.Has(NftExpr.LookupDestination))
                _registers.Clear();
            Narrow(Fit.Some, FilterWords.Lookup(texts, length, name, null, null, isInverted));
            return;
        }

        var found = set.Find(_registers.Read(register, length)).ToList();
        var any = found.Exists(item => item.Fit == Fit.All) ? Fit.All : found.Count > 0 ? Fit.Some : Fit.None;
        string Words(FilterElement? element)
            => FilterWords.Lookup(texts, length, name, set, element, isInverted);
        if (data.Number(NftExpr.LookupDestination, uint.MaxValue) is var target && target == uint.MaxValue)
        {
            Narrow(isInverted ? FieldBits.Not(any) : any, Words(null));
            return;
        }

        if (target != 0)
        {
            var value = found is [{ Fit: Fit.All, Element.Data: { } only }]
                ? FieldBits.Of(only) : FieldBits.Unknown(16);
            _registers.Write(target, value, new FilterText("value", FilterForm.Hex));
            Narrow(any, Words(null));
            return;
        }

        foreach (var (element, fit) in found)
        {
            if (element.Verdict is { } verdict)
                End(verdict, FieldBits.And(_fit, fit), Words(element));
        }

        // The kernel goes on behind the map only where the verdict is to go on.
        _fit = Fit.None;
    }

    // A header of IPv6 that these packets do not have, or an option of TCP that they may have.
    private void Extension(NftExpression data)
    {
        if (data.Has(NftExpr.ExtensionSource))
            return;
        const uint present = 1;
        var isPresence = (data.Number(NftExpr.ExtensionFlags, 0) & present) != 0;
        var isHeader = data.Number(NftExpr.ExtensionOperation, 0) == 0;
        if (isPresence)
        {
            Load(data, NftExpr.ExtensionDestination, (
                isHeader ? FieldBits.Of((byte)0) : FieldBits.Unknown(1), new FilterText("exthdr", FilterForm.Number)));
            return;
        }

        Load(data, NftExpr.ExtensionDestination, (FieldBits.Unknown(16), new FilterText("exthdr", FilterForm.Hex)));
        _fit = FieldBits.And(_fit, isHeader ? Fit.None : Fit.Some);
    }

    private void Match(NftExpression data)
    {
        var name = data.Text(NftExpr.CompatName) ?? string.Empty;
        var (fit, words) = XtMatches.Look(
            name, (int)data.Number(NftExpr.CompatRevision, 0),
            data.Attributes.GetValueOrDefault(NftExpr.CompatInfo) ?? [], fields);
        Narrow(fit, words);
    }

    private void Target(NftExpression data)
    {
        var name = data.Text(NftExpr.CompatName) ?? string.Empty;
        switch (name)
        {
            case "REJECT" or "DROP" or "TARPIT":
                End(FilterVerdictKind.Drop, name == "REJECT" ? "reject" : "drop");
                break;
            case "NFQUEUE" or "SYNPROXY": End(FilterVerdictKind.Queue, name); break;
            case "ACCEPT" or "MASQUERADE" or "SNAT" or "DNAT" or "REDIRECT" or "NETMAP" or "TPROXY":
                End(FilterVerdictKind.Accept, name);
                break;
            case "RETURN": End(FilterVerdictKind.Return, "return"); break;
            case "MARK" or "CONNMARK" or "CONNSECMARK": marks.Mark = FieldBits.Unknown(4); break;
            case "CT" or "NOTRACK":
                marks.Untracked = FieldBits.Or(marks.Untracked, name == "CT" ? Fit.Some : FieldBits.And(_reach, _fit));
                break;
            default: break;
        }
    }
}
