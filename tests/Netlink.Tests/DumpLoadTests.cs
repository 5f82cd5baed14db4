using System.Diagnostics;
using LxcNetworking.Netlink;
using Netlink.Tests.Support;

namespace Netlink.Tests;

/// <summary>Lists that are long, or come faster than they are read.</summary>
public sealed class DumpLoadTests : DumpTest
{
    [Fact]
    public void OverrunInTheMiddleRestarts()
    {
        Kernel.Then(request => [Wire.Item(request, 8), Overrun, Wire.Item(request, 9), Wire.End(request)])
            .Then(Complete);
        Assert.Equal(["1", "2", "3"], Dump());
    }

    [Fact]
    public void OverrunThatLosesTheEndRestarts()
    {
        Kernel.Then(request => [Wire.Item(request, 8), Overrun]).Then(Complete);
        Assert.Equal(["1", "2", "3"], Dump());
    }

    [Fact]
    public void OverrunEveryTimeIsSaidToBeOne()
    {
        Kernel.Otherwise = request => [Wire.Item(request, 8), Overrun, Wire.End(request)];
        Assert.Throws<NetlinkOverrunException>(() => Dump());
        Assert.Equal(10, Kernel.Sent.Count);
    }

    [Fact]
    public void DumpWithoutEndOfStrangersIsAbandoned()
    {
        Connection.Timeout = TimeSpan.FromMilliseconds(50);
        Kernel.Then(request => Enumerable.Repeat<Delivery>(Wire.Message(Wire.Data, 0, 0, 0), int.MaxValue));
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
            Kernel.Then(request =>
                Repeat(Delivery.Datagram(
                    [.. Enumerable.Range(0, MessagesEach).Select(i => Wire.Item(request, (uint)i))]),
                Wire.End(request), datagrams));
            using var request = new NetlinkRequest(18);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var seen = 0;
            Connection.Dump<string>(request, reply =>
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
