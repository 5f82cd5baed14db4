using LxcNetworking.Declarations;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links;

/// <summary>
/// What links of every kind have besides names, addresses and the MTU (IFLA_* of linux/if_link.h); null leaves the
/// present value.
/// </summary>
[AttributeSet]
public sealed partial record CommonLinkSettings : AttributeSet
{
    private const int AfSpec = 26, AfInet6 = 10;

    /// <summary>How many transmit queues it has; the kernel's own choice is one for most kinds.</summary>
    [Nla(31, Wire.U32, Min = 1, Max = 4096, Access = Access.CreateOnly)]
    public int? TxQueueCount { get; init; }

    /// <summary>How many receive queues it has.</summary>
    [Nla(32, Wire.U32, Min = 1, Max = 4096, Access = Access.CreateOnly)]
    public int? RxQueueCount { get; init; }

    /// <summary>Whether it asks for neighbours' addresses (ARP, neighbour discovery), and answers.</summary>
    [Computed]
    public bool? Arp { get; init; }

    /// <summary>Whether it can do multicast.</summary>
    [Computed]
    public bool? Multicast { get; init; }

    /// <summary>Whether it takes every multicast frame.</summary>
    [Computed]
    public bool? AllMulticast { get; init; }

    /// <summary>Whether its addresses go when it goes down; the kernel keeps the flag for programs.</summary>
    [Computed]
    public bool? Dynamic { get; init; }

    /// <summary>The largest packet in bytes that the stack hands it to be cut (GSO), for IPv6 where
    /// <see cref="GsoIPv4MaxSize"/> is for IPv4.</summary>
    [Nla(41, Wire.U32)]
    public int? GsoMaxSize { get; init; }

    /// <summary>How many segments such a packet may be cut into.</summary>
    [Nla(40, Wire.U32, Min = 1, Max = 65535)]
    public int? GsoMaxSegments { get; init; }

    /// <summary>The largest packet in bytes that received ones are put together to (GRO).</summary>
    [Nla(58, Wire.U32, Since = "5.19")]
    public int? GroMaxSize { get; init; }

    /// <summary>The largest IPv4 packet in bytes that the stack hands it to be cut.</summary>
    [Nla(63, Wire.U32, Since = "6.3")]
    public int? GsoIPv4MaxSize { get; init; }

    /// <summary>The largest IPv4 packet in bytes that received ones are put together to.</summary>
    [Nla(64, Wire.U32, Since = "6.3")]
    public int? GroIPv4MaxSize { get; init; }

    /// <summary>The largest packet in bytes that it can cut itself (TSO), which bounds
    /// <see cref="GsoMaxSize"/>.</summary>
    [Nla(59, Wire.U32, Access = Access.ReadOnly)]
    public int? TsoMaxSize { get; init; }

    /// <summary>How many segments it can cut such a packet into.</summary>
    [Nla(60, Wire.U32, Access = Access.ReadOnly)]
    public int? TsoMaxSegments { get; init; }

    /// <summary>The address that frames for every station go to; of a tunnel, its other end.</summary>
    [Nla(2, Wire.Custom, Codec = typeof(LinkLayerAddress))]
    public LinkLayerAddress? BroadcastAddress { get; init; }

    /// <summary>Whether it has a carrier, which a few kinds (dummy, tap, team …) let a program say.</summary>
    [Nla(33, Wire.U8, Access = Access.ChangeOnly)]
    public bool? Carrier { get; init; }

    /// <summary>How often the carrier came or went.</summary>
    [Nla(35, Wire.U32, Access = Access.ReadOnly)]
    public int? CarrierChanges { get; init; }

    /// <summary>How often the carrier came.</summary>
    [Nla(47, Wire.U32, Access = Access.ReadOnly)]
    public int? CarrierUpCount { get; init; }

    /// <summary>How often the carrier went.</summary>
    [Nla(48, Wire.U32, Access = Access.ReadOnly)]
    public int? CarrierDownCount { get; init; }

    /// <summary>Whether a program keeps it without a carrier, as routing daemons do (macvlan, VXLAN …).</summary>
    [Nla(39, Wire.U8, Access = Access.ChangeOnly)]
    public bool? ProtoDown { get; init; }

    /// <summary>The bits, 0 to 31, by which programs say why; while there is one, <see cref="ProtoDown"/>
    /// stays.</summary>
    [Nla(55, Wire.Custom, Codec = typeof(ProtoDownReasons), Access = Access.ChangeOnly)]
    public ValueList<int>? ProtoDownReason { get; init; }

