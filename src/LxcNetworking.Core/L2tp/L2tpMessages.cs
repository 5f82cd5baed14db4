using System.Net.Sockets;
using LxcNetworking.Generic;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.L2tp;

/// <summary>Writes and reads the messages of the generic netlink family "l2tp".</summary>
internal static class L2tpMessages
{
    private const byte Version3 = 3;

    public static void WriteTunnel(NetlinkRequest request, L2tpTunnelSpec spec)
    {
        var v6 = spec.Local.AddressFamily == AddressFamily.InterNetworkV6;
        request.Put(L2tpAttr.ConnId, spec.TunnelId)
            .Put(L2tpAttr.PeerConnId, spec.PeerTunnelId)
            .Put(L2tpAttr.ProtoVersion, Version3)
            .Put(L2tpAttr.EncapType, (ushort)spec.Encapsulation)
            .Put(v6 ? L2tpAttr.IP6Saddr : L2tpAttr.IPSaddr, spec.Local.GetAddressBytes())
            .Put(v6 ? L2tpAttr.IP6Daddr : L2tpAttr.IPDaddr, spec.Remote.GetAddressBytes());
        if (spec.Encapsulation != L2tpEncapsulation.Udp)
            return;
        request.Put(L2tpAttr.UdpSport, (ushort)(spec.SourcePort ?? L2tpTunnelSpec.DefaultPort))
            .Put(L2tpAttr.UdpDport, (ushort)(spec.DestinationPort ?? L2tpTunnelSpec.DefaultPort));
        if (v6 && spec.NoChecksum)
            request.PutFlag(L2tpAttr.UdpZeroCsum6Tx);
        if (v6 && spec.AcceptNoChecksum)
            request.PutFlag(L2tpAttr.UdpZeroCsum6Rx);
        // The kernel looks at whether it is there, not at its value.
        if (!v6 && !spec.NoChecksum)
            request.Put(L2tpAttr.UdpCsum, (byte)1);
    }

    public static void WriteSession(NetlinkRequest request, L2tpSessionSpec spec)
    {
        request.Put(L2tpAttr.ConnId, spec.TunnelId)
            .Put(L2tpAttr.SessionId, spec.SessionId)
            .Put(L2tpAttr.PeerSessionId, spec.PeerSessionId)
            .Put(L2tpAttr.PwType, (ushort)L2tpPseudowire.Ethernet)
            .Put(L2tpAttr.L2SpecType, (byte)spec.Sublayer)
            .Put(L2tpAttr.RecvSeq, (byte)((spec.Sequencing & L2tpSequencing.Receive) != 0 ? 1 : 0))
            .Put(L2tpAttr.SendSeq, (byte)((spec.Sequencing & L2tpSequencing.Send) != 0 ? 1 : 0));
        if (spec.Cookie.Count > 0)
            request.Put(L2tpAttr.Cookie, spec.Cookie.ToArray());
        if (spec.PeerCookie.Count > 0)
            request.Put(L2tpAttr.PeerCookie, spec.PeerCookie.ToArray());
        if (spec.Name is not null)
            request.PutString(L2tpAttr.IfName, spec.Name);
        if (spec.ReorderTimeout is { } timeout)
            request.Put(L2tpAttr.RecvTimeout, (ulong)timeout.TotalMilliseconds);
    }

