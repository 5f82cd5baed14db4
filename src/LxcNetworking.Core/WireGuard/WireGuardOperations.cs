using LxcNetworking.Generic;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.WireGuard;

/// <summary>WireGuard links' keys, ports and peers (linux/wireguard.h). Links are made as any other:
/// <see cref="WireGuardSpec"/>.</summary>
public sealed class WireGuardOperations : IStackOperations<WireGuardOperations>
{
    private static readonly GenericFamily s_family = new("wireguard", 1, "wireguard");
    private readonly NetworkStack _stack;

    internal WireGuardOperations(NetworkStack stack) => _stack = stack;

    static WireGuardOperations IStackOperations<WireGuardOperations>.On(NetworkStack stack) => new(stack);

    /// <summary>Changes a link's key, port or mark.</summary>
    /// <param name="link">The link, as read from this stack.</param>
    /// <param name="settings">What to change.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <exception cref="NetworkException">NotSupported (no WireGuard link), InvalidArgument, ResourceBusy (the port is
    /// in use), LinkNotFound, KindNotSupported, PermissionDenied.</exception>
    public void Change(NetLink link, WireGuardSettings settings, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(link);
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate(link.Name);
        Require(link);
        cancellation.ThrowIfCancellationRequested();
        try
        {
            _stack.Generic.Execute(
                s_family,
                WgCommand.SetDevice,
                request => WireGuardMessages.WriteSettings(request, link.Index, settings),
                secret: true,
                cancellation: CancellationToken.None);
        }
        catch (NetlinkErrorException e) when (e.Errno == LibC.EADDRINUSE)
        {
            throw new NetworkException(
                NetworkErrorCode.ResourceBusy,
                $"UDP port {settings.ListenPort} is in use where '{link.Name}' was made.",
                link.Name,
                e)
            {
                Advice = [Advice.Choose(nameof(settings.ListenPort))],
            };
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(e, $"set up the WireGuard link '{link.Name}'", link.Name);
        }
    }

    /// <summary>Lists a link's peers.</summary>
    /// <param name="link">The link, as read from this stack.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The peers.</returns>
    /// <exception cref="NetworkException">NotSupported (no WireGuard link), LinkNotFound, KindNotSupported,
    /// PermissionDenied.</exception>
    public IReadOnlyList<WireGuardPeer> ListPeers(NetLink link, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(link);
        Require(link);
        try
        {
            return Read(link, cancellation).Peers;
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(e, $"read the peers of '{link.Name}'", link.Name);
        }
    }

    /// <summary>Adds a peer.</summary>
    /// <param name="link">The link, as read from this stack.</param>
    /// <param name="spec">The peer.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>The peer, read back.</returns>
    /// <exception cref="NetworkException">ObjectExists (the peer, or another one with the same prefix), InvalidArgument
    /// (the link's own key …), and as for <see cref="Change"/>.</exception>
    public WireGuardPeer AddPeer(
        NetLink link, WireGuardPeerSpec spec, CancellationToken cancellation = default)
        => AddPeer(link, spec, takesPrefixes: false, cancellation);

