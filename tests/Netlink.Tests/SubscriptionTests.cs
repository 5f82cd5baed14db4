using System.Diagnostics;
using LxcNetworking.Netlink;
using Netlink.Tests.Support;

namespace Netlink.Tests;

public sealed class SubscriptionTests
{
    private static readonly Delivery _overrun = new() { Overrun = true };
    private readonly FakeKernel _kernel = new();
    private readonly List<uint> _seen = [];

    private SubscriptionResult Receive(NetlinkSubscription subscription, CancellationToken cancellation = default)
        => subscription.Receive(reply => _seen.Add(BitConverter.ToUInt32(reply.Payload)), TimeSpan.FromMinutes(1),
            cancellation);

    private static byte[] Event(uint number, ushort type = 16) => Wire.Message(type, 0, 0, 0, Wire.U32(number));

    [Fact]
    public void MessagesAreHandedOutAndTimeOutsTold()
    {
        _kernel.Notify(Delivery.Datagram(Event(1), Event(99, type: 1), Event(99, type: 3), Event(2)), Event(3));
        using var subscription = new NetlinkSubscription(_kernel);
        Assert.Equal(SubscriptionResult.Messages, Receive(subscription));
        Assert.Equal([1, 2], _seen);
        Assert.Equal(SubscriptionResult.Messages, Receive(subscription));
        Assert.Equal([1, 2, 3], _seen);
        Assert.Equal(SubscriptionResult.TimedOut, Receive(subscription));
    }

    [Fact]
    public void GapIsToldOnceEverythingOlderIsGone()
    {
        _kernel.Notify(Event(1), _overrun, Event(2), _overrun, Event(3));
        using var subscription = new NetlinkSubscription(_kernel);
        Assert.Equal(SubscriptionResult.Messages, Receive(subscription));
        Assert.Equal(SubscriptionResult.Gap, Receive(subscription));
        Assert.Equal([1], _seen);
        _kernel.Notify(Event(4));
        Assert.Equal(SubscriptionResult.Messages, Receive(subscription));
        Assert.Equal([1, 4], _seen);
    }

    [Fact]
    public void OverrunMessageIsAGapToo()
    {
        _kernel.Notify(Event(0, type: 4), Event(1));
        using var subscription = new NetlinkSubscription(_kernel);
        Assert.Equal(SubscriptionResult.Gap, Receive(subscription));
        Assert.Empty(_seen);
    }

    [Fact]
    public void CancellationDoesNotHideAGap()
    {
        using var cancellation = new CancellationTokenSource();
        _kernel.Notify(_overrun, new Delivery { Bytes = Event(1), Before = cancellation.Cancel }, Event(2));
        using var subscription = new NetlinkSubscription(_kernel);
        Assert.Throws<OperationCanceledException>(() => Receive(subscription, cancellation.Token));
        Assert.Equal(SubscriptionResult.Gap, Receive(subscription));
        Assert.Equal(SubscriptionResult.TimedOut, Receive(subscription));
        Assert.Empty(_seen);
    }

    [Fact]
    public void StormDoesNotKeepTheGapSecret()
    {
        _kernel.Notify(Enumerable.Repeat(new Delivery { Bytes = Event(1) }, int.MaxValue).Prepend(_overrun));
        using var subscription = new NetlinkSubscription(_kernel);
        var watch = Stopwatch.StartNew();
        Assert.Equal(SubscriptionResult.Gap, Receive(subscription));
        Assert.True(watch.Elapsed < TimeSpan.FromMinutes(1));
        Assert.Empty(_seen);
    }

    [Fact]
    public void ForgedEventsAreIgnoredAndDoNotProlongTheWait()
    {
        _kernel.Notify(new Delivery { Bytes = Event(1), Stranger = true }, Event(2));
        using var subscription = new NetlinkSubscription(_kernel);
        Assert.Equal(SubscriptionResult.Messages, Receive(subscription));
        Assert.Equal([2], _seen);
        _kernel.Notify(Enumerable.Repeat(new Delivery { Bytes = Event(3), Stranger = true }, int.MaxValue));
        Assert.Equal(SubscriptionResult.TimedOut,
            subscription.Receive(_ => Assert.Fail("forged"), TimeSpan.FromMilliseconds(50),
                TestContext.Current.CancellationToken));
    }

    [Fact]
    public void WhatAHandlerThrowsIsItsOwn()
    {
        _kernel.Notify(Event(1), Event(2), Event(3));
        using var subscription = new NetlinkSubscription(_kernel);
        var none = CancellationToken.None;
        Assert.Throws<NetlinkTimeoutException>(() =>
            subscription.Receive(_ => throw new NetlinkTimeoutException(TimeSpan.Zero), TimeSpan.Zero, none));
        Assert.Throws<NetlinkOverrunException>(() =>
            subscription.Receive(_ => throw new NetlinkOverrunException(), TimeSpan.Zero, none));
        Assert.Equal(SubscriptionResult.Messages, Receive(subscription));
        Assert.Equal([3], _seen);
    }

    [Fact]
    public void MalformedEventIsATypedErrorAndTheNextIsRead()
    {
        _kernel.Notify(new byte[] { 1, 2, 3 }, Event(2));
        using var subscription = new NetlinkSubscription(_kernel);
        Assert.Throws<NetlinkProtocolException>(() => Receive(subscription));
        Assert.Equal(SubscriptionResult.Messages, Receive(subscription));
    }

    [Fact]
    public void LargeEventsArriveWhole()
    {
        _kernel.Notify(Wire.Message(16, 0, 0, 0, new byte[100_000]));
        using var subscription = new NetlinkSubscription(_kernel);
        var size = 0;
        subscription.Receive(reply => size = reply.Payload.Length, TimeSpan.Zero,
            TestContext.Current.CancellationToken);
        Assert.Equal(100_000, size);
    }

    [Fact]
    public void DisposingClosesTheSocket()
    {
        var subscription = new NetlinkSubscription(_kernel);
        subscription.Dispose();
        Assert.True(_kernel.Disposed);
        Assert.Throws<ObjectDisposedException>(() => Receive(subscription));
    }
}