    /// <summary>How the host part of its IPv6 addresses is made.</summary>
    [Nla(8, Wire.U8, Outer = AfSpec, In = AfInet6, Access = Access.ChangeOnly)]
    public AddressGenerationMode? AddressGenerationMode { get; init; }

    /// <summary>The host part of IPv6 addresses that routers announce the network of, such as ::5; :: for
    /// none.</summary>
    [Nla(7, Wire.Address, Outer = AfSpec, In = AfInet6, Access = Access.ChangeOnly)]
    public IPAddress? Token { get; init; }

    /// <summary>How many users want every multicast frame.</summary>
    [Nla(61, Wire.U32, Access = Access.ReadOnly)]
    internal int? AllMulticastUsers { get; init; }

    /// <summary>What goes into a message's header: the flags and which of them are meant.</summary>
    internal (LinkFlags Values, LinkFlags Meant) HeaderFlags
    {
        get
        {
            LinkFlags values = 0, meant = 0;
            foreach (var (flag, on) in new[]
            {
                (LinkFlags.NoArp, !Arp), (LinkFlags.Multicast, Multicast), (LinkFlags.AllMulticast, AllMulticast),
                (LinkFlags.Dynamic, Dynamic),
            })
            {
                meant |= on is null ? 0 : flag;
                values |= on == true ? flag : 0;
            }

            return (values, meant);
        }
    }

    /// <summary>Each that is said, with its name.</summary>
    internal IEnumerable<string> Texts => Properties.Where(property => property.IsSet(this))
        .Select(property => $"{property.Name} {property.TextOf(this)}");

    /// <summary>Checks what can be checked without a kernel.</summary>
    /// <param name="name">The link's name.</param>
    /// <param name="isNew">It is to be created.</param>
    /// <exception cref="NetworkException">InvalidArgument.</exception>
    internal void Validate(string name, bool isNew)
    {
        var problem = OutOfRange()
            ?? (ProtoDownReason?.Any(bit => bit is < 0 or > 31) == true ? "ProtoDownReason has bits 0 to 31" : null)
            ?? (Token is { AddressFamily: not System.Net.Sockets.AddressFamily.InterNetworkV6 }
                ? $"{Token} is no IPv6 Token" : null)
            ?? (isNew ? Declared.ChangeOnly(this, Properties) is { } later ? $"{later} is set once it is there" : null
                : OnlyAtCreation() is { } early ? $"{early} is chosen when the link is created and stays" : null);
        if (problem is not null)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"The settings for '{KernelText.Printable(name)}' cannot be: {problem}.",
                name);
        }
    }

    /// <summary>Checks that the kernel knows all that these settings say.</summary>
    /// <param name="link">The link, as it is.</param>
    /// <exception cref="NetworkException">NotSupported.</exception>
    internal void CheckKnown(NetLink link)
    {
        if (Declared.Unknown(this, link.Data.Common, isDone: false, Properties) is { Count: > 0 } names)
        {
            throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"This kernel does not know {string.Join(" and ", names)} of links.",
                link.Name);
        }
    }

    /// <summary>Those of another's values that are said here, each alone.</summary>
    internal IEnumerable<CommonLinkSettings> Each(CommonLinkSettings values)
        => Properties.Where(property => property.IsSet(this) && property.IsSet(values))
            .Select(property => property.Copy(new(), values));
}

/// <summary>How the host part of IPv6 addresses is made (IN6_ADDR_GEN_MODE_* of linux/if_link.h).</summary>
public enum AddressGenerationMode
{
    /// <summary>Of the link's own address.</summary>
    Eui64 = 0,

    /// <summary>There is no link-local address.</summary>
    None = 1,

    /// <summary>Of a secret (net.ipv6.conf.NAME.stable_secret), another one in each network.</summary>
    StableSecret = 2,

    /// <summary>As <see cref="StableSecret"/>, of a secret that the kernel makes itself.</summary>
    Random = 3,
}

/// <summary>The reasons to keep a link without a carrier (IFLA_PROTO_DOWN_REASON_* of linux/if_link.h).</summary>
internal static class ProtoDownReasons
{
    private const ushort Value = 2;

    public static ValueList<int> Read(NetlinkAttribute attribute)
    {
        var bits = attribute.Nested.TryFind(Value, out var value) ? value.AsUInt32() : 0;
        return [.. Enumerable.Range(0, 32).Where(bit => (bits & 1u << bit) != 0)];
    }

    // Without a mask the kernel takes all bits as meant.
    public static void Write(NetlinkRequest request, ushort type, ValueList<int> reasons)
        => request.Nest(type, nest => nest.Put(Value, reasons.Aggregate(0u, (bits, bit) => bits | 1u << bit)));
}
