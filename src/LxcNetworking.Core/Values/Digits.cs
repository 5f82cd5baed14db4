using System.Buffers;
using System.Globalization;
using System.Numerics;

namespace LxcNetworking.Values;

/// <summary>Reads numbers of ASCII digits and nothing else. The framework's own readers also take NULs behind a
/// number.</summary>
internal static class Digits
{
    private static readonly SearchValues<char> s_hexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>Reads a decimal number.</summary>
    public static bool TryParse<T>(ReadOnlySpan<char> text, out T value)
        where T : struct, IBinaryInteger<T>
    {
        value = T.Zero;
        return !text.ContainsAnyExceptInRange('0', '9')
            && T.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>Reads a hexadecimal number.</summary>
    public static bool TryParseHex<T>(ReadOnlySpan<char> text, out T value)
        where T : struct, IBinaryInteger<T>
    {
        value = T.Zero;
        return !text.ContainsAnyExcept(s_hexDigits)
            && T.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }
}
