using LxcNetworking.Native;
using LxcNetworking.Netlink;
using Microsoft.Win32.SafeHandles;
using Netlink.Tests.Support;

namespace Netlink.Tests;

/// <summary>The real kernel, in private namespaces only.</summary>
[Collection(nameof(RealKernel))]
public sealed class KernelTests
{
    private const int EPROTONOSUPPORT = 93, EOPNOTSUPP = 95, EEXIST = 17, ENODEV = 19, EINVAL = 22;

    [Fact]
    public void NewNamespaceHoldsTheLoopbackAlone()
    {
        using var space = PrivateNamespace.Create();
        using var connection = space.Connect();
        using var request = Route.GetLinks();
        Assert.Equal(["lo"], connection.Dump(request, Route.Name));
        Assert.Equal(["lo"], connection.Dump(request, Route.Name));
    }

    [Fact]
    public void SingleLinkComesBeforeItsAcknowledgement()
    {
        using var space = PrivateNamespace.Create();
        using var connection = space.Connect();
        using var request = Route.GetLink(1);
        string? name = null;
        connection.Execute(request, reply => name = Route.Name(reply));
        Assert.Equal("lo", name);
    }

    [Fact]
    public void RefusalNamesItsAttribute()
    {
        using var space = PrivateNamespace.Create();
        using var connection = space.Connect();
        using var request = new NetlinkRequest(Route.RTM_NEWLINK).Header(new Route.IfInfoMsg { Index = 1 })
            .Put(Route.IFLA_GROUP, 0u).Put(Route.IFLA_MTU, (byte)1);
        var refusal = Assert.Throws<NetlinkErrorException>(() => connection.Execute(request));
        Assert.NotNull(refusal.KernelMessage);
        Assert.Equal([Route.IFLA_MTU], refusal.AttributePath);
        Assert.Equal(Route.RTM_NEWLINK, refusal.MessageType);
    }

    [Fact]
    public void RefusalNamesANestedAttribute()
    {
        const ushort IFLA_INFO_DATA = 2, VETH_INFO_PEER = 1;
        using var space = PrivateNamespace.Create();
        using var connection = space.Connect();
        using var request = new NetlinkRequest(Route.RTM_NEWLINK, NetlinkFlags.Create | NetlinkFlags.Exclusive)
            .Header(default(Route.IfInfoMsg))
            .PutString(Route.IFLA_IFNAME, "a")
            .Nest(Route.IFLA_LINKINFO, info => info
                .PutString(Route.IFLA_INFO_KIND, "veth")
                .Nest(IFLA_INFO_DATA, data => data
                    .Nest(VETH_INFO_PEER, peer => peer.PutRaw(default(Route.IfInfoMsg))
                        .PutString(Route.IFLA_IFNAME, "b").Put(Route.IFLA_MTU, (byte)1))));
        var refusal = Assert.Throws<NetlinkErrorException>(() => connection.Execute(request));
        Assert.SkipWhen(refusal.Errno == EOPNOTSUPP, "This kernel has no veth.");
        Assert.Equal([Route.IFLA_LINKINFO, IFLA_INFO_DATA, VETH_INFO_PEER, Route.IFLA_MTU], refusal.AttributePath);
        using var links = Route.GetLinks();
        Assert.Equal(["lo"], connection.Dump(links, Route.Name));
    }

    [Fact]
    public void RefusalWithoutTextIsPlain()
    {
        using var space = PrivateNamespace.Create();
        using var connection = space.Connect();
        using var request = Route.GetLink(4711);
        Assert.Equal(ENODEV, Assert.Throws<NetlinkErrorException>(() => connection.Execute(request)).Errno);
    }

    [Fact]
    public void StrictCheckingRefusesWhatADumpCannotFilter()
    {
        using var space = PrivateNamespace.Create();
        using var connection = space.Connect();
        using var request = new NetlinkRequest(Route.RTM_GETLINK).Header(new Route.IfInfoMsg { Index = 1 });
        var refusal = Assert.Throws<NetlinkErrorException>(() => connection.Dump(request, Route.Name));
        Assert.Equal(EINVAL, refusal.Errno);
        Assert.NotNull(refusal.KernelMessage);
    }

