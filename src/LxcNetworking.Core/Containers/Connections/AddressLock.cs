using System.Diagnostics;
using System.Net.Sockets;
using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Connections;

/// <summary>
/// Keeps an address from being given out twice at once, also by two processes, which would both ask while nobody has it
/// yet: an abstract UNIX socket of the address in the namespace of the bridge or parent. The kernel closes it with the
/// process, and shows it in every PID namespace.
/// </summary>
internal sealed class AddressLock : IDisposable
{
    // Who has bound a socket listens on it at once.
    private const int MostUnclear = 100, UnclearMilliseconds = 2, MostWaiting = 4096;
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(20);
    private readonly List<Socket> _sockets = [];

    private AddressLock()
    {
    }

    /// <summary>Takes the addresses for this caller alone; waits while another one has them.</summary>
    /// <param name="stack">The stack of the bridge or parent.</param>
    /// <param name="addresses">The addresses.</param>
    /// <param name="timeout">How long it may wait.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The lock, or the address that another one has still.</returns>
    /// <exception cref="NetworkException">ResourceBusy: there is no socket for it.</exception>
    public static (AddressLock? Lock, IPAddress? Taken) Take(
        NetworkStack stack, IEnumerable<IPAddress> addresses, TimeSpan timeout, CancellationToken cancellation)
    {
        var result = new AddressLock();
        var since = Stopwatch.GetTimestamp();
        bool IsLate() => Stopwatch.GetElapsedTime(since) > timeout;
        try
        {
            // In one order, so that two who want the same ones do not wait for each other.
            foreach (var address in addresses.Distinct().Order())
            {
                if (!result.Take(stack, address, IsLate, cancellation))
                {
                    result.Dispose();
                    return (null, address);
                }
            }

            return (result, null);
        }
        catch (SocketException e)
        {
            result.Dispose();
            throw new NetworkException(
                NetworkErrorCode.ResourceBusy, $"An address cannot be kept from others: {e.Message}.", null, e);
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _sockets.ForEach(socket => socket.Dispose());

    /// <summary>The socket's name.</summary>
    internal static string NameOf(IPAddress address) => $"\0lxcnetworking/address/{address}";

    private bool Take(NetworkStack stack, IPAddress address, Func<bool> isLate, CancellationToken cancellation)
    {
        var name = new UnixDomainSocketEndPoint(NameOf(address));
        for (var unclear = 0; !TryBind(stack, name);)
        {
            // Any user can have a socket of that name, and nobody waits for those.
            using var holder = Look(stack, name, out var isUnclear);
            if (holder is null && (!isUnclear || ++unclear > MostUnclear))
                break;
            if (isLate())
                return false;
            if (holder is null)
                cancellation.WaitHandle.WaitOne(UnclearMilliseconds);
            else
                AwaitEnd(holder, isLate, cancellation);
            cancellation.ThrowIfCancellationRequested();
        }

        return true;
    }

    private bool TryBind(NetworkStack stack, UnixDomainSocketEndPoint name)
    {
        var socket = NewSocket(stack);
        try
        {
            socket.Bind(name);
            socket.Listen(MostWaiting);
            _sockets.Add(socket);
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            socket.Dispose();
            return false;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // One that has no room for another caller, or is of another type, is none of this module's.
    private static Socket? Look(NetworkStack stack, UnixDomainSocketEndPoint name, out bool isUnclear)
    {
        isUnclear = false;
        var socket = NewSocket(stack);
        try
        {
            socket.Connect(name);
            if (socket.IsOfRootOrOwn())
                return socket;
        }
        catch (SocketException e)
        {
            isUnclear = e.SocketErrorCode == SocketError.ConnectionRefused;
        }

        socket.Dispose();
        return null;
    }

    // The holder never answers; the kernel ends the connection with the holder's socket.
    private static void AwaitEnd(Socket holder, Func<bool> isLate, CancellationToken cancellation)
    {
        while (!holder.Poll(s_step, SelectMode.SelectRead) && !isLate())
            cancellation.ThrowIfCancellationRequested();
    }

    // Not blocking: no cancellation ends a wait of the kernel's.
    private static Socket NewSocket(NetworkStack stack)
    {
        var socket = stack.OpenSocket(AddressFamily.Unix, SocketType.Stream);
        socket.Blocking = false;
        return socket;
    }
}
