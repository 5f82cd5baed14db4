using System.Globalization;
using LxcNetworking.Values;

namespace LxcNetworking.Links;

/// <summary>The ifb link that another link's incoming traffic goes through, where its quality is set. It goes with
/// that link.</summary>
internal static class IngressBlock
{
    /// <summary>The alias that tells it from others.</summary>
    public const string Mark = "lxcnetworking/quality";

    private const string Prefix = "ifb-q";

    /// <summary>The name of a link's own: with its index, as a name may be too long.</summary>
    public static string NameFor(int index) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{index}");

    /// <summary>The index of the link that a link would be for by its name; null for any other name.</summary>
    public static int? OwnerOf(NetLink link)
        => link.Kind == "ifb" && link.Name.StartsWith(Prefix, StringComparison.Ordinal)
            && Digits.TryParse(link.Name.AsSpan(Prefix.Length), out int index) ? index : null;

    /// <summary>Whether it is one, complete.</summary>
    public static bool Is(NetLink link) => link.Alias == Mark && OwnerOf(link) is not null;
}
