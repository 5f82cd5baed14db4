using System.Globalization;
using System.Net.Sockets;
using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Tunnels;

/// <summary>A link that carries frames or packets inside packets of a network beneath.</summary>
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

    /// <summary>The time to live of the outer packets; 0 means that of the inner one (GRE) or the host's default (VXLAN, Geneve).</summary>
    public int Ttl => Tunnel.Ttl;

    /// <summary>The MTU in bytes that was chosen for it when it was made; null if the user chose or the link was only read.</summary>
    public int? ChosenMtu { get; internal set; }

    /// <summary>Why that MTU, as a sentence; null if the link was only read.</summary>
    public string? MtuReason { get; internal set; }

    private TunnelDetails Tunnel => (TunnelDetails)Details!;
}

/// <summary>What tunnels have in common.</summary>
public abstract class TunnelDetails : LinkDetails
{
    /// <summary>Where it starts, or null for any address.</summary>
    public IPAddress? Local { get; internal set; }

    /// <summary>Where it leads to: one host's address, or null.</summary>
    public IPAddress? Remote { get; internal set; }

    /// <summary>The time to live of the outer packets, or 0.</summary>
    public int Ttl { get; internal set; }

    /// <summary>The type-of-service byte of the outer packets; 1 means that of the inner one.</summary>
    public int Tos { get; internal set; }

    /// <summary>The index of the link that the outer packets go by, or 0.</summary>
    public int DeviceIndex { get; internal set; }

    /// <inheritdoc/>
    public override string ToString() => $"{Local?.ToString() ?? "any"} to {Remote?.ToString() ?? "any"}";
}

/// <summary>A tunnel: its MTU is chosen to fit the network beneath unless <see cref="LinkSpec.Mtu"/> says otherwise.</summary>
/// <param name="name">The new link's name.</param>
public abstract class TunnelSpec(string name) : LinkSpec(name)
{
    private string? _mtuReason;
    private int? _chosenMtu;

    /// <summary>An address of the host; null for any.</summary>
    public IPAddress? Local { get; init; }

    /// <summary>The other host's address; null for any.</summary>
    public IPAddress? Remote { get; init; }

    /// <summary>The time to live of the outer packets, 1 to 255; 0 as <see cref="TunnelLink.Ttl"/> says.</summary>
    public int Ttl { get; init; }

    /// <summary>The type-of-service byte of the outer packets; 1 to take that of the inner one.</summary>
    public int Tos { get; init; }

    /// <summary>The link that the outer packets go by; null to let routing decide.</summary>
    public string? Device { get; init; }

    internal override int? RequestedMtu => Mtu ?? _chosenMtu;

    /// <summary>What to say about the protocol in <see cref="TunnelLink.MtuReason"/>.</summary>
    private protected abstract string Protocol { get; }

    /// <summary>Bytes around each inner packet besides the outer IP header, the inner Ethernet header included.</summary>
    private protected abstract int HeaderBytes { get; }

    /// <summary>All hosts that it leads to.</summary>
    private protected virtual IEnumerable<IPAddress> Remotes => Remote is null ? [] : [Remote];

    private protected bool IsIPv6 => (Local ?? Remotes.FirstOrDefault())?.AddressFamily == AddressFamily.InterNetworkV6;

    private protected int DeviceIndex { get; private set; }

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        foreach (var remote in Remotes.DefaultIfEmpty())
            TunnelEnds.CheckEnds(Local, remote, Name);
        CheckByte(Ttl, "TTL");
        CheckByte(Tos, "type of service");
    }

    internal override void Check(NetworkStack stack, CancellationToken cancellation)
    {
        TunnelEnds.CheckHosts(stack, Local, Remotes.Where(remote => !IP.IsMulticast(remote)), Name, cancellation);
        var device = Device is null ? null : stack.Links.Get(Device, cancellation);
        DeviceIndex = device?.Index ?? 0;
        var ways = device is not null
            ? [new UnderlayRoute(device.Name, (int)device.Mtu)]
            : Remotes.Select(remote => UnderlayRoute.Find(stack, remote, Local, cancellation)).OfType<UnderlayRoute>().ToList();
        var overhead = HeaderBytes + (IsIPv6 ? 40 : 20);
        var way = ways.MinBy(item => item.Mtu);
        // Every link of IPv4 carries 68 bytes (RFC 791) and every one of IPv6 1280 (RFC 8200).
        _chosenMtu = Math.Max((way?.Mtu ?? 1500) - overhead, 68);
        var beneath = way is null
            ? "1500 (assumed, as there is no route to the other host yet)"
            : string.Create(CultureInfo.InvariantCulture, $"{way.Mtu} of '{way.Interface}' beneath");
        _mtuReason = string.Create(CultureInfo.InvariantCulture, $"{_chosenMtu} = {beneath} - {overhead} for {Protocol} over {(IsIPv6 ? "IPv6" : "IPv4")}.");
        if (Mtu is not null)
        {
            _mtuReason = Mtu > _chosenMtu
                ? string.Create(CultureInfo.InvariantCulture, $"{Mtu} as asked for, which is more than fits: {_mtuReason}")
                : string.Create(CultureInfo.InvariantCulture, $"{Mtu} as asked for; up to {_mtuReason}");
        }
    }

    internal override NetLink Finish(NetLink link, NetworkStack home)
    {
        var reason = _mtuReason;
        // The kernel fits a bridge to its ports unless somebody has set its MTU; a larger one would lose what the tunnel cannot carry.
        if (Master is not null && Mtu is null && home.Links.Get(Master) is BridgeLink bridge)
        {
            if (bridge.Mtu > link.Mtu)
            {
                home.Links.Change(bridge, new LinkChange { Mtu = (int)link.Mtu });
                reason += string.Create(CultureInfo.InvariantCulture, $" Bridge '{bridge.Name}' had {bridge.Mtu} and now has the same.");
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

    private protected void CheckByte(int value, string what)
    {
        if (value is < 0 or > 255)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, $"{value} is no {what} for '{Name}': 0 to 255 are.", Name);
    }

    private protected void CheckVni(long vni)
    {
        if (vni is < 0 or >= 1 << 24)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, $"{vni} is no network identifier (VNI) for '{Name}': it has 24 bits, so 0 to 16777215 are.", Name);
    }

    private protected void CheckPort(int port)
    {
        if (port is < 1 or > 65535)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, $"{port} is no UDP port for '{Name}': 1 to 65535 are.", Name);
    }
}
