using LxcNetworking.Declarations;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Links;

/// <summary>A network link (interface) as it was when it was read. Kinds with properties of their own are
/// subclasses.</summary>
public class NetLink
{
    internal NetLink(LinkData data)
    {
        Data = data;
    }

    /// <summary>The name, at most 15 bytes; control characters are shown as \xNN.</summary>
    public string Name => Data.Name;

    /// <summary>The name, under Windows's property name.</summary>
    public string InterfaceAlias => Data.Name;

    /// <summary>The index, unique in its namespace.</summary>
    public int Index => Data.Index;

    /// <summary>The index, under Windows's property name.</summary>
    public int InterfaceIndex => Data.Index;

    /// <summary>The kernel's kind (veth, bridge, macvlan …), <c>loopback</c>, or <c>physical</c> for one that a driver
    /// made.</summary>
    public string Kind => Data.Kind ?? ((Flags & LinkFlags.Loopback) != 0 ? "loopback" : "physical");

    /// <summary>The operational state.</summary>
    public LinkState State => Data.State;

    /// <summary>The flags.</summary>
    public LinkFlags Flags => Data.Flags;

    /// <summary>True if an administrator set it up; whether it works is <see cref="State"/>'s to tell.</summary>
    public bool IsUp => (Flags & LinkFlags.Up) != 0;

    /// <summary>The Ethernet address, or null for links without one.</summary>
    public MacAddress? MacAddress => Data.MacAddress;

    /// <summary>The address of whatever kind: an Ethernet address, a tunnel's own end …; null for links without
    /// one.</summary>
    public LinkLayerAddress? HardwareAddress => Data.OtherAddress ?? Data.MacAddress;

    /// <summary>The address that frames for every station go to; of a tunnel, its other end; null for links without
    /// one.</summary>
    public LinkLayerAddress? BroadcastAddress => Common.BroadcastAddress;

    /// <summary>What sort of frames it has.</summary>
    public LinkType LinkType => (LinkType)Data.HardwareType;

    /// <summary>The Ethernet address that the hardware came with, or null.</summary>
    public MacAddress? PermanentMacAddress => Data.PermanentMacAddress;

    /// <summary>The largest packet in bytes, without the Ethernet header.</summary>
    public long Mtu => Data.Mtu;

    /// <summary>The smallest MTU that the link takes, in bytes.</summary>
    public long MinMtu => Data.MinMtu;

    /// <summary>The largest MTU that the link takes, in bytes; 0 if there is no limit.</summary>
    public long MaxMtu => Data.MaxMtu;

    /// <summary>The name of the bridge, bond or VRF that it is a port of, or null.</summary>
    public string? Master => Data.Master;

    /// <summary>The index of that link, or 0.</summary>
    public int MasterIndex => Data.MasterIndex;

    /// <summary>What it is there: <c>bridge</c> for a bridge's port, <c>bond</c>, <c>vrf</c> …, or null.</summary>
    public string? PortKind => Data.PortKind;

    /// <summary>
    /// The parent link (macvlan, vlan …) or at the other end (veth): its name, or <c>ifN</c> with its index if it is
    /// in another namespace, or null.
    /// </summary>
    public string? Parent => Data.Parent;

    /// <summary>That link's index in its own namespace, or 0.</summary>
    public int ParentIndex => Data.ParentIndex;

    /// <summary>True if the parent is in another namespace.</summary>
    public bool ParentIsElsewhere => Data.ParentNamespaceId is not null;

    /// <summary>The parent or peer that is in another namespace, by its name and that namespace's:
    /// <c>eth0@web</c>, as both are when this is read first; null where it is in this one.</summary>
    public string? ParentPlace => Data.Far?.Of(Data);

    /// <summary>The link group.</summary>
    public long Group => Data.Group;

    /// <summary>A free text that an administrator gave it, or null; control characters are shown as \xNN.</summary>
    public string? Alias => Data.Alias;

    /// <summary>Other names that it goes by.</summary>
    public ValueList<string> AlternativeName => Data.AlternativeNames;

    /// <summary>The length of the transmit queue in packets.</summary>
    public long TxQueueLength => Data.TxQueueLength;

    /// <inheritdoc cref="CommonLinkSettings.TxQueueCount"/>
    public int? TxQueueCount => Common.TxQueueCount;

    /// <inheritdoc cref="CommonLinkSettings.RxQueueCount"/>
    public int? RxQueueCount => Common.RxQueueCount;

    /// <inheritdoc cref="CommonLinkSettings.GsoMaxSize"/>
    public int? GsoMaxSize => Common.GsoMaxSize;

    /// <inheritdoc cref="CommonLinkSettings.GsoMaxSegments"/>
    public int? GsoMaxSegments => Common.GsoMaxSegments;

    /// <inheritdoc cref="CommonLinkSettings.GroMaxSize"/>
    public int? GroMaxSize => Common.GroMaxSize;

    /// <inheritdoc cref="CommonLinkSettings.GsoIPv4MaxSize"/>
    public int? GsoIPv4MaxSize => Common.GsoIPv4MaxSize;

    /// <inheritdoc cref="CommonLinkSettings.GroIPv4MaxSize"/>
    public int? GroIPv4MaxSize => Common.GroIPv4MaxSize;

    /// <inheritdoc cref="CommonLinkSettings.TsoMaxSize"/>
    public int? TsoMaxSize => Common.TsoMaxSize;

    /// <inheritdoc cref="CommonLinkSettings.TsoMaxSegments"/>
    public int? TsoMaxSegments => Common.TsoMaxSegments;

