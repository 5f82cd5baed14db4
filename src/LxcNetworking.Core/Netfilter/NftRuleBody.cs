using System.Net.Sockets;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Netfilter;

/// <summary>What a rule does with a packet that fits.</summary>
internal enum NftActionKind
{
    /// <summary>Takes the address of the outgoing interface for the source.</summary>
    Masquerade,

    /// <summary>Sets the source.</summary>
    SourceNat,

    /// <summary>Sets the destination.</summary>
    DestinationNat,
}

/// <summary>The end of a rule.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Address">The new address; null for a masquerade.</param>
/// <param name="Port">The new port; null to keep it.</param>
/// <param name="Map">The anonymous map that gives the new port for the old one.</param>
/// <param name="MapId">The map's number within the transaction that makes it.</param>
internal sealed record NftAction(
    NftActionKind Kind, IPAddress? Address = null, int? Port = null, string? Map = null, uint MapId = 0);

/// <summary>
/// A translation rule as conditions and an action, the same for writing and reading. Two bodies with one
/// <see cref="ToString"/> do the same, though the kernel's expressions may differ: nftables compares whole bytes of a
/// prefix, the kernel takes a mask as well.
/// </summary>
internal sealed record NftRuleBody(IReadOnlyList<NftCondition> Conditions, NftAction Action)
{
    private const uint Register = 1, PortRegister = 2;

    /// <summary>The one condition of a sort, or null.</summary>
    public NftCondition? Find(NftComparison comparison, params IReadOnlyList<NftField> fields)
        => Conditions.FirstOrDefault(
            condition => condition.Comparison == comparison && fields.Contains(condition.Field));

    /// <inheritdoc/>
    public override string ToString()
        => string.Join(
            ", ", Conditions.Select(condition => condition.ToString()).Distinct().Order(StringComparer.Ordinal))
            + $": {Action.Kind} {Action.Address} {Action.Port}{(Action.Map is null ? string.Empty : "map")}";

    /// <summary>Writes NFTA_RULE_EXPRESSIONS.</summary>
    public void Write(NetlinkRequest rule) => rule.Nest(Nfta.RuleExpressions, list =>
    {
        foreach (var condition in Conditions)
            Write(list, condition);
        WriteAction(list);
    });

    private static void Write(NetlinkRequest list, NftCondition condition)
    {
        var size = condition.Value.Length;
        Load(list, condition.Field, size);
        if (condition.Comparison == NftComparison.AnyBit)
        {
            Mask(list, condition.Value);
            Compare(list, NftComparison.NotEqual, new byte[size]);
            return;
        }

        if (condition.Bits < size * 8)
            Mask(
                list,
                [
                    .. Enumerable.Range(0, size)
                    .Select(i => (byte)(0xff << (8 - Math.Clamp(condition.Bits - 8 * i, 0, 8)))),
                ]);
        Compare(list, condition.Comparison, condition.Value);
    }

    private static void Load(NetlinkRequest list, NftField field, int size)
    {
        switch (field)
        {
            case NftField.Family: Meta(NftExpr.MetaNfProto); break;
            case NftField.Transport: Meta(NftExpr.MetaL4Proto); break;
            case NftField.OutputInterface: Meta(NftExpr.MetaOifName); break;
            case NftField.Source4: Payload(list, NftExpr.PayloadNetwork, 12, size, Register); break;
            case NftField.Destination4: Payload(list, NftExpr.PayloadNetwork, 16, size, Register); break;
            case NftField.Source6: Payload(list, NftExpr.PayloadNetwork, 8, size, Register); break;
            case NftField.Destination6: Payload(list, NftExpr.PayloadNetwork, 24, size, Register); break;
            case NftField.DestinationPort: Payload(list, NftExpr.PayloadTransport, 2, size, Register); break;
            case NftField.DestinationType:
                Expression(list, "fib", data => data
                    .PutBigEndian(NftExpr.FibDestination, Register)
                    .PutBigEndian(NftExpr.FibResult, NftExpr.FibResultAddressType)
                    .PutBigEndian(NftExpr.FibFlags, NftExpr.FibDestinationAddress));
                break;
            case NftField.ConnectionStatus:
                Expression(
                    list,
                    "ct",
                    data => data.PutBigEndian(NftExpr.CtDestination, Register)
                        .PutBigEndian(NftExpr.CtKey, NftExpr.CtStatus));
                break;
            default: throw new ArgumentOutOfRangeException(nameof(field));
        }

        void Meta(uint key) => Expression(
            list,
            "meta",
            data => data.PutBigEndian(NftExpr.MetaKey, key).PutBigEndian(NftExpr.MetaDestination, Register));
    }

