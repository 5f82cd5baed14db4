using LxcNetworking.Namespaces;

namespace LxcNetworking.Packets;

/// <summary>
/// A stack's packet sockets that wait for their next use: closing one takes the kernel an RCU grace period, which
/// disturbs every processor. They are closed with the stack's other sockets, when that is idle.
/// </summary>
internal sealed class PacketSockets(NetworkStack stack) : IStackOperations<PacketSockets>, IHasSockets
{
    static PacketSockets IStackOperations<PacketSockets>.On(NetworkStack stack) => new(stack);

    private readonly Lock _gate = new();
    private readonly List<PacketSocket> _kept = [];

    /// <summary>Takes one for this caller alone, that has nothing in it yet. Disposing it, or giving it back, is up to
    /// the caller.</summary>
    /// <param name="interfaceIndex">The link.</param>
    /// <param name="etherType">ETH_P_* of linux/if_ether.h.</param>
    /// <exception cref="IOException">The system refused.</exception>
    public PacketSocket Rent(int interfaceIndex, ushort etherType)
    {
        while (TakeKept(interfaceIndex, etherType) is { } kept)
        {
            if (kept.TryEmpty())
                return kept;
            kept.Dispose();
        }

        return PacketSocket.Open(stack, interfaceIndex, etherType);
    }

    /// <summary>Gives one back.</summary>
    public void Return(PacketSocket socket)
    {
        lock (_gate)
            _kept.Add(socket);
        stack.KeepOpen();
    }

    /// <summary>Closes those that wait.</summary>
    void IHasSockets.CloseSockets()
    {
        lock (_gate)
        {
            _kept.ForEach(socket => socket.Dispose());
            _kept.Clear();
        }
    }

    private PacketSocket? TakeKept(int interfaceIndex, ushort etherType)
    {
        lock (_gate)
        {
            var place = _kept.FindLastIndex(
                socket => socket.InterfaceIndex == interfaceIndex && socket.EtherType == etherType);
            if (place < 0)
                return null;
            var kept = _kept[place];
            _kept.RemoveAt(place);
            return kept;
        }
    }
}

/// <summary>Gives a stack its <see cref="PacketSockets"/>.</summary>
internal static class PacketSocketsOfStack
{
    extension(NetworkStack stack)
    {
        /// <summary>Sockets for whole Ethernet frames.</summary>
        internal PacketSockets PacketSockets => stack.Operations<PacketSockets>();
    }
}
