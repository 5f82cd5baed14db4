using System.Management.Automation.Language;

namespace LxcNetworking.Commands.Common;

/// <summary>Writes values as arguments of a command that can be pasted.</summary>
internal static class Argument
{
    /// <summary>Quotes a text where PowerShell would not take it as it is.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The argument.</returns>
    public static string Quote(string text)
        => text.Length > 0 && text[0] != '-'
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '/' or ':' or '-')
            ? text : $"'{CodeGeneration.EscapeSingleQuotedStringContent(text)}'";
}
