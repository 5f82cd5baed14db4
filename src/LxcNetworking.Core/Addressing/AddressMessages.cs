using System.Runtime.InteropServices;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>Writes and reads the messages about addresses (rtnetlink(7), linux/if_addr.h).</summary>
internal static class AddressMessages
{
    private const byte KernelLoopback = 1, KernelRouterAdvertisement = 2, KernelLinkLocal = 3;

    // What a program may set; the rest is the kernel's to tell.
    private const AddressFlags Settable = AddressFlags.SkipDuplicateAddressDetection | AddressFlags.Optimistic | AddressFlags.HomeAddress
        | AddressFlags.ManageTemporary | AddressFlags.NoPrefixRoute | AddressFlags.MulticastAutoJoin;

    /// <summary>The request that adds an address. IPv4 gives it back with the answer.</summary>
    public static NetlinkRequest Add(int interfaceIndex, AddressSpec spec)
    {
        var address = spec.Prefix.Address;
        var flags = (spec.SkipDuplicateAddressDetection ? AddressFlags.SkipDuplicateAddressDetection : 0) | (spec.NoPrefixRoute ? AddressFlags.NoPrefixRoute : 0);
        var scope = spec.Scope ?? (IPAddress.IsLoopback(address) ? NetScope.Host : NetScope.Global);
        var request = Begin(Rtm.NewAddr, NetlinkFlags.Create | NetlinkFlags.Exclusive | NetlinkFlags.Echo, interfaceIndex, spec.Prefix, scope, spec.PeerAddress);
        if (IP.FamilyOf(address) == IPFamily.IPv4)
        {
            var broadcast = spec.Broadcast ?? (spec.PeerAddress is null && spec.Prefix.Length < 31 && !IPAddress.IsLoopback(address) ? spec.Prefix.LastAddress : null);
            if (broadcast is not null && !IP.IsAny(broadcast))
                request.PutAddress(Ifa.Broadcast, broadcast);
        }

        if (spec.Label is { } label)
            request.PutString(Ifa.Label, label);
        return PutRest(request, flags, spec.Lifetimes(spec.ValidLifetime, spec.PreferredLifetime));
    }

    /// <summary>The request that changes an address's lifetimes; everything else is sent as it is, because the kernel takes absence for the default.</summary>
    public static NetlinkRequest Change(NetIPAddress address, (uint Valid, uint Preferred)? lifetimes)
    {
        var request = Begin(Rtm.NewAddr, NetlinkFlags.Replace | NetlinkFlags.Echo, address.InterfaceIndex, address.Prefix, address.Scope, address.PeerAddress);
        if (address.PrefixRouteMetric != 0)
            request.Put(Ifa.RtPriority, (uint)address.PrefixRouteMetric);
        return PutRest(request, address.Flags & Settable, lifetimes);
    }

    /// <summary>The request that makes an address that was there again: as it was, or with another prefix length or other lifetimes.</summary>
    public static NetlinkRequest Again(NetIPAddress address, IPPrefix prefix, (uint Valid, uint Preferred)? lifetimes)
    {
        var request = Begin(Rtm.NewAddr, NetlinkFlags.Create | NetlinkFlags.Exclusive | NetlinkFlags.Echo, address.InterfaceIndex, prefix, address.Scope, address.PeerAddress);
        // A broadcast address is that of a network.
        var broadcast = address.Broadcast is null || prefix.Equals(address.Prefix) ? address.Broadcast : prefix.Length < 31 ? prefix.LastAddress : null;
        if (broadcast is not null)
            request.PutAddress(Ifa.Broadcast, broadcast);
        if (address.Label is { } label)
            request.PutString(Ifa.Label, label);
        if (address.PrefixRouteMetric != 0)
            request.Put(Ifa.RtPriority, (uint)address.PrefixRouteMetric);
        return PutRest(request, address.Flags & Settable, lifetimes);
    }

    /// <summary>The request that removes an address; IPv4 brings back what was removed.</summary>
    public static NetlinkRequest Remove(int interfaceIndex, IPPrefix prefix, IPAddress? peer)
        => Begin(Rtm.DelAddr, NetlinkFlags.Echo, interfaceIndex, prefix, NetScope.Global, peer);

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
        if (IP.FamilyOf(header.Family) is not { } family)
            return null;
        IPAddress? address = null, local = null, broadcast = null;
        string? label = null;
        uint flags = header.Flags;
        uint metric = 0;
        var times = new AddressCacheInfo { Valid = uint.MaxValue, Preferred = uint.MaxValue };
        byte? origin = null;
        foreach (var attribute in attributes)
        {
            switch (attribute.Type)
            {
                case Ifa.Address: address = IP.Read(attribute); break;
                case Ifa.Local: local = IP.Read(attribute); break;
                case Ifa.Broadcast: broadcast = IP.Read(attribute); break;
                case Ifa.Label: label = attribute.AsString(); break;
                case Ifa.Flags: flags = attribute.AsUInt32(); break;
                case Ifa.RtPriority: metric = attribute.AsUInt32(); break;
                case Ifa.CacheInfo: times = attribute.AsStruct<AddressCacheInfo>(); break;
                case Ifa.Protocol: origin = attribute.AsByte(); break;
            }
        }

        var own = local ?? address;
        if (own is null || IP.FamilyOf(own) != family || header.Index <= 0)
            throw new NetlinkProtocolException("A message about an address has no address or interface of its own in it.");
        return new NetIPAddress(IP.Prefix(own, header.PrefixLength), header.Index, reference)
        {
            Scope = (NetScope)header.Scope,
            Label = label,
            Broadcast = broadcast,
            PeerAddress = address is null || address.Equals(own) ? null : address,
            ValidLifetime = Span(times.Valid),
            PreferredLifetime = Span(times.Preferred),
            Flags = (AddressFlags)flags,
            PrefixRouteMetric = metric,
            PrefixOrigin = origin switch
            {
                KernelLoopback or KernelLinkLocal => PrefixOrigin.WellKnown,
                KernelRouterAdvertisement => PrefixOrigin.RouterAdvertisement,
                null or 0 when IPAddress.IsLoopback(own) => PrefixOrigin.WellKnown,
                null or 0 => PrefixOrigin.Manual,
                _ => PrefixOrigin.Other,
            },
        };
    }

    private static NetlinkRequest Begin(ushort type, NetlinkFlags flags, int interfaceIndex, IPPrefix prefix, NetScope scope, IPAddress? peer) => new NetlinkRequest(type, flags)
        .Header(new IfAddrMsg { Family = (byte)IP.FamilyOf(prefix.Address), PrefixLength = (byte)prefix.Length, Scope = (byte)scope, Index = interfaceIndex })
        .PutAddress(Ifa.Local, prefix.Address)
        .PutAddress(Ifa.Address, peer ?? prefix.Address);

    private static NetlinkRequest PutRest(NetlinkRequest request, AddressFlags flags, (uint Valid, uint Preferred)? lifetimes)
    {
        if (flags != 0)
            request.Put(Ifa.Flags, (uint)flags);
        if (lifetimes is { } times)
            request.Put(Ifa.CacheInfo, new AddressCacheInfo { Valid = times.Valid, Preferred = times.Preferred });
        return request;
    }

    private static TimeSpan Span(uint seconds) => seconds == uint.MaxValue ? TimeSpan.MaxValue : TimeSpan.FromSeconds(seconds);

    // struct ifa_cacheinfo.
    [StructLayout(LayoutKind.Sequential)]
    private struct AddressCacheInfo
    {
        public uint Preferred;
        public uint Valid;
        public uint Created;
        public uint Updated;
    }
}
