using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>The readers of addresses, routes, neighbours, rules and interface settings against spoilt messages: an object, nothing, or a typed error.</summary>
public class AddressingFuzzTests
{
    private static readonly int s_iterations = Setting("LXCNETWORKING_FUZZ_ITERATIONS", 2_000);
    private static readonly NamespaceReference s_nowhere = new("nowhere");
    private static readonly ushort[] s_edges = [0, 1, 3, 4, 5, 7, 8, 9, 11, 12, 16, 17, 20, 0x7f, 0xff, 0x7fff, 0x8000, 0xfffc, 0xffff];

    [Theory]
    [InlineData("address")]
    [InlineData("route")]
    [InlineData("neighbour")]
    [InlineData("rule")]
    [InlineData("interface")]
    public void Spoilt_messages_give_nothing_or_a_typed_error(string what) => Run(() =>
    {
        var originals = Record(what);
        Assert.NotEmpty(originals);
        var seed = Setting("LXCNETWORKING_FUZZ_SEED", 20_261_121);
        var random = new Random(seed);
        using var kernel = new Replay();
        using var connection = new NetlinkConnection(kernel);
        foreach (var (type, payload) in originals)
        {
            (kernel.Type, kernel.Payload) = (type, payload);
            using var request = new NetlinkRequest(type);
            Assert.Single(connection.Dump(request, reply => Read(what, reply)));
        }

        for (var i = 0; i < s_iterations; i++)
        {
            var (type, payload) = originals[random.Next(originals.Count)];
            kernel.Type = type;
            kernel.Payload = Spoil(payload, random);
            try
            {
                using var request = new NetlinkRequest(type);
                connection.Dump<object>(request, reply => Use(Read(what, reply)));
            }
            catch (NetlinkProtocolException)
            {
            }
            catch (Exception e)
            {
                Assert.Fail($"{what}, seed {seed}, iteration {i}: {Convert.ToHexString(kernel.Payload)}: {e}");
            }
        }
    });

    private static int Setting(string name, int standard)
        => int.TryParse(Environment.GetEnvironmentVariable(name), out var given) ? given : standard;

    private static object? Read(string what, NetlinkReply reply) => what switch
    {
        "address" => AddressMessages.Parse(reply, s_nowhere),
        "route" => RouteMessages.Parse(reply, s_nowhere),
        "neighbour" => NeighborOperations.Parse(reply, s_nowhere),
        "rule" => RuleOperations.Parse(reply, s_nowhere),
        _ => IPInterfaceOperations.Parse(reply, s_nowhere),
    };

    // What was read must also be fit to be shown and to be removed, which repeats what the kernel told.
    private static string? Use(object? item)
    {
        if (item is NetRoute route)
        {
            RouteMessages.Remove(route).Dispose();
            RouteMessages.Again(route).Dispose();
            _ = RouteMessages.Identity(route);
        }
        else if (item is NetRule rule)
        {
            _ = new KernelRecord(rule.Raw).Identity(uint.MaxValue, static _ => false);
        }

        return item?.ToString();
    }

    // What the real kernel says about a namespace in which there is some of everything.
    private static List<(ushort Type, byte[] Payload)> Record(string what)
    {
        Ip("link add eth0 type veth peer name eth1");
        Ip("link set eth0 up");
        Ip("link set eth1 up");
        Ip("addr add 10.0.3.2/24 brd + dev eth0 label eth0:x valid_lft 5000 preferred_lft 4000");
        Ip("addr add fd00::2/64 dev eth0 nodad");
        Ip("addr add 10.1.1.1 peer 10.1.1.2/32 dev eth1");
        Ip("route add 10.5.0.0/16 mtu 1300 nexthop via 10.0.3.1 weight 3 nexthop via 10.0.3.9");
        Ip("route add 10.6.0.0/16 via inet6 fd00::9 table 77");
        Ip("route add fd05::/48 nexthop via fd00::1 nexthop via fd00::3");
        Ip("neigh add 10.0.3.9 lladdr 00:16:3e:00:00:01 dev eth0");
        Ip("neigh add fd00::9 lladdr 00:16:3e:00:00:01 dev eth0");
        Ip("rule add from 10.0.0.0/8 to 10.1.0.0/16 fwmark 3/7 iif eth0 table 77 suppress_prefixlength 0");
        Ip("-6 rule add from fd00::/8 prohibit");
        using var request = what switch
        {
            "address" => new NetlinkRequest(Rtm.GetAddr).Header(default(IfAddrMsg)),
            "route" => new NetlinkRequest(Rtm.GetRoute).Header(default(RtMsg)),
            "neighbour" => new NetlinkRequest(Rtm.GetNeigh).Header(default(NdMsg)),
            "rule" => new NetlinkRequest(Rtm.GetRule).Header(default(RtMsg)),
            _ => new NetlinkRequest(Rtm.GetLink).Header(default(IfInfoMsg)).Put(Ifla.ExtMask, RtextFilter.SkipStats),
        };
        var messages = NetworkStackPool.Shared.Get().Route.Dump(request, reply => Tuple.Create(reply.Type, reply.Payload.ToArray()));
        // The list of rules has those of multicast routing in it, too.
        return messages.Where(message => what != "rule" || message.Item2[0] is Af.IPv4 or Af.IPv6).Select(message => (message.Item1, message.Item2)).ToList();
    }

    private static byte[] Spoil(byte[] original, Random random)
    {
        var bytes = original.ToArray();
        for (var changes = random.Next(1, 5); changes > 0 && bytes.Length > 1; changes--)
        {
            var at = random.Next(bytes.Length - 1);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2: // a length or a type, where they stand
                    BitConverter.GetBytes(s_edges[random.Next(s_edges.Length)]).CopyTo(bytes, at & ~1);
                    break;
                case 3:
                    bytes = bytes[..at];
                    break;
                default: // the same piece once more
                    bytes = [.. bytes, .. bytes[at..]];
                    break;
            }
        }

        return bytes;
    }

    /// <summary>Answers every request with one message and the end of the list.</summary>
    private sealed class Replay : INetlinkChannel
    {
        private byte[]? _answer;

        public uint PortId => 7;

        public ushort Type { get; set; }

        public byte[] Payload { get; set; } = [];

        public void Send(ReadOnlySpan<byte> datagram)
        {
            var identity = datagram[8..16].ToArray();
            byte[] Message(ushort type, byte[] payload) =>
                [.. BitConverter.GetBytes(16 + payload.Length), .. BitConverter.GetBytes(type), 2, 0, .. identity, .. payload, .. new byte[-payload.Length & 3]];
            _answer = [.. Message(Type, Payload), .. Message(3, [0, 0, 0, 0])];
        }

        public int Receive(ref byte[] buffer, TimeSpan timeout, CancellationToken cancellation)
        {
            if (_answer is not { } answer)
                throw new NetlinkTimeoutException(timeout);
            _answer = null;
            if (buffer.Length < answer.Length)
                buffer = new byte[answer.Length];
            answer.CopyTo(buffer, 0);
            return answer.Length;
        }

        public void Dispose()
        {
        }
    }
}
