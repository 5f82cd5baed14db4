using System.Net;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using IPAddress = LxcNetworking.Values.IPAddress;

namespace LxcNetworking.WireGuard;

/// <summary>A WireGuard link's peer as it was when it was read. Whether it has a preshared key is told, the key itself
/// never.</summary>
public sealed class WireGuardPeer
{
    internal WireGuardPeer(NetLink link, WireGuardPublicKey publicKey) => (Link, PublicKey) = (link, publicKey);

    /// <summary>The link's name.</summary>
    public string InterfaceAlias => Link.Name;

    /// <summary>The link's index.</summary>
    public int InterfaceIndex => Link.Index;

    /// <summary>Its public key.</summary>
    public WireGuardPublicKey PublicKey { get; }

    /// <summary>Where it is; null until it is known.</summary>
    public EndpointAddress? Endpoint { get; internal set; }

    /// <summary>What is sent to it and taken from it.</summary>
    public ValueList<IPPrefix> AllowedIP { get; internal set; } = [];

    /// <summary>How often it is sent something where there is nothing to send; null for never.</summary>
    public Duration? PersistentKeepalive { get; internal set; }

    /// <summary>Whether it has a preshared key.</summary>
    public bool HasPresharedKey { get; internal set; }

    /// <summary>When both last agreed on session keys; null for never.</summary>
    public DateTimeOffset? LatestHandshake { get; internal set; }

    /// <summary>Bytes received.</summary>
    public ulong ReceivedBytes { get; internal set; }

    /// <summary>Bytes sent.</summary>
    public ulong SentBytes { get; internal set; }

    /// <summary>The namespace that it was read from.</summary>
    public NamespaceReference Namespace => Link.Namespace;

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    internal NetLink Link { get; }

    /// <inheritdoc/>
    public override string ToString() => PublicKey.ToString();
}

/// <summary>What a peer is to be like; null leaves a thing as it is, or for a new peer at nothing.</summary>
/// <param name="PublicKey">Its public key.</param>
public sealed record WireGuardPeerSpec(WireGuardPublicKey PublicKey)
{
    /// <summary>The longest interval between keepalive packets.</summary>
    public static TimeSpan MaxKeepalive { get; } = TimeSpan.FromSeconds(65535);

    /// <summary>Where it is.</summary>
    public EndpointAddress? Endpoint { get; init; }

    /// <summary>What is sent to it and taken from it: all of it, in place of what was there.</summary>
    public IReadOnlyList<IPPrefix>? AllowedIP { get; init; }

    /// <summary>How often it is sent something where there is nothing to send: 1 to 65535 seconds, zero for
    /// never.</summary>
    public TimeSpan? PersistentKeepalive { get; init; }

    /// <summary>The preshared key. It stays the caller's to dispose.</summary>
    public WireGuardSecret? PresharedKey { get; init; }

    /// <summary>Reads an endpoint as <c>192.0.2.1:51820</c>, <c>[2001:db8::1]:51820</c> or <c>host.example:51820</c>; a
    /// name is looked up now, once.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The endpoint.</returns>
    /// <exception cref="NetworkException">InvalidArgument, or DependencyFailed for a name that cannot be looked
    /// up.</exception>
    public static EndpointAddress ParseEndpoint(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var colon = text.LastIndexOf(':');
        var host = colon < 0 ? string.Empty : text[..colon];
        var bracketed = host is ['[', .., ']'];
        if (bracketed)
            host = host[1..^1];
        if (host.Length == 0 || (!bracketed && host.Contains(':', StringComparison.Ordinal))
            || !Digits.TryParse(text.AsSpan(colon + 1), out ushort port) || port == 0)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"'{Netlink.KernelText.Printable(text)}' is no endpoint: write it as 192.0.2.1:51820, "
                    + "[2001:db8::1]:51820 or host.example:51820.",
                text);
        if (IPAddress.TryParse(host, out var address))
            return new EndpointAddress(address, port);
        // To the system's look-up "192.0" is 192.0.0.0, and a name ends at a NUL.
        if (System.Net.IPAddress.TryParse(host, out _) || host.Any(char.IsControl))
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"'{Netlink.KernelText.Printable(host)}' is neither an IP address nor a host's name.",
                text);
        try
        {
            return new EndpointAddress(Dns.GetHostAddresses(host)[0], port);
        }
        catch (Exception e) when (e is System.Net.Sockets.SocketException or ArgumentException
            or IndexOutOfRangeException)
        {
            throw new NetworkException(
                NetworkErrorCode.DependencyFailed,
                $"The endpoint's name '{Netlink.KernelText.Printable(host)}' could not be looked up: "
                    + $"{e.Message.TrimEnd('.')}.",
                text,
                e);
        }
    }

    internal void Validate()
    {
        if (PersistentKeepalive is { } keepalive
            && (keepalive < TimeSpan.Zero || keepalive > MaxKeepalive
                || keepalive.Ticks % TimeSpan.TicksPerSecond != 0))
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"A keepalive interval of {keepalive.TotalSeconds:0.###} seconds cannot be: whole seconds from 1 to "
                    + "65535 can, and 0 for none.",
                PublicKey.ToString());
    }
}
