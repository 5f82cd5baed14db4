using LxcNetworking.Netlink;
using Netlink.Tests.Support;

namespace Netlink.Tests;

public sealed class TransactionTests
{
    private const ushort Begin = 16, End = 17, Inside = 0xa03;
    private const int EPERM = 1, ENOENT = 2, EEXIST = 17, EOPNOTSUPP = 95;

    private readonly FakeKernel _kernel = new();
    private readonly NetlinkRequest _begin = new(Begin), _end = new(End);

    public TransactionTests() => _kernel.Otherwise = request => request.Type is Begin or End ? [] : [Wire.Ack(request)];

    [Fact]
    public void EverythingGoesInOneDatagramAndOnlyTheInsideIsAcknowledged()
    {
        using var connection = new NetlinkConnection(_kernel);
        connection.ExecuteTransaction(_begin,
            [.. Enumerable.Range(0, 200).Select(_ => new NetlinkRequest(Inside).Put(1, new byte[1000]))], _end);
        var sent = Assert.Single(_kernel.Sent);
        Assert.Equal([Begin, .. Enumerable.Repeat(Inside, 200), End], sent.Select(message => message.Type));
        Assert.Equal([1, .. Enumerable.Repeat(5, 200), 1], sent.Select(message => (int)message.Flags));
        Assert.Equal(sent.Select((_, i) => sent[0].Sequence + (uint)i), sent.Select(message => message.Sequence));
    }

    [Fact]
    public void NothingToDoSendsNothing()
    {
        using var connection = new NetlinkConnection(_kernel);
        connection.ExecuteTransaction(_begin, [], _end);
        Assert.Empty(_kernel.Sent);
    }

    [Fact]
    public void TheFirstRefusalInsideIsThrownAndTheConnectionGoesOn()
    {
        _kernel.Then(_ => Array.Empty<Delivery>()).Then(Wire.Ack).Then(request => Wire.Refusal(request, ENOENT))
            .Then(request => Wire.Refusal(request, EEXIST));
        using var connection = new NetlinkConnection(_kernel);
        using var request = new NetlinkRequest(Inside);
        var refusal = Assert.Throws<NetlinkErrorException>(() =>
            connection.ExecuteTransaction(_begin, [request, request, request], _end));
        Assert.Equal(ENOENT, refusal.Errno);
        connection.ExecuteTransaction(_begin, [request], _end);
    }

    [Theory]
    [InlineData(EPERM, false)]
    [InlineData(EOPNOTSUPP, true)]
    public void ARefusalOfTheWholeWaitsForNothingElse(int errno, bool answersTheInside)
    {
        _kernel.Then(request => Wire.Refusal(request, errno));
        if (!answersTheInside)
            _kernel.Then(_ => Array.Empty<Delivery>()).Then(_ => Array.Empty<Delivery>())
                .Then(_ => Array.Empty<Delivery>());
        using var connection = new NetlinkConnection(_kernel);
        using var request = new NetlinkRequest(Inside);
        Assert.Equal(errno,
            Assert.Throws<NetlinkErrorException>(() => connection.ExecuteTransaction(_begin, [request, request], _end))
            .Errno);
        // What is left of the answer is taken for nothing else's.
        connection.ExecuteTransaction(_begin, [request], _end);
        Assert.Null(connection.ExecuteAll([request])[0]);
    }

    [Fact]
    public void NewerKernelsMayAcknowledgeTheWholeToo()
    {
        _kernel.Otherwise = request => [Wire.Ack(request)];
        using var connection = new NetlinkConnection(_kernel);
        using var request = new NetlinkRequest(Inside);
        connection.ExecuteTransaction(_begin, [request, request], _end);
        connection.ExecuteTransaction(_begin, [request], _end);
    }

    [Fact]
    public void ALostAnswerTimesOut()
    {
        _kernel.Then(_ => Array.Empty<Delivery>()).Then(_ => Array.Empty<Delivery>());
        using var connection = new NetlinkConnection(_kernel);
        using var request = new NetlinkRequest(Inside);
        Assert.Throws<NetlinkTimeoutException>(() => connection.ExecuteTransaction(_begin, [request], _end));
    }
}
