using System.Net.Sockets;
using LxcNetworking.Bridges;
using LxcNetworking.L2tp;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;
using LxcNetworking.WireGuard;

namespace LxcNetworking.Segments;

/// <summary>Reads segments from their links.</summary>
internal sealed class SegmentReader(NetworkStack stack)
{
    /// <summary>A tunnel's two ends, inside WireGuard where there is one.</summary>
    private sealed record SegmentTunnel(NetLink Link, SegmentMark Mark, SegmentEncapsulation Encapsulation)
    {
        public IPAddress? Local { get; init; }

        public IReadOnlyList<IPAddress> Remotes { get; init; } = [];

        public long? Key { get; init; }

        public int? Port { get; init; }

        public uint? Id { get; init; }
    }

    /// <summary>The links that were made for a segment.</summary>
    public IReadOnlyList<NetLink> Parts(string bridge, CancellationToken cancellation)
        => [.. Links(cancellation).Where(link => SegmentMark.Read(link.Alias)?.Bridge == bridge)];

    /// <summary>Reads all segments that have a tunnel.</summary>
    public IReadOnlyList<NetSegment> List(CancellationToken cancellation)
    {
        var links = Links(cancellation);
        var tunnels = Tunnels(links, cancellation).ToLookup(tunnel => tunnel.Mark.Bridge, StringComparer.Ordinal);
        return
        [
            .. tunnels.OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => SegmentOf(group.Key, [.. group], links, cancellation)),
        ];
    }

    private IReadOnlyList<NetLink> Links(CancellationToken cancellation)
        => stack.Links.List(new LinkFilter { SkipStatistics = true }, cancellation);

    private List<SegmentTunnel> Tunnels(IReadOnlyList<NetLink> links, CancellationToken cancellation)
    {
        var result = new List<SegmentTunnel>();
        ILookup<int, BridgeFdbEntry>? entries = null;
        Dictionary<uint, L2tpTunnel>? byId = null;
        foreach (var link in links)
        {
            if (SegmentMark.Read(link.Alias) is not { } mark)
                continue;
            switch (link.Details)
            {
                case VxlanSettings vxlan:
                    entries ??= stack.Bridges.ListFdb(null, cancellation).ToLookup(entry => entry.InterfaceIndex);
                    result.Add(new SegmentTunnel(link, mark, SegmentEncapsulation.Vxlan)
                    {
                        Local = vxlan.Local,
                        Remotes = [.. entries[link.Index].Where(entry => entry.Self && entry.MacAddress.IsZero)
                            .Select(entry => entry.Destination).OfType<IPAddress>()],
                        Key = vxlan.Vni,
                        Port = vxlan.Port,
                    });
                    break;
                case GreSettings gre when link.Kind is "gretap" or "ip6gretap":
                    result.Add(new SegmentTunnel(link, mark, SegmentEncapsulation.Gretap)
                    {
                        Local = gre.Local,
                        Remotes = gre.Remote is { } remote ? [remote] : [],
                        Key = gre.Key,
                    });
                    break;
                case L2tpLinkDetails session:
                    byId ??= stack.L2tp.Reader.DumpTunnels(cancellation).ToDictionary(tunnel => tunnel.TunnelId);
                    if (byId.TryGetValue(session.TunnelId, out var found))
                        result.Add(TunnelOf(link, mark, found));
                    break;
            }
        }

        return result;
    }

    private static SegmentTunnel TunnelOf(NetLink link, SegmentMark mark, L2tpTunnel tunnel) => new(
        link,
        mark,
        tunnel.Encapsulation == L2tpEncapsulation.Udp ? SegmentEncapsulation.L2tp : SegmentEncapsulation.L2tpIp)
    {
        Local = tunnel.Local,
        Remotes = tunnel.Remote is { } remote ? [remote] : [],
        Port = tunnel.SourcePort,
        Id = tunnel.TunnelId,
    };

    private NetSegment SegmentOf(
        string bridge,
        IReadOnlyList<SegmentTunnel> tunnels,
        IReadOnlyList<NetLink> links,
        CancellationToken cancellation)
    {
        var first = tunnels[0];
        var link = links.FirstOrDefault(link => link.Name == bridge && link is BridgeLink);
        // One that is no port of the bridge leads nowhere.
        var ports = tunnels.Where(tunnel => tunnel.Encapsulation == first.Encapsulation && link is not null
            && tunnel.Link.MasterIndex == link.Index).ToList();
        var key = KeyOf(first);
        var segment = new NetSegment(stack.Namespace, bridge)
        {
            BridgeLink = link,
            Encapsulation = first.Encapsulation,
            Local = first.Local,
            Remote = [.. ports.SelectMany(tunnel => tunnel.Remotes).Order()],
            Key = key,
            Port = PortOf(first, [.. tunnels.SelectMany(tunnel => tunnel.Remotes)]),
            Tunnel = [.. ports.Select(tunnel => tunnel.Link.Name)],
            Mtu = tunnels.Min(tunnel => tunnel.Link.Mtu),
            HasGivenMtu = first.Mark.HasMtu,
            FirstTunnelIndex = tunnels.Min(tunnel => tunnel.Link.Index),
        };
        segment.FindLargerPorts(links);
        var wireGuard = links.OfType<WireGuardLink>()
            .FirstOrDefault(link => SegmentMark.Read(link.Alias)?.Bridge == bridge);
        return wireGuard is null ? segment : Outside(segment, key ?? SegmentSpec.DefaultKey, wireGuard, cancellation);
    }

    // Its ids tell whether they were made from that key.
    private static long? KeyOf(SegmentTunnel tunnel)
    {
        if (tunnel.Encapsulation is SegmentEncapsulation.Vxlan or SegmentEncapsulation.Gretap)
            return tunnel.Key;
        var key = tunnel.Mark.Key ?? 1;
        return tunnel is { Local: { } local, Remotes: [var remote, ..] }
            && SegmentPlan.Id(SegmentPlan.TunnelId, key, local, remote) == tunnel.Id ? key : null;
    }

    private static int? PortOf(SegmentTunnel tunnel, IReadOnlyList<IPAddress> remotes) => tunnel switch
    {
        { Encapsulation: SegmentEncapsulation.L2tp, Port: { } port, Local: { } local, Remotes: [var remote, ..] }
            => port - SegmentPlan.PairPort(0, local, remote, remotes),
        _ => tunnel.Port,
    };

    // The tunnels' ends are addresses inside WireGuard, which are made from those outside.
    private NetSegment Outside(
        NetSegment inside, long key, WireGuardLink wireGuard, CancellationToken cancellation)
    {
        var mark = SegmentMark.Read(wireGuard.Alias)!;
        var peers = stack.WireGuard.ListPeers(wireGuard, cancellation);
        var hosts = inside.Remote
            .Select(inner => (Inner: inner, Peer: peers.FirstOrDefault(
                peer => peer.AllowedIP.Contains(new IPPrefix(inner, SegmentPlan.InnerLength)))))
            .Where(host => host.Peer is not null)
            // A peer that was heard from elsewhere is told there.
            .Select(host => (Address: SegmentPlan.OuterAddress(key, host.Inner, host.Peer!.Endpoint?.Address)
                ?? host.Peer.Endpoint?.Address, host.Peer.PublicKey))
            .Where(host => host.Address is not null).OrderBy(host => host.Address).ToList();
        inside.Local = inside.Local is { } local ? SegmentPlan.OuterAddress(key, local, mark.Local) : null;
        inside.Remote = [.. hosts.Select(host => host.Address!)];
        inside.PeerPublicKey = [.. hosts.Select(host => host.PublicKey)];
        inside.WireGuardLink = wireGuard.Name;
        inside.PublicKey = wireGuard.PublicKey;
        inside.ListenPort = wireGuard.ListenPort;
        inside.PrivateKeyFile = mark.PrivateKeyFile;
        return inside;
    }
}
