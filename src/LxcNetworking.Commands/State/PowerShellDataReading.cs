using System.Globalization;
using System.Management.Automation.Language;
using LxcNetworking.State.Text;

namespace LxcNetworking.Commands.State;

/// <summary>Reads PowerShell data files: one hashtable of constants, of which nothing is run.</summary>
internal sealed class PowerShellDataReading
{
    private const string NoConstant = "only constants can be here: nothing of a data file is run";
    private const string Alone = "a data file is one hashtable, and nothing else";
    private const int MostUnfolded = 100;
    private readonly StateNodeBuilder _builder;

    private PowerShellDataReading(StateNodeBuilder builder) => _builder = builder;

    /// <summary>Has the library read data files by this from now on. Not while the module is imported, which would wait
    /// for the library.</summary>
    public static void Register() => StateText.PowerShellDataReader = Read;

    /// <summary>Reads a document.</summary>
    public static void Read(string text, StateNodeBuilder builder)
    {
        // What is no hashtable is not even parsed: a using statement has modules looked for.
        if (Start(text) is var start && !text.AsSpan(start).StartsWith("@{"))
        {
            var before = text[..start].ReplaceLineEndings("\n");
            builder.Fail(
                "a data file is one hashtable: @{ name = 'dmz' }", before.Count(c => c == '\n') + 1,
                before.Length - before.LastIndexOf('\n'));
            return;
        }

        // Of names that are there twice, the builder says more.
        var script = Parser.ParseInput(text, out _, out var all);
        var errors = all.Where(error => error.ErrorId != "DuplicateKeyInHashLiteral").ToArray();
        var reading = new PowerShellDataReading(builder);
        if (errors.Length == 0)
        {
            reading.ReadScript(script);
            return;
        }

        foreach (var error in errors[..^1])
            reading.AddProblem(WordsOf(error), error.Extent);
        reading.Fail(WordsOf(errors[^1]), errors[^1].Extent);
    }

    private static string WordsOf(ParseError error)
        => $"this is not PowerShell: {error.Message.ReplaceLineEndings(" ").TrimEnd('.')}";

    // Behind white space and comments.
    private static int Start(string text)
    {
        var start = 0;
        while (start < text.Length)
        {
            var rest = text.AsSpan(start);
            var end = rest.StartsWith("<#") ? rest.IndexOf("#>") + 2
                : rest[0] == '#' ? rest.IndexOfAny('\r', '\n')
                : char.IsWhiteSpace(rest[0]) ? 1 : 0;
            if (end is 0 or -1 || (end == 1 && rest[0] == '<'))
                break;
            start += end;
        }

        return start;
    }

    private void ReadScript(ScriptBlockAst script)
    {
        if (script.EndBlock.Statements is { Count: > 1 } statements)
            Fail(Alone, statements[1].Extent);
        else if (ExpressionOf(script.EndBlock.Statements[0]) is HashtableAst map)
            AddMap(map);
        else
            Fail(Alone, script.EndBlock.Extent);
    }

    // A statement that is an expression alone.
    private static ExpressionAst? ExpressionOf(StatementAst statement)
        => statement is PipelineAst
        {
            PipelineElements: [CommandExpressionAst { Redirections.Count: 0, Expression: var expression }],
        }
            ? expression : null;

    private void Add(ExpressionAst expression, int unfolded = 0)
    {
        var (line, column) = (expression.Extent.StartLineNumber, expression.Extent.StartColumnNumber);
        switch (expression)
        {
            case HashtableAst map:
                AddMap(map);
                break;
            case ArrayLiteralAst array:
                AddList(array.Elements, array.Extent);
                break;
            case ArrayExpressionAst array:
                var items = new List<ExpressionAst>();
                Unfold(array, items, 0);
                AddList(items, array.Extent);
                break;
            case ParenExpressionAst { Pipeline: var pipeline }
                when unfolded < MostUnfolded && ExpressionOf(pipeline) is { } within:
                Add(within, unfolded + 1);
                break;
            case ConvertExpressionAst { Type.TypeName.FullName: var type, Child: HashtableAst map }
                when type.Equals("ordered", StringComparison.OrdinalIgnoreCase):
                AddMap(map);
                break;
            case StringConstantExpressionAst text:
                _builder.AddText(text.Value, isPlain: true, line, column);
                break;
            case VariableExpressionAst { VariablePath.UserPath: var name } when Constant(name) is { } isTrue:
                _builder.AddBoolean(isTrue, line, column);
                break;
            case VariableExpressionAst { VariablePath.UserPath: var name }
                when name.Equals("null", StringComparison.OrdinalIgnoreCase):
                _builder.AddNull(line, column);
                break;
            default:
                if (NumberOf(expression) is { } number)
                    AddNumber(number, line, column);
                else
                {
                    AddProblem(
                        expression is ExpandableStringExpressionAst
                            ? "a text between double quotes has a variable or an expression in it; use single quotes"
                            : NoConstant, expression.Extent);
                    _builder.AddNull(line, column);
                }

                break;
        }
    }