    /// <summary>The same; with <paramref name="takesPrefixes"/> also prefixes that another peer has.</summary>
    internal WireGuardPeer AddPeer(
        NetLink link, WireGuardPeerSpec spec, bool takesPrefixes, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(link);
        ArgumentNullException.ThrowIfNull(spec);
        spec.Validate();
        var present = ListPeers(link, cancellation);
        if (present.Any(peer => peer.PublicKey.Equals(spec.PublicKey)))
            throw new NetworkException(
                NetworkErrorCode.ObjectExists,
                $"'{link.Name}' has the peer {spec.PublicKey} already.",
                spec.PublicKey.ToString())
            {
                Advice = [Advice.To(AdviceKind.Change, AdviceThing.Peer, _stack.Namespace.Text, link.Name)],
            };
        if (_stack.Links.Get(link.Index, cancellation) is WireGuardLink { PublicKey: { } own }
            && own.Equals(spec.PublicKey))
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"{own} is the public key of '{link.Name}' itself; a peer's is the other host's.",
                own.ToString());
        if (!takesPrefixes)
            CheckPrefixes(present, link, spec);
        cancellation.ThrowIfCancellationRequested();
        return Rollback.Run(undo =>
        {
            // Many prefixes take several messages.
            undo.Add($"remove the peer {spec.PublicKey} from '{link.Name}'", () => RemovePeer(link, spec.PublicKey));
            Write(link, spec, WgCommand.ReplaceAllowedIPs);
            return FindPeer(link, spec.PublicKey) ?? throw PeerNotFound(link, spec.PublicKey);
        });
    }

    /// <summary>Changes a peer.</summary>
    /// <param name="link">The link, as read from this stack.</param>
    /// <param name="spec">What to change.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <exception cref="NetworkException">ObjectNotFound, ObjectExists (another peer with the same prefix), and as for
    /// <see cref="Change"/>.</exception>
    public void ChangePeer(NetLink link, WireGuardPeerSpec spec, CancellationToken cancellation = default)
        => ChangePeer(link, spec, takesPrefixes: false, cancellation);

    /// <summary>The same; with <paramref name="takesPrefixes"/> also prefixes that another peer has.</summary>
    internal void ChangePeer(
        NetLink link, WireGuardPeerSpec spec, bool takesPrefixes, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(link);
        ArgumentNullException.ThrowIfNull(spec);
        spec.Validate();
        var present = ListPeers(link, cancellation);
        if (!present.Any(peer => peer.PublicKey.Equals(spec.PublicKey)))
            throw PeerNotFound(link, spec.PublicKey);
        if (!takesPrefixes)
            CheckPrefixes(present, link, spec);
        cancellation.ThrowIfCancellationRequested();
        Write(link, spec, WgCommand.UpdateOnly | (spec.AllowedIP is null ? 0 : WgCommand.ReplaceAllowedIPs));
    }

    /// <summary>Removes a peer.</summary>
    /// <param name="link">The link, as read from this stack.</param>
    /// <param name="publicKey">The peer's key.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <exception cref="NetworkException">ObjectNotFound, and as for <see cref="Change"/>.</exception>
    public void RemovePeer(
        NetLink link, WireGuardPublicKey publicKey, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(link);
        ArgumentNullException.ThrowIfNull(publicKey);
        if (FindPeer(link, publicKey, cancellation) is null)
            throw PeerNotFound(link, publicKey);
        cancellation.ThrowIfCancellationRequested();
        Write(link, new WireGuardPeerSpec(publicKey), WgCommand.RemoveMe);
    }

    /// <summary>Reads what rtnetlink does not tell of a link.</summary>
    /// <exception cref="NetlinkErrorException">The kernel refused.</exception>
    internal void Fill(WireGuardDetails details, NetLink link)
    {
        var read = Read(link, CancellationToken.None);
        (
            details.PublicKey,
            details.ListenPort,
            details.FirewallMark,
            details.PeerCount) = (read.PublicKey, read.ListenPort, read.FirewallMark, read.Peers.Count);
    }

    internal NetworkException PeerNotFound(NetLink link, WireGuardPublicKey publicKey)
        => new(
            NetworkErrorCode.ObjectNotFound,
            $"'{link.Name}' in namespace '{_stack.Namespace}' has no peer {publicKey}.",
            publicKey.ToString())
        {
            Advice = [Advice.List(AdviceThing.Peer, _stack.Namespace.Text, link.Name)],
        };

    private WireGuardPeer? FindPeer(
        NetLink link, WireGuardPublicKey publicKey, CancellationToken cancellation = default)
        => ListPeers(link, cancellation).FirstOrDefault(peer => peer.PublicKey.Equals(publicKey));

    private WireGuardPart Read(NetLink link, CancellationToken cancellation)
        => WireGuardMessages.Join(_stack.Generic.Dump(
        s_family, WgCommand.GetDevice, request => request.Put(
            WgDevice.IfIndex, (uint)link.Index), reply => WireGuardMessages.Read(reply, link), cancellation));

    // The kernel would take a prefix from the peer that has it, without a word.
    private static void CheckPrefixes(IReadOnlyList<WireGuardPeer> present, NetLink link, WireGuardPeerSpec spec)
    {
        foreach (var prefix in spec.AllowedIP ?? [])
        {
            var masked = prefix.Network;
            if (present.FirstOrDefault(
                peer => !peer.PublicKey.Equals(spec.PublicKey) && peer.AllowedIP.Contains(masked)) is { } other)
            {
                throw new NetworkException(
                    NetworkErrorCode.ObjectExists, $"{masked} on '{link.Name}' belongs to the peer {other.PublicKey}, "
                        + "and a prefix has one peer only. Take it from there first.", masked.ToString())
                {
                    Advice =
                    [
                        Advice.To(
                            AdviceKind.Change,
                            AdviceThing.Peer,
                            link.Namespace.Text,
                            link.Name,
                            (nameof(spec.PublicKey), $"{other.PublicKey}"),
                            (nameof(spec.AllowedIP), null)),
                    ],
                };
            }
        }
    }

    private void Write(NetLink link, WireGuardPeerSpec spec, uint flags)
    {
        Require(link);
        try
        {
            var skip = 0;
            do
            {
                var done = skip;
                _stack.Generic.Execute(
                    s_family,
                    WgCommand.SetDevice,
                    request => WireGuardMessages.WritePeer(
                        request, link.Index, spec, done == 0 ? flags : WgCommand.UpdateOnly, done),
                    secret: true);
                skip += WireGuardMessages.MaxPrefixes;
            }
            while (skip < spec.AllowedIP?.Count);
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(e, $"change the peer {spec.PublicKey} of '{link.Name}'", link.Name);
        }
    }

    private static void Require(NetLink link)
    {
        if (link.Kind != "wireguard")
            throw new NetworkException(
                NetworkErrorCode.NotSupported, $"'{link.Name}' is no WireGuard link but {link.Kind}.", link.Name)
            {
                Advice = [Advice.List(AdviceThing.Link, link.Namespace.Text, null, ("Kind", "wireguard"))],
            };
    }
}

/// <summary>Gives a stack its <see cref="WireGuardOperations"/>.</summary>
public static class WireGuardOperationsOfStack
{
    extension(NetworkStack stack)
    {
        /// <summary>WireGuard links' keys, ports and peers.</summary>
        public WireGuardOperations WireGuard => stack.Operations<WireGuardOperations>();
    }
}
