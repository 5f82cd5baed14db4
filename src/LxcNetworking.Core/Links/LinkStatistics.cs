using System.Runtime.InteropServices;

namespace LxcNetworking.Links;

/// <summary>A link's counters since it was made (struct rtnl_link_stats64 of linux/if_link.h).</summary>
public sealed class LinkStatistics
{
    internal LinkStatistics(in Raw raw)
    {
        ReceivedPackets = raw.RxPackets;
        SentPackets = raw.TxPackets;
        ReceivedBytes = raw.RxBytes;
        SentBytes = raw.TxBytes;
        ReceiveErrors = raw.RxErrors;
        SendErrors = raw.TxErrors;
        ReceiveDropped = raw.RxDropped;
        SendDropped = raw.TxDropped;
        ReceivedMulticast = raw.Multicast;
        Collisions = raw.Collisions;
    }

    /// <summary>Packets received.</summary>
    public ulong ReceivedPackets { get; }

    /// <summary>Packets sent.</summary>
    public ulong SentPackets { get; }

    /// <summary>Bytes received.</summary>
    public ulong ReceivedBytes { get; }

    /// <summary>Bytes sent.</summary>
    public ulong SentBytes { get; }

    /// <summary>Packets received with an error.</summary>
    public ulong ReceiveErrors { get; }

    /// <summary>Packets not sent because of an error.</summary>
    public ulong SendErrors { get; }

    /// <summary>Packets received and dropped.</summary>
    public ulong ReceiveDropped { get; }

    /// <summary>Packets dropped on their way out.</summary>
    public ulong SendDropped { get; }

    /// <summary>Multicast packets received.</summary>
    public ulong ReceivedMulticast { get; }

    /// <summary>Collisions.</summary>
    public ulong Collisions { get; }

    /// <inheritdoc/>
    public override string ToString()
        => $"received {ReceivedPackets} packets ({ReceivedBytes} bytes), sent {SentPackets} packets ({SentBytes} "
            + "bytes)";

    /// <summary>The counters' head as the kernel lays it out.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Raw
    {
        public ulong RxPackets, TxPackets, RxBytes, TxBytes, RxErrors, TxErrors, RxDropped, TxDropped, Multicast,
            Collisions;
    }
}
