using LxcNetworking.Values;

namespace LxcNetworking.Links;

/// <summary>A link that could not be removed.</summary>
/// <param name="Link">The link.</param>
/// <param name="Error">Why.</param>
public sealed record LinkFailure(NetLink Link, NetworkException Error);
