using System.Buffers;
using System.Globalization;
using System.Text;

namespace LxcNetworking.Netlink;

/// <summary>
/// Turns the kernel's byte strings into text that is harmless on a terminal, and back. Interface names and aliases may
/// hold any byte; control characters, bytes that are not UTF-8 and the backslash are written as <c>\xNN</c>, so that
/// the way back is exact.
/// </summary>
public static class KernelText
{
    private const int MostShown = 80;

    /// <summary>Decodes UTF-8 bytes up to the first NUL, escaping what a terminal could obey.</summary>
    /// <param name="bytes">The bytes as the kernel gave them.</param>
    /// <returns>Printable text.</returns>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)0);
        if (end >= 0)
            bytes = bytes[..end];

        if (!bytes.ContainsAnyExceptInRange((byte)0x20, (byte)0x7e) && !bytes.Contains((byte)'\\'))
            return Encoding.ASCII.GetString(bytes);

        var text = new StringBuilder(bytes.Length + 8);
        Span<char> pair = stackalloc char[2];
        while (!bytes.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(bytes, out var rune, out var consumed);
            if (status == OperationStatus.Done && IsPrintable(rune))
                text.Append(pair[..rune.EncodeToUtf16(pair)]);
            else
            {
                foreach (var value in bytes[..consumed])
                    text.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}");
            }

            bytes = bytes[consumed..];
        }

        return text.ToString();
    }

    /// <summary>Encodes text as UTF-8, turning each <c>\xNN</c> back into its byte.</summary>
    /// <param name="text">Text as <see cref="Decode"/> gives it, or typed by a user.</param>
    /// <returns>The bytes, without a terminating NUL.</returns>
    public static byte[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.Contains('\\', StringComparison.Ordinal))
            return Encoding.UTF8.GetBytes(text);

        var bytes = new List<byte>(text.Length);
        for (var i = 0; i < text.Length;)
        {
            if (text[i] == '\\' && i + 3 < text.Length && text[i + 1] == 'x'
                && char.IsAsciiHexDigit(text[i + 2]) && char.IsAsciiHexDigit(text[i + 3]))
            {
                bytes.Add(byte.Parse(
                    text.AsSpan(i + 2, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                i += 4;
                continue;
            }

            var length = i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]) ? 2 : 1;
            bytes.AddRange(Encoding.UTF8.GetBytes(text.Substring(i, length)));
            i += length;
        }

        return [.. bytes];
    }

    /// <summary>Escapes control and formatting characters of text that did not come through
    /// <see cref="Decode"/>.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>Printable text.</returns>
    public static string Printable(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Decode(Encoding.UTF8.GetBytes(text.Replace('\0', ' ')));
    }

    /// <summary>True for text that has no control characters in it, and no halves of characters, which no bytes stand
    /// for.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>False if something of it would be lost on the way to the kernel or to a file.</returns>
    public static bool IsPlain(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var rest = text.AsSpan();
        for (; Rune.DecodeFromUtf16(rest, out var rune, out var length) == OperationStatus.Done; rest = rest[length..])
        {
            if (Rune.IsControl(rune))
                return false;
        }

        return rest.IsEmpty;
    }

    /// <summary>A printable text that is no longer than a message about it needs.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>Printable text.</returns>
    public static string Shown(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length <= MostShown ? Printable(text) : Printable(text[..MostShown]) + "…";
    }

    // Format characters include the bidirectional overrides, which can make one name look like another.
    private static bool IsPrintable(Rune rune) => rune.Value != '\\' && Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
