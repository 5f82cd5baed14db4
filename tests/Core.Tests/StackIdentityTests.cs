using System.Diagnostics;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>A stack never takes another namespace for its own, whatever has its name or its inode by now.</summary>
public sealed class StackIdentityTests
{
    [Fact]
    public void What_is_done_in_a_namespace_is_not_done_in_the_one_that_took_its_place() => Run(() =>
    {
        using var pool = new NetworkStackPool();
        Ip("netns add web");
        var inside = pool.Get(new NamespaceReference("web"));
        Ip("netns del web");
        Ip("netns add web");
        AssertChanged();

        // With its socket closed nothing keeps the namespace, and the kernel gives its inode to the next one: to one of
        // another test where those run beside this one, so that it is not waited for for long.
        pool.Dispose();
        var since = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(since).TotalSeconds < 10
            && NamespaceFile.TryIdentify(inside.Path, out _) != inside.Identity)
        {
            Ip("netns del web");
            Ip("netns add web");
        }

        AssertChanged();
        using var there = NamespaceFile.Open(inside.Path, null);
        NamespaceExecutor.Run(there, () =>
        {
            AssertChanged();
            return 0;
        });

        void AssertChanged()
        {
            Assert.Equal(NetworkErrorCode.NamespaceChanged, Code(() => inside.Within(() => 0)));
            Assert.Equal(NetworkErrorCode.NamespaceChanged, Code(() => inside.OpenFile().Dispose()));
        }
    });

    private static NetworkErrorCode Code(Action action) => Assert.Throws<NetworkException>(action).Code;
}
