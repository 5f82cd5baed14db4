using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using LxcNetworking.Generic;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.L2tp;

/// <summary>L2TPv3 tunnels whose sockets are the kernel's, as <c>ip l2tp</c> makes them, and their Ethernet sessions (RFC 3931, linux/l2tp.h).</summary>
public sealed partial class L2tpOperations : IStackOperations<L2tpOperations>
{
    private const int EADDRINUSE = 98, EADDRNOTAVAIL = 99, ENETUNREACH = 101, ESOCKTNOSUPPORT = 94, EPROTONOSUPPORT = 93, EAFNOSUPPORT = 97;
    private static readonly GenericFamily s_family = new("l2tp", 1, "l2tp_eth");
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private readonly NetworkStack _stack;

    internal L2tpOperations(NetworkStack stack) => _stack = stack;

    static L2tpOperations IStackOperations<L2tpOperations>.On(NetworkStack stack) => new(stack);

    /// <summary>Lists tunnels with their sessions' ids.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The tunnels.</returns>
    /// <exception cref="NetworkException">KindNotSupported, PermissionDenied.</exception>
    public IReadOnlyList<L2tpTunnel> ListTunnels(CancellationToken cancellation = default)
    {
        var tunnels = Dump(
            L2tpCommand.TunnelGet,
            reply => L2tpMessages.ReadTunnel(reply, _stack.Namespace),
            tunnel => tunnel.TunnelId,
            "list the L2TP tunnels",
            cancellation);
        if (tunnels.Count == 0)
            return tunnels;
        var sessions = DumpSessions(cancellation).ToLookup(session => session.TunnelId, session => session.SessionId);
        tunnels.ForEach(tunnel => tunnel.Sessions = [.. sessions[tunnel.TunnelId]]);
        return tunnels;
    }

    /// <summary>Reads one tunnel with its sessions' ids.</summary>
    /// <param name="tunnelId">Its id on this host.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The tunnel.</returns>
    /// <exception cref="NetworkException">ObjectNotFound, KindNotSupported, PermissionDenied.</exception>
    public L2tpTunnel GetTunnel(uint tunnelId, CancellationToken cancellation = default)
    {
        var tunnel = FindTunnel(tunnelId, cancellation) ?? throw TunnelNotFound(tunnelId);
        tunnel.Sessions = [.. DumpSessions(cancellation).Where(session => session.TunnelId == tunnelId).Select(session => session.SessionId)];
        return tunnel;
    }

    /// <summary>Makes a tunnel.</summary>
    /// <param name="spec">What it is to be like.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>The tunnel, read back.</returns>
    /// <exception cref="NetworkException">InvalidArgument, ObjectExists, AddressNotFound (an address that the host does not have), ResourceBusy (a UDP port in use), KindNotSupported, PermissionDenied.</exception>
    public L2tpTunnel CreateTunnel(L2tpTunnelSpec spec, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(spec);
        spec.Validate();
        cancellation.ThrowIfCancellationRequested();
        try
        {
            _stack.Generic.Execute(s_family, L2tpCommand.TunnelCreate, request => L2tpMessages.WriteTunnel(request, spec), cancellation: CancellationToken.None);
        }
        catch (NetlinkErrorException e)
        {
            throw TunnelRefused(spec, e);
        }

        return Rollback.Run(undo =>
        {
            undo.Add($"remove tunnel {spec.TunnelId}", () => DeleteTunnel(spec.TunnelId));
            return FindTunnel(spec.TunnelId, CancellationToken.None) ?? throw TunnelNotFound(spec.TunnelId);
        });
    }

    /// <summary>Removes a tunnel, and returns when it is gone.</summary>
    /// <param name="tunnelId">Its id on this host.</param>
    /// <param name="force">Removes its sessions too; without it a tunnel that has any stays.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <exception cref="NetworkException">ObjectNotFound, ResourceBusy (it has sessions), KindNotSupported, PermissionDenied.</exception>
    public void RemoveTunnel(uint tunnelId, bool force = false, CancellationToken cancellation = default)
    {
        var tunnel = GetTunnel(tunnelId, cancellation);
        if (tunnel.Sessions.Count > 0 && !force)
        {
            throw new NetworkException(
                NetworkErrorCode.ResourceBusy,
                $"Tunnel {tunnelId} has {(tunnel.Sessions.Count == 1 ? $"session {tunnel.Sessions[0]}" : $"{tunnel.Sessions.Count} sessions")}.",
                Text(tunnelId))
            {
                Advice =
                [
                    Advice.Override,
                    Advice.To(
                        AdviceKind.Remove,
                        AdviceThing.Session,
                        _stack.Namespace.Text,
                        null,
                        (nameof(tunnel.TunnelId), Text(tunnelId))),
                ],
            };
        }

        // The kernel removes the sessions with it, so that no tunnel without sessions stays if this process is killed.
        var links = tunnel.Sessions.Count == 0
            ? [] : _stack.Links.List(new LinkFilter { SkipStatistics = true }, cancellation)
                .Where(link => link.Details is L2tpLinkDetails session && session.TunnelId == tunnelId).ToList();
        cancellation.ThrowIfCancellationRequested();
        DeleteTunnel(tunnelId);
        WaitUntil(() => links.TrueForAll(IsGone), $"The links of tunnel {tunnelId}", Text(tunnelId));
    }

    private bool IsGone(NetLink link) => _stack.Links.Find(link.Name) is not { } now || now.Index != link.Index;

