using System.Management.Automation;

namespace LxcNetworking.Commands;

/// <summary>
/// A name as a user wrote it, with or without wildcards. Linux lets names have brackets, stars and question marks in them, so what is
/// written like a pattern always also means the thing of exactly that name.
/// </summary>
internal sealed class NamePattern
{
    private readonly WildcardPattern? _wildcard;

    /// <summary>Reads the text.</summary>
    /// <param name="text">Such as veth*, or q`[1`] for the name q[1] and nothing else.</param>
    public NamePattern(string text)
    {
        Text = text;
        if (IsWildcard(text))
            _wildcard = new WildcardPattern(text, WildcardOptions.CultureInvariant);
    }

    /// <summary>The text as it was written.</summary>
    public string Text { get; }

    /// <summary>True if it is one name, whose absence is an error.</summary>
    public bool IsLiteral => _wildcard is null;

    /// <summary>The one name that is meant; what was escaped is plain again.</summary>
    public string Literal => WildcardPattern.Unescape(Text);

    /// <summary>Tells whether a text has wildcards in it. One that starts a set of characters and does not end it, such as an escaped a\x1b[31mb, is a name.</summary>
    public static bool IsWildcard(string text)
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

    /// <summary>Reads the link of that one name.</summary>
    /// <exception cref="NetworkException">LinkNotFound.</exception>
    public NetLink GetLink(NetworkStack stack, CancellationToken cancellation)
        => (Literal == Text ? null : stack.Links.Find(Text, cancellation)) ?? stack.Links.Get(Literal, cancellation);

    /// <summary>Tells whether a name is meant.</summary>
    public bool IsMatch(string name) => name == Text || (_wildcard?.IsMatch(name) ?? name == Literal);
}
