using System.Globalization;
using System.Net.Sockets;
using System.Text;
using LxcNetworking.Links;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Lxc;

/// <summary>What liblxc makes of values that may be written in several ways (confile.c, network.c).</summary>
internal static class LxcConfigurationValues
{
    /// <summary>A value as it is usually written.</summary>
    /// <param name="key">Its key after <c>lxc.net.[i].</c>.</param>
    /// <param name="value">As the file has it.</param>
    /// <returns>The same value where liblxc takes it for nothing else, or refuses it.</returns>
    public static string Read(string key, string value) => key switch
    {
        "flags" when value.Length > 0 => "up",
        "hwaddr" => ReadMac(value) ?? value,
        "link" or "name" or "veth.pair" => Cut(value),
        "mtu" or "vlan.id" or "veth.vlan.id" or "veth.vlan.tagged.id" or "veth.n_rxqueues" or "veth.n_txqueues"
            => ReadNumber(value) is { } number ? number.ToString(CultureInfo.InvariantCulture) : value,
        "ipv4.address" or "ipv6.address" or "veth.ipv4.route" or "veth.ipv6.route" => ReadLength(value),
        _ => value,
    };

    /// <summary>The prefix length of an IPv4 address without one: that of its class, but liblxc looks at the last byte
    /// of the address, which is the highest one of the number that a little-endian processor has for it.</summary>
    public static int LengthOf(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        return (BitConverter.IsLittleEndian ? bytes[^1] : bytes[0]) switch
        {
            < 128 => 8,
            < 192 => 16,
            < 224 => 24,
            _ => 0,
        };
    }

    // lxc_convert_mac: a byte has one digit or two, a colon may be missing behind two, and what follows the sixth byte
    // is not looked at. An 'x' has become a digit before that.
    private static string? ReadMac(string value)
    {
        var bytes = new List<string>();
        var next = 0;
        while (bytes.Count < 6)
        {
            if (next >= value.Length || !IsDigit(value[next]))
                return null;
            var first = value[next++];
            var isAlone = next == value.Length || value[next] == ':';
            if (!isAlone && !IsDigit(value[next]))
                return null;
            bytes.Add(isAlone ? $"0{first}" : $"{first}{value[next++]}");
            for (var colons = isAlone ? 2 : 1; colons > 0 && next < value.Length && value[next] == ':'; colons--)
                next++;
        }

        return string.Join(':', bytes);

        static bool IsDigit(char letter) => char.IsAsciiHexDigit(letter) || letter is 'x' or 'X';
    }

    // strtoul(3) of base 0: with 0x hexadecimal, with a 0 before it octal.
    private static uint? ReadNumber(string value)
    {
        var text = value.AsSpan().TrimStart();
        if (text.StartsWith("+"))
            text = text[1..];
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            return Digits.TryParseHex(text[2..], out uint hex) ? hex : null;
        if (text is not ['0', _, ..])
            return Digits.TryParse(text, out uint number) ? number : null;
        ulong octal = 0;
        foreach (var digit in text)
        {
            if (digit is < '0' or > '7' || (octal = octal * 8 + (uint)(digit - '0')) > uint.MaxValue)
                return null;
        }

        return (uint)octal;
    }

    private static string ReadLength(string value)
    {
        if (value.IndexOf('/', StringComparison.Ordinal) is not (> 0 and var slash))
            return value;
        var end = value.IndexOf(' ', slash) is var blank and > 0 ? blank : value.Length;
        return ReadNumber(value[(slash + 1)..end]) is { } length
            ? string.Create(CultureInfo.InvariantCulture, $"{value[..slash]}/{length}{value[end..]}") : value;
    }

    // liblxc copies as many bytes as an interface's name can have.
    private static string Cut(string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        return bytes.Length <= LinkSpec.MaxNameBytes ? value
            : Encoding.UTF8.GetString(bytes.AsSpan(0, LinkSpec.MaxNameBytes));
    }
}
