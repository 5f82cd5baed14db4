using LxcNetworking.Netlink;

namespace LxcNetworking.Netfilter.Filtering;

/// <summary>What becomes of a packet.</summary>
internal enum FilterVerdictKind
{
    Accept,
    Drop,
    Queue,
    Jump,
    Goto,
    Return,
    Continue,
}

/// <summary>What becomes of a packet, and the chain that goes on with it.</summary>
internal sealed record FilterVerdict(FilterVerdictKind Kind, string? Chain = null)
{
    /// <summary>Reads NFTA_DATA_VERDICT.</summary>
    public static FilterVerdict? Read(AttributeReader verdict)
    {
        if (!verdict.TryFind(Nfta.VerdictCode, out var code))
            return null;
        var chain = verdict.TryFind(Nfta.VerdictChain, out var name) ? name.AsString() : null;
        return (int)code.AsUInt32BigEndian() switch
        {
            0 => new(FilterVerdictKind.Drop),
            1 => new(FilterVerdictKind.Accept),
            -1 => new(FilterVerdictKind.Continue),
            -3 when chain is not null => new(FilterVerdictKind.Jump, chain),
            -4 when chain is not null => new(FilterVerdictKind.Goto, chain),
            -5 => new(FilterVerdictKind.Return),
            _ => new(FilterVerdictKind.Queue),
        };
    }

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        FilterVerdictKind.Jump => $"jump {Chain}",
        FilterVerdictKind.Goto => $"goto {Chain}",
        FilterVerdictKind.Accept => "accept",
        FilterVerdictKind.Drop => "drop",
        FilterVerdictKind.Queue => "queue",
        FilterVerdictKind.Return => "return",
        _ => "continue",
    };
}

/// <summary>An element of a set or map, or one end of an interval.</summary>
internal sealed record FilterElement(byte[] Key, byte[]? KeyEnd, FilterVerdict? Verdict, byte[]? Data)
{
    /// <summary>It is the first key behind an interval (NFT_SET_ELEM_INTERVAL_END).</summary>
    public bool IsEnd { get; init; }

    /// <summary>It stands for all keys that are not there (NFT_SET_ELEM_CATCHALL).</summary>
    public bool IsRest { get; init; }

    /// <summary>It has conditions of its own, such as a limit.</summary>
    public bool IsConditional { get; init; }
}

/// <summary>A set or map.</summary>
internal sealed record FilterSet(bool IsInterval, IReadOnlyList<int> Fields)
{
    private const uint Interval = 0x4, ElementEnd = 1, ElementRest = 2;
    private IReadOnlyList<(byte[] From, byte[]? Behind, FilterElement Element)>? _rows;

    public IReadOnlyList<FilterElement> Elements { get; init; } = [];

    public static FilterSet Read(AttributeReader set)
    {
        var fields = new List<int>();
        if (set.TryFind(Nfta.SetDescription, out var description)
            && description.Nested.TryFind(Nfta.SetDescriptionConcat, out var concat))
        {
            foreach (var field in concat.Nested)
                fields.Add(field.Nested.TryFind(Nfta.SetFieldLength, out var length)
                    ? (int)Math.Min(length.AsUInt32BigEndian(), 64) : 0);
        }

        return new FilterSet(
            set.TryFind(Nfta.SetFlags, out var flags) && (flags.AsUInt32BigEndian() & Interval) != 0, fields);
    }

    public static List<FilterElement> ReadElements(AttributeReader list)
    {
        var result = new List<FilterElement>();
        if (!list.TryFind(Nfta.SetElemListElements, out var elements))
            return result;
        foreach (var element in elements.Nested)
        {
            var flags = element.Nested.TryFind(Nfta.SetElemFlags, out var found) ? found.AsUInt32BigEndian() : 0;
            FilterVerdict? verdict = null;
            byte[]? data = null;
            if (element.Nested.TryFind(Nfta.SetElemData, out var content))
            {
                verdict = content.Nested.TryFind(Nfta.DataVerdict, out var inner)
                    ? FilterVerdict.Read(inner.Nested) : null;
                data = Value(element.Nested, Nfta.SetElemData);
            }

            result.Add(new FilterElement(
                Value(element.Nested, Nfta.SetElemKey) ?? [], Value(element.Nested, Nfta.SetElemKeyEnd), verdict, data)
            {
                IsEnd = (flags & ElementEnd) != 0,
                IsRest = (flags & ElementRest) != 0,
                IsConditional = element.Nested.TryFind(Nfta.SetElemExpression, out _)
                    || element.Nested.TryFind(Nfta.SetElemExpressions, out _),
            });
        }

        return result;
    }

