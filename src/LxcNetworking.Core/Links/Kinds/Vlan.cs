using System.Globalization;
using System.Runtime.InteropServices;
using LxcNetworking.Declarations;
using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links.Kinds;

/// <summary>The Ethernet type of a VLAN's tag. Text form: <c>802.1Q</c> or <c>802.1ad</c>, the outer tag of
/// two.</summary>
public sealed class VlanProtocol : TextValue<VlanProtocol>
{
    private readonly ushort _etherType;

    internal VlanProtocol(ushort etherType) => _etherType = etherType;

    /// <summary>The customer's tag, 0x8100.</summary>
    public static VlanProtocol Dot1Q { get; } = new(0x8100);

    /// <summary>The provider's tag, 0x88a8, which goes around a customer's.</summary>
    public static VlanProtocol Dot1Ad { get; } = new(0x88a8);

    /// <summary>The number in the frame.</summary>
    public int EtherType => _etherType;

    internal static VlanProtocol Read(NetlinkAttribute attribute) => new(attribute.AsUInt16BigEndian());

    internal static void Write(NetlinkRequest request, ushort type, VlanProtocol value)
        => request.PutBigEndian(type, value._etherType);

    /// <summary>Reads the text form.</summary>
    /// <param name="text">802.1Q or 802.1ad, in any case.</param>
    /// <returns>The protocol.</returns>
    /// <exception cref="FormatException">Another text.</exception>
    public static VlanProtocol Parse(string text) => text?.ToUpperInvariant() switch
    {
        "802.1Q" => Dot1Q,
        "802.1AD" => Dot1Ad,
        _ => throw Misfit.Of(text, "is no VLAN protocol; write 802.1Q or 802.1ad."),
    };

    /// <inheritdoc/>
    public override string ToString() => EtherType switch
    {
        0x8100 => "802.1Q",
        0x88a8 => "802.1ad",
        var other => string.Create(CultureInfo.InvariantCulture, $"0x{other:x4}"),
    };

    /// <inheritdoc/>
    public override int GetHashCode() => EtherType;

    private protected override int Compare(VlanProtocol other) => EtherType.CompareTo(other.EtherType);
}

/// <summary>What a VLAN link does besides tagging (VLAN_FLAG_* of linux/if_vlan.h).</summary>
[Flags]
public enum VlanOptions
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Takes the tag out of the frame before programs see it; on unless switched off.</summary>
    ReorderHeader = 1,

    /// <summary>Announces the VLAN to the switch by GVRP.</summary>
    Gvrp = 2,

    /// <summary>Does not follow the parent up and down.</summary>
    LooseBinding = 4,

    /// <summary>Announces the VLAN to the switch by MVRP.</summary>
    Mvrp = 8,

    /// <summary>Follows the ports of the parent bridge that carry the VLAN.</summary>
    BridgeBinding = 16,
}

/// <summary>What a VLAN link has (IFLA_VLAN_* of linux/if_link.h).</summary>
[LinkKind("vlan", Link = typeof(VlanLink), Module = "8021q", TakesNoPorts = true)]
public sealed partial record VlanSettings : LinkSettings
{
    /// <summary>The VLAN's id, 1 to 4094.</summary>
    [Nla(1, Wire.U16, Access = Access.CreateOnly)]
    public int? VlanId { get; init; }

    /// <summary>The tag's type.</summary>
    [Nla(5, Wire.Custom, Codec = typeof(VlanProtocol), Access = Access.CreateOnly, Absent = "802.1Q")]
    public VlanProtocol? Protocol { get; init; }

    /// <summary>Takes the tag out of the frame before programs see it; on unless switched off.</summary>
    [Nla(2, Wire.Bitfield32, Bit = 1)]
    public bool? ReorderHeader { get; init; }

    /// <summary>Announces the VLAN to the switch by GVRP.</summary>
    [Nla(2, Wire.Bitfield32, Bit = 2)]
    public bool? Gvrp { get; init; }

    /// <summary>Does not follow the parent up and down.</summary>
    [Nla(2, Wire.Bitfield32, Bit = 4)]
    public bool? LooseBinding { get; init; }

    /// <summary>Announces the VLAN to the switch by MVRP.</summary>
    [Nla(2, Wire.Bitfield32, Bit = 8)]
    public bool? Mvrp { get; init; }

    /// <summary>Follows the ports of the parent bridge that carry the VLAN.</summary>
    [Nla(2, Wire.Bitfield32, Bit = 16)]
    public bool? BridgeBinding { get; init; }

    /// <summary>Which priority inside the host (value) a tag's priority, 0 to 7 (key), becomes. Other entries
    /// stay.</summary>
    [Nla(4, Wire.Custom, Codec = typeof(VlanQosMap))]
    public ValueMap<long>? IngressQosMap { get; init; }

    /// <summary>Which tag's priority, 0 to 7 (value), a priority inside the host (key) becomes. Other entries
    /// stay.</summary>
    [Nla(3, Wire.Custom, Codec = typeof(VlanQosMap))]
    public ValueMap<long>? EgressQosMap { get; init; }

    /// <summary>What it does besides tagging.</summary>
    public VlanOptions Options => Option(ReorderHeader, VlanOptions.ReorderHeader) | Option(Gvrp, VlanOptions.Gvrp)
        | Option(LooseBinding, VlanOptions.LooseBinding) | Option(Mvrp, VlanOptions.Mvrp)
        | Option(BridgeBinding, VlanOptions.BridgeBinding);

    internal override string? Problem
        => VlanId is { } id && VlanIds.Problem(id) is { } problem ? problem
            : IngressQosMap?.Any(pair => !IsTag(VlanQosMap.From(pair.Key)) || !IsPriority(pair.Value)) == true
                || EgressQosMap?.Any(pair => !IsPriority(VlanQosMap.From(pair.Key)) || !IsTag(pair.Value)) == true
            ? "a tag's priority is 0 to 7, one inside the host is not negative" : null;

