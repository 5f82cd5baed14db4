namespace LxcNetworking.Program.Output;

/// <summary>Text in lines.</summary>
internal static class LineBreaks
{
    /// <summary>Breaks a text between its words; a word that is longer than a line is broken too.</summary>
    /// <param name="text">The text.</param>
    /// <param name="width">How many characters a line may have.</param>
    public static IReadOnlyList<string> Wrap(string text, int width)
    {
        var lines = new List<string>();
        var rest = text;
        while (rest.Length > width)
        {
            var space = rest.LastIndexOf(' ', width);
            var cut = space > 0 ? space : width;
            // Not within a character of two halves.
            if (space <= 0 && cut > 1 && char.IsHighSurrogate(rest[cut - 1]))
                cut--;
            lines.Add(rest[..cut].TrimEnd());
            rest = rest[cut..].TrimStart();
        }

        lines.Add(rest);
        return lines;
    }
}
