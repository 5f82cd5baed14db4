using System.Globalization;
using LxcNetworking.Bridges;
using LxcNetworking.Generic;
using LxcNetworking.Links;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;

namespace LxcNetworking.L2tp;

public sealed partial class L2tpOperations
{
    /// <summary>Lists sessions with their links.</summary>
    /// <param name="tunnelId">Only of this tunnel; null for all.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The sessions.</returns>
    /// <exception cref="NetworkException">ObjectNotFound (no such tunnel), KindNotSupported, PermissionDenied.</exception>
    public IReadOnlyList<L2tpSession> ListSessions(uint? tunnelId = null, CancellationToken cancellation = default)
    {
        if (tunnelId is { } id && FindTunnel(id, cancellation) is null)
            throw TunnelNotFound(id);
        var sessions = DumpSessions(cancellation).FindAll(session => tunnelId is null || session.TunnelId == tunnelId);
        sessions.ForEach(session => AttachLink(session, cancellation));
        return sessions;
    }

    /// <summary>Reads one session with its link.</summary>
    /// <param name="tunnelId">The tunnel's id on this host.</param>
    /// <param name="sessionId">The session's id on this host.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The session.</returns>
    /// <exception cref="NetworkException">ObjectNotFound, KindNotSupported, PermissionDenied.</exception>
    public L2tpSession GetSession(uint tunnelId, uint sessionId, CancellationToken cancellation = default)
    {
        var session = FindSession(tunnelId, sessionId, cancellation)
            ?? throw (FindTunnel(tunnelId, cancellation) is null ? TunnelNotFound(tunnelId) : SessionNotFound(tunnelId, sessionId));
        AttachLink(session, cancellation);
        return session;
    }

    /// <summary>Makes an Ethernet session with its link, as a bridge's port if wanted. If any of it cannot be, nothing stays behind.</summary>
    /// <param name="spec">What it is to be like.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>The session, read back.</returns>
    /// <exception cref="NetworkException">InvalidArgument, ObjectNotFound (no such tunnel), ObjectExists (the id is taken), LinkExists, LinkNotFound (no such bridge), NotSupported, KindNotSupported, PermissionDenied.</exception>
    public L2tpSession CreateSession(L2tpSessionSpec spec, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(spec);
        spec.Validate();
        var tunnel = FindTunnel(spec.TunnelId, cancellation) ?? throw TunnelNotFound(spec.TunnelId);
        if (spec.Bridge is not null && _stack.Links.Get(spec.Bridge, cancellation) is not BridgeLink)
            throw new NetworkException(NetworkErrorCode.NotSupported, $"'{spec.Bridge}' is not a bridge.", spec.Bridge)
            {
                Advice = [Advice.List(AdviceThing.Bridge, _stack.Namespace.Text)],
            };
        if (spec.Name is not null && _stack.Links.Find(spec.Name, cancellation) is not null)
            throw NameTaken(spec.Name, null);
        // Newer kernels let one tunnel have two sessions of one id, of which nobody can tell which is which.
        if (FindSession(spec.TunnelId, spec.SessionId, cancellation) is not null)
            throw SessionTaken(spec, null);
        var underlay = tunnel is { Local: { } local, Remote: { } remote } ? Underlay.Mtu(_stack, remote, local) : null;
        var overhead = Overhead(tunnel, spec);
        var fits = Underlay.InnerMtu(underlay, overhead);
        cancellation.ThrowIfCancellationRequested();
        try
        {
            _stack.Generic.Execute(s_family, L2tpCommand.SessionCreate, request => L2tpMessages.WriteSession(request, spec), cancellation: CancellationToken.None);
        }
        catch (NetlinkErrorException e)
        {
            throw SessionRefused(spec, e);
        }

        return Rollback.Run(undo =>
        {
            undo.Add(
                $"remove session {spec.SessionId} of tunnel {spec.TunnelId}",
                () => RemoveSession(spec.TunnelId, spec.SessionId));
            var session = GetSession(spec.TunnelId, spec.SessionId, CancellationToken.None);
            if (session.Link is not { } link)
                throw SessionNotFound(spec.TunnelId, spec.SessionId);
            _stack.Links.Change(link, new LinkChange { Mtu = spec.Mtu ?? fits, Master = spec.Bridge, Up = spec.Up ? true : null }, CancellationToken.None);
            session.Link = _stack.Links.Get(link.Index, CancellationToken.None);
            session.ChosenMtu = spec.Mtu is null ? fits : null;
            session.MtuReason = string.Create(
                CultureInfo.InvariantCulture,
                $"{(spec.Mtu is null ? string.Empty : $"{spec.Mtu} as asked for; what fits is ")}{fits} = {(underlay is null ? "1500 (assumed, as there is no route to the other host yet)" : $"{underlay} beneath")} - {overhead} for L2TP over {(tunnel.Encapsulation == L2tpEncapsulation.Udp ? "UDP" : "IP")}.");
            // The kernel fits a bridge to its ports unless somebody has set its MTU; a larger one would lose what the tunnel cannot carry.
            if (spec is { Bridge: not null, Mtu: null } && _stack.Links.Get(spec.Bridge, CancellationToken.None) is { } bridge && bridge.Mtu > fits)
            {
                _stack.Links.Change(bridge, new LinkChange { Mtu = fits }, CancellationToken.None);
                session.MtuReason += string.Create(CultureInfo.InvariantCulture, $" Bridge '{bridge.Name}' had {bridge.Mtu} and now has the same.");
            }

            return session;
        });
    }

