using System.Net.Sockets;
using LxcNetworking.Declarations;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Tunnels;

/// <summary>What a tunnel of IP packets in IP packets has (IFLA_IPTUN_* of linux/if_tunnel.h).</summary>
[LinkKind("ipip", Link = typeof(IPTunnelLink), TakesNoPorts = true)]
[LinkKind("sit", Link = typeof(IPTunnelLink), TakesNoPorts = true)]
[LinkKind("ip6tnl", Link = typeof(IPTunnelLink), Module = "ip6_tunnel", TakesNoPorts = true)]
public sealed partial record IPTunnelSettings : TunnelSettings
{
    private const uint IP6_TNL_F_IGN_ENCAP_LIMIT = 1, IP6_TNL_F_USE_ORIG_FLOWLABEL = 4,
        IP6_TNL_F_RCV_DSCP_COPY = 0x10, IP6_TNL_F_ALLOW_LOCAL_REMOTE = 0x40;

    private const uint SIT_ISATAP = 1, Label = 0xfffff;

    private readonly int? _limit;
    private readonly long? _label;
    private readonly bool? _inheritLabel, _copyTos, _allowLocalRemote, _isatap;
    private readonly IPPrefix? _sixRd, _relay;

    /// <summary>The index of the link that the outer packets go by; 0 to let routing decide.</summary>
    [Nla(1, Wire.S32)]
    [LinkIndex]
    public override int? DeviceIndex { get; init; }

    /// <summary>Where it starts: an address of the host; null for any.</summary>
    [Nla(2, Wire.Address)]
    public override IPAddress? Local { get; init; }

    /// <summary>Where it leads to: one host's address; null for what routes or inner addresses say.</summary>
    [Nla(3, Wire.Address)]
    public override IPAddress? Remote { get; init; }

    /// <summary>The time to live of the outer packets; 0 for that of the inner one.</summary>
    [Nla(4, Wire.U8)]
    public override int? Ttl { get; init; }

    /// <summary>The type-of-service byte of the outer packets; 1 to take that of the inner one.</summary>
    [Computed(Max = 255)]
    public override int? Tos
    {
        get => IPv4Tos ?? TrafficClass.Read(FlowInfo, IPv6Flags);
        init => IPv4Tos = value;
    }

    /// <summary>Which packets it carries.</summary>
    [Nla(9, Wire.U8, Access = Access.CreateOnly)]
    public IPTunnelPayload? Payload { get; init; }

    /// <summary>Whether outer packets carry DF, so that the path's MTU is found out. IPv4 only.</summary>
    [Nla(10, Wire.U8)]
    public bool? PathMtuDiscovery { get; init; }

    /// <summary>The mark that packets carry inside the host, or 0.</summary>
    [Nla(20, Wire.U32)]
    public long? Mark { get; init; }

    /// <summary>Takes hosts from routes or programs instead of settings. Not in Sit.</summary>
    [Nla(19, Wire.Flag, Access = Access.CreateOnly)]
    public override bool? External { get; init; }

    /// <summary>What the tunnel's packets are put into, so that they pass where only UDP does; null for
    /// nothing.</summary>
    [Nla(15, Wire.U16)]
    public TunnelEncapsulation? Encapsulation { get; init; }

    /// <summary>The checksums of that.</summary>
    [Nla(16, Wire.U16)]
    public TunnelEncapsulationFlags? EncapsulationFlags { get; init; }

    /// <summary>The UDP port that they come from; 0 for one that differs by flow.</summary>
    [Nla(17, Wire.U16BigEndian)]
    public int? EncapsulationSourcePort { get; init; }

    /// <summary>The UDP port that they go to.</summary>
    [Nla(18, Wire.U16BigEndian)]
    public int? EncapsulationPort { get; init; }

    /// <summary>How many further tunnels a packet may enter, 0 to 255; -1 for any number. IPv6 only.</summary>
    [Computed(Min = -1, Max = 255)]
    public int? EncapsulationLimit
    {
        get => _limit ?? (Has(IP6_TNL_F_IGN_ENCAP_LIMIT) == true ? -1 : LimitNumber);
        init => _limit = value;
    }

    /// <summary>The outer packets' flow label, 0 to 1048575. IPv6 only.</summary>
    [Computed(Max = Label)]
    public long? FlowLabel
    {
        get => _label ?? (InheritFlowLabel == true ? null : FlowInfo & Label);
        init => _label = value;
    }

