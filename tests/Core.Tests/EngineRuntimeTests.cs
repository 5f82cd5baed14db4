using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>What Docker's and Podman's API can say, well meant or not: the engine is a socket of the test's
/// own.</summary>
[Trait("Kernel", "none")]
public sealed class EngineRuntimeTests
{
    private const string Listed = """[{"Names":["/web"],"State":"running"},{"Names":["/old"],"State":"exited"}]""";

    [Fact]
    public void Lists_what_runs_with_its_process_and_what_does_not()
    {
        using var engine = new FakeEngine(path => path.StartsWith("/containers/json", StringComparison.Ordinal) ? Listed
            : path == "/containers/web/json"
            ? $$$"""{"Name":"/web","State":{"Status":"running","Pid":{{{Environment.ProcessId}}}}}""" : null);
        Assert.Equal(
            [new ContainerRecord("web", ContainerState.Running, Environment.ProcessId),
                new ContainerRecord("old", ContainerState.Stopped, 0)],
            engine.Runtime.List(default));
        Assert.Equal(Environment.ProcessId, engine.Runtime.GetProcessId("web", CancellationToken.None));
        Assert.Equal(NetworkErrorCode.ContainerNotFound,
            Assert.Throws<NetworkException>(() => engine.Runtime.GetProcessId("other", CancellationToken.None)).Code);
    }

    [Theory]
    [InlineData("created", 0, ContainerState.Stopped)]
    [InlineData("created", 7, ContainerState.Starting)]
    [InlineData("restarting", 0, ContainerState.Starting)]
    [InlineData("paused", 7, ContainerState.Frozen)]
    [InlineData("dead", 0, ContainerState.Stopped)]
    public void A_container_is_listed_in_the_state_in_which_it_is_found_alone(string status, int process,
        ContainerState expected)
    {
        using var engine = new FakeEngine(path => path.StartsWith("/containers/json", StringComparison.Ordinal)
            ? $$"""[{"Names":["/web"],"State":"{{status}}"}]"""
            : $$$"""{"Name":"/web","State":{"Status":"{{{status}}}","Pid":{{{process}}}}}""");
        Assert.Equal(new ContainerRecord("web", expected, process), Assert.Single(engine.Runtime.List(default)));
        Assert.Equal(new ContainerRecord("web", expected, process), engine.Runtime.Get("web", default));
    }

    [Fact]
    public void A_container_that_is_gone_when_it_is_asked_about_is_not_listed()
    {
        using var engine = new FakeEngine(path => path.StartsWith("/containers/json", StringComparison.Ordinal)
            ? Listed : null);
        Assert.Equal("old", Assert.Single(engine.Runtime.List(default)).Name);
    }

    [Fact]
    public void The_environment_chooses_a_socket_of_this_machine_alone()
    {
        using var engine = new FakeEngine(_ => "[]");
        var variable = $"ENGINE_{Guid.NewGuid():N}";
        var runtime = new EngineRuntime("docker", variable, "/nowhere/docker.sock");
        Assert.Equal(NetworkErrorCode.DependencyFailed,
            Assert.Throws<NetworkException>(() => runtime.GetProcessId("web", CancellationToken.None)).Code);
        Environment.SetEnvironmentVariable(variable, $"unix://{engine.Path}");
        Assert.Equal(NetworkErrorCode.ContainerNotFound,
            Assert.Throws<NetworkException>(() => runtime.GetProcessId("web", CancellationToken.None)).Code);
        Environment.SetEnvironmentVariable(variable, "unix:///elsewhere/docker.sock");
        Assert.Contains("/elsewhere/docker.sock",
            Assert.Throws<NetworkException>(() => runtime.GetProcessId("web", CancellationToken.None)).Message,
            StringComparison.Ordinal);
        // Another machine's containers have no namespaces here.
        Environment.SetEnvironmentVariable(variable, "tcp://192.0.2.1:2375");
        Assert.Contains("/nowhere/docker.sock",
            Assert.Throws<NetworkException>(() => runtime.GetProcessId("web", CancellationToken.None)).Message,
            StringComparison.Ordinal);
        Environment.SetEnvironmentVariable(variable, null);
    }

