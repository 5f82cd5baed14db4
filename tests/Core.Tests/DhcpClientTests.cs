using LxcNetworking.Containers.Dhcp;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>The client by itself, with a server and a clock of the test's own.</summary>
public sealed class DhcpClientTests
{
    private static readonly DhcpIdentity s_identity = new(MacAddress.Parse("02:00:00:00:00:11"), [255, 1, 2, 3], "web");

    [Fact]
    public void Without_an_answer_it_asks_at_growing_distances_until_the_time_is_up()
    {
        var lab = new Lab();
        Assert.Null(lab.Acquire(TimeSpan.FromMinutes(6)));
        Assert.Null(lab.Client.Refusal);
        var distances = lab.Sent.Zip(lab.Sent.Skip(1), (one, next) => (next.At - one.At).TotalSeconds).ToList();
        foreach (var (seconds, around) in distances.Zip([4, 8, 16, 32, 64, 64]))
            Assert.InRange(seconds, around - 1.01, around + 1.01);
        Assert.Equal(TimeSpan.FromMinutes(6), lab.Elapsed);
        Assert.All(lab.Sent, sent => Assert.Equal(DhcpMessageType.Discover, sent.Message.Type));
        Assert.Equal("web", System.Text.Encoding.ASCII.GetString(lab.Sent[0].Message[DhcpOption.HostName]!));
        Assert.Empty(new byte[] { 1, 3, 6, 15, 26, 28, 51, 58, 59, 119,
            121 }.Except(lab.Sent[0].Message[DhcpOption.ParameterList]!));
    }

    [Fact]
    public void An_offer_is_asked_for_and_taken_when_it_is_confirmed()
    {
        var lab = new Lab { Answer = message => [Lab.Reply(message)] };
        var grant = lab.Acquire()!;
        Assert.Equal(("10.0.3.17/24", "10.0.3.1"), ($"{grant.Address}", $"{grant.Server}"));
        Assert.Equal([DhcpMessageType.Discover, DhcpMessageType.Request],
            lab.Sent.Select(sent => sent.Message.Type!.Value));
        var (discover, request) = (lab.Sent[0].Message, lab.Sent[1].Message);
        Assert.Equal(discover.TransactionId, request.TransactionId);
        Assert.Equal(("0A000311", "0A000301", "FF010203"), (Hex(request, DhcpOption.RequestedAddress),
            Hex(request, DhcpOption.Server), Hex(request, DhcpOption.ClientId)));

        lab.Client.Release(grant);
        var release = lab.Sent[^1];
        Assert.Equal((DhcpMessageType.Release, "10.0.3.17", "10.0.3.1", grant.Station, "FF010203"), (
            release.Message.Type, $"{release.Message.ClientAddress}", $"{release.To}", release.Station,
                Hex(release.Message, DhcpOption.ClientId)));
    }

    [Fact]
    public void What_is_for_somebody_else_is_passed_over()
    {
        var lab = new Lab
        {
            Answer = message =>
            [
                Lab.Reply(message, change: reply => Copy(reply, transaction: reply.TransactionId + 1),
                    address: "10.0.3.66"),
                Lab.Reply(message, change: reply => Copy(reply, mac: "02:00:00:00:00:12"), address: "10.0.3.66"),
                Lab.Reply(message, change: reply => Copy(reply, isReply: false), address: "10.0.3.66"),
                Lab.Reply(message, change: reply => With(reply, DhcpOption.ClientId, [1]), address: "10.0.3.66"),
                Lab.Reply(message, change: reply => With(reply, DhcpOption.MessageType, [9]), address: "10.0.3.66"),
                Lab.Reply(message, change: reply => With(reply, DhcpOption.ClientId, [255, 1, 2, 3])),
            ],
        };
        Assert.Equal("10.0.3.17/24", $"{lab.Acquire()!.Address}");
    }

    [Fact]
    public void Only_the_chosen_server_confirms_and_only_what_it_offered()
    {
        var lab = new Lab
        {
            Answer = message => message.Type == DhcpMessageType.Discover ? [Lab.Reply(message)]
                :
                [
                    Lab.Reply(message, server: "10.0.3.2", address: "10.0.3.66"),
                        Lab.Reply(message, server: "10.0.3.2", type: DhcpMessageType.Nak),
                    Lab.Reply(message, address: "10.0.3.66"),
                        Lab.Reply(message, change: reply => Copy(reply, address: "0.0.0.0")), Lab.Reply(message),
                ],
        };
        Assert.Equal(("10.0.3.17/24", 2), ($"{lab.Acquire()!.Address}", lab.Sent.Count));
    }

