using LxcNetworking.Addressing;
using LxcNetworking.Declarations;
using LxcNetworking.Values;

namespace LxcNetworking.State.Documents;

/// <summary>What a document says of an address, besides itself and the other end's.</summary>
[AttributeSet]
internal sealed partial record AddressEntry : AttributeSet
{
    /// <inheritdoc cref="AddressSpec.Broadcast"/>
    [Computed(Access = Access.CreateOnly)]
    public IPAddress? Broadcast { get; init; }

    /// <inheritdoc cref="AddressSpec.Label"/>
    [Computed(Access = Access.CreateOnly)]
    public string? Label { get; init; }

    /// <inheritdoc cref="AddressSpec.Scope"/>
    [Computed(Access = Access.CreateOnly, Max = byte.MaxValue)]
    public NetScope? Scope { get; init; }

    /// <inheritdoc cref="AddressSpec.SkipAsSource"/>
    [Computed]
    public bool? SkipAsSource { get; init; }

    /// <inheritdoc cref="AddressSpec.SkipDuplicateAddressDetection"/>
    [Computed(Access = Access.CreateOnly)]
    public bool? SkipDuplicateAddressDetection { get; init; }

    /// <inheritdoc cref="AddressSpec.NoPrefixRoute"/>
    [Computed(Access = Access.CreateOnly)]
    public bool? NoPrefixRoute { get; init; }

    /// <inheritdoc cref="AddressSpec.PrefixRouteMetric"/>
    [Computed(Max = uint.MaxValue)]
    public long? PrefixRouteMetric { get; init; }

    /// <inheritdoc cref="AddressSpec.ManageTemporary"/>
    [Computed(Access = Access.CreateOnly)]
    public bool? ManageTemporary { get; init; }

    /// <inheritdoc cref="AddressSpec.MulticastAutoJoin"/>
    [Computed(Access = Access.CreateOnly)]
    public bool? MulticastAutoJoin { get; init; }

    /// <inheritdoc cref="AddressSpec.HomeAddress"/>
    [Computed(Access = Access.CreateOnly)]
    public bool? HomeAddress { get; init; }

    /// <inheritdoc cref="AddressSpec.Protocol"/>
    [Computed(Access = Access.CreateOnly, Max = 255)]
    public int? Protocol { get; init; }
}
