using LxcNetworking.Declarations;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links;

/// <summary>
/// What is known of one kind of link. It is made from the kind's declaration (<see
/// cref="Declarations.LinkKindAttribute"/>); a kind that rtnetlink does not name derives its own.
/// </summary>
internal class LinkKind(params string[] names)
{
    /// <summary>The kernel's names for the kind (IFLA_INFO_KIND).</summary>
    public IReadOnlyList<string> Names { get; } = names;

    /// <summary>Makes settings of the kind in which nothing is said; null for a kind that rtnetlink does not
    /// make.</summary>
    public Func<LinkSettings>? Empty { get; init; }

    /// <summary>Whether a link of the kind is one end of two.</summary>
    public bool IsPair => Empty?.Invoke().NewPair("a", "b") is not null;

    /// <summary>What the kind declares.</summary>
    public IReadOnlyList<DeclaredProperty> Properties { get; init; } = [];

    /// <summary>The kernel module that has the kind, where that is not called like it.</summary>
    public string? Module { get; init; }

    /// <summary>Whether frames that leave by it stay in this machine's memory.</summary>
    public bool StaysInMachine { get; init; }

    /// <summary>Whether a link has a forwarding table of its own, beside that of a bridge.</summary>
    public bool HasForwardingTable { get; init; }

    /// <summary>Whether it is known to take no ports.</summary>
    public bool TakesNoPorts { get; init; }

    /// <summary>Whether the kernel gives a new link a random Ethernet address, and not another link's or
    /// none.</summary>
    public bool HasOwnMacAddress { get; init; }

    /// <summary>
    /// Tells how long IFLA_INFO_DATA, with its header, is at least, where its own length may have wrapped; null where
    /// it cannot have.
    /// </summary>
    public LeastLength? LeastDataLength { get; init; }

    /// <summary>Reads IFLA_INFO_DATA; null if the kind has none.</summary>
    public DetailsReader? Read { get; init; }

    /// <summary>Makes the object of a kind that has a class of its own.</summary>
    public Func<LinkData, NetLink>? Create { get; init; }

    /// <summary>Whether rtnetlink does not name the kind, so that <see cref="Recognize"/> has to tell.</summary>
    public virtual bool IsUnnamed => false;

    /// <summary>Gives those of the links that are of a kind without a name their kind and details.</summary>
    public virtual void Recognize(NetworkStack stack, IReadOnlyList<NetLink> links)
    {
    }

    /// <summary>Why the kernel does not remove a link of the kind, and what does; null where nothing more is
    /// known.</summary>
    public virtual Hint? WhyItStays(NetLink link) => null;

    /// <summary>Reads IFLA_INFO_DATA.</summary>
    /// <param name="data">The attributes in it.</param>
    internal delegate LinkDetails DetailsReader(AttributeReader data);
}

/// <summary>The kinds that the library knows more of than their name; each adds itself when the library is
/// loaded.</summary>
internal static class LinkKinds
{
    private static readonly Dictionary<string, LinkKind> s_byName = new(StringComparer.Ordinal);
    private static readonly List<LinkKind> s_unnamed = [];

    /// <summary>The kinds that rtnetlink does not name, so that the links that can be one are looked at once
    /// more.</summary>
    public static IReadOnlyList<LinkKind> Unnamed => s_unnamed;

    /// <summary>The kernel's names of all kinds.</summary>
    public static IEnumerable<string> Names => s_byName.Keys;

    /// <summary>Looks a kind up by the kernel's name.</summary>
    public static LinkKind? Find(string? name) => name is null ? null : s_byName.GetValueOrDefault(name);

    /// <summary>Adds a kind.</summary>
    public static void Add(LinkKind kind)
    {
        foreach (var name in kind.Names)
            s_byName.Add(name, kind);
        if (kind.IsUnnamed)
            s_unnamed.Add(kind);
    }
}
