using LxcNetworking.Netlink;

namespace Netlink.Tests.Support;

/// <summary>Tests of lists of numbers that a kernel tells which is played.</summary>
public abstract class DumpTest
{
    private protected DumpTest() => Connection = new NetlinkConnection(Kernel);

    private protected static Delivery Overrun { get; } = new() { Overrun = true };

    private protected FakeKernel Kernel { get; } = new();

    private protected NetlinkConnection Connection { get; }

    private protected List<string> Dump(CancellationToken cancellation = default)
    {
        using var request = new NetlinkRequest(18);
        return Connection.Dump(request, Number, cancellation);
    }

    private protected static string Number(NetlinkReply reply)
    {
        _ = reply.Read<uint>(out var number);
        return number.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    private protected static IEnumerable<Delivery> Complete(SentMessage request) =>
        [Delivery.Datagram(Wire.Item(request, 1), Wire.Item(request, 2)), Wire.Item(request, 3), Wire.End(request)];

    private protected static IEnumerable<Delivery> Interrupted(SentMessage request) =>
        [Wire.Item(request, 8), Wire.Item(request, 9, Wire.Multi | Wire.Interrupted), Wire.End(request)];
}
