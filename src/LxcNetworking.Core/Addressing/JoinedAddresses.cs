using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>Reads the anycast addresses and multicast groups that links receive packets for.</summary>
internal sealed class JoinedAddresses(NetworkStack stack)
{
    // What the kernel told of IPv4's groups before Linux 6.15.
    private const string GroupFile = "/proc/thread-self/net/igmp";

    /// <summary>Lists those of one type.</summary>
    /// <exception cref="NetlinkException">The kernel did not answer as it should.</exception>
    public List<NetIPAddress> List(AddressType type, AddressFilter? filter, CancellationToken cancellation)
    {
        var found = new List<NetIPAddress>();
        if (type == AddressType.Multicast && filter?.Family != IPFamily.IPv6)
            found.AddRange(Dump(Rtm.GetMulticast, Af.IPv4, cancellation) ?? ReadGroups());
        if (filter?.Family != IPFamily.IPv4)
        {
            var message = type == AddressType.Multicast ? Rtm.GetMulticast : Rtm.GetAnycast;
            found.AddRange(Dump(message, Af.IPv6, cancellation) ?? []);
        }

        return filter is null ? found
            : found.FindAll(address => filter.Takes(address.InterfaceIndex, address.AddressFamily));
    }

    /// <summary>Reads the lines of /proc/net/igmp: those of a link, and those of its groups, which begin with a
    /// tab.</summary>
    internal static IEnumerable<NetIPAddress> ReadGroups(IEnumerable<string> lines, NamespaceReference reference)
    {
        var index = 0;
        foreach (var line in lines)
        {
            var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words is not [var first, ..])
                continue;
            if (char.IsAsciiDigit(line[0]))
            {
                index = Digits.TryParse(first, out int number) ? number : 0;
            }
            else if (index > 0 && first.Length == 8 && Digits.TryParseHex(first, out uint group))
            {
                // The kernel writes the bytes of an address as one number of this machine.
                yield return NetIPAddress.OfGroup(new IPAddress(BitConverter.GetBytes(group)), index, reference);
            }
        }
    }

    // Null where the kernel has no such list. A part of it that changes meanwhile is read again.
    private List<NetIPAddress>? Dump(ushort message, byte family, CancellationToken cancellation)
    {
        using var request = new NetlinkRequest(message).Header(new IfAddrMsg { Family = family });
        try
        {
            return stack.DumpListening(
                request,
                reply => Parse(reply, family),
                address => (address.InterfaceIndex, address.IPAddress),
                type => type is Rtm.DelAddr or Rtm.DelLink,
                [RtnlGroup.Link, RtnlGroup.IPv6IfAddr],
                cancellation);
        }
        catch (NetlinkErrorException e) when (e.Errno is LibC.EOPNOTSUPP or LibC.EAFNOSUPPORT)
        {
            return null;
        }
    }

    // An answer of IPv6 has the type of the request, and that of a notification since Linux 6.14.
    private NetIPAddress? Parse(NetlinkReply reply, byte family)
    {
        if (reply.Type is not (Rtm.NewMulticast or Rtm.GetMulticast or Rtm.NewAnycast or Rtm.GetAnycast))
            return null;
        var attributes = reply.Read<IfAddrMsg>(out var header);
        return header.Family == family ? new NetIPAddress(header, attributes, stack.Namespace) : null;
    }

    private List<NetIPAddress> ReadGroups()
    {
        try
        {
            return stack.Within(() => ReadGroups(File.ReadLines(GroupFile), stack.Namespace).ToList());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"This kernel tells of IPv4's multicast groups only in /proc/net/igmp, which cannot be read: "
                    + $"{e.Message}",
                stack.Namespace.Text,
                e);
        }
    }
}
