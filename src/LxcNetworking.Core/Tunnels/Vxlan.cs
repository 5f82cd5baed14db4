using LxcNetworking.Bridges;
using LxcNetworking.Declarations;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Tunnels;

/// <summary>What a VXLAN link has: Ethernet between hosts over UDP (RFC 7348; IFLA_VXLAN_* of
/// linux/if_link.h).</summary>
[LinkKind("vxlan", Link = typeof(VxlanLink), HasForwardingTable = true, TakesNoPorts = true)]
public sealed partial record VxlanSettings : TunnelSettings
{
    internal override bool IsItsOwnParent => true;

    private readonly IPAddress? _noGroup;
    private IPAddress? _destination;
    private bool _isTwice;

    /// <summary>The port that IANA gave VXLAN.</summary>
    public const int DefaultPort = 4789;

    /// <summary>The network's identifier (VNI), 24 bits.</summary>
    [Nla(1, Wire.U32, Max = 0xffffff, Access = Access.CreateOnly)]
    public int? Vni { get; init; }

    /// <summary>The UDP port of the other hosts.</summary>
    [Nla(15, Wire.U16BigEndian, Min = 1, Access = Access.CreateOnly)]
    public int? Port { get; init; }

    /// <summary>Where it starts: an address of the host; null for any.</summary>
    [Nla(4, Wire.Address, IPv6 = 17)]
    public override IPAddress? Local { get; init; }

    /// <summary>The host that flooded frames go to, or null; it takes a group too.</summary>
    [Computed]
    public override IPAddress? Remote
    {
        get => Destination is { } remote && !IP.IsMulticast(remote) ? remote : null;
        init => Tell(value);
    }

    /// <summary>The multicast group that flooded frames go to, or null; a new link needs a device for it.</summary>
    [Computed]
    public IPAddress? MulticastGroup
    {
        get => Destination is { } group && IP.IsMulticast(group) ? group : null;
        init
        {
            Tell(value);
            _noGroup = value is null || IP.IsMulticast(value) ? null : value;
        }
    }

    /// <summary>The index of the link that the outer packets go by; null to let routing decide.</summary>
    [Nla(3, Wire.S32)]
    [LinkIndex]
    public override int? DeviceIndex { get; init; }

    /// <summary>The time to live of the outer packets; 0 for the host's default.</summary>
    [Nla(5, Wire.U8)]
    public override int? Ttl { get; init; }

    /// <summary>The type-of-service byte of the outer packets; 1 to take that of the inner one.</summary>
    [Nla(6, Wire.U8)]
    public override int? Tos { get; init; }

    /// <summary>Whether it learns which host a sender is behind.</summary>
    [Nla(7, Wire.U8)]
    public bool? Learning { get; init; }

    /// <summary>How long a learned address is kept.</summary>
    [Nla(8, Wire.U32, Unit = Unit.Seconds)]
    public Duration? AgeingTime { get; init; }

    /// <summary>The most entries that its forwarding table takes; 0 for no limit.</summary>
    [Nla(9, Wire.U32, Access = Access.CreateOnly)]
    public long? MaxAddresses { get; init; }

    /// <summary>The UDP source ports, such as 49152-65535; null or 0 for the host's own range.</summary>
    [Nla(10, Wire.Custom, Codec = typeof(TunnelPorts), Access = Access.CreateOnly)]
    public PortRange? SourcePort { get; init; }

    /// <summary>The lowest UDP source port, or 0 for the host's own range.</summary>
    public int SourcePortLow => SourcePort?.First ?? 0;

    /// <summary>The highest UDP source port, or 0 for the host's own range.</summary>
    public int SourcePortHigh => SourcePort?.Last ?? 0;

    /// <summary>Answers ARP from its neighbour table.</summary>
    [Nla(11, Wire.U8, Access = Access.CreateOnly)]
    public bool? ArpProxy { get; init; }

    /// <summary>Routes short-circuit to hosts that it knows.</summary>
    [Nla(12, Wire.U8, Access = Access.CreateOnly)]
    public bool? RouteShortCircuit { get; init; }

    /// <summary>Notifies of unknown Ethernet addresses.</summary>
    [Nla(13, Wire.U8, Access = Access.CreateOnly)]
    public bool? NotifyMissingMac { get; init; }

    /// <summary>Notifies of unknown IP addresses.</summary>
    [Nla(14, Wire.U8, Access = Access.CreateOnly)]
    public bool? NotifyMissingIP { get; init; }

    /// <summary>Sends UDP checksums over IPv4.</summary>
    [Nla(18, Wire.U8, Access = Access.CreateOnly)]
    public bool? UdpChecksum { get; init; }

    /// <summary>Sends no UDP checksums over IPv6.</summary>
    [Nla(19, Wire.U8, Access = Access.CreateOnly)]
    public bool? UdpZeroChecksum6Send { get; init; }

    /// <summary>Takes packets without UDP checksum over IPv6.</summary>
    [Nla(20, Wire.U8, Access = Access.CreateOnly)]
    public bool? UdpZeroChecksum6Receive { get; init; }

