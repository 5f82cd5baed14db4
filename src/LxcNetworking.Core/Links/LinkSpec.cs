using System.Text;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Links;

/// <summary>A link to create. A kind that needs more than its settings derives its own.</summary>
/// <param name="name">The new link's name.</param>
/// <param name="settings">What its kind has of its own, which says which kind that is.</param>
public class LinkSpec(string name, LinkSettings settings)
{
    /// <summary>The longest name in bytes (IFNAMSIZ - 1).</summary>
    public const int MaxNameBytes = 15;

    /// <summary>The new link's name.</summary>
    public string Name { get; } = name;

    /// <summary>The kernel's kind (IFLA_INFO_KIND).</summary>
    public virtual string Kind => Settings.Kinds[0];

    /// <summary>What its kind has of its own.</summary>
    public LinkSettings Settings { get; private protected set; } = settings;

    /// <summary>The parent link, in the namespace that makes the link; null if the kind has none.</summary>
    public string? Parent { get; set; }

    /// <summary>The bridge, bond or VRF to join, in the new link's own namespace.</summary>
    public string? Master { get; set; }

    /// <summary>The master's index, where its maker has just looked it up.</summary>
    internal int? KnownMaster { get; set; }

    /// <summary>The namespace to create it in; null for the one of the stack.</summary>
    public NamespaceReference? TargetNamespace { get; set; }

    /// <summary>The Ethernet address; null for a random one of its own, or where the kind has that of another link, for
    /// that.</summary>
    public MacAddress? MacAddress { get; set; }

    /// <summary>The MTU in bytes; null for the kind's own.</summary>
    public int? Mtu { get; set; }

    /// <summary>The transmit queue's length in packets; null for the kind's own.</summary>
    public int? TxQueueLength { get; set; }

    /// <summary>The link group; null for 0.</summary>
    public int? Group { get; set; }

    /// <summary>A free text.</summary>
    public string? Alias { get; set; }

    /// <summary>The link group until it has its alias (<see cref="PendingMark"/>).</summary>
    internal int? PendingGroup { get; set; }

    /// <summary>Alternative names, which it gets as soon as it is there.</summary>
    internal IReadOnlyList<string> AlternativeNames { get; set; } = [];

    /// <summary>The index that it is to have; null to let the kernel choose.</summary>
    public int? Index { get; set; }

    /// <summary>Takes every frame.</summary>
    public bool Promiscuous { get; set; }

    /// <summary>What links of every kind have besides; null for the kind's own.</summary>
    public CommonLinkSettings? Common { get; set; }

    /// <summary>Brings it up at once.</summary>
    public bool Up { get; set; }

    /// <summary>Checks a new link's name against the kernel's rules (dev_valid_name).</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="NetworkException">InvalidName.</exception>
    public static void CheckName(string? name)
    {
        var problem = name switch
        {
            null or "" => "it is empty",
            "." or ".." => "it means a folder",
            _ when Encoding.UTF8.GetByteCount(name) > MaxNameBytes =>
                $"it has {Encoding.UTF8.GetByteCount(name)} bytes, and {MaxNameBytes} are the most",
            _ when name.Any(char.IsWhiteSpace) => "it has white space in it",
            _ when name.Contains('/', StringComparison.Ordinal)
                || name.Contains(':', StringComparison.Ordinal) => "it has a '/' or ':' in it",
            _ when name.Contains('%', StringComparison.Ordinal) => "it has a '%' in it, which the kernel would replace",
            _ when KernelText.Printable(name) != name => "it has characters in it that cannot be shown",
            _ => null,
        };
        if (problem is not null)
            throw new NetworkException(
                NetworkErrorCode.InvalidName,
                $"'{KernelText.Printable(name ?? string.Empty)}' cannot name an interface: {problem}. Choose a short "
                    + "plain name such as 'veth0'.",
                name);
    }

