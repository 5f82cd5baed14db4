using LxcNetworking.Declarations;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.WireGuard;

/// <summary>What a WireGuard link has. rtnetlink does not tell it: it is read from the generic netlink family, which
/// takes CAP_NET_ADMIN.</summary>
[LinkKind("wireguard", Link = typeof(WireGuardLink))]
public sealed partial record WireGuardDetails : LinkSettings
{
    /// <summary>Its public key; null if it has no key yet, or this user may not read it.</summary>
    [Computed(Access = Access.ReadOnly)]
    public WireGuardPublicKey? PublicKey { get; internal set; }

    /// <summary>Its UDP port; 0 if this user may not read it, or it was never up.</summary>
    [Computed(Access = Access.ReadOnly)]
    public int? ListenPort { get; internal set; }

    /// <summary>The mark of the packets that it sends, for policy rules; 0 for none.</summary>
    [Computed(Access = Access.ReadOnly)]
    public uint? FirewallMark { get; internal set; }

    /// <summary>How many peers it has.</summary>
    [Computed(Access = Access.ReadOnly)]
    public int? PeerCount { get; internal set; }

    /// <inheritdoc/>
    public override string ToString() => $"port {ListenPort}, {PeerCount} peers";

    internal override void Complete(NetworkStack stack, NetLink link)
    {
        try
        {
            stack.WireGuard.Fill(this, link);
        }
        catch (Exception e) when (e is NetworkException or NetlinkErrorException)
        {
            // The link itself is read all the same.
        }
    }
}

/// <summary>A WireGuard link.</summary>
public sealed partial class WireGuardLink : NetLink;

/// <summary>What to change on a WireGuard link; null leaves a thing as it is.</summary>
public sealed record WireGuardSettings
{
    /// <summary>The private key. It stays the caller's to dispose.</summary>
    public WireGuardSecret? PrivateKey { get; init; }

    /// <summary>The UDP port; 0 for one that the kernel chooses.</summary>
    public int? ListenPort { get; init; }

    /// <summary>The mark of the packets that it sends; 0 for none.</summary>
    public uint? FirewallMark { get; init; }

    internal void Validate(string name)
    {
        if (ListenPort is < 0 or > 65535)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"{ListenPort} is no UDP port for '{name}': 1 to 65535 are, and 0 for one that the kernel chooses.",
                name);
    }
}

/// <summary>A WireGuard link. Its encrypted packets go and come in the namespace that makes it, whichever it is created
/// in.</summary>
/// <param name="name">The new link's name.</param>
/// <param name="settings">Its settings, with a private key.</param>
public sealed class WireGuardSpec(string name, WireGuardSettings settings)
    : LinkSpec(name, new WireGuardDetails())
{
    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        settings.Validate(Name);
        if (Master is not null)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"'{Name}' cannot be a bridge's port: WireGuard carries IP packets, not Ethernet frames. A segment has "
                    + "a tunnel for frames inside.",
                Name)
            {
                Advice = [Advice.To(AdviceKind.Create, AdviceThing.Segment)],
            };
    }

    internal override NetLink Finish(NetLink link, NetworkStack where)
    {
        where.WireGuard.Change(link, settings);
        return where.Links.Get(link.Index, CancellationToken.None);
    }
}