    /// <summary>Takes the identifier and hosts from each packet's route or program instead of settings.</summary>
    [Nla(25, Wire.U8, Access = Access.CreateOnly)]
    public override bool? External { get; init; }

    /// <summary>Takes only identifiers that were listed (see <see cref="VxlanOperations"/>); for an external
    /// link.</summary>
    [Nla(30, Wire.U8, Access = Access.CreateOnly, Absent = false)]
    public bool? VniFilter { get; init; }

    /// <summary>Whether frames for an address of this host are handed over inside it, without the underlay network; on
    /// unless switched off.</summary>
    [Nla(31, Wire.U8, Since = "6.5")]
    public bool? LocalBypass { get; init; }

    /// <summary>Carries the mark of a packet's group (Group Based Policy), by which firewalls of other hosts tell
    /// senders.</summary>
    [Nla(23, Wire.Flag, Access = Access.CreateOnly)]
    public bool? GroupPolicy { get; init; }

    /// <summary>Carries packets of any protocol, without Ethernet (Generic Protocol Extension); for an external
    /// link.</summary>
    [Nla(27, Wire.Flag, Access = Access.CreateOnly)]
    public bool? GenericProtocolExtension { get; init; }

    /// <summary>Takes the time to live of the outer packets from the inner ones.</summary>
    [Nla(28, Wire.Custom, Codec = typeof(VxlanTtlInherit), Access = Access.CreateOnly, Absent = false)]
    public bool? TtlInherit { get; init; }

    /// <summary>Whether outer packets over IPv4 carry DF.</summary>
    [Nla(29, Wire.U8)]
    public TunnelDf? Df { get; init; }

    /// <summary>The flow label of outer packets over IPv6, 0 to 1048575.</summary>
    [Nla(26, Wire.U32BigEndian, Max = 0xfffff)]
    public int? FlowLabel { get; init; }

    /// <summary>Where the flow label of outer packets over IPv6 is from.</summary>
    [Nla(32, Wire.U32, Since = "6.8")]
    public VxlanLabelPolicy? FlowLabelPolicy { get; init; }

    /// <summary>The bits of the VXLAN header that must be 0 in packets that come in, those that a feature uses left
    /// out; packets with another one are dropped.</summary>
    [Nla(33, Wire.Custom, Codec = typeof(VxlanHeaderBits), Access = Access.CreateOnly, Since = "6.14")]
    public VxlanHeaderBits? ReservedBits { get; init; }

    /// <summary>Leaves checksums of inner packets to the other host (remote checksum offload).</summary>
    [Nla(21, Wire.U8, Access = Access.CreateOnly)]
    public bool? RemoteChecksumSend { get; init; }

    /// <summary>Completes checksums of inner packets for the other hosts.</summary>
    [Nla(22, Wire.U8, Access = Access.CreateOnly)]
    public bool? RemoteChecksumReceive { get; init; }

    /// <summary>Computes such checksums at once, not as a part of them that is completed later.</summary>
    [Nla(24, Wire.Flag, Access = Access.CreateOnly)]
    public bool? RemoteChecksumNoPartial { get; init; }

    /// <summary>The host or group that flooded frames go to.</summary>
    [Nla(2, Wire.Address, IPv6 = 16)]
    internal IPAddress? Destination
    {
        get => _destination;
        init => (_destination, _isTwice) = (value, false);
    }

    internal override string? Problem => _noGroup is not null
        ? $"{_noGroup} is not a multicast address. A host is given as the remote one"
        : _isTwice ? "flooded frames go to a multicast group or to remote hosts, not both" : base.Problem;

    internal override IEnumerable<string> SaidOfPackets => Vni is > 0 ? [nameof(Vni)] : [];

    /// <inheritdoc/>
    public override string ToString() => External == true ? $"external, port {Port}"
        : $"VNI {Vni}, {Local?.ToString() ?? "any"} to {Destination?.ToString() ?? "any"} port {Port}";

    internal override LinkSettings For(NetLink link, NetworkStack stack, CancellationToken cancellation)
    {
        var now = (VxlanSettings)link.Details!;
        TunnelEnds.CheckEnds(Local ?? now.Local, Destination ?? now.Destination, link.Name);
        return this;
    }

    // The kernel has one attribute for both.
    private void Tell(IPAddress? value)
    {
        if (value is null)
            return;
        _isTwice = _destination is not null && IP.IsMulticast(_destination) != IP.IsMulticast(value);
        _destination = value;
    }

    internal override LinkSpec NewSpec(string name, string kind)
        => new VxlanSpec(name, this) { Force = true };
}

/// <summary>Reads and writes whether the time to live is the inner packet's, which the kernel takes as a flag and tells
/// as a byte.</summary>
internal static class VxlanTtlInherit
{
    public static bool Read(NetlinkAttribute attribute) => attribute.Value.Length == 0 || attribute.AsByte() != 0;

