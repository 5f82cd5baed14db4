using System.Collections.Concurrent;
using System.Diagnostics;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Networks;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>An address is one container's, also where others are quick, slow or silent.</summary>
public sealed class AddressChoiceTests
{
    private static NetworkStack Here => Stacks.Pool.Get();

    [Fact]
    public void Who_wants_an_address_that_another_one_is_giving_out_waits_for_it() => Run(() =>
    {
        var (held, _) = Take(TimeSpan.Zero, "10.0.3.7");
        Assert.NotNull(held);
        Assert.Equal(Address("10.0.3.7"), Take(TimeSpan.Zero, "10.0.3.6", "10.0.3.7").Taken);
        // What it had of several it has given back.
        using (var other = TakeFree("10.0.3.6"))
            Assert.NotNull(other);

        ContainerConnection? made = null;
        var thread = new Thread(() => made = Connect("web", "10.0.3.7/24"));
        thread.Start();
        Assert.False(thread.Join(TimeSpan.FromMilliseconds(300)));
        held.Dispose();
        thread.Join();
        Assert.NotNull(made);
        using var after = TakeFree("10.0.3.7");
        Assert.NotNull(after);
    });

    [Theory]
    [InlineData("root", true, true)]
    [InlineData("root", false, false)]
    [InlineData("nobody", true, false)]
    [Trait("Kernel", "none")]
    public void Only_a_lock_of_root_is_waited_for_and_it_ends_with_its_process(
        string user, bool listens, bool isHeld) => Run(() =>
    {
        NeedsOtherUsers();
        using var other = Hold(user, AddressLock.NameOf(Address("10.0.3.7"))[1..], listens);
        try
        {
            var taken = Take(TimeSpan.FromSeconds(isHeld ? 0.2 : 60), "10.0.3.7");
            Assert.Equal(isHeld, taken.Taken is not null);
            taken.Lock?.Dispose();
        }
        finally
        {
            other.Kill();
            other.WaitForExit();
        }

        using var after = TakeFree("10.0.3.7");
        Assert.NotNull(after);
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Kernel", "none")]
    public void A_container_that_is_started_anew_gets_its_address_at_once(bool isNamed) => Run(() =>
    {
        Sandbox.Ip("link del br0");
        var networks = Here.ContainerNetworks;
        networks.Create(new ContainerNetworkSpec("net0")
        {
            Subnets = [new IPPrefix("10.0.4.0/24"), new IPPrefix("fd00:4::/64")],
        });
        var addresses = new HashSet<string>();
        for (var round = 0; round < 20; round++)
        {
            Sandbox.Ip("netns add again");
            var spec = new ContainerConnectionSpec { Network = "net0" };
            if (isNamed)
                spec = spec with { Addresses = [new IPPrefix("10.0.4.9/24"), new IPPrefix("fd00:4::9/64")] };
            var made = Here.Containers.Connect(new ContainerReference("again"), spec);
            addresses.Add(string.Join(' ', made.IPAddress.Select(address => $"{address}")));
            Stacks.Pool.Namespaces.Remove(Stacks.Pool.Namespaces.Get(new("again")));
        }

        Assert.Single(addresses);
        // Nor is the last one in the way of the network's end.
        networks.Remove("net0");
        Assert.DoesNotContain("net0", Sandbox.Ip("link"), StringComparison.Ordinal);
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_container_that_lives_is_not_waited_for_where_another_one_was_removed() => Run(() =>
    {
        Sandbox.Ip("link del br0");
        Here.ContainerNetworks.Create(new ContainerNetworkSpec("net0") { Subnets = [new IPPrefix("10.0.4.1/24")] });
        var first = Enumerable.Range(0, 2000).Select(i => $"c{i}").GroupBy(FirstChoice)
            .First(group => group.Skip(1).Any()).Take(2).ToList();
        foreach (var name in new[] { first[0], first[1], "gone" })
            Sandbox.Ip($"netns add {name}");
        var lives = ConnectTo("net0", first[0]);
        ConnectTo("net0", "gone");
        Stacks.Pool.Namespaces.Remove(Stacks.Pool.Namespaces.Get(new("gone")));
        var watch = Stopwatch.StartNew();
        var other = ConnectTo("net0", first[1]);
        Assert.True(watch.Elapsed < EndedNamespaces.Time, $"{watch.Elapsed}");
        Assert.Equal(FirstChoice(first[0]), lives.IPAddress[0].ToString());
        Assert.NotEqual(lives.IPAddress[0].ToString(), other.IPAddress[0].ToString());
        Here.ContainerNetworks.Remove("net0", force: true);

        static string FirstChoice(string name) => new AddressChoice(
            name, [new IPPrefix("10.0.4.1/24")], new BridgeGateways([]), [], _ => false)
            .Apply(new ContainerConnectionSpec()).Addresses[0].ToString();
        static ContainerConnection ConnectTo(string network, string name) => Here.Containers.Connect(
            new ContainerReference(name), new ContainerConnectionSpec { Network = network });
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void Two_who_want_the_same_in_another_order_do_not_wait_for_each_other() => Run(() => AtOnce(200, i =>
    {
        string[] addresses = ["10.0.3.7", "10.0.3.8", "fd00:3::9"];
        var (mine, _) = Take(TimeSpan.FromSeconds(60), i % 2 == 0 ? addresses : [.. addresses.Reverse()]);
        Assert.NotNull(mine);
        mine.Dispose();
    }));

    [Theory]
    [InlineData(1, "10.0.3.9/24")]
    [InlineData(5, "10.0.3.9/24")]
    [InlineData(20, "10.0.3.9/24")]
    [InlineData(100, "10.0.3.9/24")]
    [InlineData(1, "fd00:3::9/64")]
    [InlineData(5, "fd00:3::9/64")]
    [InlineData(20, "fd00:3::9/64")]
    [InlineData(100, "fd00:3::9/64")]
    [Trait("Kernel", "none")]
    public void A_station_that_takes_its_time_is_found_elsewhere(int milliseconds, string text) => Run(() =>
    {
        // Another bridge, on which it is.
        Ip("netns add mid");
        Ip("netns add far");
        Ip("-n mid link add br1 up type bridge");
        Ip("link add up0 up master br0 type veth peer name in0 netns mid");
        Ip("-n mid link set in0 up master br1");
        Ip("-n mid link add out0 up master br1 type veth peer name eth0 netns far");
        Ip("-n far link set eth0 up");
        Ip("-n far address add 10.0.3.99/24 dev eth0");
        Assert.True(Pings("10.0.3.99"));
        using var station = new SlowStation("far", "eth0", new IPPrefix(text).Address, milliseconds);
        var error = Assert.Throws<NetworkException>(() => Connect("web", text));
        Assert.Equal(NetworkErrorCode.AddressExists, error.Code);
        Assert.Single(IpJson("-n web link show").EnumerateArray());
    });

    [Theory]
    [InlineData("10.0.3.9/24")]
    [InlineData("fd00:3::9/64")]
    public void A_container_that_answers_nobody_has_its_address_all_the_same(string text) => Run(() =>
    {
        Connect("db", text);
        Ip("-n db link set eth0 arp off");
        var error = Assert.Throws<NetworkException>(() => Connect("web", text));
        Assert.Equal(NetworkErrorCode.AddressExists, error.Code);
        Assert.Single(IpJson("-n web link show").EnumerateArray());

        // Whoever asks nobody gets it.
        var spec = new ContainerConnectionSpec
        {
            Bridge = "br0",
            Addresses = [new IPPrefix(text)],
            AddressCheck = AddressCheck.None,
        };
        Assert.Equal(text, Here.Containers.Connect(new ContainerReference("web"), spec).IPAddress[0].ToString());
    });

    [Fact]
    public void Where_a_bridge_leads_is_looked_at_each_time() => Run(() =>
    {
        bool IsAlone() => Here.BridgeStations
            .Find(Here.Links.Get("br0"), [Address("10.0.3.9")], CancellationToken.None)
            .Knowledge == StationKnowledge.All;
        Assert.True(IsAlone());
        Connect("web", "10.0.3.2/24");
        Connect("db", "10.0.3.3/24");
        Assert.True(IsAlone());

        Ip("-n db link add br1 type bridge");
        Ip("-n db link set eth0 master br1");
        Assert.False(IsAlone());
        Ip("-n db link set eth0 nomaster");
        Assert.True(IsAlone());
        Ip("-n web link add name sub link eth0 type macvlan");
        Assert.False(IsAlone());
        Ip("-n web link del sub");
        Assert.True(IsAlone());
        // Both ends are here.
        Ip("link add near master br0 type veth peer name end");
        Assert.False(IsAlone());
        Ip("link del near");
        Assert.True(IsAlone());
        Ip("tuntap add tap0 mode tap");
        Ip("link set tap0 master br0");
        Assert.False(IsAlone());
    });

    [Fact]
    public void Idle_sockets_are_closed_while_others_look_who_is_on_a_bridge() => Run(() =>
    {
        Connect("web", "10.0.3.2/24");
        var bridge = Here.Links.Get("br0");
        using var over = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        // The timer that closes them is another thread, which has the stack's lock then.
        var closing = new Thread(() =>
        {
            while (!over.IsCancellationRequested)
                Here.CloseIdle(0);
        });
        var looking = new Thread(() =>
        {
            while (!over.IsCancellationRequested)
                Here.BridgeStations.Find(bridge, [Address("10.0.3.2")], CancellationToken.None);
        });
        closing.IsBackground = looking.IsBackground = true;
        closing.Start();
        looking.Start();
        Assert.True(closing.Join(TimeSpan.FromSeconds(60)) && looking.Join(TimeSpan.FromSeconds(60)));
    });

    [Fact]
    public void A_full_check_has_the_times_of_RFC_5227()
    {
        for (var i = 0; i < 100; i++)
        {
            var times = ProbeTimes.Full();
            Assert.Equal(3, times.Questions.Count);
            Assert.InRange(times.Questions[0].TotalSeconds, 0, 1);
            Assert.InRange((times.Questions[1] - times.Questions[0]).TotalSeconds, 1, 2);
            Assert.InRange((times.Questions[2] - times.Questions[1]).TotalSeconds, 1, 2);
            Assert.Equal(TimeSpan.FromSeconds(2), times.End - times.Questions[2]);
        }
    }

    [Fact]
    public void A_container_gets_addresses_of_its_network_and_the_same_ones_again() => Run(() =>
    {
        var made = Plug("web");
        Assert.Equal(["10.0.3.1", "fd00:3::1"], made.Gateway.Select(address => address.ToString()));
        Assert.Collection(
            made.IPAddress,
            address => Assert.True(address.Length == 24 && new IPPrefix("10.0.3.0/24").Contains(address.Address)),
            address => Assert.True(address.Length == 64 && new IPPrefix("fd00:3::/64").Contains(address.Address)));
        Assert.True(Pings("10.0.3.1", "web") && Pings("fd00:3::1", "web"));
        var other = Plug("db");
        Assert.Empty(other.IPAddress.Intersect(made.IPAddress));
        Assert.True(Pings(other.IPAddress[0].Address.ToString(), "web"));

        Disconnect(made);
        Assert.Equal(made.IPAddress, Plug("web").IPAddress);
        // What the container itself has from elsewhere is not taken from it, and another link gets another address.
        Assert.Empty(Plug("web").IPAddress.Intersect(made.IPAddress));
        Assert.Empty(Plug("web", noAddress: true).IPAddress);
    });

    [Fact]
    public void Nobodys_address_is_chosen() => Run(() =>
    {
        var first = Plug("web");
        Disconnect(first);
        // It answers nobody.
        Connect("db", [.. first.IPAddress.Select(address => address.ToString())]);
        Ip("-n db link set eth0 arp off");
        var second = Plug("web");
        Assert.Equal(2, second.IPAddress.Count);
        Assert.Empty(second.IPAddress.Intersect(first.IPAddress));
    });

    [Fact]
    public void A_full_subnet_is_an_error_and_an_address_is_free_again_with_its_container() => Run(() =>
    {
        Ip("link add br2 up type bridge");
        Ip("address add 10.0.5.1/29 dev br2");
        List<ContainerConnection> made = [];
        for (var i = 0; i < 5; i++)
            made.Add(Plug("web", "br2"));
        Assert.Equal(
            Enumerable.Range(2, 5).Select(number => $"10.0.5.{number}/29"),
            made.Select(item => item.IPAddress[0].ToString()).Order(StringComparer.Ordinal));
        var error = Assert.Throws<NetworkException>(() => Plug("db", "br2"));
        Assert.Equal(NetworkErrorCode.ResourceBusy, error.Code);
        Assert.Contains("10.0.5.0/29", error.Message, StringComparison.Ordinal);
        Assert.Single(IpJson("-n db link show").EnumerateArray());

        Ip("netns del web");
        Assert.True(Eventually(() => IpJson("link show type veth").GetArrayLength() == 0));
        Assert.Single(Plug("db", "br2").IPAddress);
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_bridge_that_has_all_the_ports_it_can_have_is_an_error() => Run(() =>
    {
        Ip("link add br2 up type bridge");
        Ip("address add 10.0.5.1/24 dev br2");
        const string File = "/run/ports";
        System.IO.File.WriteAllLines(
            File, Enumerable.Range(1, 1023).Select(i => $"link add p{i} master br2 type veth peer name q{i}"));
        Ip($"-batch {File}");
        System.IO.File.Delete(File);
        var error = Assert.Throws<NetworkException>(() => Plug("web", "br2"));
        Assert.Equal(NetworkErrorCode.NoSpace, error.Code);
        Assert.Contains("1,023 ports", error.Message, StringComparison.Ordinal);
        Assert.Single(IpJson("-n web link show").EnumerateArray());
        Ip("link del p7");
        Assert.Single(Plug("web", "br2").IPAddress);
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void Of_many_at_once_each_gets_another_address() => Run(() =>
    {
        Ip("link add br2 up type bridge");
        Ip("address add 10.0.5.1/26 dev br2");
        for (var i = 0; i < 40; i++)
            Ip($"netns add c{i}");
        var made = new ConcurrentBag<string>();
        AtOnce(40, i => made.Add(Plug($"c{i}", "br2").IPAddress[0].ToString()));
        Assert.Equal(40, made.Distinct().Count());
    });

    [Fact]
    public void Where_a_network_leads_elsewhere_its_addresses_are_not_given_out() => Run(() =>
    {
        Ip("tuntap add tap0 mode tap");
        Ip("link set tap0 master br0");
        Assert.Empty(Plug("web").IPAddress);
        var spec = new ContainerConnectionSpec
        {
            Network = "br0",
            NoAddress = true,
            Addresses = [new IPPrefix("10.0.3.2")],
        };
        var error = Assert.Throws<NetworkException>(() => Here.Containers.Connect(new ContainerReference("web"), spec));
        Assert.Equal(NetworkErrorCode.InvalidArgument, error.Code);
    });

    private static ContainerConnection Plug(string name, string network = "br0", bool noAddress = false)
        => Here.Containers.Connect(
            new ContainerReference(name), new ContainerConnectionSpec { Network = network, NoAddress = noAddress });

    private static void Disconnect(ContainerConnection made)
        => Assert.Empty(Here.Containers.Disconnect([Stacks.Pool.Get(made.Namespace).Links.Get(made.InterfaceIndex)]));

    private static IPAddress Address(string text) => IPAddress.Parse(text);

    // A program that another test starts has a copy of this process's sockets until it executes.
    private static AddressLock? TakeFree(string address) => Take(TimeSpan.FromSeconds(60), address).Lock;

    private static (AddressLock? Lock, IPAddress? Taken) Take(TimeSpan timeout, params string[] addresses)
        => AddressLock.Take(Here, addresses.Select(Address), timeout, CancellationToken.None);

    private static ContainerConnection Connect(string name, params string[] addresses) => Here.Containers.Connect(
        new ContainerReference(name),
        new ContainerConnectionSpec { Bridge = "br0", Addresses = [.. addresses.Select(text => new IPPrefix(text))] });

    private static Process Hold(string user, string name, bool listens)
    {
        var script = $$"""
            use Socket; $| = 1;
            socket(my $socket, AF_UNIX, SOCK_STREAM, 0) or die $!;
            bind($socket, pack_sockaddr_un("\0{{name}}")) or die $!;
            listen($socket, 8) or die $! if {{(listens ? 1 : 0)}};
            print "ready\n"; sleep 600;
            """;
        string[] command = ["perl", "-e", script];
        var info = user == "root" ? new ProcessStartInfo(command[0], command[1..])
            : new ProcessStartInfo("setpriv", ["--reuid", "65534", "--clear-groups", .. command]);
        info.RedirectStandardOutput = true;
        var program = Process.Start(info)!;
        Assert.Equal("ready", program.StandardOutput.ReadLine());
        return program;
    }

    private static void Run(Action body) => Sandbox.Run(() =>
    {
        Ip("link add br0 up type bridge");
        Ip("address add 10.0.3.1/24 dev br0");
        Ip("address add fd00:3::1/64 dev br0 nodad");
        foreach (var name in new[] { "web", "db" })
            Ip($"netns add {name}");
        body();
    });
}
