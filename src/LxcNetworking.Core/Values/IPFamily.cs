using System.Net.Sockets;
using LxcNetworking.Declarations;
using LxcNetworking.Netlink;

namespace LxcNetworking.Values;

/// <summary>The Internet protocol's version, with the kernel's number for it (AF_INET, AF_INET6).</summary>
public enum IPFamily
{
    /// <summary>IPv4.</summary>
    IPv4 = 2,

    /// <summary>IPv6.</summary>
    IPv6 = 10,
}

/// <summary>How far an address or route reaches (RT_SCOPE_* of linux/rtnetlink.h).</summary>
[OpenEnum]
public enum NetScope
{
    /// <summary>Everywhere.</summary>
    Global = 0,

    /// <summary>This site (IPv6, deprecated).</summary>
    Site = 200,

    /// <summary>This link.</summary>
    Link = 253,

    /// <summary>This host.</summary>
    Host = 254,

    /// <summary>Nowhere.</summary>
    Nowhere = 255,
}

/// <summary>What addresses, routes and neighbours need alike.</summary>
internal static class IP
{
    /// <summary>An address's family.</summary>
    public static IPFamily FamilyOf(IPAddress address)
        => address.AddressFamily == AddressFamily.InterNetworkV6 ? IPFamily.IPv6 : IPFamily.IPv4;

    /// <summary>0.0.0.0 or ::.</summary>
    public static IPAddress Any(IPFamily family) => family == IPFamily.IPv6 ? IPAddress.IPv6Any : IPAddress.Any;

    /// <summary>True for 0.0.0.0 and ::.</summary>
    public static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    /// <summary>32 or 128.</summary>
    public static int FullLength(IPFamily family) => family == IPFamily.IPv6 ? 128 : 32;

    /// <summary>True for an address of a group of receivers.</summary>
    public static bool IsMulticast(IPAddress address) => address.IsIPv6Multicast
        || (address.AddressFamily == AddressFamily.InterNetwork && (address.GetAddressBytes()[0] & 0xf0) == 0xe0);

    /// <summary>An address without the scope that it may come with (fe80::5%2), which netlink has no room for: it names
    /// the interface apart.</summary>
    /// <param name="address">The address.</param>
    /// <param name="interfaceIndex">The interface that it is on.</param>
    /// <exception cref="NetworkException">InvalidArgument: the scope is another interface.</exception>
    public static IPAddress Unscoped(IPAddress address, int interfaceIndex)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || address.ScopeId == 0)
            return address;
        var plain = new IPAddress(address.GetAddressBytes());
        return address.ScopeId == interfaceIndex
            ? plain
            : throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"{address} is {plain} on interface {address.ScopeId}, which is not the one that is meant here. Write "
                    + $"{plain}, and name the interface apart from it.",
                address.ToString());
    }

    /// <summary>Reads an attribute that holds an address.</summary>
    /// <exception cref="NetlinkProtocolException">It is neither 4 nor 16 bytes long.</exception>
    public static IPAddress Read(NetlinkAttribute attribute) => attribute.Value.Length is 4 or 16
        ? new IPAddress(attribute.Value)
        : throw new NetlinkProtocolException(
            $"Attribute {attribute.Type} is {attribute.Value.Length} bytes long, which no IP address is.");

    /// <summary>The same; null for 0.0.0.0 and ::, which the kernel writes for none.</summary>
    /// <exception cref="NetlinkProtocolException">It is neither 4 nor 16 bytes long.</exception>
    public static IPAddress? ReadOptional(NetlinkAttribute attribute)
        => attribute.Value.Length is 4 or 16 && !attribute.Value.ContainsAnyExcept((byte)0) ? null : Read(attribute);

    /// <summary>Writes an address into an attribute.</summary>
    public static NetlinkRequest PutAddress(this NetlinkRequest request, ushort type, IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        return request.Put(type, bytes[..length]);
    }

    /// <summary>A prefix of a message; a length that does not fit is a malformed message.</summary>
    /// <exception cref="NetlinkProtocolException">The length does not fit the family.</exception>
    public static IPPrefix Prefix(IPAddress address, byte length) => length <= FullLength(FamilyOf(address))
        ? new IPPrefix(address, length)
        : throw new NetlinkProtocolException($"A prefix length of {length} does not fit {address}.");

    /// <summary>A family's number in a message's header, or null for families that are not IP.</summary>
    public static IPFamily? FamilyOf(byte family)
        => family is (byte)IPFamily.IPv4 or (byte)IPFamily.IPv6 ? (IPFamily)family : null;
}
