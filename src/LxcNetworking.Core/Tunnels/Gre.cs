using System.Globalization;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Tunnels;

/// <summary>What a GRE tunnel has (RFC 2784 and 2890; IFLA_GRE_* of linux/if_tunnel.h).</summary>
public sealed class GreDetails : TunnelDetails
{
    /// <summary>The key that incoming packets must carry, or null.</summary>
    public long? InputKey { get; internal set; }

    /// <summary>The key that outgoing packets carry, or null.</summary>
    public long? OutputKey { get; internal set; }

    /// <summary>Whether packets are numbered, and late ones dropped.</summary>
    public bool Sequence { get; internal set; }

    /// <summary>Whether packets carry a checksum.</summary>
    public bool Checksum { get; internal set; }

    /// <summary>Whether outer packets may be fragmented although the inner ones say that they must not. IPv4 only.</summary>
    public bool IgnoreDf { get; internal set; }

    /// <summary>Whether outer packets carry DF, so that the path's MTU is found out. IPv4 only.</summary>
    public bool PathMtuDiscovery { get; internal set; }

    /// <summary>Takes hosts and keys from routes or programs instead of settings.</summary>
    public bool External { get; internal set; }

    /// <summary>The mark that packets carry inside the host, or 0.</summary>
    public long Mark { get; internal set; }

    internal ushort InputFlags { get; set; }

    internal ushort OutputFlags { get; set; }

    internal byte EncapsulationLimit { get; set; } = 4;

    internal uint FlowInfo { get; set; }

    internal uint IPv6Flags { get; set; }

    internal (ushort Type, ushort Flags, ushort SourcePort, ushort DestinationPort) Encapsulation { get; set; }

    /// <inheritdoc/>
    public override string ToString() => base.ToString() + (OutputKey is { } key ? string.Create(CultureInfo.InvariantCulture, $", key {key}") : string.Empty);
}

/// <summary>A GRE tunnel: of Ethernet frames (gretap, ip6gretap) or of IP packets (gre, ip6gre).</summary>
public sealed class GreLink : TunnelLink
{
    internal GreLink(LinkData data)
        : base(data)
    {
    }

    /// <summary>The key in both directions; null if there is none or they differ.</summary>
    public long? Key => Gre.InputKey == Gre.OutputKey ? Gre.OutputKey : null;

    /// <summary>Whether packets are numbered, and late ones dropped.</summary>
    public bool Sequence => Gre.Sequence;

    /// <summary>Whether packets carry a checksum.</summary>
    public bool Checksum => Gre.Checksum;

    /// <summary>Whether outer packets may be fragmented although the inner ones say that they must not.</summary>
    public bool IgnoreDf => Gre.IgnoreDf;

    private GreDetails Gre => (GreDetails)Details!;
}

internal sealed class GreKind() : LinkKind("gre", "gretap", "ip6gre", "ip6gretap", "erspan", "ip6erspan")
{
    [ModuleInitializer]
    internal static void Register() => LinkKinds.Add(new GreKind());

    // IFLA_GRE_* of linux/if_tunnel.h.
    internal const ushort Link = 1, IFlags = 2, OFlags = 3, IKey = 4, OKey = 5, Local = 6, Remote = 7, Ttl = 8, Tos = 9, PMtuDisc = 10, EncapLimit = 11, FlowInfo = 12,
        Flags = 13, EncapType = 14, EncapFlags = 15, EncapSPort = 16, EncapDPort = 17, CollectMetadata = 18, IgnoreDf = 19, FwMark = 20;

    internal const ushort CsumBit = 0x8000, KeyBit = 0x2000, SeqBit = 0x1000;
    internal const uint Ip6UseOriginalClass = 2;

