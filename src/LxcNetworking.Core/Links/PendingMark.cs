using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Links;

/// <summary>
/// A link that takes more than one message to create is pending until it is complete: its link group has a random
/// number in it, under which its maker keeps an abstract UNIX socket open in the link's namespace. The kernel closes
/// the socket with the process, so that what a killed one left behind is known, also from another PID namespace.
/// </summary>
internal sealed class PendingMark : IDisposable
{
    private const int First = 0x2C00_0000, NumberBits = 0x007F_FFFF;
    private readonly List<Socket> _sockets = [];

    private PendingMark(int number) => Group = First | number;

    /// <summary>The link group of what is created under this mark.</summary>
    public int Group { get; }

    /// <summary>Begins a creation.</summary>
    /// <param name="stacks">Where the links are until they are complete.</param>
    /// <exception cref="NetworkException">ResourceBusy: there is no socket for it; NamespaceChanged …</exception>
    public static PendingMark Hold(params IReadOnlyList<NetworkStack> stacks)
    {
        while (true)
        {
            var mark = new PendingMark(RandomNumberGenerator.GetInt32(NumberBits + 1));
            try
            {
                foreach (var stack in stacks)
                {
                    var socket = NewSocket(stack);
                    mark._sockets.Add(socket);
                    socket.Bind(NameOf(mark.Group));
                }

                return mark;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                mark.Dispose();
            }
            catch (SocketException e)
            {
                mark.Dispose();
                throw new NetworkException(
                    NetworkErrorCode.ResourceBusy, $"A new link cannot be marked as incomplete: {e.Message}.", null, e);
            }
            catch
            {
                mark.Dispose();
                throw;
            }
        }
    }

    /// <summary>Whether a link is pending and stays so, as its maker has ended.</summary>
    /// <param name="stack">The link's stack.</param>
    /// <param name="link">The link.</param>
    public static bool IsAbandoned(NetworkStack stack, NetLink link)
    {
        if ((link.Group & ~NumberBits) != First)
            return false;
        try
        {
            using var socket = NewSocket(stack);
            socket.Connect(NameOf(link.Group));
            return false;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _sockets.ForEach(socket => socket.Dispose());

    // It carries no data.
    private static Socket NewSocket(NetworkStack stack) => stack.OpenSocket(AddressFamily.Unix, SocketType.Dgram);

    private static UnixDomainSocketEndPoint NameOf(long group)
        => new(string.Create(CultureInfo.InvariantCulture, $"\0lxcnetworking/pending/{group & NumberBits:x6}"));
}