    private static bool? Constant(string name) => name.ToUpperInvariant() switch
    {
        "TRUE" => true,
        "FALSE" => false,
        _ => null,
    };

    private static object? NumberOf(ExpressionAst expression) => expression switch
    {
        ConstantExpressionAst { Value: not string and var number } => number,
        // A sign apart from its number is an operator.
        UnaryExpressionAst { TokenKind: var sign, Child: ConstantExpressionAst { Value: not string and var number } }
            when StateObjects.NumberOf(number) is { } whole and not long.MinValue => sign switch
            {
                TokenKind.Plus => whole,
                TokenKind.Minus => -whole,
                _ => null,
            },
        _ => null,
    };

    private void AddNumber(object number, int line, int column)
    {
        if (StateObjects.NumberOf(number) is { } whole)
            _builder.AddNumber(whole, line, column);
        else
        {
            var text = Convert.ToString(number, CultureInfo.InvariantCulture)!;
            _builder.AddText(text, isPlain: true, line, column);
        }
    }

    private void AddMap(HashtableAst map)
    {
        _builder.BeginMap(map.Extent.StartLineNumber, map.Extent.StartColumnNumber);
        foreach (var (key, statement) in map.KeyValuePairs)
        {
            if (_builder.HasEnded)
                return;
            var (line, column) = (key.Extent.StartLineNumber, key.Extent.StartColumnNumber);
            if (key is ConstantExpressionAst { Value: { } name })
                _builder.Name(Convert.ToString(name, CultureInfo.InvariantCulture)!, line, column);
            else
            {
                AddProblem(NoConstant, key.Extent);
                _builder.PassOver();
            }

            if (ExpressionOf(statement) is { } expression)
                Add(expression);
            else
            {
                AddProblem(NoConstant, statement.Extent);
                _builder.AddNull(line, column);
            }
        }

        _builder.End();
    }

    private void AddList(IEnumerable<ExpressionAst> items, IScriptExtent extent)
    {
        _builder.BeginList(extent.StartLineNumber, extent.StartColumnNumber);
        foreach (var item in items)
        {
            if (_builder.HasEnded)
                return;
            Add(item);
        }

        _builder.End();
    }

    // As PowerShell does: of a list that a statement between the brackets gives, the items are taken.
    private void Unfold(ArrayExpressionAst array, List<ExpressionAst> items, int depth)
    {
        foreach (var statement in array.SubExpression.Statements)
        {
            var expression = ExpressionOf(statement);
            for (var i = 0; i < MostUnfolded && expression is ParenExpressionAst paren; i++)
                expression = ExpressionOf(paren.Pipeline);
            if (expression is ArrayLiteralAst literal)
                items.AddRange(literal.Elements);
            else if (expression is ArrayExpressionAst inner && depth < MostUnfolded)
                Unfold(inner, items, depth + 1);
            else if (expression is null or ArrayExpressionAst or ParenExpressionAst)
                AddProblem(NoConstant, statement.Extent);
            else
                items.Add(expression);
        }
    }

    private void AddProblem(string message, IScriptExtent extent)
        => _builder.AddProblem(message, extent.StartLineNumber, extent.StartColumnNumber);

    private void Fail(string message, IScriptExtent extent)
        => _builder.Fail(message, extent.StartLineNumber, extent.StartColumnNumber);
}
