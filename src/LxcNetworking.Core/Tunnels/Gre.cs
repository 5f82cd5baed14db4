using System.Globalization;
using System.Net.Sockets;
using LxcNetworking.Declarations;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Tunnels;

/// <summary>What a GRE tunnel has (RFC 2784 and 2890; IFLA_GRE_* of linux/if_tunnel.h): of Ethernet frames (gretap,
/// ip6gretap), of mirrored ones (erspan, ip6erspan) or of IP packets (gre, ip6gre).</summary>
[LinkKind("gre", "gretap", "erspan", Link = typeof(GreLink), Module = "ip_gre", TakesNoPorts = true)]
[LinkKind("ip6gre", "ip6gretap", "ip6erspan", Link = typeof(GreLink), Module = "ip6_gre", TakesNoPorts = true)]
public sealed partial record GreSettings : TunnelSettings
{
    private const int ChecksumBit = 0x8000, KeyBit = 0x2000, SequenceBit = 0x1000;
    private const int MostSessions = 1023;
    private readonly long? _key, _inputKey, _outputKey;
    private readonly bool? _sequence, _checksum;

    /// <summary>The index of the link that the outer packets go by; 0 to let routing decide.</summary>
    [Nla(1, Wire.S32)]
    [LinkIndex]
    public override int? DeviceIndex { get; init; }

    /// <summary>Where it starts: an address of the host; null for any.</summary>
    [Nla(6, Wire.Address)]
    public override IPAddress? Local { get; init; }

    /// <summary>Where it leads to: one host's address, or null.</summary>
    [Nla(7, Wire.Address)]
    public override IPAddress? Remote { get; init; }

    /// <summary>The time to live of the outer packets; 0 for that of the inner one.</summary>
    [Nla(8, Wire.U8)]
    public override int? Ttl { get; init; }

    /// <summary>The type-of-service byte of the outer packets; 1 to take that of the inner one.</summary>
    [Computed(Max = 255)]
    public override int? Tos
    {
        get => IPv4Tos ?? TrafficClass.Read(FlowInfo, IPv6Flags);
        init => IPv4Tos = value;
    }

    /// <summary>The key in both directions, 0 to 4294967295; null if there is none or they differ.</summary>
    [Computed(Max = uint.MaxValue)]
    public long? Key
    {
        get => _key ?? (InputKey == OutputKey ? OutputKey : null);
        init => _key = value;
    }

    /// <summary>The key that incoming packets must carry, where it is another than that of outgoing ones; null for
    /// none.</summary>
    [Computed(Max = uint.MaxValue)]
    public long? InputKey
    {
        get => _inputKey ?? (Has(InputFlags, KeyBit) == true ? InputKeyNumber : null);
        init => _inputKey = value;
    }

    /// <summary>The key that outgoing packets carry, where it is another than that of incoming ones; null for
    /// none.</summary>
    [Computed(Max = uint.MaxValue)]
    public long? OutputKey
    {
        get => _outputKey ?? (Has(OutputFlags, KeyBit) == true ? OutputKeyNumber : null);
        init => _outputKey = value;
    }

    /// <summary>Whether packets are numbered, and late ones dropped.</summary>
    [Computed]
    public bool? Sequence
    {
        get => _sequence ?? Has(OutputFlags, SequenceBit);
        init => _sequence = value;
    }

    /// <summary>Whether packets carry a checksum, and are expected to.</summary>
    [Computed]
    public bool? Checksum
    {
        get => _checksum ?? Has(OutputFlags, ChecksumBit);
        init => _checksum = value;
    }

    /// <summary>Whether outer packets may be fragmented although the inner ones say that they must not. IPv4
    /// only.</summary>
    [Nla(19, Wire.U8, Absent = false)]
    public bool? IgnoreDf { get; init; }

    /// <summary>Whether outer packets carry DF, so that the path's MTU is found out. IPv4 only.</summary>
    [Nla(10, Wire.U8, Absent = false)]
    public bool? PathMtuDiscovery { get; init; }

    /// <summary>The mark that packets carry inside the host, or 0.</summary>
    [Nla(20, Wire.U32)]
    public long? Mark { get; init; }

    /// <summary>What the tunnel's packets are put into, so that they pass where only UDP does; null for
    /// nothing.</summary>
    [Nla(14, Wire.U16)]
    public TunnelEncapsulation? Encapsulation { get; init; }

    /// <summary>The checksums of that.</summary>
    [Nla(15, Wire.U16)]
    public TunnelEncapsulationFlags? EncapsulationFlags { get; init; }

    /// <summary>The UDP port that they come from; 0 for one that differs by flow.</summary>
    [Nla(16, Wire.U16BigEndian)]
    public int? EncapsulationSourcePort { get; init; }

    /// <summary>The UDP port that they go to.</summary>
    [Nla(17, Wire.U16BigEndian)]
    public int? EncapsulationPort { get; init; }

