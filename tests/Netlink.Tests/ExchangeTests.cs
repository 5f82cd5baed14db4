using System.Diagnostics;
using LxcNetworking.Netlink;
using Netlink.Tests.Support;

namespace Netlink.Tests;

public sealed class ExchangeTests
{
    private const int EPERM = 1, EEXIST = 17;

    private readonly FakeKernel _kernel = new();

    private NetlinkConnection Connect() => new(_kernel);

    private static NetlinkRequest Request(ushort type = 16) => new(type);

    [Fact]
    public void AcknowledgedRequestReturns()
    {
        using var connection = Connect();
        using var request = Request();
        connection.Execute(request);
        var sent = Assert.Single(_kernel.Requests);
        Assert.Equal((0x5, _kernel.PortId), ((int)sent.Flags, sent.Port));
        Assert.NotEqual(0u, sent.Sequence);
        // What was added for the exchange does not stay in the request.
        Assert.Equal(NetlinkFlags.Request, request.Flags);
    }

    [Fact]
    public void RepliesComeBeforeTheAcknowledgement()
    {
        _kernel.Then(request =>
            [Delivery.Datagram(Wire.Item(request, 7)), Delivery.Datagram(Wire.Item(request, 8), Wire.Ack(request))]);
        using var connection = Connect();
        using var request = Request();
        var replies = new List<uint>();
        connection.Execute(request, reply => replies.Add(BitConverter.ToUInt32(reply.Payload)));
        Assert.Equal([7, 8], replies);
    }

    [Fact]
    public void QueryIsAnsweredByOneMessage()
    {
        _kernel.Then(request => Wire.Item(request, 7));
        using var connection = Connect();
        using var request = Request(18).AsQuery();
        uint reply = 0;
        connection.Execute(request, answer => reply = BitConverter.ToUInt32(answer.Payload));
        Assert.Equal(7u, reply);
        Assert.Equal(NetlinkFlags.Request, Assert.Single(_kernel.Requests).Flags);
        Assert.Equal([false], _kernel.SmallReceives);
    }

    [Fact]
    public void RefusedQueryIsARefusal()
    {
        _kernel.Then(request => Wire.Refusal(request, EPERM));
        using var connection = Connect();
        using var request = Request(18).AsQuery();
        var refusal = Assert.Throws<NetlinkErrorException>(() =>
            connection.Execute(request, _ => Assert.Fail("there is no answer")));
        Assert.Equal(EPERM, refusal.Errno);
    }

    [Fact]
    public void OnlyWhatMayNotFitIsLookedAtFirst()
    {
        _kernel.Then(request => Wire.Ack(request)).Then(request => Wire.Item(request, 7))
            .Then(request => [Wire.Item(request, 8), Wire.Ack(request)])
            .Then(request => [Wire.Item(request, 9), Wire.Ack(request)]);
        using var connection = Connect();
        using NetlinkRequest
            change = Request(19), query = Request(18).AsQuery(), echoed = new(16, NetlinkFlags.Echo),
                large = new(16, NetlinkFlags.Echo);
        large.Put(1, new byte[8000]);
        var replies = new List<(int, uint)>();
        var errors = connection.ExecuteAll(
            [change, query, echoed, large], (i, reply) => replies.Add((i, BitConverter.ToUInt32(reply.Payload))));
        Assert.Equal([null, null, null, null], errors);
        Assert.Equal([(1, 7u), (2, 8u), (3, 9u)], replies);
        Assert.Equal([true, false, true, true, false, false], _kernel.SmallReceives);
        Assert.Equal([5, 1, 13, 13], _kernel.Requests.Select(request => (int)request.Flags));
    }

    [Fact]
    public void RefusalSaysWhichErrnoAndRequest()
    {
        _kernel.Then(request => Wire.Refusal(request, EEXIST));
        using var connection = Connect();
        using var request = Request(20);
        var refusal = Assert.Throws<NetlinkErrorException>(() => connection.Execute(request));
        Assert.Equal((EEXIST, 20, null), (refusal.Errno, refusal.MessageType, refusal.KernelMessage));
        Assert.Equal("File exists", refusal.Message);
        Assert.Empty(refusal.AttributePath);
        connection.Execute(request);
    }

