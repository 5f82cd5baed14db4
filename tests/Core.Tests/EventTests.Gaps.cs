using LxcNetworking.Events;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

// What is lost, what comes too early, and the end of a watch.
public partial class EventTests
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(60);
    private static int s_marks;

    private static NetworkStack Here => Stacks.Pool.Get();

    [Fact]
    public void What_happens_before_the_list_is_complete_is_not_told() => Run(() =>
    {
        Ip("link add v0 type veth peer name v1");
        using var watcher = new NetEventWatcher(Stacks.Pool)
        {
            Subscribe = (stack, groups) =>
            {
                var subscription = stack.Subscribe(NetlinkProtocol.Route, groups);
                Ip("link add br0 type bridge");
                Ip("link set v0 mtu 1400");
                Ip("link set v0 mtu 1300");
                Ip("addr add 10.0.0.1/24 dev v0");
                Ip("link del br0");
                return subscription;
            },
        };
        watcher.Add(Here);
        Assert.Empty(UntilMark(watcher));
        Ip("link set v0 mtu 1200");
        Assert.Equal(["Mtu 1300 -> 1200"], Next(watcher, "v0").Changes);
    });

    [Fact]
    public void A_gap_is_said_and_filled() => Run(() =>
    {
        Ip("link add v0 mtu 1400 type veth peer name v1");
        Ip("link add old0 type bridge");
        var losses = new List<string>();
        Channel? channel = null;
        using var watcher = Listening(made => channel = made, losses.Add);
        watcher.Add(Here);
        Hold(watcher, channel!);
        Ip("link set v0 mtu 1300");
        Ip("link add new0 type bridge");
        Ip("link add brief0 type bridge");
        Ip("link del brief0");
        Ip("link del old0");
        Ip("addr add 10.0.0.1/24 dev v0");
        channel!.LosesNext = true;
        channel.Gate.Set();

        // Links are told first, and the mark is another one.
        var told = Until(watcher, item => item.Subject == "10.0.0.1/24");
        told.AddRange(UntilMark(watcher));
        Assert.Contains("dropped", Assert.Single(losses), StringComparison.Ordinal);
        var about = told.ToLookup(item => item.Subject);
        Assert.Equal(["Mtu 1400 -> 1300"], Assert.Single(about["v0"]).Changes);
        Assert.Equal(NetEventAction.Added, Assert.Single(about["new0"]).Action);
        Assert.Equal(NetEventAction.Removed, Assert.Single(about["old0"]).Action);
        Assert.Equal(NetEventAction.Added, Assert.Single(about["10.0.0.1/24"]).Action);
        Assert.Empty(about["brief0"]);
    });

    [Fact]
    public void More_than_the_kernel_can_keep_is_a_gap() => Run(() =>
    {
        var losses = new List<string>();
        Channel? channel = null;
        using var watcher = Listening(made => channel = made, losses.Add, NetEventType.Link);
        var stack = Here;
        watcher.Add(stack);
        Hold(watcher, channel!);
        // Long aliases fill the receive buffer of up to 8 MiB sooner.
        Ip("link set lo alias " + new string('x', 250));
        uint last = 2000;
        for (var i = 0; i < 100; i++)
        {
            var requests = Enumerable.Range(0, 64)
                .Select(_ => new NetlinkRequest(Rtm.SetLink).Header(new IfInfoMsg { Index = 1 })
                    .Put(Ifla.Mtu, ++last)).ToList();
            Assert.All(stack.Route.ExecuteAll(requests), Assert.Null);
            requests.ForEach(request => request.Dispose());
        }

        channel!.Gate.Set();
        var told = Until(watcher,
            item => item.Changes.Any(change => change.EndsWith($" -> {last}", StringComparison.Ordinal)));
        Assert.NotEmpty(losses);
        Assert.InRange(told.Count, 1, 6000);
        Assert.Empty(UntilMark(watcher));
    });

    [Fact]
    public void The_end_of_a_watch_closes_its_sockets() => Run(() =>
    {
        Ip("netns add web");
        var channels = new List<Channel>();
        var watcher = Listening(channels.Add);
        watcher.Add(Here);
        watcher.Add(Stacks.Pool.Get(new("web")));
        watcher.Add(Here);
        Assert.Equal(2, channels.Count);
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        Assert.Throws<OperationCanceledException>(() => watcher.Take(Timeout.InfiniteTimeSpan, cancellation.Token));
        Assert.Null(watcher.Take(TimeSpan.FromMilliseconds(1)));
        watcher.Dispose();
        watcher.Dispose();
        Assert.All(channels, channel => Assert.True(channel.IsDisposed));
    });

    private static NetEventWatcher Watch(params NetEventType[] types)
    {
        var watcher = new NetEventWatcher(Stacks.Pool, types.Length == 0 ? null : types);
        watcher.Add(Here);
        return watcher;
    }

    private static NetEventWatcher Listening(Action<Channel> made, params NetEventType[] types) =>
        Listening(made, _ => { }, types);

    private static NetEventWatcher Listening(Action<Channel> made, Action<string> onLoss, params NetEventType[] types)
        => new(Stacks.Pool, types.Length == 0 ? null : types, onLoss: onLoss)
        {
            Subscribe = (stack, groups) =>
            {
                var path = stack.Path;
                using var file = NamespaceFile.Open(path, stack.Namespace);
                var channel = new Channel(NetlinkSocket.Open(NetlinkProtocol.Route, file, groups));
                made(channel);
                return new NetlinkSubscription(channel);
            },
        };

    // v0 and v1 up, with addresses and without anything under way that would come later.
    private static void UpPair()
    {
        Ip("link add v0 type veth peer name v1");
        Ip("link set v1 up");
        Ip("link set v0 up");
        Ip("addr add 10.0.0.1/24 dev v0");
        Ip("addr add 2001:db8::1/64 dev v0 nodad");
        Assert.True(Eventually(() => !Ip("-6 addr show").Contains("tentative", StringComparison.Ordinal)
            && Ip("-6 addr show dev v0").Contains("fe80", StringComparison.Ordinal)));
    }

    // Makes the watch read one more notification, a mark's, and then none.
    private static void Hold(NetEventWatcher watcher, Channel channel)
    {
        var mark = NewMark();
        channel.LastBeforeHold = System.Text.Encoding.ASCII.GetBytes(mark);
        UntilMark(watcher, mark);
    }

    /// <summary>All events up to a condition's, and that one.</summary>
    private static List<NetEvent> Until(NetEventWatcher watcher, Func<NetEvent, bool> isLast)
    {
        var told = new List<NetEvent>();
        do
        {
            told.Add(watcher.Take(s_timeout)
                ?? throw new InvalidOperationException($"Nothing more came after: {string.Join("; ", told)}"));
        }
        while (!isLast(told[^1]));
        return told;
    }

    /// <summary>All events up to one that is made now, without that one.</summary>
    private static List<NetEvent> UntilMark(NetEventWatcher watcher, string? mark = null)
    {
        mark ??= NewMark();
        Ip($"link set lo alias {mark}");
        var told = Until(watcher,
            item => item.Changes.Any(change => change.EndsWith($" -> {mark}", StringComparison.Ordinal)));
        return told[..^1];
    }

    private static string NewMark() => $"mark{Interlocked.Increment(ref s_marks)}.";

    private static NetEvent Next(NetEventWatcher watcher, Func<NetEvent, bool> isIt) => Until(watcher, isIt)[^1];

    private static NetEvent Next(NetEventWatcher watcher, string subject, NetEventAction? action = null)
        => Next(watcher, item => item.Subject == subject && (action is null || item.Action == action));

    // In whatever order.
    private static void Gone(NetEventWatcher watcher, params string[] routes)
    {
        var left = routes.ToHashSet();
        Until(watcher, item => item.Action == NetEventAction.Removed && left.Remove(item.Subject) && left.Count == 0);
    }

    /// <summary>A socket that can be held up, and that can lose what is in its queue.</summary>
    private sealed class Channel(INetlinkChannel socket) : INetlinkChannel
    {
        private volatile bool _losesNext;
        private volatile bool _isDisposed;
        private volatile byte[]? _lastBeforeHold;

        public ManualResetEventSlim Gate { get; } = new(true);

        public bool LosesNext
        {
            set => _losesNext = value;
        }

        public bool IsDisposed => _isDisposed;

        /// <summary>The receiver itself closes the gate behind the datagram that has this in it, wherever it was when
        /// this was set.</summary>
        public byte[]? LastBeforeHold
        {
            set => _lastBeforeHold = value;
        }

        public uint PortId => socket.PortId;

        public void Send(ReadOnlySpan<byte> datagram) => socket.Send(datagram);

        public int Receive(ref byte[] buffer, TimeSpan timeout, CancellationToken cancellation)
        {
            Gate.Wait(cancellation);
            if (_losesNext)
            {
                _losesNext = false;
                throw new NetlinkOverrunException();
            }

            var size = socket.Receive(ref buffer, timeout, cancellation);
            if (size > 0 && _lastBeforeHold is { } last && buffer.AsSpan(0, size).IndexOf(last) >= 0)
            {
                _lastBeforeHold = null;
                Gate.Reset();
            }

            return size;
        }

        public void Dispose()
        {
            _isDisposed = true;
            socket.Dispose();
        }
    }
}
