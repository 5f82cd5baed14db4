using LxcNetworking.Declarations;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>What is known about a neighbour (NUD_* of linux/neighbour.h).</summary>
public enum NeighborState
{
    /// <summary>Nothing; proxy entries have no other state.</summary>
    None = 0,

    /// <summary>It is being asked for the first time.</summary>
    Incomplete = 0x01,

    /// <summary>It answered a moment ago.</summary>
    Reachable = 0x02,

    /// <summary>It answered some time ago and will be asked when it is needed.</summary>
    Stale = 0x04,

    /// <summary>It is being used, and asked soon if it says nothing by itself.</summary>
    Delay = 0x08,

    /// <summary>It is being asked again.</summary>
    Probe = 0x10,

    /// <summary>It did not answer.</summary>
    Failed = 0x20,

    /// <summary>It needs no asking: multicast, loopback, point-to-point links.</summary>
    NoArp = 0x40,

    /// <summary>An administrator or program set it, and it stays.</summary>
    Permanent = 0x80,
}

/// <summary>A neighbour's flags (NTF_* of linux/neighbour.h).</summary>
[Flags]
public enum NeighborFlags
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The kernel uses it of its own accord.</summary>
    Use = 0x01,

    /// <summary>It belongs to the link itself (bridges).</summary>
    Self = 0x02,

    /// <summary>It belongs to the link's master (bridges).</summary>
    Master = 0x04,

    /// <summary>This host answers for it.</summary>
    Proxy = 0x08,

    /// <summary>A program learned it elsewhere.</summary>
    ExternallyLearned = 0x10,

    /// <summary>Hardware forwards to it.</summary>
    Offloaded = 0x20,

    /// <summary>It is not replaced by what the network tells.</summary>
    Sticky = 0x40,

    /// <summary>IPv6: it is a router.</summary>
    Router = 0x80,

    /// <summary>The kernel finds it and keeps it known by itself (NTF_EXT_MANAGED).</summary>
    Managed = 0x100,

    /// <summary>A locked bridge port knows of it and lets nothing of it in (NTF_EXT_LOCKED).</summary>
    Locked = 0x200,

    /// <summary>A program makes sure that it is there, and the kernel does not ask (NTF_EXT_EXT_VALIDATED).</summary>
    ExternallyValidated = 0x400,
}

/// <summary>An entry of the neighbour (ARP, NDP) table as it was when it was read (NDA_* of
/// linux/neighbour.h).</summary>
[AttributeSet]
public sealed partial record NetNeighbor : AttributeSet
{
    // The kernel's further flags follow those of the header.
    internal const int ExtendedShift = 8;

    /// <summary>Reads a message.</summary>
    /// <exception cref="NetlinkProtocolException">It has no address of its family in it.</exception>
    internal NetNeighbor(NdMsg header, AttributeReader attributes, NamespaceReference reference)
        : this(attributes)
    {
        if (IPAddress is null || (byte)IP.FamilyOf(IPAddress) != header.Family)
            throw new NetlinkProtocolException("A message about a neighbour has no address of its family in it.");
        (InterfaceIndex, Namespace) = (header.Index, reference);
        State = (NeighborState)header.State;
        Flags = (NeighborFlags)(header.Flags | (ExtendedFlags ?? 0) << ExtendedShift);
    }

    // Not public, as PowerShell would make an entry of whatever has some of its properties.
    private NetNeighbor()
        => throw new NotSupportedException("An entry is read from the kernel.");

    /// <summary>The neighbour's IP address.</summary>
    [Nla(1, Wire.AnyAddress)]
    public IPAddress IPAddress { get; internal init; }

    /// <summary>Its Ethernet address, or on a tunnel the IP address of its end; null if it is not known or the link has
    /// none.</summary>
    [Nla(2, Wire.Custom, Codec = typeof(LinkLayerAddress))]
    public LinkLayerAddress? LinkLayerAddress { get; internal init; }

    /// <summary>Who made it, where that was said (Linux 5.2).</summary>
    [Nla(12, Wire.U8)]
    public RouteProtocol? Protocol { get; internal init; }

    /// <summary>The interface's name.</summary>
    public string InterfaceAlias { get; internal set; } = string.Empty;

    /// <summary>The interface's index; 0 for a proxy entry of all interfaces.</summary>
    public int InterfaceIndex { get; }

    /// <summary>What is known about it.</summary>
    public NeighborState State { get; internal init; }

    /// <summary>The kernel's flags.</summary>
    public NeighborFlags Flags { get; internal init; }

    /// <summary>True if this host answers for it.</summary>
    public bool Proxy => (Flags & NeighborFlags.Proxy) != 0;

    /// <summary>True if it said that it is a router (IPv6).</summary>
    public bool IsRouter => (Flags & NeighborFlags.Router) != 0;

    /// <summary>True if a program learned it elsewhere.</summary>
    public bool IsExternallyLearned => (Flags & NeighborFlags.ExternallyLearned) != 0;

    /// <summary>True if the kernel finds it and keeps it known by itself.</summary>
    public bool IsManaged => (Flags & NeighborFlags.Managed) != 0;

    [Nla(15, Wire.U32, Max = 0xffffff)]
    internal int? ExtendedFlags { get; init; }

    /// <summary>IPv4 or IPv6.</summary>
    public IPFamily AddressFamily => IP.FamilyOf(IPAddress);

    /// <summary>The namespace that it was read from.</summary>
    public NamespaceReference Namespace { get; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    /// <inheritdoc/>
    public override string ToString()
        => $"{IPAddress}{(LinkLayerAddress is { } address ? $" lladdr {address}" : string.Empty)} dev {InterfaceAlias}";
}
