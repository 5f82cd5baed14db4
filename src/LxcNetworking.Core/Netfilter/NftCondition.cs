using System.Net.Sockets;
using System.Text;
using LxcNetworking.Values;

namespace LxcNetworking.Netfilter;

/// <summary>What a rule can look at.</summary>
internal enum NftField
{
    /// <summary>The packet's family: NFPROTO_IPV4 or NFPROTO_IPV6.</summary>
    Family,

    /// <summary>The transport protocol's number.</summary>
    Transport,

    /// <summary>The interface that the packet leaves by.</summary>
    OutputInterface,

    /// <summary>The IPv4 source.</summary>
    Source4,

    /// <summary>The IPv4 destination.</summary>
    Destination4,

    /// <summary>The IPv6 source.</summary>
    Source6,

    /// <summary>The IPv6 destination.</summary>
    Destination6,

    /// <summary>The destination port.</summary>
    DestinationPort,

    /// <summary>What sort of address the destination is to this stack (RTN_*), in host order.</summary>
    DestinationType,

    /// <summary>The connection's state of translation (IPS_*), in host order.</summary>
    ConnectionStatus,
}

/// <summary>NFT_CMP_*, and a test of bits.</summary>
internal enum NftComparison : uint
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    AnyBit,
}

/// <summary>A comparison of one field, or of its first bits.</summary>
/// <param name="Field">The field.</param>
/// <param name="Comparison">The comparison.</param>
/// <param name="Value">As many bytes as the field has, zero after the compared bits.</param>
/// <param name="Bits">How many of the leading bits are compared.</param>
internal sealed record NftCondition(NftField Field, NftComparison Comparison, byte[] Value, int Bits)
{
    public static NftCondition Of(NftField field, NftComparison comparison, byte[] value)
        => new(field, comparison, value, value.Length * 8);

    public static NftCondition Family(AddressFamily family)
        => Of(NftField.Family, NftComparison.Equal, [FamilyNumber(family)]);

    public static NftCondition Transport(byte protocol) => Of(NftField.Transport, NftComparison.Equal, [protocol]);

    public static NftCondition Port(NftComparison comparison, int port)
        => Of(NftField.DestinationPort, comparison, [(byte)(port >> 8), (byte)port]);

    public static NftCondition Source(IPPrefix prefix)
        => Address(NftField.Source4, NftField.Source6, NftComparison.Equal, prefix);

    public static NftCondition Destination(NftComparison comparison, IPPrefix prefix)
        => Address(NftField.Destination4, NftField.Destination6, comparison, prefix);

    public static NftCondition OutputInterface(string name)
    {
        var value = new byte[16];
        Netlink.KernelText.Encode(name).CopyTo(value, 0);
        return Of(NftField.OutputInterface, NftComparison.Equal, value);
    }

    public static byte FamilyNumber(AddressFamily family) => family == AddressFamily.InterNetworkV6 ? Nf.IPv6 : Nf.IPv4;

    public static int SizeOf(NftField field) => field switch
    {
        NftField.Family or NftField.Transport => 1,
        NftField.DestinationPort => 2,
        NftField.OutputInterface or NftField.Source6 or NftField.Destination6 => 16,
        _ => 4,
    };

    /// <summary>The value as an address with the number of compared bits.</summary>
    public IPPrefix ToPrefix() => new(new IPAddress(Value), Bits);

    /// <summary>The value as an interface name.</summary>
    public string ToInterfaceName() => Netlink.KernelText.Decode(Value);

    /// <summary>The value as a port.</summary>
    public int ToPort() => Value[0] << 8 | Value[1];

    /// <inheritdoc/>
    public override string ToString() => new StringBuilder().Append(Field).Append(' ').Append(Comparison).Append(' ')
        .Append(Convert.ToHexString(Value)).Append('/').Append(Bits).ToString();

    private static NftCondition Address(NftField field4, NftField field6, NftComparison comparison, IPPrefix prefix)
        => new(
            prefix.AddressFamily == AddressFamily.InterNetworkV6 ? field6 : field4,
            comparison,
            prefix.Network.Address.GetAddressBytes(),
            prefix.Length);
}