    /// <summary>Takes the flow label of the inner packet. IPv6 only.</summary>
    [Computed]
    public bool? InheritFlowLabel
    {
        get => _inheritLabel ?? Has(IP6_TNL_F_USE_ORIG_FLOWLABEL);
        init => _inheritLabel = value;
    }

    /// <summary>Gives an inner packet the type of service of the outer one that it came in. IPv6 only.</summary>
    [Computed]
    public bool? CopyTos
    {
        get => _copyTos ?? Has(IP6_TNL_F_RCV_DSCP_COPY);
        init => _copyTos = value;
    }

    /// <summary>Works also where the other end is an address of the host itself. IPv6 only.</summary>
    [Computed]
    public bool? AllowLocalRemote
    {
        get => _allowLocalRemote ?? Has(IP6_TNL_F_ALLOW_LOCAL_REMOTE);
        init => _allowLocalRemote = value;
    }

    /// <summary>Is a link of ISATAP (RFC 5214), where a site's hosts make IPv6 addresses of their IPv4 ones. Sit
    /// only.</summary>
    [Computed(Access = Access.CreateOnly)]
    public bool? Isatap
    {
        get => _isatap ?? (Flags is { IsShort: true } flags ? (flags.Value & SIT_ISATAP) != 0 : null);
        init => _isatap = value;
    }

    /// <summary>The IPv6 prefix that hosts' IPv4 addresses follow (6rd, RFC 5969). Sit only.</summary>
    [Computed]
    public IPPrefix? SixRdPrefix
    {
        get => _sixRd ?? PrefixOf(SixRdAddress, SixRdLength);
        init => _sixRd = value;
    }

    /// <summary>The IPv4 prefix that all these hosts have and that is left out. Sit only.</summary>
    [Computed]
    public IPPrefix? SixRdRelayPrefix
    {
        get => _relay ?? PrefixOf(RelayAddress, RelayLength);
        init => _relay = value;
    }

    [Nla(5, Wire.U8)]
    internal int? IPv4Tos { get; init; }

    [Nla(6, Wire.U8)]
    internal int? LimitNumber { get; init; }

    [Nla(7, Wire.U32BigEndian)]
    internal uint? FlowInfo { get; init; }

    [Nla(8, Wire.Custom, Codec = typeof(IPTunnelFlags))]
    internal IPTunnelFlags? Flags { get; init; }

    [Nla(11, Wire.AnyAddress)]
    internal IPAddress? SixRdAddress { get; init; }

    [Nla(12, Wire.AnyAddress)]
    internal IPAddress? RelayAddress { get; init; }

    [Nla(13, Wire.U16)]
    internal int? SixRdLength { get; init; }

    [Nla(14, Wire.U16)]
    internal int? RelayLength { get; init; }

    internal override IEnumerable<string> SaidOfPackets
        => NamesOf((nameof(Local), Local is not null), (nameof(Remote), Remote is not null));

