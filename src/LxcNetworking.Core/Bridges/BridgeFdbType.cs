namespace LxcNetworking.Bridges;

/// <summary>How long an entry of a forwarding table lives (NUD_* of linux/neighbour.h).</summary>
public enum BridgeFdbType
{
    /// <summary>It ages like a learned one.</summary>
    Dynamic,

    /// <summary>It stays until it is removed.</summary>
    Static,

    /// <summary>It stays; on a bridge's port it also means that the address is the host's own, so that frames to it are
    /// not forwarded.</summary>
    Permanent,
}
