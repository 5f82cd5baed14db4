using LxcNetworking.L2tp;
using LxcNetworking.Links;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;
using LxcNetworking.WireGuard;

namespace LxcNetworking.Segments;

/// <summary>What carries a segment's frames from host to host.</summary>
public enum SegmentEncapsulation
{
    /// <summary>Ethernet in GRE: one tunnel for each remote host.</summary>
    Gretap,

    /// <summary>L2TPv3 over UDP: one tunnel and session for each remote host.</summary>
    L2tp,

    /// <summary>L2TPv3 over IP: one tunnel and session for each remote host.</summary>
    L2tpIp,

    /// <summary>VXLAN: one link for all remote hosts, with a list of those that unknown frames are flooded
    /// to.</summary>
    Vxlan,
}

/// <summary>What encrypts a segment.</summary>
/// <param name="PrivateKey">This host's private key, which stays the caller's to dispose; null to read it from
/// <see cref="PrivateKeyFile"/>.</param>
/// <param name="PeerPublicKey">The remote hosts' public keys, in the order of the remote addresses.</param>
public sealed record SegmentEncryption(WireGuardSecret? PrivateKey, IReadOnlyList<WireGuardPublicKey> PeerPublicKey)
{
    /// <summary>The UDP port that WireGuard has by habit.</summary>
    public const int DefaultPort = 51820;

    /// <summary>The UDP port, on all hosts alike.</summary>
    public int ListenPort { get; init; } = DefaultPort;

    /// <summary>The full path of the file that the private key was or is to be read from, for the other hosts' commands
    /// too; null if it did not come from a file.</summary>
    public string? PrivateKeyFile { get; init; }
}

/// <summary>One host's part of a layer-2 segment that spans hosts.</summary>
/// <param name="Bridge">The bridge that becomes a part of it; made if it is not there.</param>
/// <param name="Local">This host's address on the underlay.</param>
/// <param name="Remote">The other hosts' addresses on the underlay. Each of them names all the others.</param>
/// <param name="Encapsulation">What carries the frames.</param>
public sealed record SegmentSpec(
    string Bridge, IPAddress Local, IReadOnlyList<IPAddress> Remote, SegmentEncapsulation Encapsulation)
{
    /// <summary>The GRE key, the VXLAN network identifier, or what L2TP's ids are made from; tells segments between the
    /// same hosts apart. Null for 1, and for GRE without a key.</summary>
    public long? Key { get; init; }

    /// <summary>The UDP port of L2TP (1701) or VXLAN (4789); null for the usual one.</summary>
    public int? Port { get; init; }

    /// <summary>The MTU of tunnels and bridge, in bytes; null for the largest that the underlay carries
    /// whole.</summary>
    public int? Mtu { get; init; }

    /// <summary>Makes it also where the local address is not here yet, or a remote one is this host's own. L2TP's own
    /// sockets begin at addresses that are here.</summary>
    public bool Force { get; init; }

    /// <summary>Encrypts it with WireGuard; null for in the plain.</summary>
    public SegmentEncryption? Encryption { get; init; }

    internal const int DefaultKey = 1;

    internal long KeyOrDefault => Key ?? DefaultKey;

    internal static int? DefaultPortOf(SegmentEncapsulation encapsulation) => encapsulation switch
    {
        SegmentEncapsulation.L2tp => L2tpTunnelSpec.DefaultPort,
        SegmentEncapsulation.Vxlan => VxlanSettings.DefaultPort,
        _ => null,
    };

    /// <summary>Checks what can be known without the system.</summary>
    /// <exception cref="NetworkException">InvalidName or InvalidArgument.</exception>
    public void Validate()
    {
        LinkSpec.CheckName(Bridge);
        LinkSpec.CheckMtu(Mtu, Bridge);
        foreach (var remote in Remote)
            TunnelEnds.CheckEndpoints(Local, remote, $"the segment of '{Bridge}'");
        var largest = Encapsulation == SegmentEncapsulation.Vxlan ? (1L << 24) - 1 : uint.MaxValue;
        var problem = this switch
        {
            { Remote.Count: 0 } => "it needs the address of another host at least",
            _ when Remote.Distinct().Count() != Remote.Count => "a remote host is named twice",
            _ when Key < 0 || Key > largest => $"its key is 0 to {largest}",
            _ when Port is < 1 or > 65535 => "a UDP port is 1 to 65535",
            { Port: not null, Encapsulation: SegmentEncapsulation.Gretap or SegmentEncapsulation.L2tpIp } =>
                $"{Encapsulation} has no UDP port",
            { Encryption.PeerPublicKey.Count: var keys } when keys != Remote.Count
                => $"{keys} public keys do not go with {Remote.Count} remote hosts; give each host's key, in the order "
                    + "of the addresses",
            { Encryption.ListenPort: < 1 or > 65535 } => "WireGuard's UDP port is 1 to 65535",
            { Encryption: not null } when Remote.Append(Local).Any(address => address.IsIPv6LinkLocal)
                => "link-local addresses hold on one interface only; use others",
            _ => null,
        };
        if (problem is not null)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument, $"The segment of '{Bridge}' cannot be: {problem}.", Bridge);
    }
}

/// <summary>What another host's part of a segment is made from, but for the private key that only that host
/// has.</summary>
/// <param name="Spec">That part, without what encrypts it.</param>
public sealed record SegmentCounterpart(SegmentSpec Spec)
{
    /// <summary>The public keys of the hosts that are remote to it, in the order of their addresses; null for in the
    /// plain.</summary>
    public IReadOnlyList<WireGuardPublicKey>? PeerPublicKey { get; init; }

    /// <summary>WireGuard's UDP port.</summary>
    public int ListenPort { get; init; } = SegmentEncryption.DefaultPort;

    /// <summary>Where this host has its private key, which may be that host's place for its own; null for no
    /// file.</summary>
    public string? PrivateKeyFile { get; init; }
}
