using System.Collections.Concurrent;
using System.Diagnostics;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Packets;
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
        var (held, _) = AddressLock.Take(Here, [Address("10.0.3.7")], TimeSpan.Zero, CancellationToken.None);
        Assert.NotNull(held);
        Assert.Equal(Address("10.0.3.7"), TakeNow("10.0.3.6", "10.0.3.7").Taken);
        // What it had of several it has given back.
        using (var other = TakeNow("10.0.3.6").Lock)
            Assert.NotNull(other);

        ContainerConnection? made = null;
        var thread = new Thread(() => made = Connect("web", "10.0.3.7/24"));
        thread.Start();
        Assert.False(thread.Join(TimeSpan.FromMilliseconds(300)));
        held.Dispose();
        thread.Join();
        Assert.NotNull(made);
        using var after = TakeNow("10.0.3.7").Lock;
        Assert.NotNull(after);
    });

    [Theory]
    [InlineData("root", true, true)]
    [InlineData("root", false, false)]
    [InlineData("nobody", true, false)]
    public void Only_a_lock_of_root_is_waited_for_and_it_ends_with_its_process(string user, bool listens, bool isHeld) => Run(() =>
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

        using var after = TakeNow("10.0.3.7").Lock;
        Assert.NotNull(after);
    });

    [Fact]
    public void Two_who_want_the_same_addresses_in_another_order_do_not_wait_for_each_other() => Run(() => AtOnce(200, i =>
    {
        string[] addresses = ["10.0.3.7", "10.0.3.8", "fd00:3::9"];
        var (mine, _) = Take(TimeSpan.FromSeconds(60), i % 2 == 0 ? addresses : [.. addresses.Reverse()]);
        Assert.NotNull(mine);
        mine.Dispose();
    }));

    private static IPAddress Address(string text) => IPAddress.Parse(text);

    private static (AddressLock? Lock, IPAddress? Taken) TakeNow(params string[] addresses) => Take(TimeSpan.Zero, addresses);

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
