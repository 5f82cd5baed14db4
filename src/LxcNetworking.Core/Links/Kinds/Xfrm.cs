using System.Globalization;
using LxcNetworking.Declarations;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links.Kinds;

/// <summary>What an IPsec interface has (IFLA_XFRM_* of linux/if_link.h).</summary>
[LinkKind("xfrm", Link = typeof(XfrmLink), Module = "xfrm_interface", TakesNoPorts = true)]
public sealed partial record XfrmSettings : LinkSettings
{
    /// <summary>The index of the link that protected packets go by, or 0.</summary>
    [Nla(1, Wire.U32, Max = int.MaxValue, Access = Access.CreateOnly)]
    [LinkIndex]
    public int? DeviceIndex { get; init; }

    /// <summary>The number that IPsec policies and states name it by (if_id), from 1.</summary>
    [Nla(2, Wire.U32)]
    public long? InterfaceId { get; init; }

    /// <summary>Takes the number from routes or programs instead of a setting.</summary>
    [Nla(3, Wire.Flag, Access = Access.CreateOnly)]
    public bool? External { get; init; }

    internal override int? ParentIndex => DeviceIndex;

    internal override string? Problem => External == true && InterfaceId is not null
        ? "an external link takes its InterfaceId from routes or programs"
        : InterfaceId == 0 ? "InterfaceId is 1 to 4294967295, not 0" : null;

    /// <inheritdoc/>
    public override string ToString() => External == true ? "external"
        : string.Create(CultureInfo.InvariantCulture, $"interface id {InterfaceId}");

    internal override Hint? RefusalHint(int errno) => errno switch
    {
        Native.LibC.EEXIST => $"Another xfrm link has the number {InterfaceId}.",
        Native.LibC.EINVAL => "An external xfrm link does not change, and there is one in a namespace.",
        _ => null,
    };

    internal override LinkSettings For(NetLink link, NetworkStack stack, CancellationToken cancellation)
        // The kernel takes what a message leaves out for zero, and refuses another parent.
        => Over((XfrmSettings)link.Details!) with { External = null };

    internal override LinkSpec NewSpec(string name, string kind)
        => new XfrmSpec(name, this);
}

/// <summary>An IPsec interface.</summary>
public sealed partial class XfrmLink : NetLink;

/// <summary>An IPsec interface.</summary>
/// <param name="name">The new link's name.</param>
/// <param name="settings">Its settings, with a number.</param>
public sealed class XfrmSpec(string name, XfrmSettings settings) : LinkSpec(name, settings)
{
    /// <summary>The link that protected packets go by; null for any.</summary>
    public string? Device { get; init; }

    // The kernel looks for policies and states in the namespace that it was created in.
    internal override bool IsCreatedThenMoved => true;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        if (settings is { InterfaceId: null, External: not true })
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument, $"The xfrm link '{Name}' needs the number of its policies.", Name)
            {
                Advice = [Advice.Give(nameof(XfrmSettings.InterfaceId))],
            };
        }
    }

    internal override void Check(NetworkStack stack, CancellationToken cancellation)
    {
        if (Device is not null)
            Settings = settings with { DeviceIndex = stack.Links.IndexOf(Device, cancellation) };
    }

    internal override NetworkException? Explain(NetlinkErrorException refusal, NetworkStack stack)
        => refusal.Errno != Native.LibC.EEXIST || stack.Links.Find(Name) is not null ? null
            : new NetworkException(
                NetworkErrorCode.LinkExists,
                settings.External == true ? $"An external xfrm link exists already in '{stack.Namespace}'."
                    : $"An xfrm link with the number {settings.InterfaceId} exists already in '{stack.Namespace}'.",
                Name,
                refusal)
            {
                Advice = [Advice.Choose(nameof(XfrmSettings.InterfaceId))],
            };
}
