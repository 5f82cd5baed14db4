namespace LxcNetworking.Tunnels;

/// <summary>
/// The type-of-service byte of the outer packets of a tunnel over IPv6, which the kernel keeps in the flow information
/// (RFC 2473) and, where it is that of the inner packet, in a flag (linux/ip6_tunnel.h).
/// </summary>
internal static class TrafficClass
{
    private const uint IP6_TNL_F_USE_ORIG_TCLASS = 2, Mask = 0xffu << Shift;
    private const int Shift = 20;

    /// <summary>Reads it.</summary>
    /// <returns>The byte, or 1 for that of the inner packet; null where there is no flow information.</returns>
    public static int? Read(uint? flow, uint? flags) => flow is null ? null
        : ((flags ?? 0) & IP6_TNL_F_USE_ORIG_TCLASS) != 0 ? 1 : (int)((flow & Mask) >> Shift);

    /// <summary>Gives flow information and flags another one; null leaves both.</summary>
    public static (uint Flow, uint Flags) Set(int? tos, uint flow, uint flags) => tos switch
    {
        null => (flow, flags),
        1 => (flow, flags | IP6_TNL_F_USE_ORIG_TCLASS),
        { } value => ((flow & ~Mask) | ((uint)value << Shift), flags & ~IP6_TNL_F_USE_ORIG_TCLASS),
    };
}
