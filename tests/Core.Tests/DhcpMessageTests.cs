using System.Buffers.Binary;
using System.Text;
using LxcNetworking.Containers.Dhcp;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>What a server can send: bytes of dnsmasq's as they were on the wire, and what is spoilt in them.</summary>
public sealed class DhcpMessageTests
{
    private static readonly MacAddress s_station = MacAddress.Parse("02:00:00:00:00:01");
    private static readonly DateTimeOffset s_now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void An_acknowledgement_is_read_with_all_that_is_in_it()
    {
        var grant = Grant(Ack());
        Assert.Equal(("10.0.3.17/24", "10.0.3.1", s_station), ($"{grant.Address}", $"{grant.Server}", grant.Station));
        Assert.Equal((3600, 1800, 3150), (grant.LeaseTime.TotalSeconds, grant.RenewalTime.TotalSeconds,
            grant.RebindingTime.TotalSeconds));
        Assert.Equal(("10.0.3.1", "10.0.3.1 9.9.9.9", "lxc"),
            (string.Join(' ', grant.Gateways), string.Join(' ', grant.DnsServers), grant.DomainName));
        Assert.Equal(s_now.AddHours(1), grant.Expires);

        var request = new DhcpMessage
        {
            TransactionId = 0x01020304,
            Seconds = 7,
            WantsBroadcast = true,
            HardwareAddress = s_station,
            ClientAddress = IPAddress.Parse("10.0.3.9"),
        };
        request[DhcpOption.ClientId] = new byte[600];
        request[DhcpOption.MessageType] = [(byte)DhcpMessageType.Request];
        var again = DhcpMessage.TryParse(request.ToArray())!;
        Assert.Equal((false, 0x01020304u, (ushort)7, true, "10.0.3.9", DhcpMessageType.Request, 600), (
            again.IsReply, again.TransactionId, again.Seconds, again.WantsBroadcast, $"{again.ClientAddress}",
                again.Type, again[DhcpOption.ClientId]!.Length));
        Assert.Equal([53, 61], again.Codes);
    }

    [Fact]
    public void Options_in_the_two_fields_and_split_ones_are_put_together()
    {
        var bytes = Ack();
        var message = bytes.ToArray();
        // In the place of the domain's option: "both fields", and behind it nothing.
        var place = bytes.AsSpan().IndexOf("lxc"u8) - 2;
        byte[] overload = [DhcpOption.Overload, 1, 3, DhcpOption.End];
        overload.CopyTo(message, place);
        byte[] inFile = [DhcpOption.DomainName, 2, (byte)'a', (byte)'.', DhcpOption.Pad, DhcpOption.End];
        byte[] inName = [DhcpOption.DomainName, 1, (byte)'b'];
        inFile.CopyTo(message, 108);
        message.AsSpan(44, 64).Clear();
        inName.CopyTo(message, 44);
        Assert.Equal("a.b", Grant(message).DomainName);

        // An option that goes beyond its field spoils all, and what there is no field for.
        message[44 + 63] = DhcpOption.DnsServer;
        Assert.Null(DhcpMessage.TryParse(message));
        message[44 + 63] = 0;
        Assert.NotNull(DhcpMessage.TryParse(message));
        message[place + 2] = 4;
        Assert.Null(DhcpMessage.TryParse(message));
    }

    [Fact]
    public void However_short_a_message_is_it_is_none_or_has_no_more_than_is_in_it()
    {
        var bytes = Ack();
        for (var length = 0; length < bytes.Length; length++)
        {
            var message = DhcpMessage.TryParse(bytes.AsSpan(0, length));
            Assert.True(message is null || length >= 240);
            Assert.True(message is null || message.Codes.Sum(code => message[code]!.Length) <= length - 240);
        }

        foreach (var (place, value) in new[] { (0, 3), (1, 6), (2, 7), (236, 0), (239, 98) })
        {
            var spoilt = bytes.ToArray();
            spoilt[place] = (byte)value;
            Assert.Null(DhcpMessage.TryParse(spoilt));
        }
    }