    /// <summary>The version of the ERSPAN header that mirrored frames get, 0 (IPv4 only) to 2; null for a tunnel
    /// without one. The key is the mirror session's number, 0 to 1023.</summary>
    [Nla(22, Wire.U8, Max = 2, Access = Access.CreateOnly)]
    public int? ErspanVersion { get; init; }

    /// <summary>The port that frames were mirrored at, 20 bits; of ERSPAN version 1.</summary>
    [Nla(21, Wire.U32, Max = 0xfffff)]
    public int? ErspanIndex { get; init; }

    /// <summary>Which way the mirrored frames went; of ERSPAN version 2.</summary>
    [Nla(23, Wire.U8)]
    public ErspanDirection? ErspanDirection { get; init; }

    /// <summary>The number of the mirroring machine's engine, 6 bits; of ERSPAN version 2.</summary>
    [Nla(24, Wire.U16, Max = 63)]
    public int? ErspanHardwareId { get; init; }

    /// <summary>Takes hosts and keys from each packet's route or program instead of settings.</summary>
    [Nla(18, Wire.Flag, Access = Access.CreateOnly)]
    public override bool? External { get; init; }

    [Nla(2, Wire.U16BigEndian)]
    internal int? InputFlags { get; init; }

    [Nla(3, Wire.U16BigEndian)]
    internal int? OutputFlags { get; init; }

    [Nla(4, Wire.U32BigEndian)]
    internal long? InputKeyNumber { get; init; }

    [Nla(5, Wire.U32BigEndian)]
    internal long? OutputKeyNumber { get; init; }

    [Nla(9, Wire.U8)]
    internal int? IPv4Tos { get; init; }

    [Nla(11, Wire.U8)]
    internal int? EncapsulationLimit { get; init; }

    [Nla(12, Wire.U32BigEndian)]
    internal uint? FlowInfo { get; init; }

    [Nla(13, Wire.U32)]
    internal uint? IPv6Flags { get; init; }

    internal override string? Problem => IgnoreDf == true && PathMtuDiscovery == true
        ? "DF is either ignored or carried to find out the path's MTU"
        : _key is not null && ((_inputKey ?? _key) != _key || (_outputKey ?? _key) != _key)
            ? "Key is that of both directions, and InputKey and OutputKey are others" : base.Problem;

    internal override IEnumerable<string> SaidOfPackets => NamesOf(
        (nameof(Local), Local is not null),
        (nameof(Remote), Remote is not null),
        (nameof(Key), Key is not null),
        (nameof(InputKey), InputKey is not null),
        (nameof(OutputKey), OutputKey is not null),
        (nameof(Ttl), Ttl is > 0),
        (nameof(Tos), Tos is > 0),
        (nameof(Sequence), Sequence == true),
        (nameof(Checksum), Checksum == true));

    /// <inheritdoc/>
    public override string ToString() => External == true ? "external" : base.ToString()
        + (OutputKey is { } key ? string.Create(CultureInfo.InvariantCulture, $", key {key}") : string.Empty);

    internal override Hint? RefusalHint(int errno)
        => errno == Native.LibC.EINVAL && Encapsulation is TunnelEncapsulation.Fou or TunnelEncapsulation.Gue
            ? TunnelEncapsulations.Hint : null;

    internal override LinkSettings For(NetLink link, NetworkStack stack, CancellationToken cancellation)
    {
        var now = (GreSettings)link.Details!;
        var problem = (now.External == true ? ProblemOfExternal : null) ?? ProblemOfErspan(now.ErspanVersion)
            // The kernel looks at what was ignored before, also where the same message ends that.
            ?? (now.IgnoreDf == true && PathMtuDiscovery == true
                ? "it ignores DF, which another change has to end first" : null)
            ?? ProblemOfEncapsulation(Over(now));
        if (problem is not null)
        {
            throw new NetworkException(
                NetworkErrorCode.NotSupported, $"'{link.Name}' cannot be changed so: {problem}.", link.Name);
        }

        var ipv6 = link.Kind.StartsWith("ip6", StringComparison.Ordinal);
        foreach (var address in new[] { Local, Remote })
        {
            if (address is null || address.AddressFamily == AddressFamily.InterNetworkV6 == ipv6)
                continue;
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"{address} does not fit '{link.Name}', a tunnel over {(ipv6 ? "IPv6" : "IPv4")}. Make a new tunnel "
                    + "for the other family.",
                link.Name);
        }