    public override LinkDetails ReadDetails(string kind, AttributeReader data)
    {
        var result = new GreDetails();
        uint inputKey = 0, outputKey = 0;
        foreach (var attribute in data)
        {
            switch (attribute.Type)
            {
                case Link: result.DeviceIndex = attribute.AsInt32(); break;
                case IFlags: result.InputFlags = attribute.AsUInt16BigEndian(); break;
                case OFlags: result.OutputFlags = attribute.AsUInt16BigEndian(); break;
                case IKey: inputKey = attribute.AsUInt32BigEndian(); break;
                case OKey: outputKey = attribute.AsUInt32BigEndian(); break;
                case Local: result.Local = IP.ReadOptional(attribute); break;
                case Remote: result.Remote = IP.ReadOptional(attribute); break;
                case Ttl: result.Ttl = attribute.AsByte(); break;
                case Tos: result.Tos = attribute.AsByte(); break;
                case PMtuDisc: result.PathMtuDiscovery = attribute.AsByte() != 0; break;
                case EncapLimit: result.EncapsulationLimit = attribute.AsByte(); break;
                case FlowInfo: result.FlowInfo = attribute.AsUInt32BigEndian(); break;
                case Flags: result.IPv6Flags = attribute.AsUInt32(); break;
                case EncapType: result.Encapsulation = result.Encapsulation with { Type = attribute.AsUInt16() }; break;
                case EncapFlags: result.Encapsulation = result.Encapsulation with { Flags = attribute.AsUInt16() }; break;
                case EncapSPort: result.Encapsulation = result.Encapsulation with { SourcePort = attribute.AsUInt16BigEndian() }; break;
                case EncapDPort: result.Encapsulation = result.Encapsulation with { DestinationPort = attribute.AsUInt16BigEndian() }; break;
                case CollectMetadata: result.External = true; break;
                case IgnoreDf: result.IgnoreDf = attribute.AsByte() != 0; break;
                case FwMark: result.Mark = attribute.AsUInt32(); break;
            }
        }

        if (IsIPv6(kind))
            result.Tos = (result.IPv6Flags & Ip6UseOriginalClass) != 0 ? 1 : (int)(result.FlowInfo >> 20 & 0xff);
        result.InputKey = (result.InputFlags & KeyBit) != 0 ? inputKey : null;
        result.OutputKey = (result.OutputFlags & KeyBit) != 0 ? outputKey : null;
        result.Sequence = (result.OutputFlags & SeqBit) != 0;
        result.Checksum = (result.OutputFlags & CsumBit) != 0;
        return result;
    }

    public override NetLink Create(LinkData data)
    {
        if (data.Details is not GreDetails details)
            return new NetLink(data);
        if (data.ParentIndex == 0)
            data.ParentIndex = details.DeviceIndex;
        return new GreLink(data);
    }

    internal static bool IsIPv6(string kind) => kind.StartsWith("ip6", StringComparison.Ordinal);
}

/// <summary>A GRE tunnel's settings; null leaves a thing as it is.</summary>
public sealed record GreSettings : LinkSettings
{
    private GreDetails? _now;
    private bool _ipv6;

    /// <summary>Where it starts.</summary>
    public IPAddress? Local { get; init; }

    /// <summary>Where it leads to.</summary>
    public IPAddress? Remote { get; init; }

    /// <summary>The time to live of the outer packets; 0 for that of the inner one.</summary>
    public int? Ttl { get; init; }

    /// <summary>The type-of-service byte of the outer packets; 1 to take that of the inner one.</summary>
    public int? Tos { get; init; }

    /// <summary>The key in both directions, 0 to 4294967295.</summary>
    public long? Key { get; init; }

    /// <summary>Numbers packets, and drops late ones.</summary>
    public bool? Sequence { get; init; }

    /// <summary>Sends and expects checksums.</summary>
    public bool? Checksum { get; init; }

    internal override IReadOnlyList<string> Kinds => ["gre", "gretap", "ip6gre", "ip6gretap"];

    internal override string? Problem => this switch
    {
        { Ttl: < 0 or > 255 } => "a TTL is 0 to 255",
        { Tos: < 0 or > 255 } => "a type of service is 0 to 255",
        { Key: < 0 or > uint.MaxValue } => "a key has 32 bits, so 0 to 4294967295 are",
        _ => null,
    };

    /// <summary>IGNORE_DF of a new tunnel; what is there keeps its own.</summary>
    internal bool IgnoreDf { get; init; }