    [Theory]
    [InlineData(DhcpOption.SubnetMask, "ff00ff00")]
    [InlineData(DhcpOption.SubnetMask, "00000000")]
    [InlineData(DhcpOption.SubnetMask, "ffffff")]
    [InlineData(DhcpOption.SubnetMask, "fffffffe00")]
    [InlineData(DhcpOption.LeaseTime, "00000000")]
    [InlineData(DhcpOption.Server, "00000000")]
    [InlineData(DhcpOption.Server, "e0000001")]
    [InlineData(DhcpOption.Server, "0a0003")]
    public void What_cannot_be_used_is_no_offer(byte code, string value)
    {
        var message = DhcpMessage.TryParse(Ack())!;
        message[code] = Convert.FromHexString(value);
        Assert.Null(DhcpGrant.TryRead(message, s_station, s_now));
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("0.1.2.3")]
    [InlineData("127.0.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("10.0.3.0")]
    [InlineData("10.0.3.255")]
    public void An_address_that_no_station_can_have_is_no_offer(string address)
    {
        var bytes = Ack();
        IPAddress.Parse(address).TryWriteBytes(bytes.AsSpan(16), out _);
        Assert.Null(DhcpGrant.TryRead(DhcpMessage.TryParse(bytes)!, s_station, s_now));
    }

    [Fact]
    public void Of_the_rest_only_what_fits_is_taken()
    {
        var message = DhcpMessage.TryParse(Ack())!;
        message[DhcpOption.Router] = [10, 0, 3, 1, 224, 0, 0, 1, 10, 0, 3, 1];
        message[DhcpOption.DnsServer] = [.. Enumerable.Range(1, 60).SelectMany(number
            => new byte[] { 1, 1, 1, (byte)number })];
        message[DhcpOption.DomainName] = "a\u001b[31m\0"u8.ToArray();
        message[DhcpOption.Mtu] = [0, 67];
        message[DhcpOption.LeaseTime] = [255, 255, 255, 255];
        message[DhcpOption.RenewalTime] = [0, 0, 0, 9];
        message[DhcpOption.RebindingTime] = [0, 0, 0, 3];
        var grant = DhcpGrant.TryRead(message, s_station, s_now)!;
        Assert.Equal(("10.0.3.1", 16, @"a\x1b[31m", null, null),
            (string.Join(' ', grant.Gateways), grant.DnsServers.Count, grant.DomainName, grant.Mtu, grant.Expires));
        // The renewal would come after the rebinding.
        Assert.Equal(TimeSpan.FromSeconds(3), grant.RebindingTime);
        Assert.True(grant.RenewalTime < grant.RebindingTime && grant.RenewalTime > TimeSpan.Zero);
        message[DhcpOption.DnsServer] = [1, 1, 1, 1, 2];
        Assert.Empty(DhcpGrant.TryRead(message, s_station, s_now)!.DnsServers);
    }

    [Fact]
    public void Routes_take_the_routers_place_unless_they_are_spoilt()
    {
        var message = DhcpMessage.TryParse(Ack())!;
        message[DhcpOption.ClasslessRoutes] = [0, 10, 0, 3, 254, 8, 10, 10, 0, 3, 2, 25, 192, 0, 2, 129, 0, 0, 0, 0,
            16, 172, 16, 224, 0, 0, 1];
        var grant = DhcpGrant.TryRead(message, s_station, s_now)!;
        Assert.Equal("10.0.3.254", string.Join(' ', grant.Gateways));
        Assert.Equal(["10.0.0.0/8 10.0.3.2", "192.0.2.128/25 0.0.0.0"],
            grant.Routes.Select(route => $"{route.Destination} {route.Gateway}"));
        foreach (var spoilt in new byte[][] { [33, 1, 1, 1, 1, 10, 0, 3, 1], [24, 10, 0, 10, 0, 3, 1], [0, 10, 0, 3] })
        {
            message[DhcpOption.ClasslessRoutes] = spoilt;
            Assert.Equal("10.0.3.1", string.Join(' ', DhcpGrant.TryRead(message, s_station, s_now)!.Gateways));
        }
    }

    [Fact]
    public void Domains_to_search_end_wherever_their_pointers_lead()
    {
        // "eng.apple.com", "marketing.apple.com" of RFC 3397.
        byte[] example = [3, .. "eng"u8, 5, .. "apple"u8, 3, .. "com"u8, 0, 9, .. "marketing"u8, 0xc0, 4];
        Assert.Equal(["eng.apple.com", "marketing.apple.com"], DhcpGrant.ReadDomains(example));
        foreach (var spoilt in new byte[][] { [0xc0, 0], [1, 97, 0xc0, 0], [0xc0, 9], [3, 97],
            [64, .. new byte[64], 0], [1, 97, 0xc0], [1, 10, 0], [2, 45, 97, 0] })
            Assert.Empty(DhcpGrant.ReadDomains(spoilt));
        // Two that point at each other, and a hundred names.
        Assert.Empty(DhcpGrant.ReadDomains([1, 97, 0xc0, 4, 1, 98, 0xc0, 0]));
        Assert.Equal(16, DhcpGrant.ReadDomains([.. Enumerable.Repeat(new byte[] { 1, 97, 0 }, 100).SelectMany(name
            => name)]).Count);
    }

    [Fact]
    public void Only_a_whole_datagram_from_a_servers_port_is_read()
    {
        var message = Ack();
        byte[] Frame() => FromServer(message);
        Assert.NotNull(DhcpFrames.TryRead(Frame(), out var station));
        Assert.Equal(s_station, station);
        // The kind of frame, version and length of the header, a fragment, the protocol, the checksum, ports, lengths.
        foreach (var (place, value) in new[] { (12, 9), (14, 0x65), (14, 0x44), (14, 0x4f), (20, 0x20), (21, 1),
            (23, 6), (25, 1), (35, 68), (37, 67), (38, 9), (39, 0x2e) })
        {
            var spoilt = Frame();
            spoilt[place] = (byte)value;
            Assert.True(DhcpFrames.TryRead(spoilt, out _) is null, $"{place}");
        }

        for (var length = 0; length < Frame().Length; length++)
            Assert.Null(DhcpFrames.TryRead(Frame().AsSpan(0, length), out _));
    }

    [Fact]
    public void What_is_on_file_comes_back_as_it_was_or_not_at_all()
    {
        var grant = Grant(Ack()) with
        {
            Routes = [new DhcpRoute(new IPPrefix("10.0.0.0/8"), IPAddress.Any)],
            Mtu = 1400,
            DomainSearch = ["lxc"]
        };
        var record = Record().With(grant);
        var again = LeaseRecord.TryParse(record.ToJson())!;
        Assert.Equal(Encoding.UTF8.GetString(record.ToJson()), Encoding.UTF8.GetString(again.ToJson()));
        Assert.Equal((grant.Expires, grant.RenewalTime, "10.0.0.0/8"),
            (again.Grant.Expires, again.Grant.RenewalTime, $"{again.Grant.Routes[0].Destination}"));
        var endless = record.With(grant with { LeaseTime = TimeSpan.MaxValue });
        Assert.Null(LeaseRecord.TryParse(endless.ToJson())!.Grant.Expires);
        foreach (var spoilt in new[]
        {
            record with { Address = "10.0.3.300/24" }, record with { Server = "x" }, record with { Station = "x" },
                record with { ClientId = "0" }, record with { ClientId = "" },
            record with { MacAddress = "x" }, record with { LeaseSeconds = -1 },
                record with { RenewalSeconds = long.MaxValue }, record with { Routes = ["10.0.0.0/8"] },
            record with { Gateways = ["x"] }, record with { DnsServers = ["::1x"] },
                record with { InterfaceIndex = 0 }, record with { Granted = DateTimeOffset.MaxValue },
            record with { DomainSearch = ["\u202e"] }, record with { DomainName = "\u202e" },
        })
            Assert.Null(LeaseRecord.TryParse(spoilt.ToJson()));
        Assert.Null(LeaseRecord.TryParse("null"u8.ToArray()));
    }

    /// <summary>What dnsmasq 2.90 answered a request of udhcpc 1.35.</summary>
    internal static byte[] Ack()
    {
        var head = new byte[236];
        Convert.FromHexString("0201060072bd462e00000000000000000a0003110a00030100000000b621f83a35f1").CopyTo(head, 0);
        var options = "63825363" + "350105" + "36040a000301" + "330400000e10" + "3a0400000708" + "3b0400000c4e"
            + "0104ffffff00" + "1c040a0003ff" + "03040a000301" + "0f036c7863" + "06080a00030109090909" + "ff";
        return [.. head, .. Convert.FromHexString(options)];
    }

    /// <summary>A server's frame with a message.</summary>
    internal static byte[] FromServer(byte[] message)
    {
        var frame = DhcpFrames.Write(s_station.ToArray(), null, IPAddress.Parse("10.0.3.1"), IPAddress.Broadcast,
            message);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(34), DhcpFrames.ServerPort);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(36), DhcpFrames.ClientPort);
        return frame;
    }

    private static DhcpGrant Grant(byte[] bytes) => DhcpGrant.TryRead(DhcpMessage.TryParse(bytes)!, s_station, s_now)!;

    private static LeaseRecord Record() => new()
    {
        NamespaceId = "01234567-7",
        Namespace = "web",
        Path = "/run/netns/web",
        Device = 4,
        Inode = 7,
        InterfaceIndex = 2,
        InterfaceAlias = "eth0",
        MacAddress = $"{s_station}",
        ClientId = "FF01",
        Address = string.Empty,
        Server = string.Empty,
        Station = string.Empty,
        Granted = s_now,
    };
}
