using System.Text;
using LxcNetworking.Netlink;

namespace LxcNetworking.Containers.Lxc;

/// <summary>
/// One line of an LXC configuration file, its bytes as they are. Lines end at a line feed or carriage return, and a key
/// stands before the first '=' of a line that begins with "lxc.", as liblxc's confile.c and parse.c read them.
/// </summary>
internal sealed class LxcConfigurationLine
{
    private static readonly UTF8Encoding Strict
        = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _bytes;
    private readonly int _length;
    private Range _key, _value;

    private LxcConfigurationLine(byte[] bytes, LxcConfigurationLine? origin, bool isNew)
    {
        _bytes = bytes;
        _length = bytes.Length;
        while (_length > 0 && bytes[_length - 1] is (byte)'\n' or (byte)'\r')
            _length--;
        Origin = isNew ? null : origin ?? this;
        Parse();
    }

    /// <summary>The line of the file that this one stands for; null for a new one.</summary>
    public LxcConfigurationLine? Origin { get; }

    /// <summary>The key, if it is one of networks, old or new.</summary>
    public string? Key { get; private set; }

    /// <summary>The value, without the quotes that liblxc takes away; null where the '=' is missing.</summary>
    public string? Value { get; private set; }

    /// <summary>What is wrong with the line itself, if anything.</summary>
    public string? Problem { get; private set; }

    /// <summary>The whole line with its ending.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The line's ending; empty for a last line without one.</summary>
    public ReadOnlySpan<byte> Ending => _bytes.AsSpan(_length);

    /// <summary>The line as it is shown.</summary>
    public string Text => KernelText.Printable(Encoding.UTF8.GetString(_bytes.AsSpan(0, _length)).Replace('\t', ' '));

    /// <summary>Cuts a file into lines.</summary>
    public static List<LxcConfigurationLine> Split(ReadOnlySpan<byte> content)
    {
        var lines = new List<LxcConfigurationLine>();
        while (!content.IsEmpty)
        {
            var end = content.IndexOfAny((byte)'\n', (byte)'\r');
            var length = end < 0
                ? content.Length
                : end + (content[end] == '\r' && end + 1 < content.Length && content[end + 1] == '\n' ? 2 : 1);
            lines.Add(new LxcConfigurationLine(content[..length].ToArray(), null, isNew: false));
            content = content[length..];
        }

        return lines;
    }

    /// <summary>A new line.</summary>
    public static LxcConfigurationLine New(string key, string value, ReadOnlySpan<byte> ending)
        => new([.. Strict.GetBytes($"{key} = {Quoted(value)}"), .. ending], null, isNew: true);

    /// <summary>The same line with another value; everything around it stays.</summary>
    public LxcConfigurationLine WithValue(string value) => Replaced(_value, Strict.GetBytes(Quoted(value)));

    /// <summary>The same line with another key; everything around it stays.</summary>
    public LxcConfigurationLine WithKey(string key) => Replaced(_key, Strict.GetBytes(key));

    /// <summary>The same line with another ending.</summary>
    public LxcConfigurationLine WithEnding(ReadOnlySpan<byte> ending)
        => new([.. _bytes.AsSpan(0, _length), .. ending], Origin, isNew: Origin is null);

    private LxcConfigurationLine Replaced(Range range, byte[] with)
    {
        var (start, length) = range.GetOffsetAndLength(_bytes.Length);
        // "key=" followed by spaces alone: the value begins at the end.
        return new(
            [.. _bytes.AsSpan(0, start), .. with, .. _bytes.AsSpan(start + length)], Origin, isNew: Origin is null);
    }

    // liblxc takes off white space around, and one pair of quotes.
    private static string Quoted(string value)
        => value.Length > 0
            && (value[0] is ' ' or '\t' || value[^1] is ' ' or '\t'
                || (value.Length > 1 && value[0] is '"' or '\'' && value[^1] == value[0]))
            ? value[0] == '"' ? $"'{value}'" : $"\"{value}\"" : value;

    private void Parse()
    {
        var start = 0;
        while (start < _length && IsBlank(_bytes[start]))
            start++;
        var rest = _bytes.AsSpan(start, _length - start);
        if (!rest.StartsWith("lxc.net"u8))
            return;
        var equals = rest.IndexOf((byte)'=');
        var end = start + (equals < 0 ? rest.Length : equals);
        while (end > start && IsBlank(_bytes[end - 1]))
            end--;
        var key = _bytes.AsSpan(start, end - start);
        if (!IsKey(key, "lxc.net"u8) && !IsKey(key, "lxc.network"u8))
            return;
        _key = start..end;
        Key = Read(key);
        if (equals < 0)
        {
            Problem = "it has no '='";
            return;
        }

        var (from, to) = (start + equals + 1, _length);
        while (from < to && IsBlank(_bytes[from]))
            from++;
        while (to > from && IsBlank(_bytes[to - 1]))
            to--;
        _value = from..to;
        var value = _bytes.AsSpan(from, to - from);
        if (value.Length > 1 && value[0] is (byte)'"' or (byte)'\'' && value[^1] == value[0])
            value = value[1..^1];
        Value = Read(value);
    }

    private string Read(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            Problem = "it is not UTF-8";
            return Encoding.UTF8.GetString(bytes);
        }
    }

    private static bool IsBlank(byte value) => value is (byte)' ' or (byte)'\t';

    private static bool IsKey(ReadOnlySpan<byte> key, ReadOnlySpan<byte> name)
        => key.StartsWith(name) && (key.Length == name.Length || key[name.Length] == '.');
}