    [Fact]
    public void After_a_refusal_it_begins_anew_and_another_server_has_its_turn()
    {
        var lab = new Lab
        {
            Answer = message => message.Type == DhcpMessageType.Discover
                ? [Lab.Reply(message), Lab.Reply(message, server: "10.0.3.2", address: "10.0.3.22")]
                : Hex(message, DhcpOption.Server) == "0A000302"
                    ? [Lab.Reply(message, server: "10.0.3.2", address: "10.0.3.22")]
                : [Lab.Reply(message, type: DhcpMessageType.Nak, change: reply
                    => With(reply, DhcpOption.Text, "no\u001b[m"u8.ToArray()))],
        };
        Assert.Equal("10.0.3.22/24", $"{lab.Acquire()!.Address}");
        Assert.Equal(@"10.0.3.1 refused: no\x1b[m.", lab.Client.Refusal);
        Assert.True(lab.Elapsed < TimeSpan.FromSeconds(1));

        // One that always refuses is not asked without a pause.
        lab = new Lab
        {
            Answer = message => [Lab.Reply(message, type: message.Type == DhcpMessageType.Discover ? null
            : DhcpMessageType.Nak)]
        };
        Assert.Null(lab.Acquire(TimeSpan.FromSeconds(30)));
        Assert.InRange(lab.Sent.Count, 4, 30);
    }

    [Fact]
    public void A_server_that_does_not_confirm_does_not_keep_others_away()
    {
        var lab = new Lab
        {
            Answer = message => message.Type == DhcpMessageType.Discover
                ? [Lab.Reply(message), Lab.Reply(message, server: "10.0.3.2", address: "10.0.3.22")]
                : Hex(message, DhcpOption.Server) == "0A000302"
                    ? [Lab.Reply(message, server: "10.0.3.2", address: "10.0.3.22")] : [],
        };
        Assert.Equal("10.0.3.22/24", $"{lab.Acquire(TimeSpan.FromSeconds(30))!.Address}");
    }

    [Fact]
    public void An_address_that_somebody_has_is_declined()
    {
        var next = 17;
        var lab = new Lab { Answer = message => [Lab.Reply(message, address: $"10.0.3.{next}")] };
        lab.IsInUse = address => address.ToString() == "10.0.3.17" && next++ == 17;
        Assert.Equal("10.0.3.18/24", $"{lab.Acquire()!.Address}");
        // The same server's next address is as good as another one's.
        Assert.InRange(lab.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        var decline = Assert.Single(lab.Sent, sent => sent.Message.Type == DhcpMessageType.Decline).Message;
        Assert.Equal(("0A000311", "0A000301", "0.0.0.0"), (Hex(decline, DhcpOption.RequestedAddress),
            Hex(decline, DhcpOption.Server), $"{decline.ClientAddress}"));

        lab = new Lab { Answer = message => [Lab.Reply(message)], IsInUse = _ => true };
        Assert.Null(lab.Acquire(TimeSpan.FromSeconds(30)));
        Assert.Contains("another station", lab.Client.Refusal, StringComparison.Ordinal);
        Assert.InRange(lab.Sent.Count(sent => sent.Message.Type == DhcpMessageType.Decline), 3, 15);
    }

    [Fact]
    public void A_flood_takes_no_longer_than_silence()
    {
        var lab = new Lab
        {
            Flood = new DhcpReply(Lab.Reply(new DhcpMessage
            {
                HardwareAddress = s_identity.MacAddress,
                TransactionId = 1
            }).Message, Lab.Station)
        };
        Assert.Null(lab.Acquire(TimeSpan.FromSeconds(10)));
        Assert.InRange(lab.Elapsed.TotalSeconds, 10, 10.01);
        Assert.InRange(lab.Sent.Count, 2, 3);
    }

    [Fact]
    public void Who_gives_up_waits_no_longer()
    {
        using var stop = new CancellationTokenSource();
        var lab = new Lab { Answer = _ => { stop.Cancel(); return []; } };
        Assert.Throws<OperationCanceledException>(() => lab.Client.Acquire(_ => false, TimeSpan.FromMinutes(1),
            stop.Token));
        Assert.Single(lab.Sent);
    }

    [Fact]
    public void A_lease_is_renewed_with_its_server_for_as_long_as_that_answers()
    {
        var lab = new Lab { Answer = message => [Lab.Reply(message)] };
        var grant = lab.Acquire()!;
        lab.Sent.Clear();
        var times = new List<DateTimeOffset>();
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => lab.Client.Keep(grant, longer =>
        {
            times.Add(longer.Granted);
            if (times.Count == 3)
                stop.Cancel();
        }, stop.Token));
        Assert.Equal([1800, 3600, 5400], times.Select(time => Math.Round((time - grant.Granted).TotalSeconds)));
        Assert.All(lab.Sent, sent =>
        {
            Assert.Equal((DhcpMessageType.Request, "10.0.3.17", "10.0.3.1", null),
                (sent.Message.Type, $"{sent.Message.ClientAddress}", $"{sent.To}", sent.Station));
            Assert.Equal((null, null), (sent.Message[DhcpOption.Server], sent.Message[DhcpOption.RequestedAddress]));
        });
    }

