namespace LxcNetworking.Tunnels;

/// <summary>What a tunnel's packets are put into besides (TUNNEL_ENCAP_* of linux/if_tunnel.h).</summary>
public enum TunnelEncapsulation
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>UDP alone (foo over UDP).</summary>
    Fou,

    /// <summary>UDP and a header that says what follows (Generic UDP Encapsulation).</summary>
    Gue,

    /// <summary>MPLS.</summary>
    Mpls,
}

/// <summary>The checksums of what a tunnel's packets are put into (TUNNEL_ENCAP_FLAG_* of
/// linux/if_tunnel.h).</summary>
[Flags]
public enum TunnelEncapsulationFlags
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>One of UDP over IPv4.</summary>
    Checksum = 1,

    /// <summary>One of UDP over IPv6.</summary>
    Checksum6 = 2,

    /// <summary>The inner packet's is left to the other host (remote checksum offload, GUE only).</summary>
    RemoteChecksum = 4,
}

/// <summary>What all tunnels need to know of what their packets are put into.</summary>
internal static class TunnelEncapsulations
{
    /// <summary>What a refusal of the kernel can mean.</summary>
    public const string Hint = "The kernel takes FOU and GUE when their modules are loaded, which it does not do by "
        + "itself: 'modprobe fou' as root, and 'modprobe fou6' for a tunnel over IPv6.";

    private const int Udp = 8, Gue = 4, GuePrivateData = 8, MplsLabel = 4;

    /// <summary>Says what of these settings does not go together, or null.</summary>
    /// <param name="type">What the tunnel has or gets.</param>
    /// <param name="flags">Its checksums.</param>
    /// <param name="port">Its port.</param>
    /// <param name="isSaid">Whether ports or checksums are said; a tunnel without an encapsulation may have
    /// some.</param>
    public static string? Problem(
        TunnelEncapsulation? type, TunnelEncapsulationFlags? flags, int? port, bool isSaid)
        => type switch
        {
            TunnelEncapsulation.Fou or TunnelEncapsulation.Gue => port is null or 0
                ? $"{type} needs the EncapsulationPort that the other host receives it at"
                : type == TunnelEncapsulation.Fou && flags?.HasFlag(TunnelEncapsulationFlags.RemoteChecksum) == true
                    ? "the inner packet's checksum is left to the other host by GUE alone" : null,
            _ => isSaid ? "ports and checksums of an encapsulation go with Fou or Gue" : null,
        };

    /// <summary>The bytes that it takes of each packet.</summary>
    public static int BytesOf(TunnelEncapsulation? type, TunnelEncapsulationFlags? flags) => type switch
    {
        TunnelEncapsulation.Fou => Udp,
        TunnelEncapsulation.Gue
            => Udp + Gue + (flags?.HasFlag(TunnelEncapsulationFlags.RemoteChecksum) == true ? GuePrivateData : 0),
        TunnelEncapsulation.Mpls => MplsLabel,
        _ => 0,
    };
}
