using System.Text;
using LxcNetworking.Addressing;
using LxcNetworking.Bridges;
using LxcNetworking.Containers.Dhcp;
using LxcNetworking.Containers.Lxc;
using LxcNetworking.Containers.Networks;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;
using LxcNetworking.WireGuard;

namespace LxcNetworking.Fuzz;

/// <summary>Inputs that once gave something else than an object, nothing or a documented error, one of each
/// sort.</summary>
public sealed class FindingTests
{
    // The framework's readers of numbers take NULs behind a number.
    [Fact]
    public void A_number_ends_where_its_text_does()
    {
        Assert.Throws<FormatException>(() => new PortRange("80\0"));
        Assert.Throws<FormatException>(() => new RouteTable("100\0"));
        Assert.Throws<FormatException>(() => new VlanRange("10-20\0"));
        Assert.Throws<FormatException>(() => IPPrefix.Parse("10.0.0.0/8\0"));
        Assert.Throws<FormatException>(() => MacAddress.Parse("00:16:3e:00:00:1\0"));
        Assert.Throws<NetworkException>(() => NamespaceReference.Read("web", "12345678-5\0"));
        Assert.Equal("\\xa\0"u8.ToArray(), KernelText.Encode("\\xa\0"));
        Assert.Equal(0, Dnsmasq.ParseId("12\0"u8.ToArray()));
        Assert.Throws<NetworkException>(() => UserDatabase.Find("root\0x", group: false));
    }

    [Theory]
    [InlineData("00:05:00\u2028")]
    [InlineData(" 00:05:00")]
    [InlineData("00:05:00\0")]
    public void A_duration_has_nothing_around_it(string text) =>
        Assert.Throws<FormatException>(() => Duration.Parse(text));

    [Theory]
    [InlineData("fe80::1%nobody")]
    [InlineData("fe80::1%lo\u001b")]
    [InlineData("fe80::1%")]
    [InlineData("::1%1\u0007:1")]
    [InlineData("ff02::7%lo\0")]
    [InlineData("ff02::1%lo:x")]
    public void The_interface_of_an_address_is_one_that_is_there(string text)
    {
        Assert.False(IPAddress.TryParse(text, out _));
        Assert.False(IPPrefix.TryParse(text + "/64", out _, out _));
    }

    [Theory]
    [InlineData("192.0:51820")]
    [InlineData("192.0\0.2.1:51820")]
    [InlineData("localhost\0.example:51820")]
    public void An_endpoints_host_is_not_what_the_system_would_make_of_it(string text)
        => Assert.Equal(NetworkErrorCode.InvalidArgument,
            Assert.Throws<NetworkException>(() => WireGuardPeerSpec.ParseEndpoint(text)).Code);

    [Fact]
    public void An_address_without_an_interface_or_with_one_that_is_there_is_read()
    {
        Assert.Equal(0, IPAddress.Parse("fe80::1%0").ScopeId);
        Assert.Equal(7, IPAddress.Parse("fe80::1%7").ScopeId);
        Assert.Equal(1, IPAddress.Parse("fe80::1%lo").ScopeId);
    }

    [Fact]
    public void Half_of_a_character_names_no_namespace()
        => Assert.Equal(NetworkErrorCode.InvalidName,
            Assert.Throws<NetworkException>(() => NamespaceStore.CheckName("a\ud800")).Code);

