using System.Management.Automation;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Common;

/// <summary>
/// A name as a user typed it, with or without wildcards, or as an object brought it, which is literal. Linux lets names
/// have brackets, stars and question marks in them, so what is there of exactly that name is meant before anything that
/// the pattern matches.
/// </summary>
internal sealed class NamePattern
{
    private readonly WildcardPattern? _wildcard;

    /// <summary>Reads the text.</summary>
    /// <param name="text">Such as veth*, or q`[1`] for the name q[1] and nothing else.</param>
    /// <param name="isName">Every character stands for itself.</param>
    public NamePattern(string text, bool isName = false)
    {
        Text = text;
        if (!isName && IsWildcard(text))
            _wildcard = new WildcardPattern(text, WildcardOptions.CultureInvariant);
        Literal = isName ? text : WildcardPattern.Unescape(text);
    }

    /// <summary>The text as it was written.</summary>
    public string Text { get; }

    /// <summary>True if it is one name, whose absence is an error.</summary>
    public bool IsLiteral => _wildcard is null;

    /// <summary>The one name that is meant; what was escaped is plain again.</summary>
    public string Literal { get; }

    /// <summary>All names of a link.</summary>
    public static IEnumerable<string> NamesOf(NetLink link) => link.AlternativeName.Prepend(link.Name);

    /// <summary>Reads the link of that one name.</summary>
    /// <exception cref="NetworkException">LinkNotFound.</exception>
    public NetLink GetLink(NetworkStack stack, LinkFilter? filter, CancellationToken cancellation)
        => (Literal == Text ? null : stack.Links.Find(Text, filter, cancellation))
            ?? stack.Links.Get(Literal, filter, cancellation);

    /// <summary>Picks out what has exactly this name, or where nothing has, what else is meant.</summary>
    /// <param name="items">All that there is.</param>
    /// <param name="names">The names of one of them.</param>
    public IReadOnlyList<T> Select<T>(IEnumerable<T> items, Func<T, IEnumerable<string>> names)
    {
        var all = items.ToList();
        var exact = all.FindAll(item => names(item).Contains(Text));
        return exact.Count > 0
            ? exact
            : all.FindAll(item => names(item).Any(name => _wildcard?.IsMatch(name) ?? name == Literal));
    }

    /// <summary>Picks out what several names mean, each item once; no names mean everything.</summary>
    /// <param name="names">The names, or null.</param>
    /// <param name="items">All that there is.</param>
    /// <param name="namesOf">The names of one of them.</param>
    /// <param name="missing">Told of a literal name that nothing has.</param>
    public static IReadOnlyList<T> Select<T>(
        IReadOnlyList<NamePattern>? names,
        IReadOnlyList<T> items,
        Func<T,
        IEnumerable<string>> namesOf,
        Action<NamePattern> missing)
    {
        if (names is null)
            return items;
        var picked = new List<T>();
        foreach (var name in names)
        {
            var found = name.Select(items, namesOf);
            if (found.Count == 0 && name.IsLiteral)
                missing(name);
            picked.AddRange(found.Except(picked));
        }

        return picked;
    }

    /// <summary>Tells whether it is one of these names and not just a pattern that one of them matches.</summary>
    public bool IsOneOf(IEnumerable<string> names) => names.Any(name => name == Text || (IsLiteral && name == Literal));

    // One that starts a set of characters and does not end it, such as an escaped a\x1b[31mb, is a name.
    private static bool IsWildcard(string text)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(text))
            return false;
        try
        {
            _ = new WildcardPattern(text).IsMatch(string.Empty);
            return true;
        }
        catch (WildcardPatternException)
        {
            return false;
        }
    }
}
