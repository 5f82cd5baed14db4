using LxcNetworking.Netlink;
using Netlink.Tests.Support;

namespace Netlink.Tests;

public sealed class BatchTests
{
    private const int ENODEV = 19;

    private readonly FakeKernel _kernel = new();

    [Fact]
    public void NothingToDoSendsNothing()
    {
        using var connection = new NetlinkConnection(_kernel);
        Assert.Empty(connection.ExecuteAll([]));
        Assert.Empty(_kernel.Sent);
    }

    [Fact]
    public void EveryRequestHasItsAnswerAndAFailureStopsNothing()
    {
        _kernel.Otherwise = request =>
            [request.Type % 3 == 0 ? Wire.Refusal(request, request.Type) : Wire.Ack(request)];
        using var connection = new NetlinkConnection(_kernel);
        var answers =
            connection.ExecuteAll([.. Enumerable.Range(1, 40).Select(type => new NetlinkRequest((ushort)type))]);
        Assert.Single(_kernel.Sent);
        for (var i = 0; i < 40; i++)
        {
            Assert.Equal((i + 1) % 3 == 0 ? i + 1 : null, answers[i]?.Errno);
            Assert.Equal((i + 1) % 3 == 0 ? i + 1 : null, (int?)answers[i]?.MessageType);
        }
    }

    [Fact]
    public void AnswersInOneDatagramAndOutOfOrderFindTheirRequests()
    {
        var held = new List<byte[]>();
        _kernel.Otherwise = request =>
        {
            held.Insert(0, request.Type == 3 ? Wire.Refusal(request, ENODEV) : Wire.Ack(request));
            return request.Type == 5 ? [Delivery.Datagram([.. held])] : [];
        };
        using var connection = new NetlinkConnection(_kernel);
        var answers =
            connection.ExecuteAll([.. Enumerable.Range(1, 5).Select(type => new NetlinkRequest((ushort)type))]);
        Assert.Equal([null, null, ENODEV, null, null], answers.Select(answer => answer?.Errno));
    }

    [Fact]
    public void RepliesComeWithTheirRequestsPlace()
    {
        _kernel.Otherwise = request => [Wire.Item(request, request.Type), Wire.Ack(request)];
        using var connection = new NetlinkConnection(_kernel);
        var places = new List<(int, uint)>();
        connection.ExecuteAll(
            [.. Enumerable.Range(0, 150).Select(type => new NetlinkRequest((ushort)type))],
            (index, reply) => places.Add((index, BitConverter.ToUInt32(reply.Payload))));
        Assert.Equal(Enumerable.Range(0, 150).Select(i => (i, (uint)i)), places);
    }

    [Theory]
    [InlineData(64, 0, new[] { 64 })]
    [InlineData(65, 0, new[] { 64, 1 })]
    [InlineData(200, 0, new[] { 64, 64, 64, 8 })]
    [InlineData(10, 8000, new[] { 4, 4, 2 })] // 8,020 bytes each: four fit in 32 KiB
    [InlineData(3, 60000, new[] { 1, 1, 1 })]
    public void ManyRequestsGoInSeveralDatagrams(int count, int size, int[] expected)
    {
        using var connection = new NetlinkConnection(_kernel);
        var answers = connection.ExecuteAll(
            [.. Enumerable.Range(0, count).Select(_ => new NetlinkRequest(16).Put(1, new byte[size]))]);
        Assert.Equal(count, answers.Count);
        Assert.Equal(expected, _kernel.Sent.Select(datagram => datagram.Count));
        Assert.Equal(count, _kernel.Requests.Select(sent => sent.Sequence).Distinct().Count());
    }

    [Fact]
    public void SecondAnswerToOneRequestChangesNothing()
    {
        _kernel.Then(request => [Wire.Refusal(request, ENODEV), Wire.Ack(request), Wire.Item(request, 1)]);
        using var connection = new NetlinkConnection(_kernel);
        using var request = new NetlinkRequest(16);
        var answers = connection.ExecuteAll([request, request], (_, _) => Assert.Fail("It was answered."));
        Assert.Equal([ENODEV, null], answers.Select(answer => answer?.Errno));
    }

    [Fact]
    public void LostAnswerInTheMiddleTimesOut()
    {
        _kernel.Then(Wire.Ack).Then(_ => Array.Empty<Delivery>()).Then(Wire.Ack);
        using var connection = new NetlinkConnection(_kernel);
        using var request = new NetlinkRequest(16);
        Assert.Throws<NetlinkTimeoutException>(() => connection.ExecuteAll([request, request, request]));
        Assert.Null(connection.ExecuteAll([request])[0]);
    }

    [Fact]
    public void CancellationStopsBeforeTheNextDatagram()
    {
        using var cancellation = new CancellationTokenSource();
        using var connection = new NetlinkConnection(_kernel);
        using var request = new NetlinkRequest(16);
        var seen = 0;
        _kernel.Otherwise = sent =>
        {
            if (++seen == 64)
                cancellation.Cancel();
            return [Wire.Ack(sent)];
        };
        Assert.Throws<OperationCanceledException>(() =>
            connection.ExecuteAll([.. Enumerable.Repeat(request, 100)], null, cancellation.Token));
        Assert.Single(_kernel.Sent);
        Assert.Null(connection.ExecuteAll([request], null, CancellationToken.None)[0]);
    }
}
