using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Packets;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>Says some time after each question for an address that it has it, as no kernel does.</summary>
internal sealed class SlowStation : IDisposable
{
    private readonly PacketSocket _socket;
    private readonly Thread _thread;
    private volatile bool _isOver;

    public SlowStation(string name, string link, IPAddress address, int milliseconds)
    {
        var stack = Stacks.Pool.Get(new NamespaceReference(name));
        var isIPv4 = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork;
        var type = isIPv4 ? NeighborFrames.ETH_P_ARP : NeighborFrames.ETH_P_IPV6;
        var index = stack.Links.Get(link).Index;
        _socket = PacketSocket.Open(stack, index, type);
        // The place of the question's target.
        var target = NeighborFrames.HeaderBytes + (isIPv4 ? 24 : 48);
        _thread = new Thread(() => Answer(address.GetAddressBytes(), target, address, milliseconds));
        _thread.Start();
    }

    public void Dispose()
    {
        _isOver = true;
        _thread.Join();
        _socket.Dispose();
    }

    private void Answer(byte[] wanted, int target, IPAddress address, int milliseconds)
    {
        Span<byte> frame = stackalloc byte[128], own = stackalloc byte[6];
        Assert.True(_socket.TryReadAddress(own));
        while (!_isOver)
        {
            PacketSocket.Wait([_socket], TimeSpan.FromMilliseconds(20));
            while (_socket.Receive(frame) is var size and > 0)
            {
                if (size < target + wanted.Length || !frame.Slice(target, wanted.Length).SequenceEqual(wanted))
                    continue;
                Thread.Sleep(milliseconds);
                _socket.TrySend(frame[..NeighborFrames.WriteAnnouncement(frame, own, address, isRouter: false)]);
            }
        }
    }
}
