using LxcNetworking.Declarations;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links.Kinds;

/// <summary>Where an ipvlan's packets are switched or routed (IPVLAN_MODE_* of linux/if_link.h).</summary>
public enum IpvlanMode
{
    /// <summary>By Ethernet address and ARP on the link itself; the parent switches.</summary>
    L2 = 0,

    /// <summary>By IP address alone: the parent's namespace routes, and the link has no broadcast, ARP or
    /// multicast.</summary>
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

/// <summary>What an ipvlan or ipvtap has (IFLA_IPVLAN_* of linux/if_link.h); the kernel changes it for all children
/// of the parent.</summary>
[LinkKind("ipvlan", "ipvtap", Link = typeof(IpvlanLink), TakesNoPorts = true)]
public sealed partial record IpvlanSettings : LinkSettings
{
    /// <summary>The mode, which all children of one parent share.</summary>
    [Nla(1, Wire.U16, Absent = IpvlanMode.L2)]
    public IpvlanMode? Mode { get; init; }

    /// <summary>How the children of the parent reach each other.</summary>
    [Nla(2, Wire.U16, Absent = IpvlanFlag.Bridge)]
    public IpvlanFlag? Flag { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"mode {Mode}, {Flag}";

    internal override LinkSpec NewSpec(string name, string kind)
        => new IpvlanSpec(name, this, kind == "ipvtap");
}

/// <summary>An ipvlan or ipvtap link.</summary>
public sealed partial class IpvlanLink : NetLink;

/// <summary>A link with IP addresses of its own that shares its parent's Ethernet address; as an ipvtap with a
/// character device for a virtual machine.</summary>
/// <param name="name">The new link's name.</param>
/// <param name="settings">Its settings; what they leave out is as of the parent's other children, or L2 and
/// Bridge.</param>
/// <param name="tap">Makes an ipvtap.</param>
public sealed class IpvlanSpec(string name, IpvlanSettings? settings = null, bool tap = false) : LinkSpec(
    name, settings ?? new IpvlanSettings())
{
    /// <inheritdoc/>
    public override string Kind => tap ? "ipvtap" : "ipvlan";

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        if (string.IsNullOrEmpty(Parent))
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument, $"The {Kind} link '{Name}' needs a parent link.", Name);
    }

    // The kernel would change the mode under the feet of the parent's other children.
    internal override void Check(NetworkStack stack, CancellationToken cancellation)
    {
        var (mode, flag) = (settings?.Mode, settings?.Flag);
        var parent = stack.Links.Get(Parent!, cancellation);
        var sibling = stack.Links.List(new LinkFilter { SkipStatistics = true }, cancellation).OfType<IpvlanLink>()
            .FirstOrDefault(link => link.ParentIndex == parent.Index && !link.ParentIsElsewhere);
        if (sibling is not null && ((mode ?? sibling.Mode) != sibling.Mode || (flag ?? sibling.Flag) != sibling.Flag))
        {
            throw new NetworkException(
                NetworkErrorCode.ResourceBusy,
                $"'{Parent}' carries '{sibling.Name}' in mode {sibling.Mode} {sibling.Flag}, and all ipvlans of a "
                    + $"parent share one mode. Make '{Name}' the same, or change them all first.",
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

        Settings = new IpvlanSettings
        {
            Mode = mode ?? sibling?.Mode ?? IpvlanMode.L2,
            Flag = flag ?? sibling?.Flag ?? IpvlanFlag.Bridge,
        };
    }

    internal override Hint? RefusalHint(int errno) => errno switch
    {
        Native.LibC.EBUSY => $"'{Parent}' is in use by something that excludes ipvlans: macvlan children, or a bridge "
            + "or bond it is a port of.",
        Native.LibC.EINVAL => $"'{Parent}' must be an Ethernet link without macvlan children, and not lo.",
        _ => null,
    };
}
