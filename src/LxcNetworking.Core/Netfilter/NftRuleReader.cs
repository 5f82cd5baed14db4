using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Netfilter;

/// <summary>
/// Reads a rule's expressions back. It follows the registers as the kernel does, and gives up on whatever it does not
/// know, so that a rule of someone else's is never taken for less than it is.
/// </summary>
internal sealed class NftRuleReader
{
    private readonly List<NftCondition> _conditions = [];
    private readonly Dictionary<uint, object> _registers = [];
    private NftAction? _action;

    private NftRuleReader()
    {
    }

    /// <summary>What a register holds: a field's first bytes, masked or not.</summary>
    private sealed record Loaded(NftField Field, int Bytes, byte[]? Mask);

    /// <summary>What a register holds: a port looked up in a map.</summary>
    private sealed record Mapped(string Map);

    /// <summary>Reads NFTA_RULE_EXPRESSIONS.</summary>
    /// <returns>The rule, or null if it holds anything that this program does not write.</returns>
    /// <exception cref="NetlinkProtocolException">The attributes are malformed.</exception>
    public static NftRuleBody? Read(AttributeReader expressions)
    {
        var reader = new NftRuleReader();
        foreach (var expression in NftExpression.Read(expressions))
        {
            if (reader._action is not null || !reader.Take(expression))
                return null;
        }

        return reader._action is { } action ? new NftRuleBody(reader._conditions, action) : null;
    }

    // NFT_REG_1 to NFT_REG_4 are the same memory as NFT_REG32_00 (8) to NFT_REG32_15, four to one.
    private static uint Slot(uint register) => register is >= 1 and <= 4 ? 8 + (register - 1) * 4 : register;

    private bool Take(NftExpression data) => data.Name switch
    {
        "counter" => true, // it counts and changes nothing
        "meta" => Load(data.Number(NftExpr.MetaDestination), data.Number(NftExpr.MetaKey) switch
        {
            NftExpr.MetaNfProto => NftField.Family,
            NftExpr.MetaL4Proto => NftField.Transport,
            NftExpr.MetaOifName => NftField.OutputInterface,
            _ => null,
        }),
        "payload" => Payload(data),
        "fib" => Load(
            data.Number(NftExpr.FibDestination),
            data.Number(NftExpr.FibResult) == NftExpr.FibResultAddressType
                && data.Number(NftExpr.FibFlags) == NftExpr.FibDestinationAddress
                ? NftField.DestinationType
                : null),
        "ct" => Load(
            data.Number(NftExpr.CtDestination), data.Number(NftExpr.CtKey) == NftExpr.CtStatus
                && !data.Has(NftExpr.CtDirection)
                ? NftField.ConnectionStatus
                : null),
        "bitwise" => Bitwise(data),
        "cmp" => Compare(
            data.Number(NftExpr.CmpSource),
            (NftComparison)data.Number(NftExpr.CmpOperation),
            data.Data(NftExpr.CmpData)),
        "range" => data.Number(NftExpr.RangeOperation) == 0
            && Compare(data.Number(NftExpr.RangeSource), NftComparison.GreaterOrEqual, data.Data(NftExpr.RangeFrom))
            && Compare(data.Number(NftExpr.RangeSource), NftComparison.LessOrEqual, data.Data(NftExpr.RangeTo)),
        "immediate" => data.Data(NftExpr.ImmediateData) is { } value
            && Hold(data.Number(NftExpr.ImmediateDestination), value),
        "lookup" => Lookup(data),
        "nat" => Nat(data),
        "masq" => data.Number(NftExpr.MasqueradeFlags, 0) == 0 && !data.Has(NftExpr.MasqueradePortMin)
            && End(new NftAction(NftActionKind.Masquerade)),
        _ => false,
    };

    private bool Hold(uint register, object content)
    {
        _registers[Slot(register)] = content;
        return register != uint.MaxValue;
    }

    private bool End(NftAction action)
    {
        _action = action;
        return true;
    }

    private bool Load(uint register, NftField? field)
        => field is { } known && Hold(register, new Loaded(known, NftCondition.SizeOf(known), null));