    // The kernel takes what a message leaves out for zero (ipgre_netlink_parms), so everything is written again.
    internal override LinkSettings For(NetLink link, NetworkStack stack)
    {
        var now = (GreDetails)link.Details!;
        var ipv6 = GreKind.IsIPv6(link.Kind);
        foreach (var address in new[] { Local, Remote })
        {
            if (address is not null && address.AddressFamily == AddressFamily.InterNetworkV6 != ipv6)
                throw new NetworkException(NetworkErrorCode.InvalidArgument, $"{address} does not fit '{link.Name}', a tunnel over {(ipv6 ? "IPv6" : "IPv4")}. Make a new tunnel for the other family.", link.Name);
        }

        TunnelEnds.CheckEnds(Local ?? now.Local, Remote ?? now.Remote, link.Name);
        if (!link.ParentIsElsewhere)
            TunnelEnds.CheckHosts(stack, Local, Remote is null || IP.IsMulticast(Remote) ? [] : [Remote], link.Name);
        return this with { _now = now, _ipv6 = ipv6 };
    }

    internal static GreSettings ForNew(GreSettings settings, bool ipv6, int device) => settings with { _now = new GreDetails { DeviceIndex = device, PathMtuDiscovery = !settings.IgnoreDf, IgnoreDf = settings.IgnoreDf }, _ipv6 = ipv6 };

    internal override void Write(NetlinkRequest data)
    {
        var now = _now ?? new GreDetails();
        ushort Bits(ushort before) => (ushort)((before & ~(GreKind.KeyBit | GreKind.SeqBit | GreKind.CsumBit))
            | (Key is not null || (before & GreKind.KeyBit) != 0 ? GreKind.KeyBit : 0)
            | (Sequence ?? (before & GreKind.SeqBit) != 0 ? GreKind.SeqBit : 0)
            | (Checksum ?? (before & GreKind.CsumBit) != 0 ? GreKind.CsumBit : 0));

        data.Put(GreKind.Link, now.DeviceIndex)
            .PutBigEndian(GreKind.IFlags, Bits(now.InputFlags)).PutBigEndian(GreKind.OFlags, Bits(now.OutputFlags))
            .PutBigEndian(GreKind.IKey, (uint)(Key ?? now.InputKey ?? 0)).PutBigEndian(GreKind.OKey, (uint)(Key ?? now.OutputKey ?? 0));
        if ((Local ?? now.Local) is { } local)
            data.Put(GreKind.Local, local.GetAddressBytes());
        if ((Remote ?? now.Remote) is { } remote)
            data.Put(GreKind.Remote, remote.GetAddressBytes());
        data.Put(GreKind.Ttl, (byte)(Ttl ?? now.Ttl));
        if (_ipv6)
        {
            var flags = Tos is null ? now.IPv6Flags : Tos == 1 ? now.IPv6Flags | GreKind.Ip6UseOriginalClass : now.IPv6Flags & ~GreKind.Ip6UseOriginalClass;
            var flow = Tos is null or 1 ? now.FlowInfo : (now.FlowInfo & ~(0xffu << 20)) | (uint)Tos << 20;
            data.Put(GreKind.EncapLimit, now.EncapsulationLimit).PutBigEndian(GreKind.FlowInfo, flow).Put(GreKind.Flags, flags);
        }
        else
        {
            data.Put(GreKind.Tos, (byte)(Tos ?? now.Tos)).Put(GreKind.PMtuDisc, (byte)(now.PathMtuDiscovery ? 1 : 0));
            if (now.IgnoreDf)
                data.Put(GreKind.IgnoreDf, (byte)1);
        }

        if (now.Encapsulation.Type != 0)
        {
            data.Put(GreKind.EncapType, now.Encapsulation.Type).Put(GreKind.EncapFlags, now.Encapsulation.Flags)
                .PutBigEndian(GreKind.EncapSPort, now.Encapsulation.SourcePort).PutBigEndian(GreKind.EncapDPort, now.Encapsulation.DestinationPort);
        }

        if (now.Mark != 0)
            data.Put(GreKind.FwMark, (uint)now.Mark);
    }