    private static void Payload(NetlinkRequest list, uint header, uint offset, int size, uint register)
        => Expression(list, "payload", data => data
        .PutBigEndian(NftExpr.PayloadDestination, register)
        .PutBigEndian(NftExpr.PayloadBase, header)
        .PutBigEndian(NftExpr.PayloadOffset, offset)
        .PutBigEndian(NftExpr.PayloadLength, (uint)size));

    private static void Mask(NetlinkRequest list, byte[] mask) => Expression(list, "bitwise", data => data
        .PutBigEndian(NftExpr.BitwiseSource, Register)
        .PutBigEndian(NftExpr.BitwiseDestination, Register)
        .PutBigEndian(NftExpr.BitwiseLength, (uint)mask.Length)
        .Nest(NftExpr.BitwiseMask, value => value.Put(Nfta.DataValue, mask))
        .Nest(NftExpr.BitwiseXor, value => value.Put(Nfta.DataValue, new byte[mask.Length])));

    private static void Compare(NetlinkRequest list, NftComparison comparison, byte[] value)
        => Expression(list, "cmp", data => data
        .PutBigEndian(NftExpr.CmpSource, Register)
        .PutBigEndian(NftExpr.CmpOperation, (uint)comparison)
        .Nest(NftExpr.CmpData, inner => inner.Put(Nfta.DataValue, value)));

    private static void Immediate(NetlinkRequest list, uint register, byte[] value)
        => Expression(list, "immediate", data => data
        .PutBigEndian(NftExpr.ImmediateDestination, register)
        .Nest(NftExpr.ImmediateData, inner => inner.Put(Nfta.DataValue, value)));

    private static void Expression(NetlinkRequest list, string name, Action<NetlinkRequest> data)
        => list.Nest(Nfta.ListElement, element => element.PutString(Nfta.ExprName, name).Nest(Nfta.ExprData, data));

    private void WriteAction(NetlinkRequest list)
    {
        if (Action.Kind == NftActionKind.Masquerade)
        {
            Expression(list, "masq", _ => { });
            return;
        }

        Immediate(list, Register, Action.Address!.GetAddressBytes());
        if (Action.Port is { } port)
            Immediate(list, PortRegister, [(byte)(port >> 8), (byte)port]);
        if (Action.Map is { } map)
        {
            Payload(list, NftExpr.PayloadTransport, 2, 2, PortRegister);
            Expression(list, "lookup", data => data
                .PutString(NftExpr.LookupSet, map)
                .PutBigEndian(NftExpr.LookupSource, PortRegister)
                .PutBigEndian(NftExpr.LookupDestination, PortRegister)
                .PutBigEndian(NftExpr.LookupSetId, Action.MapId));
        }

        var family = Action.Address.AddressFamily == AddressFamily.InterNetworkV6 ? Nf.IPv6 : Nf.IPv4;
        Expression(list, "nat", data =>
        {
            data.PutBigEndian(
                NftExpr.NatType, Action.Kind == NftActionKind.SourceNat ? NftExpr.NatSource : NftExpr.NatDestination)
                .PutBigEndian(NftExpr.NatFamily, (uint)family)
                .PutBigEndian(NftExpr.NatAddressMin, Register);
            if (Action.Port is not null || Action.Map is not null)
                data.PutBigEndian(NftExpr.NatPortMin, PortRegister);
        });
    }
}