    internal override LinkSettings For(NetLink link, NetworkStack stack, CancellationToken cancellation)
    {
        var now = (IPTunnelSettings)link.Details!;
        if ((NotOf(link.Kind) ?? ProblemOfEncapsulation(Over(now))) is { } problem)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument, $"The settings for '{link.Name}' cannot be: {problem}.", link.Name);
        }

        CheckEnds(link);
        return Complete(now, link.Kind);
    }

    internal override Hint? RefusalHint(int errno) => errno != Native.LibC.EINVAL ? null
        : Encapsulation is TunnelEncapsulation.Fou or TunnelEncapsulation.Gue ? TunnelEncapsulations.Hint
        : "An external tunnel does not change, and a 6rd prefix and the part of the IPv4 address that follows it have "
            + "at most 64 bits.";

    /// <summary>What does not go together of what packets are put into, or null.</summary>
    /// <param name="all">What the tunnel will have.</param>
    internal string? ProblemOfEncapsulation(IPTunnelSettings all) => TunnelEncapsulations.Problem(
        all.Encapsulation, all.EncapsulationFlags, all.EncapsulationPort,
        (EncapsulationFlags ?? (object?)EncapsulationSourcePort ?? EncapsulationPort) is not null);

    /// <summary>What a kind does not have of what is said, or null.</summary>
    internal string? NotOf(string kind)
    {
        var isIPv6 = kind == "ip6tnl";
        foreach (var address in new[] { Local, Remote })
        {
            if (address is not null && IP.FamilyOf(address) == IPFamily.IPv6 != isIPv6)
                return $"a tunnel over {(isIPv6 ? "IPv6" : "IPv4")} does not lead from or to {address}";
        }

        var ofIPv6 = _limit is not null ? nameof(EncapsulationLimit)
            : _label is not null ? nameof(FlowLabel)
            : _inheritLabel is not null ? nameof(InheritFlowLabel)
            : _copyTos is not null ? nameof(CopyTos)
            : _allowLocalRemote is not null ? nameof(AllowLocalRemote) : null;
        var ofSit = _sixRd is not null ? nameof(SixRdPrefix)
            : _relay is not null ? nameof(SixRdRelayPrefix)
            : _isatap is not null ? nameof(Isatap) : null;
        return ofIPv6 is not null && !isIPv6 ? $"{ofIPv6} goes with a tunnel over IPv6"
            : ofSit is not null && kind != "sit" ? $"{ofSit} goes with the mode Sit"
            : isIPv6 && PathMtuDiscovery is not null ? "a tunnel over IPv6 always finds out the path's MTU"
            : isIPv6 && Payload == IPTunnelPayload.Mpls ? "a tunnel over IPv6 does not carry MPLS"
            : _sixRd?.AddressFamily == AddressFamily.InterNetwork ? "a 6rd prefix is one of IPv6"
            : _relay?.AddressFamily == AddressFamily.InterNetworkV6 ? "a 6rd relay prefix is one of IPv4" : null;
    }

    /// <summary>All attributes: the kernel takes what a message leaves out for zero (ipip_netlink_parms).</summary>
    /// <param name="now">What the tunnel has.</param>
    /// <param name="kind">The kernel's kind.</param>
    internal IPTunnelSettings Complete(IPTunnelSettings now, string kind)
    {
        var all = Over(now);
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

        return kind == "ip6tnl" ? OverIPv6(all, now) : all with
        {
            IPv4Tos = IPv4Tos ?? now.IPv4Tos ?? 0,
            LimitNumber = null,
            FlowInfo = null,
            Flags = kind == "sit"
                ? new IPTunnelFlags((_isatap ?? now.Isatap) == true ? SIT_ISATAP : 0, IsShort: true) : null,
            SixRdAddress = _sixRd?.Address ?? now.SixRdAddress,
            SixRdLength = _sixRd?.Length ?? now.SixRdLength,
            RelayAddress = _relay?.Address ?? now.RelayAddress,
            RelayLength = _relay?.Length ?? now.RelayLength,
        };
    }

    private IPTunnelSettings OverIPv6(IPTunnelSettings all, IPTunnelSettings now)
    {
        var (flow, flags) = TrafficClass.Set(IPv4Tos, now.FlowInfo ?? 0, now.Flags?.Value ?? 0);
        void Say(uint bit, bool? value) => flags = value is null ? flags : value.Value ? flags | bit : flags & ~bit;

        Say(IP6_TNL_F_IGN_ENCAP_LIMIT, _limit is null ? null : _limit < 0);
        Say(IP6_TNL_F_USE_ORIG_FLOWLABEL, _inheritLabel);
        Say(IP6_TNL_F_RCV_DSCP_COPY, _copyTos);
        Say(IP6_TNL_F_ALLOW_LOCAL_REMOTE, _allowLocalRemote);
        if (_label is { } label)
            flow = (flow & ~Label) | (uint)label;
        return all with
        {
            IPv4Tos = null,
            PathMtuDiscovery = null,
            LimitNumber = Math.Max(_limit ?? now.LimitNumber ?? 4, 0),
            FlowInfo = flow,
            Flags = new IPTunnelFlags(flags, IsShort: false),
            SixRdAddress = null,
            SixRdLength = null,
            RelayAddress = null,
            RelayLength = null,
        };
    }

    private static IPPrefix? PrefixOf(IPAddress? address, int? length)
        => address is null || length > IP.FullLength(IP.FamilyOf(address)) ? null : new IPPrefix(address, length ?? 0);

    private uint? IPv6Flags => Flags is { IsShort: false } flags ? flags.Value : null;

    private bool? Has(uint bit) => IPv6Flags is { } flags ? (flags & bit) != 0 : null;

    internal override LinkSpec NewSpec(string name, string kind)
        => new IPTunnelSpec(name, IPTunnelModes.OfKind(kind), this) { Force = true };
}

