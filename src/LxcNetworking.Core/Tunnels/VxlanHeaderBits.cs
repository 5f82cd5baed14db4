using System.Globalization;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Tunnels;

/// <summary>Bits of a VXLAN header (struct vxlanhdr), the first one of the header as the highest:
/// <c>0xf7ffffff000000ff</c>.</summary>
public sealed class VxlanHeaderBits : TextValue<VxlanHeaderBits>
{
    private readonly ulong _bits;

    /// <summary>Reads the text form, as a PowerShell conversion does.</summary>
    /// <param name="text">0x and up to 16 hexadecimal digits.</param>
    /// <exception cref="FormatException">It is none.</exception>
    public VxlanHeaderBits(string text)
    {
        if (text is not ['0', 'x' or 'X', .. var digits]
            || !Digits.TryParseHex(digits, out _bits))
            throw Misfit.Of(text, "are no bits of a header: write 0x and up to 16 hexadecimal digits.");
    }

    /// <summary>Reads the text form.</summary>
    /// <param name="text">0x and up to 16 hexadecimal digits.</param>
    /// <returns>The bits.</returns>
    /// <exception cref="FormatException">It is none.</exception>
    public static VxlanHeaderBits Parse(string text) => new(text);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"0x{_bits:x16}");

    /// <inheritdoc/>
    public override int GetHashCode() => _bits.GetHashCode();

    private protected override int Compare(VxlanHeaderBits other) => _bits.CompareTo(other._bits);

    internal static VxlanHeaderBits Read(NetlinkAttribute attribute)
        => new(string.Create(CultureInfo.InvariantCulture, $"0x{attribute.AsUInt64BigEndian():x16}"));

    internal static void Write(NetlinkRequest request, ushort type, VxlanHeaderBits bits)
        => request.PutBigEndian(type, bits._bits);
}