    /// <inheritdoc/>
    public override string ToString() => $"VLAN {VlanId}, {Protocol}";

    internal override Hint? RefusalHint(int errno)
        => BridgeBinding == true ? "Bridge binding takes a bridge as the parent." : null;

    private static bool IsTag(long priority) => priority is >= 0 and <= 7;

    private static bool IsPriority(long priority) => priority is >= 0 and <= uint.MaxValue;

    private static VlanOptions Option(bool? on, VlanOptions option) => on == true ? option : VlanOptions.None;

    internal override LinkSpec NewSpec(string name, string kind)
        => new VlanSpec(name, this);
}

/// <summary>A VLAN on a parent link.</summary>
public sealed partial class VlanLink : NetLink
{
    /// <inheritdoc cref="VlanSettings.Options"/>
    public VlanOptions Options => ((VlanSettings)Details!).Options;
}

/// <summary>VLAN ids.</summary>
public static class VlanIds
{
    /// <summary>Checks a VLAN's id.</summary>
    /// <param name="id">The id.</param>
    /// <param name="target">What it is for.</param>
    /// <exception cref="NetworkException">InvalidArgument.</exception>
    public static void Check(int id, string? target = null)
    {
        if (Problem(id) is { } problem)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, $"{problem}.", target);
    }

    internal static string? Problem(int id) => id is >= 1 and <= 4094 ? null
        : $"{id} is no VLAN id: 1 to 4094 are (0 means untagged and 4095 is reserved by IEEE 802.1Q)";
}

/// <summary>Reads and writes the priorities of a VLAN (struct ifla_vlan_qos_mapping).</summary>
internal static class VlanQosMap
{
    private const ushort IFLA_VLAN_QOS_MAPPING = 1;

    public static ValueMap<long> Read(NetlinkAttribute attribute)
    {
        var pairs = new Dictionary<string, long>();
        foreach (var mapping in attribute.Nested)
        {
            var (from, to) = mapping.AsStruct<Pair>();
            pairs[from.ToString(CultureInfo.InvariantCulture)] = to;
        }

        return new(pairs);
    }

    public static void Write(NetlinkRequest request, ushort type, ValueMap<long> map) => request.Nest(type, inner =>
    {
        foreach (var (from, to) in map)
            inner.Put(IFLA_VLAN_QOS_MAPPING, new Pair((uint)From(from), (uint)to));
    });

    /// <summary>The number that a key is; -1 for a text that is none.</summary>
    public static long From(string key) => Digits.TryParse(key, out uint number) ? number : -1;

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Pair(uint From, uint To);
}

/// <summary>A VLAN on a parent link.</summary>
/// <param name="name">The new link's name.</param>
/// <param name="settings">Its settings, with an id.</param>
public sealed class VlanSpec(string name, VlanSettings settings) : LinkSpec(
    name, settings with { Protocol = settings.Protocol ?? VlanProtocol.Dot1Q })
{
    /// <summary>A VLAN with an id.</summary>
    /// <param name="name">The new link's name.</param>
    /// <param name="vlanId">The VLAN's id, 1 to 4094.</param>
    public VlanSpec(string name, int vlanId)
        : this(name, new VlanSettings { VlanId = vlanId })
    {
    }

    private VlanSettings Vlan => (VlanSettings)Settings;

    /// <inheritdoc/>
    public override void Validate()
    {
        VlanIds.Check(Vlan.VlanId ?? 0, Name);
        base.Validate();
        if (string.IsNullOrEmpty(Parent))
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument, $"The VLAN link '{Name}' needs a parent link.", Name);
        }
    }

    internal override NetworkException? Explain(NetlinkErrorException refusal, NetworkStack stack)
    {
        if (refusal.Errno == LibC.ENETDOWN)
            return new NetworkException(
                NetworkErrorCode.KernelRefused,
                $"Cannot bring '{Name}' up: its parent '{Parent}' is down.",
                Name,
                refusal)
            {
                Advice =
                [
                    Advice.Omit(nameof(Up)),
                    Advice.To(AdviceKind.BringUp, AdviceThing.Link, stack.Namespace.Text, Parent),
                ],
            };
        if (refusal.Errno != LibC.EEXIST
            || refusal.KernelMessage?.Contains("VLAN", StringComparison.Ordinal) != true)
            return null;
        var parent = stack.Links.Find(Parent!);
        var holder = stack.Links.List(new LinkFilter { Kind = "vlan", SkipStatistics = true }).OfType<VlanLink>()
            .FirstOrDefault(link => link.ParentIndex == parent?.Index && !link.ParentIsElsewhere
                && link.VlanId == Vlan.VlanId && link.Protocol == Vlan.Protocol);
        var where = holder is null ? "in another namespace" : $"its link is '{holder.Name}'";
        return new NetworkException(
            NetworkErrorCode.LinkExists,
            $"VLAN {Vlan.VlanId} ({Vlan.Protocol}) on '{Parent}' exists already: {where}. A parent "
                + "carries each VLAN once.",
            Name,
            refusal)
        {
            Advice = holder is null
                ? [Advice.List(AdviceThing.Link, null, null, ("All", null), (nameof(Kind), Kind))]
                : [],
        };
    }

    internal override Hint? RefusalHint(int errno) => errno switch
    {
        95 => $"'{Parent}' carries no VLANs: it has no Ethernet frames, or its driver refuses tags.",
        LibC.EINVAL => "The MTU of a VLAN cannot be larger than its parent's.",
        _ => base.RefusalHint(errno),
    };
}
