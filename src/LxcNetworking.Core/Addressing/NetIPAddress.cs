using System.Runtime.InteropServices;
using LxcNetworking.Declarations;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>Whom packets to an address reach, under Windows's names.</summary>
public enum AddressType
{
    /// <summary>The one host that has it.</summary>
    Unicast = 1,

    /// <summary>The nearest of several hosts (IPv6).</summary>
    Anycast = 2,

    /// <summary>All members of a group.</summary>
    Multicast = 3,
}

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

/// <summary>An IP address of an interface as it was when it was read (IFA_* of linux/if_addr.h).</summary>
[AttributeSet]
public sealed partial record NetIPAddress : AttributeSet
{
    private const byte KernelLoopback = 1, KernelRouterAdvertisement = 2, KernelLinkLocal = 3;

    private static readonly NamespaceReference s_notRead = new(NamespaceReference.HostText);

    /// <summary>An address to send.</summary>
    internal NetIPAddress(IPPrefix prefix, int interfaceIndex, IPAddress? peer)
    {
        (Prefix, InterfaceIndex, Namespace) = (prefix, interfaceIndex, s_notRead);
        (Local, Address) = (prefix.Address, peer ?? prefix.Address);
    }

    /// <summary>Reads a message.</summary>
    /// <exception cref="NetlinkProtocolException">It has no address or interface in it.</exception>
    internal NetIPAddress(IfAddrMsg header, AttributeReader attributes, NamespaceReference reference)
        : this(attributes)
    {
        var own = Local ?? Address ?? Anycast ?? Multicast;
        if (own is null || (byte)IP.FamilyOf(own) != header.Family || header.Index <= 0)
        {
            throw new NetlinkProtocolException(
                "A message about an address has no address or interface of its own in it.");
        }

        (Prefix, InterfaceIndex, Namespace) = (IP.Prefix(own, header.PrefixLength), header.Index, reference);
        Scope = (NetScope)header.Scope;
        AllFlags ??= (AddressFlags)header.Flags;
    }

    private NetIPAddress(IPAddress group, int interfaceIndex, NamespaceReference reference)
        => (Multicast, Prefix, InterfaceIndex, Namespace) = (group, IP.Prefix(group, 32), interfaceIndex, reference);

    // Not public, as PowerShell would make an address of whatever has some of its properties.
    private NetIPAddress()
        => throw new NotSupportedException("An address is read from the kernel.");

    /// <summary>The address.</summary>
    public IPAddress IPAddress => Prefix.Address;

    /// <summary>The length of the network's prefix in bits (of the peer's, if there is one).</summary>
    public int PrefixLength => Prefix.Length;

    /// <summary>The address with its prefix length.</summary>
    public IPPrefix Prefix { get; }

    /// <summary>The interface's name.</summary>
    public string InterfaceAlias { get; internal set; } = string.Empty;

    /// <summary>The interface's index.</summary>
    public int InterfaceIndex { get; }

    /// <summary>IPv4 or IPv6.</summary>
    public IPFamily AddressFamily => IP.FamilyOf(IPAddress);

    /// <summary>Whom packets to it reach: this host, or also others.</summary>
    public AddressType Type => Local is not null || Address is not null ? AddressType.Unicast
        : Anycast is not null ? AddressType.Anycast : AddressType.Multicast;

    /// <summary>Whether it can be used.</summary>
    public AddressState AddressState => (Flags & AddressFlags.DuplicateFound) != 0 ? AddressState.Duplicate
        : (Flags & AddressFlags.Tentative) != 0 && (Flags & AddressFlags.Optimistic) == 0 ? AddressState.Tentative
        : (Flags & AddressFlags.Deprecated) != 0 ? AddressState.Deprecated : AddressState.Preferred;

    /// <summary>How far it reaches.</summary>
    public NetScope Scope { get; internal init; }

    /// <summary>IPv4: a name such as <c>eth0:1</c>, by default the interface's. IPv6: null.</summary>
    [Nla(3, Wire.Text)]
    public string? Label { get; internal init; }

    /// <summary>IPv4: the network's broadcast address, or null.</summary>
    [Nla(4, Wire.AnyAddress)]
    public IPAddress? Broadcast { get; internal init; }

