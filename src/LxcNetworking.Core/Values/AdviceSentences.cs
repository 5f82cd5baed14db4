namespace LxcNetworking.Values;

/// <summary>Joins what a face of the library says for each advice.</summary>
public static class AdviceSentences
{
    /// <summary>Says all that can be done.</summary>
    /// <param name="advice">The advice.</param>
    /// <param name="way">What the user can do, in the imperative and without an end, one in the place of the other;
    /// null where an advice is no such thing.</param>
    /// <param name="sentence">What helps besides, a sentence without its end; null where there is nothing to
    /// say.</param>
    /// <returns>Sentences; empty if there is nothing to say.</returns>
    public static string Join(
        IEnumerable<Advice> advice, Func<Advice, string?> way, Func<Advice, string?> sentence)
    {
        ArgumentNullException.ThrowIfNull(advice);
        ArgumentNullException.ThrowIfNull(way);
        ArgumentNullException.ThrowIfNull(sentence);
        var ways = new List<string>();
        var sentences = new List<string>();
        foreach (var item in advice)
        {
            if (way(item) is { } said)
                ways.Add(said);
            else if (sentence(item) is { } beside)
                sentences.Add(beside);
        }

        if (ways.Count > 0)
            sentences.Insert(0, char.ToUpperInvariant(ways[0][0]) + string.Join(", or ", ways)[1..]);
        return string.Join(' ', sentences.Select(text => text + "."));
    }

    /// <summary>Names several options.</summary>
    /// <param name="names">The names.</param>
    /// <param name="conjunction">What stands before the last one.</param>
    /// <returns><c>mtu, group or up</c>; null for none.</returns>
    public static string? Names(IReadOnlyList<string> names, string conjunction) => names.Count switch
    {
        0 => null,
        1 => names[0],
        _ => $"{string.Join(", ", names.SkipLast(1))} {conjunction} {names[^1]}",
    };
}
