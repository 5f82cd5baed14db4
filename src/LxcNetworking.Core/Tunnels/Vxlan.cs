using System.Net.Sockets;
using System.Runtime.CompilerServices;
using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Tunnels;

/// <summary>What a VXLAN link has (RFC 7348; IFLA_VXLAN_* of linux/if_link.h).</summary>
public sealed class VxlanDetails : TunnelDetails
{
    /// <summary>The network's identifier, 24 bits.</summary>
    public int Vni { get; internal set; }

    /// <summary>The multicast group that flooded frames go to, or null.</summary>
    public IPAddress? MulticastGroup { get; internal set; }

    /// <summary>The UDP port of the other hosts.</summary>
    public int Port { get; internal set; }

    /// <summary>The lowest UDP source port, or 0 for the host's own range.</summary>
    public int SourcePortLow { get; internal set; }

    /// <summary>The highest UDP source port, or 0 for the host's own range.</summary>
    public int SourcePortHigh { get; internal set; }

    /// <summary>Whether it learns which host a sender is behind.</summary>
    public bool Learning { get; internal set; }

    /// <summary>How long a learned address is kept.</summary>
    public Duration AgeingTime { get; internal set; } = TimeSpan.Zero;

    /// <summary>The most entries that its forwarding table takes; 0 for no limit.</summary>
    public long MaxAddresses { get; internal set; }

    /// <summary>Answers ARP from its neighbour table.</summary>
    public bool ArpProxy { get; internal set; }

    /// <summary>Routes short-circuit to hosts that it knows.</summary>
    public bool RouteShortCircuit { get; internal set; }

    /// <summary>Notifies of unknown Ethernet addresses.</summary>
    public bool NotifyMissingMac { get; internal set; }

    /// <summary>Notifies of unknown IP addresses.</summary>
    public bool NotifyMissingIP { get; internal set; }

    /// <summary>Sends UDP checksums over IPv4.</summary>
    public bool UdpChecksum { get; internal set; }

    /// <summary>Sends no UDP checksums over IPv6.</summary>
    public bool UdpZeroChecksum6Send { get; internal set; }

    /// <summary>Takes packets without UDP checksum over IPv6.</summary>
    public bool UdpZeroChecksum6Receive { get; internal set; }

    /// <summary>Takes the identifier and hosts from routes or programs instead of settings.</summary>
    public bool External { get; internal set; }

    /// <summary>Takes only identifiers that were listed.</summary>
    public bool VniFilter { get; internal set; }

    /// <summary>Carries group policies.</summary>
    public bool GroupPolicy { get; internal set; }

    /// <summary>Speaks the generic protocol extension.</summary>
    public bool GenericProtocolExtension { get; internal set; }

    /// <inheritdoc/>
    public override string ToString() => $"VNI {Vni}, {Local?.ToString() ?? "any"} to {(Remote ?? MulticastGroup)?.ToString() ?? "any"} port {Port}";
}

/// <summary>A VXLAN link: Ethernet between hosts over UDP.</summary>
public sealed class VxlanLink : TunnelLink
{
    internal VxlanLink(LinkData data)
        : base(data)
    {
    }

    /// <summary>The network's identifier.</summary>
    public int Vni => Vxlan.Vni;

    /// <summary>The multicast group that flooded frames go to, or null.</summary>
    public IPAddress? MulticastGroup => Vxlan.MulticastGroup;

    /// <summary>The UDP port of the other hosts.</summary>
    public int Port => Vxlan.Port;

    /// <summary>Whether it learns which host a sender is behind.</summary>
    public bool Learning => Vxlan.Learning;

    private VxlanDetails Vxlan => (VxlanDetails)Details!;
}

internal sealed class VxlanKind() : LinkKind("vxlan")
{
    [ModuleInitializer]
    internal static void Register() => LinkKinds.Add(new VxlanKind());

    public override bool HasForwardingTable => true;