    public static void Write(NetlinkRequest request, ushort type, bool isInherited)
    {
        if (isInherited)
            request.PutFlag(type);
    }
}

/// <summary>Where the flow label of a VXLAN link's packets over IPv6 is from (VXLAN_LABEL_* of
/// linux/if_link.h).</summary>
public enum VxlanLabelPolicy
{
    /// <summary>The link's setting.</summary>
    Fixed,

    /// <summary>The inner packet.</summary>
    Inherit,
}

/// <summary>A VXLAN link: Ethernet between hosts over UDP.</summary>
public sealed partial class VxlanLink : TunnelLink;

/// <summary>A VXLAN link. Several remotes are served by entries in its forwarding table, to which unknown and broadcast
/// frames go.</summary>
/// <param name="name">The new link's name.</param>
/// <param name="settings">Its settings, with a VNI unless it is external.</param>
public sealed class VxlanSpec(string name, VxlanSettings settings) : TunnelSpec(
    name,
    settings with
    {
        Port = settings.Port ?? VxlanSettings.DefaultPort,
        // What an external link learned would lead nowhere, as its packets say themselves where they go.
        Learning = settings.Learning ?? (settings.External == true ? false : null),
    })
{
    /// <summary>Hosts besides the settings' remote one that flooded frames go to.</summary>
    public IReadOnlyList<IPAddress> FurtherRemotes { get; init; } = [];

    private protected override string Protocol => "VXLAN";

    private protected override int HeaderBytes => 8 + 8 + (HasEthernet ? 14 : 0);

    private protected override bool HasEthernet => Vxlan.GenericProtocolExtension != true;

    private protected override IEnumerable<IPAddress> Remotes
        => Vxlan.Destination is { } destination ? [destination, .. FurtherRemotes] : FurtherRemotes;

    private VxlanSettings Vxlan => (VxlanSettings)Settings;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        if (Vxlan.Vni is null && Vxlan.External != true)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"The VXLAN link '{Name}' needs a VNI, unless it is external.",
                Name)
            {
                Advice = [Advice.Give(nameof(VxlanSettings.Vni), nameof(VxlanSettings.External))],
            };
        }

        if (Vxlan is { External: not true } and ({ VniFilter: true } or { GenericProtocolExtension: true }))
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"The VXLAN link '{Name}' cannot be: only an external link "
                    + (Vxlan.VniFilter == true ? "has a list of VNIs." : "carries packets of any protocol."),
                Name)
            {
                Advice = [Advice.Give(nameof(VxlanSettings.External))],
            };
        }

        var problem = this switch
        {
            _ when Vxlan is { MulticastGroup: not null } && FurtherRemotes.Count > 0
                => "flooded frames go to a multicast group or to remote hosts, not both",
            _ when Vxlan is { MulticastGroup: not null, DeviceIndex: null } && Device is null
                => "a multicast group needs a device, the interface that the group is joined on",
            _ when FurtherRemotes.FirstOrDefault(IP.IsMulticast) is { } group
                => $"{group} is a multicast address, which is given as the group",
            _ when Remotes.Distinct().Count() != Remotes.Count() => "a remote host is named twice",
            _ => null,
        };
        if (problem is not null)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument, $"The VXLAN link '{Name}' cannot be: {problem}.", Name);
        }
    }

    internal override NetworkException? Explain(NetlinkErrorException refusal, NetworkStack stack)
    {
        if (refusal.Errno != Native.LibC.EEXIST || stack.Links.Find(Name) is not null)
            return null;
        var holder = stack.Links.List(new LinkFilter { Kind = "vxlan", SkipStatistics = true }).OfType<VxlanLink>()
            .FirstOrDefault(link => link.Vni == (Vxlan.Vni ?? 0) && link.Port == Vxlan.Port);
        return holder is null
            ? null
            : new NetworkException(
                NetworkErrorCode.LinkExists,
                Vxlan.External == true
                    ? $"UDP port {Vxlan.Port} has an external VXLAN link in namespace '{stack.Namespace}' already: "
                        + $"'{holder.Name}'."
                    : $"VNI {Vxlan.Vni} on UDP port {Vxlan.Port} exists already in namespace '{stack.Namespace}': its "
                        + $"link is '{holder.Name}'.",
                Name,
                refusal)
            {
                Advice = [Advice.Choose(
                    Vxlan.External == true ? [nameof(VxlanSettings.Port)] : ["Vni", nameof(VxlanSettings.Port)])],
            };
    }

    internal override Hint? RefusalHint(int errno) => errno == 98
        ? new Hint(
            $"UDP port {Vxlan.Port} is in use by another program.", Advice.Choose(nameof(VxlanSettings.Port)))
        : null;

    internal override NetLink Finish(NetLink link, NetworkStack where)
    {
        foreach (var remote in FurtherRemotes)
            where.Bridges.AddFdbEntry(
                new BridgeFdbSpec(link.Name, MacAddress.Zero) { Destination = remote, Append = true });
        return base.Finish(link, where);
    }
}
