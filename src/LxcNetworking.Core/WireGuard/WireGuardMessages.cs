using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using LxcNetworking.Generic;
using LxcNetworking.Links;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.WireGuard;

/// <summary>Writes and reads the messages of the generic netlink family "wireguard".</summary>
internal static class WireGuardMessages
{
    /// <summary>How many prefixes go in one message.</summary>
    public const int MaxPrefixes = 1000;

    public static void WriteSettings(NetlinkRequest request, int index, WireGuardSettings settings)
    {
        request.Put(WgDevice.IfIndex, (uint)index);
        if (settings.PrivateKey is { } key)
            request.Put(WgDevice.PrivateKey, key.Bytes);
        if (settings.ListenPort is { } port)
            request.Put(WgDevice.ListenPort, (ushort)port);
        if (settings.FirewallMark is { } mark)
            request.Put(WgDevice.FwMark, mark);
    }

    /// <summary>Writes a peer, with as many prefixes as fit.</summary>
    /// <param name="request">The request.</param>
    /// <param name="index">The link.</param>
    /// <param name="spec">The peer.</param>
    /// <param name="flags">WGPEER_F_*.</param>
    /// <param name="skip">How many prefixes an earlier message brought; only prefixes are written then.</param>
    public static void WritePeer(NetlinkRequest request, int index, WireGuardPeerSpec spec, uint flags, int skip = 0)
        => request.Put(WgDevice.IfIndex, (uint)index).Nest(WgDevice.Peers, peers => peers.Nest(0, peer =>
        {
            peer.Put(WgPeer.PublicKey, spec.PublicKey.Bytes).Put(WgPeer.Flags, flags);
            if (skip == 0)
            {
                if (spec.PresharedKey is { } key)
                    peer.Put(WgPeer.PresharedKey, key.Bytes);
                if (spec.Endpoint is { } endpoint)
                    peer.Put(WgPeer.Endpoint, WriteEndpoint(endpoint));
                if (spec.PersistentKeepalive is { } keepalive)
                    peer.Put(WgPeer.PersistentKeepalive, (ushort)keepalive.TotalSeconds);
            }

            if (spec.AllowedIP is not { } prefixes)
                return;
            peer.Nest(WgPeer.AllowedIPs, list =>
            {
                foreach (var prefix in prefixes.Skip(skip).Take(MaxPrefixes))
                {
                    var network = prefix.Network;
                    list.Nest(0, item => item
                        .Put(
                            WgAllowedIP.Family,
                            (ushort)(prefix.AddressFamily == AddressFamily.InterNetworkV6 ? Af.IPv6 : Af.IPv4))
                        .Put(WgAllowedIP.Address, network.Address.GetAddressBytes())
                        .Put(WgAllowedIP.Length, (byte)network.Length));
                }
            });
        }));

    /// <summary>Reads one message of a device's dump.</summary>
    public static WireGuardPart Read(NetlinkReply reply, NetLink link)
    {
        var part = new WireGuardPart();
        foreach (var attribute in reply.Read<GenlMsgHdr>(out _))
        {
            switch (attribute.Type)
            {
                case WgDevice.PublicKey: part.PublicKey = new WireGuardPublicKey(attribute.Value); break;
                case WgDevice.ListenPort: part.ListenPort = attribute.AsUInt16(); break;
                case WgDevice.FwMark: part.FirewallMark = attribute.AsUInt32(); break;
                case WgDevice.Peers:
                    foreach (var peer in attribute.Nested)
                        part.Peers.Add(ReadPeer(peer.Nested, link));
                    break;
            }
        }

        return part;
    }

    /// <summary>Puts a dump's messages together: where a peer's prefixes do not fit into one, the next one goes on with
    /// them.</summary>
    public static WireGuardPart Join(IReadOnlyList<WireGuardPart> parts)
    {
        var result = new WireGuardPart();
        foreach (var part in parts)
        {
            result.PublicKey ??= part.PublicKey;
            result.ListenPort = Math.Max(result.ListenPort, part.ListenPort);
            result.FirewallMark = Math.Max(result.FirewallMark, part.FirewallMark);
            foreach (var peer in part.Peers)
            {
                if (result.Peers is [.., var last] && last.PublicKey.Equals(peer.PublicKey))
                    last.AllowedIP = [.. last.AllowedIP, .. peer.AllowedIP];
                else
                    result.Peers.Add(peer);
            }
        }

        return result;
    }

