using LxcNetworking.Addressing;
using LxcNetworking.Declarations;
using LxcNetworking.Values;

namespace LxcNetworking.State.Documents;

/// <summary>What a document says of a neighbour entry, besides its address and link.</summary>
[AttributeSet]
internal sealed partial record NeighborEntry : AttributeSet
{
    /// <inheritdoc cref="NeighborSpec.LinkLayerAddress"/>
    [Computed]
    public LinkLayerAddress? LinkLayerAddress { get; init; }

    /// <inheritdoc cref="NeighborSpec.Router"/>
    [Computed]
    public bool? Router { get; init; }

    /// <inheritdoc cref="NeighborSpec.ExternallyLearned"/>
    [Computed]
    public bool? ExternallyLearned { get; init; }

    /// <inheritdoc cref="NeighborSpec.Protocol"/>
    [Computed(Max = byte.MaxValue)]
    public RouteProtocol? Protocol { get; init; }
}
