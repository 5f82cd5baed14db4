using System.Globalization;
using System.Net.Sockets;
using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Tunnels;

/// <summary>A link that carries frames or packets inside packets of an underlay network.</summary>
public abstract class TunnelLink : NetLink
{
    private protected TunnelLink(LinkData data)
        : base(data)
    {
    }

    /// <summary>Where it starts: an address of the host, or null for any.</summary>
    public IPAddress? Local => Tunnel.Local;

    /// <summary>Where it leads to: one host's address, or null.</summary>
    public IPAddress? Remote => Tunnel.Remote;

    /// <summary>The time to live of the outer packets; 0 means that of the inner one (GRE) or the host's default
    /// (VXLAN, Geneve).</summary>
    public int? Ttl => Tunnel.Ttl;

    /// <summary>The MTU in bytes that was chosen for it when it was made; null if the user chose or the link was only
    /// read.</summary>
    public int? ChosenMtu { get; internal set; }

    /// <summary>Why that MTU, as a sentence; null if the link was only read.</summary>
    public string? MtuReason { get; internal set; }

    private TunnelSettings Tunnel => (TunnelSettings)Details!;
}

/// <summary>What tunnels have in common; a kind declares those that it has.</summary>
public abstract record TunnelSettings : LinkSettings
{
    /// <summary>Where it starts: an address of the host; null for any.</summary>
    public virtual IPAddress? Local { get; init; }

    /// <summary>Where it leads to: the other host's address, or null.</summary>
    public virtual IPAddress? Remote { get; init; }

    /// <summary>The time to live of the outer packets, 1 to 255; 0 as <see cref="TunnelLink.Ttl"/> says.</summary>
    public virtual int? Ttl { get; init; }

    /// <summary>The type-of-service byte of the outer packets; 1 to take that of the inner one.</summary>
    public virtual int? Tos { get; init; }

    /// <summary>The index of the link that the outer packets go by; 0 or null to let routing decide.</summary>
    public virtual int? DeviceIndex { get; init; }

    /// <summary>Takes the other host and what else belongs to a packet from the packet's route or program, instead of
    /// settings.</summary>
    public virtual bool? External { get; init; }

    /// <summary>What these settings say that an external link takes from each packet.</summary>
    internal virtual IEnumerable<string> SaidOfPackets => [];

    internal override string? Problem => External == true ? ProblemOfExternal : null;

    /// <summary>Why these settings are not for an external link, or null.</summary>
    private protected string? ProblemOfExternal => string.Join(" and ", SaidOfPackets) is { Length: > 0 } names
        ? $"an external link takes {names} from the route or program of each packet" : null;

    /// <summary>The names of those that are said.</summary>
    private protected static IEnumerable<string> NamesOf(params (string Name, bool IsSaid)[] settings)
        => settings.Where(setting => setting.IsSaid).Select(setting => setting.Name);

    // The kernel tells the parent by this attribute alone.
    internal override int? ParentIndex => DeviceIndex;

    /// <summary>Checks the ends that a tunnel has after a change to these settings.</summary>
    /// <param name="link">The tunnel, as it is.</param>
    /// <exception cref="NetworkException">InvalidArgument.</exception>
    private protected void CheckEnds(NetLink link)
    {
        var now = (TunnelSettings)link.Details!;
        TunnelEnds.CheckEnds(Local ?? now.Local, Remote ?? now.Remote, link.Name);
    }

    internal override void CheckUse(NetLink link, NetworkStack stack, CancellationToken cancellation)
    {
        // A link that was moved keeps the hosts of the namespace that it came from, which cannot be asked.
        if (link.ParentIsElsewhere)
            return;
        TunnelEnds.CheckHosts(
            stack, Local, Remote is null || IP.IsMulticast(Remote) ? [] : [Remote], link.Name, cancellation);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Local?.ToString() ?? "any"} to {Remote?.ToString() ?? "any"}";
}

/// <summary>Whether outer packets over IPv4 carry DF, so that no router cuts them up (VXLAN_DF_*, GENEVE_DF_* of
/// linux/if_link.h).</summary>
public enum TunnelDf
{
    /// <summary>They do not.</summary>
    Unset,

    /// <summary>They do.</summary>
    Set,

    /// <summary>As the inner packet does.</summary>
    Inherit,
}

/// <summary>A tunnel: its MTU is chosen to fit the underlay network unless <see cref="LinkSpec.Mtu"/> says
/// otherwise.</summary>
/// <param name="name">The new link's name.</param>
/// <param name="settings">Its settings.</param>
public abstract class TunnelSpec(string name, TunnelSettings settings) : LinkSpec(name, settings)
{
    private string? _mtuReason;
    private int? _chosenMtu;

    /// <summary>The link that the outer packets go by; null to let routing decide.</summary>
    public string? Device { get; init; }

    /// <summary>Makes it also where its local address is not here yet, or a remote one is this host's own.</summary>
    public bool Force { get; init; }

    internal override int? RequestedMtu => Mtu ?? _chosenMtu;

    internal override bool HasOwnMacAddress => HasEthernet;

