using System.Text;
using LxcNetworking.Program.Model;

namespace LxcNetworking.Program.Manual;

/// <summary>The manual page, in the language of roff's man macros, of what the help says too.</summary>
internal static class ManualPage
{
    /// <summary>Writes it.</summary>
    public static string Of(ProgramCommand program)
    {
        var text = new StringBuilder();
        text.Append(".\\\" 'lxcnet manual' writes this page out of what lxcnet's help says.\n");
        text.Append($".TH LXCNET 8 \"\" \"LxcNetworking {ProgramInformation.Version}\"\n");
        Section(text, "NAME");
        text.Append(Escaped($"{program.Name} - {program.Description}")).Append('\n');
        Section(text, "SYNOPSIS");
        foreach (var command in program.Commands)
            text.Append(".br\n").Append(Bold(command.Usage)).Append('\n');
        Section(text, "DESCRIPTION");
        Paragraph(text, program.Details);
        Section(text, "COMMANDS");
        foreach (var command in program.Commands)
            Command(text, command);
        Section(text, "OPTIONS");
        foreach (var option in program.Options)
            Term(text, ProgramCommand.SyntaxOf(option), option.Description!);
        Section(text, "EXIT STATUS");
        foreach (var (code, words) in ExitCode.All)
            Term(text, code, words);
        Section(text, "FILES");
        Term(text, "/run/lxcnetworking/state", "What documents have made, and what was there before while one is "
            + "applied or awaits confirmation. It is gone after a restart of the machine, as the network is.");
        Section(text, "EXAMPLES");
        foreach (var (line, words) in program.Examples)
            Example(text, line, words);
        Section(text, "SEE ALSO");
        text.Append(".BR ip (8),\n.BR ip-netns (8),\n.BR bridge (8),\n.BR nft (8)\n");
        return text.ToString();
    }

    private static void Command(StringBuilder text, ProgramCommand command)
    {
        text.Append(".SS ").Append(Escaped(command.Usage)).Append('\n');
        Paragraph(text, HelpText.Sentence(command.Description!));
        text.Append(".PP\n");
        Paragraph(text, command.Details);
        foreach (var argument in command.Arguments)
            Term(text, argument.Name, argument.Description!);
        foreach (var option in command.Options.Where(option => option != ProgramOptions.Help))
            Term(text, ProgramCommand.SyntaxOf(option), option.Description!);
        text.Append(".PP\nExamples:\n");
        foreach (var (line, words) in command.Examples)
            Example(text, line, words);
    }

    private static void Section(StringBuilder text, string title) => text.Append(".SH ").Append(title).Append('\n');

    private static void Term(StringBuilder text, string term, string words)
    {
        text.Append(".TP\n").Append(Bold(term)).Append('\n');
        Paragraph(text, words);
    }

    private static void Example(StringBuilder text, string line, string words)
    {
        text.Append(".PP\n.nf\n.RS\n").Append(Bold(line)).Append("\n.RE\n.fi\n.PP\n");
        Paragraph(text, words);
    }

    private static void Paragraph(StringBuilder text, string words) => text.Append(Escaped(words)).Append('\n');

    private static string Bold(string words) => $"\\fB{Escaped(words)}\\fR";

    // A hyphen that is typed, a backslash, and what would be a request at a line's beginning.
    private static string Escaped(string words)
    {
        var text = words.Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal);
        return text.StartsWith('.') || text.StartsWith('\'') ? "\\&" + text : text;
    }
}
