using System.CommandLine;
using System.CommandLine.Parsing;
using LxcNetworking.Program.Manual;
using LxcNetworking.Program.Model;

namespace LxcNetworking.Program.Commands;

/// <summary>Reads the command line, and runs the command.</summary>
internal static class ProgramLine
{
    /// <summary>The command that writes the manual page.</summary>
    public const string ManualCommand = "manual";

    /// <summary>The command that shells run to complete a word.</summary>
    public const string CompleteCommand = "complete";

    // A file's name may begin with @.
    private static readonly ParserConfiguration s_configuration = new() { ResponseFileTokenReplacer = null };

    /// <summary>Runs it.</summary>
    /// <param name="words">The arguments.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string[] words)
    {
        var program = ProgramTree.Make();
        switch (words)
        {
            case [ManualCommand]:
                return ProgramText.Write(ManualPage.Of(program));
            case [CompleteCommand, .. var typed]:
                return ProgramText.Write(string.Concat(WordCompletion.Of(program, typed).Select(text => text + "\n")));
        }

        var given = program.Parse(words, s_configuration);
        var command = (ProgramCommand)given.CommandResult.Command;
        if (given.GetValue(ProgramOptions.Help))
            return ProgramText.Write(HelpText.Of(command));
        if (command == program && given.UnmatchedTokens.Count == 0 && given.GetValue(ProgramOptions.Version))
            return ProgramText.Write($"{ProgramInformation.Name} {ProgramInformation.Version}\n");
        var problem = UnknownOption(given) is { } unknown ? $"There is no option '{unknown}'."
            : given.Errors.Count > 0 ? string.Join(' ', given.Errors.Select(error => error.Message)) : null;
        if (command.Run is { } run && problem is null)
            return run(given);
        var line = string.Join(
            ' ', command == program ? [ProgramInformation.Name] : new[] { ProgramInformation.Name, command.Name });
        return ProgramText.Fail(
            $"{(command == program ? Problem(given) : problem)} '{line} --help' says more.",
            given.GetValue(ProgramOptions.Json) || command.AnswersDsc);
    }

    private static string Problem(ParseResult given) => UnknownOption(given) is { } option
        ? $"There is no option '{option}' before a command."
        : given.UnmatchedTokens.Count > 0 ? $"There is no command '{given.UnmatchedTokens[0]}'." : "Which command?";

    // It would be taken for a file otherwise, and a document would be applied without the option that was meant.
    private static string? UnknownOption(ParseResult given) => given.Tokens
        .TakeWhile(token => token.Type != TokenType.DoubleDash)
        .FirstOrDefault(token => token.Type == TokenType.Argument && token.Value.Length > 1
            && token.Value.StartsWith('-'))?.Value;
}
