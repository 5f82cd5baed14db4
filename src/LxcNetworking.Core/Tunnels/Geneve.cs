using LxcNetworking.Declarations;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Tunnels;

/// <summary>What a Geneve link has: Ethernet to one host over UDP (RFC 8926; IFLA_GENEVE_* of
/// linux/if_link.h).</summary>
[LinkKind("geneve", Link = typeof(GeneveLink))]
public sealed partial record GeneveSettings : TunnelSettings
{
    internal override bool IsItsOwnParent => true;

    /// <summary>The port that IANA gave Geneve.</summary>
    public const int DefaultPort = 6081;

    /// <summary>The network's identifier (VNI), 24 bits.</summary>
    [Nla(1, Wire.U32, Max = 0xffffff, Access = Access.CreateOnly)]
    public int? Vni { get; init; }

    /// <summary>The UDP port of the other host.</summary>
    [Nla(5, Wire.U16BigEndian, Min = 1, Access = Access.CreateOnly)]
    public int? Port { get; init; }

    /// <summary>Where it leads to: the other host's address.</summary>
    [Nla(2, Wire.Address, IPv6 = 7)]
    public override IPAddress? Remote { get; init; }

    /// <summary>The time to live of the outer packets; 0 for the host's default.</summary>
    [Nla(3, Wire.U8)]
    public override int? Ttl { get; init; }

    /// <summary>The type-of-service byte of the outer packets; 1 to take that of the inner one.</summary>
    [Nla(4, Wire.U8)]
    public override int? Tos { get; init; }

    /// <summary>Takes the time to live of the outer packets from the inner ones.</summary>
    [Nla(12, Wire.U8, Absent = false)]
    public bool? TtlInherit { get; init; }

    /// <summary>Sends UDP checksums over IPv4.</summary>
    [Nla(8, Wire.U8, Access = Access.CreateOnly, Absent = false)]
    public bool? UdpChecksum { get; init; }

    /// <summary>Sends no UDP checksums over IPv6; true over IPv4.</summary>
    [Nla(9, Wire.U8, Access = Access.CreateOnly)]
    public bool? UdpZeroChecksum6Send { get; init; }

    /// <summary>Takes packets without UDP checksum over IPv6.</summary>
    [Nla(10, Wire.U8, Access = Access.CreateOnly)]
    public bool? UdpZeroChecksum6Receive { get; init; }

    /// <summary>Whether outer packets over IPv4 carry DF.</summary>
    [Nla(13, Wire.U8)]
    public TunnelDf? Df { get; init; }

    /// <summary>The flow label of outer packets over IPv6, 0 to 1048575.</summary>
    [Nla(11, Wire.U32BigEndian, Max = 0xfffff)]
    public int? FlowLabel { get; init; }

    /// <summary>Carries packets of any protocol, without Ethernet.</summary>
    [Nla(14, Wire.Flag, Access = Access.CreateOnly)]
    public bool? InnerProtocolInherit { get; init; }

    /// <summary>The UDP source ports, such as 49152-65535.</summary>
    [Nla(15, Wire.Custom, Codec = typeof(TunnelPorts), Access = Access.CreateOnly, Since = "6.15")]
    public PortRange? SourcePort { get; init; }

    /// <summary>Takes the identifier and hosts from each packet's route or program instead of settings.</summary>
    [Nla(6, Wire.Flag, Access = Access.CreateOnly)]
    public override bool? External { get; init; }

    internal override string? Problem => Remote is { } remote && IP.IsMulticast(remote)
        ? "Geneve leads to one host, not to a multicast group" : base.Problem;

    internal override IEnumerable<string> SaidOfPackets => NamesOf(
        (nameof(Vni), Vni is > 0),
        (nameof(Remote), Remote is not null),
        (nameof(Ttl), Ttl is > 0),
        (nameof(Tos), Tos is > 0),
        (nameof(UdpChecksum), UdpChecksum == true),
        (nameof(FlowLabel), FlowLabel is > 0));

    /// <inheritdoc/>
    public override string ToString() => External == true ? $"external, port {Port}"
        : $"VNI {Vni}, to {Remote?.ToString() ?? "any"} port {Port}";

    internal override LinkSettings For(NetLink link, NetworkStack stack, CancellationToken cancellation)
        => link is not GeneveLink { External: true } ? this : throw new NetworkException(
            NetworkErrorCode.NotSupported,
            $"'{link.Name}' is an external Geneve link, of which the kernel changes nothing. Make a new one.",
            link.Name);

    internal override LinkSpec NewSpec(string name, string kind)
        => new GeneveSpec(name, this) { Force = true };
}

/// <summary>A Geneve link: Ethernet to one host over UDP.</summary>
public sealed partial class GeneveLink : TunnelLink;

/// <summary>A Geneve link. It leads to one host, or is external.</summary>
/// <param name="name">The new link's name.</param>
/// <param name="settings">Its settings, with a VNI and the other host unless it is external.</param>
public sealed class GeneveSpec(string name, GeneveSettings settings) : TunnelSpec(
    name, settings with { Port = settings.Port ?? GeneveSettings.DefaultPort })
{
    private protected override string Protocol => "Geneve";

    private protected override int HeaderBytes => 8 + 8 + (HasEthernet ? 14 : 0);

    private protected override bool HasEthernet => Geneve.InnerProtocolInherit != true;

    private GeneveSettings Geneve => (GeneveSettings)Settings;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        if (Geneve is { Vni: null } or { Remote: null } && Geneve.External != true)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"The Geneve link '{Name}' needs {(Remote is null ? "the other host's address" : "a VNI")}, unless "
                    + "it is external.",
                Name)
            {
                Advice =
                [
                    Advice.Give(
                        Remote is null ? nameof(Remote) : nameof(GeneveSettings.Vni), nameof(GeneveSettings.External)),
                ],
            };
        }

        if (Local is not null || Device is not null)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"The Geneve link '{Name}' takes its local address and interface from the route to "
                    + $"{Remote?.ToString() ?? "each packet's host"}.",
                Name);
        }
    }

    internal override NetworkException? Explain(NetlinkErrorException refusal, NetworkStack stack)
    {
        // The kernel says EPERM where an external link and another one would have the same port.
        var isTaken = refusal.Errno is Native.LibC.EEXIST or Native.LibC.EBUSY
            || refusal.KernelMessage?.Contains("externally controlled device", StringComparison.Ordinal) == true;
        if (!isTaken || stack.Links.Find(Name) is not null)
            return null;
        return new NetworkException(
            NetworkErrorCode.LinkExists,
            Geneve.External == true
                ? $"UDP port {Geneve.Port} has a Geneve link in namespace '{stack.Namespace}' already, and an external "
                    + "one takes every VNI of its port."
                : $"A Geneve link with VNI {Geneve.Vni} to {Remote} on UDP port {Geneve.Port}, or one that takes every "
                    + $"VNI, exists already in namespace '{stack.Namespace}'.",
            Name,
            refusal)
        {
            Advice = [Advice.Choose(
                Geneve.External == true ? [nameof(GeneveSettings.Port)] : ["Vni", nameof(GeneveSettings.Port)])],
        };
    }
}
