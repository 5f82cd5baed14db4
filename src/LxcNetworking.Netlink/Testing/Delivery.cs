namespace LxcNetworking.Netlink.Testing;

/// <summary>What a <see cref="FakeKernel"/> puts in a socket's queue: a datagram, or a condition that recvmsg(2)
/// reports.</summary>
public sealed class Delivery
{
    /// <summary>The datagram: one or more messages, each padded to four bytes; null for a condition.</summary>
    public byte[]? Bytes { get; init; }

    /// <summary>ENOBUFS: messages were lost here.</summary>
    public bool Overrun { get; init; }

    /// <summary>It was sent by another process, and not by the kernel.</summary>
    public bool Stranger { get; init; }

    /// <summary>What happens just before it is received; null for nothing.</summary>
    public Action? Before { get; init; }

    /// <summary>A datagram.</summary>
    /// <param name="bytes">The datagram.</param>
    public static implicit operator Delivery(byte[] bytes) => new() { Bytes = bytes };

    /// <summary>One datagram of several messages.</summary>
    /// <param name="messages">The messages, as <see cref="SentMessage"/> makes them.</param>
    /// <returns>The datagram.</returns>
    public static Delivery Datagram(params byte[][] messages)
        => new() { Bytes = [.. messages.SelectMany(part => part)] };
}
