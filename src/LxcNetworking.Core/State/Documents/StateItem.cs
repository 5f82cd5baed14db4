using System.Globalization;
using LxcNetworking.Netlink;
using LxcNetworking.State.Text;

namespace LxcNetworking.State.Documents;

/// <summary>What a document has things of, in the order in which they are made; they are removed in the opposite
/// one.</summary>
internal enum StateSubject
{
    /// <summary>A named network namespace.</summary>
    Namespace,

    /// <summary>A link, one end of a pair too.</summary>
    Link,

    /// <summary>A WireGuard link's key, port and mark.</summary>
    WireGuard,

    /// <summary>A WireGuard link's peer.</summary>
    Peer,

    /// <summary>An address of a link.</summary>
    Address,

    /// <summary>A neighbour entry of a link.</summary>
    Neighbor,

    /// <summary>A route.</summary>
    Route,

    /// <summary>A policy rule.</summary>
    Rule,

    /// <summary>That a namespace forwards packets of a family.</summary>
    Forwarding,

    /// <summary>A translation.</summary>
    Nat,

    /// <summary>A container network.</summary>
    Network,

    /// <summary>What a DHCP server grants a link.</summary>
    Lease,

    /// <summary>This host's part of a layer-2 segment that spans hosts.</summary>
    Segment,
}

/// <summary>Whether a thing is to be there.</summary>
public enum NetStatePresence
{
    /// <summary>It is.</summary>
    Present,

    /// <summary>It is not: it is removed.</summary>
    Absent,

    /// <summary>It is left alone, and not told of.</summary>
    Ignored,
}

/// <summary>What tells one thing from all others.</summary>
/// <param name="Subject">What it is.</param>
/// <param name="Namespace">Its namespace; empty for the one that the document is for.</param>
/// <param name="Name">What tells it from its like in there: a link's name, an address and its link …</param>
internal readonly record struct StateKey(StateSubject Subject, string Namespace, string Name)
{
    /// <summary>The thing in words: <c>link 'eth0' in 'web'</c>.</summary>
    public string Words => string.Create(
        CultureInfo.InvariantCulture,
        $"{Subject.ToString().ToLowerInvariant()} '{KernelText.Shown(Name)}'"
            + $"{(Namespace.Length == 0 ? string.Empty : $" in '{KernelText.Shown(Namespace)}'")}");

    /// <summary>A link's key.</summary>
    public static StateKey Link(string inNamespace, string name) => new(StateSubject.Link, inNamespace, name);

    /// <summary>A namespace's key.</summary>
    public static StateKey Of(string namespaceName) => new(StateSubject.Namespace, string.Empty, namespaceName);

    /// <inheritdoc/>
    public override string ToString() => Words;
}

/// <summary>
/// One thing with what is said of it, or what it is like. Documents, what the kernel tells, and what is kept for the
/// way back have the same form, so that any of them can be compared with any other.
/// </summary>
/// <param name="Key">What tells it from all others.</param>
internal sealed record StateItem(StateKey Key)
{
    /// <summary>Where it stands in the document: <c>links[3]</c>.</summary>
    public string Path { get; init; } = string.Empty;

    /// <summary>The line that it stands on.</summary>
    public StatePlace Place { get; init; }

    /// <summary>Whether it is to be there.</summary>
    public NetStatePresence Presence { get; init; }

    /// <summary>The document that made it, as far as it bears that one's mark; null for anybody else.</summary>
    public string? Owner { get; init; }

    /// <summary>What tells it from another one of its key that somebody made since; null where nothing does.</summary>
    public string? Identity { get; init; }

    /// <summary>Whether the kernel or another program makes it anew by itself: a route that comes with an address, what
    /// a router announced.</summary>
    public bool IsTransient { get; init; }

    /// <summary>What is said: a property's name, and its value as JSON, written in the one way that it can
    /// be.</summary>
    public SortedDictionary<string, string> Values { get; init; } = new(StringComparer.Ordinal);

    /// <summary>A value as text, without JSON's quotes; null where nothing is said.</summary>
    public string? Text(string property) => Values.TryGetValue(property, out var json) ? StateValue.Text(json) : null;
}
