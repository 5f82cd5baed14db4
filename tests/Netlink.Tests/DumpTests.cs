using LxcNetworking.Netlink;
using Netlink.Tests.Support;

namespace Netlink.Tests;

public sealed class DumpTests : DumpTest
{
    private const int EPERM = 1, EBUSY = 16, EOPNOTSUPP = 95;

    [Fact]
    public void PartsAreJoinedInOrder()
    {
        Kernel.Then(Complete);
        Assert.Equal(["1", "2", "3"], Dump());
        Assert.Equal(0x301, (int)Assert.Single(Kernel.Requests).Flags);
    }

    [Fact]
    public void EmptyListIsEmpty() => Assert.Empty(Dump());

    [Fact]
    public void EndMayShareTheLastDatagramAndCarryNoCode()
    {
        Kernel.Then(request =>
            [Delivery.Datagram(Wire.Item(request, 1),
                Wire.Message(Wire.Done, Wire.Multi, request.Sequence, request.Port))]);
        Assert.Equal(["1"], Dump());
    }

    [Fact]
    public void ParserMayLeaveMessagesOut()
    {
        Kernel.Then(Complete);
        using var request = new NetlinkRequest(18);
        Assert.Equal(["2"], Connection.Dump(request, reply => Number(reply) is "2" and var number ? number : null));
    }

    [Fact]
    public void InterruptedDumpIsReadAgainWhole()
    {
        Kernel.Then(Interrupted).Then(Complete);
        Assert.Equal(["1", "2", "3"], Dump());
        Assert.Equal(2, Kernel.Requests.Select(request => request.Sequence).Distinct().Count());
    }

    [Fact]
    public void InterruptionToldByTheEndAloneCounts()
    {
        Kernel.Then(request => [Wire.Item(request, 8), Wire.End(request, 0, Wire.Multi | Wire.Interrupted)])
            .Then(Complete);
        Assert.Equal(["1", "2", "3"], Dump());
    }

    [Fact]
    public void ListThatNeverHoldsStillIsAnErrorNotAPart()
    {
        Kernel.Otherwise = Interrupted;
        var failure = Assert.Throws<NetlinkDumpInterruptedException>(() => Dump());
        Assert.Contains("10 times", failure.Message, StringComparison.Ordinal);
        Assert.Equal(10, Kernel.Sent.Count);
        Kernel.Otherwise = Complete;
        Assert.Equal(3, Dump().Count);
    }

    private DumpReading<string> DumpInOrder()
    {
        using var request = new NetlinkRequest(18);
        return Connection.DumpInOrder(
            request, Number, item => long.Parse(item, System.Globalization.CultureInfo.InvariantCulture) / 10);
    }

    private List<string> DumpTwice(Func<bool>? isUndisturbed = null)
    {
        using var request = new NetlinkRequest(18);
        return Connection.DumpTwice(request, Number, item => item, isUndisturbed);
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
        Kernel.Then(request => Parts(request, true, [10, 20], [30, 40, 41]));
        var reading = DumpInOrder();
        Assert.Equal(["10", "20", "30", "40", "41"], reading.Items);
        Assert.Empty(reading.Torn);
        Assert.True(reading.IsInterrupted);
        Assert.Single(Kernel.Sent);
    }

    [Fact]
    public void InterruptedListThatGoesBackIsReadAgain()
    {
        Kernel.Then(request => Parts(request, true, [10, 30], [20, 40]))
            .Then(request => Parts(request, false, [10, 30], [20, 40]));
        Assert.Equal(["10", "30", "20", "40"], DumpInOrder().Items);
        Assert.Equal(2, Kernel.Sent.Count);
        Kernel.Otherwise = request => Parts(request, true, [10, 30], [20, 40]);
        Assert.Throws<NetlinkDumpInterruptedException>(() => DumpInOrder());
    }

    [Fact]
    public void PlacesThatCameInTwoPartsAreTorn()
    {
        Kernel.Then(request => Parts(request, true, [10, 20, 21], [22, 30], [40], [41, 42], [43]));
        Assert.Equal([2, 4], DumpInOrder().Torn.Order());
        Kernel.Then(request => Parts(request, false, [10, 20, 21], [22, 30]));
        Assert.Empty(DumpInOrder().Torn);
    }

