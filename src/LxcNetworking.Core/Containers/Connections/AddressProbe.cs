using System.Diagnostics;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Packets;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Connections;

/// <summary>
/// Asks a network whether anybody has an address already: by ARP probe for IPv4 (RFC 5227), by the neighbour
/// solicitation of duplicate address detection for IPv6 (RFC 4862). The question is sent at once; the answer is looked
/// at when there is nothing else to do.
/// </summary>
internal sealed class AddressProbe : IDisposable
{
    private const int HeaderBytes = NeighborFrames.HeaderBytes, FrameBytes = 128;
    private const int MaxFrames = 10000, MaxMoves = 100;
    private const double MinTurnMilliseconds = 0.125, MaxTurnMilliseconds = 50;
    private readonly List<(PacketSocket Socket, IReadOnlyList<IPAddress> Addresses, ushort Type)> _sockets = [];
    private readonly NetworkStack _stack;
    private readonly string _link;
    private readonly byte[] _own;
    private readonly ProbeTimes _times;
    private long _start;
    private int _asked;

    private AddressProbe(NetworkStack stack, string link, byte[] own, ProbeTimes times)
        => (_stack, _link, _own, _times) = (stack, link, own, times);

    /// <summary>Sends the questions.</summary>
    /// <param name="stack">The link's stack.</param>
    /// <param name="link">The link to ask on; it must be up.</param>
    /// <param name="addresses">The addresses.</param>
    /// <param name="times">When it is asked, and how long an answer may take.</param>
    /// <returns>The probe, or null if nothing can be asked: the link has no Ethernet address, is down, or there are no
    /// addresses.</returns>
    public static AddressProbe? Start(
        NetworkStack stack, NetLink link, IReadOnlyList<IPAddress> addresses, ProbeTimes times)
    {
        if (addresses.Count == 0 || link.MacAddress is not { } mac || !link.IsUp)
            return null;
        var probe = new AddressProbe(stack, link.Name, mac.ToArray(), times);
        try
        {
            foreach (var group in addresses.GroupBy(IP.FamilyOf))
            {
                var type = group.Key == IPFamily.IPv4 ? NeighborFrames.ETH_P_ARP : NeighborFrames.ETH_P_IPV6;
                probe._sockets.Add((stack.PacketSockets.Rent(link.Index, type), [.. group], type));
            }
        }
        catch (IOException)
        {
            // Without the right to send raw frames nobody can be asked; the kernel's own detection is still there for
            // IPv6.
            probe.Dispose();
            return null;
        }

        probe.Ask();
        return probe;
    }

    /// <summary>Waits for answers until enough time has passed since the question.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>An address that somebody has, and who it is; or null.</returns>
    /// <exception cref="NetworkException">ResourceBusy: the link's own address changed with every question.</exception>
    public (IPAddress Address, MacAddress Holder)? Finish(CancellationToken cancellation)
    {
        int turns = 0, moves = 0;
        while (true)
        {
            if (ReadAll() is { } said)
                return said;
            cancellation.ThrowIfCancellationRequested();
            AskAgain();
            var passed = Stopwatch.GetElapsedTime(_start);
            if (passed < _times.End || turns < _times.MinTurns)
            {
                // Ctrl+C is looked at after each turn.
                var next = _asked < _times.Questions.Count ? _times.Questions[_asked] : _times.End;
                var turn = Math.Clamp((next - passed).TotalMilliseconds, MinTurnMilliseconds, MaxTurnMilliseconds);
                PacketSocket.Wait([.. _sockets.Select(item => item.Socket)], TimeSpan.FromMilliseconds(turn));
                turns++;
            }
            else if (HasMoved())
            {
                // Who was asked answers to the address that the question came from; a new port gives a bridge another
                // one.
                if (++moves > MaxMoves)
                {
                    throw new NetworkException(
                        NetworkErrorCode.ResourceBusy,
                        $"Nobody can be asked whether an address is in use: the MAC address of '{_link}' changes all "
                            + "the time.",
                        _link);
                }

                Ask();
                turns = 0;
            }
            else
            {
                return null;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (socket, _, _) in _sockets)
            _stack.PacketSockets.Return(socket);
        _sockets.Clear();
    }

    private (IPAddress Address, MacAddress Holder)? ReadAll()
    {
        Span<byte> frame = stackalloc byte[FrameBytes];
        foreach (var (socket, addresses, type) in _sockets)
        {
            // A network that never falls silent must not keep this here.
            for (int size, seen = 0; seen < MaxFrames && (size = socket.Receive(frame)) > 0; seen++)
            {
                if (Read(frame[..size], type) is { } said && addresses.Contains(said.Address))
                    return said;
            }
        }

        return null;
    }

    private bool HasMoved()
    {
        Span<byte> now = stackalloc byte[6];
        return _sockets[0].Socket.TryReadAddress(now) && !now.SequenceEqual(_own);
    }

    private void Ask()
    {
        _sockets[0].Socket.TryReadAddress(_own);
        (_start, _asked) = (Stopwatch.GetTimestamp(), 0);
        AskAgain();
    }

    // A frame can be lost, and a station be slow.
    private void AskAgain()
    {
        if (_asked >= _times.Questions.Count || Stopwatch.GetElapsedTime(_start) < _times.Questions[_asked])
            return;
        Send();
        _asked++;
    }

    private void Send()
    {
        Span<byte> frame = stackalloc byte[NeighborFrames.MaxBytes];
        foreach (var (socket, addresses, _) in _sockets)
        {
            foreach (var address in addresses)
                socket.TrySend(frame[..NeighborFrames.WriteQuestion(frame, _own, address)]);
        }
    }

    /// <summary>Who says of which address that it is his, or asks for it as this does.</summary>
    private (IPAddress Address, MacAddress Holder)? Read(ReadOnlySpan<byte> frame, ushort type)
    {
        if (frame.Length < 42 || frame[6..12].SequenceEqual(_own))
            return null;
        var sender = new MacAddress(frame[6..12]);
        if (type == NeighborFrames.ETH_P_ARP)
        {
            var says = frame[28..32];
            return (new IPAddress(
                says.IndexOfAnyExcept((byte)0) < 0 ? frame[38..42] : says), new MacAddress(frame[22..28]));
        }

        const int Target = HeaderBytes + 48;
        if (frame.Length < Target + 16 || frame[HeaderBytes + 6] != 58)
            return null;
        var icmpType = frame[HeaderBytes + 40];
        var fromNobody = frame[(HeaderBytes + 8)..(HeaderBytes + 24)].IndexOfAnyExcept((byte)0) < 0;
        return icmpType == 136 || (icmpType == 135 && fromNobody)
            ? (new IPAddress(frame[Target..(Target + 16)]), sender)
            : null;
    }
}