    // IFLA_VXLAN_* of linux/if_link.h.
    internal const ushort Id = 1, Group = 2, Link = 3, Local = 4, Ttl = 5, Tos = 6, Learning = 7, Ageing = 8, Limit = 9, PortRange = 10, Proxy = 11, Rsc = 12,
        L2Miss = 13, L3Miss = 14, Port = 15, Group6 = 16, Local6 = 17, UdpCsum = 18, UdpZeroCsum6Tx = 19, UdpZeroCsum6Rx = 20, Gbp = 23, CollectMetadata = 25, Gpe = 27, VniFilter = 30;

    public override LinkDetails ReadDetails(string kind, AttributeReader data)
    {
        var result = new VxlanDetails();
        foreach (var attribute in data)
        {
            switch (attribute.Type)
            {
                case Id: result.Vni = (int)attribute.AsUInt32(); break;
                case Group or Group6:
                    var far = IP.ReadOptional(attribute);
                    if (far is not null && IP.IsMulticast(far))
                        result.MulticastGroup = far;
                    else
                        result.Remote = far;
                    break;
                case Local or Local6: result.Local = IP.ReadOptional(attribute); break;
                case Link: result.DeviceIndex = attribute.AsInt32(); break;
                case Ttl: result.Ttl = attribute.AsByte(); break;
                case Tos: result.Tos = attribute.AsByte(); break;
                case Learning: result.Learning = attribute.AsByte() != 0; break;
                case Ageing: result.AgeingTime = TimeSpan.FromSeconds(attribute.AsUInt32()); break;
                case Limit: result.MaxAddresses = attribute.AsUInt32(); break;
                case PortRange:
                    var range = attribute.AsUInt32BigEndian();
                    (result.SourcePortLow, result.SourcePortHigh) = ((int)(range >> 16), (int)(range & 0xffff));
                    break;
                case Port: result.Port = attribute.AsUInt16BigEndian(); break;
                case Proxy: result.ArpProxy = attribute.AsByte() != 0; break;
                case Rsc: result.RouteShortCircuit = attribute.AsByte() != 0; break;
                case L2Miss: result.NotifyMissingMac = attribute.AsByte() != 0; break;
                case L3Miss: result.NotifyMissingIP = attribute.AsByte() != 0; break;
                case UdpCsum: result.UdpChecksum = attribute.AsByte() != 0; break;
                case UdpZeroCsum6Tx: result.UdpZeroChecksum6Send = attribute.AsByte() != 0; break;
                case UdpZeroCsum6Rx: result.UdpZeroChecksum6Receive = attribute.AsByte() != 0; break;
                case CollectMetadata: result.External = attribute.AsByte() != 0; break;
                case VniFilter: result.VniFilter = attribute.AsByte() != 0; break;
                case Gbp: result.GroupPolicy = true; break;
                case Gpe: result.GenericProtocolExtension = true; break;
            }
        }

        return result;
    }

    public override NetLink Create(LinkData data)
    {
        if (data.Details is not VxlanDetails details)
            return new NetLink(data);
        // The kernel tells the link beneath here alone.
        if (data.ParentIndex == 0)
            data.ParentIndex = details.DeviceIndex;
        return new VxlanLink(data);
    }

    internal static void PutAddress(NetlinkRequest data, IPAddress? address, ushort ipv4, ushort ipv6)
    {
        if (address is not null)
            data.Put(address.AddressFamily == AddressFamily.InterNetworkV6 ? ipv6 : ipv4, address.GetAddressBytes());
    }

}

/// <summary>What can be changed on a VXLAN link; null leaves a thing as it is.</summary>
public sealed record VxlanSettings : LinkSettings
{
    /// <summary>The host or multicast group that flooded frames go to.</summary>
    public IPAddress? Remote { get; init; }

    /// <summary>Where it starts.</summary>
    public IPAddress? Local { get; init; }

