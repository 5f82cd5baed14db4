using System.Globalization;
using LxcNetworking.Netlink;
using Netlink.Tests.Support;

namespace Netlink.Tests;

/// <summary>
/// Nearly valid and random bytes: only NetlinkExceptions may come out, in time. The seed is fixed; for more, set
/// LXCNETWORKING_FUZZ_SEED and LXCNETWORKING_FUZZ_ITERATIONS. A failure prints the seed that brings it back in one iteration.
/// </summary>
public sealed class FuzzTests
{
    private static readonly ulong _seed = Setting("LXCNETWORKING_FUZZ_SEED", 20_250_101);
    private static readonly int _iterations = (int)Setting("LXCNETWORKING_FUZZ_ITERATIONS", 20_000);

    [Fact]
    public void Exchanges() => Fuzz((mutator, _) =>
    {
        using var request = Request();
        using var connection = Connect(new FakeKernel().Then(mutator.Answer).Then(mutator.Answer));
        connection.ExecuteAll([request, request], (_, reply) => ReadAll(reply));
    });

    [Fact]
    public void Dumps() => Fuzz((mutator, _) =>
    {
        using var request = Request();
        // Later attempts end at once, so that a restart costs nothing.
        using var connection = Connect(new FakeKernel().Then(mutator.Answer));
        connection.Dump(request, reply => ReadAll(reply).ToString(CultureInfo.InvariantCulture));
    });

    [Fact]
    public void ConnectionsStayUsable() => Fuzz((mutator, _) =>
    {
        using var request = Request();
        using var connection = Connect(new FakeKernel().Then(mutator.Answer));
        try
        {
            connection.Dump(request, reply => ReadAll(reply).ToString(CultureInfo.InvariantCulture));
        }
        catch (NetlinkException)
        {
        }

        // A spoilt number may be the next one, which no kernel would use.
        connection.Sequence += 0x01010101;
        try
        {
            // What comes after the end of an answer can spoil one more exchange, but not two.
            connection.Execute(request, _ => Assert.Fail("It takes a stale message for its own."));
        }
        catch (NetlinkException)
        {
        }

        Assert.Null(Record.Exception(() => connection.Execute(request, _ => Assert.Fail("It takes a stale message for its own."))));
        Assert.Null(Record.Exception(() => Assert.Empty(connection.Dump(request, _ => "stale"))));
    });

    [Fact]
    public void Subscriptions() => Fuzz((mutator, _) =>
    {
        var kernel = new FakeKernel();
        kernel.Notify(mutator.Answer(new SentMessage(Wire.Message(16, 1, 0, 0))));
        using var subscription = new NetlinkSubscription(kernel);
        while (subscription.Receive(reply => ReadAll(reply), TimeSpan.Zero) != SubscriptionResult.TimedOut)
        {
        }
    });

    [Fact]
    public void Attributes() => Fuzz((mutator, random) =>
    {
        var bytes = random.OneIn(5) ? random.Bytes(random.Below(200)) : mutator.Spoil(mutator.Attributes(5));
        ReadAll(new AttributeReader(bytes), 0);
    });

    [Fact]
    public void Paths() => Fuzz((mutator, random) =>
    {
        using var request = Request();
        // Content that claims to be nested and is not.
        request.Put((ushort)(9 | Wire.Nested), mutator.Spoil(mutator.Attributes(3)));
        for (uint offset = 0; offset < request.Length + 8; offset++)
            Assert.NotNull(request.PathTo(offset));
        Assert.Empty(request.PathTo((uint)random.Next() | 0x80000000));
    });

    private static NetlinkRequest Request() => new NetlinkRequest(16)
        .Header(0ul).PutString(3, "eth0").Nest(18, info => info.PutString(1, "veth").Nest(2, data => data.Nest(1, peer => peer.PutRaw(0ul).PutString(3, "b"))));

    // No answer of the scripted kernel takes time; the limit is for what never ends.
    private static NetlinkConnection Connect(FakeKernel kernel) => new(kernel) { Timeout = TimeSpan.FromMinutes(2) };

    // Every value by every reader: those that do not fit say so, the rest is taken.
    private static int ReadAll(NetlinkReply reply)
    {
        var attributes = reply.Read<uint>(out _);
        attributes.TryFind(3, out _);
        return ReadAll(attributes, 0);
    }

    private static int ReadAll(AttributeReader attributes, int depth)
    {
        var count = 0;
        foreach (var attribute in attributes)
        {
            count++;
            foreach (var character in attribute.AsString())
                Assert.False(char.IsControl(character));
            _ = attribute.AsStruct<decimal>();
            switch (attribute.Value.Length)
            {
                case 1: _ = attribute.AsByte(); break;
                case 2: _ = attribute.AsUInt16() + attribute.AsUInt16BigEndian(); break;
                case 4: _ = attribute.AsUInt32() + attribute.AsInt32() + attribute.AsUInt32BigEndian(); break;
                case 8: _ = attribute.AsUInt64() + attribute.AsUInt64BigEndian(); break;
                default: break;
            }

            // The types decide what is nested, as in a real parser, not the flag.
            if (attribute.Type < 5 && depth < 20 && attribute.Value.Length is not (1 or 2 or 4 or 8))
                count += ReadAll(attribute.Nested, depth + 1);
            if (attribute.Type == 7)
                _ = attribute.AsUInt64();
        }

        return count;
    }

    private static void Fuzz(Action<Mutator, Generator> target)
    {
        var seed = _seed;
        var thread = OwnThread.Start(() =>
        {
            for (var i = 0; i < _iterations; i++, Interlocked.Increment(ref seed))
            {
                var random = new Generator(seed);
                try
                {
                    target(new Mutator(random), random);
                }
                catch (NetlinkException)
                {
                    // A typed error is a right answer to wrong bytes.
                }
#pragma warning disable CA1031 // anything else is the finding
                catch (Exception e)
#pragma warning restore CA1031
                {
                    Assert.Fail($"LXCNETWORKING_FUZZ_SEED={seed} LXCNETWORKING_FUZZ_ITERATIONS=1 brings it back: {e}");
                }
            }
        });
        var limit = TimeSpan.FromMinutes(10) + TimeSpan.FromMilliseconds(5.0 * _iterations);
        thread.Join(limit, $"LXCNETWORKING_FUZZ_SEED={Interlocked.Read(ref seed)} may bring it back.");
    }

    private static ulong Setting(string name, ulong standard)
        => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? ulong.Parse(value, CultureInfo.InvariantCulture) : standard;
}
