using LxcNetworking.Netlink;

namespace LxcNetworking;

/// <summary>
/// How one kind of link is read. Each kind lives in one file under Kinds: its details, its specification for making one,
/// and its line in the partial class <see cref="LinkKinds"/>.
/// </summary>
internal abstract class LinkKind(params string[] names)
{
    /// <summary>The kernel's names for the kind (IFLA_INFO_KIND).</summary>
    public IReadOnlyList<string> Names { get; } = names;

    /// <summary>Reads IFLA_INFO_DATA.</summary>
    /// <returns>The details, or null if the kind has none.</returns>
    public virtual LinkDetails? ReadDetails(string kind, AttributeReader data) => null;

    /// <summary>Makes the object of a kind that has a class of its own.</summary>
    public virtual NetLink Create(LinkData data) => new(data);
}

/// <summary>The kinds that have details. Each kind's file adds its own.</summary>
internal static partial class LinkKinds
{
    // No initializer: the kinds' own files run theirs in an order that nobody promises.
    private static Dictionary<string, LinkKind>? s_byName;

    /// <summary>Looks a kind up by the kernel's name.</summary>
    public static LinkKind? Find(string? name) => name is null ? null : s_byName?.GetValueOrDefault(name);

    private static LinkKind Add(LinkKind kind)
    {
        s_byName ??= new Dictionary<string, LinkKind>(StringComparer.Ordinal);
        foreach (var name in kind.Names)
            s_byName.Add(name, kind);
        return kind;
    }
}
