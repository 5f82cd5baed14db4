using System.Diagnostics;
using System.Net.Sockets;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>Abstract sockets with names as LXC gives them, which any user can make.</summary>
[Trait("Kernel", "none")]
public sealed class LxcSocketTests
{
    [Fact]
    public void Sockets_whose_listener_takes_nobody_do_not_hold_a_look_up_up() => Run(() =>
    {
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < 20; i++)
            {
                var address = Listen(sockets, i, backlog: 0);
                Fill(sockets, address);
            }

            AssertNotFoundSoon();
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    });

    [Fact]
    public void A_listener_that_never_answers_costs_two_seconds_in_all() => Run(() =>
    {
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < 20; i++)
            {
                Listen(sockets, i, backlog: 8);
            }

            AssertNotFoundSoon();
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    });

    [Fact]
    public void Another_users_sockets_whose_listener_takes_nobody_do_not_hold_a_look_up_up() => Run(() =>
    {
        NeedsOtherUsers();
        using var nobody = StartListeners("nobody", isFull: true, process: 0);
        AssertNotFoundSoon();
    });

    [Theory]
    [InlineData("nobody", false)]
    [InlineData("root", true)]
    public void Only_roots_sockets_and_ones_own_are_believed(string user, bool isBelieved) => Run(() =>
    {
        NeedsOtherUsers();
        using var other = Process.Start("unshare", ["--net", "sleep", "600"]);
        using var listeners = StartListeners(user, isFull: false, process: other.Id);
        try
        {
            if (isBelieved)
            {
                var inside = Stacks.Pool.Get(new NamespaceReference("lxc:c3"));
                Assert.NotEqual(Stacks.Pool.Get().Cookie, inside.Cookie);
            }
            else
            {
                AssertNotFoundSoon();
            }
        }
        finally
        {
            other.Kill();
            other.WaitForExit();
        }
    });

    [Theory]
    [InlineData(true, 65534, true)]
    [InlineData(false, 65534, false)]
    [InlineData(true, 0, false)]
    public void A_users_container_is_found_by_its_path_where_all_of_it_is_the_users(
        bool isUsersNamespace, int folderOwner, bool isFound) => Run(() =>
    {
        NeedsOtherUsers();
        Execute("mount", "-t", "tmpfs", "lxc", "/var/lib/lxc");
        Execute("mkdir", "/var/lib/lxc/c3");
        Execute("chown", $"{folderOwner}", "/var/lib/lxc/c3");
        string[] command = isUsersNamespace
            ? ["--reuid", "65534", "--clear-groups", "unshare", "--user", "--map-root-user", "--net"]
            : ["--reuid", "0", "unshare", "--net"];
        using var container = Process.Start("setpriv", [.. command, "sleep", "600"]);
        using var listeners = StartListeners("nobody", isFull: false, process: container.Id);
        try
        {
            Assert.True(Eventually(() => File.ReadAllText($"/proc/{container.Id}/comm") == "sleep\n"));
            var reference = new NamespaceReference("lxc:/var/lib/lxc/c3");
            if (isFound)
            {
                var inside = Stacks.Pool.Get(reference);
                Assert.NotEqual(Stacks.Pool.Get().Cookie, inside.Cookie);
                Stacks.Pool.Get().Links.CreateVeth(
                    new VethSpec("v0", new VethPeerSpec("eth0") { TargetNamespace = reference }));
                Assert.NotNull(inside.Links.Find("eth0"));
            }
            else
            {
                Assert.Equal(NetworkErrorCode.ContainerNotFound,
                    Assert.Throws<NetworkException>(() => Stacks.Pool.Get(reference)).Code);
            }
        }
        finally
        {
            container.Kill();
            container.WaitForExit();
        }
    });

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    public void Who_gives_up_does_not_wait_for_listeners(int backlog) => Run(() =>
    {
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < 20; i++)
            {
                var address = Listen(sockets, i, backlog);
                if (backlog == 0)
                    Fill(sockets, address);
            }

            var reference = new NamespaceReference("lxc:c3");
            var veth = new VethSpec("v0", new VethPeerSpec("v1") { TargetNamespace = reference });
            using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
            foreach (var action in new Action[]
            {
                () => Stacks.Pool.Get(reference, stop.Token),
                () => Stacks.Pool.AreSame(reference, reference, stop.Token),
                () => Stacks.Pool.Namespaces.Get(reference, stop.Token),
                () => NamespaceScope.Enter(Stacks.Pool, reference, stop.Token).Dispose(),
                () => Stacks.Pool.Get().Links.Create(veth, stop.Token),
                () => Stacks.Pool.Get().Containers.StackOf(new ContainerReference("lxc:c3"), stop.Token),
            })
            {
                Assert.ThrowsAny<OperationCanceledException>(action);
            }
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    });

    [Theory]
    [InlineData("/var/lib/lxc", "lxc:twin")]
    [InlineData("/srv/other", "lxc:/srv/other/twin")]
    public void Of_containers_of_one_name_each_is_listed_and_found(string path, string called) => Run(() =>
    {
        using var one = new Monitor("/srv/lxc", "twin");
        using var other = new Monitor(path, "twin");
        var runtime = new LxcRuntime();
        List<ContainerRecord> Of(params int[] ids)
            => [.. runtime.List(CancellationToken.None).Where(item => ids.Contains(item.ProcessId))];
        int Find(string name) => runtime.GetProcessId(name, CancellationToken.None);
        var mine = Of(one.ProcessId, other.ProcessId);
        Assert.Equal(
            new[] { "lxc:/srv/lxc/twin", called }.Order(StringComparer.Ordinal),
            mine.Select(item => $"lxc:{item.Name}").Order(StringComparer.Ordinal));
        foreach (var item in mine)
            Assert.Equal(item.ProcessId, Find(item.Name));
        Assert.Equal("twin", new ContainerReference(called).Name);

        // A name alone means the one under LXC's own path, and none where that could be either.
        if (called == "lxc:twin")
            Assert.Equal(other.ProcessId, Find("twin"));
        else
        {
            var either = Assert.Throws<NetworkException>(() => Find("twin"));
            Assert.Contains(called, either.Message, StringComparison.Ordinal);
        }

        // Without a runtime it means none of several.
        var error = Assert.Throws<NetworkException>(
            () => Stacks.Pool.Get().Containers.StackOf(new ContainerReference("twin")));
        Assert.Equal(NetworkErrorCode.InvalidArgument, error.Code);
        Assert.Contains("lxc:/srv/lxc/twin", error.Message, StringComparison.Ordinal);

        one.Dispose();
        Assert.Equal(other.ProcessId, Find("twin"));
        Assert.Equal(["twin"], Of(other.ProcessId).Select(item => item.Name));
    });

    [Theory]
    [InlineData("/srv/lxc/../x\n")]
    [InlineData("/")]
    [InlineData("/srv/-x")]
    [InlineData("srv/x")]
    public void A_path_is_followed_by_a_plain_name(string name)
    {
        var error = Assert.Throws<NetworkException>(() => new LxcRuntime().GetProcessId(name, CancellationToken.None));
        Assert.Equal(NetworkErrorCode.InvalidName, error.Code);
    }

    // Stands for a running container and its monitor, which tells its process.
    private sealed class Monitor : IDisposable
    {
        private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        private readonly Process _process = Process.Start("sleep", ["600"]);
        private bool _isOver;

        public Monitor(string path, string name)
        {
            _listener.Bind(new UnixDomainSocketEndPoint($"\0{path}/{name}/command"));
            _listener.Listen(8);
            new Thread(Answer).Start();
        }

        public int ProcessId => _process.Id;

        public void Dispose()
        {
            if (_isOver)
                return;
            _isOver = true;
            _listener.Dispose();
            _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
        }

        private void Answer()
        {
            try
            {
                while (true)
                {
                    using var client = _listener.Accept();
                    client.Receive(new byte[16]);
                    var answer = new byte[16];
                    BitConverter.TryWriteBytes(answer.AsSpan(8), (long)ProcessId);
                    client.Send(answer);
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // It is over.
            }
        }
    }

    // A program of its own, as a socket's owner is who began to listen.
    private static Listeners StartListeners(string user, bool isFull, int process)
    {
        var script = $$"""
            use Socket; $| = 1; my @keep;
            for my $i (0..19) {
                my $address = pack_sockaddr_un("\0/var/lib/lxc/c$i/command");
                socket(my $listener, AF_UNIX, SOCK_STREAM, 0) or die $!;
                bind($listener, $address) or die $!;
                listen($listener, {{(isFull ? 0 : 8)}}) or die $!;
                push @keep, $listener;
                for (1..({{(isFull ? 1 : 0)}} * 10)) {
                    socket(my $caller, AF_UNIX, SOCK_STREAM | 04000, 0) or die $!;
                    connect($caller, $address) and push @keep, $caller or last;
                }
            }
            print "ready\n";
            sleep 600 unless {{process}};
            while (accept(my $client, $keep[3])) {
                sysread($client, my $request, 16) and syswrite($client, pack('iiq', 0, 0, {{process}}));
            }
            """;
        string[] command = ["perl", "-e", script];
        var info = user == "root" ? new ProcessStartInfo(command[0], command[1..])
            : new ProcessStartInfo("setpriv", ["--reuid", "65534", "--clear-groups", .. command]);
        info.RedirectStandardOutput = true;
        var program = Process.Start(info)!;
        Assert.Equal("ready", program.StandardOutput.ReadLine());
        return new Listeners(program);
    }

    private sealed record Listeners(Process Program) : IDisposable
    {
        public void Dispose()
        {
            Program.Kill();
            Program.WaitForExit();
            Program.Dispose();
        }
    }

    // As a container's own monitor would.
    private static UnixDomainSocketEndPoint Listen(List<Socket> sockets, int container, int backlog)
    {
        var address = new UnixDomainSocketEndPoint($"\0/var/lib/lxc/c{container}/command");
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        sockets.Add(listener);
        listener.Bind(address);
        listener.Listen(backlog);
        return address;
    }

    private static void AssertNotFoundSoon()
    {
        var watch = Stopwatch.StartNew();
        var error = Assert.Throws<NetworkException>(
            () => Stacks.Pool.Get(new NamespaceReference("lxc:c3")));
        Assert.Equal(NetworkErrorCode.ContainerNotFound, error.Code);
        // Four seconds each before; half a second for all of them now.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{watch.Elapsed}");
    }

    // Until the next one would have to wait.
    private static void Fill(List<Socket> sockets, UnixDomainSocketEndPoint address)
    {
        while (true)
        {
            var caller = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            {
                Blocking = false,
            };
            sockets.Add(caller);
            try
            {
                caller.Connect(address);
            }
            catch (SocketException)
            {
                return;
            }
        }
    }
}
