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

/// <summary>Makes and removes what leads from a segment's bridge to the other hosts.</summary>
internal sealed class SegmentTunnels(NetworkStack stack)
{
    /// <summary>Makes the tunnels as ports of the bridge.</summary>
    /// <param name="spec">The segment.</param>
    /// <param name="local">Where they begin, inside WireGuard where there is one.</param>
    /// <param name="remotes">Where they lead.</param>
    /// <param name="undo">Where their removal is put.</param>
    /// <param name="reason">Why they have their MTU.</param>
    /// <param name="cancellation">Ends it between steps.</param>
    public List<NetLink> Make(
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
                    SegmentPlan.FreeName(stack, "vx", spec.Bridge),
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
                        SegmentPlan.FreeName(stack, "gt", spec.Bridge),
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
                stack.Bridges.ChangePort(tunnel.Name, new BridgePortSettings { Isolated = true }, cancellation);
            tunnels.Add(tunnel);
        }

        return tunnels;
    }

    private NetLink Make(
        TunnelSpec tunnel, SegmentSpec spec, Rollback undo, ref string? reason, CancellationToken cancellation)
    {
        (tunnel.Master, tunnel.Mtu, tunnel.Alias, tunnel.Up) = (
            spec.Bridge, spec.Mtu, $"{SegmentMark.Of(spec)}", true);
        var link = stack.Links.Create(tunnel, cancellation);
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
        var (own, others) = (Id(SegmentPlan.TunnelId, local, remote), Id(SegmentPlan.TunnelId, remote, local));
        var tunnelSpec = new L2tpTunnelSpec(own, others, local, remote)
        {
            Encapsulation = udp ? L2tpEncapsulation.Udp : L2tpEncapsulation.Ip,
            SourcePort = port,
            DestinationPort = port,
        };
        using var pending = PendingMark.Hold(stack);
        var announced = Announce(spec.Bridge, tunnelSpec.TunnelId, pending, cancellation);
        if (announced is not null)
            undo.Add($"remove '{announced.Name}'", () => RemoveLink(announced));
        var tunnel = stack.L2tp.CreateTunnel(tunnelSpec, cancellation);
        undo.Add($"remove tunnel {tunnel.TunnelId}", () => stack.L2tp.RemoveTunnel(tunnel.TunnelId, force: true));
        var session = stack.L2tp.CreateSession(
            new L2tpSessionSpec(tunnel.TunnelId, Id("session", local, remote), Id("session", remote, local))
            {
                Name = SegmentPlan.FreeName(stack, "l2t", spec.Bridge),
                Bridge = spec.Bridge,
                Mtu = spec.Mtu,
                Up = true,
            },
            cancellation);
        reason ??= session.MtuReason;
        var link = session.Link!;
        stack.Links.Change(link, new LinkChange { Alias = $"{SegmentMark.Of(spec)}" }, cancellation);
        if (announced is not null)
            stack.Links.Remove([announced], CancellationToken.None);
        return link;
    }

    // An L2TP tunnel has no place for a word about who makes it, so a link has it until the session's link can: if this
    // process is killed in between, the tunnel is found. None where somebody else's tunnel has the id.
    private NetLink? Announce(string bridge, uint tunnelId, PendingMark pending, CancellationToken cancellation)
        => stack.L2tp.Reader.FindTunnel(tunnelId, cancellation) is not null
            ? null
            : stack.Links.Create(
                new BridgeSpec(SegmentPlan.FreeName(stack, "l2m", bridge))
                {
                    Alias = string.Create(CultureInfo.InvariantCulture, $"{SegmentMark.TunnelMark}{tunnelId}"),
                    Group = pending.Group,
                },
                cancellation);

    /// <summary>Makes what encrypts them.</summary>
    /// <param name="spec">The segment.</param>
    /// <param name="privateKey">This host's key.</param>
    /// <param name="undo">Where its removal is put.</param>
    /// <param name="cancellation">Ends it between steps.</param>
    public NetLink Encrypt(
        SegmentSpec spec, WireGuardSecret privateKey, Rollback undo, CancellationToken cancellation)
    {
        var encryption = spec.Encryption!;
        var overhead = spec.Local.AddressFamily == AddressFamily.InterNetworkV6
            ? Underlay.WireGuardOverhead
            : Underlay.WireGuardOverhead - 20;
        var underlay = spec.Remote.Select(remote => Underlay.Mtu(stack, remote, spec.Local)).Min();
        var link = stack.Links.Create(
            new WireGuardSpec(
                SegmentPlan.FreeName(stack, "wg", spec.Bridge),
                new WireGuardSettings { PrivateKey = privateKey, ListenPort = encryption.ListenPort })
            {
                Mtu = Underlay.InnerMtu(underlay, overhead),
                Alias = $"{SegmentMark.Of(spec)}",
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
            stack.WireGuard.AddPeer(link, peer, cancellation);
        }

        try
        {
            stack.Addresses.Create(
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
                    + $"inside WireGuard: IPv6 is disabled in namespace '{stack.Namespace}' (sysctl "
                    + "net.ipv6.conf.default.disable_ipv6=0 enables it).", link.Name, e);
        }

        return link;
    }

    /// <summary>Removes a link that was made for a segment, with its L2TP tunnel.</summary>
    public void Remove(NetLink link)
    {
        var session = link.Details as L2tpLinkDetails;
        if ((session?.TunnelId ?? SegmentMark.AnnouncedTunnel(link)) is { } tunnelId
            && stack.L2tp.Reader.FindTunnel(tunnelId, CancellationToken.None) is not null
            && (session is not null || !HasPart(tunnelId)))
            stack.L2tp.RemoveTunnel(tunnelId, force: true);
        // An L2TP session's link goes with its session alone.
        if (session is null)
            RemoveLink(link);
    }

    private void RemoveLink(NetLink link)
    {
        if (stack.Links.Remove([link]) is [var failure, ..])
            throw failure.Error;
    }

    private bool HasPart(uint tunnelId)
        => stack.Links.List(new LinkFilter { SkipStatistics = true })
            .Any(link => link.Alias is not null
                && link.Details is L2tpLinkDetails session && session.TunnelId == tunnelId);
}
