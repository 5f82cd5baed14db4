using System.Globalization;
using LxcNetworking.Bridges;
using LxcNetworking.Generic;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;

namespace LxcNetworking.L2tp;

/// <summary>Ethernet sessions of one namespace's L2TP tunnels, and their links.</summary>
internal sealed class L2tpSessions(NetworkStack stack, L2tpReader reader)
{

    /// <inheritdoc cref="L2tpOperations.ListSessions"/>
    public IReadOnlyList<L2tpSession> List(uint? tunnelId, CancellationToken cancellation)
    {
        if (tunnelId is { } id && reader.FindTunnel(id, cancellation) is null)
            throw reader.TunnelNotFound(id);
        var sessions = reader.DumpSessions(cancellation)
            .FindAll(session => tunnelId is null || session.TunnelId == tunnelId);
        sessions.ForEach(session => AttachLink(session, cancellation));
        return sessions;
    }

    /// <inheritdoc cref="L2tpOperations.GetSession"/>
    public L2tpSession Get(uint tunnelId, uint sessionId, CancellationToken cancellation)
    {
        var session = reader.FindSession(tunnelId, sessionId, cancellation)
            ?? throw (reader.FindTunnel(tunnelId, cancellation) is null
                ? reader.TunnelNotFound(tunnelId) : reader.SessionNotFound(tunnelId, sessionId));
        AttachLink(session, cancellation);
        return session;
    }

    /// <inheritdoc cref="L2tpOperations.CreateSession"/>
    public L2tpSession Create(L2tpSessionSpec spec, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(spec);
        spec.Validate();
        var tunnel = reader.FindTunnel(spec.TunnelId, cancellation) ?? throw reader.TunnelNotFound(spec.TunnelId);
        if (spec.Bridge is not null)
            stack.Bridges.Require(spec.Bridge, cancellation);
        if (spec.Name is not null && stack.Links.Find(spec.Name, cancellation) is not null)
            throw NameTaken(spec.Name, null);
        // Newer kernels let one tunnel have two sessions of one id, of which nobody can tell which is which.
        if (reader.FindSession(spec.TunnelId, spec.SessionId, cancellation) is not null)
            throw Taken(spec, null);
        var underlay = tunnel is { Local: { } local, Remote: { } remote } ? Underlay.Mtu(stack, remote, local) : null;
        var overhead = Overhead(tunnel, spec);
        var fits = Underlay.InnerMtu(underlay, overhead);
        cancellation.ThrowIfCancellationRequested();
        try
        {
            stack.Generic.Execute(
                L2tpReader.Family,
                L2tpCommand.SessionCreate,
                request => L2tpMessages.WriteSession(request, spec),
                cancellation: CancellationToken.None);
        }
        catch (NetlinkErrorException e)
        {
            throw Refused(spec, e);
        }

        return Rollback.Run(undo =>
        {
            undo.Add(
                $"remove session {spec.SessionId} of tunnel {spec.TunnelId}",
                () => Remove(spec.TunnelId, spec.SessionId, CancellationToken.None));
            var session = Get(spec.TunnelId, spec.SessionId, CancellationToken.None);
            if (session.Link is not { } link)
                throw reader.SessionNotFound(spec.TunnelId, spec.SessionId);
            stack.Links.Change(
                link,
                Completion(spec, fits),
                CancellationToken.None);
            session.Link = stack.Links.Get(link.Index, CancellationToken.None);
            session.ChosenMtu = spec.Mtu is null ? fits : null;
            session.MtuReason = Reason(spec, tunnel, underlay, overhead, fits);
            // The kernel fits a bridge to its ports unless somebody has set its MTU; a larger one would lose what the
            // tunnel cannot carry.
            if (spec is { Bridge: not null, Mtu: null }
                && stack.Links.Get(spec.Bridge, CancellationToken.None) is { } bridge && bridge.Mtu > fits)
            {
                stack.Links.Change(bridge, new LinkChange { Mtu = fits }, CancellationToken.None);
                session.MtuReason += string.Create(
                    CultureInfo.InvariantCulture, $" Bridge '{bridge.Name}' had {bridge.Mtu} and now has the same.");
            }

            return session;
        });
    }

    // The creating message takes no MAC address; see LinkSpec.HasOwnMacAddress.
    private static LinkChange Completion(L2tpSessionSpec spec, int mtu) => new()
    {
        Mtu = spec.Mtu ?? mtu,
        MacAddress = MacAddress.NewRandom(),
        Master = spec.Bridge,
        Up = spec.Up ? true : null,
    };

