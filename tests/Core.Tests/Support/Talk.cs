using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using LxcNetworking.Netlink;
using LxcNetworking.Values;
using IPAddress = LxcNetworking.Values.IPAddress;

namespace LxcNetworking.Tests;

/// <summary>Real TCP and UDP traffic between namespaces. A server answers with what it saw: "CLIENT-ADDRESS to its own
/// PORT".</summary>
internal static class Talk
{
    /// <summary>How long an answer may take that is to come, and one that is not.</summary>
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30), s_silence = TimeSpan.FromSeconds(0.7);

    /// <summary>Serves each port in a namespace until disposed.</summary>
    public static IDisposable Serve(string? space, ProtocolType protocol, string address, params int[] ports)
    {
        var stopped = new List<Socket>();
        foreach (var port in ports)
        {
            var endPoint = new IPEndPoint(IPAddress.Parse(address), port);
            var socket = In(space, () =>
            {
                var server = Open(protocol, endPoint.AddressFamily);
                server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
                server.Bind(endPoint);
                if (protocol == ProtocolType.Tcp)
                    server.Listen(16);
                return server;
            });
            stopped.Add(socket);
            new Thread(() => Answer(socket, protocol)) { IsBackground = true }.Start();
        }

        return new Stopper(stopped);
    }

    /// <summary>Asks from a namespace.</summary>
    /// <returns>What the server saw, or null if nothing answered from the address that was asked.</returns>
    public static string? Ask(string? space, ProtocolType protocol, string address, int port) =>
        Ask(space, protocol, address, port, s_timeout);

    /// <summary>True if nothing answers.</summary>
    public static bool IsSilent(string? space, ProtocolType protocol, string address, int port) =>
        Ask(space, protocol, address, port, s_silence) is null;

    /// <summary>Opens a flow of UDP: all that it asks comes from one port.</summary>
    public static UdpFlow Open(string? space, string address, int port)
    {
        var target = new IPEndPoint(IPAddress.Parse(address), port);
        var socket = In(space, () => Open(ProtocolType.Udp, target.AddressFamily));
        socket.Connect(target);
        return new UdpFlow(socket);
    }

    private static string? Ask(string? space, ProtocolType protocol, string address, int port, TimeSpan timeout)
    {
        var target = new IPEndPoint(IPAddress.Parse(address), port);
        using var socket = In(space, () => Open(protocol, target.AddressFamily));
        var started = Stopwatch.GetTimestamp();
        var buffer = new byte[200];
        try
        {
            if (!socket.ConnectAsync(target).Wait(timeout))
                return null;
            socket.ReceiveTimeout = protocol == ProtocolType.Tcp ? (int)timeout.TotalMilliseconds : 500;
            while (true)
            {
                try
                {
                    socket.Send("?"u8);
                    return Encoding.ASCII.GetString(buffer, 0, socket.Receive(buffer));
                }
                catch (SocketException e) when (
                    e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock
                        && Stopwatch.GetElapsedTime(started) < timeout)
                {
                    // A datagram may be lost; TCP sends again by itself.
                }
            }
        }
        catch (Exception e) when (e is SocketException or AggregateException)
        {
            return null;
        }
    }

    private static Socket Open(ProtocolType protocol, AddressFamily family)
        => new(family, protocol == ProtocolType.Tcp ? SocketType.Stream : SocketType.Dgram, protocol);

    private static T In<T>(string? space, Func<T> action)
    {
        if (space is null)
            return action();
        using var file = File.OpenHandle("/run/netns/" + space);
        return NamespaceExecutor.Run(file, action);
    }

    private static void Answer(Socket server, ProtocolType protocol)
    {
        var buffer = new byte[16];
        var port = ((IPEndPoint)server.LocalEndPoint!).Port;
        try
        {
            while (true)
            {
                if (protocol == ProtocolType.Tcp)
                {
                    using var client = server.Accept();
                    client.ReceiveTimeout = (int)s_timeout.TotalMilliseconds;
                    client.Receive(buffer);
                    client.Send(Encoding.ASCII.GetBytes($"{((IPEndPoint)client.RemoteEndPoint!).Address} to {port}"));
                }
                else
                {
                    EndPoint client = new IPEndPoint(server.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any
                        : IPAddress.IPv6Any, 0);
                    server.ReceiveFrom(buffer, ref client);
                    server.SendTo(Encoding.ASCII.GetBytes($"{((IPEndPoint)client).Address} to {port}"), client);
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
    }

    private sealed class Stopper(List<Socket> sockets) : IDisposable
    {
        public void Dispose() => sockets.ForEach(socket => socket.Dispose());
    }

    /// <summary>Datagrams from one port to one place.</summary>
    internal sealed class UdpFlow(Socket socket) : IDisposable
    {
        /// <summary>The port that they come from.</summary>
        public int Port => ((IPEndPoint)socket.LocalEndPoint!).Port;

        /// <summary>Asks until something answers.</summary>
        /// <returns>What the server saw, or null if nothing answers.</returns>
        public string? Ask() => Ask(s_timeout);

        /// <summary>True if nothing answers.</summary>
        public bool IsSilent() => Ask(s_silence) is null;

        public void Dispose() => socket.Dispose();

        private string? Ask(TimeSpan timeout)
        {
            var buffer = new byte[200];
            socket.ReceiveTimeout = 300;
            for (var started = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(started) < timeout;)
            {
                try
                {
                    socket.Send("?"u8);
                    return Encoding.ASCII.GetString(buffer, 0, socket.Receive(buffer));
                }
                catch (SocketException)
                {
                    // Lost, or refused by a host where nobody listens.
                    Thread.Sleep(20);
                }
            }

            return null;
        }
    }
}