    private bool Payload(NftExpression data)
    {
        var length = data.Number(NftExpr.PayloadLength);
        NftField? field = (data.Number(NftExpr.PayloadBase), data.Number(NftExpr.PayloadOffset)) switch
        {
            (NftExpr.PayloadNetwork, 12) when length <= 4 => NftField.Source4,
            (NftExpr.PayloadNetwork, 16) when length <= 4 => NftField.Destination4,
            (NftExpr.PayloadNetwork, 8) when length <= 16 => NftField.Source6,
            (NftExpr.PayloadNetwork, 24) when length <= 16 => NftField.Destination6,
            (NftExpr.PayloadTransport, 2) when length == 2 => NftField.DestinationPort,
            _ => null,
        };
        return field is { } known && length > 0
            && Hold(data.Number(NftExpr.PayloadDestination), new Loaded(known, (int)length, null));
    }

    private bool Bitwise(NftExpression data)
    {
        if (data.Number(NftExpr.BitwiseOperation, 0) != 0
            || !_registers.TryGetValue(Slot(data.Number(NftExpr.BitwiseSource)), out var content)
            || content is not Loaded { Mask: null } loaded
            || data.Data(NftExpr.BitwiseMask) is not { } mask || mask.Length != loaded.Bytes
            || data.Data(NftExpr.BitwiseXor) is not { } xor || xor.AsSpan().ContainsAnyExcept((byte)0))
            return false;
        return Hold(data.Number(NftExpr.BitwiseDestination), loaded with { Mask = mask });
    }

    private bool Compare(uint register, NftComparison comparison, byte[]? value)
    {
        if (comparison > NftComparison.GreaterOrEqual || value is null
            || !_registers.TryGetValue(Slot(register), out var content) || content is not Loaded loaded
            || value.Length != loaded.Bytes)
            return false;
        if (loaded is { Field: NftField.ConnectionStatus, Mask: { } bits })
        {
            _conditions.Add(NftCondition.Of(loaded.Field, NftComparison.AnyBit, bits));
            return comparison == NftComparison.NotEqual && !value.AsSpan().ContainsAnyExcept((byte)0);
        }

        var compared = loaded.Bytes * 8;
        if (loaded.Mask is { } mask)
        {
            compared = mask.Sum(part => System.Numerics.BitOperations.PopCount(part));
            // A mask with holes is no prefix.
            for (var i = 0; i < mask.Length; i++)
            {
                if (mask[i] != (byte)(0xff << (8 - Math.Clamp(compared - 8 * i, 0, 8))))
                    return false;
            }
        }

        var size = NftCondition.SizeOf(loaded.Field);
        if (compared < size * 8 && comparison is not (NftComparison.Equal or NftComparison.NotEqual))
            return false;
        // The start of an interface's name is a pattern, not a name.
        if (loaded.Field == NftField.OutputInterface && compared < size * 8)
            return false;
        var whole = new byte[size];
        value.CopyTo(whole, 0);
        _conditions.Add(new NftCondition(loaded.Field, comparison, whole, compared));
        return true;
    }

    private bool Lookup(NftExpression data)
        => data.Number(NftExpr.LookupFlags, 0) == 0
            && data.Has(NftExpr.LookupDestination)
            && data.Text(NftExpr.LookupSet) is { } set
            && _registers.TryGetValue(Slot(data.Number(NftExpr.LookupSource)), out var content)
            && content is Loaded { Field: NftField.DestinationPort, Mask: null }
            && Hold(data.Number(NftExpr.LookupDestination), new Mapped(set));

    private bool Nat(NftExpression data)
    {
        uint address = data.Number(NftExpr.NatAddressMin), port = data.Number(NftExpr.NatPortMin, 0);
        var family = data.Number(NftExpr.NatFamily);
        if ((data.Number(NftExpr.NatFlags, 0) & ~NftExpr.NatFlagsImplied) != 0
            || data.Number(NftExpr.NatAddressMax, address) != address || data.Number(NftExpr.NatPortMax, port) != port
            || !_registers.TryGetValue(Slot(address), out var held) || held is not byte[] bytes
            || bytes.Length != (family == Nf.IPv6 ? 16 : 4) || family is not (Nf.IPv4 or Nf.IPv6))
            return false;
        var action = new NftAction(
            data.Number(NftExpr.NatType) == NftExpr.NatSource ? NftActionKind.SourceNat : NftActionKind.DestinationNat,
            new IPAddress(bytes));
        if (port == 0)
            return End(action);
        return _registers.GetValueOrDefault(Slot(port)) switch
        {
            byte[] { Length: 2 } number => End(action with { Port = number[0] << 8 | number[1] }),
            Mapped mapped => End(action with { Map = mapped.Map }),
            _ => false,
        };
    }
}
