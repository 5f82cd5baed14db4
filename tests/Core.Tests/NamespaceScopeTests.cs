using System.Diagnostics;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Nat;
using LxcNetworking.Values;
using Microsoft.Win32.SafeHandles;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>Work inside a namespace: scopes, threads, and processes that share it.</summary>
public class NamespaceScopeTests
{
    [Fact]
    public void Scopes_nest_and_bring_the_thread_back() => Run(() =>
    {
        Stacks.Pool.Namespaces.Create("outer");
        Stacks.Pool.Namespaces.Create("inner");
        static string Place() => File.ResolveLinkTarget("/proc/thread-self/ns/net", false)?.Name ?? string.Empty;
        var home = Place();
        using (NamespaceScope.Enter(Stacks.Pool, new("outer")))
        {
            var outer = Place();
            Assert.NotEqual(home, outer);
            Assert.Throws<InvalidOperationException>(new Action(() =>
            {
                using (NamespaceScope.Enter(Stacks.Pool, new("inner")))
                    throw new InvalidOperationException(Place());
            }));
            Assert.Equal(outer, Place());
            Assert.Equal("outer", Stacks.Pool.Get().Namespace.Text);
        }

        Assert.Equal(home, Place());
    });

    [Fact]
    public void A_namespace_outlives_the_process_that_it_was_found_by() => Run(() =>
    {
        Ip("netns add web");
        using var first = Process.Start("ip", ["netns", "exec", "web", "sleep", "600"]);
        using var second = Process.Start("ip", ["netns", "exec", "web", "sleep", "600"]);
        try
        {
            string Inside(Process process) => File.ResolveLinkTarget($"/proc/{process.Id}/ns/net", false)!.Name;
            var own = File.ResolveLinkTarget("/proc/thread-self/ns/net", false)!.Name;
            Assert.True(Eventually(() => Inside(first) != own && Inside(second) != own));
            var stack = Stacks.Pool.Get(new NamespaceReference(first.Id));
            first.Kill();
            first.WaitForExit();
            Assert.NotSame(stack, Stacks.Pool.Get(new NamespaceReference(second.Id)));
            // Something that needs a socket which is not open yet.
            Assert.Empty(Stacks.Pool.Get(new NamespaceReference(second.Id)).Translation.List());
        }
        finally
        {
            first.Kill();
            second.Kill();
            second.WaitForExit();
        }
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_process_that_shares_the_sessions_namespace_does_not_lend_it_its_name(bool isNamed) => Run(() =>
    {
        // As a container of type none.
        using var other = Process.Start("sleep", ["600"]);
        if (isNamed)
            Ip($"netns attach own {other.Id}");
        var shared = Stacks.Pool.Get(new NamespaceReference(other.Id));
        if (isNamed)
            Assert.Equal("own", shared.Namespace.Text);
        Assert.Same(shared, Stacks.Pool.Get());
        other.Kill();
        other.WaitForExit();
        Assert.DoesNotContain($"{other.Id}", Stacks.Pool.Get().Namespace.Text, StringComparison.Ordinal);
        // Something that needs a socket which is not open yet.
        Assert.Empty(Stacks.Pool.Get().Translation.List());
    });

    [Fact]
    public void A_stack_may_be_used_from_any_thread() => Run(() =>
    {
        Stacks.Pool.Namespaces.Create("web");
        var stack = Stacks.Pool.Get(new("web"));
        AtOnce(50, i => stack.Links.CreateVeth(new VethSpec($"a{i}", new VethPeerSpec($"b{i}"))));
        Assert.Equal(101, IpJson("-n web link show").GetArrayLength());
        Assert.Single(IpJson("link show").EnumerateArray());
    });

    [Fact]
    public void Threads_of_the_pool_that_are_created_inside_do_not_stay_there() => Run(() =>
    {
        Stacks.Pool.Namespaces.Create("web");
        var inside = NamespaceFile.TryIdentify("/run/netns/web", out _);
        ThreadPool.GetMinThreads(out var workers, out var ports);
        ThreadPool.SetMinThreads(ThreadPool.ThreadCount + 20, ports);
        try
        {
            var (begun, end) = (0, new ManualResetEventSlim());
            using (NamespaceScope.Enter(Stacks.Pool, new NamespaceReference("web")))
            {
                for (var i = 0; i < 20; i++)
                {
                    ThreadPool.UnsafeQueueUserWorkItem(
                        _ =>
                        {
                            Interlocked.Increment(ref begun);
                            end.Wait(TimeSpan.FromMinutes(1));
                        },
                        null);
                }

                Assert.True(Eventually(() => begun == 20));
                Assert.Contains(inside, PlacesOfThreads());
                end.Set();
            }

            Assert.DoesNotContain(inside, PlacesOfThreads());
        }
        finally
        {
            ThreadPool.SetMinThreads(workers, ports);
        }
    });

    private static List<NamespaceIdentity?> PlacesOfThreads()
        => Directory.EnumerateDirectories("/proc/self/task")
            .Select(folder => NamespaceFile.TryIdentify(folder + "/ns/net", out _))
            .Distinct()
            .ToList();
}