    [Fact]
    public void The_socket_of_an_engine_that_was_killed_does_not_hide_another_one_and_is_told()
    {
        using var engine = new FakeEngine(path => path.StartsWith("/containers/json", StringComparison.Ordinal)
            ? Listed : null);
        var dead = engine.Path + ".dead";
        // Bound and not listened on, as a killed process's is.
        using var leftover = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        leftover.Bind(new UnixDomainSocketEndPoint(dead));
        Assert.Equal("old", Assert.Single(new EngineRuntime("docker", null, dead, engine.Path).List(default)).Name);
        var refusal =
            Assert.Throws<NetworkException>(() => new EngineRuntime("docker", null, dead).List(default).ToList());
        Assert.Equal(NetworkErrorCode.DependencyFailed, refusal.Code);
        Assert.Contains("nobody listens", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_waits_at_a_prompt_does_not_wait_for_an_engine_that_hangs()
    {
        using var engine = new FakeEngine("HTTP/1.1 200 OK\r\n", hold: true);
        var problems = new List<NetworkException>();
        var watch = Stopwatch.StartNew();
        Assert.Empty(engine.Runtime.TryList(problems.Add, TimeSpan.FromMilliseconds(200), default));
        Assert.True(watch.Elapsed < TimeSpan.FromMinutes(1), $"{watch.Elapsed}");
        Assert.Equal(NetworkErrorCode.TimedOut, Assert.Single(problems).Code);
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        Assert.ThrowsAny<OperationCanceledException>(() => engine.Runtime.TryList(problems.Add, null, stop.Token));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData(
        "[1, null, \"text\", [], {}, {\"Names\":7}, {\"Names\":[]}, {\"Names\":[8]}, {\"Names\":[\"\"]}, " +
            "{\"Names\":[\"\\ud800\"]}, {\"Names\":[\"a\\u001bb\"]}]")]
    public void Passes_over_what_is_no_container(string answer)
    {
        using var engine = new FakeEngine(_ => answer);
        Assert.Empty(engine.Runtime.List(default));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[{\"Names\":[\"/we")]
    [InlineData("<html>")]
    public void Says_that_an_answer_is_not_usable(string answer)
    {
        using var engine = new FakeEngine(_ => answer);
        var refusal = Assert.Throws<NetworkException>(() => engine.Runtime.List(default).ToList());
        Assert.Equal(NetworkErrorCode.DependencyFailed, refusal.Code);
        Assert.Contains(engine.Path, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n[{")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n[")]
    [InlineData("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("SSH-2.0-OpenSSH\r\n")]
    [InlineData("")]
    public void Survives_a_socket_that_speaks_something_else(string raw)
    {
        using var engine = new FakeEngine(raw);
        Assert.Equal(NetworkErrorCode.DependencyFailed,
            Assert.Throws<NetworkException>(() => engine.Runtime.List(default).ToList()).Code);
    }

    [Fact]
    public void An_engines_own_words_are_short_and_no_terminal_obeys_them()
    {
        var reason = "Oh\u001b]0;x\u0007\u009b2J" + new string('w', 10_000);
        using var engine = new FakeEngine($"HTTP/1.1 500 {reason}\r\nContent-Length: 0\r\n\r\n");
        var refusal = Assert.Throws<NetworkException>(() => engine.Runtime.List(default).ToList());
        Assert.Equal(NetworkErrorCode.DependencyFailed, refusal.Code);
        Assert.Contains("Oh", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(refusal.Message, char.IsControl);
        Assert.True(refusal.Message.Length < 600, refusal.Message);
    }

    [Fact]
    public void Stops_reading_an_answer_without_end()
    {
        using var engine = new FakeEngine("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[",
            repeat: new string(' ', 1 << 16));
        Assert.Equal(NetworkErrorCode.DependencyFailed,
            Assert.Throws<NetworkException>(() => engine.Runtime.List(default).ToList()).Code);
    }

    [Fact]
    public void Gives_up_an_engine_that_does_not_answer_in_time_and_one_that_the_user_gives_up()
    {
        using var engine = new FakeEngine("HTTP/1.1 200 OK\r\n", hold: true);
        Assert.Equal(NetworkErrorCode.TimedOut,
            Assert.Throws<NetworkException>(() => engine.WithTimeout(TimeSpan.FromSeconds(1)).List(default)
                .ToList()).Code);
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        var watch = Stopwatch.StartNew();
        Assert.ThrowsAny<OperationCanceledException>(() => engine.Runtime.List(stop.Token).ToList());
        Assert.True(watch.Elapsed < TimeSpan.FromMinutes(1), $"{watch.Elapsed}");
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n", "X-Endless: 1\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n", "X")]
    [InlineData("HTTP/1.1 ", "2")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\n[\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "0")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n")]
    public void Stops_reading_what_comes_before_an_answer_without_end(string raw, string repeat)
    {
        using var engine = new FakeEngine(raw, repeat: string.Concat(Enumerable.Repeat(repeat, 1000)));
        var runtime = engine.WithTimeout(TimeSpan.FromSeconds(3));
        var refusal = Assert.Throws<NetworkException>(() => runtime.List(default).ToList());
        Assert.True(refusal.Code is NetworkErrorCode.DependencyFailed or NetworkErrorCode.TimedOut, $"{refusal.Code}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")]
    public void Gives_up_an_engine_whose_answer_comes_byte_by_byte(string raw)
    {
        using var engine = new FakeEngine(raw, repeat: "2", pause: TimeSpan.FromMilliseconds(20));
        var runtime = engine.WithTimeout(TimeSpan.FromSeconds(1));
        var refusal = Assert.Throws<NetworkException>(() => runtime.List(default).ToList());
        Assert.Equal(NetworkErrorCode.TimedOut, refusal.Code);
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        Assert.ThrowsAny<OperationCanceledException>(() => engine.Runtime.Get("web", stop.Token));
    }

    [Fact]
    public void An_engine_that_takes_no_more_callers_is_told()
    {
        using var engine = new FakeEngine("", isDeaf: true);
        var runtime = engine.WithTimeout(TimeSpan.FromSeconds(1));
        var refusal = Assert.Throws<NetworkException>(() => runtime.List(default).ToList());
        Assert.True(refusal.Code is NetworkErrorCode.DependencyFailed or NetworkErrorCode.TimedOut, $"{refusal.Code}");
    }

    [Fact]
    public void A_process_that_got_a_containers_number_after_the_answer_is_not_taken_for_it() => Sandbox.Run(() =>
    {
        using var other = Process.Start("unshare", ["--net", "sleep", "600"]);
        using var container = Process.Start("unshare", ["--net", "sleep", "600"]);
        var asked = 0;
        var changes = true;
        int Tell() => changes && asked++ == 0 ? other.Id : container.Id;
        using var engine = new FakeEngine(path => path != "/containers/reborn/json" ? null
            : $$$"""{"Name":"/reborn","State":{"Status":"running","Pid":{{{Tell()}}}}}""");
        Environment.SetEnvironmentVariable("CONTAINER_HOST", $"unix://{engine.Path}");
        try
        {
            Assert.True(Sandbox.Eventually(() => new[] { other, container }.All(
                process => File.ReadAllText($"/proc/{process.Id}/comm") == "sleep\n")));
            var reference = new NamespaceReference("podman:reborn");
            var here = Stacks.Pool.Get();
            var veth = new VethSpec("v0", new VethPeerSpec("v1") { TargetNamespace = reference });
            foreach (var use in new Action[]
            {
                () => Stacks.Pool.Get(reference),
                () => here.Containers.StackOf(new ContainerReference(reference.Text)),
                () => Stacks.Pool.Namespaces.Get(reference),
                () => NamespaceScope.Enter(Stacks.Pool, reference).Dispose(),
                () => here.Links.CreateVeth(veth),
            })
            {
                asked = 0;
                Assert.Equal(NetworkErrorCode.NamespaceChanged, Assert.Throws<NetworkException>(use).Code);
                Assert.Equal(2, asked);
            }

            Assert.Null(here.Links.Find("v0"));
            changes = false;
            var expected = Stacks.Pool.Get(new NamespaceReference(container.Id)).Cookie;
            Assert.Equal(expected, Stacks.Pool.Get(reference).Cookie);
            Assert.Equal(expected, here.Containers.StackOf(new ContainerReference(reference.Text)).Cookie);
        }
        finally
        {
            Environment.SetEnvironmentVariable("CONTAINER_HOST", null);
            foreach (var process in new[] { other, container })
            {
                process.Kill();
                process.WaitForExit();
            }
        }
    });

    [Fact]
    public void Without_a_socket_there_is_nothing_to_list_and_no_container_to_find()
    {
        var runtime = new EngineRuntime("docker", null, "/nowhere/docker.sock");
        Assert.Empty(runtime.List(default));
        Assert.Equal(NetworkErrorCode.DependencyFailed,
            Assert.Throws<NetworkException>(() => runtime.GetProcessId("web", CancellationToken.None)).Code);
    }

    /// <summary>Listens on a socket and answers each request with JSON, or with bytes as they are.</summary>
    private sealed class FakeEngine : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("engine").FullName;
        private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        private readonly List<Socket> _held = [];

        public FakeEngine(Func<string, string?> answer)
            : this(path => answer(path) is { } json
                ? $"HTTP/1.1 200 OK\r\nContent-Length: {Encoding.UTF8.GetByteCount(json)}\r\n\r\n{json}"
                : "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", null, false)
        {
        }

        public FakeEngine(
            string raw, string? repeat = null, bool hold = false, TimeSpan pause = default, bool isDeaf = false)
            : this(_ => raw, repeat, hold, pause, isDeaf)
        {
        }

        private FakeEngine(
            Func<string, string> raw, string? repeat, bool hold, TimeSpan pause = default, bool isDeaf = false)
        {
            Path = System.IO.Path.Combine(_folder, "docker.sock");
            _listener.Bind(new UnixDomainSocketEndPoint(Path));
            _listener.Listen(isDeaf ? 0 : 100);
            if (isDeaf)
                FillBacklog();
            else
                new Thread(() => Serve(raw, repeat, hold, pause)) { IsBackground = true }.Start();
        }

        public string Path { get; }

        // Longer than any answer takes, so that none of the tests but those of an engine that hangs depends on it.
        public EngineRuntime Runtime => WithTimeout(TimeSpan.FromMinutes(2));

        public EngineRuntime WithTimeout(TimeSpan timeout) => new("docker", null, Path) { Timeout = timeout };

        public void Dispose()
        {
            _listener.Dispose();
            _held.ForEach(socket => socket.Dispose());
            Directory.Delete(_folder, recursive: true);
        }

        private void FillBacklog()
        {
            try
            {
                while (true)
                {
                    var caller = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                    caller.Blocking = false;
                    _held.Add(caller);
                    caller.Connect(new UnixDomainSocketEndPoint(Path));
                }
            }
            catch (SocketException)
            {
                // The next one would have to wait.
            }
        }

        private void Serve(Func<string, string> raw, string? repeat, bool hold, TimeSpan pause)
        {
            while (true)
            {
                try
                {
                    var client = _listener.Accept();
                    _held.Add(client);
                    var buffer = new byte[4096];
                    var request = Encoding.ASCII.GetString(buffer, 0, client.Receive(buffer));
                    client.Send(Encoding.UTF8.GetBytes(raw(request.Split(' ')[1])));
                    while (repeat is not null)
                    {
                        client.Send(Encoding.UTF8.GetBytes(repeat));
                        Thread.Sleep(pause);
                    }

                    if (!hold)
                        client.Shutdown(SocketShutdown.Both);
                }
                catch (SocketException) when (repeat is not null)
                {
                    // The reader has had enough.
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException or IndexOutOfRangeException)
                {
                    return;
                }
            }
        }
    }
}