    /// <summary>The other end's address on a point-to-point link, or null.</summary>
    public IPAddress? PeerAddress => Address is null || Address.Equals(IPAddress) ? null : Address;

    /// <summary>How long it stays; <see cref="Duration.Forever"/> if it has no end.</summary>
    public Duration ValidLifetime => Lifetimes?.ValidLifetime ?? Duration.Forever;

    /// <summary>How long new connections may start from it, or <see cref="Duration.Forever"/>.</summary>
    public Duration PreferredLifetime => Lifetimes?.PreferredLifetime ?? Duration.Forever;

    /// <summary>IPv6: true if no connection starts from it unless a program asks for it, as its preferred lifetime is
    /// over.</summary>
    public bool SkipAsSource => AddressFamily == IPFamily.IPv6 && (Flags & AddressFlags.Deprecated) != 0;

    /// <summary>Where it comes from, as far as the kernel tells (IFA_PROTO since Linux 5.18).</summary>
    public PrefixOrigin PrefixOrigin => Protocol switch
    {
        KernelLoopback or KernelLinkLocal => PrefixOrigin.WellKnown,
        KernelRouterAdvertisement => PrefixOrigin.RouterAdvertisement,
        (int)RouteProtocol.LxcNetworking => PrefixOrigin.Manual,
        null or 0 when IPAddress.IsLoopback(IPAddress) => PrefixOrigin.WellKnown,
        null or 0 when Type != AddressType.Unicast => PrefixOrigin.Other,
        null or 0 => PrefixOrigin.Manual,
        _ => PrefixOrigin.Other,
    };

    /// <summary>The number of the program that made it, or null (IFA_PROTO since Linux 5.18): 1 to 3 are the
    /// kernel's.</summary>
    [Nla(11, Wire.U8)]
    public int? Protocol { get; internal init; }

    /// <summary>The metric of the route to its network; 0 for the kernel's own choice.</summary>
    public long PrefixRouteMetric => Metric ?? 0;

    /// <summary>The kernel's flags.</summary>
    public AddressFlags Flags => AllFlags ?? AddressFlags.None;

    /// <summary>The namespace that it was read from.</summary>
    public NamespaceReference Namespace { get; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    [Nla(2, Wire.AnyAddress)]
    internal IPAddress? Local { get; init; }

    [Nla(1, Wire.AnyAddress)]
    internal IPAddress? Address { get; init; }

    [Nla(5, Wire.AnyAddress)]
    internal IPAddress? Anycast { get; init; }

    [Nla(7, Wire.AnyAddress)]
    internal IPAddress? Multicast { get; init; }

    [Nla(9, Wire.U32)]
    internal long? Metric { get; init; }

    [Nla(8, Wire.U32)]
    internal AddressFlags? AllFlags { get; init; }

    [Nla(6, Wire.Custom, Codec = typeof(AddressLifetimes))]
    internal AddressLifetimes? Lifetimes { get; init; }

    /// <summary>A group of IPv4 that a link is in.</summary>
    internal static NetIPAddress OfGroup(IPAddress group, int interfaceIndex, NamespaceReference reference)
        => new(group, interfaceIndex, reference);

    /// <summary>True for the same address of the same interface; one address can stand there with several lengths and
    /// peers.</summary>
    internal bool IsSame(NetIPAddress other) => InterfaceIndex == other.InterfaceIndex && Prefix.Equals(other.Prefix)
        && Equals(PeerAddress, other.PeerAddress);

    /// <inheritdoc/>
    public override string ToString() => Prefix.ToString();
}

/// <summary>How long an address stays, in seconds, 0xffffffff for ever (struct ifa_cacheinfo of
/// linux/if_addr.h).</summary>
/// <param name="Preferred">How long new connections may start from it.</param>
/// <param name="Valid">How long it is there.</param>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal readonly record struct AddressLifetimes(uint Preferred, uint Valid)
{
    public Duration ValidLifetime => Span(Valid);

    public Duration PreferredLifetime => Span(Preferred);

    public static AddressLifetimes? Read(NetlinkAttribute attribute) => attribute.AsStruct<AddressLifetimes>();

    public static void Write(NetlinkRequest request, ushort type, AddressLifetimes value) => request.Put(type, value);

    private static Duration Span(uint seconds)
        => seconds == uint.MaxValue ? Duration.Forever : TimeSpan.FromSeconds(seconds);
}