    /// <summary>What to say about the protocol in <see cref="TunnelLink.MtuReason"/>.</summary>
    private protected abstract string Protocol { get; }

    /// <summary>Bytes around each inner packet besides the outer IP header, the inner Ethernet header
    /// included.</summary>
    private protected abstract int HeaderBytes { get; }

    /// <summary>Whether it carries Ethernet frames, so that it has a MAC address and can be a bridge's port.</summary>
    private protected virtual bool HasEthernet => true;

    /// <summary>All hosts that it leads to.</summary>
    private protected virtual IEnumerable<IPAddress> Remotes => Remote is null ? [] : [Remote];

    /// <summary>Whether its outer packets are of IPv6; the packets of an external link may be.</summary>
    private protected virtual bool IsIPv6 => EndOrNull is { } end
        ? end.AddressFamily == AddressFamily.InterNetworkV6 : Tunnel.External == true;

    /// <summary>One of its hosts, or null.</summary>
    private protected IPAddress? EndOrNull => Local ?? Remotes.FirstOrDefault();

    private protected IPAddress? Local => Tunnel.Local;

    private protected IPAddress? Remote => Tunnel.Remote;

    private protected TunnelSettings Tunnel => (TunnelSettings)Settings;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        foreach (var remote in Remotes.DefaultIfEmpty())
            TunnelEnds.CheckEnds(Local, remote, Name, Force);
        if (!HasEthernet && Master is not null)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"The tunnel '{Name}' carries IP packets, and a bridge takes Ethernet frames{WhatDoesEthernet}.",
                Name)
            {
                Advice = EthernetAdvice,
            };
        }

        if (!HasEthernet && MacAddress is not null)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"The tunnel '{Name}' carries IP packets and has no MAC address.",
                Name);
        }
    }

    /// <summary>Which tunnel carries Ethernet frames, to follow a sentence.</summary>
    private protected virtual string WhatDoesEthernet => string.Empty;

    /// <summary>What to do for one that carries Ethernet frames.</summary>
    private protected virtual IReadOnlyList<Advice> EthernetAdvice => [];

    internal override void Check(NetworkStack stack, CancellationToken cancellation)
    {
        if (!Force)
            TunnelEnds.CheckHosts(stack, Local, Remotes.Where(remote => !IP.IsMulticast(remote)), Name, cancellation);
        var device = Device is null ? null : stack.Links.Get(Device, cancellation);
        if (device is not null)
            Settings = Tunnel with { DeviceIndex = device.Index };
        var ways = device is not null
            ? [new UnderlayRoute(device.Name, (int)device.Mtu)]
            : Remotes.Select(remote => UnderlayRoute.Find(stack, remote, Local, cancellation)
                // The kernel knows no way from an address that is not here yet.
                ?? (Force ? UnderlayRoute.Find(stack, remote, null, cancellation) : null)).OfType<UnderlayRoute>()
                .ToList();
        var overhead = HeaderBytes + (IsIPv6 ? 40 : 20);
        var way = ways.MinBy(item => item.Mtu);
        // Every link of IPv4 carries 68 bytes (RFC 791) and every one of IPv6 1280 (RFC 8200).
        _chosenMtu = Math.Max((way?.Mtu ?? 1500) - overhead, 68);
        var known = way is null
            ? Tunnel.External == true
                ? "1500 (assumed, as each packet's route or program says where it goes)"
                : "1500 (assumed, as no link leads to the other host yet)"
            : string.Create(CultureInfo.InvariantCulture, $"{way.Mtu} of the underlay '{way.Interface}'");
        _mtuReason = string.Create(
            CultureInfo.InvariantCulture,
            $"{_chosenMtu} = {known} - {overhead} for {Protocol} over {(IsIPv6 ? "IPv6" : "IPv4")}.");
        if (Mtu is not null)
        {
            _mtuReason = Mtu > _chosenMtu
                ? string.Create(
                    CultureInfo.InvariantCulture, $"{Mtu} as asked for, which is more than fits: {_mtuReason}")
                : string.Create(CultureInfo.InvariantCulture, $"{Mtu} as asked for; up to {_mtuReason}");
        }
    }

    internal override NetLink Finish(NetLink link, NetworkStack where)
    {
        var reason = _mtuReason;
        // The kernel fits a bridge to its ports unless somebody has set its MTU; a larger one would lose what the
        // tunnel cannot carry.
        if (Master is not null && Mtu is null && where.Links.Get(Master) is BridgeLink bridge)
        {
            if (bridge.Mtu > link.Mtu)
            {
                where.Links.Change(bridge, new LinkChange { Mtu = (int)link.Mtu });
                reason += string.Create(
                    CultureInfo.InvariantCulture, $" Bridge '{bridge.Name}' had {bridge.Mtu} and now has the same.");
            }
            else
            {
                reason += string.Create(CultureInfo.InvariantCulture, $" Bridge '{bridge.Name}' has {bridge.Mtu}.");
            }
        }

        if (link is TunnelLink tunnel)
            (tunnel.ChosenMtu, tunnel.MtuReason) = (Mtu is null ? _chosenMtu : null, reason);
        return link;
    }
}
