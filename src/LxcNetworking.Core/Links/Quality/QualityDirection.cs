namespace LxcNetworking.Links.Quality;

/// <summary>Which way packets go through a link.</summary>
[Flags]
public enum QualityDirection
{
    /// <summary>What this machine, or this namespace, sends over the link: what tc(8) shapes on it.</summary>
    Out = 1,

    /// <summary>What comes in over the link.</summary>
    In = 2,

    /// <summary>Both ways.</summary>
    Both = Out | In,
}