    /// <inheritdoc/>
    public bool Equals(GreSettings? other) => other is not null && (Local, Remote, Ttl, Tos, Key, Sequence, Checksum, IgnoreDf).Equals((other.Local, other.Remote, other.Ttl, other.Tos, other.Key, other.Sequence, other.Checksum, other.IgnoreDf));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Local, Remote, Ttl, Tos, Key, Sequence, Checksum);
}

/// <summary>A GRE tunnel over IPv4 or IPv6, by its addresses' family.</summary>
/// <param name="name">The new link's name.</param>
/// <param name="ethernet">Carries Ethernet frames, so that it can be a bridge's port; else IP packets.</param>
public sealed class GreSpec(string name, bool ethernet) : TunnelSpec(name)
{
    /// <inheritdoc/>
    public override string Kind => (IsIPv6 ? "ip6gre" : "gre") + (ethernet ? "tap" : string.Empty);

    /// <summary>The key in both directions, 0 to 4294967295; null for none.</summary>
    public long? Key { get; init; }

    /// <summary>Numbers packets, and drops late ones.</summary>
    public bool Sequence { get; init; }

    /// <summary>Sends and expects checksums.</summary>
    public bool Checksum { get; init; }

    /// <summary>Fragments outer packets although inner ones say that they must not be. IPv4 only.</summary>
    public bool IgnoreDf { get; init; }

    /// <summary>The kernel takes a GRE tunnel's hosts from the namespace that it is created in, so it is created here and
    /// then moved.</summary>
    internal override bool IsCreatedThenMoved => true;

    private protected override string Protocol => (ethernet ? "Ethernet in GRE" : "GRE") + (Key is not null || Checksum || Sequence ? " with options" : string.Empty);

    // The kernel's IPv6 tunnels also send a destination option with the limit of further encapsulations (RFC 2473), eight bytes.
    private protected override int HeaderBytes => 4 + (Key is null ? 0 : 4) + (Checksum ? 4 : 0) + (Sequence ? 4 : 0) + (ethernet ? 14 : 0) + (IsIPv6 ? 8 : 0);

    private GreSettings Settings => new() { Local = Local, Remote = Remote, Ttl = Ttl, Tos = Tos, Key = Key, Sequence = Sequence, Checksum = Checksum, IgnoreDf = IgnoreDf };

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Settings.Validate(Name);
        if (IgnoreDf && IsIPv6)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, $"The tunnel '{Name}' goes over IPv6, which has no DF flag to ignore.", Name);
        if (Master is not null && !ethernet)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, $"The tunnel '{Name}' carries IP packets, and a bridge takes Ethernet frames, which a tap tunnel carries.", Name)
            {
                Advice = [Advice.To(AdviceKind.Create, AdviceThing.GreTapTunnel)],
            };
        if (MacAddress is not null && !ethernet)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, $"The tunnel '{Name}' carries IP packets and has no MAC address.", Name);
    }

    internal override NetworkException? Explain(NetlinkErrorException refusal, NetworkStack stack)
    {
        if (refusal.Errno != Native.LibC.EEXIST || stack.Links.Find(Name) is not null)
            return null;
        var holder = stack.Links.List(new LinkFilter { Kind = Kind, SkipStatistics = true }).OfType<GreLink>()
            .FirstOrDefault(link => Equals(link.Local, Local) && Equals(link.Remote, Remote) && link.Key == Key);
        return new NetworkException(
            NetworkErrorCode.LinkExists,
            $"A {Kind} tunnel from {Local?.ToString() ?? "any address"} to {Remote?.ToString() ?? "any"} with {(Key is null ? "no key" : string.Create(CultureInfo.InvariantCulture, $"key {Key}"))} exists already{(holder is null ? string.Empty : $": '{holder.Name}'")}. Tunnels between the same hosts need different keys.",
            Name,
            refusal) { Advice = [Advice.Choose(nameof(Key))] };
    }

    /// <inheritdoc/>
    protected internal override void WriteData(NetlinkRequest data) => GreSettings.ForNew(Settings, IsIPv6, DeviceIndex).Write(data);
}