    [Fact]
    public void A_long_text_is_not_repeated_whole()
    {
        Func<string, object>[] readers =
        [
            IPAddress.Parse, IPPrefix.Parse, MacAddress.Parse, EndpointAddress.Parse, Duration.Parse,
            VlanProtocol.Parse,
            text => new PortRange(text), text => new RouteTable(text), text => new VlanRange(text),
            text => new WireGuardPublicKey(text),
        ];
        Assert.All(readers, read =>
        {
            var message = Assert.Throws<FormatException>(() => read(new string('x', 1_000_000) + "\u202e")).Message;
            Assert.InRange(message.Length, 1, 400);
            Assert.Contains(new string('x', 80) + "…'", message, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("a\u202eb", "a\\xe2\\x80\\xaeb")]
    [InlineData("a\u2028b\u009bc", "a\\xe2\\x80\\xa8b\\xc2\\x9bc")]
    [InlineData("it is \\x1b\nand \ud83d\ude00", "it is \\x1b\\x0aand \ud83d\ude00")]
    public void A_message_is_fit_to_be_shown(string message, string expected)
        => Assert.Equal(expected, new NetworkException(NetworkErrorCode.KernelRefused, message).Message);

    [Fact]
    public void Half_of_a_character_is_not_in_a_message()
        => Assert.Equal("a \ufffd b", new NetworkException(NetworkErrorCode.KernelRefused, "a \ud800 b").Message);

    [Fact]
    public void A_long_message_is_not_cut_within_a_character()
    {
        var message = new NetworkException(NetworkErrorCode.KernelRefused,
            string.Concat(Enumerable.Repeat("\ud83d\ude00 x", 3000))).Message;
        Assert.InRange(message.Length, 100, 2000);
        Assert.DoesNotContain('\ufffd', message);
        Assert.Equal(message, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(message)));
    }

    [Fact]
    public void Another_key_of_LXC_is_fit_to_be_shown()
    {
        var configuration = new LxcConfiguration("/c", null, Encoding.UTF8.GetBytes("lxc.net.0.ty\u202epe = x\n"));
        Assert.Equal("ty\\xe2\\x80\\xaepe", Assert.Single(Assert.Single(configuration.Networks).OtherKeys).Key);
    }

    [Theory]
    [InlineData("\"HostName\":\"web\"", "\"HostName\":\"we\\b\"")]
    [InlineData("\"DomainName\":\"lxc\"", "\"DomainName\":\"lx\\u0007\"")]
    public void A_lease_on_file_has_names_that_can_be_shown_or_is_none(string said, string spoilt)
    {
        Assert.NotNull(LeaseRecord.TryParse(Encoding.UTF8.GetBytes(FileTargets.Lease)));
        var content = FileTargets.Lease.Replace(said, spoilt, StringComparison.Ordinal);
        Assert.NotEqual(FileTargets.Lease, content);
        Assert.Null(LeaseRecord.TryParse(Encoding.UTF8.GetBytes(content)));
    }

    [Theory]
    [InlineData("""{"Subnets":null}""")]
    [InlineData("""{"Subnets":["10.0.3.0/24"],"MadeNats":[null]}""")]
    [InlineData("""{"Subnets":["10.0.3.0/24"],"Dhcp":true,"StaticLeases":[null]}""")]
    [InlineData("""{"Subnets":["10.0.3.0/24"],"Dhcp":true,"StaticLeases":[{"Address":"10.0.3.9"}]}""")]
    [InlineData("""{"Subnets":["10.0.3.0/24"],"FoundRoutes":[{"Destination":"10.0.0.0/8","Table":0}]}""")]
    [InlineData(
        """{"Subnets":["10.0.3.0/24"],"FoundRoutes":[{"Destination":"10.0.0.0/8","Table":254,"Mtu":99999999999}]}""")]
    [InlineData("""{"Subnets":["10.0.3.0/24"],"MovedAddresses":[{"Prefix":"10.0.0.2/24","ValidSeconds":1e300}]}""")]
    [InlineData("""{"Subnets":["10.0.3.0/24"],"MovedAddresses":[{"Prefix":"10.0.0.2/99"}]}""")]
    public void A_spoilt_state_is_told_when_it_is_read(string json)
    {
        var refusal = Assert.Throws<NetworkException>(() => NetworkState.Parse(Encoding.UTF8.GetBytes(json), "/f"));
        Assert.Equal(NetworkErrorCode.InvalidArgument, refusal.Code);
        Assert.Contains("/f cannot be understood", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Half_of_a_character_in_a_key_is_an_answer_without_that_container()
    {
        const string list = """
            [{"\ud800":1,"Names":["/web"],"State":"exited","\ud800":1},{"Names":["/db"],"State":"exited"}]
            """;
        var answers = new EngineTargets.Answers(EngineTargets.Join([EngineTargets.Http(list)]));
        var runtime = new EngineRuntime("docker", null, "/memory") { Connection = answers.Connect };
        Assert.Equal("db", Assert.Single(runtime.List(CancellationToken.None)).Name);
    }

    // The same index twice, as where a link goes and another one comes while the list is read.
    [Fact]
    public void Of_two_links_of_one_index_the_last_one_is_there()
    {
        static Answer Link(string name)
        {
            using var request = new NetlinkRequest(Rtm.NewLink).Header(new IfInfoMsg { Index = 9 })
                .PutString(Ifla.IfName, name);
            return new Answer(Rtm.GetLink, 0, Rtm.NewLink, 0, request.Seal(1, 1, 0)[16..].ToArray());
        }

        using var route = new NetlinkConnection(new ReplayKernel([Link("old"), Link("new")]));
        using var other = new NetlinkConnection(new ReplayKernel([]));
        var stack = KernelCorpus.Stack(route, other, other);
        Assert.Equal("new", Assert.Single(stack.Links.List()).Name);
        Assert.Empty(stack.Bridges.ListVlans());
        Assert.Empty(stack.Bridges.ListFdb());
    }

    // Of an attribute that comes twice the last one is read.
    [Fact]
    public void A_forwarding_entry_whose_Ethernet_address_is_none_is_left_out()
    {
        using var request = new NetlinkRequest(Rtm.NewNeigh).Header(new NdMsg { Family = Af.Bridge, Index = 9 })
            .Put(Nda.LlAddr, new byte[6]).Put(Nda.LlAddr, new byte[4]);
        var entry = new Answer(Rtm.GetNeigh, Af.Bridge, Rtm.NewNeigh, 0, request.Seal(1, 1, 0)[16..].ToArray());
        using var route = new NetlinkConnection(new ReplayKernel([entry]));
        using var other = new NetlinkConnection(new ReplayKernel([]));
        Assert.Empty(KernelCorpus.Stack(route, other, other).Bridges.ListFdb());
    }
}