    [Fact]
    public void BatchHasAnAnswerForEach()
    {
        using var space = PrivateNamespace.Create();
        using var connection = space.Connect();
        // Every third name is there already; 300 requests take several sends.
        var requests = Enumerable.Range(0, 300)
            .Select(i => i % 3 == 2 ? Route.NewBridge("lo") : Route.SetLoopbackMtu((uint)(1500 + i))).ToArray();
        var answers = connection.ExecuteAll(requests);
        for (var i = 0; i < requests.Length; i++)
            Assert.Equal(i % 3 == 2 ? EEXIST : null, answers[i]?.Errno);
        foreach (var request in requests)
            request.Dispose();
    }

    [Fact]
    public void CookieTellsNamespacesApart()
    {
        using var first = PrivateNamespace.Create();
        using var second = PrivateNamespace.Create();
        using var one = NetlinkSocket.Open(NetlinkProtocol.Route, first.File);
        using var same = NetlinkSocket.Open(NetlinkProtocol.Generic, first.File);
        using var other = NetlinkSocket.Open(NetlinkProtocol.Route, second.File);
        Assert.SkipWhen(one.NamespaceCookie == 0, "This kernel has no SO_NETNS_COOKIE (it came with Linux 5.14).");
        Assert.Equal(one.NamespaceCookie, same.NamespaceCookie);
        Assert.NotEqual(one.NamespaceCookie, other.NamespaceCookie);
    }

    [Fact]
    public void CallingThreadStaysWhereItWas()
    {
        using var space = PrivateNamespace.Create();
        OwnThread.Run(() =>
        {
            var before = PrivateNamespace.CurrentName();
            var inside = NamespaceExecutor.Run(space.File, PrivateNamespace.CurrentName);
            Assert.NotEqual(before, inside);
            Assert.Equal(inside, NamespaceExecutor.Run(space.File, PrivateNamespace.CurrentName));
            Assert.Throws<FormatException>(() =>
                NamespaceExecutor.Run<int>(space.File, () => throw new FormatException()));
            using var connection = space.Connect();
            Assert.Equal(before, PrivateNamespace.CurrentName());
        });
    }

    [Fact]
    public async Task SocketsOfManyThreadsAreBornWhereTheyBelong()
    {
        var spaces = Enumerable.Range(0, 4).Select(_ => PrivateNamespace.Create()).ToList();
        var names = spaces.Select(space => NamespaceExecutor.Run(space.File, PrivateNamespace.CurrentName)).ToList();
        var cookies = spaces.Select(space => NamespaceExecutor.Run(space.File, () => CookieOf(null))).ToList();
        Assert.SkipWhen(cookies[0] == 0, "This kernel has no SO_NETNS_COOKIE (it came with Linux 5.14).");
        await Parallel.ForEachAsync(Enumerable.Range(0, 400), (i, _) =>
        {
            Assert.Equal(cookies[i % 4], CookieOf(spaces[i % 4].File));
            return ValueTask.CompletedTask;
        });

        // No thread of this process rests there: it would keep the namespace alive.
        Assert.True(SpinWait.SpinUntil(() => !Directory.EnumerateDirectories("/proc/self/task").Any(IsThere),
            OwnThread.Timeout));
        spaces.ForEach(space => space.Dispose());

        bool IsThere(string task)
        {
            try
            {
                return new FileInfo($"{task}/ns/net").LinkTarget is { } where && names.Contains(where);
            }
            catch (IOException)
            {
                return false; // that thread has just ended
            }
        }

        static ulong CookieOf(SafeFileHandle? place)
        {
            using var socket = NetlinkSocket.Open(NetlinkProtocol.Route, place);
            return socket.NamespaceCookie;
        }
    }

