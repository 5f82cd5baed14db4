using System.Globalization;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using LxcNetworking.WireGuard;

namespace LxcNetworking.Segments;

/// <summary>This host's part of a layer-2 segment, as it was made or read. What is read comes from its links; what
/// these do not tell any more is empty.</summary>
public sealed class NetSegment
{
    internal NetSegment(NamespaceReference reference, string bridge) => (Namespace, Bridge) = (reference, bridge);

    /// <summary>The bridge.</summary>
    public string Bridge { get; }

    /// <summary>The bridge, under the name that other cmdlets bind.</summary>
    public string InterfaceAlias => Bridge;

    /// <summary>The bridge's index; 0 if there is no such bridge any more.</summary>
    public int InterfaceIndex => BridgeLink?.Index ?? 0;

    /// <summary>This host's address on the underlay; null if it is not known.</summary>
    public IPAddress? Local { get; internal set; }

    /// <summary>The other hosts' addresses on the underlay: as they were given, or in their order where they are
    /// read.</summary>
    public ValueList<IPAddress> Remote { get; internal set; } = [];

    /// <summary>What carries the frames.</summary>
    public SegmentEncapsulation Encapsulation { get; internal set; }

    /// <summary>What tells segments between the same hosts apart; null for GRE without a key, or if it is not
    /// known.</summary>
    public long? Key { get; internal set; }

    /// <summary>The UDP port of L2TP or VXLAN; null for what has none.</summary>
    public int? Port { get; internal set; }

    /// <summary>The bridge's ports that lead to other hosts.</summary>
    public ValueList<string> Tunnel { get; internal set; } = [];

    /// <summary>The WireGuard link that carries them, or null.</summary>
    public string? WireGuardLink { get; internal set; }

    /// <summary>This host's public key, or null.</summary>
    public WireGuardPublicKey? PublicKey { get; internal set; }

    /// <summary>The remote hosts' public keys, in the order of their addresses; empty for in the plain.</summary>
    public ValueList<WireGuardPublicKey> PeerPublicKey { get; internal set; } = [];

    /// <summary>WireGuard's UDP port; null for in the plain.</summary>
    public int? ListenPort { get; internal set; }

    /// <summary>Where the private key was read from, as far as that is known. A container's root can say anything of
    /// the segments in its own namespace.</summary>
    public string? PrivateKeyFile { get; internal set; }

    /// <summary>The MTU of tunnels and bridge in bytes. What is connected to the bridge should have the same.</summary>
    public long Mtu { get; internal set; }

    /// <summary>Why that MTU; empty where it is only read.</summary>
    public string MtuReason { get; internal set; } = string.Empty;

    /// <summary>Ports of the bridge whose MTU is larger than the segment carries.</summary>
    public ValueList<string> LargerPort { get; internal set; } = [];

    /// <summary>The namespace that it is in.</summary>
    public NamespaceReference Namespace { get; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    /// <summary>Whether all is known that another host's part is made from.</summary>
    public bool IsWhole => Local is not null && Remote.Count > 0
        && (Encapsulation == SegmentEncapsulation.Gretap || Key is not null)
        && (!IsEncrypted || (PublicKey is not null && PeerPublicKey.Count == Remote.Count));

    internal NetLink? BridgeLink { get; set; }

    /// <summary>Whether the MTU was chosen, and does not follow from the underlay.</summary>
    internal bool HasGivenMtu { get; set; }

    /// <summary>The lowest index of its tunnels, which another segment does not have.</summary>
    internal int FirstTunnelIndex { get; set; }

    internal bool IsEncrypted => WireGuardLink is not null || PeerPublicKey.Count > 0;

    /// <summary>Tells what a remote host's part is made from: its address and ours change places, and the
    /// keys.</summary>
    /// <param name="index">The host's place among the remote addresses.</param>
    /// <returns>Its part.</returns>
    /// <exception cref="NetworkException">NotSupported: not all is known that it takes
    /// (<see cref="IsWhole"/>).</exception>
    public SegmentCounterpart CounterpartOf(int index)
    {
        if (!IsWhole)
        {
            throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"What is known of the segment of '{Bridge}' is not all that another host's part is made from.",
                Bridge);
        }

        // Another host has its own reason for force, or none.
        var other = new SegmentSpec(
            Bridge,
            Remote[index],
            [.. Remote.Select((address, i) => i == index ? Local! : address)],
            Encapsulation)
        {
            Key = Encapsulation != SegmentEncapsulation.Gretap && Key == SegmentSpec.DefaultKey ? null : Key,
            Port = Port == SegmentSpec.DefaultPortOf(Encapsulation) ? null : Port,
            Mtu = HasGivenMtu ? (int)Mtu : null,
        };
        return !IsEncrypted ? new SegmentCounterpart(other)
            : new SegmentCounterpart(other)
            {
                PeerPublicKey = [.. PeerPublicKey.Select((key, i) => i == index ? PublicKey! : key)],
                ListenPort = ListenPort ?? SegmentEncryption.DefaultPort,
                PrivateKeyFile = PrivateKeyFile,
            };
    }

    /// <inheritdoc/>
    public override string ToString()
        => string.Create(
            CultureInfo.InvariantCulture, $"{Bridge}: {Encapsulation} from {Local} to {string.Join(", ", Remote)}");

    /// <summary>What a specification says.</summary>
    internal static NetSegment Of(NamespaceReference reference, SegmentSpec spec, WireGuardPublicKey? publicKey)
        => new(reference, spec.Bridge)
        {
            Local = spec.Local,
            Remote = [.. spec.Remote],
            Encapsulation = spec.Encapsulation,
            Key = spec.Encapsulation == SegmentEncapsulation.Gretap ? spec.Key : spec.KeyOrDefault,
            Port = spec.Port ?? SegmentSpec.DefaultPortOf(spec.Encapsulation),
            PublicKey = publicKey,
            PeerPublicKey = [.. spec.Encryption?.PeerPublicKey ?? []],
            ListenPort = spec.Encryption?.ListenPort,
            PrivateKeyFile = spec.Encryption?.PrivateKeyFile,
            Mtu = spec.Mtu ?? 0,
            HasGivenMtu = spec.Mtu is not null,
        };

    /// <summary>Finds the ports whose MTU is larger.</summary>
    internal void FindLargerPorts(IEnumerable<NetLink> links)
        => LargerPort =
        [
            .. links.Where(port => BridgeLink is not null && port.MasterIndex == BridgeLink.Index && port.Mtu > Mtu)
                .Select(port => port.Name),
        ];
}