    /// <summary>Checks an Ethernet address that an interface is to own.</summary>
    /// <param name="address">The address.</param>
    /// <param name="name">The interface's name.</param>
    /// <exception cref="NetworkException">InvalidArgument for a multicast or all-zero address.</exception>
    public static void CheckMac(MacAddress? address, string name)
    {
        if (address is { } mac && (mac.IsMulticast || mac.IsZero))
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"{mac} cannot be the MAC address of '{name}': it is "
                    + $"{(mac.IsZero ? "all zero" : "a multicast address, as its first byte is odd")}. Try "
                    + $"02{mac.ToString()[2..]}.",
                name);
    }

    /// <summary>Checks an MTU for what no link takes; each link's own limits are the kernel's to check.</summary>
    /// <param name="mtu">Bytes.</param>
    /// <param name="name">The interface's name.</param>
    /// <exception cref="NetworkException">InvalidArgument.</exception>
    public static void CheckMtu(int? mtu, string name)
    {
        // What a link takes is for the kernel to say: 68 to 65535 bytes where its driver does not say otherwise,
        // anything for lo.
        if (mtu < 0)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument, $"{mtu} is no MTU for '{name}': it is a number of bytes.", name);
    }

    /// <summary>Checks the specification before anything is done.</summary>
    /// <exception cref="NetworkException">InvalidName or InvalidArgument.</exception>
    public virtual void Validate()
    {
        CheckName(Name);
        CheckMac(MacAddress, Name);
        CheckMtu(Mtu, Name);
        CheckText(Alias, Name);
        if (Index is < 1 || Group is < 0 || TxQueueLength is < 0)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"'{Name}' cannot be made: an index is 1 or more, and a group or queue length is not negative.",
                Name);
        }

        Common?.Validate(Name, isNew: true);
        Settings.Validate(Name);
    }

    /// <summary>True for kinds that depend on the namespace that they were created in: they are created there and then
    /// moved.</summary>
    internal virtual bool IsCreatedThenMoved => false;

    /// <summary>The MTU to ask for: the user's, or one that the kind chose.</summary>
    internal virtual int? RequestedMtu => Mtu;

    /// <summary>The MTU to set once the link is there, besides; null for none.</summary>
    internal virtual int? LaterMtu => null;

    /// <summary>Whether it has an Ethernet address that is neither another link's nor the user's to say.</summary>
    /// <remarks>
    /// An address that the creating message has counts as set by a user (NET_ADDR_SET). One that the kernel chose does
    /// not: udev puts another one in its place (MACAddressPolicy=persistent), and a bridge takes that of its lowest
    /// port. Left to the kernel are addresses that are another link's: of a VLAN, an ipvlan, a MACsec link, a macvlan
    /// in passthru mode, which have their parent's, and of a bond, which has its first port's.
    /// </remarks>
    internal virtual bool HasOwnMacAddress => LinkKinds.Find(Kind)?.HasOwnMacAddress == true;

    /// <summary>The Ethernet address to ask for: the user's, or one that the kind chose; null to let the kernel
    /// choose.</summary>
    internal virtual MacAddress? RequestedMacAddress => MacAddress ?? NewMacAddress();

    /// <summary>A random address for a link that has its own; null for the others.</summary>
    internal MacAddress? NewMacAddress() => HasOwnMacAddress ? Values.MacAddress.NewRandom() : null;

    /// <summary>Whether the same request can do without what was refused, and leaves it out from now on.</summary>
    /// <param name="refusal">What the kernel said.</param>
    internal virtual bool DoesWithout(NetlinkErrorException refusal) => false;

    /// <summary>Checks what only the running system can tell, before anything is changed.</summary>
    /// <param name="stack">Where the link is made.</param>
    /// <param name="cancellation">Ends the wait.</param>
    internal virtual void Check(NetworkStack stack, CancellationToken cancellation)
    {
    }

    /// <summary>Explains a refusal in the kind's own words; null for the words that all kinds share.</summary>
    /// <param name="refusal">What the kernel said.</param>
    /// <param name="stack">Where the link was to be made.</param>
    internal virtual NetworkException? Explain(NetlinkErrorException refusal, NetworkStack stack) => null;

    /// <summary>Creates the link from a namespace, by whatever makes links of its kind.</summary>
    /// <returns>The link, read back; of a pair the near end.</returns>
    internal virtual NetLink CreateFrom(LinkOperations links, CancellationToken cancellation)
        => links.Create(this, cancellation);

    /// <summary>Does what is left to do once the link is there; if it fails, the link is removed again.</summary>
    /// <param name="link">The link as read back.</param>
    /// <param name="where">Where it was created.</param>
    /// <returns>The link to hand out.</returns>
    internal virtual NetLink Finish(NetLink link, NetworkStack where) => link;

    /// <summary>What a refusal can mean for this kind.</summary>
    internal virtual Hint? RefusalHint(int errno) => Settings.RefusalHint(errno);

    /// <summary>The other end, for kinds that are pairs.</summary>
    internal virtual LinkSpec? OtherEnd => null;

    /// <summary>Writes the other end, inside IFLA_INFO_DATA.</summary>
    /// <param name="data">The request, inside the attribute.</param>
    /// <param name="namespaceFile">The namespace that the other end is created in; null for this one's own.</param>
    internal virtual void WriteOtherEnd(NetlinkRequest data, SafeFileHandle? namespaceFile)
    {
    }

    /// <summary>The header of a request, or of VETH_INFO_PEER, where a link cannot come up yet.</summary>
    internal IfInfoMsg Header(bool up)
    {
        var (values, meant) = Common?.HeaderFlags ?? default;
        var others = (Promiscuous ? LinkFlags.Promiscuous : 0) | (up ? LinkFlags.Up : 0);
        return new IfInfoMsg
        {
            Index = Index ?? 0,
            Flags = (uint)(values | others),
            Change = (uint)(meant | others),
        };
    }

    /// <summary>Writes what links of every kind have, into a request or into VETH_INFO_PEER.</summary>
    internal void WriteCommon(
        NetlinkRequest request,
        string name,
        int parentIndex,
        int masterIndex,
        SafeFileHandle? namespaceFile,
        MacAddress? macAddress)
    {
        request.PutString(Ifla.IfName, name);
        if (parentIndex != 0)
            request.Put(Ifla.Link, parentIndex);
        if (masterIndex != 0)
            request.Put(Ifla.Master, masterIndex);
        if (namespaceFile is not null)
            request.Put(Ifla.NetNsFd, (int)namespaceFile.DangerousGetHandle());
        if (macAddress is { } mac)
            request.Put(Ifla.Address, mac.ToArray());
        if (RequestedMtu is { } mtu)
            request.Put(Ifla.Mtu, (uint)mtu);
        if (TxQueueLength is { } length)
            request.Put(Ifla.TxQLen, (uint)length);
        // An alias, by which a link may be known to be part of something, is set by a message of its own.
        if ((Alias is null ? Group : PendingGroup) is { } group)
            request.Put(Ifla.Group, (uint)group);
        Common?.Write(request);
    }

    internal static void CheckText(string? alias, string name)
    {
        if (alias is not null && (KernelText.Encode(alias).Length > 255 || !KernelText.IsPlain(alias)))
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"The alias of '{name}' must be at most 255 bytes of plain text.",
                name);
    }
}
