using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>What packets are put into on their way (LWTUNNEL_ENCAP_* of linux/lwtunnel.h).</summary>
public enum RouteEncapsulationType
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>MPLS labels.</summary>
    Mpls = 1,

    /// <summary>An IPv4 tunnel, as an external VXLAN, Geneve or GRE link takes it.</summary>
    Ip = 2,

    /// <summary>Identifier-locator addressing.</summary>
    Ila = 3,

    /// <summary>An IPv6 tunnel, as an external VXLAN, Geneve or GRE link takes it.</summary>
    Ip6 = 4,

    /// <summary>Segment routing over IPv6 (RFC 8754).</summary>
    Seg6 = 5,

    /// <summary>BPF programs.</summary>
    Bpf = 6,

    /// <summary>What an endpoint of segment routing does (RFC 8986).</summary>
    Seg6Local = 7,

    /// <summary>Source routes of the routing protocol RPL (RFC 6554).</summary>
    Rpl = 8,

    /// <summary>Measurements along the way (RFC 9197).</summary>
    Ioam6 = 9,

    /// <summary>IPsec by the number of an interface.</summary>
    Xfrm = 10,
}

/// <summary>
/// What a route puts its packets into, in the words of ip-route(8): <c>ip id 42 dst 192.0.2.9</c>,
/// <c>seg6 mode encap segs fd00::9,fd00::8</c>. What has no word is the attribute's number and bytes:
/// <c>seg6local attr 1 0x01000000</c>.
/// </summary>
public sealed class RouteEncapsulation : TextValue<RouteEncapsulation>
{
    private readonly string _text;
    private readonly byte[] _attributes;

    /// <summary>Reads the text form, as a PowerShell conversion does.</summary>
    /// <param name="text">Words for ip, ip6 and seg6; for the other types as the kernel's attributes are
    /// shown.</param>
    /// <exception cref="FormatException">It is no such text.</exception>
    public RouteEncapsulation(string text)
    {
        (Type, _attributes) = EncapsulationWriter.Read(text ?? string.Empty);
        _text = EncapsulationReader.TextOf(Type, new AttributeReader(_attributes));
    }

    /// <summary>Reads what the kernel told.</summary>
    /// <exception cref="NetlinkProtocolException">It is malformed.</exception>
    internal RouteEncapsulation(ushort type, ReadOnlySpan<byte> attributes)
    {
        (Type, _attributes) = ((RouteEncapsulationType)type, attributes.ToArray());
        _text = EncapsulationReader.TextOf(Type, new AttributeReader(_attributes));
    }

    /// <summary>Into what.</summary>
    public RouteEncapsulationType Type { get; }

    /// <summary>Reads the two attributes among those of a route or way; null if there are none.</summary>
    /// <exception cref="NetlinkProtocolException">They are malformed.</exception>
    internal static RouteEncapsulation? Find(AttributeReader attributes, ushort typeNumber, ushort number)
        => attributes.TryFind(typeNumber, out var type) && type.AsUInt16() is var kind and not 0
            ? new RouteEncapsulation(kind, attributes.TryFind(number, out var inner) ? inner.Value : default) : null;

    /// <summary>Writes the two attributes.</summary>
    internal void Write(NetlinkRequest request, ushort typeNumber, ushort number)
        => request.Put(typeNumber, (ushort)Type).Put((ushort)(number | Rta.Nested), _attributes);

    /// <summary>The two attributes as they stand among those of one way of several.</summary>
    internal byte[] ToBytes() =>
    [
        .. EncapsulationWriter.Attribute(Rta.EncapType, BitConverter.GetBytes((ushort)Type)),
        .. EncapsulationWriter.Attribute((ushort)(Rta.Encap | Rta.Nested), _attributes),
    ];

    /// <inheritdoc/>
    public override string ToString() => _text;

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(_text);

    private protected override int Compare(RouteEncapsulation other) => string.CompareOrdinal(_text, other._text);
}
