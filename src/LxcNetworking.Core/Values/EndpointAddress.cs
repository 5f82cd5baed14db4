using System.Net;

namespace LxcNetworking.Values;

/// <summary>
/// An address and a UDP port: <c>192.0.2.1:51820</c> or <c>[2001:db8::1]:51820</c>. It converts from and to
/// <see cref="IPEndPoint"/> by itself.
/// </summary>
public sealed class EndpointAddress : TextValue<EndpointAddress>
{
    /// <summary>An address with a port.</summary>
    /// <param name="address">The address.</param>
    /// <param name="port">The port.</param>
    public EndpointAddress(IPAddress address, int port) => (Address, Port) = (address, port);

    /// <summary>The address.</summary>
    public IPAddress Address { get; }

    /// <summary>The port.</summary>
    public new int Port { get; }

    /// <summary>IPv4 or IPv6.</summary>
    public System.Net.Sockets.AddressFamily AddressFamily => Address.AddressFamily;

    /// <summary>Reads the text form.</summary>
    /// <param name="text">Such as 192.0.2.1:51820 or [2001:db8::1]:51820.</param>
    /// <returns>The address and port.</returns>
    /// <exception cref="FormatException">The text is none.</exception>
    public static EndpointAddress Parse(string text)
        => IPEndPoint.TryParse(text ?? string.Empty, out var parsed) && parsed.ToString() == text ? parsed
            : throw Misfit.Of(text, "is no endpoint: "
                + "write it as 192.0.2.1:51820 or [2001:db8::1]:51820.");

    /// <inheritdoc/>
    public override string ToString() => new IPEndPoint(Address, Port).ToString();

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Address, Port);

    /// <summary>The framework's endpoint.</summary>
    public static implicit operator IPEndPoint?(EndpointAddress? endpoint)
        => endpoint is null ? null : new IPEndPoint(endpoint.Address, endpoint.Port);

    /// <summary>The value of a framework's endpoint.</summary>
    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(endpoint))]
    public static implicit operator EndpointAddress?(IPEndPoint? endpoint)
        => endpoint is null ? null : new EndpointAddress(endpoint.Address, endpoint.Port);

    private protected override int Compare(EndpointAddress other)
        => Address.CompareTo(other.Address) is var order and not 0 ? order : Port.CompareTo(other.Port);
}
