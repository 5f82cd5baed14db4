using System.Runtime.InteropServices;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links.Quality;

/// <summary>What went through a queueing discipline (struct gnet_stats_* of linux/gen_stats.h).</summary>
internal readonly record struct QueueCounters(
    ulong Bytes, ulong Packets, uint Queued, uint Backlog, uint Drops, uint Overlimits);

/// <summary>A queueing discipline of a link, as the kernel told it (struct tcmsg and TCA_* of
/// linux/rtnetlink.h).</summary>
internal sealed class LinkQueue
{
    private const ushort TCA_STATS_BASIC = 1, TCA_STATS_QUEUE = 3, TCA_STATS_PKT64 = 8;

    private LinkQueue(TcMsg header, string kind) => (Header, Kind) = (header, kind);

    /// <summary>Where it is.</summary>
    public TcMsg Header { get; }

    /// <summary>The kernel's name: netem, tbf …</summary>
    public string Kind { get; }

    /// <summary>What it does, as far as there are settings for it.</summary>
    public LinkQualitySettings Settings { get; private set; } = new();

    /// <summary>What it does besides.</summary>
    public ValueList<string> Other { get; internal set; } = [];

    /// <summary>The packets that wait at most.</summary>
    public long? Limit { get; private set; }

    /// <summary>The bytes that wait at most.</summary>
    public long? LimitBytes { get; private set; }

    /// <summary>What went through.</summary>
    public QueueCounters Counters { get; private set; }

    /// <summary>Whether this module made it, or what leads to it.</summary>
    public bool IsOwn { get; internal set; }

    /// <summary>Whether the link sends all through it.</summary>
    public bool IsRoot => Header.Parent == TcHandle.Root;

    /// <summary>Whether it is for what the link receives (ingress, clsact).</summary>
    public bool IsIngress => Header.Parent == TcHandle.Ingress;

    /// <summary>Whether the kernel chose it, as nobody else did.</summary>
    public bool IsDefault => Header.Handle == 0;

    /// <summary>Reads one.</summary>
    /// <param name="reply">A message of any type.</param>
    /// <param name="link">The index of the link that is meant; 0 for all links.</param>
    /// <returns>Null for another type, or another link.</returns>
    /// <exception cref="NetlinkProtocolException">It is malformed.</exception>
    public static LinkQueue? Parse(NetlinkReply reply, int link)
    {
        if (reply.Type != Rtm.NewQdisc)
            return null;
        var attributes = reply.Read<TcMsg>(out var header);
        if ((link != 0 && header.Index != link) || !attributes.TryFind(Tca.Kind, out var kind))
            return null;
        var result = new LinkQueue(header, kind.AsString());
        result.IsOwn = result.IsRoot && header.Handle is TcHandle.OwnNetem or TcHandle.OwnTokenBucket;
        foreach (var attribute in attributes)
        {
            if (attribute.Type == Tca.Options)
                result.ReadOptions(attribute.Value);
            else if (attribute.Type == Tca.Stats2)
                result.Counters = ReadCounters(attribute.Nested);
        }

        return result;
    }

    /// <summary>Its handle as tc(8) writes it.</summary>
    public static string Shown(uint handle) => $"{handle >> 16:x}:{(handle & 0xffff) switch
    {
        0 => string.Empty,
        var minor => minor.ToString("x", System.Globalization.CultureInfo.InvariantCulture),
    }}";

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Shown(Header.Handle)}";

    private void ReadOptions(ReadOnlySpan<byte> options)
    {
        var other = new List<string>();
        switch (Kind)
        {
            case NetemMessages.Kind:
                Settings = NetemMessages.Read(options, other);
                Limit = Settings.Limit ?? LinkQualitySettings.DefaultLimit;
                break;
            case TokenBucketMessages.Kind:
                (Settings, LimitBytes) = TokenBucketMessages.Read(options, other);
                break;
        }

        Other = [.. other];
    }

    private static QueueCounters ReadCounters(AttributeReader statistics)
    {
        BasicStatistics basic = default;
        QueueStatistics queue = default;
        ulong? packets = null;
        foreach (var attribute in statistics)
        {
            switch (attribute.Type)
            {
                case TCA_STATS_BASIC: basic = attribute.AsStruct<BasicStatistics>(); break;
                case TCA_STATS_QUEUE: queue = attribute.AsStruct<QueueStatistics>(); break;
                case TCA_STATS_PKT64: packets = attribute.AsUInt64(); break;
            }
        }

        return new QueueCounters(
            basic.Bytes, packets ?? basic.Packets, queue.Queued, queue.Backlog, queue.Drops, queue.Overlimits);
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct BasicStatistics(ulong Bytes, uint Packets);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct QueueStatistics(
        uint Queued, uint Backlog, uint Drops, uint Requeues, uint Overlimits);
}

/// <summary>Handles of queueing disciplines (TC_H_* of linux/pkt_sched.h).</summary>
internal static class TcHandle
{
    public const uint Root = 0xffff_ffff, Ingress = 0xffff_fff1, IngressFilters = 0xffff_fff2,
        IngressQdisc = 0xffff_0000;

    // "LX" and the number behind it, by which this module's are known. Each kind has its own, so that the kernel puts
    // one in the place of the other in one step.
    public const uint OwnNetem = 0x4c58_0000, OwnTokenBucket = 0x4c59_0000;
}
