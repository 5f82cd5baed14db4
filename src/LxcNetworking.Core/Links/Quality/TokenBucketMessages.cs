using System.Runtime.InteropServices;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links.Quality;

/// <summary>Reads and writes a token bucket filter, which does a rate alone (TCA_TBF_* of linux/pkt_sched.h).</summary>
internal static class TokenBucketMessages
{
    public const string Kind = "tbf";

    private const ushort TCA_TBF_PARMS = 1, TCA_TBF_RATE64 = 4, TCA_TBF_PRATE64 = 5, TCA_TBF_BURST = 6;
    private const byte TC_LINKLAYER_ETHERNET = 1, LinkLayerMask = 15;
    private const int EthernetHeader = 14, LeastFrames = 10, BurstMilliseconds = 10, WaitMilliseconds = 50;
    private const double SecondsOfTick = 64e-9;

    /// <summary>The bytes that go through at once where nobody says how many.</summary>
    public static long DefaultBurst(BitRate rate, long mtu) => Math.Min(uint.MaxValue, Math.Max(
        (long)(rate.BytesPerSecond / 1000 * BurstMilliseconds), (mtu + EthernetHeader) * LeastFrames));

    /// <summary>Reads what it does.</summary>
    /// <param name="options">The value of TCA_OPTIONS.</param>
    /// <param name="other">Takes what there are no settings for.</param>
    /// <returns>The settings, and the bytes that wait at most.</returns>
    /// <exception cref="NetlinkProtocolException">It is malformed.</exception>
    public static (LinkQualitySettings Settings, long Limit) Read(ReadOnlySpan<byte> options, List<string> other)
    {
        TokenBucketParameters parameters = default;
        ulong? rate64 = null, peak64 = null;
        foreach (var attribute in new AttributeReader(options))
        {
            switch (attribute.Type)
            {
                case TCA_TBF_PARMS: parameters = attribute.AsStruct<TokenBucketParameters>(); break;
                case TCA_TBF_RATE64: rate64 = attribute.AsUInt64(); break;
                case TCA_TBF_PRATE64: peak64 = attribute.AsUInt64(); break;
            }
        }

        var rate = rate64 ?? parameters.Rate.Bytes;
        // The kernel keeps the time that a burst takes.
        var burst = Math.Round(rate * (parameters.Buffer * SecondsOfTick));
        if (BitRate.OfBytes(peak64 ?? parameters.Peak.Bytes) is { } peak)
            other.Add($"peak rate {peak}");
        if (parameters.Rate.Overhead != 0 || parameters.Rate.LeastSize != 0)
            other.Add($"overhead {parameters.Rate.Overhead} mpu {parameters.Rate.LeastSize}");
        if ((parameters.Rate.LinkLayer & LinkLayerMask) > TC_LINKLAYER_ETHERNET)
            other.Add("another link layer");
        return (
            new LinkQualitySettings
            {
                Rate = BitRate.OfBytes(rate),
                Burst = burst is > 0 and <= uint.MaxValue ? (long)burst : null,
            },
            parameters.Limit);
    }

    /// <summary>Writes a rate.</summary>
    /// <param name="request">The request, inside TCA_OPTIONS.</param>
    /// <param name="settings">The rate, and its burst where one is said.</param>
    /// <param name="mtu">The link's MTU in bytes.</param>
    public static void Write(NetlinkRequest request, LinkQualitySettings settings, long mtu)
    {
        var rate = settings.Rate!.BytesPerSecond;
        var burst = settings.Burst ?? DefaultBurst(settings.Rate, mtu);
        // The link layer is said, so that no table of sizes is needed; the burst is said in bytes.
        request.Put(TCA_TBF_PARMS, new TokenBucketParameters(
            new RateSpecification(0, TC_LINKLAYER_ETHERNET, 0, -1, 0, (uint)Math.Min(rate, uint.MaxValue)),
            default,
            (uint)Math.Min(uint.MaxValue, (rate / 1000 * WaitMilliseconds) + (ulong)burst),
            (uint)Math.Min(uint.MaxValue, burst / (rate * SecondsOfTick)),
            0));
        request.Put(TCA_TBF_BURST, (uint)burst);
        if (rate > uint.MaxValue)
            request.Put(TCA_TBF_RATE64, rate);
    }

    /// <summary>struct tc_ratespec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct RateSpecification(
        byte CellLog, byte LinkLayer, ushort Overhead, short CellAlign, ushort LeastSize, uint Bytes);

    /// <summary>struct tc_tbf_qopt.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct TokenBucketParameters(
        RateSpecification Rate, RateSpecification Peak, uint Limit, uint Buffer, uint LargestPacket);
}
