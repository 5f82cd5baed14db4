using LxcNetworking.Values;

namespace LxcNetworking.Containers.Dhcp;

/// <summary>What a client heard.</summary>
/// <param name="Message">A server's message.</param>
/// <param name="Station">The Ethernet address that it came from.</param>
internal readonly record struct DhcpReply(DhcpMessage Message, MacAddress Station);

/// <summary>How a client speaks to servers over one link.</summary>
internal interface IDhcpTransport : IDisposable
{
    /// <summary>Sends a message to every server. A frame that is lost is no failure.</summary>
    /// <param name="message">The message.</param>
    /// <param name="from">The address that it comes from; 0.0.0.0 for none.</param>
    void Broadcast(DhcpMessage message, IPAddress from);

    /// <summary>Sends a message to one server. One that is lost is no failure.</summary>
    /// <param name="message">The message.</param>
    /// <param name="from">The address that it comes from.</param>
    /// <param name="server">The server's address.</param>
    /// <param name="station">The Ethernet address on the way there; null for what the kernel knows, for which the link
    /// has to have the address.</param>
    void Unicast(DhcpMessage message, IPAddress from, IPAddress server, MacAddress? station);

    /// <summary>Waits for a server's message, to whatever client.</summary>
    /// <param name="timeout">How long at most.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The message; null if there was none.</returns>
    DhcpReply? Receive(TimeSpan timeout, CancellationToken cancellation);
}
