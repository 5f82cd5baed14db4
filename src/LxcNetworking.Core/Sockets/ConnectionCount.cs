using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Sockets;

/// <summary>Counts the TCP connections of a namespace (sock_diag(7)).</summary>
internal static class ConnectionCount
{
    private const byte Tcp = 6;
    // TCP_ESTABLISHED of linux/tcp_states.h.
    private const int Established = 1;

    /// <summary>How many connections each of the namespace's own addresses has. Those that begin and end meanwhile may
    /// be counted or not.</summary>
    /// <param name="stack">The namespace.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The counts; nothing where the kernel does not tell them.</returns>
    /// <exception cref="NetlinkException">The kernel did not answer as it should.</exception>
    public static IReadOnlyDictionary<IPAddress, int> ByLocalAddress(
        NetworkStack stack, CancellationToken cancellation)
        => new[] { Af.IPv4, Af.IPv6 }.SelectMany(family => AddressesOf(stack, family, cancellation))
            .CountBy(address => address).ToDictionary();

    private static List<IPAddress> AddressesOf(NetworkStack stack, byte family, CancellationToken cancellation)
    {
        using var request = new NetlinkRequest(SockDiag.ByFamily).Header(
            new InetDiagReqV2 { Family = family, Protocol = Tcp, States = 1 << Established });
        try
        {
            return stack.Connection(NetlinkProtocol.SocketDiagnostics).Dump(request, Read, cancellation);
        }
        catch (NetlinkErrorException e) when (e.Errno is LibC.ENOENT or LibC.EOPNOTSUPP or LibC.EINVAL)
        {
            // The kernel has no tcp_diag.
            return [];
        }
    }

    private static IPAddress? Read(NetlinkReply reply)
    {
        if (reply.Type != SockDiag.ByFamily)
            return null;
        _ = reply.Read<InetDiagMsg>(out var header);
        ReadOnlySpan<byte> source = header.Id.Source;
        // An IPv6 socket has IPv4's connections too.
        return header.Family == Af.IPv4 ? new IPAddress(source[..4])
            : new IPAddress(source).IsIPv4MappedToIPv6 ? new IPAddress(source[12..])
            : new IPAddress(source);
    }
}
