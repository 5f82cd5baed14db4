using System.Diagnostics;
using System.Globalization;
using LxcNetworking.Generic;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.L2tp;

/// <summary>Reads L2TP tunnels and sessions of one namespace from the kernel.</summary>
internal sealed class L2tpReader(NetworkStack stack)
{
    /// <summary>The kernel's generic netlink family.</summary>
    public static readonly GenericFamily Family = new("l2tp", 1, "l2tp_eth");

    private static readonly TimeSpan s_removalTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Lists tunnels without their sessions.</summary>
    public List<L2tpTunnel> DumpTunnels(CancellationToken cancellation)
        => Dump(
            L2tpCommand.TunnelGet,
            reply => L2tpMessages.ReadTunnel(reply, stack.Namespace),
            tunnel => tunnel.TunnelId,
            "list the L2TP tunnels",
            cancellation);

    /// <summary>Lists sessions without their links.</summary>
    public List<L2tpSession> DumpSessions(CancellationToken cancellation)
        => Dump(
            L2tpCommand.SessionGet,
            reply => L2tpMessages.ReadSession(reply, stack.Namespace),
            session => (session.TunnelId, session.SessionId),
            "list the L2TP sessions",
            cancellation);

    /// <summary>Reads a tunnel without its sessions.</summary>
    /// <returns>Null if there is none of that id.</returns>
    public L2tpTunnel? FindTunnel(uint tunnelId, CancellationToken cancellation)
    {
        L2tpTunnel? tunnel = null;
        try
        {
            stack.Generic.Execute(
                Family,
                L2tpCommand.TunnelGet,
                request => request.Put(L2tpAttr.ConnId, tunnelId),
                reply => tunnel ??= L2tpMessages.ReadTunnel(reply, stack.Namespace),
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

    /// <summary>Reads a session without its link.</summary>
    /// <returns>Null if there is none of that id.</returns>
    public L2tpSession? FindSession(uint tunnelId, uint sessionId, CancellationToken cancellation)
    {
        L2tpSession? session = null;
        try
        {
            stack.Generic.Execute(
                Family,
                L2tpCommand.SessionGet,
                request => request.Put(L2tpAttr.ConnId, tunnelId).Put(L2tpAttr.SessionId, sessionId),
                reply => session ??= L2tpMessages.ReadSession(reply, stack.Namespace),
                cancellation: cancellation);
        }
        catch (NetlinkErrorException e) when (e.Errno == Native.LibC.ENODEV)
        {
            return null;
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(
                e,
                $"read session {sessionId} of tunnel {tunnelId}",
                Text(tunnelId, sessionId),
                NetworkErrorCode.ObjectNotFound);
        }

        return session;
    }

    /// <summary>Says that there is no tunnel of an id.</summary>
    public NetworkException TunnelNotFound(uint tunnelId)
        => new(
            NetworkErrorCode.ObjectNotFound,
            $"There is no L2TP tunnel {tunnelId} in namespace '{stack.Namespace}'.",
            Text(tunnelId))
        {
            Advice = [Advice.List(AdviceThing.Tunnel, stack.Namespace.Text)],
        };

    /// <summary>Says that there is no session of an id.</summary>
    public NetworkException SessionNotFound(uint tunnelId, uint sessionId) => new(
        NetworkErrorCode.ObjectNotFound,
        $"There is no session {sessionId} in L2TP tunnel {tunnelId} in namespace '{stack.Namespace}'.",
        Text(tunnelId, sessionId))
    { Advice = [Advice.List(AdviceThing.Session, stack.Namespace.Text)] };

    /// <summary>Whether a link is there no more.</summary>
    public bool IsGone(NetLink link) => stack.Links.Find(link.Name) is not { } now || now.Index != link.Index;

    /// <summary>Waits until the kernel has done a removal.</summary>
    /// <exception cref="NetworkException">TimedOut.</exception>
    public static void WaitUntil(Func<bool> gone, string what, string target)
    {
        var since = Stopwatch.GetTimestamp();
        for (var pause = 1; !gone(); pause = Math.Min(pause * 2, 50))
        {
            if (Stopwatch.GetElapsedTime(since) > s_removalTimeout)
            {
                throw new NetworkException(
                    NetworkErrorCode.TimedOut,
                    $"{what} is still there {s_removalTimeout.TotalSeconds:0} seconds after the kernel took its "
                        + "removal on.",
                    target);
            }

            Thread.Sleep(pause);
        }
    }

    /// <summary>A tunnel's id as text.</summary>
    public static string Text(uint id) => id.ToString(CultureInfo.InvariantCulture);

    /// <summary>A session's ids as text.</summary>
    public static string Text(uint tunnelId, uint sessionId)
        => string.Create(CultureInfo.InvariantCulture, $"{tunnelId}/{sessionId}");

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
            return stack.Generic.DumpTwice(Family, command, parse, keyOf, cancellation);
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(e, operation, null, NetworkErrorCode.ObjectNotFound);
        }
    }
}