    private static WireGuardPeer ReadPeer(AttributeReader attributes, NetLink link)
    {
        if (!attributes.TryFind(WgPeer.PublicKey, out var key))
            throw new NetlinkProtocolException("A WireGuard peer came without its public key.");
        var peer = new WireGuardPeer(link, new WireGuardPublicKey(key.Value));
        foreach (var attribute in attributes)
        {
            switch (attribute.Type)
            {
                case WgPeer.PresharedKey: peer.HasPresharedKey = attribute.Value.ContainsAnyExcept((byte)0); break;
                case WgPeer.Endpoint: peer.Endpoint = ReadEndpoint(attribute.Value); break;
                case WgPeer.PersistentKeepalive when attribute.AsUInt16() is var seconds and not 0:
                    peer.PersistentKeepalive = TimeSpan.FromSeconds(seconds);
                    break;
                case WgPeer.LastHandshake: peer.LatestHandshake = ReadTime(attribute); break;
                case WgPeer.RxBytes: peer.ReceivedBytes = attribute.AsUInt64(); break;
                case WgPeer.TxBytes: peer.SentBytes = attribute.AsUInt64(); break;
                case WgPeer.AllowedIPs:
                    var prefixes = new List<IPPrefix>(peer.AllowedIP);
                    foreach (var item in attribute.Nested)
                        prefixes.Add(ReadPrefix(item.Nested));
                    peer.AllowedIP = [.. prefixes];
                    break;
            }
        }

        return peer;
    }

    private static IPPrefix ReadPrefix(AttributeReader attributes)
    {
        if (!attributes.TryFind(WgAllowedIP.Address, out var address)
            || !attributes.TryFind(WgAllowedIP.Length, out var length)
            || address.Value.Length is not (4 or 16) || length.AsByte() > address.Value.Length * 8)
            throw new NetlinkProtocolException("A WireGuard peer came with a prefix that is none.");
        return new IPPrefix(new IPAddress(address.Value), length.AsByte());
    }

    // struct __kernel_timespec: two 64-bit numbers.
    private static DateTimeOffset? ReadTime(NetlinkAttribute attribute)
    {
        if (attribute.Value.Length != 16)
            throw new NetlinkProtocolException($"A time has {attribute.Value.Length} bytes where 16 were expected.");
        long seconds = MemoryMarshal.Read<long>(attribute.Value), nanoseconds = MemoryMarshal.Read<long>(
            attribute.Value[8..]);
        const long LastSecond = 253402300799;
        return seconds is <= 0 or > LastSecond
            ? null
            : DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(Math.Clamp(nanoseconds, 0, 999_999_999) / 100);
    }

    // struct sockaddr_in (16 bytes) or sockaddr_in6 (28 bytes): family in host order, port in network order.
    private static byte[] WriteEndpoint(EndpointAddress endpoint)
    {
        var v6 = endpoint.AddressFamily == AddressFamily.InterNetworkV6;
        var bytes = new byte[v6 ? 28 : 16];
        MemoryMarshal.Write(bytes, (ushort)(v6 ? Af.IPv6 : Af.IPv4));
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)endpoint.Port);
        endpoint.Address.TryWriteBytes(bytes.AsSpan(v6 ? 8 : 4), out _);
        if (v6)
            MemoryMarshal.Write(bytes.AsSpan(24), (uint)endpoint.Address.ScopeId);
        return bytes;
    }

    private static EndpointAddress ReadEndpoint(ReadOnlySpan<byte> bytes)
    {
        var family = bytes.Length < 16 ? 0 : MemoryMarshal.Read<ushort>(bytes);
        if (family is not (Af.IPv4 or Af.IPv6) || (family == Af.IPv6 && bytes.Length < 28))
            throw new NetlinkProtocolException(
                $"A WireGuard endpoint of {bytes.Length} bytes and family {family} is none.");
        var port = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        return family == Af.IPv4
            ? new EndpointAddress(new IPAddress(bytes.Slice(4, 4)), port)
            : new EndpointAddress(new IPAddress(bytes.Slice(8, 16), MemoryMarshal.Read<uint>(bytes[24..])), port);
    }
}

/// <summary>What one message of a device's dump told, or all of them together. Private and preshared keys are left
/// out.</summary>
internal sealed class WireGuardPart
{
    public WireGuardPublicKey? PublicKey { get; set; }

    public int ListenPort { get; set; }

    public uint FirewallMark { get; set; }

    public List<WireGuardPeer> Peers { get; } = [];
}
