using System.Text.Json.Serialization;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;

namespace LxcNetworking.Addressing;

/// <summary>A route on file, whole as the kernel told it; its interface is whichever carries the addresses.</summary>
[method: JsonConstructor]
internal sealed class StoredRoute(string message) : IEquatable<StoredRoute>
{
    private static readonly NamespaceReference s_none = new(NamespaceReference.HostText);
    private string? _identity;

    /// <summary>The kernel's message without its header and without the link, in hexadecimal digits.</summary>
    public string Message => message;

    /// <summary>What of a route leads over a link.</summary>
    public static IEnumerable<StoredRoute> Of(NetRoute route, int link)
        => RouteOverLink.Take(route, link).Select(Of);

    /// <summary>The same with a metric that is one worse.</summary>
    public StoredRoute WithNextMetric() => Of(RouteOverLink.WithNextMetric(Payload()));

    /// <summary>The route over a link.</summary>
    /// <param name="link">The link's index.</param>
    /// <exception cref="NetlinkProtocolException">What is on file is no route.</exception>
    /// <exception cref="FormatException">Or not even bytes.</exception>
    public NetRoute On(int link)
        => RouteMessages.Parse(RouteOverLink.Exchange(Payload(), 0, link), s_none)
            ?? throw new NetlinkProtocolException("A message on file is about no route.");

    /// <inheritdoc/>
    public bool Equals(StoredRoute? other) => other is not null && Identity == other.Identity;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as StoredRoute);

    /// <inheritdoc/>
    public override int GetHashCode() => Identity.GetHashCode(StringComparison.Ordinal);

    private string Identity => _identity ??= RouteMessages.Identity(On(0));

    private static StoredRoute Of(byte[] payload) => new(Convert.ToHexStringLower(payload));

    private byte[] Payload() => Convert.FromHexString(message);
}
