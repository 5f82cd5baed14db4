using LxcNetworking.Addressing;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Events;

/// <summary>What an event is about.</summary>
public enum NetEventType
{
    /// <summary>A link.</summary>
    Link,

    /// <summary>An IP address.</summary>
    Address,

    /// <summary>A route of any table but <c>local</c>, which the kernel keeps for its own addresses.</summary>
    Route,

    /// <summary>A neighbour (ARP, NDP); multicast and proxy entries, of which the kernel says nothing, are left
    /// out.</summary>
    Neighbor,

    /// <summary>A network namespace's name under /run/netns.</summary>
    Namespace,
}

/// <summary>What happened.</summary>
public enum NetEventAction
{
    /// <summary>It is new here.</summary>
    Added,

    /// <summary>It is different.</summary>
    Changed,

    /// <summary>It is gone from here.</summary>
    Removed,
}

/// <summary>Something that happened in a network namespace.</summary>
public sealed class NetEvent
{
    internal NetEvent(
        NetEventType type, NetEventAction action, NamespaceReference reference, object item, string subject)
        => (Type, Action, Namespace, Item, Subject) = (type, action, reference, item, subject);

    /// <summary>When the kernel's notification was read.</summary>
    public DateTimeOffset Time { get; } = DateTimeOffset.Now;

    /// <summary>What it is about.</summary>
    public NetEventType Type { get; }

    /// <summary>What happened.</summary>
    public NetEventAction Action { get; }

    /// <summary>The namespace that it happened in; of an event about a namespace, that one.</summary>
    public NamespaceReference Namespace { get; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    /// <summary>The name of the link that it is about, or null.</summary>
    public string? InterfaceAlias { get; internal init; }

    /// <summary>That link's index, or null.</summary>
    public int? InterfaceIndex { get; internal init; }

    /// <summary>What it is about in a few words: a link's name, an address with its prefix length, a route, a
    /// neighbour's address, a namespace's name.</summary>
    public string Subject { get; }

    /// <summary>What is different, such as <c>Mtu 1500 -&gt; 1400</c>; empty unless <see cref="Action"/> is
    /// Changed.</summary>
    public ValueList<string> Changes { get; internal init; } = [];

    /// <summary>
    /// The <see cref="NetLink"/>, <see cref="NetIPAddress"/>, <see cref="NetRoute"/>, <see cref="NetNeighbor"/> or
    /// <see cref="NetNamespace"/> as it is now; if it was removed, as it was last.
    /// </summary>
    public object Item { get; }

    /// <inheritdoc/>
    public override string ToString()
        => $"{Type} {Subject} {Action}{(Changes.Count == 0 ? string.Empty : $": {string.Join(", ", Changes)}")}";
}
