using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Packets;
using LxcNetworking.Values;
using IPAddress = LxcNetworking.Values.IPAddress;

namespace LxcNetworking.Containers.Dhcp;

/// <summary>
/// Speaks over a packet socket in the link's namespace, as there is no address yet; to the server that granted the
/// address that the link has, over UDP.
/// </summary>
internal sealed class PacketDhcpTransport : IDhcpTransport
{
    private const int MaxFrameBytes = 2048;
    private static readonly TimeSpan s_turn = TimeSpan.FromMilliseconds(50);

    // tcpdump -dd "udp dst port 68 and ip[6:2] & 0x3fff = 0" in short, as the socket takes IPv4 only.
    private static readonly PacketFilter[] s_filter =
    [
        new(PacketFilter.LoadByte, 23),
        new(PacketFilter.JumpIfEqual, 17, 0, 6),
        new(PacketFilter.LoadHalf, 20),
        new(PacketFilter.JumpIfAnyBit, 0x3fff, 4, 0),
        new(PacketFilter.LoadHeaderLength, 14),
        new(PacketFilter.LoadHalfBehindHeader, 16),
        new(PacketFilter.JumpIfEqual, DhcpFrames.ClientPort, 0, 1),
        new(PacketFilter.Return, MaxFrameBytes),
        new(PacketFilter.Return, 0),
    ];

    private readonly NetworkStack _stack;
    private readonly PacketSocket _socket;
    private readonly byte[] _own;
    private Socket? _udp;

    /// <summary>Opens it.</summary>
    /// <param name="stack">The link's stack.</param>
    /// <param name="link">The link, which has an Ethernet address.</param>
    /// <exception cref="NetworkException">PermissionDenied, KernelRefused.</exception>
    public PacketDhcpTransport(NetworkStack stack, NetLink link)
    {
        (_stack, _own) = (stack, link.MacAddress!.ToArray());
        try
        {
            _socket = PacketSocket.Open(stack, link.Index, NeighborFrames.ETH_P_IP, s_filter);
        }
        catch (IOException e)
        {
            throw new NetworkException(
                e.InnerException is UnauthorizedAccessException
                    ? NetworkErrorCode.PermissionDenied : NetworkErrorCode.KernelRefused,
                $"No DHCP server can be asked on '{link.Name}': {e.Message} It takes the capability CAP_NET_RAW.",
                link.Name,
                e);
        }
    }

    /// <inheritdoc/>
    public void Broadcast(DhcpMessage message, IPAddress from)
        => _socket.TrySend(DhcpFrames.Write(_own, null, from, IPAddress.Broadcast, message.ToArray()));

    /// <inheritdoc/>
    public void Unicast(DhcpMessage message, IPAddress from, IPAddress server, MacAddress? station)
    {
        if (station is not null)
        {
            _socket.TrySend(DhcpFrames.Write(_own, station, from, server, message.ToArray()));
            return;
        }

        try
        {
            // It stays open, so that the kernel does not refuse the answer, which the packet socket reads.
            _udp ??= OpenBound(new IPEndPoint(from, DhcpFrames.ClientPort));
            _udp.SendTo(message.ToArray(), new IPEndPoint(server, DhcpFrames.ServerPort));
        }
        catch (SocketException)
        {
            // Another client has the port, or the address is gone: nobody will answer.
        }
    }

    private Socket OpenBound(IPEndPoint from)
    {
        var socket = _stack.OpenSocket(AddressFamily.InterNetwork, SocketType.Dgram);
        try
        {
            socket.Bind(from);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public DhcpReply? Receive(TimeSpan timeout, CancellationToken cancellation)
    {
        Span<byte> frame = stackalloc byte[MaxFrameBytes];
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var size = _socket.Receive(frame);
            if (size > 0 && DhcpFrames.TryRead(frame[..size], out var station) is { } message)
                return new DhcpReply(message, station);
            var left = timeout - Stopwatch.GetElapsedTime(since);
            if (left <= TimeSpan.Zero)
                return null;
            if (size == 0)
                PacketSocket.Wait([_socket], left < s_turn ? left : s_turn);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _udp?.Dispose();
        _socket.Dispose();
    }
}
