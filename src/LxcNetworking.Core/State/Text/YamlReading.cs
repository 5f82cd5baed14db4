using System.Buffers;
using LxcNetworking.Netlink;
using LxcNetworking.Yaml;

namespace LxcNetworking.State.Text;

/// <summary>Reads YAML 1.2 with its core schema. Merge keys, which it has not, are a mistake.</summary>
internal sealed class YamlReading
{
    private const string CoreTag = "tag:yaml.org,2002:", MergeKey = "<<";
    private static readonly SearchValues<char> s_controls = SearchValues.Create(
        [.. Enumerable.Range(0, 0xa0).Select(code => (char)code)
            .Where(c => char.IsControl(c) && c is not ('\t' or '\n' or '\r' or '\u0085'))]);

    private readonly YamlEvents _events;
    private readonly StateNodeBuilder _builder;

    private YamlReading(string text, StateNodeBuilder builder)
        => (_events, _builder) = (new YamlEvents(text), builder);

    /// <summary>Reads a document.</summary>
    public static void Read(string text, StateNodeBuilder builder)
    {
        // YAML has none of these; a NUL would end the text.
        if (text.AsSpan().IndexOfAny(s_controls) is >= 0 and var index)
        {
            var before = text[..index].ReplaceLineEndings("\n");
            builder.Fail(
                $"the control character \\x{(int)text[index]:x2} cannot stand in YAML; between double quotes it can be "
                + "written like that",
                before.Count(c => c == '\n') + 1, before.Length - before.LastIndexOf('\n'));
            return;
        }

        try
        {
            new YamlReading(text, builder).ReadDocument();
        }
        catch (YamlSyntaxException e)
        {
            builder.Fail($"this is not YAML: {e.Message.TrimEnd('.')}", e.Line, e.Column);
        }
    }

    private void ReadDocument()
    {
        var documents = 0;
        while (!_builder.HasEnded && _events.Read() is { } found)
        {
            if (found.Kind != YamlEventKind.DocumentStart)
                ReadValue(found);
            else if (++documents > 1)
                _builder.Fail("a second document begins here, and a file has one", found.Line, found.Column);
        }

        if (documents == 0)
            _builder.AddNull(1, 1);
    }

    private void ReadValue(YamlEvent found)
    {
        switch (found.Kind)
        {
            case YamlEventKind.Alias:
                _builder.AddAlias(found.Text, found.Line, found.Column);
                break;
            case YamlEventKind.Scalar:
                _builder.Add(ScalarOf(found), found.Anchor);
                break;
            case YamlEventKind.ListStart:
                Begin(found, isMap: false);
                while (!_builder.HasEnded && Next() is { Kind: not YamlEventKind.ListEnd } item)
                    ReadValue(item);
                _builder.End();
                break;
            case YamlEventKind.MapStart:
                Begin(found, isMap: true);
                while (!_builder.HasEnded && Next() is { Kind: not YamlEventKind.MapEnd } name)
                {
                    ReadName(name);
                    if (!_builder.HasEnded)
                        ReadValue(Next());
                }

                _builder.End();
                break;
        }
    }

    private void Begin(YamlEvent found, bool isMap)
    {
        if (found.Tag is { } tag && tag != "!" && tag != CoreTag + (isMap ? "map" : "seq"))
            AddTagProblem(found);
        _builder.Begin(isMap, found.Line, found.Column, found.Anchor);
    }

    private void ReadName(YamlEvent found)
    {
        if (found is { Kind: YamlEventKind.Scalar } and not { IsPlain: true, Text: MergeKey })
        {
            if (found.Tag is not (null or "!" or CoreTag + "str"))
                AddTagProblem(found);
            _builder.Name(found.Text, found.Line, found.Column);
            return;
        }

        _builder.AddProblem(
            found.Kind switch
            {
                YamlEventKind.Scalar => "YAML 1.2 has no merge keys (<<): an alias stands for a value as a whole",
                YamlEventKind.Alias => "a name is written out, and no alias",
                _ => "a name is a text, and no list or map",
            },
            found.Line, found.Column);
        _builder.PassOver();
        // What is within the name.
        for (var depth = DepthChange(found); depth > 0; depth += DepthChange(Next()))
        {
            if (depth > StateNodeBuilder.MostDepth)
            {
                _builder.Fail(StateNodeBuilder.DepthMessage, found.Line, found.Column);
                return;
            }
        }
    }

    private static int DepthChange(YamlEvent found) => found.Kind switch
    {
        YamlEventKind.ListStart or YamlEventKind.MapStart => 1,
        YamlEventKind.ListEnd or YamlEventKind.MapEnd => -1,
        _ => 0,
    };

    private YamlEvent Next() => _events.Read() ?? throw _events.Unfinished();

    private StateNode ScalarOf(YamlEvent found)
    {
        var place = _builder.Place(found.Line, found.Column);
        var text = StateNode.OfText(found.Text, place);
        switch (found.Tag)
        {
            case null:
                return found.IsPlain ? PlainScalars.Read(found.Text, place) : text;
            case "!" or CoreTag + "str":
                return text;
            case CoreTag + "int" or CoreTag + "bool" or CoreTag + "null":
                var value = PlainScalars.Read(found.Text, place, isPlain: false);
                var wanted = found.Tag[CoreTag.Length..] switch
                {
                    "int" => StateNodeKind.Number,
                    "bool" => StateNodeKind.Boolean,
                    _ => StateNodeKind.Null,
                };
                if (value.Kind == wanted)
                    return value;
                _builder.AddProblem(
                    $"'{KernelText.Shown(found.Text)}' is not what its tag !!{found.Tag[CoreTag.Length..]} says",
                    found.Line, found.Column);
                return text;
            default:
                AddTagProblem(found);
                return text;
        }
    }

    private void AddTagProblem(YamlEvent found)
    {
        var tag = found.Tag!.StartsWith(CoreTag, StringComparison.Ordinal) ? "!!" + found.Tag[CoreTag.Length..]
            : found.Tag;
        _builder.AddProblem(
            $"the tag '{KernelText.Shown(tag)}' cannot stand here; texts have !!str, !!int, !!bool or !!null, lists "
            + "!!seq and maps !!map", found.Line, found.Column);
    }
}
