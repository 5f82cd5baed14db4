namespace LxcNetworking.Values;

/// <summary>Networks of which no host on a network has an address (RFC 6890, RFC 4291), in the words that messages
/// use.</summary>
internal static class SpecialNetworks
{
    private static readonly (IPPrefix Network, string Kind)[] s_all =
    [
        (new("0.0.0.0/8"), "no address of a host"),
        (new("127.0.0.0/8"), "a loopback address"),
        (new("224.0.0.0/4"), "a multicast address"),
        (new("240.0.0.0/4"), "a reserved or broadcast address"),
        (new("::/128"), "no address of a host"),
        (new("::1/128"), "a loopback address"),
        (new("::ffff:0:0/96"), "an IPv4 address in IPv6's notation"),
        (new("fe80::/10"), "valid on one link only"),
        (new("ff00::/8"), "a multicast address"),
    ];

    /// <summary>Tells what an address is instead of a host's.</summary>
    /// <param name="address">The address.</param>
    /// <returns>Words that follow "it is"; null if a host can have it.</returns>
    public static string? KindOf(IPAddress address) => KindOf(new IPPrefix(address));

    /// <summary>Tells what all addresses of a network are instead of hosts'.</summary>
    /// <param name="prefix">The network.</param>
    /// <returns>Words that follow "each of its addresses is"; null if a host can have one of them.</returns>
    public static string? KindOf(IPPrefix prefix)
        => Array.Find(
            s_all, special => special.Network.Length <= prefix.Length && special.Network.Contains(prefix.Address)).Kind;
}
