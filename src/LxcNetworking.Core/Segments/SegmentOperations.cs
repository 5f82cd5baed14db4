using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;
using LxcNetworking.WireGuard;

namespace LxcNetworking.Segments;

/// <summary>Layer-2 segments that span hosts: a bridge, tunnels from it to the other hosts, and what encrypts
/// them.</summary>
public sealed class SegmentOperations : IStackOperations<SegmentOperations>
{
    private readonly NetworkStack _stack;
    private readonly SegmentReader _reader;
    private readonly SegmentTunnels _tunnels;

    internal SegmentOperations(NetworkStack stack)
        => (_stack, _reader, _tunnels) = (stack, new SegmentReader(stack), new SegmentTunnels(stack));

    static SegmentOperations IStackOperations<SegmentOperations>.On(NetworkStack stack) => new(stack);

    /// <summary>Lists this host's parts of segments, as their links tell them.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The segments, in the order of their bridges' names.</returns>
    /// <exception cref="NetworkException">PermissionDenied …</exception>
    public IReadOnlyList<NetSegment> List(CancellationToken cancellation = default) => _reader.List(cancellation);

    /// <summary>Reads this host's part of a segment.</summary>
    /// <param name="bridge">The bridge.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The segment.</returns>
    /// <exception cref="NetworkException">ObjectNotFound: the bridge is not part of a segment.</exception>
    public NetSegment Get(string bridge, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(bridge);
        return _reader.List(cancellation).FirstOrDefault(segment => segment.Bridge == bridge)
            ?? throw NotFound(bridge);
    }

    /// <summary>Makes this host's part of a segment. If any of it cannot be, nothing stays behind.</summary>
    /// <param name="spec">What it is to be like.</param>
    /// <param name="cancellation">Ends it between steps; what was made is rolled back.</param>
    /// <returns>What was made and chosen.</returns>
    /// <exception cref="NetworkException">InvalidArgument, ObjectExists (the bridge is part of a segment), NotSupported
    /// (it is no bridge), AddressNotFound, ResourceBusy, KindNotSupported, PermissionDenied …</exception>
    public NetSegment Connect(SegmentSpec spec, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(spec);
        Check(spec, cancellation);
        foreach (var left in Abandoned(spec.Bridge, cancellation))
            _tunnels.Remove(left);
        var bridge = _stack.Links.Find(spec.Bridge, cancellation);
        if (bridge is not null and not BridgeLink)
            throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"'{spec.Bridge}' is not a bridge but {bridge.Kind}. Name another one, or one that is not there yet.",
                spec.Bridge);
        // The bridge alone is what stays of one where it has other ports.
        if (_reader.Parts(spec.Bridge, cancellation).Any(part => part is not BridgeLink))
            throw new NetworkException(
                NetworkErrorCode.ObjectExists,
                $"'{spec.Bridge}' is part of a segment already. All its hosts are named at once.",
                spec.Bridge)
            {
                Advice = [Advice.To(AdviceKind.Remove, AdviceThing.Segment, _stack.Namespace.Text, spec.Bridge)],
            };

