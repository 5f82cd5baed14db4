using System.Diagnostics;
using System.Net.Sockets;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>Abstract sockets with names as LXC gives them, which any user can make.</summary>
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
            () => NetworkStackPool.Shared.Get(new NamespaceReference("lxc:c3")));
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