    [Fact]
    public void Without_its_server_a_lease_is_rebound_with_another_or_ends()
    {
        var lab = new Lab { Answer = message => [Lab.Reply(message)] };
        var grant = lab.Acquire()!;
        lab.Sent.Clear();
        lab.Answer = _ => [];
        Assert.Equal(DhcpOutcome.Expired, lab.Client.Keep(grant, _ => { }, CancellationToken.None));
        Assert.Equal(3600, Math.Round((lab.Now - grant.Granted).TotalSeconds));
        var rebinding = grant.Granted + grant.RebindingTime;
        // Half of what is left until the next step, and not more often than each minute.
        Assert.All(lab.Sent, sent => Assert.Equal(sent.At < rebinding ? "10.0.3.1" : "255.255.255.255", $"{sent.To}"));
        Assert.Equal([1800, 2475, 2812.5], lab.Sent.Select(sent => (sent.At - grant.Granted).TotalSeconds).Take(3));
        Assert.InRange(lab.Sent.Count, 6, 12);

        lab = new Lab { Answer = message => [Lab.Reply(message)] };
        grant = lab.Acquire()!;
        lab.Answer = message => [Lab.Reply(message, server: "10.0.3.2")];
        using var stop = new CancellationTokenSource();
        DhcpGrant? rebound = null;
        Assert.Throws<OperationCanceledException>(() => lab.Client.Keep(grant, longer =>
        {
            rebound = longer;
            stop.Cancel();
        }, stop.Token));
        Assert.Equal("10.0.3.2", $"{rebound!.Server}");
    }

    [Fact]
    public void A_lease_that_a_server_refuses_is_lost_at_once()
    {
        var lab = new Lab { Answer = message => [Lab.Reply(message)] };
        var grant = lab.Acquire()!;
        lab.Answer = message => [Lab.Reply(message, server: "10.0.3.2", type: DhcpMessageType.Nak),
            Lab.Reply(message, type: DhcpMessageType.Nak)];
        Assert.Equal(DhcpOutcome.Refused, lab.Client.Keep(grant, _ => { }, CancellationToken.None));
        Assert.Equal(1800, Math.Round((lab.Now - grant.Granted).TotalSeconds));
    }

    [Fact]
    public void A_containers_id_stays_and_is_its_own()
    {
        var id = DhcpIdentity.ClientIdOf("lxc:web", "eth0");
        Assert.Equal((23, 255, 4), (id.Length, id[0], id[6]));
        Assert.Equal(id, DhcpIdentity.ClientIdOf("lxc:web", "eth0"));
        Assert.NotEqual(id, DhcpIdentity.ClientIdOf("lxc:web", "eth1"));
        Assert.NotEqual(id, DhcpIdentity.ClientIdOf("lxc:db", "eth0"));
        Assert.Equal((null, null, null, "web-1"), (DhcpIdentity.HostNameOf("a b"), DhcpIdentity.HostNameOf("-a"),
            DhcpIdentity.HostNameOf("123"), DhcpIdentity.HostNameOf("web-1")));
    }

