using System.CommandLine;
using System.Text;
using LxcNetworking.Program.Model;
using LxcNetworking.Program.Output;

namespace LxcNetworking.Program.Manual;

/// <summary>A command's help, for a terminal of 80 columns.</summary>
internal static class HelpText
{
    private const int Columns = 80, Indent = 2, WidestTerm = 24;

    /// <summary>Writes it.</summary>
    public static string Of(ProgramCommand command)
    {
        var text = new StringBuilder();
        var name = command.Run is null ? command.Name : $"{ProgramInformation.Name} {command.Name}";
        Paragraph(text, $"{name}: {command.Description}", 0);
        text.Append('\n').Append("Usage: ").Append(command.Usage).Append("\n\n");
        Paragraph(text, command.Details, 0);
        List(text, "Commands", command.Commands.Select(one => (one.Name, Sentence(one.Description!))));
        List(text, "Arguments", command.Arguments.Select(argument => (argument.Name, argument.Description!)));
        List(text, "Options", command.Options.Select(
            option => (ProgramCommand.SyntaxOf(option), option.Description!)));
        text.Append("\nExamples:\n");
        foreach (var (line, words) in command.Examples)
        {
            text.Append(' ', Indent).Append(line).Append('\n');
            Paragraph(text, words, Indent * 3);
        }

        if (command.Run is null)
            List(text, "Exit codes", ExitCode.All);
        return text.ToString();
    }

    /// <summary>A description as a sentence.</summary>
    public static string Sentence(string words) => char.ToUpperInvariant(words[0]) + words[1..] + ".";

    private static void List(StringBuilder text, string title, IEnumerable<(string Term, string Text)> all)
    {
        var items = all.ToList();
        if (items.Count == 0)
            return;
        text.Append('\n').Append(title).Append(":\n");
        var width = Math.Min(WidestTerm, items.Max(item => item.Term.Length));
        foreach (var (term, description) in items)
        {
            var lines = LineBreaks.Wrap(description, Columns - width - (Indent * 2));
            text.Append(' ', Indent).Append(term.PadRight(width));
            if (term.Length > width)
                text.Append('\n').Append(' ', Indent + width);
            text.Append(' ', Indent)
                .AppendJoin("\n" + new string(' ', width + (Indent * 2)), lines).Append('\n');
        }
    }

    private static void Paragraph(StringBuilder text, string words, int indent)
    {
        foreach (var line in LineBreaks.Wrap(words, Columns - indent))
            text.Append(' ', indent).Append(line).Append('\n');
    }
}