    /// <summary>The time to live of the outer packets; 0 for the host's default.</summary>
    public int? Ttl { get; init; }

    /// <summary>The type-of-service byte of the outer packets; 1 to take that of the inner one.</summary>
    public int? Tos { get; init; }

    /// <summary>Whether it learns which host a sender is behind.</summary>
    public bool? Learning { get; init; }

    /// <summary>How long a learned address is kept.</summary>
    public TimeSpan? AgeingTime { get; init; }

    /// <summary>The most entries that its forwarding table takes; 0 for no limit. Only while it is made.</summary>
    public long? MaxAddresses { get; init; }

    /// <summary>Answers ARP from its neighbour table. Only while it is made.</summary>
    public bool? ArpProxy { get; init; }

    internal override IReadOnlyList<string> Kinds => ["vxlan"];

    internal override string? Problem => this switch
    {
        { Ttl: < 0 or > 255 } => "a TTL is 0 to 255",
        { Tos: < 0 or > 255 } => "a type of service is 0 to 255",
        { AgeingTime: { } time } when time < TimeSpan.Zero || time.TotalSeconds > uint.MaxValue => "an ageing time is not negative",
        { MaxAddresses: < 0 or > uint.MaxValue } => "a number of addresses is not negative",
        _ => null,
    };

    internal override LinkSettings For(NetLink link, NetworkStack stack)
    {
        var now = (VxlanDetails)link.Details!;
        TunnelEnds.CheckEnds(Local ?? now.Local, Remote ?? now.Remote ?? now.MulticastGroup, link.Name);
        // A link that was moved keeps the hosts of the namespace that it came from, which cannot be asked.
        if (!link.ParentIsElsewhere)
            TunnelEnds.CheckHosts(stack, Local, Remote is null || IP.IsMulticast(Remote) ? [] : [Remote], link.Name);
        return this;
    }

    internal override void Write(NetlinkRequest data)
    {
        VxlanKind.PutAddress(data, Remote, VxlanKind.Group, VxlanKind.Group6);
        VxlanKind.PutAddress(data, Local, VxlanKind.Local, VxlanKind.Local6);
        if (Ttl is { } ttl)
            data.Put(VxlanKind.Ttl, (byte)ttl);
        if (Tos is { } tos)
            data.Put(VxlanKind.Tos, (byte)tos);
        if (Learning is { } learning)
            data.Put(VxlanKind.Learning, (byte)(learning ? 1 : 0));
        if (AgeingTime is { } ageing)
            data.Put(VxlanKind.Ageing, (uint)ageing.TotalSeconds);
        if (MaxAddresses is { } limit)
            data.Put(VxlanKind.Limit, (uint)limit);
        if (ArpProxy is { } proxy)
            data.Put(VxlanKind.Proxy, (byte)(proxy ? 1 : 0));
    }
}

/// <summary>A VXLAN link. Several remotes are served by entries in its forwarding table, to which unknown and broadcast frames go.</summary>
/// <param name="name">The new link's name.</param>
/// <param name="vni">The network's identifier, 0 to 16777215.</param>
public sealed class VxlanSpec(string name, long vni) : TunnelSpec(name)
{
    /// <summary>The port that IANA gave VXLAN.</summary>
    public const int DefaultPort = 4789;

    /// <inheritdoc/>
    public override string Kind => "vxlan";

    /// <summary>Hosts besides <see cref="TunnelSpec.Remote"/> that flooded frames go to.</summary>
    public IReadOnlyList<IPAddress> FurtherRemotes { get; init; } = [];

    /// <summary>The multicast group that flooded frames go to, instead of remotes; it needs <see cref="TunnelSpec.Device"/>.</summary>
    public IPAddress? MulticastGroup { get; init; }

    /// <summary>The UDP port of the other hosts.</summary>
    public int Port { get; init; } = DefaultPort;

