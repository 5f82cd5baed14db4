using System.CommandLine;

namespace LxcNetworking.Program.Model;

/// <summary>A command of the program, with what its help says besides.</summary>
internal sealed class ProgramCommand : Command
{
    /// <summary>Describes a command.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="summary">What it does, in a few words with a small letter first.</param>
    /// <param name="details">What else is to be known, in sentences.</param>
    public ProgramCommand(string name, string summary, string details)
        : base(name, summary) => Details = details;

    /// <summary>What else is to be known.</summary>
    public string Details { get; }

    /// <summary>Command lines, each with what it does.</summary>
    public IReadOnlyList<(string Line, string Words)> Examples { get; init; } = [];

    /// <summary>Does it, and gives the exit code; null for the program itself, which has commands instead.</summary>
    public Func<ParseResult, int>? Run { get; init; }

    /// <summary>Whether it answers DSC: lines of JSON alone, and properties of instances in the place of
    /// options.</summary>
    public bool AnswersDsc { get; init; }

    /// <summary>The commands below it.</summary>
    public IEnumerable<ProgramCommand> Commands => Subcommands.OfType<ProgramCommand>();

    /// <summary>How it is called.</summary>
    public string Usage => string.Join(
        ' ',
        [
            ProgramInformation.Name,
            .. Run is null ? Array.Empty<string>() : [Name],
            .. Run is null ? ["COMMAND"] : Arguments.Select(UsageOf),
            .. Options.Any(option => !ReferenceEquals(option, ProgramOptions.Help)) ? ["[OPTIONS]"]
                : Array.Empty<string>(),
        ]);

    /// <summary>How an option is written: <c>-n, --namespace NAMESPACE</c>.</summary>
    public static string SyntaxOf(Option option)
        => string.Join(", ", option.Aliases.Append(option.Name)) + (TakesValue(option) ? " " + option.HelpName : null);

    /// <summary>Whether an option has a value.</summary>
    public static bool TakesValue(Option option) => option.ValueType != typeof(bool);

    private static string UsageOf(Argument argument)
        => (argument.Arity.MinimumNumberOfValues == 0 ? $"[{argument.Name}]" : argument.Name)
            + (argument.Arity.MaximumNumberOfValues > 1 ? "..." : string.Empty);
}
