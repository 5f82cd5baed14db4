using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace LxcNetworking.Yaml;

/// <summary>What an event of a YAML text is.</summary>
internal enum YamlEventKind
{
    DocumentStart,
    Scalar,
    Alias,
    ListStart,
    ListEnd,
    MapStart,
    MapEnd,
}

/// <summary>A part of a YAML text.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">A scalar's text, or the anchor that an alias stands for.</param>
/// <param name="Anchor">The anchor of a value.</param>
/// <param name="Tag">The tag of a value, resolved.</param>
/// <param name="IsPlain">Whether a scalar has no quotes around it.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Column">The character in the line, from 1.</param>
internal readonly record struct YamlEvent(
    YamlEventKind Kind, string Text, string? Anchor, string? Tag, bool IsPlain, int Line, int Column);

/// <summary>A text is not YAML.</summary>
internal sealed class YamlSyntaxException(string message, int line, int column, Exception? inner)
    : Exception(message, inner)
{
    public int Line { get; } = line;

    public int Column { get; } = column;
}

/// <summary>Reads a YAML text in parts, no further than it is asked.</summary>
internal sealed class YamlEvents(string text)
{
    private readonly Parser _parser = new(new Scanner(new StringReader(text), skipComments: true));
    private Mark _last = Mark.Empty;

    /// <summary>Reads the next part.</summary>
    /// <returns>Null at the end of the text.</returns>
    /// <exception cref="YamlSyntaxException">It is not YAML.</exception>
    public YamlEvent? Read()
    {
        try
        {
            while (_parser.MoveNext())
            {
                _last = _parser.Current!.End;
                if (Convert(_parser.Current) is { } found)
                    return found;
            }

            return null;
        }
        catch (YamlException e)
        {
            throw new YamlSyntaxException(e.Message, (int)e.Start.Line, (int)e.Start.Column, e);
        }
        // What YamlDotNet does not expect in a text shows as an error of the framework's.
        catch (Exception e) when (e is not (OutOfMemoryException or YamlSyntaxException))
        {
            throw new YamlSyntaxException(
                $"what follows cannot be read ({e.GetType().Name})", (int)_last.Line, (int)_last.Column, e);
        }
    }

    /// <summary>What is wrong where the parts end within a list or map, as after some mistakes that the parser passes
    /// over.</summary>
    public YamlSyntaxException Unfinished()
        => new("what follows cannot be read", (int)_last.Line, (int)_last.Column, inner: null);

    private static YamlEvent? Convert(ParsingEvent found) => found switch
    {
        DocumentStart => Make(YamlEventKind.DocumentStart, found),
        Scalar scalar => Make(YamlEventKind.Scalar, found, scalar.Value, scalar.Style == ScalarStyle.Plain),
        AnchorAlias alias => Make(YamlEventKind.Alias, found, alias.Value.Value),
        SequenceStart => Make(YamlEventKind.ListStart, found),
        SequenceEnd => Make(YamlEventKind.ListEnd, found),
        MappingStart => Make(YamlEventKind.MapStart, found),
        MappingEnd => Make(YamlEventKind.MapEnd, found),
        _ => null,
    };

    private static YamlEvent Make(YamlEventKind kind, ParsingEvent found, string text = "", bool isPlain = false)
    {
        var node = found as NodeEvent;
        var anchor = node is { Anchor.IsEmpty: false } ? node.Anchor.Value : null;
        var tag = node is { Tag.IsEmpty: false } ? node.Tag.Value : null;
        return new(kind, text, anchor, tag, isPlain, (int)found.Start.Line, (int)found.Start.Column);
    }
}
