using System.Runtime.InteropServices;
using LxcNetworking.Addressing;
using LxcNetworking.Declarations;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Bridges;

/// <summary>How long a bridge keeps a port in a multicast group (MDB_* of linux/if_bridge.h).</summary>
public enum BridgeMdbType
{
    /// <summary>Until its members have been silent for the membership interval.</summary>
    Temporary = 0,

    /// <summary>Until it is removed.</summary>
    Permanent = 1,
}

/// <summary>Which senders a list is of (MCAST_* of linux/in.h).</summary>
public enum MulticastFilterMode
{
    /// <summary>All but those in the list.</summary>
    Exclude = 0,

    /// <summary>Those in the list alone.</summary>
    Include = 1,
}

/// <summary>What else the kernel tells of an entry (MDB_FLAGS_* of linux/if_bridge.h).</summary>
[Flags]
public enum BridgeMdbFlags
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The hardware forwards it.</summary>
    Offloaded = 1,

    /// <summary>The port leaves the group as soon as one member does.</summary>
    FastLeave = 2,

    /// <summary>The kernel made it for a port that wants all senders.</summary>
    AddedForAllSenders = 4,

    /// <summary>What this sender sends to the group does not go to the port.</summary>
    Blocked = 8,

    /// <summary>The hardware did not take it.</summary>
    OffloadFailed = 16,
}

/// <summary>A port that gets a multicast group, as it was when it was read (struct br_mdb_entry and MDBA_MDB_EATTR_* of
/// linux/if_bridge.h).</summary>
[AttributeSet]
public sealed partial record BridgeMdbEntry : AttributeSet
{
    /// <summary>The bytes of struct br_mdb_entry.</summary>
    internal const int InfoSize = 28;

    private const int StateAt = 4, FlagsAt = 5, VlanAt = 6, GroupAt = 8;

    /// <summary>Reads what a message has of one entry.</summary>
    /// <exception cref="NetlinkProtocolException">It is malformed.</exception>
    internal BridgeMdbEntry(ReadOnlySpan<byte> info, NamespaceReference reference)
        : this(new AttributeReader(info.Length < InfoSize
            ? throw new NetlinkProtocolException($"A bridge's multicast entry has {info.Length} bytes.")
            : info[InfoSize..]))
    {
        Namespace = reference;
        InterfaceIndex = MemoryMarshal.Read<int>(info);
        Type = (BridgeMdbType)(info[StateAt] & 1);
        Flags = (BridgeMdbFlags)info[FlagsAt];
        VlanId = MemoryMarshal.Read<ushort>(info[VlanAt..]) is var id and not 0 ? id : null;
        Group = MulticastGroup.Read(info[GroupAt..])!;
        if (Type == BridgeMdbType.Permanent)
            Timer = null;
    }

    // Not public, as PowerShell would make an entry of whatever has some of its properties.
    private BridgeMdbEntry()
        => throw new NotSupportedException("An entry is read from the kernel.");

    /// <summary>The group; null where the protocol is not known.</summary>
    public MulticastGroup Group { get; } = null!;

    /// <summary>The port that gets it, or the bridge itself.</summary>
    public string InterfaceAlias { get; internal init; } = string.Empty;

    /// <summary>Its index.</summary>
    public int InterfaceIndex { get; }

    /// <summary>The bridge.</summary>
    public string Bridge { get; internal init; } = string.Empty;

    /// <summary>The VLAN, or null.</summary>
    public int? VlanId { get; }

    /// <summary>The one sender that the entry is about; null for every sender.</summary>
    [Nla(4, Wire.Address, Access = Access.ReadOnly)]
    public IPAddress? Source { get; internal init; }

    /// <summary>How long it stays.</summary>
    public BridgeMdbType Type { get; }

    /// <summary>The time until it goes; null for one that stays, zero for the bridge's own.</summary>
    [Nla(1, Wire.U32, Unit = Unit.Centiseconds, Access = Access.ReadOnly)]
    public Duration? Timer { get; internal init; }

    /// <summary>Which senders <see cref="SourceList"/> is of; null where the kernel does not tell.</summary>
    [Nla(3, Wire.U8, Access = Access.ReadOnly)]
    public MulticastFilterMode? FilterMode { get; internal init; }

    /// <summary>The senders that members have named.</summary>
    [Nla(2, Wire.Custom, Codec = typeof(MulticastSources), Access = Access.ReadOnly)]
    public ValueList<IPAddress>? SourceList { get; internal init; }

    /// <summary>Who made it; null where the kernel does not tell.</summary>
    [Nla(5, Wire.U8, Access = Access.ReadOnly)]
    public RouteProtocol? Protocol { get; internal init; }

    /// <summary>What else the kernel tells.</summary>
    public BridgeMdbFlags Flags { get; }

    /// <summary>True for the bridge itself, whose own programs get it.</summary>
    public bool Self => InterfaceAlias == Bridge;

    /// <summary>The namespace that it was read from.</summary>
    public NamespaceReference Namespace { get; } = null!;

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    /// <summary>What tells it from every other entry of its bridge.</summary>
    internal string Key => $"{InterfaceIndex}/{VlanId}/{Group}/{Source}";

    /// <summary>Writes struct br_mdb_entry.</summary>
    internal static byte[] Info(int link, int? vlan, MulticastGroup group, BridgeMdbType type)
    {
        var info = new byte[InfoSize];
        MemoryMarshal.Write(info, link);
        info[StateAt] = (byte)type;
        MemoryMarshal.Write(info.AsSpan(VlanAt), (ushort)(vlan ?? 0));
        group.Write(info.AsSpan(GroupAt));
        return info;
    }

    /// <inheritdoc/>
    public override string ToString() => Group.ToString();
}

/// <summary>Reads the senders of an entry (MDBA_MDB_SRCLIST_*).</summary>
internal static class MulticastSources
{
    private const ushort MDBA_MDB_SRCATTR_ADDRESS = 1;

    public static ValueList<IPAddress> Read(NetlinkAttribute attribute)
    {
        var result = new List<IPAddress>();
        foreach (var source in attribute.Nested)
        {
            if (source.Nested.TryFind(MDBA_MDB_SRCATTR_ADDRESS, out var address) && IP.Read(address) is { } found)
                result.Add(found);
        }

        return [.. result];
    }
}
