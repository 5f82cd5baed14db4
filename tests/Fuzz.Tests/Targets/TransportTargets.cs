using LxcNetworking.Netlink;
using Netlink.Tests.Support;

namespace LxcNetworking.Fuzz;

/// <summary>The transport against a kernel that answers as none would. An input is a seed, as an answer repeats numbers
/// of its request.</summary>
internal static class TransportTargets
{
    public static IEnumerable<Target> All =>
    [
        OfSeed("netlink exchanges", (conversation, _) =>
        {
            using var request = Request();
            using var connection = Connect(new FakeKernel().Then(conversation.Answer).Then(conversation.Answer));
            connection.ExecuteAll([request, request], (_, reply) => ReadAll(reply));
        }),
        OfSeed("netlink dumps", (conversation, _) =>
        {
            using var request = Request();
            // Later attempts end at once, so that a restart costs nothing.
            using var connection = Connect(new FakeKernel().Then(conversation.Answer));
            connection.Dump(request, reply => $"{ReadAll(reply)}");
        }),
        OfSeed("netlink ordered dumps", (conversation, _) =>
        {
            using var request = Request();
            using var connection = Connect(new FakeKernel().Then(conversation.Answer));
            connection.DumpInOrder(request, reply => Tuple.Create(ReadAll(reply)), item => item.Item1);
        }),
        OfSeed("netlink after an error", AfterAnError),
        OfSeed("netlink notifications", (conversation, _) =>
        {
            var kernel = new FakeKernel();
            kernel.Notify(conversation.Answer(new SentMessage(Wire.Message(16, 1, 0, 0))));
            using var subscription = new NetlinkSubscription(kernel);
            while (subscription.Receive(reply => ReadAll(reply), TimeSpan.Zero) != SubscriptionResult.TimedOut)
            {
            }
        }),
        new(
            "netlink attributes", [Wire.Join(Wire.Attribute(1, Wire.U32(1)), Wire.Attribute(3, Wire.Text(9, "x")))],
            (random, _) => random.OneIn(5) ? random.Bytes(random.Below(200))
            : random.Spoil(new Conversation(random).Attributes(5)),
            bytes => ReadAll(new AttributeReader(bytes), 0), typeof(NetlinkProtocolException)),
        OfSeed("netlink error paths", (conversation, random) =>
        {
            using var request = Request();
            // Content that claims to be nested and is not.
            request.Put((ushort)(9 | Wire.Nested), random.Spoil(conversation.Attributes(3)));
            for (uint offset = 0; offset < request.Length + 8; offset++)
                WrongResultException.ThrowUnless(request.PathTo(offset) is not null, "There is no path.");
            WrongResultException.ThrowUnless(request.PathTo((uint)random.Next() | 0x80000000).Length == 0,
                "There is a path behind the end.");
        }),
    ];

    private static Target OfSeed(string name, Action<Conversation, Generator> read) => new(
        name, [],
        (random, _) => BitConverter.GetBytes(random.Next()),
        bytes =>
        {
            var random = new Generator(BitConverter.ToUInt64(bytes));
            read(new Conversation(random), random);
        },
        typeof(NetlinkException));

    private static void AfterAnError(Conversation conversation, Generator random)
    {
        using var request = Request();
        using var connection = Connect(new FakeKernel().Then(conversation.Answer));
        try
        {
            connection.Dump(request, reply => $"{ReadAll(reply)}");
        }
        catch (NetlinkException)
        {
        }

        // A spoilt number may be the next one, which no kernel would use.
        connection.Sequence += 0x01010101;
        static void Refuse(NetlinkReply reply) =>
            throw new WrongResultException("It takes a stale message for its own.");
        try
        {
            // What comes after the end of an answer can spoil one more exchange, but not two.
            connection.Execute(request, Refuse);
        }
        catch (NetlinkException)
        {
        }

        try
        {
            connection.Execute(request, Refuse);
            WrongResultException.ThrowUnless(connection.Dump(request, _ => "stale").Count == 0,
                "It takes a stale message for its own.");
        }
        catch (NetlinkException e)
        {
            throw new WrongResultException($"The connection stays unusable: {e}");
        }
    }

    private static NetlinkRequest Request() => new NetlinkRequest(16)
        .Header(0ul).PutString(3, "eth0")
        .Nest(18, info => info.PutString(1, "veth")
            .Nest(2, data => data.Nest(1, peer => peer.PutRaw(0ul).PutString(3, "b"))));

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
                WrongResultException.ThrowUnless(!char.IsControl(character), "A text has a control character.");
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
}