    private void DeleteTunnel(uint tunnelId)
    {
        try
        {
            _stack.Generic.Execute(s_family, L2tpCommand.TunnelDelete, request => request.Put(L2tpAttr.ConnId, tunnelId));
        }
        catch (NetlinkErrorException e) when (e.Errno == Native.LibC.ENODEV)
        {
            throw TunnelNotFound(tunnelId);
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(e, $"remove tunnel {tunnelId}", Text(tunnelId), NetworkErrorCode.ObjectNotFound);
        }

        // The kernel does it later; until then the id and the port are taken.
        WaitUntil(() => FindTunnel(tunnelId, CancellationToken.None) is null, $"Tunnel {tunnelId}", Text(tunnelId));
    }

    /// <summary>Reads a tunnel without its sessions.</summary>
    /// <returns>Null if there is none of that id.</returns>
    internal L2tpTunnel? FindTunnel(uint tunnelId, CancellationToken cancellation)
    {
        L2tpTunnel? tunnel = null;
        try
        {
            _stack.Generic.Execute(
                s_family,
                L2tpCommand.TunnelGet,
                request => request.Put(L2tpAttr.ConnId, tunnelId),
                reply => tunnel ??= L2tpMessages.ReadTunnel(reply, _stack.Namespace),
                cancellation: cancellation);
        }
        catch (NetlinkErrorException e) when (e.Errno == Native.LibC.ENODEV)
        {
            return null;
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(e, $"read tunnel {tunnelId}", Text(tunnelId), NetworkErrorCode.ObjectNotFound);
        }

        return tunnel;
    }

    private List<T> Dump<T>(
        byte command,
        ReplyParser<T> parse,
        Func<T, object> keyOf,
        string operation,
        CancellationToken cancellation)
        where T : class
    {
        try
        {
            return _stack.Generic.DumpTwice(s_family, command, parse, keyOf, cancellation);
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(e, operation, null, NetworkErrorCode.ObjectNotFound);
        }
    }

    private NetworkException TunnelRefused(L2tpTunnelSpec spec, NetlinkErrorException refusal)
    {
        var id = Text(spec.TunnelId);
        return refusal.Errno switch
        {
            Native.LibC.EEXIST => new NetworkException(
                NetworkErrorCode.ObjectExists, $"There is a tunnel {id} in namespace '{_stack.Namespace}' already.", id, refusal)
            {
                Advice =
                [
                    Advice.Choose(nameof(spec.TunnelId)), Advice.List(AdviceThing.Tunnel, _stack.Namespace.Text),
                ],
            },
            EADDRNOTAVAIL => new NetworkException(
                NetworkErrorCode.AddressNotFound,
                $"No interface in namespace '{_stack.Namespace}' has the local address {spec.Local}{(spec.Local.AddressFamily == AddressFamily.InterNetworkV6 ? ", or it is still being checked for duplicates" : string.Empty)}.",
                spec.Local.ToString(),
                refusal) { Advice = [Advice.List(AdviceThing.IPAddress, _stack.Namespace.Text)] },
            ENETUNREACH => new NetworkException(
                NetworkErrorCode.NextHopUnreachable,
                $"There is no route from namespace '{_stack.Namespace}' to {spec.Remote}, and the kernel connects a tunnel when it is made.",
                spec.Remote.ToString(),
                refusal)
            {
                Advice = [Advice.To(AdviceKind.Create, AdviceThing.Route, _stack.Namespace.Text)],
            },
            EADDRINUSE when spec.Encapsulation == L2tpEncapsulation.Udp => new NetworkException(
                NetworkErrorCode.ResourceBusy,
                $"UDP port {spec.SourcePort ?? L2tpTunnelSpec.DefaultPort} of {spec.Local} is in use, by another tunnel or a program. The other host sends to it, so both change together.",
                id,
                refusal) { Advice = [Advice.Choose(nameof(spec.SourcePort))] },
            EADDRINUSE => new NetworkException(NetworkErrorCode.ResourceBusy, $"Tunnel id {id} is in use on {spec.Local}.", id, refusal)
            {
                Advice = [Advice.Choose(nameof(spec.TunnelId))],
            },
            ESOCKTNOSUPPORT or EPROTONOSUPPORT or EAFNOSUPPORT => s_family.Missing(
                refusal, spec.Encapsulation == L2tpEncapsulation.Udp ? null : spec.Local.AddressFamily == AddressFamily.InterNetworkV6 ? "l2tp_ip6" : "l2tp_ip"),
            _ => KernelErrors.Explain(refusal, $"create tunnel {id} from {spec.Local} to {spec.Remote}", id, NetworkErrorCode.ObjectNotFound, NetworkErrorCode.ObjectExists),
        };
    }

    private NetworkException TunnelNotFound(uint tunnelId)
        => new(NetworkErrorCode.ObjectNotFound, $"There is no L2TP tunnel {tunnelId} in namespace '{_stack.Namespace}'.", Text(tunnelId))
        {
            Advice = [Advice.List(AdviceThing.Tunnel, _stack.Namespace.Text)],
        };

    private static void WaitUntil(Func<bool> gone, string what, string target)
    {
        var since = Stopwatch.GetTimestamp();
        for (var pause = 1; !gone(); pause = Math.Min(pause * 2, 50))
        {
            if (Stopwatch.GetElapsedTime(since) > s_patience)
                throw new NetworkException(NetworkErrorCode.TimedOut, $"{what} is still there {s_patience.TotalSeconds:0} seconds after the kernel took its removal on.", target);
            Thread.Sleep(pause);
        }
    }

    private static string Text(uint id) => id.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Gives a stack its <see cref="L2tpOperations"/>.</summary>
public static class L2tpOperationsOfStack
{
    extension(NetworkStack stack)
    {
        /// <summary>L2TPv3 tunnels and their sessions.</summary>
        public L2tpOperations L2tp => stack.Operations<L2tpOperations>();
    }
}
