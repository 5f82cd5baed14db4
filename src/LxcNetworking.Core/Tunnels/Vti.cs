using System.Globalization;
using LxcNetworking.Declarations;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Tunnels;

/// <summary>What a virtual tunnel interface of IPsec has, over IPv4 or IPv6 (IFLA_VTI_* of
/// linux/if_tunnel.h).</summary>
[LinkKind("vti", Link = typeof(VtiLink), Module = "ip_vti", TakesNoPorts = true)]
[LinkKind("vti6", Link = typeof(VtiLink), Module = "ip6_vti", TakesNoPorts = true)]
public sealed partial record VtiSettings : TunnelSettings
{
    /// <summary>The index of the link that the outer packets go by; 0 to let routing decide.</summary>
    [Nla(1, Wire.S32)]
    [LinkIndex]
    public override int? DeviceIndex { get; init; }

    /// <summary>Where it starts: an address of the host; null for any.</summary>
    [Nla(4, Wire.Address)]
    public override IPAddress? Local { get; init; }

    /// <summary>Where it leads to: the other host's address, or null for any.</summary>
    [Nla(5, Wire.Address)]
    public override IPAddress? Remote { get; init; }

    /// <summary>The mark by which the IPsec policy of incoming packets is found, or 0.</summary>
    [Nla(2, Wire.U32BigEndian)]
    public long? InputKey { get; init; }

    /// <summary>The mark by which the IPsec policy of outgoing packets is found, or 0.</summary>
    [Nla(3, Wire.U32BigEndian)]
    public long? OutputKey { get; init; }

    /// <summary>The mark by which the outer packets' route is found, or 0.</summary>
    [Nla(6, Wire.U32)]
    public long? Mark { get; init; }

    /// <inheritdoc/>
    public override string ToString()
        => string.Create(CultureInfo.InvariantCulture, $"{base.ToString()}, keys {InputKey ?? 0} and {OutputKey ?? 0}");

    internal override LinkSettings For(NetLink link, NetworkStack stack, CancellationToken cancellation)
    {
        var now = (VtiSettings)link.Details!;
        var isIPv6 = link.Kind == "vti6";
        foreach (var address in new[] { Local, Remote })
        {
            if (address is null || IP.FamilyOf(address) == IPFamily.IPv6 == isIPv6)
                continue;
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"{address} does not fit '{link.Name}', a tunnel over {(isIPv6 ? "IPv6" : "IPv4")}.",
                link.Name);
        }

        CheckEnds(link);
        // The kernel takes what a message leaves out for zero.
        return Over(now);
    }

    internal override LinkSpec NewSpec(string name, string kind)
        => new VtiSpec(name, this) { Force = true };
}

/// <summary>A virtual tunnel interface of IPsec.</summary>
public sealed partial class VtiLink : TunnelLink;

/// <summary>A virtual tunnel interface of IPsec, over IPv4 or IPv6 by its addresses' family. The kernel chooses its
/// MTU.</summary>
/// <param name="name">The new link's name.</param>
/// <param name="settings">Its settings, with at least one address.</param>
public sealed class VtiSpec(string name, VtiSettings settings) : LinkSpec(name, settings)
{
    private readonly IPAddress? _end = settings.Local ?? settings.Remote;

    /// <inheritdoc/>
    public override string Kind => _end is not null && IP.FamilyOf(_end) == IPFamily.IPv6 ? "vti6" : "vti";

    /// <summary>The link that the outer packets go by; null to let routing decide.</summary>
    public string? Device { get; init; }

    /// <summary>Makes it also where its local address is not here yet, or the remote one is this host's own.</summary>
    public bool Force { get; init; }

    // The kernel looks for the tunnel's hosts in the namespace that it was created in.
    internal override bool IsCreatedThenMoved => true;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        TunnelEnds.CheckEnds(settings.Local, settings.Remote, Name, Force);
        if (_end is null)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument, $"The tunnel '{Name}' needs a local or a remote address.", Name)
            {
                Advice = [Advice.Give(nameof(VtiSettings.Remote))],
            };
        }
    }

    internal override void Check(NetworkStack stack, CancellationToken cancellation)
    {
        if (!Force)
        {
            TunnelEnds.CheckHosts(
                stack, settings.Local, settings.Remote is null ? [] : [settings.Remote], Name, cancellation);
        }

        if (Device is not null)
            Settings = settings with { DeviceIndex = stack.Links.IndexOf(Device, cancellation) };
    }

    internal override NetworkException? Explain(NetlinkErrorException refusal, NetworkStack stack)
        => refusal.Errno != Native.LibC.EEXIST || stack.Links.Find(Name) is not null ? null
            : new NetworkException(
                NetworkErrorCode.LinkExists,
                $"A {Kind} tunnel between these hosts exists already. Those between the same hosts need different "
                    + "keys.",
                Name,
                refusal)
            {
                Advice = [Advice.Choose(nameof(VtiSettings.InputKey))],
            };
}
