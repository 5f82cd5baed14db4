using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.L2tp;

/// <summary>L2TPv3 tunnels whose sockets are the kernel's, as <c>ip l2tp</c> makes them, and their Ethernet sessions
/// (RFC 3931, linux/l2tp.h).</summary>
public sealed class L2tpOperations : IStackOperations<L2tpOperations>
{
    /// <summary>The kind that this library gives sessions' links, after the kernel's device type; the kernel gives them
    /// none.</summary>
    public const string LinkKindName = "l2tpeth";

    private readonly L2tpTunnels _tunnels;
    private readonly L2tpSessions _sessions;

    internal L2tpOperations(NetworkStack stack)
    {
        Reader = new L2tpReader(stack);
        _tunnels = new L2tpTunnels(stack, Reader);
        _sessions = new L2tpSessions(stack, Reader);
    }

    internal L2tpReader Reader { get; }

    static L2tpOperations IStackOperations<L2tpOperations>.On(NetworkStack stack) => new(stack);

    /// <summary>Lists tunnels with their sessions' ids.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The tunnels.</returns>
    /// <exception cref="NetworkException">KindNotSupported, PermissionDenied.</exception>
    public IReadOnlyList<L2tpTunnel> ListTunnels(CancellationToken cancellation = default)
        => _tunnels.List(cancellation);

    /// <summary>Reads one tunnel with its sessions' ids.</summary>
    /// <param name="tunnelId">Its id on this host.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The tunnel.</returns>
    /// <exception cref="NetworkException">ObjectNotFound, KindNotSupported, PermissionDenied.</exception>
    public L2tpTunnel GetTunnel(uint tunnelId, CancellationToken cancellation = default)
        => _tunnels.Get(tunnelId, cancellation);

    /// <summary>Makes a tunnel.</summary>
    /// <param name="spec">What it is to be like.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>The tunnel, read back.</returns>
    /// <exception cref="NetworkException">InvalidArgument, ObjectExists, AddressNotFound (an address that the host does
    /// not have), ResourceBusy (a UDP port in use), KindNotSupported, PermissionDenied.</exception>
    public L2tpTunnel CreateTunnel(L2tpTunnelSpec spec, CancellationToken cancellation = default)
        => _tunnels.Create(spec, cancellation);

    /// <summary>Removes a tunnel, and returns when it is gone.</summary>
    /// <param name="tunnelId">Its id on this host.</param>
    /// <param name="force">Removes its sessions too; without it a tunnel that has any stays.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <exception cref="NetworkException">ObjectNotFound, ResourceBusy (it has sessions), KindNotSupported,
    /// PermissionDenied.</exception>
    public void RemoveTunnel(uint tunnelId, bool force = false, CancellationToken cancellation = default)
        => _tunnels.Remove(tunnelId, force, cancellation);

    /// <summary>Lists sessions with their links.</summary>
    /// <param name="tunnelId">Only of this tunnel; null for all.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The sessions.</returns>
    /// <exception cref="NetworkException">ObjectNotFound (no such tunnel), KindNotSupported,
    /// PermissionDenied.</exception>
    public IReadOnlyList<L2tpSession> ListSessions(
        uint? tunnelId = null, CancellationToken cancellation = default)
        => _sessions.List(tunnelId, cancellation);

    /// <summary>Reads one session with its link.</summary>
    /// <param name="tunnelId">The tunnel's id on this host.</param>
    /// <param name="sessionId">The session's id on this host.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The session.</returns>
    /// <exception cref="NetworkException">ObjectNotFound, KindNotSupported, PermissionDenied.</exception>
    public L2tpSession GetSession(uint tunnelId, uint sessionId, CancellationToken cancellation = default)
        => _sessions.Get(tunnelId, sessionId, cancellation);

    /// <summary>Makes an Ethernet session with its link, as a bridge's port if wanted. If any of it cannot be, nothing
    /// stays behind.</summary>
    /// <param name="spec">What it is to be like.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>The session, read back.</returns>
    /// <exception cref="NetworkException">InvalidArgument, ObjectNotFound (no such tunnel), ObjectExists (the id is
    /// taken), LinkExists, LinkNotFound (no such bridge), NotSupported, KindNotSupported, PermissionDenied.</exception>
    public L2tpSession CreateSession(L2tpSessionSpec spec, CancellationToken cancellation = default)
        => _sessions.Create(spec, cancellation);

    /// <summary>Removes a session and its link, and returns when both are gone.</summary>
    /// <param name="tunnelId">The tunnel's id on this host.</param>
    /// <param name="sessionId">The session's id on this host.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <exception cref="NetworkException">ObjectNotFound, KindNotSupported, PermissionDenied.</exception>
    public void RemoveSession(uint tunnelId, uint sessionId, CancellationToken cancellation = default)
        => _sessions.Remove(tunnelId, sessionId, cancellation);
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