    private static string? Hex(DhcpMessage message, byte code) => message[code] is { } value
        ? Convert.ToHexString(value) : null;

    private static DhcpMessage With(DhcpMessage message, byte code, byte[] value)
    {
        message[code] = value;
        return message;
    }

    private static DhcpMessage Copy(DhcpMessage message, uint? transaction = null, string? mac = null,
        bool isReply = true, string? address = null)
    {
        var copy = new DhcpMessage
        {
            IsReply = isReply,
            TransactionId = transaction ?? message.TransactionId,
            HardwareAddress = mac is null ? message.HardwareAddress : MacAddress.Parse(mac),
            YourAddress = address is null ? message.YourAddress : IPAddress.Parse(address),
        };
        foreach (var code in message.Codes)
            copy[code] = message[code];
        return copy;
    }

    /// <summary>A network whose time passes only while somebody waits.</summary>
    private sealed class Lab : TimeProvider, IDhcpTransport
    {
        private readonly Queue<DhcpReply> _waiting = new();
        private readonly DateTimeOffset _start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public Lab() => Client = new DhcpClient(s_identity, this, this);

        public static MacAddress Station { get; } = MacAddress.Parse("02:00:00:00:00:01");

        public DhcpClient Client { get; }

        public List<(DateTimeOffset At, DhcpMessage Message, IPAddress To, MacAddress? Station)> Sent { get; } = [];

        public Func<DhcpMessage, DhcpReply[]> Answer { get; set; } = _ => [];

        public Func<IPAddress, bool> IsInUse { get; set; } = _ => false;

        public DhcpReply? Flood { get; init; }

        public TimeSpan Elapsed { get; private set; }

        public DateTimeOffset Now => _start + Elapsed;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public static DhcpReply Reply(
            DhcpMessage request, string server = "10.0.3.1", string address = "10.0.3.17",
                DhcpMessageType? type = null, Func<DhcpMessage, DhcpMessage>? change = null)
        {
            var reply = new DhcpMessage
            {
                IsReply = true,
                TransactionId = request.TransactionId,
                HardwareAddress = request.HardwareAddress,
                YourAddress = IPAddress.Parse(address),
                [DhcpOption.MessageType] = [(byte)(type ?? (request.Type == DhcpMessageType.Discover
                    ? DhcpMessageType.Offer : DhcpMessageType.Ack))],
                [DhcpOption.Server] = IPAddress.Parse(server).GetAddressBytes(),
                [DhcpOption.SubnetMask] = [255, 255, 255, 0],
                [DhcpOption.LeaseTime] = [0, 0, 0x0e, 0x10],
            };
            return new DhcpReply(change?.Invoke(reply) ?? reply, Station);
        }

        public DhcpGrant? Acquire(TimeSpan? timeout = null)
            => Client.Acquire(IsInUse, timeout ?? TimeSpan.FromSeconds(30), CancellationToken.None);

        public override long GetTimestamp() => Elapsed.Ticks;

        public override DateTimeOffset GetUtcNow() => Now;

        public void Broadcast(DhcpMessage message, IPAddress from) => Send(message, IPAddress.Broadcast, null);

        public void Unicast(DhcpMessage message, IPAddress from, IPAddress server, MacAddress? station)
            => Send(message, server, station);

        public DhcpReply? Receive(TimeSpan timeout, CancellationToken cancellation)
        {
            if (_waiting.TryDequeue(out var reply))
                return reply;
            Elapsed += Flood is null || timeout < TimeSpan.FromMilliseconds(1) ? timeout : TimeSpan.FromMilliseconds(1);
            return Flood;
        }

        public void Dispose()
        {
        }

        // As on the wire.
        private void Send(DhcpMessage message, IPAddress to, MacAddress? station)
        {
            var sent = DhcpMessage.TryParse(message.ToArray())!;
            Sent.Add((Now, sent, to, station));
            if (sent.Type is DhcpMessageType.Discover or DhcpMessageType.Request)
                Array.ForEach(Answer(sent), _waiting.Enqueue);
        }
    }
}