/// <summary>A tunnel of IP packets in IP packets.</summary>
public sealed partial class IPTunnelLink : TunnelLink;

/// <summary>The flags of a tunnel: 32 bits of ip6tnl, 16 of sit.</summary>
/// <param name="Value">The bits.</param>
/// <param name="IsShort">Whether they are 16.</param>
internal readonly record struct IPTunnelFlags(uint Value, bool IsShort)
{
    public static IPTunnelFlags Read(NetlinkAttribute attribute)
        => attribute.Value.Length == 2 ? new(attribute.AsUInt16(), true) : new(attribute.AsUInt32(), false);

    public static void Write(NetlinkRequest request, ushort type, IPTunnelFlags flags)
    {
        if (flags.IsShort)
            request.Put(type, (ushort)flags.Value);
        else
            request.Put(type, flags.Value);
    }
}

/// <summary>A tunnel of IP packets in IP packets.</summary>
/// <param name="name">The new link's name.</param>
/// <param name="mode">What carries what.</param>
/// <param name="settings">Its settings.</param>
public sealed class IPTunnelSpec(string name, IPTunnelMode mode, IPTunnelSettings settings)
    : TunnelSpec(name, settings)
{
    /// <inheritdoc/>
    public override string Kind => mode switch
    {
        IPTunnelMode.Sit => "sit",
        IPTunnelMode.Ip6Tunnel => "ip6tnl",
        _ => "ipip",
    };

    /// <summary>The kernel takes a tunnel's hosts from the namespace that it is created in, so it is created here and
    /// then moved.</summary>
    internal override bool IsCreatedThenMoved => true;

    internal override bool HasOwnMacAddress => false;

    private protected override bool IsIPv6 => mode == IPTunnelMode.Ip6Tunnel;

    private protected override string Protocol => "IP";

    // Without a limit there is no destination option that tells it.
    private protected override int HeaderBytes => (IsIPv6 && Tunnels.EncapsulationLimit is not -1 ? 8 : 0)
        + TunnelEncapsulations.BytesOf(Tunnels.Encapsulation, Tunnels.EncapsulationFlags);

    private IPTunnelSettings Tunnels => (IPTunnelSettings)Settings;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        var problem = Tunnels.NotOf(Kind)
            ?? Tunnels.ProblemOfEncapsulation(Tunnels)
            ?? (Tunnels.External == true && mode == IPTunnelMode.Sit ? "Sit has no external tunnels" : null)
            ?? (Master is not null ? "it carries IP packets, and a bridge takes Ethernet frames" : null)
            ?? (MacAddress is not null ? "it carries IP packets and has no MAC address" : null);
        if (problem is not null)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument, $"The tunnel '{Name}' cannot be: {problem}.", Name);
        }
    }

    internal override void Check(NetworkStack stack, CancellationToken cancellation)
    {
        base.Check(stack, cancellation);
        var usual = new IPTunnelSettings
        {
            Ttl = 0,
            DeviceIndex = 0,
            PathMtuDiscovery = true,
            Payload = mode switch
            {
                IPTunnelMode.Sit => IPTunnelPayload.IPv6,
                IPTunnelMode.Ip6Tunnel => IPTunnelPayload.Any,
                _ => IPTunnelPayload.IPv4,
            },
        };
        Settings = Tunnels.Complete(usual, Kind);
    }

    internal override NetworkException? Explain(NetlinkErrorException refusal, NetworkStack stack)
    {
        if (refusal.Errno != Native.LibC.EEXIST || stack.Links.Find(Name) is not null)
            return null;
        var holder = stack.Links.List(new LinkFilter { Kind = Kind, SkipStatistics = true }).OfType<IPTunnelLink>()
            .FirstOrDefault(link => Equals(link.Local, Local) && Equals(link.Remote, Remote));
        return new NetworkException(
            NetworkErrorCode.LinkExists,
            $"A {Kind} tunnel from {Local?.ToString() ?? "any address"} to {Remote?.ToString() ?? "any"} exists already"
                + $"{(holder is null ? string.Empty : $": '{holder.Name}'")}. There is one between two hosts; GRE "
                + "tunnels can be several, by their keys.",
            Name,
            refusal)
        {
            Advice = [Advice.Choose(nameof(Remote))],
        };
    }
}