    [Fact]
    public void FileThatIsNoNamespaceIsRefused()
    {
        using var file = File.OpenHandle("/dev/null");
        var failure = Assert.Throws<NetlinkSocketException>(() => NetlinkSocket.Open(NetlinkProtocol.Route, file));
        Assert.Equal(EINVAL, failure.Errno);
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => NetlinkSocket.Open(NetlinkProtocol.Route, file));
    }

    [Fact]
    public void TinyBufferGrowsToTheDatagram()
    {
        using var space = PrivateNamespace.Create();
        using var socket = NetlinkSocket.Open(NetlinkProtocol.Route, space.File);
        using var request = Route.GetLink(1);
        socket.Send(request.Seal(1, socket.PortId, NetlinkFlags.Ack));
        var buffer = new byte[1];
        var size = socket.Receive(ref buffer, OwnThread.Timeout, CancellationToken.None);
        Assert.True(size > 500, $"{size} bytes");
        Assert.Equal((uint)size, BitConverter.ToUInt32(buffer));
    }

    [Fact]
    public void WhatWasToFitAndDoesNotIsAnError()
    {
        using var space = PrivateNamespace.Create();
        using var socket = NetlinkSocket.Open(NetlinkProtocol.Route, space.File);
        using var request = Route.GetLink(1);
        socket.Send(request.Seal(1, socket.PortId, NetlinkFlags.Ack));
        var buffer = new byte[100];
        Assert.Throws<NetlinkProtocolException>(() =>
            socket.ReceiveSmall(ref buffer, OwnThread.Timeout, CancellationToken.None));
        // The acknowledgement behind it does.
        Assert.Equal(36, socket.ReceiveSmall(ref buffer, OwnThread.Timeout, CancellationToken.None));
    }

    [Fact]
    public void WorkIsWaitedForByMany()
    {
        using var space = PrivateNamespace.Create();
        using var go = new ManualResetEventSlim();
        var work = NamespaceExecutor.StartSocket(space.File, LibC.AF_NETLINK, LibC.SOCK_RAW, 0, socket =>
        {
            socket.Dispose();
            go.Wait(OwnThread.Timeout);
            return PrivateNamespace.CurrentName();
        });
        var names = new System.Collections.Concurrent.ConcurrentBag<string>();
        var threads = Enumerable.Range(0, 8).Select(_ => new Thread(() => names.Add(work.Wait()))).ToList();
        threads.ForEach(thread => thread.Start());
        go.Set();
        threads.ForEach(thread => Assert.True(thread.Join(OwnThread.Timeout)));
        Assert.Equal(8, names.Count);
        // The thread has come back.
        Assert.Equal([File.ResolveLinkTarget("/proc/self/ns/net", false)!.Name], names.Distinct());

        var failing = NamespaceExecutor.StartSocket<int>(
            space.File, LibC.AF_NETLINK, LibC.SOCK_RAW, 0, _ => throw new FormatException());
        Assert.Throws<FormatException>(() => failing.Wait());
        Assert.Throws<FormatException>(() => failing.Wait());
    }

    [Fact]
    public unsafe void WhatAnotherProcessSendsIsToldApart()
    {
        using var space = PrivateNamespace.Create();
        using var socket = NetlinkSocket.Open(NetlinkProtocol.Route, space.File);
        using var stranger = NamespaceExecutor.Run(space.File, () =>
            new SafeFileHandle(SocketCalls.Open(LibC.AF_NETLINK, LibC.SOCK_RAW, 0), true));
        var target = new SockAddrNl { Family = LibC.AF_NETLINK, PortId = socket.PortId };
        var forged = Wire.Message(Wire.Error, Wire.Capped, 1, socket.PortId, Wire.U32(0), new byte[16]);
        Assert.Equal(forged.Length, SocketCalls.SendTo(stranger, forged, &target, sizeof(SockAddrNl)));
        var buffer = new byte[1000];
        Assert.Equal(-1, socket.Receive(ref buffer, OwnThread.Timeout, CancellationToken.None));
    }

    [Fact]
    public void ListLargerThanOneDatagramComesWholeAndWithoutGarbage()
    {
        using var space = PrivateNamespace.Create();
        using var connection = space.Connect();
        using (var probe = Route.NewBridge("b0"))
            Assert.SkipWhen(connection.ExecuteAll([probe])[0] is not null,
                "This kernel has no bridges to fill a list with.");
        var requests = Enumerable.Range(1, 199).Select(i => Route.NewBridge($"b{i}")).ToArray();
        Assert.All(connection.ExecuteAll(requests), Assert.Null);
        using var request = Route.GetLinks();
        Assert.Equal(["lo", .. Enumerable.Range(0, 200).Select(i => $"b{i}")], connection.Dump(request, Route.Name));

        // The first time compiles, and a collection may take a pooled buffer away: garbage of the list's own is there
        // every time.
        Assert.InRange(Enumerable.Range(0, 10).Min(_ => Allocated()), 0, 1000);

        long Allocated()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Equal(201, Count());
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        int Count()
        {
            var seen = 0;
            connection.Dump<string>(request, _ =>
            {
                seen++;
                return null;
            });
            return seen;
        }
    }

    [Fact]
    public void ManyThreadsShareOneConnection()
    {
        using var space = PrivateNamespace.Create();
        using var connection = space.Connect();
        var threads = Enumerable.Range(0, 8).Select(number => OwnThread.Start(() =>
        {
            using var list = Route.GetLinks();
            using var missing = Route.GetLink(1000 + number);
            using var loopback = Route.GetLink(1);
            for (var i = 0; i < 200; i++)
            {
                Assert.Equal(["lo"], connection.Dump(list, Route.Name));
                var names = new List<string?>();
                var answers =
                    connection.ExecuteAll([loopback, missing, loopback], (_, reply) => names.Add(Route.Name(reply)));
                Assert.Equal([null, ENODEV, null], answers.Select(answer => answer?.Errno));
                Assert.Equal(["lo", "lo"], names);
            }
        })).ToArray();
        foreach (var thread in threads)
            thread.Join(TimeSpan.FromMinutes(5));
    }

    [Fact]
    public void CancelledDumpOfTheRealKernelLeavesTheNextOneWhole()
    {
        using var space = PrivateNamespace.Create();
        using var connection = space.Connect();
        var bridges = connection.ExecuteAll([.. Enumerable.Range(0, 200).Select(i => Route.NewBridge($"b{i}"))]);
        Assert.SkipWhen(bridges[0] is not null, "This kernel has no bridges to fill a list with.");
        using var request = Route.GetLinks();
        for (var stop = 1; stop <= 200; stop += 20)
        {
            using var cancellation = new CancellationTokenSource();
            var seen = 0;
            Assert.Throws<OperationCanceledException>(() => connection.Dump(
                request,
                reply =>
                {
                    if (++seen == stop)
                        cancellation.Cancel();
                    return Route.Name(reply);
                },
                cancellation.Token));
            if (stop % 40 == 1)
                connection.Execute(Route.GetLink(1));
            Assert.Equal(201, connection.Dump(request, Route.Name).Count);
        }
    }

    [Fact]
    public void SocketsAndFailuresLeaveNoDescriptorOpen()
    {
        using var space = PrivateNamespace.Create();
        for (var round = 0; round < 2; round++)
        {
            // What tests before this one left open is closed now, not meanwhile.
            GC.Collect();
            GC.WaitForPendingFinalizers();
            var before = Directory.GetFiles("/proc/self/fd").Length;
            for (var i = 0; i < 100; i++)
            {
                using (space.Connect())
                using (NetlinkSocket.Open(NetlinkProtocol.Route, space.File, Route.RTNLGRP_LINK))
                {
                }

                var failure =
                    Assert.Throws<NetlinkSocketException>(() => NetlinkSocket.Open((NetlinkProtocol)30, space.File));
                Assert.Equal(EPROTONOSUPPORT, failure.Errno);
                Assert.Throws<NetlinkSocketException>(() =>
                    NetlinkSocket.Open(NetlinkProtocol.Route, space.File, 100_000));
            }

            // The runtime may open files of its own the first time.
            if (round == 1)
                Assert.InRange(Directory.GetFiles("/proc/self/fd").Length, 0, before + 20);
        }
    }
}

/// <summary>Tests that count descriptors or milliseconds run alone.</summary>
[CollectionDefinition(nameof(RealKernel), DisableParallelization = true)]
public sealed class RealKernel;