    /// <summary>The lowest and highest UDP source port; null for the host's own range.</summary>
    public (int Low, int High)? SourcePorts { get; init; }

    /// <summary>Further settings.</summary>
    public VxlanSettings Settings { get; init; } = new();

    private protected override string Protocol => "VXLAN";

    private protected override int HeaderBytes => 8 + 8 + 14;

    private protected override IEnumerable<IPAddress> Remotes => MulticastGroup is not null ? [MulticastGroup] : Remote is null ? FurtherRemotes : [Remote, .. FurtherRemotes];

    /// <inheritdoc/>
    public override void Validate()
    {
        CheckVni(vni);
        base.Validate();
        CheckPort(Port);
        Settings.Validate(Name);
        if (SourcePorts is { } ports)
        {
            CheckPort(ports.Low);
            CheckPort(ports.High);
        }

        var problem = this switch
        {
            { SourcePorts: { } range } when range.Low > range.High => "the source ports' lower bound is above the upper one",
            { MulticastGroup: { } group } when !IP.IsMulticast(group) => $"{group} is not a multicast address. A host is given as the remote one",
            { MulticastGroup: not null, Remote: not null } => "flooded frames go to a multicast group or to remote hosts, not both",
            { MulticastGroup: not null, Device: null } => "a multicast group needs a device, the interface that the group is joined on",
            { Remote: { } remote } when IP.IsMulticast(remote) => $"{remote} is a multicast address, which is given as the group",
            _ when FurtherRemotes.Any(remote => remote.Equals(Remote)) || FurtherRemotes.Distinct().Count() != FurtherRemotes.Count => "a remote host is named twice",
            _ => null,
        };
        if (problem is not null)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, $"The VXLAN link '{Name}' cannot be: {problem}.", Name);
    }

    internal override NetworkException? Explain(NetlinkErrorException refusal, NetworkStack stack)
    {
        if (refusal.Errno != Native.LibC.EEXIST || stack.Links.Find(Name) is not null)
            return null;
        var holder = stack.Links.List(new LinkFilter { Kind = "vxlan", SkipStatistics = true }).OfType<VxlanLink>().FirstOrDefault(link => link.Vni == vni && link.Port == Port);
        return holder is null
            ? null
            : new NetworkException(NetworkErrorCode.LinkExists, $"VNI {vni} on UDP port {Port} exists already in namespace '{stack.Namespace}': its link is '{holder.Name}'.", Name, refusal)
            {
                Advice = [Advice.Choose("Vni", nameof(Port))],
            };
    }

    internal override Hint? RefusalHint(int errno) => errno == 98
        ? new Hint($"UDP port {Port} is in use by another program.", Advice.Choose(nameof(Port))) : null;

    internal override NetLink Finish(NetLink link, NetworkStack home)
    {
        foreach (var remote in FurtherRemotes)
            home.Bridges.AddFdbEntry(
                new BridgeFdbSpec(link.Name, MacAddress.Zero) { Destination = remote, Append = true });
        return base.Finish(link, home);
    }

    /// <inheritdoc/>
    protected internal override void WriteData(NetlinkRequest data)
    {
        ArgumentNullException.ThrowIfNull(data);
        data.Put(VxlanKind.Id, (uint)vni).PutBigEndian(VxlanKind.Port, (ushort)Port);
        if (DeviceIndex != 0)
            data.Put(VxlanKind.Link, DeviceIndex);
        VxlanKind.PutAddress(data, MulticastGroup ?? Remote, VxlanKind.Group, VxlanKind.Group6);
        VxlanKind.PutAddress(data, Local, VxlanKind.Local, VxlanKind.Local6);
        data.Put(VxlanKind.Ttl, (byte)Ttl).Put(VxlanKind.Tos, (byte)Tos);
        if (SourcePorts is { } ports)
            data.PutBigEndian(VxlanKind.PortRange, (uint)ports.Low << 16 | (uint)ports.High);
        Settings.Write(data);
    }
}
