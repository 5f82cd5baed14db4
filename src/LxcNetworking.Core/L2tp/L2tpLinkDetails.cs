using LxcNetworking.Links;

namespace LxcNetworking.L2tp;

/// <summary>What an L2TP session's link has. rtnetlink does not tell that it is one: it is read from the generic
/// netlink family.</summary>
public sealed record L2tpLinkDetails : LinkDetails
{
    /// <summary>The tunnel's id on this host.</summary>
    public uint TunnelId { get; init; }

    /// <summary>The session's id on this host.</summary>
    public uint SessionId { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"session {SessionId} of tunnel {TunnelId}";
}
