using System.Diagnostics;
using LxcNetworking.Netlink;
using Netlink.Tests.Support;

namespace Netlink.Tests;

public sealed class DumpTests
{
    private const int EPERM = 1, EBUSY = 16, EOPNOTSUPP = 95;
    private static readonly Delivery _overrun = new() { Overrun = true };

    private readonly FakeKernel _kernel = new();
    private readonly NetlinkConnection _connection;

    public DumpTests() => _connection = new NetlinkConnection(_kernel);

    private List<string> Dump(CancellationToken cancellation = default)
    {
        using var request = new NetlinkRequest(18);
        return _connection.Dump(request, Number, cancellation);
    }

    private static string Number(NetlinkReply reply)
    {
        _ = reply.Read<uint>(out var number);
        return number.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    private static IEnumerable<Delivery> Complete(SentMessage request) =>
        [Delivery.Datagram(Wire.Item(request, 1), Wire.Item(request, 2)), Wire.Item(request, 3), Wire.End(request)];

    private static IEnumerable<Delivery> Interrupted(SentMessage request) =>
        [Wire.Item(request, 8), Wire.Item(request, 9, Wire.Multi | Wire.Interrupted), Wire.End(request)];

    [Fact]
    public void PartsAreJoinedInOrder()
    {
        _kernel.Then(Complete);
        Assert.Equal(["1", "2", "3"], Dump());
        Assert.Equal(0x301, (int)Assert.Single(_kernel.Requests).Flags);
    }

    [Fact]
    public void EmptyListIsEmpty() => Assert.Empty(Dump());

    [Fact]
    public void EndMayShareTheLastDatagramAndCarryNoCode()
    {
        _kernel.Then(request =>
            [Delivery.Datagram(Wire.Item(request, 1),
                Wire.Message(Wire.Done, Wire.Multi, request.Sequence, request.Port))]);
        Assert.Equal(["1"], Dump());
    }

    [Fact]
    public void ParserMayLeaveMessagesOut()
    {
        _kernel.Then(Complete);
        using var request = new NetlinkRequest(18);
        Assert.Equal(["2"], _connection.Dump(request, reply => Number(reply) is "2" and var number ? number : null));
    }

    [Fact]
    public void InterruptedDumpIsReadAgainWhole()
    {
        _kernel.Then(Interrupted).Then(Complete);
        Assert.Equal(["1", "2", "3"], Dump());
        Assert.Equal(2, _kernel.Requests.Select(request => request.Sequence).Distinct().Count());
    }

    [Fact]
    public void InterruptionToldByTheEndAloneCounts()
    {
        _kernel.Then(request => [Wire.Item(request, 8), Wire.End(request, 0, Wire.Multi | Wire.Interrupted)])
            .Then(Complete);
        Assert.Equal(["1", "2", "3"], Dump());
    }

    [Fact]
    public void ListThatNeverHoldsStillIsAnErrorNotAPart()
    {
        _kernel.Otherwise = Interrupted;
        var failure = Assert.Throws<NetlinkDumpInterruptedException>(() => Dump());
        Assert.Contains("10 times", failure.Message, StringComparison.Ordinal);
        Assert.Equal(10, _kernel.Sent.Count);
        _kernel.Otherwise = Complete;
        Assert.Equal(3, Dump().Count);
    }

    private DumpReading<string> DumpInOrder()
    {
        using var request = new NetlinkRequest(18);
        return _connection.DumpInOrder(
            request, Number, item => long.Parse(item, System.Globalization.CultureInfo.InvariantCulture) / 10);
    }

    private List<string> DumpTwice(Func<bool>? isUndisturbed = null)
    {
        using var request = new NetlinkRequest(18);
        return _connection.DumpTwice(request, Number, item => item, isUndisturbed);
    }

    private static IEnumerable<Delivery> Parts(SentMessage request, bool interrupted, params uint[][] parts)
    {
        var flags = (ushort)(Wire.Multi | (interrupted ? Wire.Interrupted : 0));
        return
        [
            .. parts.Select(part => Delivery.Datagram([.. part.Select(number => Wire.Item(request, number, flags))])),
            Wire.End(request),
        ];
    }

    [Fact]
    public void InterruptedListThatAscendsIsWhole()
    {
        _kernel.Then(request => Parts(request, true, [10, 20], [30, 40, 41]));
        var reading = DumpInOrder();
        Assert.Equal(["10", "20", "30", "40", "41"], reading.Items);
        Assert.Empty(reading.Torn);
        Assert.True(reading.IsInterrupted);
        Assert.Single(_kernel.Sent);
    }

    [Fact]
    public void InterruptedListThatGoesBackIsReadAgain()
    {
        _kernel.Then(request => Parts(request, true, [10, 30], [20, 40]))
            .Then(request => Parts(request, false, [10, 30], [20, 40]));
        Assert.Equal(["10", "30", "20", "40"], DumpInOrder().Items);
        Assert.Equal(2, _kernel.Sent.Count);
        _kernel.Otherwise = request => Parts(request, true, [10, 30], [20, 40]);
        Assert.Throws<NetlinkDumpInterruptedException>(() => DumpInOrder());
    }

    [Fact]
    public void PlacesThatCameInTwoPartsAreTorn()
    {
        _kernel.Then(request => Parts(request, true, [10, 20, 21], [22, 30], [40], [41, 42], [43]));
        Assert.Equal([2, 4], DumpInOrder().Torn.Order());
        _kernel.Then(request => Parts(request, false, [10, 20, 21], [22, 30]));
        Assert.Empty(DumpInOrder().Torn);
    }

    [Fact]
    public void ListInOnePartNeedsNoSecondReading()
    {
        _kernel.Then(request => Parts(request, false, [3, 1, 2]));
        Assert.Equal(["3", "1", "2"], DumpTwice());
        Assert.Single(_kernel.Sent);
    }

    [Fact]
    public void ListInSeveralPartsIsReadUntilTwoReadingsAreTheSame()
    {
        _kernel.Then(request => Parts(request, false, [1, 2], [3]))
            .Then(request => Parts(request, false, [1, 2], [4]))
            .Then(request => Parts(request, false, [1], [2, 4]));
        Assert.Equal(["1", "2", "4"], DumpTwice());
        Assert.Equal(3, _kernel.Sent.Count);
        uint last = 10;
        _kernel.Otherwise = request => Parts(request, false, [1, 2], [last++]);
        Assert.Throws<NetlinkDumpInterruptedException>(() => DumpTwice());
    }

    [Fact]
    public void ReadingsThatAreTheSameAndShowOneTwiceOrWereDisturbedAreNotBelieved()
    {
        _kernel.Then(request => Parts(request, false, [1, 2], [2]))
            .Then(request => Parts(request, false, [1, 2], [2]))
            .Then(Complete)
            .Then(Complete);
        Assert.Equal(["1", "2", "3"], DumpTwice());
        Assert.Equal(4, _kernel.Sent.Count);
        _kernel.Otherwise = Complete;
        var asked = 0;
        Assert.Equal(3, DumpTwice(() => ++asked > 4).Count);
        Assert.Equal(5, asked);
    }

    [Fact]
    public void EntryThatFitsInNoPartIsSaidToBeMissing()
    {
        const int EMSGSIZE = 90;
        _kernel.Then(request => [Wire.Item(request, 1), Wire.End(request, -EMSGSIZE)]).Then(Complete);
        Assert.Throws<NetlinkListIncompleteException>(() => Dump());
        Assert.Equal(3, Dump().Count);
    }

    [Fact]
    public void ListOfEmptyPartsWithoutEndIsLeftAndTheNextIsReadElsewhere()
    {
        using var other = new FakeKernel();
        other.Then(Complete);
        _connection.Reopen = () => other;
        _kernel.Then(request => Enumerable.Repeat<Delivery>(Array.Empty<byte>(), int.MaxValue)
            .Prepend(Wire.Item(request, 1)));
        Assert.Throws<NetlinkListIncompleteException>(() => Dump());
        Assert.Equal(3, Dump().Count);
    }

    [Fact]
    public void TryingAgainCanBeCancelled()
    {
        using var cancellation = new CancellationTokenSource();
        var attempts = 0;
        _kernel.Otherwise = request =>
        {
            if (++attempts == 5)
                cancellation.Cancel();
            return Interrupted(request);
        };
        Assert.Throws<OperationCanceledException>(() => Dump(cancellation.Token));
        Assert.Equal(5, attempts);
    }

    [Fact]
    public void OverrunInTheMiddleRestarts()
    {
        _kernel.Then(request => [Wire.Item(request, 8), _overrun, Wire.Item(request, 9), Wire.End(request)])
            .Then(Complete);
        Assert.Equal(["1", "2", "3"], Dump());
    }

    [Fact]
    public void OverrunThatSwallowsTheEndRestarts()
    {
        _kernel.Then(request => [Wire.Item(request, 8), _overrun]).Then(Complete);
        Assert.Equal(["1", "2", "3"], Dump());
    }

    [Fact]
    public void OverrunEveryTimeIsSaidToBeOne()
    {
        _kernel.Otherwise = request => [Wire.Item(request, 8), _overrun, Wire.End(request)];
        Assert.Throws<NetlinkOverrunException>(() => Dump());
        Assert.Equal(10, _kernel.Sent.Count);
    }

    [Fact]
    public void RefusalIsThrownAndTheNextDumpWorks()
    {
        _kernel.Then(request => Wire.Refusal(request, EOPNOTSUPP, Wire.Text(1, "no such list"))).Then(Complete);
        var refusal = Assert.Throws<NetlinkErrorException>(() => Dump());
        Assert.Equal((EOPNOTSUPP, "no such list"), (refusal.Errno, refusal.KernelMessage));
        Assert.Equal(3, Dump().Count);
    }

    [Fact]
    public void ErrorInTheEndIsThrownWithItsText()
    {
        _kernel.Then(request =>
            [Wire.Item(request, 1), Wire.End(request, -EPERM, Wire.Multi | Wire.AckTlvs, Wire.Text(1, "not yours"))])
            .Then(Complete);
        var refusal = Assert.Throws<NetlinkErrorException>(() => Dump());
        Assert.Equal((EPERM, "not yours"), (refusal.Errno, refusal.KernelMessage));
        Assert.Equal(3, Dump().Count);
    }

    [Fact]
    public void ErrorAfterAPartIsNotAPartialList()
    {
        _kernel.Then(request => [Wire.Item(request, 1), Wire.Refusal(request, EPERM)]);
        Assert.Throws<NetlinkErrorException>(() => Dump());
    }

    [Fact]
    public void EndThatNeverComesTimesOut()
    {
        _kernel.Then(request => [Wire.Item(request, 1)]).Then(Complete);
        Assert.Throws<NetlinkTimeoutException>(() => Dump());
        Assert.Equal(3, Dump().Count);
    }

    [Fact]
    public void CancelledDumpIsReadToItsEndBeforeTheNext()
    {
        using var cancellation = new CancellationTokenSource();
        _kernel.Then(request =>
        [
            Wire.Item(request, 1),
            new Delivery { Bytes = Wire.Item(request, 2), Before = cancellation.Cancel },
            Wire.Item(request, 3), Wire.Item(request, 4), Wire.End(request),
        ]).Then(Complete);
        Assert.Throws<OperationCanceledException>(() => Dump(cancellation.Token));
        Assert.Equal(["1", "2", "3"], Dump());
        // The fake kernel, like the real one, refuses a dump while another is under way.
        Assert.Equal(2, _kernel.Sent.Count);
    }

    [Fact]
    public void CancelledDumpDoesNotDisturbAnExchange()
    {
        using var cancellation = new CancellationTokenSource();
        _kernel.Then(request =>
            [new Delivery { Bytes = Wire.Item(request, 2), Before = cancellation.Cancel }, Wire.Item(request, 3),
                Wire.End(request)]);
        Assert.Throws<OperationCanceledException>(() => Dump(cancellation.Token));
        using var request = new NetlinkRequest(16);
        _connection.Execute(request, _ => Assert.Fail("That is the dump's."));
        Assert.Empty(Dump());
    }

    [Fact]
    public void ParserThatThrowsLeavesTheConnectionUsable()
    {
        _kernel.Then(Complete).Then(Complete);
        using var request = new NetlinkRequest(18);
        Assert.Throws<FormatException>(() => _connection.Dump<string>(request, _ => throw new FormatException()));
        Assert.Equal(3, Dump().Count);
        _kernel.Then(Complete);
        Assert.Throws<InvalidOperationException>(() =>
            _connection.Dump<string>(request, _ => throw new InvalidOperationException(Dump()[0])));
    }

    [Fact]
    public void DumpThatSomebodyElseLeftUnderWayIsWaitedFor()
    {
        _kernel.Then(request => Wire.Refusal(request, EBUSY)).Then(Complete);
        Assert.Equal(3, Dump().Count);
        _kernel.Otherwise = request => [Wire.Refusal(request, EBUSY)];
        Assert.Equal(EBUSY, Assert.Throws<NetlinkErrorException>(() => Dump()).Errno);
    }

    [Fact]
    public void StaleStrangeAndForgedMessagesAreNotInTheList()
    {
        _kernel.Then(request =>
        [
            Wire.Message(Wire.Data, Wire.Multi, request.Sequence - 1, request.Port, Wire.U32(90)),
            Wire.Message(Wire.Done, Wire.Multi, request.Sequence - 1, request.Port, Wire.U32(0)),
            Wire.Message(Wire.Done, Wire.Multi, request.Sequence, request.Port + 1, Wire.U32(0)),
            new Delivery { Bytes = Wire.End(request), Stranger = true },
            new Delivery { Bytes = Wire.Item(request, 91, Wire.Multi | Wire.Interrupted), Stranger = true },
            Delivery.Datagram(Wire.Message(Wire.Data, 0, 0, 0, Wire.U32(92)), Wire.Item(request, 1),
                Wire.Message(1, 0, request.Sequence, request.Port)),
            Delivery.Datagram(Wire.End(request), Wire.Item(request, 93)),
        ]);
        Assert.Equal(["1"], Dump());
    }

    [Theory]
    [InlineData(new byte[] { 1, 2, 3 })]
    [InlineData(new byte[] { 0, 0, 0, 0, 24, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 17, 0, 0, 0, 24, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 255, 255, 255, 255, 24, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0 })]
    public void MalformedDatagramIsATypedErrorAndTheNextDumpWorks(byte[] datagram)
    {
        _kernel.Then(request => [Wire.Item(request, 1), datagram, Wire.Item(request, 2), Wire.End(request)])
            .Then(Complete);
        Assert.Throws<NetlinkProtocolException>(() => Dump());
        Assert.Equal(3, Dump().Count);
    }

    [Fact]
    public void DatagramsLargerThanTheBufferAreReadWhole()
    {
        _kernel.Then(request =>
            [Delivery.Datagram([.. Enumerable.Range(0, 5000).Select(i => Wire.Item(request, (uint)i))]),
                Wire.End(request)]);
        Assert.Equal(5000, Dump().Count);
    }

    [Fact]
    public void TimeRunsFromTheLastMessageOfTheAnswer()
    {
        _connection.Timeout = TimeSpan.FromSeconds(4);
        _kernel.Then(request =>
        [
            .. Enumerable.Range(0, 8)
            .Select(i => new Delivery { Bytes = Wire.Item(request, (uint)i), Before = () => Thread.Sleep(600) }),
            Wire.End(request),
        ]);
        Assert.Equal(8, Dump().Count);
    }

    [Fact]
    public void DumpWithoutEndOfStrangersIsAbandoned()
    {
        _connection.Timeout = TimeSpan.FromMilliseconds(50);
        _kernel.Then(request => Enumerable.Repeat<Delivery>(Wire.Message(Wire.Data, 0, 0, 0), int.MaxValue));
        var watch = Stopwatch.StartNew();
        Assert.Throws<NetlinkTimeoutException>(() => Dump());
        Assert.Throws<NetlinkTimeoutException>(() => Dump());
        Assert.True(watch.Elapsed < TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void NothingIsAllocatedPerMessage()
    {
        const int MessagesEach = 100;
        // Several times, as the first run compiles, and a collection may take a pooled buffer away: what is allocated
        // per message is so every time.
        var few = Enumerable.Range(0, 5).Min(_ => Measure(10));
        var many = Enumerable.Range(0, 5).Min(_ => Measure(2000));
        Assert.True(many - few < 1000, $"{(many - few) / (1990.0 * MessagesEach)} bytes for each message.");

        long Measure(int datagrams)
        {
            _kernel.Then(request =>
                Repeat(Delivery.Datagram(
                    [.. Enumerable.Range(0, MessagesEach).Select(i => Wire.Item(request, (uint)i))]),
                Wire.End(request), datagrams));
            using var request = new NetlinkRequest(18);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var seen = 0;
            _connection.Dump<string>(request, reply =>
            {
                foreach (var attribute in reply.Read<uint>(out _))
                    seen += attribute.Type;
                seen++;
                return null;
            });
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.Equal(datagrams * MessagesEach, seen);
            return allocated;
        }
    }

    private static IEnumerable<Delivery> Repeat(Delivery delivery, Delivery last, int times)
    {
        for (var i = 0; i < times; i++)
            yield return delivery;
        yield return last;
    }
}
