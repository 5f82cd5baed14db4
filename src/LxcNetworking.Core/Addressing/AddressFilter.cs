using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>What a list of addresses, neighbours or routes is narrowed to; null leaves a thing open.</summary>
public sealed record AddressFilter
{
    /// <summary>Only these interfaces.</summary>
    public IReadOnlyCollection<int>? InterfaceIndexes { get; init; }

    /// <summary>Only IPv4 or IPv6.</summary>
    public IPFamily? Family { get; init; }

    /// <summary>Names of links that the caller has read already.</summary>
    internal IReadOnlyDictionary<int, string>? KnownNames { get; init; }

    internal bool Takes(int interfaceIndex, IPFamily family)
        => (Family is null || Family == family)
            && (InterfaceIndexes is null || InterfaceIndexes.Contains(interfaceIndex));

    /// <summary>The one interface that the kernel can be asked for, or 0.</summary>
    internal int SingleIndex => InterfaceIndexes?.Count == 1 ? InterfaceIndexes.First() : 0;
}
