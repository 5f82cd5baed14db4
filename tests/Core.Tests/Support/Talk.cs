using System.Net;
using System.Net.Sockets;
using System.Text;
using LxcNetworking.Netlink;

namespace LxcNetworking.Tests;

/// <summary>Real TCP and UDP traffic between namespaces. A server answers with what it saw: "CLIENT-ADDRESS to its own PORT".</summary>
internal static class Talk
{
    /// <summary>How long an answer may take that is not to come.</summary>
    private const int Patience = 700;

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
    public static string? Ask(string? space, ProtocolType protocol, string address, int port, string? from = null)
    {
        var target = new IPEndPoint(IPAddress.Parse(address), port);
        using var socket = In(space, () => Open(protocol, target.AddressFamily));
        try
        {
            if (from is not null)
                socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
            if (!socket.ConnectAsync(target).Wait(Patience))
                return null;
            socket.ReceiveTimeout = Patience;
            socket.Send("?"u8);
            var buffer = new byte[200];
            return Encoding.ASCII.GetString(buffer, 0, socket.Receive(buffer));
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
        return NetlinkSocket.InNamespace(file, action);
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
                    client.ReceiveTimeout = Patience;
                    client.Receive(buffer);
                    client.Send(Encoding.ASCII.GetBytes($"{((IPEndPoint)client.RemoteEndPoint!).Address} to {port}"));
                }
                else
                {
                    EndPoint client = new IPEndPoint(server.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
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
}
