using System.Runtime.CompilerServices;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links.Kinds;

/// <summary>Where an ipvlan's packets are switched or routed (IPVLAN_MODE_* of linux/if_link.h).</summary>
public enum IpvlanMode
{
    /// <summary>By Ethernet address and ARP on the link itself; the parent switches.</summary>
    L2 = 0,

    /// <summary>By IP address alone: the parent's namespace routes, and the link has no broadcast, ARP or multicast.</summary>
    L3 = 1,

    /// <summary>As L3, but through the parent's netfilter hooks, so that connection tracking works.</summary>
    L3S = 2,
}

/// <summary>How an ipvlan's children reach each other (IPVLAN_F_* of linux/if_link.h; one choice at a time).</summary>
public enum IpvlanFlag
{
    /// <summary>Directly.</summary>
    Bridge = 0,

    /// <summary>Never.</summary>
    Private = 1,

    /// <summary>Only through a switch or router outside that sends packets back.</summary>
    Vepa = 2,
}

/// <summary>What an ipvlan or ipvtap has.</summary>
public sealed class IpvlanDetails : LinkDetails
{
    /// <summary>The mode, which all children of one parent share.</summary>
    public IpvlanMode Mode { get; init; }

    /// <summary>How the children of the parent reach each other.</summary>
    public IpvlanFlag Flag { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"mode {Mode}, {Flag}";
}

/// <summary>An ipvlan or ipvtap link.</summary>
public sealed class IpvlanLink : NetLink
{
    internal IpvlanLink(LinkData data)
        : base(data)
    {
    }

    /// <summary>The mode, which all children of one parent share.</summary>
    public IpvlanMode Mode => ((IpvlanDetails)Details!).Mode;

    /// <summary>How the children of the parent reach each other.</summary>
    public IpvlanFlag Flag => ((IpvlanDetails)Details!).Flag;
}

internal sealed class IpvlanKind() : LinkKind("ipvlan", "ipvtap")
{
    [ModuleInitializer]
    internal static void Register() => LinkKinds.Add(new IpvlanKind());

    // IFLA_IPVLAN_* of linux/if_link.h.
    internal const ushort Mode = 1, Flags = 2;

    public override LinkDetails ReadDetails(string kind, AttributeReader data) => new IpvlanDetails
    {
        Mode = data.TryFind(Mode, out var mode) ? (IpvlanMode)mode.AsUInt16() : IpvlanMode.L2,
        Flag = data.TryFind(Flags, out var flags) ? (IpvlanFlag)flags.AsUInt16() : IpvlanFlag.Bridge,
    };

    public override NetLink Create(LinkData data) => data.Details is IpvlanDetails ? new IpvlanLink(data) : new NetLink(data);
}

/// <summary>What can be changed on an ipvlan; the kernel changes it for all children of the parent. Null leaves a thing as it is.</summary>
public sealed record IpvlanSettings : LinkSettings
{
    /// <summary>The mode.</summary>
    public IpvlanMode? Mode { get; init; }

    /// <summary>How the children of the parent reach each other.</summary>
    public IpvlanFlag? Flag { get; init; }

    internal override IReadOnlyList<string> Kinds => ["ipvlan", "ipvtap"];

    internal override void Write(NetlinkRequest data)
    {
        if (Mode is { } mode)
            data.Put(IpvlanKind.Mode, (ushort)mode);
        if (Flag is { } flag)
            data.Put(IpvlanKind.Flags, (ushort)flag);
    }
}

/// <summary>A link with IP addresses of its own that shares its parent's Ethernet address.</summary>
/// <param name="name">The new link's name.</param>
/// <param name="mode">The mode; null for that of the parent's other children, or L2 if it has none.</param>
/// <param name="flag">How children reach each other; null for the choice of the parent's other children, or Bridge.</param>
public sealed class IpvlanSpec(string name, IpvlanMode? mode = null, IpvlanFlag? flag = null) : LinkSpec(name)
{
    private IpvlanSettings _settings = new();

    /// <inheritdoc/>
    public override string Kind => "ipvlan";

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        if (string.IsNullOrEmpty(Parent))
            throw new NetworkException(NetworkErrorCode.InvalidArgument, $"The ipvlan link '{Name}' needs a parent link.", Name);
    }

    // The kernel would change the mode under the feet of the parent's other children.
    internal override void Check(NetworkStack stack, CancellationToken cancellation)
    {
        var parent = stack.Links.Get(Parent!, cancellation);
        var sibling = stack.Links.List(new LinkFilter { SkipStatistics = true }, cancellation).OfType<IpvlanLink>()
            .FirstOrDefault(link => link.ParentIndex == parent.Index && !link.ParentIsElsewhere);
        if (sibling is not null && ((mode ?? sibling.Mode) != sibling.Mode || (flag ?? sibling.Flag) != sibling.Flag))
        {
            throw new NetworkException(
                NetworkErrorCode.ResourceBusy,
                $"'{Parent}' carries '{sibling.Name}' in mode {sibling.Mode} {sibling.Flag}, and all ipvlans of a parent share one mode. Make '{Name}' the same, or change them all first.",
                Name)
            {
                Advice =
                [
                    Advice.To(
                        AdviceKind.Change,
                        AdviceThing.Ipvlan,
                        stack.Namespace.Text,
                        sibling.Name,
                        (nameof(IpvlanSettings.Mode), $"{mode ?? sibling.Mode}"),
                        (nameof(IpvlanSettings.Flag), $"{flag ?? sibling.Flag}")),
                ],
            };
        }

        _settings = new IpvlanSettings { Mode = mode ?? sibling?.Mode ?? IpvlanMode.L2, Flag = flag ?? sibling?.Flag ?? IpvlanFlag.Bridge };
    }

    internal override Hint? RefusalHint(int errno) => errno switch
    {
        Native.LibC.EBUSY => $"'{Parent}' is in use by something that excludes ipvlans: macvlan children, or a bridge or bond it is a port of.",
        Native.LibC.EINVAL => $"'{Parent}' must be an Ethernet link without macvlan children, and not lo.",
        _ => null,
    };

    /// <inheritdoc/>
    protected internal override void WriteData(NetlinkRequest data)
    {
        ArgumentNullException.ThrowIfNull(data);
        _settings.Write(data);
    }
}
