using System.CommandLine;
using System.Globalization;
using LxcNetworking.Netlink;
using LxcNetworking.Program.Model;
using LxcNetworking.Program.Output;
using LxcNetworking.State;
using LxcNetworking.State.Apply;
using LxcNetworking.State.Keeping;
using LxcNetworking.State.Plans;
using LxcNetworking.State.Text;
using LxcNetworking.Values;

namespace LxcNetworking.Program.Commands;

/// <summary>What a command tells: tables or lines of JSON, errors and warnings, and the exit code.</summary>
internal sealed class CommandReport(ParseResult given, AdviceWords advice)
{
    private const int UsualColumns = 80, FewestColumns = 40;
    private readonly bool _isJson = given.GetValue(ProgramOptions.Json) || advice.IsForDsc;
    private readonly bool _isQuiet = given.GetValue(ProgramOptions.Quiet);
    private readonly OutputText _out = new(Console.OpenStandardOutput), _error = new(Console.OpenStandardError);
    private readonly TextTable _differences
        = new("DOCUMENT", "ACTION", "THING", "NAMESPACE", "CHANGE", "DISRUPTS");
    private readonly TextTable _checks = new("DOCUMENT", "FROM", "TO", "PORT", "ANSWER");
    private readonly TextTable _outcomes = new("NAME", "NAMESPACE", "RESULT");

    /// <summary>What can be done about failures.</summary>
    public AdviceWords Advice => advice;

    /// <summary>The exit code: of the first failure, else whether something is different.</summary>
    public int Code { get; private set; }

    /// <summary>Whether objects are lines of JSON.</summary>
    public bool IsJson => _isJson;

    /// <summary>Whether several documents are told of, so that each line says which one it is about.</summary>
    public bool NamesDocuments { get; set; }

    /// <summary>Notes that something is different.</summary>
    public void Differs()
    {
        if (Code == ExitCode.Done)
            Code = ExitCode.Differences;
    }

    /// <summary>Tells differences.</summary>
    public void Tell(IEnumerable<NetStateDifference> differences)
    {
        foreach (var difference in differences)
        {
            Tell(JsonLine.Of, difference, () => _differences.Add(
                NamesDocuments ? difference.Document : null,
                difference.Action.ToString(),
                difference.Target,
                difference.Namespace,
                StateWords.ChangeOf(difference),
                difference.Disrupts.ToString()));
        }
    }

    /// <summary>Tells what came of a check.</summary>
    public void Tell(NetStateCheck check) => Tell(JsonLine.Of, check, () => _checks.Add(
        NamesDocuments ? check.Document : null,
        check.From.Length == 0 ? "here" : check.From,
        check.To.ToString(),
        check.Port?.ToString(CultureInfo.InvariantCulture),
        check.Problem ?? $"in {check.RoundTripTime}"));

    /// <summary>Tells what became of documents.</summary>
    public void Tell(IEnumerable<NetStateOutcome> outcomes)
    {
        foreach (var outcome in outcomes)
        {
            Tell(JsonLine.Of, outcome, () => _outcomes.Add(
                outcome.Name, outcome.Namespace.Text, outcome.Result.ToString()));
        }
    }

    /// <summary>Tells at once what a look has found and done.</summary>
    public void Tell(StateLook look)
    {
        Tell("Made", look.Made);
        Tell("Repaired", look.Repaired);
        Tell("Different", look.Different);
        Tell("Pending", look.Pending);
        foreach (var refusal in look.Refusals)
            Fail(refusal, ExitCode.Refused);
        if (look.Error is { } error)
            Fail(error, ExitCode.Failed);
        _out.Flush();
    }

    /// <summary>Takes failures as told, where something goes on in spite of them.</summary>
    public void Forgive() => Code = ExitCode.Done;

    /// <summary>Writes a text as it is.</summary>
    public void Write(string text) => _out.Raw(text);

    /// <summary>Writes a table.</summary>
    public void Write(TextTable table)
    {
        foreach (var line in table.HasRows ? table.Lines(Columns()) : [])
            _out.Line(line);
    }

    /// <summary>Tells a warning.</summary>
    public void Warn(string words)
    {
        var text = NetworkException.Bounded(words);
        _error.Line(_isJson ? JsonLine.OfWarning(text, advice.IsForDsc)
            : $"{ProgramInformation.Name}: warning: {text}");
        _error.Flush();
    }

    /// <summary>Tells a failure.</summary>
    public void Fail(NetworkException error, int code)
    {
        var ways = advice.Of(error.Advice);
        FailLine(
            _isJson ? JsonLine.Of(error, ways, isWhole: advice.IsForDsc)
                : $"{ProgramInformation.Name}: {error.Message}{(ways.Length == 0 ? null : " " + ways)}",
            code);
    }

    /// <summary>Tells a failure in its own words.</summary>
    public void Fail(string words, int code)
    {
        var text = NetworkException.Bounded(words);
        FailLine(_isJson ? JsonLine.OfError(text) : $"{ProgramInformation.Name}: {text}", code);
    }

    /// <summary>Tells a mistake in a document: its place comes first, as compilers and editors have it.</summary>
    public void Fail(StateProblem problem) => FailLine(
        _isJson ? JsonLine.Of(problem) : NetworkException.Bounded($"{problem}."), ExitCode.Failed);

    /// <summary>Writes all that is left.</summary>
    public void Finish()
    {
        Write(_differences);
        Write(_checks);
        Write(_outcomes);
        _out.Flush();
    }

    private void Tell(string happening, IEnumerable<NetStateDifference> differences)
    {
        foreach (var difference in _isQuiet ? [] : differences)
        {
            _out.Line(_isJson ? JsonLine.Of(happening, difference)
                : KernelText.Printable($"{happening}: {StateWords.TargetOf(difference)} of {difference.Document}"
                    + $"{(difference.Property is null ? null : ", " + StateWords.ChangeOf(difference))}"));
        }
    }

    private void FailLine(string line, int code)
    {
        if (Code is ExitCode.Done or ExitCode.Differences)
            Code = code;
        _error.Line(line);
        _error.Flush();
    }

    private void Tell<T>(Func<T, string> json, T item, Action addRow)
    {
        if (_isQuiet)
            return;
        if (_isJson)
            _out.Line(json(item));
        else
            addRow();
    }

    // As wide as the terminal.
    private static int Columns()
        => Console.IsOutputRedirected ? UsualColumns : Math.Max(Console.WindowWidth, FewestColumns);
}
