using System.Net.Sockets;
using LxcNetworking.Generic;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.L2tp;

/// <summary>L2TP tunnels of one namespace.</summary>
internal sealed class L2tpTunnels(NetworkStack stack, L2tpReader reader)
{

    /// <inheritdoc cref="L2tpOperations.ListTunnels"/>
    public IReadOnlyList<L2tpTunnel> List(CancellationToken cancellation)
    {
        var tunnels = reader.DumpTunnels(cancellation);
        if (tunnels.Count == 0)
            return tunnels;
        var sessions = reader.DumpSessions(cancellation)
            .ToLookup(session => session.TunnelId, session => session.SessionId);
        tunnels.ForEach(tunnel => tunnel.Sessions = [.. sessions[tunnel.TunnelId]]);
        return tunnels;
    }

    /// <inheritdoc cref="L2tpOperations.GetTunnel"/>
    public L2tpTunnel Get(uint tunnelId, CancellationToken cancellation)
    {
        var tunnel = reader.FindTunnel(tunnelId, cancellation) ?? throw reader.TunnelNotFound(tunnelId);
        tunnel.Sessions =
        [
            .. reader.DumpSessions(cancellation).Where(session => session.TunnelId == tunnelId)
                .Select(session => session.SessionId),
        ];
        return tunnel;
    }

    /// <inheritdoc cref="L2tpOperations.CreateTunnel"/>
    public L2tpTunnel Create(L2tpTunnelSpec spec, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(spec);
        spec.Validate();
        cancellation.ThrowIfCancellationRequested();
        try
        {
            stack.Generic.Execute(
                L2tpReader.Family,
                L2tpCommand.TunnelCreate,
                request => L2tpMessages.WriteTunnel(request, spec),
                cancellation: CancellationToken.None);
        }
        catch (NetlinkErrorException e)
        {
            throw Refused(spec, e);
        }

        return Rollback.Run(undo =>
        {
            undo.Add($"remove tunnel {spec.TunnelId}", () => Delete(spec.TunnelId));
            return reader.FindTunnel(spec.TunnelId, CancellationToken.None)
                ?? throw reader.TunnelNotFound(spec.TunnelId);
        });
    }

    /// <inheritdoc cref="L2tpOperations.RemoveTunnel"/>
    public void Remove(uint tunnelId, bool force, CancellationToken cancellation)
    {
        var tunnel = Get(tunnelId, cancellation);
        if (tunnel.Sessions.Count > 0 && !force)
        {
            throw new NetworkException(
                NetworkErrorCode.ResourceBusy,
                tunnel.Sessions.Count == 1 ? $"Tunnel {tunnelId} has session {tunnel.Sessions[0]}."
                    : $"Tunnel {tunnelId} has {tunnel.Sessions.Count} sessions.",
                L2tpReader.Text(tunnelId))
            {
                Advice =
                [
                    Advice.Override,
                    Advice.To(
                        AdviceKind.Remove,
                        AdviceThing.Session,
                        stack.Namespace.Text,
                        null,
                        (nameof(tunnel.TunnelId), L2tpReader.Text(tunnelId))),
                ],
            };
        }

        // The kernel removes the sessions with it, so that no tunnel without sessions stays if this process is killed.
        var links = tunnel.Sessions.Count == 0
            ? [] : stack.Links.List(new LinkFilter { SkipStatistics = true }, cancellation)
                .Where(link => link.Details is L2tpLinkDetails session && session.TunnelId == tunnelId).ToList();
        cancellation.ThrowIfCancellationRequested();
        Delete(tunnelId);
        L2tpReader.WaitUntil(
            () => links.TrueForAll(reader.IsGone), $"The links of tunnel {tunnelId}", L2tpReader.Text(tunnelId));
    }

    private void Delete(uint tunnelId)
    {
        try
        {
            stack.Generic.Execute(
                L2tpReader.Family, L2tpCommand.TunnelDelete, request => request.Put(L2tpAttr.ConnId, tunnelId));
        }
        catch (NetlinkErrorException e) when (e.Errno == LibC.ENODEV)
        {
            throw reader.TunnelNotFound(tunnelId);
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(
                e, $"remove tunnel {tunnelId}", L2tpReader.Text(tunnelId), NetworkErrorCode.ObjectNotFound);
        }

        // The kernel does it later; until then the id and the port are taken.
        L2tpReader.WaitUntil(
            () => reader.FindTunnel(tunnelId, CancellationToken.None) is null,
            $"Tunnel {tunnelId}",
            L2tpReader.Text(tunnelId));
    }

    private NetworkException Refused(L2tpTunnelSpec spec, NetlinkErrorException refusal)
    {
        var id = L2tpReader.Text(spec.TunnelId);
        var isIPv6 = spec.Local.AddressFamily == AddressFamily.InterNetworkV6;
        return refusal.Errno switch
        {
            LibC.EEXIST => new NetworkException(
                NetworkErrorCode.ObjectExists,
                $"There is a tunnel {id} in namespace '{stack.Namespace}' already.",
                id,
                refusal)
            {
                Advice =
                [
                    Advice.Choose(nameof(spec.TunnelId)), Advice.List(AdviceThing.Tunnel, stack.Namespace.Text),
                ],
            },
            LibC.EADDRNOTAVAIL => new NetworkException(
                NetworkErrorCode.AddressNotFound,
                $"No interface in namespace '{stack.Namespace}' has the local address {spec.Local}"
                    + (isIPv6 ? ", or it is still being checked for duplicates." : "."),
                spec.Local.ToString(),
                refusal)
            { Advice = [Advice.List(AdviceThing.IPAddress, stack.Namespace.Text)] },
            LibC.ENETUNREACH => new NetworkException(
                NetworkErrorCode.NextHopUnreachable,
                $"There is no route from namespace '{stack.Namespace}' to {spec.Remote}, and the kernel connects a "
                    + "tunnel when it is made.",
                spec.Remote.ToString(),
                refusal)
            {
                Advice = [Advice.To(AdviceKind.Create, AdviceThing.Route, stack.Namespace.Text)],
            },
            LibC.EADDRINUSE when spec.Encapsulation == L2tpEncapsulation.Udp => new NetworkException(
                NetworkErrorCode.ResourceBusy,
                $"UDP port {spec.SourcePort ?? L2tpTunnelSpec.DefaultPort} of {spec.Local} is in use, by another "
                    + "tunnel or a program. The other host sends to it, so both change together.",
                id,
                refusal)
            { Advice = [Advice.Choose(nameof(spec.SourcePort))] },
            LibC.EADDRINUSE => new NetworkException(
                NetworkErrorCode.ResourceBusy, $"Tunnel id {id} is in use on {spec.Local}.", id, refusal)
            {
                Advice = [Advice.Choose(nameof(spec.TunnelId))],
            },
            LibC.ESOCKTNOSUPPORT or LibC.EPROTONOSUPPORT or LibC.EAFNOSUPPORT => L2tpReader.Family.Missing(
                refusal,
                spec.Encapsulation == L2tpEncapsulation.Udp ? null : isIPv6 ? "l2tp_ip6" : "l2tp_ip"),
            _ => KernelErrors.Explain(
                refusal,
                $"create tunnel {id} from {spec.Local} to {spec.Remote}",
                id,
                NetworkErrorCode.ObjectNotFound,
                NetworkErrorCode.ObjectExists),
        };
    }
}
