using LxcNetworking.Values;

namespace LxcNetworking.Namespaces;

/// <summary>The number by which one namespace knows another one (nsid, ip-netns(8)): links that lead there show
/// it.</summary>
public sealed class NetNamespaceId
{
    internal NetNamespaceId(int nsId, NamespaceReference? target, NamespaceReference reference)
        => (NsId, Target, Namespace) = (nsId, target, reference);

    /// <summary>The number, 0 or more.</summary>
    public int NsId { get; }

    /// <summary>The namespace that has the number; null if neither a name nor a process leads to it.</summary>
    public NamespaceReference? Target { get; }

    /// <summary>The namespace in which the number is valid.</summary>
    public NamespaceReference Namespace { get; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    /// <inheritdoc/>
    public override string ToString() => Target is null ? $"{NsId}" : $"{NsId} {Target}";
}
