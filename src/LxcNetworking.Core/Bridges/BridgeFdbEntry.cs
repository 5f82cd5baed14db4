using LxcNetworking.Declarations;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Bridges;

/// <summary>An entry of a bridge's or VXLAN link's forwarding table, as it was when it was read (NDA_* of
/// linux/neighbour.h).</summary>
[AttributeSet]
public sealed partial record BridgeFdbEntry : AttributeSet
{
    private const byte NTF_SELF = 2, NTF_MASTER = 4, NTF_EXT_LEARNED = 0x10, NTF_STICKY = 0x40;
    private const ushort NUD_REACHABLE = 2, NUD_NOARP = 0x40, NUD_PERMANENT = 0x80;

    /// <summary>An entry to send.</summary>
    internal BridgeFdbEntry(MacAddress macAddress, NamespaceReference reference)
        => (MacAddress, Namespace) = (macAddress, reference);

    /// <summary>Reads a message.</summary>
    /// <exception cref="NetlinkProtocolException">An attribute is malformed.</exception>
    internal BridgeFdbEntry(NdMsg header, AttributeReader attributes, NamespaceReference reference)
        : this(attributes)
    {
        (InterfaceIndex, Namespace) = (header.Index, reference);
        Type = (header.State & NUD_PERMANENT) != 0 ? BridgeFdbType.Permanent
            : (header.State & NUD_NOARP) != 0 ? BridgeFdbType.Static : BridgeFdbType.Dynamic;
        Self = (header.Flags & NTF_SELF) != 0;
        External = (header.Flags & NTF_EXT_LEARNED) != 0;
        Sticky = (header.Flags & NTF_STICKY) != 0;
    }

    // Not public, as PowerShell would make an entry of whatever has some of its properties.
    private BridgeFdbEntry()
        => throw new NotSupportedException("An entry is read from the kernel.");

    /// <summary>The Ethernet address; all zero for the hosts that a VXLAN link floods to.</summary>
    [Nla(2, Wire.AnyMac)]
    public MacAddress MacAddress { get; internal init; }

    /// <summary>The link that leads to it.</summary>
    public string InterfaceAlias { get; internal init; } = string.Empty;

    /// <summary>That link's index.</summary>
    public int InterfaceIndex { get; internal init; }

    /// <summary>The bridge whose table has the entry; null if it is in the link's own table.</summary>
    public string? Bridge { get; internal init; }

    /// <summary>How long it lives.</summary>
    [Computed]
    public BridgeFdbType Type { get; internal init; }

    /// <summary>True if it is in the link's own table, not in its bridge's.</summary>
    [Computed]
    public bool Self { get; internal init; }

    /// <summary>The VLAN, or null.</summary>
    [Nla(5, Wire.U16)]
    public int? VlanId { get; internal init; }

    /// <summary>The host behind a VXLAN link, or null.</summary>
    [Nla(1, Wire.AnyAddress)]
    public IPAddress? Destination { get; internal init; }

    /// <summary>The UDP port where it differs from the VXLAN link's, or null.</summary>
    [Nla(6, Wire.U16BigEndian)]
    public int? Port { get; internal init; }

    /// <summary>The VNI where it differs from the VXLAN link's, or null.</summary>
    [Nla(7, Wire.U32)]
    public int? Vni { get; internal init; }

    /// <summary>The VNI that frames come from where a VXLAN link carries several, or null.</summary>
    [Nla(11, Wire.U32)]
    public int? SourceVni { get; internal init; }

    /// <summary>The next-hop object that names the hosts behind a VXLAN link, or null (ip-nexthop(8)).</summary>
    [Nla(13, Wire.U32)]
    public long? NextHopId { get; internal init; }

    /// <summary>The index of the link that leads to the host, or 0.</summary>
    public int DeviceIndex => Device ?? 0;

    /// <summary>True if a program learned it elsewhere.</summary>
    public bool External { get; internal init; }

    /// <summary>True if the address cannot move to another port.</summary>
    [Computed]
    public bool Sticky { get; internal init; }

    /// <summary>The time since a frame was sent to it; null where the kernel does not tell.</summary>
    public Duration? Used => Times?.UsedTime;

    /// <summary>The time since a frame came from it; null where the kernel does not tell.</summary>
    public Duration? Updated => Times?.UpdatedTime;

    /// <summary>The namespace that it was read from.</summary>
    public NamespaceReference Namespace { get; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    [Nla(8, Wire.U32)]
    internal int? Device { get; init; }

    [Nla(9, Wire.U32, Access = Access.ReadOnly)]
    internal int? Master { get; init; }

    [Nla(3, Wire.Custom, Codec = typeof(NeighborCacheInfo), Access = Access.ReadOnly)]
    internal NeighborCacheInfo? Times { get; init; }

    /// <summary>Whether it is of the link's own table. The kernel tells a bridge's own entries as those of a port, and
    /// takes them as those of a table.</summary>
    internal bool IsOfOwnTable => Self || Master == InterfaceIndex;

    /// <summary>False if the list that it was read with has no entry for the same address in a VLAN of the same
    /// port.</summary>
    internal bool MayHaveTwins { get; set; } = true;

    /// <summary>True for an entry of a VLAN that is not this one's copy: the kernel makes, and removes, an entry
    /// without a VLAN for each VLAN of the port.</summary>
    internal bool TakesAlong(BridgeFdbEntry other) => !other.Self && other.VlanId is not null
        && InterfaceIndex == other.InterfaceIndex && MacAddress.Equals(other.MacAddress)
        && (Type, Sticky, External) != (other.Type, other.Sticky, other.External);

    /// <summary>The request that makes it.</summary>
    /// <param name="mode">What becomes of one that is there.</param>
    internal NetlinkRequest Addition(NetlinkFlags mode)
    {
        var state = Type switch
        {
            BridgeFdbType.Permanent => NUD_PERMANENT,
            BridgeFdbType.Static => (ushort)(NUD_NOARP | NUD_REACHABLE),
            _ => NUD_REACHABLE,
        };
        return Message(
            Rtm.NewNeigh,
            NetlinkFlags.Create | mode,
            state,
            (byte)((Sticky ? NTF_STICKY : 0) | (External ? NTF_EXT_LEARNED : 0)));
    }

    /// <summary>The request that removes it.</summary>
    internal NetlinkRequest Removal() => Message(Rtm.DelNeigh, NetlinkFlags.None, NUD_PERMANENT, 0);

    private NetlinkRequest Message(ushort type, NetlinkFlags mode, ushort state, byte flags)
    {
        var request = new NetlinkRequest(type, mode).Header(new NdMsg
        {
            Family = Af.Bridge,
            Index = InterfaceIndex,
            State = state,
            Flags = (byte)(flags | (IsOfOwnTable ? NTF_SELF : NTF_MASTER)),
        });
        Write(request);
        return request;
    }

    /// <inheritdoc/>
    public override string ToString() => MacAddress.ToString();
}
