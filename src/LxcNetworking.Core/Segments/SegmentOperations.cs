using System.Globalization;
using System.Net.Sockets;
using LxcNetworking.Addressing;
using LxcNetworking.Bridges;
using LxcNetworking.L2tp;
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

    internal SegmentOperations(NetworkStack stack) => _stack = stack;

    static SegmentOperations IStackOperations<SegmentOperations>.On(NetworkStack stack) => new(stack);

    /// <summary>Makes this host's part of a segment. If any of it cannot be, nothing stays behind.</summary>
    /// <param name="spec">What it is to be like.</param>
    /// <param name="cancellation">Ends it between steps; what was made is rolled back.</param>
    /// <returns>What was made and chosen.</returns>
    /// <exception cref="NetworkException">InvalidArgument, ObjectExists (the bridge is part of a segment), NotSupported
    /// (it is no bridge), AddressNotFound, ResourceBusy, KindNotSupported, PermissionDenied …</exception>
    public NetSegment Connect(SegmentSpec spec, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(spec);
        spec.Validate();
        if (!spec.Force)
            TunnelEnds.CheckHosts(_stack, spec.Local, spec.Remote, spec.Bridge, cancellation);
        foreach (var left in Abandoned(spec.Bridge, cancellation))
            Remove(left);
        var bridge = _stack.Links.Find(spec.Bridge, cancellation);
        if (bridge is not null and not BridgeLink)
            throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"'{spec.Bridge}' is not a bridge but {bridge.Kind}. Name another one, or one that is not there yet.",
                spec.Bridge);
        // The bridge alone is what stays of one where it has other ports.
        if (Parts(spec.Bridge, cancellation).Any(part => part is not BridgeLink))
            throw new NetworkException(
                NetworkErrorCode.ObjectExists,
                $"'{spec.Bridge}' is part of a segment already. All its hosts are named at once.",
                spec.Bridge)
            {
                Advice = [Advice.To(AdviceKind.Remove, AdviceThing.Segment, _stack.Namespace.Text, spec.Bridge)],
            };

        return Rollback.Run(undo => Build(spec, bridge, undo, cancellation));
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
        IReadOnlyList<NetLink> parts = [.. Parts(bridge, cancellation), .. Abandoned(bridge, cancellation)];
        if (parts.Count == 0)
            throw new NetworkException(
                NetworkErrorCode.ObjectNotFound,
                $"'{KernelText.Printable(bridge)}' in namespace '{_stack.Namespace}' is not part of a segment.",
                bridge);
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
        // Tunnels before what carries them, the bridge last.
        foreach (var part in parts.OrderBy(link => link is WireGuardLink ? 1 : link is BridgeLink ? 2 : 0))
        {
            if (part is not BridgeLink || _stack.Bridges.Get(part.Name, CancellationToken.None).Ports.Count == 0)
                Remove(part);
        }
    }

    private NetSegment Build(SegmentSpec spec, NetLink? found, Rollback undo, CancellationToken cancellation)
    {
        var bridge = PrepareBridge(spec, found, undo, cancellation);
        var (local, remotes) = (spec.Local, spec.Remote);
        NetLink? wireGuard = null;
        if (spec.Encryption is { } encryption)
        {
            wireGuard = Encrypt(spec, encryption, undo, cancellation);
            (local, remotes) = (
                SegmentPlan.InnerAddress(spec.KeyOrDefault, local),
                [.. remotes.Select(remote => SegmentPlan.InnerAddress(spec.KeyOrDefault, remote))]);
        }

        var tunnels = MakeTunnels(spec, local, remotes, undo, out var reason, cancellation);
        var mtu = tunnels.Min(tunnel => tunnel.Mtu);
        FitBridge(spec, bridge.Index, mtu, undo, cancellation);
        return new NetSegment(spec, _stack.Links.Get(bridge.Index, cancellation))
        {
            Tunnel = [.. tunnels.Select(tunnel => tunnel.Name)],
            WireGuardLink = wireGuard?.Name,
            PublicKey = spec.Encryption?.PrivateKey.PublicKey(),
            Mtu = mtu,
            MtuReason = reason ?? string.Empty,
            LargerPort =
            [
                .. _stack.Links.List(new LinkFilter { Master = spec.Bridge, SkipStatistics = true }, cancellation)
                    .Where(port => port.Mtu > mtu).Select(port => port.Name),
            ],
        };
    }

    private NetLink PrepareBridge(
        SegmentSpec spec, NetLink? found, Rollback undo, CancellationToken cancellation)
    {
        if (found is not { Mtu: var before })
        {
            var bridge = _stack.Links.Create(
                new BridgeSpec(spec.Bridge) { Alias = SegmentPlan.Mark + spec.Bridge, Up = true }, cancellation);
            undo.Add($"remove '{spec.Bridge}'", () => Remove(bridge));
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

    private List<NetLink> MakeTunnels(
        SegmentSpec spec,
        IPAddress local,
        IReadOnlyList<IPAddress> remotes,
        Rollback undo,
        out string? reason,
        CancellationToken cancellation)
    {
        var tunnels = new List<NetLink>();
        reason = null;
        if (spec.Encapsulation == SegmentEncapsulation.Vxlan)
        {
            tunnels.Add(Make(
                new VxlanSpec(
                    SegmentPlan.FreeName(_stack, "vx", spec.Bridge),
                    new VxlanSettings { Vni = (int)spec.KeyOrDefault, Local = local, Port = spec.Port })
                {
                    FurtherRemotes = remotes,
                    Force = spec.Force,
                },
                spec, undo, ref reason, cancellation));
        }

        foreach (var remote in spec.Encapsulation == SegmentEncapsulation.Vxlan ? [] : remotes)
        {
            cancellation.ThrowIfCancellationRequested();
            var tunnel = spec.Encapsulation == SegmentEncapsulation.Gretap
                ? Make(
                    new GreSpec(
                        SegmentPlan.FreeName(_stack, "gt", spec.Bridge),
                        ethernet: true,
                        new GreSettings { Local = local, Remote = remote, Key = spec.Key, Ttl = 0 })
                    {
                        Force = spec.Force,
                    },
                    spec, undo, ref reason, cancellation)
                : MakeL2tp(spec, local, remote, remotes, undo, ref reason, cancellation);
            // Each host has a tunnel to each other one: what came by one tunnel must not leave by another, or it would
            // go round for ever.
            if (remotes.Count > 1)
                _stack.Bridges.ChangePort(tunnel.Name, new BridgePortSettings { Isolated = true }, cancellation);
            tunnels.Add(tunnel);
        }

        return tunnels;
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

    private NetLink Make(
        TunnelSpec tunnel, SegmentSpec spec, Rollback undo, ref string? reason, CancellationToken cancellation)
    {
        (tunnel.Master, tunnel.Mtu, tunnel.Alias, tunnel.Up) = (
            spec.Bridge, spec.Mtu, SegmentPlan.Mark + spec.Bridge, true);
        var link = _stack.Links.Create(tunnel, cancellation);
        undo.Add($"remove '{link.Name}'", () => Remove(link));
        reason ??= (link as TunnelLink)?.MtuReason;
        return link;
    }

    private NetLink MakeL2tp(
        SegmentSpec spec,
        IPAddress local,
        IPAddress remote,
        IReadOnlyList<IPAddress> remotes,
        Rollback undo,
        ref string? reason,
        CancellationToken cancellation)
    {
        var udp = spec.Encapsulation == SegmentEncapsulation.L2tp;
        int? port = udp ? SegmentPlan.PairPort(spec.Port ?? L2tpTunnelSpec.DefaultPort, local, remote, remotes) : null;
        uint Id(string what, IPAddress owner, IPAddress other) => SegmentPlan.Id(what, spec.KeyOrDefault, owner, other);
        var tunnelSpec = new L2tpTunnelSpec(Id("tunnel", local, remote), Id("tunnel", remote, local), local, remote)
        {
            Encapsulation = udp ? L2tpEncapsulation.Udp : L2tpEncapsulation.Ip,
            SourcePort = port,
            DestinationPort = port,
        };
        using var pending = PendingMark.Hold(_stack);
        var announced = Announce(spec.Bridge, tunnelSpec.TunnelId, pending, cancellation);
        if (announced is not null)
            undo.Add($"remove '{announced.Name}'", () => RemoveLink(announced));
        var tunnel = _stack.L2tp.CreateTunnel(tunnelSpec, cancellation);
        undo.Add($"remove tunnel {tunnel.TunnelId}", () => _stack.L2tp.RemoveTunnel(tunnel.TunnelId, force: true));
        var session = _stack.L2tp.CreateSession(
            new L2tpSessionSpec(tunnel.TunnelId, Id("session", local, remote), Id("session", remote, local))
            {
                Name = SegmentPlan.FreeName(_stack, "l2t", spec.Bridge),
                Bridge = spec.Bridge,
                Mtu = spec.Mtu,
                Up = true,
            },
            cancellation);
        reason ??= session.MtuReason;
        var link = session.Link!;
        _stack.Links.Change(link, new LinkChange { Alias = SegmentPlan.Mark + spec.Bridge }, cancellation);
        if (announced is not null)
            _stack.Links.Remove([announced], CancellationToken.None);
        return link;
    }

    // An L2TP tunnel has no place for a word about who makes it, so a link has it until the session's link can: if this
    // process is killed in between, the tunnel is found. None where somebody else's tunnel has the id.
    private NetLink? Announce(string bridge, uint tunnelId, PendingMark pending, CancellationToken cancellation)
        => _stack.L2tp.Reader.FindTunnel(tunnelId, cancellation) is not null
            ? null
            : _stack.Links.Create(
                new BridgeSpec(SegmentPlan.FreeName(_stack, "l2m", bridge))
                {
                    Alias = string.Create(CultureInfo.InvariantCulture, $"{SegmentPlan.TunnelMark}{tunnelId}"),
                    Group = pending.Group,
                },
                cancellation);

    private NetLink Encrypt(
        SegmentSpec spec, SegmentEncryption encryption, Rollback undo, CancellationToken cancellation)
    {
        var overhead = spec.Local.AddressFamily == AddressFamily.InterNetworkV6
            ? Underlay.WireGuardOverhead
            : Underlay.WireGuardOverhead - 20;
        var underlay = spec.Remote.Select(remote => Underlay.Mtu(_stack, remote, spec.Local)).Min();
        var link = _stack.Links.Create(
            new WireGuardSpec(
                SegmentPlan.FreeName(_stack, "wg", spec.Bridge),
                new WireGuardSettings { PrivateKey = encryption.PrivateKey, ListenPort = encryption.ListenPort })
            {
                Mtu = Underlay.InnerMtu(underlay, overhead),
                Alias = SegmentPlan.Mark + spec.Bridge,
                Up = true,
            },
            cancellation);
        undo.Add($"remove '{link.Name}'", () => Remove(link));
        for (var i = 0; i < spec.Remote.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var peer = new WireGuardPeerSpec(encryption.PeerPublicKey[i])
            {
                Endpoint = new EndpointAddress(spec.Remote[i], encryption.ListenPort),
                AllowedIP = [new IPPrefix(SegmentPlan.InnerAddress(spec.KeyOrDefault, spec.Remote[i]), 128)],
            };
            _stack.WireGuard.AddPeer(link, peer, cancellation);
        }

        try
        {
            _stack.Addresses.Create(
                link,
                [
                    new AddressSpec(new IPPrefix(
                        SegmentPlan.InnerAddress(spec.KeyOrDefault, spec.Local),
                        64)) { SkipDuplicateAddressDetection = true },
                ],
                cancellation: cancellation);
        }
        catch (NetworkException e) when (e.InnerException is NetlinkErrorException { Errno: Native.LibC.EACCES })
        {
            // IPv6 is off on new links. To switch it on for this one, as that message says, would not help: it goes
            // again.
            throw new NetworkException(
                NetworkErrorCode.NotSupported, $"'{link.Name}' cannot have an IPv6 address, which a segment uses "
                    + $"inside WireGuard: IPv6 is disabled in namespace '{_stack.Namespace}' (sysctl "
                    + "net.ipv6.conf.default.disable_ipv6=0 enables it).", link.Name, e);
        }

        return link;
    }

    private IReadOnlyList<NetLink> Parts(string bridge, CancellationToken cancellation)
        => [
            .. _stack.Links.List(new LinkFilter { SkipStatistics = true }, cancellation)
            .Where(link => link.Alias == SegmentPlan.Mark + bridge),
        ];

    // What was never completed, as its maker was killed, and would have become a part.
    private IReadOnlyList<NetLink> Abandoned(string bridge, CancellationToken cancellation)
        => [.. _stack.Links.List(new LinkFilter { SkipStatistics = true }, cancellation)
            .Where(link => PendingMark.IsAbandoned(_stack, link)
                && (link.Alias is null || AnnouncedTunnel(link) is not null)
                && (link.Name == bridge || SegmentPlan.IsName(link.Name, bridge)))];

    private static uint? AnnouncedTunnel(NetLink link)
        => link.Alias?.StartsWith(SegmentPlan.TunnelMark, StringComparison.Ordinal) == true
            && Digits.TryParse(link.Alias.AsSpan(SegmentPlan.TunnelMark.Length), out uint tunnelId) ? tunnelId : null;

    private void Remove(NetLink link)
    {
        var session = link.Details as L2tpLinkDetails;
        if ((session?.TunnelId ?? AnnouncedTunnel(link)) is { } tunnelId
            && _stack.L2tp.Reader.FindTunnel(tunnelId, CancellationToken.None) is not null
            && (session is not null || !HasPart(tunnelId)))
            _stack.L2tp.RemoveTunnel(tunnelId, force: true);
        // An L2TP session's link goes with its session alone.
        if (session is null)
            RemoveLink(link);
    }

    private void RemoveLink(NetLink link)
    {
        if (_stack.Links.Remove([link]) is [var failure, ..])
            throw failure.Error;
    }

    private bool HasPart(uint tunnelId)
        => _stack.Links.List(new LinkFilter { SkipStatistics = true })
            .Any(link => link.Alias is not null
                && link.Details is L2tpLinkDetails session && session.TunnelId == tunnelId);
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