    /// <summary>Finds the elements that a key may be, and whether it surely is.</summary>
    public IEnumerable<(FilterElement Element, Fit Fit)> Find(FieldBits key)
    {
        var rest = Fit.All;
        foreach (var (element, fit) in Rows.Select(row => (row.Element, Fits(row, key))))
        {
            if (fit == Fit.None)
                continue;
            yield return (element, element.IsConditional ? Fit.Some : fit);
            rest = FieldBits.And(rest, FieldBits.Not(fit));
            if (fit == Fit.All)
                yield break;
        }

        if (rest != Fit.None && Elements.FirstOrDefault(element => element.IsRest) is { } other)
            yield return (other, rest);
    }

    /// <summary>The last key that an element stands for; empty if it stands for all that follow.</summary>
    public byte[] Last(FilterElement element)
    {
        if (element.KeyEnd is { } end)
            return end;
        if (Rows.FirstOrDefault(row => ReferenceEquals(row.Element, element)).Behind is not { } behind)
            return element.Key;
        byte[] last = [.. behind];
        for (var i = last.Length - 1; i >= 0 && last[i]-- == 0; i--)
        {
        }

        return last;
    }

    // A tree of intervals has their first keys and the keys behind them, each by itself.
    private IReadOnlyList<(byte[] From, byte[]? Behind, FilterElement Element)> Rows => _rows ??= MakeRows();

    private List<(byte[] From, byte[]? Behind, FilterElement Element)> MakeRows()
    {
        var listed = Elements.Where(element => !element.IsRest).ToList();
        if (!IsInterval || listed.Exists(element => element.KeyEnd is not null))
        {
            listed.RemoveAll(element => element.IsEnd);
            return [.. listed.Select(element => (element.Key, (byte[]?)null, element))];
        }

        listed.Sort((one, other) => one.Key.AsSpan().SequenceCompareTo(other.Key) is var order && order != 0
            ? order : other.IsEnd.CompareTo(one.IsEnd));
        return
        [
            .. listed.Index().Where(item => !item.Item.IsEnd).Select(item => (
                item.Item.Key, listed.ElementAtOrDefault(item.Index + 1)?.Key ?? (byte[]?)[], item.Item)),
        ];
    }

    private Fit Fits((byte[] From, byte[]? Behind, FilterElement Element) row, FieldBits key)
    {
        if (row.From.Length != key.Length)
            return row.From.Length > key.Length ? Fit.Some : key.Slice(0, row.From.Length).Is(row.From);
        if (row.Element.KeyEnd is { } end)
            return end.Length == key.Length ? FitsFields(row.From, end, key) : Fit.Some;
        if (row.Behind is not { } behind)
            return key.Is(row.From);
        var notBelow = key.Compare(NftComparison.GreaterOrEqual, row.From);
        return behind.Length == 0 ? notBelow : FieldBits.And(notBelow, key.Compare(NftComparison.Less, behind));
    }

    private Fit FitsFields(byte[] from, byte[] to, FieldBits key)
    {
        var lengths = Fields.Count > 0 ? Fields : [key.Length];
        var (fit, offset) = (Fit.All, 0);
        foreach (var length in lengths)
        {
            if (length <= 0 || offset + length > key.Length)
                return Fit.Some;
            fit = FieldBits.And(
                fit, key.Slice(offset, length).IsWithin(from.AsSpan(offset, length), to.AsSpan(offset, length)));
            offset += (length + 3) & ~3;
        }

        return fit;
    }

    private static byte[]? Value(AttributeReader element, ushort type)
        => element.TryFind(type, out var data) && data.Nested.TryFind(Nfta.DataValue, out var value)
            ? value.Value.ToArray() : null;
}
