using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>Writes and reads the messages about addresses (rtnetlink(7), linux/if_addr.h).</summary>
internal static class AddressMessages
{
    // What a program may set; the rest is the kernel's to tell.
    private const AddressFlags Settable = AddressFlags.SkipDuplicateAddressDetection | AddressFlags.Optimistic
        | AddressFlags.HomeAddress | AddressFlags.ManageTemporary | AddressFlags.NoPrefixRoute
        | AddressFlags.MulticastAutoJoin;

    /// <summary>The request that adds an address. IPv4 gives it back with the answer.</summary>
    public static NetlinkRequest Add(int interfaceIndex, AddressSpec spec) => Message(
        Rtm.NewAddr,
        NetlinkFlags.Create | NetlinkFlags.Exclusive | NetlinkFlags.Echo,
        spec.ToAddress(interfaceIndex));

    /// <summary>The request that changes an address; what does not change is sent as it is, because the kernel takes
    /// absence for the default.</summary>
    public static NetlinkRequest Change(NetIPAddress address, AddressChange change)
    {
        var (valid, preferred) = change.Lifetimes(address);
        var (validSeconds, preferredSeconds) = new AddressSpec(address.Prefix).Lifetimes(valid, preferred)
            ?? (uint.MaxValue, uint.MaxValue);
        return Message(
            Rtm.NewAddr,
            NetlinkFlags.Replace | NetlinkFlags.Echo,
            change.Over(ToSend(address, address.Prefix)) with
            {
                Label = null,
                Broadcast = null,
                Lifetimes = new AddressLifetimes(preferredSeconds, validSeconds),
            });
    }

    /// <summary>The request that creates an address again that was there: as it was, or with another prefix
    /// length.</summary>
    public static NetlinkRequest Again(NetIPAddress address, IPPrefix prefix)
    {
        // A broadcast address is that of a network.
        var broadcast = address.Broadcast is null || prefix.Equals(address.Prefix) ? address.Broadcast
            : prefix.Length < 31 ? prefix.LastAddress : null;
        var lifetimes = new AddressSpec(prefix).Lifetimes(address.ValidLifetime, address.PreferredLifetime);
        return Message(
            Rtm.NewAddr,
            NetlinkFlags.Create | NetlinkFlags.Exclusive | NetlinkFlags.Echo,
            ToSend(address, prefix) with
            {
                Broadcast = broadcast,
                Lifetimes = lifetimes is { } times ? new AddressLifetimes(times.Preferred, times.Valid) : null,
            });
    }

    /// <summary>The request that removes an address; IPv4 brings back what was removed.</summary>
    public static NetlinkRequest Remove(int interfaceIndex, IPPrefix prefix, IPAddress? peer) => Message(
        Rtm.DelAddr,
        NetlinkFlags.Echo,
        new NetIPAddress(prefix, interfaceIndex, peer));

    /// <summary>The request that reads one IPv6 address; IPv4 has none of its kind.</summary>
    public static NetlinkRequest Get(int interfaceIndex, IPAddress address) => new NetlinkRequest(Rtm.GetAddr).AsQuery()
        .Header(new IfAddrMsg { Family = Af.IPv6, Index = interfaceIndex }).PutAddress(Ifa.Address, address);

    /// <summary>Makes an address of a message.</summary>
    /// <exception cref="NetlinkProtocolException">The message is malformed.</exception>
    public static NetIPAddress? Parse(NetlinkReply reply, NamespaceReference reference)
    {
        if (reply.Type is not (Rtm.NewAddr or Rtm.DelAddr))
            return null;
        var attributes = reply.Read<IfAddrMsg>(out var header);
        return IP.FamilyOf(header.Family) is null ? null : new NetIPAddress(header, attributes, reference);
    }

    private static NetIPAddress ToSend(NetIPAddress address, IPPrefix prefix)
        => new(prefix, address.InterfaceIndex, address.PeerAddress)
        {
            Scope = address.Scope,
            Label = address.Label,
            Metric = address.PrefixRouteMetric == 0 ? null : address.PrefixRouteMetric,
            Protocol = address.Protocol,
            AllFlags = (address.Flags & Settable) is var flags and not 0 ? flags : null,
        };

    private static NetlinkRequest Message(ushort type, NetlinkFlags flags, NetIPAddress address)
    {
        var request = new NetlinkRequest(type, flags).Header(new IfAddrMsg
        {
            Family = (byte)address.AddressFamily,
            PrefixLength = (byte)address.PrefixLength,
            Scope = (byte)address.Scope,
            Index = address.InterfaceIndex,
        });
        address.Write(request);
        return request;
    }
}