    private static string Reason(L2tpSessionSpec spec, L2tpTunnel tunnel, int? underlay, int overhead, int fits)
    {
        var asked = spec.Mtu is null ? string.Empty : $"{spec.Mtu} as asked for; what fits is ";
        var known = underlay is null
            ? "1500 (assumed, as there is no route to the other host yet)" : $"{underlay} of the underlay";
        var carrier = tunnel.Encapsulation == L2tpEncapsulation.Udp ? "UDP" : "IP";
        return string.Create(
            CultureInfo.InvariantCulture, $"{asked}{fits} = {known} - {overhead} for L2TP over {carrier}.");
    }

    /// <inheritdoc cref="L2tpOperations.RemoveSession"/>
    public void Remove(uint tunnelId, uint sessionId, CancellationToken cancellation)
    {
        var session = reader.FindSession(tunnelId, sessionId, cancellation);
        if (session is not null)
            AttachLink(session, cancellation);
        cancellation.ThrowIfCancellationRequested();
        try
        {
            stack.Generic.Execute(
                L2tpReader.Family,
                L2tpCommand.SessionDelete,
                request => request.Put(L2tpAttr.ConnId, tunnelId).Put(L2tpAttr.SessionId, sessionId),
                cancellation: CancellationToken.None);
        }
        catch (NetlinkErrorException e) when (e.Errno == LibC.ENODEV)
        {
            throw reader.FindTunnel(tunnelId, CancellationToken.None) is null
                ? reader.TunnelNotFound(tunnelId) : reader.SessionNotFound(tunnelId, sessionId);
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(
                e,
                $"remove session {sessionId} of tunnel {tunnelId}",
                L2tpReader.Text(tunnelId, sessionId),
                NetworkErrorCode.ObjectNotFound);
        }

        // Newer kernels do it later; until then the id and the link's name are taken.
        L2tpReader.WaitUntil(
            () => reader.FindSession(tunnelId, sessionId, CancellationToken.None) is null
                && (session?.Link is not { } link || reader.IsGone(link)),
            $"Session {sessionId} of tunnel {tunnelId}",
            L2tpReader.Text(tunnelId, sessionId));
    }

    /// <summary>What the kernel puts before a frame (l2tp_eth_adjust_mtu, l2tp_session_set_header_len).</summary>
    public static int Overhead(L2tpTunnel tunnel, L2tpSessionSpec spec)
    {
        var udp = tunnel.Encapsulation == L2tpEncapsulation.Udp;
        var family = tunnel.Local?.AddressFamily ?? System.Net.Sockets.AddressFamily.InterNetwork;
        return Underlay.IPHeader(family) + (udp ? Underlay.UdpHeader + 4 : 0)
            + 4 + spec.Cookie.Count + (spec.Sublayer == L2tpSublayer.Default ? 4 : 0) + Underlay.EthernetHeader;
    }

    private void AttachLink(L2tpSession session, CancellationToken cancellation)
    {
        // The kernel keeps the name that the link was created with, which may be another link's by now.
        if (session.InterfaceAlias.Length > 0
            && stack.Links.Find(session.InterfaceAlias, cancellation) is { Kind: L2tpOperations.LinkKindName } link)
            session.Link = link;
    }

    private NetworkException Refused(L2tpSessionSpec spec, NetlinkErrorException refusal) => refusal.Errno switch
    {
        LibC.ENODEV => reader.TunnelNotFound(spec.TunnelId),
        LibC.EEXIST when spec.Name is not null && stack.Links.Find(spec.Name) is not null
            => NameTaken(spec.Name, refusal),
        LibC.EEXIST => Taken(spec, refusal),
        LibC.EPROTONOSUPPORT => L2tpReader.Family.Missing(refusal),
        _ => KernelErrors.Explain(
            refusal,
            $"create session {spec.SessionId} of tunnel {spec.TunnelId}",
            L2tpReader.Text(spec.TunnelId, spec.SessionId),
            NetworkErrorCode.ObjectNotFound,
            NetworkErrorCode.ObjectExists),
    };

    private NetworkException Taken(L2tpSessionSpec spec, Exception? inner) => new(
        NetworkErrorCode.ObjectExists,
        $"Session id {spec.SessionId} is taken in namespace '{stack.Namespace}'. The other host knows it as its peer's "
            + "session id, so both change together.",
        L2tpReader.Text(spec.TunnelId, spec.SessionId),
        inner)
    {
        Advice =
        [
            Advice.Choose(nameof(spec.SessionId)), Advice.List(AdviceThing.Session, stack.Namespace.Text),
        ],
    };

    private NetworkException NameTaken(string name, Exception? inner)
        => new(
            NetworkErrorCode.LinkExists,
            $"There is an interface '{name}' in namespace '{stack.Namespace}' already.",
            name,
            inner)
        {
            Advice = [Advice.Choose(nameof(L2tpSessionSpec.Name))],
        };
}
