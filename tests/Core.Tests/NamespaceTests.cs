using System.Diagnostics;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Values;
using Microsoft.Win32.SafeHandles;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

public class NamespaceTests
{
    [Fact]
    public void Names_made_here_are_those_of_ip_netns_and_the_other_way_round() => Run(() =>
    {
        var made = Stacks.Pool.Namespaces.Create("web");
        Ip("netns add db");
        Assert.Equal(["db", "web"], Ip("netns list").Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ')[0]).Order());
        Assert.Equal(["db", "web"], Stacks.Pool.Namespaces.List().Select(item => item.Name));
        Assert.Equal("UP", Flag(IpJson("-n web link show lo")));
        Assert.Equal(made.Id.ToString(), Execute("stat", "-L", "-c", "%i", "/run/netns/web").Trim());
        Ip("netns del web");
        Assert.Equal(["db"], Stacks.Pool.Namespaces.List().Select(item => item.Name));
        Stacks.Pool.Namespaces.Remove(Stacks.Pool.Namespaces.Get(new("db")));
        Assert.Empty(Ip("netns list").Trim());
        Assert.Empty(Directory.GetFiles("/run/netns"));
    });

    [Fact]
    public void Loopback_stays_down_where_that_is_wanted() => Run(() =>
    {
        Stacks.Pool.Namespaces.Create("quiet", loopbackUp: false);
        Assert.NotEqual("UP", Flag(IpJson("-n quiet link show lo")));
    });

    [Theory]
    [InlineData("../escape")]
    [InlineData("a/b")]
    [InlineData("/run/netns/x")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("host")]
    [InlineData("4711")]
    [InlineData("a\u001b[31m")]
    public void Names_that_would_leave_their_folder_or_mean_something_else_are_refused(string name) => Run(() =>
    {
        var error = Assert.Throws<NetworkException>(() => Stacks.Pool.Namespaces.Create(name));
        Assert.Equal(NetworkErrorCode.InvalidName, error.Code);
        Assert.DoesNotContain('\u001b', error.Message);
        Assert.False(Directory.Exists("/run/netns"));
    });

    [Fact]
    public void A_taken_name_is_refused_and_stays_what_it_was() => Run(() =>
    {
        var first = Stacks.Pool.Namespaces.Create("web");
        Assert.Equal(NetworkErrorCode.NamespaceExists,
            Assert.Throws<NetworkException>(() => Stacks.Pool.Namespaces.Create("web")).Code);
        Assert.Equal(first.Cookie, Stacks.Pool.Namespaces.Get(new("web")).Cookie);
    });

    [Fact]
    public void A_link_to_a_name_or_a_process_goes_alone() => Run(() =>
    {
        var store = Stacks.Pool.Namespaces;
        var made = store.Create("web");
        Ip("-n web link add kept type veth peer name far");
        File.CreateSymbolicLink("/run/netns/other", "/run/netns/web");
        File.CreateSymbolicLink("/run/netns/dead", "/proc/999999999/ns/net");
        File.CreateSymbolicLink("/run/netns/text", "/etc/passwd");
        using var process = System.Diagnostics.Process.Start("ip", ["netns", "exec", "web", "sleep", "60"]);
        Assert.True(Eventually(() => store.Get(new("web")).ProcessId.Count > 0));
        File.CreateSymbolicLink("/run/netns/alive", $"/proc/{process.Id}/ns/net");
        Assert.Equal(["alive", "other", "web"], store.List().Select(item => item.Name));
        Assert.Equal(["dead", "text"],
            new[] { "alive", "dead", "other", "text", "web" }.Where(NamespaceStore.IsLeftover));
        Assert.Contains("a link that leads to none",
            Assert.Throws<NetworkException>(() => store.Create("dead")).Message, StringComparison.Ordinal);

        // The process goes on, and so does the namespace with all that is in it.
        foreach (var name in new[] { "other", "alive" })
            store.Remove(store.Get(new(name)));
        foreach (var name in new[] { "dead", "text" })
            NamespaceStore.RemoveLeftover(name);
        Assert.True(File.Exists("/etc/passwd"));
        Assert.Equal(["web"], Directory.GetFileSystemEntries("/run/netns").Select(Path.GetFileName));
        Assert.Equal(made.Cookie, store.Get(new("web")).Cookie);
        Assert.Contains("kept", Ip("-n web link"), StringComparison.Ordinal);
        process.Kill();
        store.Create("dead");
    });

    [Fact]
    public void A_leftover_file_is_no_namespace_and_can_be_taken_away() => Run(() =>
    {
        Stacks.Pool.Namespaces.Create("web");
        // What is there between the file's making and the mount.
        File.Create("/run/netns/half").Dispose();
        File.SetUnixFileMode("/run/netns/half", UnixFileMode.None);
        File.WriteAllText("/run/netns/text", "mine");
        File.CreateSymbolicLink("/run/netns/link", "half");
        Assert.Equal(["half", "link"], new[] { "web", "half", "text", "link", "nothing", ".", "..", "../netns/half" }
            .Where(NamespaceStore.IsLeftover));
        foreach (var name in new[] { "half", "text", "link" })
            Assert.Equal(NetworkErrorCode.NotANamespace,
                Assert.Throws<NetworkException>(() => Stacks.Pool.Namespaces.Create(name)).Code);
        foreach (var name in new[] { "web", "text", "nothing" })
            Assert.Equal(NetworkErrorCode.NamespaceNotFound,
                Assert.Throws<NetworkException>(() => NamespaceStore.RemoveLeftover(name)).Code);
        NamespaceStore.RemoveLeftover("half");
        Assert.Equal(["link", "text", "web"], Directory.GetFiles("/run/netns").Select(Path.GetFileName).Order());
        Stacks.Pool.Namespaces.Create("half");
        Assert.Contains("half", Ip("netns list"), StringComparison.Ordinal);
    });

    [Fact]
    public void First_namespaces_at_once_mount_their_folder_once() => Run(() =>
    {
        for (var round = 0; round < 10; round++)
        {
            using var start = new Barrier(4);
            // Threads inherit the sandbox of the one that starts them.
            var threads = Enumerable.Range(0, 4).Select(i => new Thread(() =>
            {
                start.SignalAndWait();
                Stacks.Pool.Namespaces.Create($"web{i}");
            })).ToList();
            threads.ForEach(thread => thread.Start());
            threads.ForEach(thread => thread.Join());
            Assert.Single(File.ReadLines("/proc/thread-self/mountinfo"), line => line.Split(' ')[4] == "/run/netns");
            foreach (var item in Stacks.Pool.Namespaces.List())
                Stacks.Pool.Namespaces.Remove(item);
            Execute("umount", "-l", "/run/netns");
            Directory.Delete("/run/netns");
        }
    });

    [Fact]
    public void Whoever_works_in_a_namespace_goes_on_while_one_of_its_names_is_taken_away() => Run(() =>
    {
        Stacks.Pool.Namespaces.Create("web");
        var stack = Stacks.Pool.Get(new NamespaceReference("web"));
        var failures = new List<Exception>();
        var isDone = false;
        var worker = new Thread(() =>
        {
            while (!Volatile.Read(ref isDone))
            {
                try
                {
                    stack.Links.List();
                }
                catch (Exception e)
                {
                    failures.Add(e);
                }
            }
        });
        worker.Start();
        for (var i = 0; i < 100; i++)
            Stacks.Pool.Forget(new NamespaceReference("web"));
        Volatile.Write(ref isDone, true);
        worker.Join();
        Assert.Empty(failures);
    });

    [Fact]
    public void The_sockets_of_one_that_is_held_on_to_are_closed_with_its_namespace() => Run(() =>
    {
        Stacks.Pool.Namespaces.Create("web");
        var held = Stacks.Pool.Get(new NamespaceReference("web"));
        // Idle, and so given up by the pool; then in use again, as by a cmdlet that waited for its user.
        for (var watch = Stopwatch.StartNew(); ReferenceEquals(held, Stacks.Pool.Get(new NamespaceReference("web")))
            && watch.Elapsed < TimeSpan.FromSeconds(60);)
            Thread.Sleep(600);
        held.Links.List();
        var channel = held.Route.Channel;
        channel.Send(new byte[16]);
        Stacks.Pool.Namespaces.Remove(Stacks.Pool.Namespaces.Get(new("web")));
        Assert.Throws<ObjectDisposedException>(() => channel.Send(new byte[16]));
        Assert.Throws<NetworkException>(() => held.Links.List());
    });

    [Fact]
    public void A_namespace_made_anew_under_the_same_name_is_not_taken_for_the_old_one() => Run(() =>
    {
        Stacks.Pool.Namespaces.Create("web");
        var old = Stacks.Pool.Namespaces.Get(new("web"));
        var link = Stacks.Pool.Get(new(old)).Links.Get("lo");
        Ip("netns del web");
        Ip("netns add web");
        foreach (var reference in new[] { new NamespaceReference(old), link.Namespace })
        {
            Assert.Equal(NetworkErrorCode.NamespaceChanged,
                Assert.Throws<NetworkException>(() => Stacks.Pool.Get(reference)).Code);
            Assert.Equal(NetworkErrorCode.NamespaceChanged,
                Assert.Throws<NetworkException>(() => NamespaceScope.Enter(Stacks.Pool, reference)).Code);
        }

        Assert.Equal(NetworkErrorCode.NamespaceChanged,
            Assert.Throws<NetworkException>(() => Stacks.Pool.Namespaces.Remove(old)).Code);
        // The bare name means whatever is there now.
        Assert.NotEqual(old.Cookie, Stacks.Pool.Get(new("web")).Cookie);
    });

    [Fact]
    public void A_namespace_is_told_by_its_id_in_text_too() => Run(() =>
    {
        var old = Stacks.Pool.Namespaces.Create("web");
        var boot = File.ReadAllText("/proc/sys/kernel/random/boot_id")[..8];
        Assert.Equal($"{boot}-{old.Cookie}", old.NamespaceId);
        Assert.Null(new NamespaceReference("web").Id);
        var reference = NamespaceReference.Read("web", old.NamespaceId);
        Assert.Equal(old.NamespaceId, reference.Id);
        Assert.Equal(old.NamespaceId, Stacks.Pool.Get(reference).Namespace.Id);
        Assert.Equal("web", NamespaceReference.Read("web", null).Text);

        Stacks.Pool.Namespaces.Remove(old);
        Stacks.Pool.Namespaces.Create("web");
        Assert.Equal(NetworkErrorCode.NamespaceChanged, CodeOf(() => Stacks.Pool.Get(reference)));
        Assert.Equal(NetworkErrorCode.NamespaceChanged, CodeOf(() => Stacks.Pool.Namespaces.Get(reference)));
        var elsewhere = $"00000001-{old.Cookie}";
        Assert.Equal(NetworkErrorCode.OtherMachine, CodeOf(() => NamespaceReference.Read("web", elsewhere)));
        var unreadable = new[]
        {
            "5", "-5", boot, $"{boot}-", $"{boot}-0", $"{boot}--5", $"{boot}-x", $"{boot}-99999999999999999999",
        };
        foreach (var id in unreadable)
            Assert.Equal(NetworkErrorCode.InvalidArgument, CodeOf(() => NamespaceReference.Read("web", id)));

        static NetworkErrorCode CodeOf(Func<object> work) => Assert.Throws<NetworkException>(() => work()).Code;
    });

    [Theory]
    [InlineData("/proc/self/ns/net")]
    [InlineData("/proc/thread-self/ns/net")]
    public void Where_a_reader_is_itself_is_said_in_words_that_mean_it_to_others(string path) => Run(() =>
    {
        var thread = path.Contains("thread") ? $"/task/{LibC.GetTid()}" : "";
        var seen = Execute("stat", "-L", "-c", "%i", $"/proc/{Environment.ProcessId}{thread}/ns/net").Trim();
        var reference = new NamespaceReference(path);
        var all = new[] { Stacks.Pool.Get(reference).Namespace, Stacks.Pool.Namespaces.Get(reference).Namespace };
        foreach (var said in all)
        {
            Assert.DoesNotContain("self", said.Text);
            var read = "";
            var other = new Thread(() =>
                read = Stacks.Pool.Namespaces.Get(NamespaceReference.Read(said.Text, said.Id)).Id.ToString());
            other.Start();
            other.Join();
            Assert.Equal(seen, read);
        }
    });

    [Fact]
    public void Idle_sockets_do_not_keep_a_removed_namespace_alive() => Run(() =>
    {
        Stacks.Pool.Namespaces.Create("web");
        Stacks.Pool.Get()
            .Links.CreateVeth(new VethSpec("veth0", new VethPeerSpec("eth0") { TargetNamespace = new("web") }));
        Ip("netns del web");
        Assert.True(Eventually(() => TryExecute("ip", "link", "show", "veth0").Code != 0),
            "veth0 outlived its peer's namespace");
    });

    [Fact]
    public void A_namespace_with_processes_is_removed_only_when_forced() => Run(() =>
    {
        var item = Stacks.Pool.Namespaces.Create("web");
        using var sleeper = Process.Start("ip", ["netns", "exec", "web", "sleep", "600"]);
        try
        {
            Eventually(() => Stacks.Pool.Namespaces.Get(new("web")).ProcessId.Contains(sleeper.Id));
            Assert.Equal([sleeper.Id], Stacks.Pool.Namespaces.Get(new("web")).ProcessId);
            var error = Assert.Throws<NetworkException>(() => Stacks.Pool.Namespaces.Remove(item));
            Assert.Equal(NetworkErrorCode.NamespaceInUse, error.Code);
            Assert.Contains(sleeper.Id.ToString(), error.Message, StringComparison.Ordinal);

            Stacks.Pool.Namespaces.Remove(item, force: true);
            Assert.Empty(Stacks.Pool.Namespaces.List());
            var unnamed = Assert.Single(Stacks.Pool.Namespaces.List(all: true), entry => entry.Id == item.Id);
            Assert.Null(unnamed.Name);
            Assert.Equal("lo", Stacks.Pool.Get(new(sleeper.Id)).Links.List()[0].Name);
        }
        finally
        {
            sleeper.Kill();
        }
    });

    [Fact]
    public void What_is_no_namespace_is_told_apart_from_what_is_not_there() => Run(() =>
    {
        Directory.CreateDirectory("/run/netns");
        File.WriteAllText("/run/netns/fake", string.Empty);
        File.WriteAllText("/run/plain", "text");
        Execute("mkfifo", "/run/netns/pipe");
        NetworkErrorCode Code(string text) =>
            Assert.Throws<NetworkException>(() => Stacks.Pool.Get(new NamespaceReference(text))).Code;
        Assert.Equal(NetworkErrorCode.NotANamespace, Code("fake"));
        Assert.Equal(NetworkErrorCode.NotANamespace, Code("/run/plain"));
        Assert.Equal(NetworkErrorCode.NotANamespace, Code("pipe"));
        Assert.Equal(NetworkErrorCode.NotANamespace, Code("/proc/self/ns/mnt"));
        Assert.Equal(NetworkErrorCode.NamespaceNotFound, Code("nowhere"));
        Assert.Equal(NetworkErrorCode.NamespaceNotFound, Code("/run/nowhere"));
        Assert.Equal(NetworkErrorCode.NamespaceNotFound, Code("2147483647"));
        Assert.Equal(NetworkErrorCode.InvalidName, Code("../plain"));
        Assert.Empty(Stacks.Pool.Namespaces.List());
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_only_a_thread_of_the_runtime_keeps_loses_its_links_with_its_name(bool hasOtherName) => Run(() =>
    {
        Sandbox.Ip("netns add web");
        Sandbox.Ip("link add v0 type veth peer name v1 netns web");
        if (hasOtherName)
        {
            File.WriteAllText("/run/other", string.Empty);
            Execute("mount", "--bind", "/run/netns/web", "/run/other");
        }

        using var isThere = new ManualResetEventSlim();
        using var isOver = new ManualResetEventSlim();
        var thread = new Thread(() =>
        {
            using var scope = NamespaceScope.Enter(Stacks.Pool, new NamespaceReference("web"));
            isThere.Set();
            isOver.Wait();
        })
        { Name = ".NET Test" };
        thread.Start();
        isThere.Wait();
        var store = Stacks.Pool.Namespaces;
        store.Remove(store.Get(new NamespaceReference("web")));
        Assert.Equal(hasOtherName, Sandbox.Ip("link").Contains("v0", StringComparison.Ordinal));
        isOver.Set();
        thread.Join();
        if (hasOtherName)
            Execute("umount", "/run/other");
    });

    [Fact]
    public void A_lock_on_run_netns_that_any_user_can_hold_stops_nobody_for_ever() => Run(() =>
    {
        Stacks.Pool.Namespaces.Create("first");
        using var held = new SafeFileHandle(LibC.Open("/run/netns", LibC.O_RDONLY | LibC.O_CLOEXEC), ownsHandle: true);
        Assert.Equal(0, LibC.Flock(held, LibC.LOCK_EX | LibC.LOCK_NB));
        Stacks.Pool.Namespaces.Create("second");
        Stacks.Pool.Namespaces.Remove(Stacks.Pool.Namespaces.Get(new("first")));
        Stacks.Pool.Namespaces.Remove(Stacks.Pool.Namespaces.Get(new("second")));
        // Without the mount, the lock is needed. The folder is the one that was mounted on itself.
        Execute("umount", "-l", "/run/netns");
        using var end = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        Assert.ThrowsAny<OperationCanceledException>(
            () => Stacks.Pool.Namespaces.Create("third", cancellation: end.Token));
        Assert.False(File.Exists("/run/netns/third"));
        var error = Assert.Throws<NetworkException>(() => Stacks.Pool.Namespaces.Create("third"));
        Assert.Equal(NetworkErrorCode.TimedOut, error.Code);
    });

    private static string? Flag(System.Text.Json.JsonElement links)
        => links[0].GetProperty("flags").EnumerateArray().Select(flag => flag.GetString())
        .FirstOrDefault(flag => flag == "UP");
}