    [Fact]
    public void ListInOnePartNeedsNoSecondReading()
    {
        Kernel.Then(request => Parts(request, false, [3, 1, 2]));
        Assert.Equal(["3", "1", "2"], DumpTwice());
        Assert.Single(Kernel.Sent);
    }

    [Fact]
    public void ListInSeveralPartsIsReadUntilTwoReadingsAreTheSame()
    {
        Kernel.Then(request => Parts(request, false, [1, 2], [3]))
            .Then(request => Parts(request, false, [1, 2], [4]))
            .Then(request => Parts(request, false, [1], [2, 4]));
        Assert.Equal(["1", "2", "4"], DumpTwice());
        Assert.Equal(3, Kernel.Sent.Count);
        uint last = 10;
        Kernel.Otherwise = request => Parts(request, false, [1, 2], [last++]);
        Assert.Throws<NetlinkDumpInterruptedException>(() => DumpTwice());
    }

    [Fact]
    public void ReadingsThatAreTheSameAndShowOneTwiceOrWereDisturbedAreNotBelieved()
    {
        Kernel.Then(request => Parts(request, false, [1, 2], [2]))
            .Then(request => Parts(request, false, [1, 2], [2]))
            .Then(Complete)
            .Then(Complete);
        Assert.Equal(["1", "2", "3"], DumpTwice());
        Assert.Equal(4, Kernel.Sent.Count);
        Kernel.Otherwise = Complete;
        var asked = 0;
        Assert.Equal(3, DumpTwice(() => ++asked > 4).Count);
        Assert.Equal(5, asked);
    }

    [Fact]
    public void EntryThatFitsInNoPartIsSaidToBeMissing()
    {
        const int EMSGSIZE = 90;
        Kernel.Then(request => [Wire.Item(request, 1), Wire.End(request, -EMSGSIZE)]).Then(Complete);
        Assert.Throws<NetlinkListIncompleteException>(() => Dump());
        Assert.Equal(3, Dump().Count);
    }

    [Fact]
    public void ListOfEmptyPartsWithoutEndIsLeftAndTheNextIsReadElsewhere()
    {
        using var other = new FakeKernel();
        other.Then(Complete);
        Connection.Reopen = () => other;
        Kernel.Then(request => Enumerable.Repeat<Delivery>(Array.Empty<byte>(), int.MaxValue)
            .Prepend(Wire.Item(request, 1)));
        Assert.Throws<NetlinkListIncompleteException>(() => Dump());
        Assert.Equal(3, Dump().Count);
    }

    [Fact]
    public void TryingAgainCanBeCancelled()
    {
        using var cancellation = new CancellationTokenSource();
        var attempts = 0;
        Kernel.Otherwise = request =>
        {
            if (++attempts == 5)
                cancellation.Cancel();
            return Interrupted(request);
        };
        Assert.Throws<OperationCanceledException>(() => Dump(cancellation.Token));
        Assert.Equal(5, attempts);
    }

    [Fact]
    public void RefusalIsThrownAndTheNextDumpWorks()
    {
        Kernel.Then(request => Wire.Refusal(request, EOPNOTSUPP, Wire.Text(1, "no such list"))).Then(Complete);
        var refusal = Assert.Throws<NetlinkErrorException>(() => Dump());
        Assert.Equal((EOPNOTSUPP, "no such list"), (refusal.Errno, refusal.KernelMessage));
        Assert.Equal(3, Dump().Count);
    }

    [Fact]
    public void ErrorInTheEndIsThrownWithItsText()
    {
        Kernel.Then(request =>
            [Wire.Item(request, 1), Wire.End(request, -EPERM, Wire.Multi | Wire.AckTlvs, Wire.Text(1, "not yours"))])
            .Then(Complete);
        var refusal = Assert.Throws<NetlinkErrorException>(() => Dump());
        Assert.Equal((EPERM, "not yours"), (refusal.Errno, refusal.KernelMessage));
        Assert.Equal(3, Dump().Count);
    }

