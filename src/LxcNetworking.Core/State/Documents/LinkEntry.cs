using LxcNetworking.Declarations;
using LxcNetworking.Values;

namespace LxcNetworking.State.Documents;

/// <summary>What a document says of a link of whatever kind, besides <see cref="Links.CommonLinkSettings"/>.</summary>
[AttributeSet]
internal sealed partial record LinkEntry : AttributeSet
{
    /// <summary>The kernel's kind. Without it, the link is one that is there.</summary>
    [Computed(Access = Access.CreateOnly)]
    public string? Kind { get; init; }

    /// <summary>The parent link.</summary>
    [Computed(Access = Access.CreateOnly)]
    public string? Parent { get; init; }

    /// <summary>The namespace of the parent, or that a tunnel's packets go by; empty for the document's own.</summary>
    [Computed(Access = Access.CreateOnly)]
    public string? ParentNamespace { get; init; }

    /// <summary>The name of a pair's other end.</summary>
    [Computed(Access = Access.CreateOnly)]
    public string? Peer { get; init; }

    /// <summary>The namespace of that end; empty for the document's own.</summary>
    [Computed(Access = Access.CreateOnly)]
    public string? PeerNamespace { get; init; }

    /// <summary>Up or down.</summary>
    [Computed]
    public bool? Up { get; init; }

    /// <summary>The bridge, bond or VRF that it is a port of; empty for none.</summary>
    [Computed]
    public string? Master { get; init; }

    /// <summary>The MTU in bytes.</summary>
    [Computed]
    public int? Mtu { get; init; }

    /// <summary>The Ethernet address.</summary>
    [Computed]
    public MacAddress? MacAddress { get; init; }

    /// <summary>Whether it takes every frame.</summary>
    [Computed]
    public bool? Promiscuous { get; init; }

    /// <summary>A free text.</summary>
    [Computed]
    public string? Alias { get; init; }

    /// <summary>Other names.</summary>
    [Computed]
    public ValueList<string>? AlternativeName { get; init; }

    /// <summary>The link group.</summary>
    [Computed(Max = uint.MaxValue)]
    public long? Group { get; init; }

    /// <summary>The transmit queue's length in packets.</summary>
    [Computed]
    public int? TxQueueLength { get; init; }
}