    [Fact]
    public void WhatIsNotTheAnswerIsIgnored()
    {
        _kernel.Then(request =>
        [
            // stale
            Wire.Message(Wire.Error, Wire.Capped, request.Sequence - 1, request.Port, Wire.U32(unchecked((uint)-EPERM)),
                request.Header),
            // not asked yet
            Wire.Message(Wire.Error, Wire.Capped, request.Sequence + 1, request.Port, Wire.U32(unchecked((uint)-EPERM)),
                request.Header),
            // for another socket
            Wire.Message(Wire.Error, Wire.Capped, request.Sequence, request.Port + 1, Wire.U32(unchecked((uint)-EPERM)),
                request.Header),
            Wire.Message(Wire.Data, 0, 0, 0, Wire.U32(1)), // a notification
            new Delivery { Bytes = Wire.Refusal(request, EPERM), Stranger = true }, // forged
            Wire.Message(1, 0, request.Sequence, request.Port), // NLMSG_NOOP
            Wire.Ack(request),
        ]);
        using var connection = Connect();
        using var request = Request();
        connection.Execute(request, _ => Assert.Fail("That was not the answer."));
    }

    [Fact]
    public void LostAcknowledgementTimesOutAndIsIgnoredWhenItComesLate()
    {
        byte[]? late = null;
        _kernel.Then(request =>
        {
            late = Wire.Refusal(request, EPERM);
            return Array.Empty<Delivery>();
        });
        using var connection = Connect();
        connection.Timeout = TimeSpan.FromSeconds(12.5);
        using var request = Request();
        var timeout = Assert.Throws<NetlinkTimeoutException>(() => connection.Execute(request));
        Assert.Contains("12.5 seconds", timeout.Message, StringComparison.Ordinal);
        _kernel.Notify(late!);
        connection.Execute(request);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void StrangersDoNotProlongTheWait(bool forged)
    {
        _kernel.Then(request => Forever(new Delivery { Bytes = Wire.Message(Wire.Data, 0, 0, 0), Stranger = forged }));
        using var connection = Connect();
        connection.Timeout = TimeSpan.FromMilliseconds(100);
        using var request = Request();
        var watch = Stopwatch.StartNew();
        Assert.Throws<NetlinkTimeoutException>(() => connection.Execute(request));
        Assert.InRange(watch.Elapsed, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void AnswersThatWereNotLostAreStillToldAfterAnOverrun()
    {
        var kernel = _kernel
            .Then(request => [new Delivery { Overrun = true }, Wire.Ack(request)])
            .Then(request => Wire.Refusal(request, EEXIST));
        using var connection = Connect();
        using var first = Request();
        using var second = Request();
        var answers = connection.ExecuteAll([first, second]);
        Assert.Null(answers[0]);
        Assert.Equal(EEXIST, answers[1]!.Errno);
        connection.Execute(first);
    }

    [Fact]
    public void LostAnswerIsAnOverrunAndTheNextOneArrives()
    {
        _kernel.Then(request => [new Delivery { Overrun = true }, Wire.Item(request, 1)]);
        using var connection = Connect();
        using var request = Request();
        Assert.Throws<NetlinkOverrunException>(() => connection.Execute(request));
        // Nobody waits half a minute for what is known to be lost.
        Assert.Equal(TimeSpan.Zero, _kernel.LastTimeout);
        connection.Execute(request);
    }

    [Fact]
    public void EndlessOverrunsEnd()
    {
        _kernel.Then(_ => Forever(new Delivery { Overrun = true }));
        using var connection = Connect();
        connection.Timeout = TimeSpan.FromMilliseconds(200);
        using var request = Request();
        Assert.Throws<NetlinkOverrunException>(() => connection.Execute(request));
        Assert.Throws<NetlinkTimeoutException>(() => connection.Execute(request));
    }

    [Fact]
    public void MultipartAnswerToOneRequestEndsWithDone()
    {
        _kernel.Then(request => [Wire.Item(request, 1), Delivery.Datagram(Wire.Item(request, 2), Wire.End(request))]);
        using var connection = Connect();
        using var request = Request();
        var replies = 0;
        connection.Execute(request, _ => replies++);
        Assert.Equal(2, replies);
    }

    [Fact]
    public void CancellationLeavesTheConnectionUsable()
    {
        using var cancellation = new CancellationTokenSource();
        _kernel.Then(request =>
            [Wire.Item(request, 1),
                new Delivery { Bytes = Wire.Refusal(request, EPERM), Before = cancellation.Cancel }]);
        using var connection = Connect();
        using var request = Request();
        Assert.Throws<OperationCanceledException>(() => connection.Execute(request, null, cancellation.Token));
        connection.Execute(request);
        Assert.Throws<OperationCanceledException>(() => connection.Execute(request, null, cancellation.Token));
        Assert.Equal(2, _kernel.Requests.Count());
    }

    [Fact]
    public void HandlerMayThrowButNotAskOverItsOwnConnection()
    {
        _kernel.Then(request => [Wire.Item(request, 1), Wire.Refusal(request, EPERM)])
            .Then(request => [Wire.Item(request, 2), Wire.Ack(request)]);
        using var connection = Connect();
        using var request = Request();
        using var inner = Request();
        Assert.Throws<FormatException>(() => connection.Execute(request, _ => throw new FormatException()));
        Assert.Throws<InvalidOperationException>(() => connection.Execute(request, _ => connection.Execute(inner)));
        connection.Execute(request);
    }

    [Fact]
    public void WaitingForAnotherThreadsExchangeCanBeCancelled()
    {
        using var entered = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        _kernel.Then(request => [new Delivery
        {
            Bytes = Wire.Ack(request),
            Before = () =>
            {
                entered.Set();
                release.Wait();
            },
        }]);
        using var connection = Connect();
        var busy = OwnThread.Start(() => connection.Execute(Request()));
        entered.Wait(TestContext.Current.CancellationToken);
        using var cancellation = new CancellationTokenSource(20);
        Assert.Throws<OperationCanceledException>(() => connection.Execute(Request(), null, cancellation.Token));
        release.Set();
        busy.Join(OwnThread.Timeout);
        connection.Execute(Request());
    }

    [Fact]
    public void DisposedConnectionIsRefused()
    {
        var connection = Connect();
        connection.Dispose();
        connection.Dispose();
        Assert.True(_kernel.Disposed);
        Assert.Throws<ObjectDisposedException>(() => connection.Execute(Request()));
        Assert.Throws<ObjectDisposedException>(() => connection.Dump<object>(Request(), _ => null));
    }

    [Fact]
    public void ConnectionMayBeDisposedByAHandler()
    {
        _kernel.Then(request => [Wire.Item(request, 1), Wire.Ack(request)]);
        var connection = Connect();
        Assert.Throws<ObjectDisposedException>(() => connection.Execute(Request(), _ => connection.Dispose()));
    }

    [Fact]
    public void IdleSocketIsClosedAndOpenedAnew()
    {
        var second = new FakeKernel { PortId = 77 };
        using var connection = Connect();
        Assert.False(connection.TryCloseIdle()); // nothing would open it again
        connection.Reopen = () => second;
        // An answer that was abandoned on the first socket does not come on the second.
        _kernel.Then(_ => Array.Empty<Delivery>());
        Assert.Throws<NetlinkTimeoutException>(() => connection.Execute(Request()));
        _kernel.Then(request => [Wire.Item(request, 1), Wire.Ack(request)]);
        connection.Execute(Request(), _ => Assert.False(connection.TryCloseIdle()));
        Assert.True(connection.TryCloseIdle());
        Assert.True(connection.TryCloseIdle());
        Assert.True(_kernel.Disposed);
        connection.Execute(Request());
        Assert.Equal(77u, Assert.Single(second.Requests).Port);
        connection.Dispose();
        Assert.True(second.Disposed);
    }

    [Fact]
    public void SocketThatCannotBeOpenedAnewLeavesTheConnectionForTheNextTry()
    {
        using var connection = Connect();
        connection.Reopen = () => throw new NetlinkSocketException("Opening", EPERM);
        Assert.True(connection.TryCloseIdle());
        Assert.Throws<NetlinkSocketException>(() => connection.Execute(Request()));
        connection.Reopen = () => new FakeKernel();
        connection.Execute(Request());
    }

    [Theory]
    [InlineData(uint.MaxValue - 1)]
    [InlineData(uint.MaxValue)]
    public void SequenceSkipsZeroWhenItWraps(uint last)
    {
        using var connection = Connect();
        connection.Sequence = last;
        connection.Execute(Request());
        connection.Execute(Request());
        Assert.DoesNotContain(_kernel.Requests, sent => sent.Sequence == 0);
        Assert.Equal(2, _kernel.Requests.Select(sent => sent.Sequence).Distinct().Count());
    }

    [Fact]
    public void BatchDoesNotStraddleTheWrap()
    {
        using var connection = Connect();
        connection.Sequence = uint.MaxValue - 3;
        Assert.All(connection.ExecuteAll([.. Enumerable.Range(0, 10).Select(_ => Request())]), Assert.Null);
        Assert.Equal(Enumerable.Range(1, 10), _kernel.Requests.Select(sent => (int)sent.Sequence));
    }

    [Fact]
    public void AnswerLargerThanTheBufferArrivesWhole()
    {
        var large = new byte[200_000];
        large[^1] = 42;
        _kernel.Then(request =>
            [Delivery.Datagram(Wire.Message(Wire.Data, 0, request.Sequence, request.Port, large), Wire.Ack(request))]);
        using var connection = Connect();
        byte last = 0;
        connection.Execute(Request(), reply => last = reply.Payload[^1]);
        Assert.Equal(42, last);
    }

    private static IEnumerable<Delivery> Forever(Delivery delivery)
    {
        while (true)
            yield return delivery;
    }
}
