using System.Globalization;
using LxcNetworking.Netlink;

namespace LxcNetworking.State.Text;

/// <summary>Where something stands in a document.</summary>
/// <param name="File">The document's file; null where it came from elsewhere.</param>
/// <param name="Line">The line, from 1; 0 where it is unknown, as in a hashtable.</param>
/// <param name="Column">The character in the line, from 1; 0 where it is unknown.</param>
public readonly record struct StatePlace(string? File, int Line, int Column)
{
    /// <summary>As compilers and editors write it: <c>dmz.yaml:12:5</c>.</summary>
    public override string ToString()
    {
        var file = File is null ? string.Empty : KernelText.Printable(File);
        return Line == 0 ? file : string.Create(
            CultureInfo.InvariantCulture, $"{(file.Length == 0 ? "line " : file + ":")}{Line}:{Column}");
    }
}

/// <summary>One mistake in a document.</summary>
/// <param name="Message">What is wrong, as a sentence without its end.</param>
/// <param name="Path">Which thing it is about: <c>links[3].vlanId</c>; null for the document itself.</param>
/// <param name="Place">Where it stands.</param>
public sealed record StateProblem(string Message, string? Path, StatePlace Place)
{
    /// <summary>As compilers and editors write it: <c>dmz.yaml:12:5: links[3].vlanId: …</c>.</summary>
    public override string ToString()
        => string.Join(": ", new[] { Place.ToString(), Path, Message }.Where(part => !string.IsNullOrEmpty(part)));
}

/// <summary>The names of things in a document.</summary>
internal static class StatePath
{
    /// <summary>The path of a property; a name with other characters than letters, digits, - and _ is in
    /// brackets.</summary>
    public static string Of(string? parent, string name)
    {
        if (name.Length is 0 or > 80 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_')))
            return $"{parent}['{KernelText.Shown(name)}']";
        return string.IsNullOrEmpty(parent) ? name : $"{parent}.{name}";
    }

    /// <summary>The path of a list's item.</summary>
    public static string Of(string? parent, int index)
        => string.Create(CultureInfo.InvariantCulture, $"{parent}[{index}]");
}
