using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links.Quality;

/// <summary>Reads and writes what netem does (TCA_NETEM_* of linux/pkt_sched.h). Its numbers of a probability are parts
/// of the largest one, its times are ticks of 64 nanoseconds and beside them nanoseconds.</summary>
internal static class NetemMessages
{
    public const string Kind = "netem";

    private const ushort TCA_NETEM_CORR = 1, TCA_NETEM_REORDER = 3, TCA_NETEM_CORRUPT = 4, TCA_NETEM_LOSS = 5,
        TCA_NETEM_RATE = 6, TCA_NETEM_ECN = 7, TCA_NETEM_RATE64 = 8, TCA_NETEM_LATENCY64 = 10, TCA_NETEM_JITTER64 = 11,
        TCA_NETEM_SLOT = 12;

    private const long NanosecondsOfTick = 64, NanosecondsOfTimeSpanTick = 100;

    /// <summary>Reads what it does.</summary>
    /// <param name="options">The value of TCA_OPTIONS.</param>
    /// <param name="other">Takes what there are no settings for.</param>
    /// <exception cref="NetlinkProtocolException">It is malformed.</exception>
    public static LinkQualitySettings Read(ReadOnlySpan<byte> options, List<string> other)
    {
        var size = Unsafe.SizeOf<NetemOptions>();
        if (options.Length < size)
            throw new NetlinkProtocolException($"What netem does takes {options.Length} bytes.");
        var common = MemoryMarshal.Read<NetemOptions>(options);
        var (latency, jitter) = (common.Latency * NanosecondsOfTick, common.Jitter * NanosecondsOfTick);
        NetemCorrelation correlation = default;
        NetemPart reorder = default, corrupt = default;
        NetemRate rate = default;
        ulong? rate64 = null;
        foreach (var attribute in new AttributeReader(options[size..]))
        {
            switch (attribute.Type)
            {
                case TCA_NETEM_CORR: correlation = attribute.AsStruct<NetemCorrelation>(); break;
                case TCA_NETEM_REORDER: reorder = attribute.AsStruct<NetemPart>(); break;
                case TCA_NETEM_CORRUPT: corrupt = attribute.AsStruct<NetemPart>(); break;
                case TCA_NETEM_RATE: rate = attribute.AsStruct<NetemRate>(); break;
                case TCA_NETEM_RATE64: rate64 = attribute.AsUInt64(); break;
                case TCA_NETEM_LATENCY64: latency = (long)attribute.AsUInt64(); break;
                case TCA_NETEM_JITTER64: jitter = (long)attribute.AsUInt64(); break;
                case TCA_NETEM_LOSS: other.Add("a model of losses"); break;
                case TCA_NETEM_ECN when attribute.AsUInt32() != 0: other.Add("ecn"); break;
                case TCA_NETEM_SLOT: other.Add("slots"); break;
            }
        }

        if (common.Gap > 1)
            other.Add($"gap {common.Gap}");
        if (rate is not { PacketOverhead: 0, CellSize: 0, CellOverhead: 0 })
            other.Add($"rate overhead {rate.PacketOverhead} cell {rate.CellSize} {rate.CellOverhead}");
        return new LinkQualitySettings
        {
            Delay = Time(latency),
            Jitter = Time(jitter),
            DelayCorrelation = Percentage.OfScaled(correlation.Delay),
            Loss = Percentage.OfScaled(common.Loss),
            LossCorrelation = Percentage.OfScaled(correlation.Loss),
            Duplicate = Percentage.OfScaled(common.Duplicate),
            DuplicateCorrelation = Percentage.OfScaled(correlation.Duplicate),
            Corrupt = Percentage.OfScaled(corrupt.Part),
            CorruptCorrelation = Percentage.OfScaled(corrupt.Correlation),
            Reorder = Percentage.OfScaled(reorder.Part),
            ReorderCorrelation = Percentage.OfScaled(reorder.Correlation),
            Rate = BitRate.OfBytes(rate64 ?? rate.Bytes),
            Limit = common.Limit == LinkQualitySettings.DefaultLimit ? null : common.Limit,
        };
    }

    /// <summary>Writes what it is to do, with all that could be left over from before.</summary>
    public static void Write(NetlinkRequest request, LinkQualitySettings settings)
    {
        var (latency, jitter) = (Nanoseconds(settings.Delay), Nanoseconds(settings.Jitter));
        var rate = settings.Rate?.BytesPerSecond ?? 0;
        request.PutRaw(new NetemOptions(
            Ticks(latency),
            (uint)(settings.Limit ?? LinkQualitySettings.DefaultLimit),
            settings.Loss?.Scaled ?? 0,
            // One is said by tc(8) too: without it nothing overtakes.
            settings.Reorder is null ? 0u : 1u,
            settings.Duplicate?.Scaled ?? 0,
            Ticks(jitter)));
        request.Put(TCA_NETEM_CORR, new NetemCorrelation(
            settings.DelayCorrelation?.Scaled ?? 0,
            settings.LossCorrelation?.Scaled ?? 0,
            settings.DuplicateCorrelation?.Scaled ?? 0));
        request.Put(TCA_NETEM_REORDER, Of(settings.Reorder, settings.ReorderCorrelation));
        request.Put(TCA_NETEM_CORRUPT, Of(settings.Corrupt, settings.CorruptCorrelation));
        request.Put(TCA_NETEM_RATE, new NetemRate((uint)Math.Min(rate, uint.MaxValue), 0, 0, 0));
        if (rate > uint.MaxValue)
            request.Put(TCA_NETEM_RATE64, rate);
        request.Put(TCA_NETEM_LATENCY64, latency);
        request.Put(TCA_NETEM_JITTER64, jitter);
    }

    private static NetemPart Of(Percentage? part, Percentage? correlation)
        => new(part?.Scaled ?? 0, correlation?.Scaled ?? 0);

    private static long Nanoseconds(Duration? time) => (time?.Ticks ?? 0) * NanosecondsOfTimeSpanTick;

    private static uint Ticks(long nanoseconds) => (uint)Math.Min(nanoseconds / NanosecondsOfTick, uint.MaxValue);

    // What a time span cannot tell apart from none is still some.
    private static Duration? Time(long nanoseconds) => nanoseconds <= 0 ? null
        : new Duration(TimeSpan.FromTicks(Math.Max(1, nanoseconds / NanosecondsOfTimeSpanTick)));

    /// <summary>struct tc_netem_qopt.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct NetemOptions(
        uint Latency, uint Limit, uint Loss, uint Gap, uint Duplicate, uint Jitter);

    /// <summary>struct tc_netem_corr.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct NetemCorrelation(uint Delay, uint Loss, uint Duplicate);

    /// <summary>struct tc_netem_reorder and tc_netem_corrupt.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct NetemPart(uint Part, uint Correlation);

    /// <summary>struct tc_netem_rate.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct NetemRate(uint Bytes, int PacketOverhead, uint CellSize, int CellOverhead);
}
