using System.CommandLine;
using System.CommandLine.Completions;
using LxcNetworking.Program.Model;

namespace LxcNetworking.Program.Manual;

/// <summary>What can stand in the place of a word that is being typed.</summary>
internal static class WordCompletion
{
    /// <summary>The line that says that files can.</summary>
    public const string Files = ":files";

    /// <summary>Finds it.</summary>
    /// <param name="program">The program.</param>
    /// <param name="words">The words of the line up to the one that is being typed, which is the last.</param>
    /// <returns>The words that it can become.</returns>
    public static IEnumerable<string> Of(ProgramCommand program, IReadOnlyList<string> words)
    {
        var word = words.Count == 0 ? string.Empty : words[^1];
        var given = program.Parse(words.Count == 0 ? [] : words.SkipLast(1).ToArray());
        var command = given.CommandResult.Command as ProgramCommand ?? program;
        var isLiteral = words.SkipLast(1).Contains("--");
        if (!isLiteral && words.Count > 1 && OptionOf(command, words[^2]) is { } option)
            return ValuesOf(option, given, word);
        if (!isLiteral && word.StartsWith("--", StringComparison.Ordinal) && word.IndexOf('=', StringComparison.Ordinal)
            is > 0 and var sign && OptionOf(command, word[..sign]) is { } assigned)
            return ValuesOf(assigned, given, word[(sign + 1)..]).Select(value => word[..(sign + 1)] + value);
        if (!isLiteral && word.StartsWith('-'))
        {
            return command.Options.SelectMany(known => known.Aliases.Prepend(known.Name)).Order(StringComparer.Ordinal)
                .Where(name => name.StartsWith(word, StringComparison.Ordinal));
        }

        if (command.Run is null)
        {
            return given.UnmatchedTokens.Count > 0 ? [] : command.Commands.Select(one => one.Name)
                .Where(name => name.StartsWith(word, StringComparison.Ordinal));
        }

        // The first one that takes another word.
        var argument = command.Arguments.FirstOrDefault(
            one => BeforeIn(given, one).Count < one.Arity.MaximumNumberOfValues);
        if (argument is null)
            return [];
        var before = BeforeIn(given, argument);
        return argument.CompletionSources.Count == 0 ? [Files]
            : Begin(argument.CompletionSources.SelectMany(source => source(given.GetCompletionContext())), word)
                .Except(before);
    }

    private static List<string> BeforeIn(ParseResult given, Argument argument)
        => [.. given.GetResult(argument)?.Tokens.Select(token => token.Value) ?? []];

    // One that takes a value.
    private static Option? OptionOf(ProgramCommand command, string word) => command.Options.FirstOrDefault(
        option => (option.Name == word || option.Aliases.Contains(word)) && ProgramCommand.TakesValue(option));

    private static IEnumerable<string> ValuesOf(Option option, ParseResult given, string word)
        => Begin(option.CompletionSources.SelectMany(source => source(given.GetCompletionContext())), word);

    private static IEnumerable<string> Begin(
        IEnumerable<CompletionItem> items, string word) => items
        .Select(item => item.Label).Where(text => text.StartsWith(word, StringComparison.Ordinal)).Distinct();
}