    /// <summary>Removes a session and its link, and returns when both are gone.</summary>
    /// <param name="tunnelId">The tunnel's id on this host.</param>
    /// <param name="sessionId">The session's id on this host.</param>
    /// <exception cref="NetworkException">ObjectNotFound, KindNotSupported, PermissionDenied.</exception>
    public void RemoveSession(uint tunnelId, uint sessionId)
    {
        var session = FindSession(tunnelId, sessionId, CancellationToken.None);
        if (session is not null)
            AttachLink(session, CancellationToken.None);
        try
        {
            _stack.Generic.Execute(s_family, L2tpCommand.SessionDelete, request => request.Put(L2tpAttr.ConnId, tunnelId).Put(L2tpAttr.SessionId, sessionId));
        }
        catch (NetlinkErrorException e) when (e.Errno == Native.LibC.ENODEV)
        {
            throw FindTunnel(tunnelId, CancellationToken.None) is null ? TunnelNotFound(tunnelId) : SessionNotFound(tunnelId, sessionId);
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(e, $"remove session {sessionId} of tunnel {tunnelId}", Text(tunnelId, sessionId), NetworkErrorCode.ObjectNotFound);
        }

        // Newer kernels do it later; until then the id and the link's name are taken.
        WaitUntil(
            () => FindSession(tunnelId, sessionId, CancellationToken.None) is null
                && (session?.Link is not { } link || IsGone(link)),
            $"Session {sessionId} of tunnel {tunnelId}",
            Text(tunnelId, sessionId));
    }

    // What the kernel puts before a frame (l2tp_eth_adjust_mtu, l2tp_session_set_header_len).
    internal static int Overhead(L2tpTunnel tunnel, L2tpSessionSpec spec)
    {
        var udp = tunnel.Encapsulation == L2tpEncapsulation.Udp;
        var family = tunnel.Local?.AddressFamily ?? System.Net.Sockets.AddressFamily.InterNetwork;
        return Underlay.IPHeader(family) + (udp ? Underlay.UdpHeader + 4 : 0)
            + 4 + spec.Cookie.Count + (spec.Sublayer == L2tpSublayer.Default ? 4 : 0) + Underlay.EthernetHeader;
    }

    private List<L2tpSession> DumpSessions(CancellationToken cancellation)
        => Dump(
            L2tpCommand.SessionGet,
            reply => L2tpMessages.ReadSession(reply, _stack.Namespace),
            session => (session.TunnelId, session.SessionId),
            "list the L2TP sessions",
            cancellation);

    private L2tpSession? FindSession(uint tunnelId, uint sessionId, CancellationToken cancellation)
    {
        L2tpSession? session = null;
        try
        {
            _stack.Generic.Execute(
                s_family,
                L2tpCommand.SessionGet,
                request => request.Put(L2tpAttr.ConnId, tunnelId).Put(L2tpAttr.SessionId, sessionId),
                reply => session ??= L2tpMessages.ReadSession(reply, _stack.Namespace),
                cancellation: cancellation);
        }
        catch (NetlinkErrorException e) when (e.Errno == Native.LibC.ENODEV)
        {
            return null;
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(e, $"read session {sessionId} of tunnel {tunnelId}", Text(tunnelId, sessionId), NetworkErrorCode.ObjectNotFound);
        }

        return session;
    }

    private void AttachLink(L2tpSession session, CancellationToken cancellation)
    {
        // The kernel keeps the name that the link was born with, which may be another link's by now.
        if (session.InterfaceAlias.Length > 0 && _stack.Links.Find(session.InterfaceAlias, cancellation) is { Kind: LinkKindName } link)
            session.Link = link;
    }

    private NetworkException SessionRefused(L2tpSessionSpec spec, NetlinkErrorException refusal) => refusal.Errno switch
    {
        Native.LibC.ENODEV => TunnelNotFound(spec.TunnelId),
        Native.LibC.EEXIST when spec.Name is not null && _stack.Links.Find(spec.Name) is not null => NameTaken(spec.Name, refusal),
        Native.LibC.EEXIST => SessionTaken(spec, refusal),
        EPROTONOSUPPORT => s_family.Missing(refusal),
        _ => KernelErrors.Explain(
            refusal, $"create session {spec.SessionId} of tunnel {spec.TunnelId}", Text(spec.TunnelId, spec.SessionId), NetworkErrorCode.ObjectNotFound, NetworkErrorCode.ObjectExists),
    };

    private NetworkException SessionTaken(L2tpSessionSpec spec, Exception? inner) => new(
        NetworkErrorCode.ObjectExists,
        $"Session id {spec.SessionId} is taken in namespace '{_stack.Namespace}'. The other host knows it as its peer's session id, so both change together.",
        Text(spec.TunnelId, spec.SessionId),
        inner)
    {
        Advice =
        [
            Advice.Choose(nameof(spec.SessionId)), Advice.List(AdviceThing.Session, _stack.Namespace.Text),
        ],
    };

    private NetworkException NameTaken(string name, Exception? inner)
        => new(NetworkErrorCode.LinkExists, $"There is an interface '{name}' in namespace '{_stack.Namespace}' already.", name, inner)
        {
            Advice = [Advice.Choose(nameof(L2tpSessionSpec.Name))],
        };

    private NetworkException SessionNotFound(uint tunnelId, uint sessionId) => new(
        NetworkErrorCode.ObjectNotFound,
        $"There is no session {sessionId} in L2TP tunnel {tunnelId} in namespace '{_stack.Namespace}'.",
        Text(tunnelId, sessionId)) { Advice = [Advice.List(AdviceThing.Session, _stack.Namespace.Text)] };

    private static string Text(uint tunnelId, uint sessionId) => string.Create(CultureInfo.InvariantCulture, $"{tunnelId}/{sessionId}");
}