    [Fact]
    public void ErrorAfterAPartIsNotAPartialList()
    {
        Kernel.Then(request => [Wire.Item(request, 1), Wire.Refusal(request, EPERM)]);
        Assert.Throws<NetlinkErrorException>(() => Dump());
    }

    [Fact]
    public void EndThatNeverComesTimesOut()
    {
        Kernel.Then(request => [Wire.Item(request, 1)]).Then(Complete);
        Assert.Throws<NetlinkTimeoutException>(() => Dump());
        Assert.Equal(3, Dump().Count);
    }

    [Fact]
    public void CancelledDumpIsReadToItsEndBeforeTheNext()
    {
        using var cancellation = new CancellationTokenSource();
        Kernel.Then(request =>
        [
            Wire.Item(request, 1),
            new Delivery { Bytes = Wire.Item(request, 2), Before = cancellation.Cancel },
            Wire.Item(request, 3), Wire.Item(request, 4), Wire.End(request),
        ]).Then(Complete);
        Assert.Throws<OperationCanceledException>(() => Dump(cancellation.Token));
        Assert.Equal(["1", "2", "3"], Dump());
        // The fake kernel, like the real one, refuses a dump while another is under way.
        Assert.Equal(2, Kernel.Sent.Count);
    }

    [Fact]
    public void CancelledDumpDoesNotDisturbAnExchange()
    {
        using var cancellation = new CancellationTokenSource();
        Kernel.Then(request =>
            [new Delivery { Bytes = Wire.Item(request, 2), Before = cancellation.Cancel }, Wire.Item(request, 3),
                Wire.End(request)]);
        Assert.Throws<OperationCanceledException>(() => Dump(cancellation.Token));
        using var request = new NetlinkRequest(16);
        Connection.Execute(request, _ => Assert.Fail("That is the dump's."));
        Assert.Empty(Dump());
    }

    [Fact]
    public void ParserThatThrowsLeavesTheConnectionUsable()
    {
        Kernel.Then(Complete).Then(Complete);
        using var request = new NetlinkRequest(18);
        Assert.Throws<FormatException>(() => Connection.Dump<string>(request, _ => throw new FormatException()));
        Assert.Equal(3, Dump().Count);
        Kernel.Then(Complete);
        Assert.Throws<InvalidOperationException>(() =>
            Connection.Dump<string>(request, _ => throw new InvalidOperationException(Dump()[0])));
    }

    [Fact]
    public void DumpThatSomebodyElseLeftUnderWayIsWaitedFor()
    {
        Kernel.Then(request => Wire.Refusal(request, EBUSY)).Then(Complete);
        Assert.Equal(3, Dump().Count);
        Kernel.Otherwise = request => [Wire.Refusal(request, EBUSY)];
        Assert.Equal(EBUSY, Assert.Throws<NetlinkErrorException>(() => Dump()).Errno);
    }

    [Fact]
    public void StaleStrangeAndForgedMessagesAreNotInTheList()
    {
        Kernel.Then(request =>
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
        Kernel.Then(request => [Wire.Item(request, 1), datagram, Wire.Item(request, 2), Wire.End(request)])
            .Then(Complete);
        Assert.Throws<NetlinkProtocolException>(() => Dump());
        Assert.Equal(3, Dump().Count);
    }

    [Fact]
    public void DatagramsLargerThanTheBufferAreReadWhole()
    {
        Kernel.Then(request =>
            [Delivery.Datagram([.. Enumerable.Range(0, 5000).Select(i => Wire.Item(request, (uint)i))]),
                Wire.End(request)]);
        Assert.Equal(5000, Dump().Count);
    }

    [Fact]
    public void TimeRunsFromTheLastMessageOfTheAnswer()
    {
        Connection.Timeout = TimeSpan.FromSeconds(4);
        Kernel.Then(request =>
        [
            .. Enumerable.Range(0, 8)
            .Select(i => new Delivery { Bytes = Wire.Item(request, (uint)i), Before = () => Thread.Sleep(600) }),
            Wire.End(request),
        ]);
        Assert.Equal(8, Dump().Count);
    }
}