    /// <summary>Whether it has a carrier.</summary>
    public bool? Carrier => Common.Carrier;

    /// <inheritdoc cref="CommonLinkSettings.CarrierChanges"/>
    public int? CarrierChanges => Common.CarrierChanges;

    /// <inheritdoc cref="CommonLinkSettings.CarrierUpCount"/>
    public int? CarrierUpCount => Common.CarrierUpCount;

    /// <inheritdoc cref="CommonLinkSettings.CarrierDownCount"/>
    public int? CarrierDownCount => Common.CarrierDownCount;

    /// <inheritdoc cref="CommonLinkSettings.ProtoDown"/>
    public bool? ProtoDown => Common.ProtoDown;

    /// <inheritdoc cref="CommonLinkSettings.ProtoDownReason"/>
    public ValueList<int> ProtoDownReason => Common.ProtoDownReason ?? [];

    /// <summary>How the host part of its IPv6 addresses is made; null where IPv6 is off.</summary>
    public AddressGenerationMode? AddressGenerationMode => Common.AddressGenerationMode;

    /// <summary>The host part of IPv6 addresses that routers announce the network of, or null.</summary>
    public IPAddress? Token => Common.Token;

    /// <summary>True if it asks for neighbours' addresses (ARP, neighbour discovery), and answers.</summary>
    public bool Arp => (Flags & LinkFlags.NoArp) == 0;

    /// <summary>True if it can do multicast.</summary>
    public bool Multicast => (Flags & LinkFlags.Multicast) != 0;

    /// <summary>True if an administrator or program wants every multicast frame.</summary>
    public bool AllMulticast => (Flags & LinkFlags.AllMulticast) != 0;

    /// <summary>How many users want every multicast frame; null before Linux 6.0.</summary>
    public int? AllMulticastCount => Common.AllMulticastUsers;

    /// <summary>True if its addresses go when it goes down.</summary>
    public bool Dynamic => (Flags & LinkFlags.Dynamic) != 0;

    /// <summary>The device that it is of, as sysfs names it (0000:00:03.0, virtio0 …), or null.</summary>
    public string? ParentDevice => Data.ParentDevice;

    /// <summary>The bus of that device (pci, virtio, usb …), or null.</summary>
    public string? ParentDeviceBus => Data.ParentDeviceBus;

    /// <summary>How many users want it promiscuous.</summary>
    public long Promiscuity => Data.Promiscuity;

    /// <summary>True if an administrator or program wants it promiscuous.</summary>
    public bool Promiscuous => (Flags & LinkFlags.Promiscuous) != 0;

    /// <summary>The queueing discipline's name, or null.</summary>
    public string? QueueDiscipline => Data.QueueDiscipline;

    /// <summary>The counters, or null where they were not asked for.</summary>
    public LinkStatistics? Statistics => Data.Statistics;

    /// <summary>What only this kind has, or null.</summary>
    public LinkDetails? Details => Data.Details;

    /// <summary>The namespace that it was read from.</summary>
    public NamespaceReference Namespace => Data.Namespace;

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    internal LinkData Data { get; }

    /// <summary>What links of every kind have, the header's flags with it.</summary>
    internal CommonLinkSettings AllCommon => Common with
    {
        Arp = Arp,
        Multicast = Multicast,
        AllMulticast = AllMulticast,
        Dynamic = Dynamic,
    };

    private CommonLinkSettings Common => Data.Common;

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>What only one kind of link has; each kind's file declares its own.</summary>
public abstract record LinkDetails : AttributeSet
{
    /// <summary>The kernel's kinds that have these.</summary>
    internal virtual IReadOnlyList<string> Kinds => [];

    /// <summary>The index of the parent link, where only the kind's own attributes tell it.</summary>
    internal virtual int? ParentIndex => null;

    /// <summary>Whether the kernel tells a link's own index as its parent's, also where it was made in another
    /// namespace (no ndo_get_iflink).</summary>
    internal virtual bool IsItsOwnParent => false;

    /// <summary>Reads what the link's own message does not tell.</summary>
    internal virtual void Complete(NetworkStack stack, NetLink link)
    {
    }
}

/// <summary>What every link has, as the kernel's message gave it.</summary>
internal sealed class LinkData(NamespaceReference reference)
{
    private static readonly CommonLinkSettings s_nothing = new();

    public NamespaceReference Namespace { get; } = reference;
    public string Name = string.Empty;
    public int Index;
    public ushort HardwareType;
    public CommonLinkSettings Common = s_nothing;
    public LinkLayerAddress? OtherAddress;
    public string? ParentDevice;
    public string? ParentDeviceBus;
    public string? Kind;
    public string? PortKind;
    public LinkState State;
    public LinkFlags Flags;
    public MacAddress? MacAddress;
    public MacAddress? PermanentMacAddress;
    public uint Mtu;
    public uint MinMtu;
    public uint MaxMtu;
    public string? Master;
    public int MasterIndex;
    public string? Parent;
    public int ParentIndex;
    public int? ParentNamespaceId;
    public FarLinks? Far;
    public uint Group;
    public string? Alias;
    public ValueList<string> AlternativeNames = [];
    public uint TxQueueLength;
    public uint Promiscuity;
    public string? QueueDiscipline;
    public LinkStatistics? Statistics;
    public LinkDetails? Details;
    public BridgePortSettings? PortSettings;
    public string? BackupPort;
    public BondPortSettings? BondPortSettings;
}
