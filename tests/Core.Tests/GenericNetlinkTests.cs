using LxcNetworking.Generic;
using LxcNetworking.L2tp;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;
using LxcNetworking.WireGuard;

namespace LxcNetworking.Tests;

public class GenericNetlinkTests
{
    private static readonly GenericFamily s_family = new("l2tp", 1, "l2tp_eth");
    private static readonly NamespaceReference s_here = new("here");

    [Fact]
    public void A_familys_number_is_asked_for_once_and_carried_by_each_command()
    {
        var kernel = new GenericKernel { Families = { ["l2tp"] = 30 } };
        using var connection = new NetlinkConnection(kernel);
        var generic = new GenericNetlink(() => connection);
        generic.Execute(s_family, 4, request => request.Put(9, 1000u));
        Assert.Empty(generic.Dump(s_family, 8, _ => { }, _ => "x"));
        Assert.Equal(1, kernel.Questions);
        Assert.Equal([(30, 4, 1), (30, 8, 1)],
            kernel.Commands.Select(sent => ((int)sent.Type, (int)sent.Command, (int)sent.Version)));
        Assert.Equal([8, 0, 9, 0, 0xe8, 3, 0, 0], kernel.Commands[0].Attributes);
    }

    [Fact]
    public void A_family_that_came_back_under_another_number_is_found_again()
    {
        var kernel = new GenericKernel { Families = { ["l2tp"] = 30 } };
        using var connection = new NetlinkConnection(kernel);
        var generic = new GenericNetlink(() => connection);
        generic.Execute(s_family, 4, _ => { });
        kernel.Families["l2tp"] = 31;
        generic.Execute(s_family, 4, _ => { });
        Assert.Equal(31, kernel.Commands[^1].Type);
    }

