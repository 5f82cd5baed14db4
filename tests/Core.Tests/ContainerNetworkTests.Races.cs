using LxcNetworking.Containers.Networks;
using LxcNetworking.Values;
using static LxcNetworking.Tests.ContainerNetworkLab;

namespace LxcNetworking.Tests;

/// <summary>Several commands at the same time.</summary>
public sealed partial class ContainerNetworkTests
{
    private static readonly ContainerNetworkSpec s_plain = new("lxcbr0")
    { Subnets = [new IPPrefix("10.0.3.0/24"), new IPPrefix("fd00:3::/64")], Nat = true };

    [Fact]
    [Trait("Kernel", "none")]
    public void A_bridge_that_someone_else_made_meanwhile_is_left_alone() => Run(() =>
    {
        var refusal = Refusal(() => Here.Create(s_plain, step =>
        {
            if (step.StartsWith("Create the bridge", StringComparison.Ordinal))
                Sandbox.Ip("link add lxcbr0 type bridge");
        }));
        Assert.Equal(NetworkErrorCode.LinkExists, refusal.Code);
        Assert.Equal(1, Sandbox.IpJson("link show dev lxcbr0").GetArrayLength());
        Assert.False(Directory.Exists("/run/lxcnetworking"));
    });

    [Fact]
    public void The_second_of_two_at_once_finds_what_the_first_made() => Run(() =>
    {
        var stack = Here;
        Exception? failure = null;
        ContainerNetwork? second = null;
        var other = new Thread(() => failure = Record.Exception(() => second = stack.Create(s_plain)));
        var first = Here.Create(s_plain, step =>
        {
            if (!step.StartsWith("Create the bridge", StringComparison.Ordinal))
                return;
            other.Start();
            Assert.False(other.Join(TimeSpan.FromMilliseconds(300)));
        });
        other.Join();
        Assert.Null(failure);
        Assert.Equal(first.InterfaceIndex, second!.InterfaceIndex);
        Assert.Empty(Here.Plan(s_plain));

        // And a removal waits for its turn, or for the user to give up.
        using var stop = new CancellationTokenSource();
        other = new Thread(() => failure = Record.Exception(() => stack.Remove("lxcbr0", cancellation: stop.Token)));
        Here.Create(s_plain with { Nat = false }, _ =>
        {
            if (other.ThreadState != ThreadState.Unstarted)
                return;
            other.Start();
            Assert.False(other.Join(TimeSpan.FromMilliseconds(100)));
            stop.Cancel();
            Assert.True(other.Join(TimeSpan.FromSeconds(60)));
        });
        Assert.IsType<OperationCanceledException>(failure, exactMatch: false);
        Here.Remove("lxcbr0");
        Assert.False(Directory.Exists("/run/lxcnetworking"));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void Many_at_once_leave_nothing_behind() => Run(() =>
    {
        var before = Everything();
        var stack = Here;
        var failures = new System.Collections.Concurrent.ConcurrentBag<Exception>();
        var threads = Enumerable.Range(1, 4).Select(number => new Thread(() =>
        {
            var spec = new ContainerNetworkSpec($"net{number}")
            { Subnets = [new IPPrefix($"10.0.{number}.0/24")], Nat = true };
            for (var turn = 0; turn < 8; turn++)
            {
                if (Record.Exception(() =>
                    {
                        stack.Create(spec);
                        stack.Remove(spec.Name);
                    }) is { } failure)
                    failures.Add(failure);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.Empty(failures);
        Assert.Equal(before, Everything());
        Assert.False(Directory.Exists("/run/lxcnetworking"));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_planted_lock_is_not_followed() => Run(() =>
    {
        Directory.CreateDirectory("/run/lxcnetworking");
        File.CreateSymbolicLink("/run/lxcnetworking/.lock", "/run/elsewhere");
        Assert.Equal(NetworkErrorCode.NotSupported, Refusal(() => Here.Create(s_plain)).Code);
        Assert.False(File.Exists("/run/elsewhere"));
        Assert.True(File.GetAttributes("/run/lxcnetworking/.lock").HasFlag(FileAttributes.ReparsePoint));
        // What a killed command left is nobody's.
        File.Delete("/run/lxcnetworking/.lock");
        File.WriteAllText("/run/lxcnetworking/.lock", "");
        Here.Create(s_plain);
        Assert.Equal(["/run/lxcnetworking/lxcbr0"], Directory.GetFileSystemEntries("/run/lxcnetworking"));
    });
}