        CheckEnds(link);
        return Complete(now, ipv6);
    }

    /// <summary>All attributes: the kernel takes what a message leaves out for zero (ipgre_netlink_parms).</summary>
    /// <param name="now">What the tunnel has.</param>
    /// <param name="ipv6">Whether it is one over IPv6.</param>
    internal GreSettings Complete(GreSettings now, bool ipv6)
    {
        int Bits(int? before, long? key) => ((before ?? 0) & ~(KeyBit | SequenceBit | ChecksumBit))
            | (key is not null || Has(before, KeyBit) == true ? KeyBit : 0)
            | ((_sequence ?? Has(before, SequenceBit)) == true ? SequenceBit : 0)
            | ((_checksum ?? Has(before, ChecksumBit)) == true ? ChecksumBit : 0);

        var all = Over(now) with
        {
            InputFlags = Bits(now.InputFlags, _inputKey ?? _key),
            OutputFlags = Bits(now.OutputFlags, _outputKey ?? _key),
            InputKeyNumber = _inputKey ?? _key ?? now.InputKey ?? 0,
            OutputKeyNumber = _outputKey ?? _key ?? now.OutputKey ?? 0,
        };
        // A tunnel without an encapsulation has zeros in its place, which are sent where it had one before.
        if (all.Encapsulation is null or TunnelEncapsulation.None)
        {
            var hadOne = now.Encapsulation is not (null or TunnelEncapsulation.None);
            all = all with
            {
                Encapsulation = hadOne ? TunnelEncapsulation.None : null,
                EncapsulationFlags = hadOne ? TunnelEncapsulationFlags.None : null,
                EncapsulationSourcePort = hadOne ? 0 : null,
                EncapsulationPort = hadOne ? 0 : null,
            };
        }

        if (!ipv6)
        {
            return all with
            {
                IgnoreDf = all.IgnoreDf == true ? true : now.IgnoreDf == true ? false : null,
                // DF cannot be both carried and ignored.
                PathMtuDiscovery = PathMtuDiscovery ?? (IgnoreDf == true ? false : now.PathMtuDiscovery),
                Tos = all.Tos ?? 0,
            };
        }

        var (flow, flags) = TrafficClass.Set(IPv4Tos, now.FlowInfo ?? 0, now.IPv6Flags ?? 0);
        return all with
        {
            IPv4Tos = null,
            PathMtuDiscovery = null,
            IgnoreDf = null,
            EncapsulationLimit = all.EncapsulationLimit ?? (all.External == true ? null : 4),
            IPv6Flags = flags,
            FlowInfo = flow,
        };
    }

    /// <summary>What does not go together of what packets are put into, or null.</summary>
    /// <param name="all">What the tunnel will have.</param>
    internal string? ProblemOfEncapsulation(GreSettings all) => TunnelEncapsulations.Problem(
        all.Encapsulation, all.EncapsulationFlags, all.EncapsulationPort,
        (EncapsulationFlags ?? (object?)EncapsulationSourcePort ?? EncapsulationPort) is not null);

    /// <summary>What of these settings does not go with a version of ERSPAN, or null.</summary>
    internal string? ProblemOfErspan(int? version) => version switch
    {
        not (1 or 2) when ErspanIndex is not null || ErspanDirection is not null || ErspanHardwareId is not null
            => "an ERSPAN index is of ERSPAN version 1, a direction and hardware id of version 2",
        1 when ErspanDirection is not null || ErspanHardwareId is not null
            => "an ERSPAN direction and hardware id are of ERSPAN version 2",
        2 when ErspanIndex is not null => "an ERSPAN index is of ERSPAN version 1",
        1 or 2 when Key > MostSessions
            => string.Create(
                CultureInfo.InvariantCulture,
                $"the key of an ERSPAN tunnel is a session's number, 0 to {MostSessions}, not {Key}"),
        1 or 2 when _inputKey is not null || _outputKey is not null
            => "the key of an ERSPAN tunnel, its session's number, is one for both directions",
        1 or 2 when Checksum == true => "ERSPAN packets have no checksum",
        0 when (Key ?? InputKey ?? OutputKey) is not null || Sequence == true || Checksum == true
            => "ERSPAN packets of version 0 have no key, number or checksum",
        _ => null,
    };

    private static bool? Has(int? flags, int bit) => flags is null ? null : (flags & bit) != 0;

    internal override LinkSpec NewSpec(string name, string kind)
        => new GreSpec(name, !kind.EndsWith("gre", StringComparison.Ordinal), this)
        {
            AddressFamily = kind.StartsWith("ip6", StringComparison.Ordinal) ? IPFamily.IPv6 : IPFamily.IPv4,
            Force = true,
        };
}

/// <summary>Which way mirrored frames went (the direction of an ERSPAN header of version 2).</summary>
public enum ErspanDirection
{
    /// <summary>Into the mirrored port.</summary>
    Ingress,

    /// <summary>Out of it.</summary>
    Egress,
}

/// <summary>A GRE tunnel: of Ethernet frames (gretap, ip6gretap) or of IP packets (gre, ip6gre).</summary>
public sealed partial class GreLink : TunnelLink;