    [Fact]
    public void A_family_that_the_kernel_lacks_names_its_module()
    {
        using var connection = new NetlinkConnection(new GenericKernel());
        var error =
            Assert.Throws<NetworkException>(() => new GenericNetlink(() => connection).Execute(s_family, 4, _ => { }));
        Assert.Equal(NetworkErrorCode.KindNotSupported, error.Code);
        Assert.Contains("The kernel has no l2tp: modprobe l2tp_eth", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tunnel_is_written_as_the_header_says()
    {
        using var request = new NetlinkRequest(30).Header(default(GenlMsgHdr));
        L2tpMessages.WriteTunnel(request,
            new L2tpTunnelSpec(1000, 2000, IPAddress.Parse("192.0.2.1"), IPAddress.Parse("192.0.2.2"))
            { SourcePort = 6000, DestinationPort = 5000 });
        var kernel = Sent(request);
        Assert.Equal(1000u, kernel.Get(9).AsUInt32());
        Assert.Equal(2000u, kernel.Get(10).AsUInt32());
        Assert.Equal(3, kernel.Get(7).AsByte());
        Assert.Equal(0, kernel.Get(2).AsUInt16());
        Assert.Equal([192, 0, 2, 1], kernel.Get(24).Value.ToArray());
        Assert.Equal([192, 0, 2, 2], kernel.Get(25).Value.ToArray());
        Assert.Equal(6000, kernel.Get(26).AsUInt16());
        Assert.Equal(5000, kernel.Get(27).AsUInt16());
        Assert.Equal(1, kernel.Get(13).AsByte());
    }

    [Fact]
    public void A_session_is_read_with_its_counters()
    {
        byte[] attributes =
        [
            8, 0, 9, 0, 0xe8, 3, 0, 0, 8, 0, 11, 0, 1, 0, 0, 0, 8, 0, 12, 0, 2, 0, 0, 0, 6, 0, 1, 0, 5, 0, 0, 0,
            8, 0, 8, 0, .. "l2t\0"u8, 8, 0, 15, 0, 0xde, 0xad, 0xbe, 0xef, 5, 0, 18, 0, 1, 0, 0, 0,
            16, 0, 30, 0, 12, 0, 4, 0, 9, 0, 0, 0, 0, 0, 0, 0,
        ];
        var kernel = new GenericKernel { Families = { ["l2tp"] = 30 }, Answer = attributes };
        using var connection = new NetlinkConnection(kernel);
        var session = Assert.Single(new GenericNetlink(() => connection)
            .Dump(s_family, 8, _ => { }, reply => L2tpMessages.ReadSession(reply, s_here)));
        Assert.Equal((1000u, 1u, 2u, "l2t"),
            (session.TunnelId, session.SessionId, session.PeerSessionId, session.InterfaceAlias));
        Assert.Equal(("deadbeef", "", L2tpSequencing.Receive),
            (session.Cookie, session.PeerCookie, session.Sequencing));
        Assert.Equal(9ul, session.Statistics.ReceivedPackets);
    }

    [Fact]
    public void An_answer_whose_lengths_are_wrong_is_refused()
    {
        var kernel = new GenericKernel { Families = { ["l2tp"] = 30 }, Answer = [9, 0, 24, 0, 1, 2, 3, 4, 5, 0, 0, 0] };
        using var connection = new NetlinkConnection(kernel);
        Assert.Throws<NetlinkProtocolException>(() => new GenericNetlink(() => connection)
            .Dump(s_family, 4, _ => { }, reply => L2tpMessages.ReadTunnel(reply, s_here)));
    }

    /// <summary>Whatever the bytes are, they are read or refused by name; a seed of one's own in
    /// LXCNETWORKING_SEED.</summary>
    [Fact]
    [Trait("Kernel", "none")]
    public void Spoilt_answers_are_read_or_refused()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("LXCNETWORKING_SEED"), out var own) ? own : 7748;
        var random = new Random(seed);
        byte[] l2tp =
        [
            8, 0, 9, 0, 1, 0, 0, 0, 8, 0, 10, 0, 2, 0, 0, 0, 6, 0, 2, 0, 1, 0, 0, 0, 8, 0, 24, 0, 192, 0, 2, 1, 8, 0,
            25, 0, 192, 0, 2, 2,
            20, 0, 31, 0, .. new byte[16], 6, 0, 26, 0, 1, 0, 0, 0, 8, 0, 8, 0, .. "l2t\0"u8, 8, 0, 15, 0, 1, 2, 3, 4,
            12, 0, 22, 0, .. new byte[8], 16, 0, 30, 0, 12, 0, 4, 0, .. new byte[8],
        ];
        byte[] prefix = [28, 0, 0, 0, 6, 0, 1, 0, 2, 0, 0, 0, 8, 0, 2, 0, 10, 0, 0, 0, 5, 0, 3, 0, 24, 0, 0, 0];
        byte[] peer =
        [
            36, 0, 1, 0, .. new byte[32], 36, 0, 2, 0, .. new byte[32], 20, 0, 4, 0, 2, 0, 1, 0, .. new byte[12], 6, 0,
            5, 0, 25, 0, 0, 0, 20, 0, 6, 0, .. new byte[16],
            12, 0, 7, 0, .. new byte[8], (byte)(4 + prefix.Length), 0, 9, 0x80, .. prefix,
        ];
        byte[] wireGuard = [36, 0, 4, 0, .. new byte[32], 6, 0, 6, 0, 1, 0, 0, 0, (byte)(8 + peer.Length), 0, 8, 0x80,
            (byte)(4 + peer.Length), 0, 0, 0x80, .. peer];
        var link = new NetLink(new LinkData(s_here));
        var refused = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var kernel = new GenericKernel { Families = { ["l2tp"] = 30 } };
            using var connection = new NetlinkConnection(kernel);
            var (bytes, read) = (i % 3) switch
            {
                0 => (l2tp, reply => L2tpMessages.ReadTunnel(reply, s_here)),
                1 => (l2tp, reply => L2tpMessages.ReadSession(reply, s_here)),
                _ => (wireGuard, (ReplyParser<object>)(reply => WireGuardMessages.Read(reply, link))),
            };
            bytes = [.. bytes];
            for (var spoilt = random.Next(1, 4); spoilt > 0; spoilt--)
                bytes[random.Next(bytes.Length)] = (byte)(random.Next(2) == 0 ? random.Next(256) : random.Next(40));
            kernel.Answer = bytes[..(random.Next(4) == 0 ? random.Next(bytes.Length) & ~3 : bytes.Length)];
            try
            {
                new GenericNetlink(() => connection).Dump(s_family, 4, _ => { }, read);
            }
            catch (NetlinkProtocolException)
            {
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}, round {i}, {Convert.ToHexString(kernel.Answer)}: {e}");
            }
        }

        Assert.InRange(refused, 1000, 19_000);
    }

    private static SentAttributes Sent(NetlinkRequest request)
    {
        var kernel = new GenericKernel { Families = { ["x"] = request.Type } };
        using var connection = new NetlinkConnection(kernel);
        connection.Execute(request);
        return new SentAttributes(kernel.Commands[0].Attributes);
    }

    private sealed class SentAttributes(byte[] bytes)
    {
        public NetlinkAttribute Get(ushort type)
        {
            Assert.True(new AttributeReader(bytes).TryFind(type, out var found), $"no attribute {type}");
            return found;
        }
    }
}

/// <summary>Buffers are lent to whoever asks next, so nobody else may ask meanwhile.</summary>
[CollectionDefinition(nameof(GenericNetlinkBufferTests), DisableParallelization = true)]
[Collection(nameof(GenericNetlinkBufferTests))]
public class GenericNetlinkBufferTests
{
    [Fact]
    public void Nothing_of_an_answer_stays_in_the_buffer()
    {
        var kernel = new GenericKernel { Families = { ["l2tp"] = 30 }, Answer = [8, 0, 9, 0, 1, 2, 3, 4] };
        using var connection = new NetlinkConnection(kernel);
        var family = new GenericFamily("l2tp", 1, "l2tp_eth");
        Assert.Single(new GenericNetlink(() => connection).Dump(family, 4, _ => { }, _ => "x"));
        Assert.NotEmpty(kernel.Buffer);
        Assert.True(kernel.Buffer.All(value => value == 0));
    }
}
