using LxcNetworking.Declarations;
using LxcNetworking.Values;
using LxcNetworking.WireGuard;

namespace LxcNetworking.State.Documents;

/// <summary>What a document says of a WireGuard link besides what every link has. Keys are in files of their own, which
/// alone are named.</summary>
[AttributeSet]
internal sealed partial record WireGuardEntry : AttributeSet
{
    /// <summary>The full path of the file with the private key; the kernel does not tell it.</summary>
    [Computed]
    public string? PrivateKeyFile { get; init; }

    /// <summary>The public key that goes with it.</summary>
    [Computed]
    public WireGuardPublicKey? PublicKey { get; init; }

    /// <inheritdoc cref="WireGuardSettings.ListenPort"/>
    [Computed(Min = 0, Max = 65535)]
    public int? ListenPort { get; init; }

    /// <inheritdoc cref="WireGuardSettings.FirewallMark"/>
    [Computed]
    public uint? FirewallMark { get; init; }
}

/// <summary>What a document says of a WireGuard link's peer, besides its public key.</summary>
[AttributeSet]
internal sealed partial record WireGuardPeerEntry : AttributeSet
{
    /// <inheritdoc cref="WireGuardPeerSpec.Endpoint"/>
    [Computed]
    public EndpointAddress? Endpoint { get; init; }

    /// <inheritdoc cref="WireGuardPeerSpec.AllowedIP"/>
    [Computed]
    public ValueList<IPPrefix>? AllowedIP { get; init; }

    /// <inheritdoc cref="WireGuardPeerSpec.PersistentKeepalive"/>
    [Computed(Unit = Unit.Seconds, Max = 65535)]
    public Duration? PersistentKeepalive { get; init; }

    /// <summary>The full path of the file with the preshared key; the kernel does not tell it.</summary>
    [Computed]
    public string? PresharedKeyFile { get; init; }

    /// <summary>Whether there is a preshared key.</summary>
    [Computed]
    public bool? HasPresharedKey { get; init; }
}

/// <summary>What tells a WireGuard link's peer from the others of its namespace: <c>wg0 KEY</c>.</summary>
/// <param name="Link">The link's name.</param>
/// <param name="PublicKey">The peer's public key.</param>
internal readonly record struct WireGuardPeerName(string Link, WireGuardPublicKey PublicKey)
{
    /// <summary>The peer's key among things.</summary>
    public StateKey In(string inNamespace) => new(StateSubject.Peer, inNamespace, ToString());

    /// <inheritdoc/>
    public override string ToString() => $"{Link} {PublicKey}";

    /// <summary>Reads the text form.</summary>
    public static WireGuardPeerName Parse(string text)
    {
        var words = text.Split(' ');
        return new(words[0], new WireGuardPublicKey(words[1]));
    }
}
