using System.Globalization;
using System.Net.Sockets;
using LxcNetworking.Declarations;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Tunnels;

/// <summary>What a GRE tunnel has (RFC 2784 and 2890; IFLA_GRE_* of linux/if_tunnel.h): of Ethernet frames (gretap,
/// ip6gretap) or of IP packets (gre, ip6gre).</summary>
[LinkKind("gre", "gretap", "erspan", Link = typeof(GreLink), Module = "ip_gre", TakesNoPorts = true)]
[LinkKind("ip6gre", "ip6gretap", "ip6erspan", Link = typeof(GreLink), Module = "ip6_gre", TakesNoPorts = true)]
public sealed partial record GreSettings : TunnelSettings
{
    private const int ChecksumBit = 0x8000, KeyBit = 0x2000, SequenceBit = 0x1000;
    private const uint IP6_TNL_F_USE_ORIG_TCLASS = 2;
    private readonly long? _key;
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
        get => IPv4Tos ?? (FlowInfo is null ? null
            : ((IPv6Flags ?? 0) & IP6_TNL_F_USE_ORIG_TCLASS) != 0 ? 1 : (int)(FlowInfo >> 20 & 0xff));
        init => IPv4Tos = value;
    }

    /// <summary>The key in both directions, 0 to 4294967295; null if there is none or they differ.</summary>
    [Computed(Max = uint.MaxValue)]
    public long? Key
    {
        get => _key ?? (InputKey == OutputKey ? OutputKey : null);
        init => _key = value;
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
    [Nla(19, Wire.U8, Access = Access.CreateOnly, Absent = false)]
    public bool? IgnoreDf { get; init; }

    /// <summary>Whether outer packets carry DF, so that the path's MTU is found out. IPv4 only.</summary>
    [Nla(10, Wire.U8, Access = Access.CreateOnly, Absent = false)]
    public bool? PathMtuDiscovery { get; init; }

    /// <summary>The mark that packets carry inside the host, or 0.</summary>
    [Nla(20, Wire.U32, Access = Access.CreateOnly)]
    public long? Mark { get; init; }

    /// <summary>Takes hosts and keys from each packet's route or program instead of settings.</summary>
    [Nla(18, Wire.Flag, Access = Access.CreateOnly)]
    public override bool? External { get; init; }

    /// <summary>The key that incoming packets must carry, or null.</summary>
    public long? InputKey => Has(InputFlags, KeyBit) == true ? InputKeyNumber : null;

    /// <summary>The key that outgoing packets carry, or null.</summary>
    public long? OutputKey => Has(OutputFlags, KeyBit) == true ? OutputKeyNumber : null;

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

    [Nla(14, Wire.U16)]
    internal int? EncapsulationType { get; init; }

    [Nla(15, Wire.U16)]
    internal int? EncapsulationFlags { get; init; }

    [Nla(16, Wire.U16BigEndian)]
    internal int? EncapsulationSourcePort { get; init; }

    [Nla(17, Wire.U16BigEndian)]
    internal int? EncapsulationPort { get; init; }

    internal override IEnumerable<string> SaidOfPackets => NamesOf(
        (nameof(Local), Local is not null),
        (nameof(Remote), Remote is not null),
        (nameof(Key), Key is not null),
        (nameof(Ttl), Ttl is > 0),
        (nameof(Tos), Tos is > 0),
        (nameof(Sequence), Sequence == true),
        (nameof(Checksum), Checksum == true));

    /// <inheritdoc/>
    public override string ToString() => External == true ? "external" : base.ToString()
        + (OutputKey is { } key ? string.Create(CultureInfo.InvariantCulture, $", key {key}") : string.Empty);

    internal override LinkSettings For(NetLink link, NetworkStack stack, CancellationToken cancellation)
    {
        var now = (GreSettings)link.Details!;
        if (link.Kind.Contains("erspan", StringComparison.Ordinal))
        {
            throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"'{link.Name}' is an {link.Kind} link, which these settings do not fit.",
                link.Name);
        }

        if (now.External == true && ProblemOfExternal is { } problem)
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

        TunnelEnds.CheckEnds(Local ?? now.Local, Remote ?? now.Remote, link.Name);
        if (!link.ParentIsElsewhere)
        {
            TunnelEnds.CheckHosts(
                stack, Local, Remote is null || IP.IsMulticast(Remote) ? [] : [Remote], link.Name, cancellation);
        }

        return Complete(now, ipv6);
    }

    /// <summary>All attributes: the kernel takes what a message leaves out for zero (ipgre_netlink_parms).</summary>
    /// <param name="now">What the tunnel has.</param>
    /// <param name="ipv6">Whether it is one over IPv6.</param>
    internal GreSettings Complete(GreSettings now, bool ipv6)
    {
        int Bits(int? before) => ((before ?? 0) & ~(KeyBit | SequenceBit | ChecksumBit))
            | (_key is not null || Has(before, KeyBit) == true ? KeyBit : 0)
            | ((_sequence ?? Has(before, SequenceBit)) == true ? SequenceBit : 0)
            | ((_checksum ?? Has(before, ChecksumBit)) == true ? ChecksumBit : 0);

        var all = Over(now) with
        {
            InputFlags = Bits(now.InputFlags),
            OutputFlags = Bits(now.OutputFlags),
            InputKeyNumber = _key ?? now.InputKey ?? 0,
            OutputKeyNumber = _key ?? now.OutputKey ?? 0,
        };
        // A tunnel without an encapsulation (FOU, GUE) has zeros in its place.
        if (all.EncapsulationType is null or 0)
        {
            all = all with
            {
                EncapsulationType = null,
                EncapsulationFlags = null,
                EncapsulationSourcePort = null,
                EncapsulationPort = null,
            };
        }

        if (!ipv6)
            return all with { IgnoreDf = all.IgnoreDf == true ? true : null, Tos = all.Tos ?? 0 };
        var flags = now.IPv6Flags ?? 0;
        var flow = now.FlowInfo ?? 0;
        return all with
        {
            IPv4Tos = null,
            PathMtuDiscovery = null,
            IgnoreDf = null,
            EncapsulationLimit = all.EncapsulationLimit ?? (all.External == true ? null : 4),
            IPv6Flags = IPv4Tos is null ? flags
                : IPv4Tos == 1 ? flags | IP6_TNL_F_USE_ORIG_TCLASS : flags & ~IP6_TNL_F_USE_ORIG_TCLASS,
            FlowInfo = IPv4Tos is null or 1 ? flow : (flow & ~(0xffu << 20)) | ((uint)IPv4Tos << 20),
        };
    }

    private static bool? Has(int? flags, int bit) => flags is null ? null : (flags & bit) != 0;
}

