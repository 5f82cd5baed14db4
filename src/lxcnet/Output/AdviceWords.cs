using LxcNetworking.Program.Model;
using LxcNetworking.Program.Resources;
using LxcNetworking.Values;

namespace LxcNetworking.Program.Output;

/// <summary>Says the library's advice with the commands and options of this program; of what it has none for, there is
/// nothing to say.</summary>
/// <param name="command">The command that failed.</param>
/// <param name="place">The namespace that was named; null for none.</param>
internal sealed class AdviceWords(ProgramCommand command, string? place)
{
    /// <summary>Whether DSC is told.</summary>
    public bool IsForDsc => command.AnswersDsc;

    /// <summary>Says all that can be done.</summary>
    /// <param name="advice">The advice.</param>
    /// <returns>Sentences; empty if there is nothing to say.</returns>
    public string Of(IEnumerable<Advice> advice) => AdviceSentences.Join(advice, Way, Sentence);

    /// <summary>A command line of this program.</summary>
    /// <param name="words">The command with what it is about.</param>
    /// <returns>The line between quotes.</returns>
    public string Command(params IReadOnlyList<string?> words) => "'" + string.Join(
        ' ',
        [
            ProgramInformation.Name, .. words.OfType<string>().Select(Quote),
            .. place is null ? Array.Empty<string>() : [ProgramOptions.Namespace.Name, Quote(place)],
        ]) + "'";

    private string? Way(Advice advice) => advice.Kind switch
    {
        AdviceKind.RunPrivileged => "run it as root",
        AdviceKind.Override when Options(advice, "or") is { } names => $"use {names} if that is meant",
        AdviceKind.Give when Options(advice, "or") is { } names => $"use {names}",
        AdviceKind.Choose when Options(advice, "or") is { } names => $"choose another {names}",
        AdviceKind.Omit when Options(advice, "and") is { } names => $"leave {names} out",
        AdviceKind.Confirm when advice.Thing == AdviceThing.State => $"keep it with {Command("confirm", advice.Name)}",
        AdviceKind.PutBack when advice.Thing == AdviceThing.State
            => $"put back what was there with {Command("restore", advice.Name)}",
        _ => null,
    };

    private string? Sentence(Advice advice) => advice is { Kind: AdviceKind.List, Thing: AdviceThing.State }
        ? $"{Command("show")} lists those that are there" : null;

    private string? Options(Advice advice, string conjunction) => AdviceSentences.Names(
        [.. command.AnswersDsc ? advice.Options.Select(option => PropertyOf(option.Option)).OfType<string>()
            : advice.Options.Select(option => NameOf(option.Option)).Where(Has)],
        conjunction);

    // Of what options are elsewhere, instances of a resource have properties.
    private static string? PropertyOf(string option)
        => new[] { DscNames.Force, DscNames.Adopt }.FirstOrDefault(
            name => name.Equals(option, StringComparison.OrdinalIgnoreCase)) is { } known ? $"'{known}'" : null;

    private bool Has(string option) => command.Options.Any(known => known.Name == option);

    // ConfirmTimeout is --confirm-timeout.
    private static string NameOf(string option)
        => "-" + string.Concat(option.Select((c, i) => i == 0 || char.IsUpper(c) ? $"-{char.ToLowerInvariant(c)}"
            : c.ToString()));

    private static string Quote(string word) => word.Length > 0 && word.All(
        c => char.IsAsciiLetterOrDigit(c) || "-_.:/@%+=,".Contains(c, StringComparison.Ordinal))
        ? word : $"\"{word}\"";
}
