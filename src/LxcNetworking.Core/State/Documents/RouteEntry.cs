using LxcNetworking.Addressing;
using LxcNetworking.Declarations;
using LxcNetworking.Values;

namespace LxcNetworking.State.Documents;

/// <summary>What a document says of a route, besides where it leads, its metric and table, and
/// <see cref="RouteSettings"/>.</summary>
[AttributeSet]
internal sealed partial record RouteEntry : AttributeSet
{
    /// <summary>The gateway; 0.0.0.0 or :: where receivers are on the link itself.</summary>
    [Computed]
    public IPAddress? NextHop { get; init; }

    /// <summary>The link's name.</summary>
    [Computed]
    public string? InterfaceAlias { get; init; }

    /// <summary>Whether the gateway counts as being on the link, whatever the addresses say.</summary>
    [Computed]
    public bool? OnLink { get; init; }

    /// <summary>What packets are put into.</summary>
    [Computed]
    public RouteEncapsulation? Encapsulation { get; init; }

    /// <summary>What it does.</summary>
    [Computed]
    public RouteType? Type { get; init; }

    /// <summary>IPv4: how far the destination is.</summary>
    [Computed(Max = byte.MaxValue)]
    public NetScope? Scope { get; init; }

    /// <summary>Who makes it.</summary>
    [Computed(Max = byte.MaxValue)]
    public RouteProtocol? Protocol { get; init; }
}