/// <summary>A GRE tunnel: of Ethernet frames (gretap, ip6gretap) or of IP packets (gre, ip6gre).</summary>
public sealed partial class GreLink : TunnelLink;

/// <summary>A GRE tunnel over IPv4 or IPv6, by its addresses' family.</summary>
/// <param name="name">The new link's name.</param>
/// <param name="ethernet">Carries Ethernet frames, so that it can be a bridge's port; else IP packets.</param>
/// <param name="settings">Its settings.</param>
public sealed class GreSpec(string name, bool ethernet, GreSettings settings) : TunnelSpec(name, settings)
{
    /// <summary>The family of the outer packets; null for that of its addresses, or IPv4 without any.</summary>
    public IPFamily? AddressFamily { get; init; }

    /// <inheritdoc/>
    public override string Kind => (IsIPv6 ? "ip6gre" : "gre") + (ethernet ? "tap" : string.Empty);

    /// <summary>The kernel takes a GRE tunnel's hosts from the namespace that it is created in, so it is created here
    /// and then moved.</summary>
    internal override bool IsCreatedThenMoved => true;

    private protected override string Protocol => (ethernet ? "Ethernet in GRE" : "GRE")
        + (Gre.Key is not null || Gre.Checksum == true || Gre.Sequence == true ? " with options" : string.Empty);

