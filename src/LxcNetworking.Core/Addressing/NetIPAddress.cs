using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>How far an address has come, under Windows's names.</summary>
public enum AddressState
{
    /// <summary>It is of no use.</summary>
    Invalid = 0,

    /// <summary>Whether someone else has it is still being found out (IPv6 duplicate address detection).</summary>
    Tentative = 1,

    /// <summary>Someone else on the link has it; it is not used.</summary>
    Duplicate = 2,

    /// <summary>Its preferred lifetime is over; new connections do not start from it.</summary>
    Deprecated = 3,

    /// <summary>It works.</summary>
    Preferred = 4,
}

/// <summary>Where an address comes from, under Windows's names.</summary>
public enum PrefixOrigin
{
    /// <summary>From somewhere else.</summary>
    Other = 0,

    /// <summary>An administrator or program set it.</summary>
    Manual = 1,

    /// <summary>The kernel set it by itself: loopback and link-local addresses.</summary>
    WellKnown = 2,

    /// <summary>DHCP; the kernel does not tell it from <see cref="Manual"/>.</summary>
    Dhcp = 3,

    /// <summary>An IPv6 router announced it.</summary>
    RouterAdvertisement = 4,
}

/// <summary>An address's flags (IFA_F_* of linux/if_addr.h).</summary>
[Flags]
public enum AddressFlags
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>IPv4: another address of the same network came first. IPv6: a temporary address.</summary>
    Secondary = 0x01,

    /// <summary>No duplicate address detection.</summary>
    SkipDuplicateAddressDetection = 0x02,

    /// <summary>It is used while duplicate address detection is under way.</summary>
    Optimistic = 0x04,

    /// <summary>Duplicate address detection found another owner.</summary>
    DuplicateFound = 0x08,

    /// <summary>A Mobile IPv6 home address.</summary>
    HomeAddress = 0x10,

    /// <summary>The preferred lifetime is over.</summary>
    Deprecated = 0x20,

    /// <summary>Duplicate address detection is under way.</summary>
    Tentative = 0x40,

    /// <summary>It has no end.</summary>
    Permanent = 0x80,

    /// <summary>The kernel makes temporary addresses from it.</summary>
    ManageTemporary = 0x100,

    /// <summary>It came without a route to its network.</summary>
    NoPrefixRoute = 0x200,

    /// <summary>Its multicast group is joined on the link.</summary>
    MulticastAutoJoin = 0x400,

    /// <summary>Its host part is a stable random number.</summary>
    StablePrivacy = 0x800,
}

/// <summary>An IP address of an interface as it was when it was read.</summary>
public sealed class NetIPAddress
{
    internal NetIPAddress(IPPrefix prefix, int interfaceIndex, NamespaceReference reference)
        => (Prefix, InterfaceIndex, Namespace, PrefixLength) = (prefix, interfaceIndex, reference, prefix.Length);

    /// <summary>The address.</summary>
    public IPAddress IPAddress => Prefix.Address;

    /// <summary>The length of the network's prefix in bits (of the peer's, if there is one).</summary>
    public int PrefixLength { get; }

    /// <summary>The address with its prefix length.</summary>
    public IPPrefix Prefix { get; }

    /// <summary>The interface's name.</summary>
    public string InterfaceAlias { get; internal set; } = string.Empty;

    /// <summary>The interface's index.</summary>
    public int InterfaceIndex { get; }

    /// <summary>IPv4 or IPv6.</summary>
    public IPFamily AddressFamily => IP.FamilyOf(IPAddress);

    /// <summary>Whether it can be used.</summary>
    public AddressState AddressState => (Flags & AddressFlags.DuplicateFound) != 0 ? AddressState.Duplicate
        : (Flags & AddressFlags.Tentative) != 0 && (Flags & AddressFlags.Optimistic) == 0 ? AddressState.Tentative
        : (Flags & AddressFlags.Deprecated) != 0 ? AddressState.Deprecated : AddressState.Preferred;

    /// <summary>How far it reaches.</summary>
    public NetScope Scope { get; internal init; }

    /// <summary>IPv4: a name such as <c>eth0:1</c>, by default the interface's. IPv6: null.</summary>
    public string? Label { get; internal init; }

    /// <summary>IPv4: the network's broadcast address, or null.</summary>
    public IPAddress? Broadcast { get; internal init; }

    /// <summary>The other end's address on a point-to-point link, or null.</summary>
    public IPAddress? PeerAddress { get; internal init; }

    /// <summary>How long it stays; <see cref="Duration.Forever"/> if it has no end.</summary>
    public Duration ValidLifetime { get; internal init; } = Duration.Forever;

    /// <summary>How long new connections may start from it, or <see cref="Duration.Forever"/>.</summary>
    public Duration PreferredLifetime { get; internal init; } = Duration.Forever;

    /// <summary>Where it comes from, as far as the kernel tells (IFA_PROTO since Linux 5.18).</summary>
    public PrefixOrigin PrefixOrigin { get; internal init; }

    /// <summary>The metric of the route to its network; 0 for the kernel's own choice.</summary>
    public long PrefixRouteMetric { get; internal init; }

    /// <summary>The kernel's flags.</summary>
    public AddressFlags Flags { get; internal init; }

    /// <summary>The namespace that it was read from.</summary>
    public NamespaceReference Namespace { get; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    /// <summary>True for the same address of the same interface; one address can stand there with several lengths and peers.</summary>
    internal bool IsSame(NetIPAddress other) => InterfaceIndex == other.InterfaceIndex && Prefix.Equals(other.Prefix) && Equals(PeerAddress, other.PeerAddress);

    /// <inheritdoc/>
    public override string ToString() => Prefix.ToString();
}
