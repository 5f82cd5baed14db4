using System.Diagnostics;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using LxcNetworking.Namespaces;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Kernel;
using LxcNetworking.Values;

namespace LxcNetworking.State;

/// <summary>Sends what checks of documents ask for.</summary>
/// <param name="home">The namespace that documents are for.</param>
internal sealed class StateTraffic(NetworkStack home)
{
    // The first packets may wait for a neighbour, an address that is new, or a bridge's port.
    private const int Attempts = 3;
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2);

    /// <summary>Runs one check.</summary>
    public NetStateCheck Run(string document, StateCheck check, CancellationToken cancellation)
    {
        var result = new NetStateCheck
        {
            Document = document,
            From = check.From,
            To = check.To,
            Port = check.Port,
            Succeeded = false,
        };
        try
        {
            var stack = StateWorld.StackOf(home, check.From, cancellation);
            for (var attempt = 1; ; attempt++)
            {
                cancellation.ThrowIfCancellationRequested();
                var since = Stopwatch.GetTimestamp();
                var problem = check.Port is { } port ? Connect(stack, check.To, port, cancellation)
                    : Ping(stack, check.To);
                if (problem is null)
                {
                    var time = new Duration(Stopwatch.GetElapsedTime(since));
                    return result with { Succeeded = true, RoundTripTime = time };
                }

                if (attempt == Attempts)
                    return result with { Problem = problem };
                cancellation.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(200));
            }
        }
        catch (NetworkException e)
        {
            return result with { Problem = e.Message };
        }
    }

    // A socket belongs to the namespace of the thread that opens it.
    private static string? Ping(NetworkStack stack, IPAddress address) => stack.Within(() =>
    {
        try
        {
            using var ping = new Ping();
            return ping.Send((System.Net.IPAddress)address, (int)s_timeout.TotalMilliseconds).Status switch
            {
                IPStatus.Success => null,
                IPStatus.TimedOut => "It does not answer.",
                var status => $"It is not reached ({status}).",
            };
        }
        catch (PingException e)
        {
            return $"It is not reached ({e.GetBaseException().Message.TrimEnd('.')}).";
        }
    });

    private static string? Connect(NetworkStack stack, IPAddress address, int port, CancellationToken cancellation)
    {
        using var socket = stack.Within(
            () => new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(s_timeout);
        try
        {
            socket.ConnectAsync((System.Net.IPAddress)address, port, limit.Token).AsTask().GetAwaiter().GetResult();
            return null;
        }
        catch (SocketException e)
        {
            return $"Its port is not reached ({e.SocketErrorCode}).";
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return "Its port does not answer.";
        }
    }
}