    public static L2tpTunnel ReadTunnel(NetlinkReply reply, NamespaceReference reference)
    {
        var tunnel = new L2tpTunnel(reference);
        bool checksum = false, v6 = false, noChecksumOut = false, noChecksumIn = false;
        foreach (var attribute in reply.Read<GenlMsgHdr>(out _))
        {
            switch (attribute.Type)
            {
                case L2tpAttr.ConnId: tunnel.TunnelId = attribute.AsUInt32(); break;
                case L2tpAttr.PeerConnId: tunnel.PeerTunnelId = attribute.AsUInt32(); break;
                case L2tpAttr.ProtoVersion: tunnel.Version = attribute.AsByte(); break;
                case L2tpAttr.EncapType: tunnel.Encapsulation = (L2tpEncapsulation)attribute.AsUInt16(); break;
                case L2tpAttr.IPSaddr: tunnel.Local = ReadAddress(attribute, 4); break;
                case L2tpAttr.IPDaddr: tunnel.Remote = ReadAddress(attribute, 4); break;
                case L2tpAttr.IP6Saddr: tunnel.Local = ReadAddress(attribute, 16); v6 = true; break;
                case L2tpAttr.IP6Daddr: tunnel.Remote = ReadAddress(attribute, 16); break;
                case L2tpAttr.UdpSport: tunnel.SourcePort = attribute.AsUInt16(); break;
                case L2tpAttr.UdpDport: tunnel.DestinationPort = attribute.AsUInt16(); break;
                case L2tpAttr.UdpCsum: checksum = attribute.AsByte() != 0; break;
                case L2tpAttr.UdpZeroCsum6Tx: noChecksumOut = true; break;
                case L2tpAttr.UdpZeroCsum6Rx: noChecksumIn = true; break;
                case L2tpAttr.Stats: tunnel.Statistics = ReadStatistics(attribute.Nested); break;
            }
        }

        if (tunnel.Encapsulation == L2tpEncapsulation.Udp && tunnel.Local is not null)
        {
            tunnel.Checksum = v6 ? !noChecksumOut : checksum;
            tunnel.ReceiveChecksum = v6 ? !noChecksumIn : null;
        }

        return tunnel;
    }

    public static L2tpSession ReadSession(NetlinkReply reply, NamespaceReference reference)
    {
        var session = new L2tpSession(reference);
        foreach (var attribute in reply.Read<GenlMsgHdr>(out _))
        {
            switch (attribute.Type)
            {
                case L2tpAttr.ConnId: session.TunnelId = attribute.AsUInt32(); break;
                case L2tpAttr.PeerConnId: session.PeerTunnelId = attribute.AsUInt32(); break;
                case L2tpAttr.SessionId: session.SessionId = attribute.AsUInt32(); break;
                case L2tpAttr.PeerSessionId: session.PeerSessionId = attribute.AsUInt32(); break;
                case L2tpAttr.IfName: session.InterfaceAlias = attribute.AsString(); break;
                case L2tpAttr.PwType: session.Pseudowire = (L2tpPseudowire)attribute.AsUInt16(); break;
                case L2tpAttr.Cookie: session.Cookie = Convert.ToHexStringLower(attribute.Value); break;
                case L2tpAttr.PeerCookie: session.PeerCookie = Convert.ToHexStringLower(attribute.Value); break;
                case L2tpAttr.RecvSeq when attribute.AsByte() != 0: session.Sequencing |= L2tpSequencing.Receive; break;
                case L2tpAttr.SendSeq when attribute.AsByte() != 0: session.Sequencing |= L2tpSequencing.Send; break;
                case L2tpAttr.RecvTimeout:
                    session.ReorderTimeout = TimeSpan.FromMilliseconds(
                    (long)Math.Min(attribute.AsUInt64(), int.MaxValue)); break;
                case L2tpAttr.Stats: session.Statistics = ReadStatistics(attribute.Nested); break;
            }
        }

        return session;
    }

    private static IPAddress ReadAddress(NetlinkAttribute attribute, int length) => attribute.Value.Length == length
        ? new IPAddress(attribute.Value)
        : throw new NetlinkProtocolException(
            $"An address has {attribute.Value.Length} bytes where {length} were expected.");

    private static L2tpStatistics ReadStatistics(AttributeReader counters)
    {
        var result = new L2tpStatistics();
        foreach (var counter in counters)
        {
            switch (counter.Type)
            {
                case L2tpStat.TxPackets: result.SentPackets = counter.AsUInt64(); break;
                case L2tpStat.TxBytes: result.SentBytes = counter.AsUInt64(); break;
                case L2tpStat.TxErrors: result.SendErrors = counter.AsUInt64(); break;
                case L2tpStat.RxPackets: result.ReceivedPackets = counter.AsUInt64(); break;
                case L2tpStat.RxBytes: result.ReceivedBytes = counter.AsUInt64(); break;
                case L2tpStat.RxErrors: result.ReceiveErrors = counter.AsUInt64(); break;
                case L2tpStat.RxSeqDiscards: result.SequenceDiscards = counter.AsUInt64(); break;
                case L2tpStat.RxOosPackets: result.OutOfSequence = counter.AsUInt64(); break;
                case L2tpStat.RxCookieDiscards: result.CookieDiscards = counter.AsUInt64(); break;
                case L2tpStat.RxInvalid: result.Invalid = counter.AsUInt64(); break;
            }
        }

        return result;
    }
}