        using var read = spec.Encryption is { PrivateKey: null, PrivateKeyFile: { } file }
            ? WireGuardSecret.FromFile(file) : null;
        return Rollback.Run(undo => Build(spec, read ?? spec.Encryption?.PrivateKey, bridge, undo, cancellation));
    }

    /// <summary>Takes away what <see cref="Connect"/> made for a bridge. A bridge that was there before stays, and so
    /// does one that has other ports.</summary>
    /// <param name="bridge">The bridge.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <exception cref="NetworkException">ObjectNotFound; ResourceBusy: only the bridge is left, and has other ports;
    /// PermissionDenied.</exception>
    public void Disconnect(string bridge, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(bridge);
        Disconnect(bridge, _ => false, cancellation);
    }

    /// <summary>Takes away what <see cref="Connect"/> made for a bridge.</summary>
    /// <param name="bridge">The bridge.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <param name="isOthers">Whether somebody else has taken the bridge over, so that it stays.</param>
    internal void Disconnect(string bridge, Func<NetLink, bool> isOthers, CancellationToken cancellation)
    {
        IReadOnlyList<NetLink> parts = [.. _reader.Parts(bridge, cancellation), .. Abandoned(bridge, cancellation)];
        if (parts.Count == 0)
            throw NotFound(bridge);
        if (parts is [BridgeLink left] && _stack.Bridges.Get(left.Name, cancellation).Ports is { Count: > 0 } ports)
        {
            throw new NetworkException(
                NetworkErrorCode.ResourceBusy,
                $"The segment of '{bridge}' is disconnected already, and the bridge stays as long as it has ports: "
                    + $"{string.Join(", ", ports.Take(5))}{(ports.Count > 5 ? " …" : string.Empty)}.",
                bridge)
            {
                Advice =
                [
                    Advice.To(AdviceKind.Detach, AdviceThing.Link, _stack.Namespace.Text, ports[0]),
                    Advice.To(AdviceKind.Remove, AdviceThing.Link, _stack.Namespace.Text, bridge),
                ],
            };
        }

        cancellation.ThrowIfCancellationRequested();
        RemoveParts(parts.Where(part => part is not BridgeLink));
        foreach (var part in parts.OfType<BridgeLink>())
        {
            if (isOthers(part))
                _stack.Links.Change(part, new LinkChange { Alias = string.Empty }, CancellationToken.None);
            else if (_stack.Bridges.Get(part.Name, CancellationToken.None).Ports.Count == 0)
                _tunnels.Remove(part);
        }
    }

    /// <summary>Makes it in the place of all parts of one that there are but the bridge, which stays with its ports and
    /// addresses. If it cannot be, none is left.</summary>
    internal void Reconnect(SegmentSpec spec, CancellationToken cancellation)
    {
        Check(spec, cancellation);
        cancellation.ThrowIfCancellationRequested();
        RemoveParts(_reader.Parts(spec.Bridge, cancellation).Where(part => part is not BridgeLink));
        Connect(spec, cancellation);
    }

    private void Check(SegmentSpec spec, CancellationToken cancellation)
    {
        spec.Validate();
        if (spec.Encryption is { PrivateKey: null, PrivateKeyFile: null })
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"The segment of '{spec.Bridge}' cannot be: it needs this host's private key.",
                spec.Bridge);
        }

        if (!spec.Force)
            TunnelEnds.CheckHosts(_stack, spec.Local, spec.Remote, spec.Bridge, cancellation);
    }

    // Tunnels before what carries them.
    private void RemoveParts(IEnumerable<NetLink> parts)
    {
        foreach (var part in parts.OrderBy(link => link is WireGuardLink ? 1 : 0))
            _tunnels.Remove(part);
    }

    private NetworkException NotFound(string bridge) => new(
        NetworkErrorCode.ObjectNotFound,
        $"'{KernelText.Printable(bridge)}' in namespace '{_stack.Namespace}' is not part of a segment.",
        bridge)
    {
        Advice = [Advice.List(AdviceThing.Segment, _stack.Namespace.Text)],
    };

    private NetSegment Build(
        SegmentSpec spec,
        WireGuardSecret? privateKey,
        NetLink? found,
        Rollback undo,
        CancellationToken cancellation)
    {
        var bridge = PrepareBridge(spec, found, undo, cancellation);
        var (local, remotes) = (spec.Local, spec.Remote);
        NetLink? wireGuard = null;
        if (spec.Encryption is not null)
        {
            wireGuard = _tunnels.Encrypt(spec, privateKey!, undo, cancellation);
            (local, remotes) = (
                SegmentPlan.InnerAddress(spec.KeyOrDefault, local),
                [.. remotes.Select(remote => SegmentPlan.InnerAddress(spec.KeyOrDefault, remote))]);
        }

        var tunnels = _tunnels.Make(spec, local, remotes, undo, out var reason, cancellation);
        var mtu = tunnels.Min(tunnel => tunnel.Mtu);
        FitBridge(spec, bridge.Index, mtu, undo, cancellation);
        var segment = NetSegment.Of(_stack.Namespace, spec, privateKey?.PublicKey());
        segment.BridgeLink = _stack.Links.Get(bridge.Index, cancellation);
        segment.Tunnel = [.. tunnels.Select(tunnel => tunnel.Name)];
        segment.WireGuardLink = wireGuard?.Name;
        segment.Mtu = mtu;
        segment.MtuReason = reason ?? string.Empty;
        segment.FindLargerPorts(
            _stack.Links.List(new LinkFilter { Master = spec.Bridge, SkipStatistics = true }, cancellation));
        return segment;
    }

    private NetLink PrepareBridge(
        SegmentSpec spec, NetLink? found, Rollback undo, CancellationToken cancellation)
    {
        if (found is not { Mtu: var before })
        {
            var bridge = _stack.Links.Create(
                new BridgeSpec(spec.Bridge) { Alias = $"{new SegmentMark(spec.Bridge)}", Up = true }, cancellation);
            undo.Add($"remove '{spec.Bridge}'", () => _tunnels.Remove(bridge));
            return bridge;
        }

        // Each tunnel lowers it if need be. What the kernel then raises by itself again is not set, or it would stay
        // set.
        undo.Add($"set the MTU of '{spec.Bridge}' back to {before}", () =>
        {
            if (_stack.Links.Get(spec.Bridge) is var now && now.Mtu != before)
                _stack.Links.Change(now, new LinkChange { Mtu = (int)before });
        });
        return found;
    }

    private void FitBridge(SegmentSpec spec, int index, long mtu, Rollback undo, CancellationToken cancellation)
    {
        var bridge = _stack.Links.Get(index, cancellation);
        // The kernel fits a bridge to its ports unless somebody has set its MTU.
        if (bridge.Mtu > mtu)
            _stack.Links.Change(bridge, new LinkChange { Mtu = (int)mtu }, cancellation);

        if (!bridge.IsUp)
        {
            undo.Add(
                $"take '{spec.Bridge}' down",
                () => _stack.Links.Change(_stack.Links.Get(spec.Bridge), new LinkChange { Up = false }));
            _stack.Links.Change(bridge, new LinkChange { Up = true }, cancellation);
        }
    }

    // What was never completed, as its maker was killed, and would have become a part.
    private IReadOnlyList<NetLink> Abandoned(string bridge, CancellationToken cancellation)
        => [.. _stack.Links.List(new LinkFilter { SkipStatistics = true }, cancellation)
            .Where(link => PendingMark.IsAbandoned(_stack, link)
                && (link.Alias is null || SegmentMark.AnnouncedTunnel(link) is not null)
                && (link.Name == bridge || SegmentPlan.IsName(link.Name, bridge)))];
}

/// <summary>Gives a stack its <see cref="SegmentOperations"/>.</summary>
public static class SegmentOperationsOfStack
{
    extension(NetworkStack stack)
    {
        /// <summary>Layer-2 segments that span hosts.</summary>
        public SegmentOperations Segments => stack.Operations<SegmentOperations>();
    }
}
