using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LxcNetworking.Sockets;

/// <summary>Message types of linux/sock_diag.h.</summary>
internal static class SockDiag
{
    /// <summary>SOCK_DIAG_BY_FAMILY: sockets of one address family, in both directions.</summary>
    public const ushort ByFamily = 20;
}

/// <summary>struct inet_diag_sockid of linux/inet_diag.h; ports and addresses in network byte order.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct InetDiagSockId
{
    public ushort SourcePort;
    public ushort DestinationPort;
    public SocketAddress Source;
    public SocketAddress Destination;
    public uint Interface;
    public ulong Cookie;
}

/// <summary>An address of struct inet_diag_sockid: 16 bytes, of which IPv4 has the first four.</summary>
[InlineArray(16)]
internal struct SocketAddress
{
    private byte _first;
}

/// <summary>struct inet_diag_req_v2 of linux/inet_diag.h.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct InetDiagReqV2
{
    public byte Family;
    public byte Protocol;
    public byte Extensions;
    public byte Pad;
    public uint States;
    public InetDiagSockId Id;
}

/// <summary>struct inet_diag_msg of linux/inet_diag.h.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct InetDiagMsg
{
    public byte Family;
    public byte State;
    public byte Timer;
    public byte Retransmissions;
    public InetDiagSockId Id;
    public uint Expires;
    public uint ReceiveQueue;
    public uint SendQueue;
    public uint UserId;
    public uint Inode;
}
