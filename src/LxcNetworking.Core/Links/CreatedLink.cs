using LxcNetworking.Namespaces;

namespace LxcNetworking.Links;

/// <summary>A link that the kernel has just created.</summary>
/// <param name="Stack">The stack that it is in.</param>
/// <param name="IsIncomplete">True if it is not yet up, in its master and under its alias.</param>
/// <param name="Read">The links that were read back in the same send; empty where that could not be.</param>
/// <param name="KnownNames">Names by index in its namespace that need not be asked for.</param>
internal readonly record struct CreatedLink(
    NetworkStack Stack, bool IsIncomplete, List<NetLink> Read, Dictionary<int, string> KnownNames);