    // The kernel's IPv6 tunnels also send a destination option with the limit of further encapsulations (RFC 2473),
    // eight bytes.
    private protected override int HeaderBytes => 4 + (Gre.Key is null ? 0 : 4) + (Gre.Checksum == true ? 4 : 0)
        + (Gre.Sequence == true ? 4 : 0) + (ethernet ? 14 : 0) + (IsIPv6 ? 8 : 0);

    private protected override bool IsIPv6
        => (AddressFamily ?? (EndOrNull is { } end ? IP.FamilyOf(end) : IPFamily.IPv4)) == IPFamily.IPv6;

    private GreSettings Gre => (GreSettings)Settings;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        if (AddressFamily is { } family && EndOrNull is { } other && IP.FamilyOf(other) != family)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"The tunnel '{Name}' cannot go over {family} to or from {other}, an address of the other family.",
                Name)
            {
                Advice = [Advice.Omit(nameof(AddressFamily))],
            };
        }

        if (Gre.IgnoreDf == true && IsIPv6)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"The tunnel '{Name}' goes over IPv6, which has no DF flag to ignore.",
                Name);
        }

        if (Master is not null && !ethernet)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"The tunnel '{Name}' carries IP packets, and a bridge takes Ethernet frames, which a tap tunnel "
                    + "carries.",
                Name)
            {
                Advice = [Advice.To(AdviceKind.Create, AdviceThing.GreTapTunnel)],
            };
        if (MacAddress is not null && !ethernet)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"The tunnel '{Name}' carries IP packets and has no MAC address.",
                Name);
        }
    }

    internal override void Check(NetworkStack stack, CancellationToken cancellation)
    {
        base.Check(stack, cancellation);
        var usual = new GreSettings { Ttl = 0, DeviceIndex = 0, PathMtuDiscovery = Gre.IgnoreDf != true };
        Settings = Gre.Complete(usual, IsIPv6);
    }

    internal override NetworkException? Explain(NetlinkErrorException refusal, NetworkStack stack)
    {
        if (refusal.Errno != Native.LibC.EEXIST || stack.Links.Find(Name) is not null)
            return null;
        var tunnels = stack.Links.List(new LinkFilter { SkipStatistics = true }).OfType<GreLink>().ToList();
        if (Gre.External == true)
            return ExternalExists(refusal, stack, tunnels);
        var holder = tunnels.Where(link => link.Kind == Kind)
            .FirstOrDefault(link => Equals(link.Local, Local) && Equals(link.Remote, Remote) && link.Key == Gre.Key);
        return new NetworkException(
            NetworkErrorCode.LinkExists,
            $"A {Kind} tunnel from {Local?.ToString() ?? "any address"} to {Remote?.ToString() ?? "any"} with "
                + (Gre.Key is null ? "no key" : string.Create(CultureInfo.InvariantCulture, $"key {Gre.Key}"))
                + $" exists already{(holder is null ? string.Empty : $": '{holder.Name}'")}. Tunnels between the same "
                + "hosts need different keys.",
            Name,
            refusal)
        { Advice = [Advice.Choose(nameof(GreSettings.Key))] };
    }

    // The kernel keeps one external tunnel for each kind of GRE over IPv4, and one for all over IPv6.
    private NetworkException ExternalExists(
        NetlinkErrorException refusal, NetworkStack stack, List<GreLink> tunnels)
    {
        string[] kinds = IsIPv6 ? ["ip6gre", "ip6gretap"] : [Kind];
        var holder = tunnels.Find(link => link.External == true && kinds.Contains(link.Kind));
        return new NetworkException(
            NetworkErrorCode.LinkExists,
            $"There is an external {string.Join(" or ", kinds)} tunnel in namespace '{stack.Namespace}' already"
                + $"{(holder is null ? string.Empty : $", '{holder.Name}'")}, and the kernel takes one.",
            Name,
            refusal);
    }
}
