using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links.Kinds;

/// <summary>The Ethernet type of a VLAN's tag. Text form: <c>802.1Q</c> or <c>802.1ad</c>, the outer tag of two.</summary>
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
    public override string ToString() => EtherType switch { 0x8100 => "802.1Q", 0x88a8 => "802.1ad", var other => string.Create(CultureInfo.InvariantCulture, $"0x{other:x4}") };

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

    /// <summary>Follows the ports of the bridge beneath that carry the VLAN.</summary>
    BridgeBinding = 16,
}

/// <summary>What a VLAN link has (IFLA_VLAN_* of linux/if_link.h).</summary>
public sealed class VlanDetails : LinkDetails
{
    /// <summary>The VLAN's id.</summary>
    public int VlanId { get; init; }

    /// <summary>The tag's type.</summary>
    public VlanProtocol Protocol { get; init; } = VlanProtocol.Dot1Q;

    /// <summary>What it does besides tagging.</summary>
    public VlanOptions Options { get; init; }

    /// <summary>Which priority inside the host (value) a tag's priority, 0 to 7 (key), becomes.</summary>
    public required ValueMap<long> IngressQosMap { get; init; }

    /// <summary>Which tag's priority, 0 to 7 (value), a priority inside the host (key) becomes.</summary>
    public required ValueMap<int> EgressQosMap { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"VLAN {VlanId}, {Protocol}";
}

/// <summary>A VLAN on a parent link.</summary>
public sealed class VlanLink : NetLink
{
    internal VlanLink(LinkData data)
        : base(data)
    {
    }

    /// <summary>The VLAN's id.</summary>
    public int VlanId => Vlan.VlanId;

    /// <summary>The tag's type.</summary>
    public VlanProtocol Protocol => Vlan.Protocol;

    /// <summary>What it does besides tagging.</summary>
    public VlanOptions Options => Vlan.Options;

    private VlanDetails Vlan => (VlanDetails)Details!;
}

internal sealed class VlanKind() : LinkKind("vlan")
{
    [ModuleInitializer]
    internal static void Register() => LinkKinds.Add(new VlanKind());

    // IFLA_VLAN_* of linux/if_link.h.
    internal const ushort Id = 1, Flags = 2, EgressQos = 3, IngressQos = 4, Protocol = 5, QosMapping = 1;

    public override LinkDetails ReadDetails(string kind, AttributeReader data)
    {
        var ingress = new Dictionary<string, long>();
        var egress = new Dictionary<string, int>();
        var id = 0;
        var options = VlanOptions.None;
        var protocol = VlanProtocol.Dot1Q;
        foreach (var attribute in data)
        {
            switch (attribute.Type)
            {
                case Id: id = attribute.AsUInt16(); break;
                case Flags: options = (VlanOptions)attribute.AsStruct<Pair>().First; break;
                case Protocol: protocol = new VlanProtocol(attribute.AsUInt16BigEndian()); break;
                case IngressQos:
                    foreach (var mapping in attribute.Nested)
                    {
                        var (from, to) = mapping.AsStruct<Pair>();
                        ingress[from.ToString(CultureInfo.InvariantCulture)] = to;
                    }

                    break;
                case EgressQos:
                    foreach (var mapping in attribute.Nested)
                    {
                        var (from, to) = mapping.AsStruct<Pair>();
                        egress[from.ToString(CultureInfo.InvariantCulture)] = (int)to;
                    }

                    break;
            }
        }

        return new VlanDetails
        {
            VlanId = id,
            Protocol = protocol,
            Options = options,
            IngressQosMap = new(ingress),
            EgressQosMap = new(egress),
        };
    }

    public override NetLink Create(LinkData data) => data.Details is VlanDetails ? new VlanLink(data) : new NetLink(data);

    /// <summary>struct ifla_vlan_flags (flags and mask) and struct ifla_vlan_qos_mapping (from and to).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal readonly record struct Pair(uint First, uint Second);
}

/// <summary>What can be changed on a VLAN link; null leaves a thing as it is.</summary>
public sealed record VlanSettings : LinkSettings
{
    /// <summary>Takes the tag out of the frame before programs see it.</summary>
    public bool? ReorderHeader { get; init; }

    /// <summary>Announces the VLAN to the switch by GVRP.</summary>
    public bool? Gvrp { get; init; }

    /// <summary>Announces the VLAN to the switch by MVRP.</summary>
    public bool? Mvrp { get; init; }

    /// <summary>Does not follow the parent up and down.</summary>
    public bool? LooseBinding { get; init; }

    /// <summary>Follows the ports of the bridge beneath that carry the VLAN.</summary>
    public bool? BridgeBinding { get; init; }

    /// <summary>Which priority inside the host (value) a tag's priority, 0 to 7 (key), becomes. Other entries stay.</summary>
    public IReadOnlyDictionary<int, long>? IngressQosMap { get; init; }

    /// <summary>Which tag's priority, 0 to 7 (value), a priority inside the host (key) becomes. Other entries stay.</summary>
    public IReadOnlyDictionary<long, int>? EgressQosMap { get; init; }

    internal override IReadOnlyList<string> Kinds => ["vlan"];

    internal override string? Problem
        => IngressQosMap?.Any(pair => pair.Key is < 0 or > 7 || pair.Value is < 0 or > uint.MaxValue) == true
            || EgressQosMap?.Any(pair => pair.Value is < 0 or > 7 || pair.Key is < 0 or > uint.MaxValue) == true
            ? "a tag's priority is 0 to 7, one inside the host is not negative" : null;

    internal override Hint? RefusalHint(int errno) => BridgeBinding == true ? "Bridge binding takes a bridge as the parent." : null;

    internal override void Write(NetlinkRequest data)
    {
        uint flags = 0, mask = 0;
        void Flag(VlanOptions option, bool? on)
        {
            mask |= on is null ? 0 : (uint)option;
            flags |= on == true ? (uint)option : 0;
        }

        Flag(VlanOptions.ReorderHeader, ReorderHeader);
        Flag(VlanOptions.Gvrp, Gvrp);
        Flag(VlanOptions.Mvrp, Mvrp);
        Flag(VlanOptions.LooseBinding, LooseBinding);
        Flag(VlanOptions.BridgeBinding, BridgeBinding);
        if (mask != 0)
            data.Put(VlanKind.Flags, new VlanKind.Pair(flags, mask));
        Map(VlanKind.IngressQos, IngressQosMap?.Select(pair => new VlanKind.Pair((uint)pair.Key, (uint)pair.Value)));
        Map(VlanKind.EgressQos, EgressQosMap?.Select(pair => new VlanKind.Pair((uint)pair.Key, (uint)pair.Value)));

        void Map(ushort type, IEnumerable<VlanKind.Pair>? pairs)
        {
            if (pairs is null)
                return;
            data.Nest(type, map =>
            {
                foreach (var pair in pairs)
                    map.Put(VlanKind.QosMapping, pair);
            });
        }
    }
}

/// <summary>A VLAN on a parent link.</summary>
/// <param name="name">The new link's name.</param>
/// <param name="vlanId">The VLAN's id, 1 to 4094.</param>
public sealed class VlanSpec(string name, int vlanId) : LinkSpec(name)
{
    /// <inheritdoc/>
    public override string Kind => "vlan";

    /// <summary>The VLAN's id.</summary>
    public int VlanId { get; } = vlanId;

    /// <summary>The tag's type.</summary>
    public VlanProtocol Protocol { get; init; } = VlanProtocol.Dot1Q;

    /// <summary>Further settings.</summary>
    public VlanSettings Settings { get; init; } = new();

    /// <summary>Checks a VLAN's id.</summary>
    /// <param name="id">The id.</param>
    /// <param name="target">What it is for.</param>
    /// <exception cref="NetworkException">InvalidArgument.</exception>
    public static void CheckId(int id, string? target = null)
    {
        if (id is < 1 or > 4094)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, $"{id} is no VLAN id: 1 to 4094 are (0 means untagged and 4095 is reserved by IEEE 802.1Q).", target);
    }

    /// <inheritdoc/>
    public override void Validate()
    {
        CheckId(VlanId, Name);
        base.Validate();
        Settings.Validate(Name);
        if (string.IsNullOrEmpty(Parent))
            throw new NetworkException(NetworkErrorCode.InvalidArgument, $"The VLAN link '{Name}' needs a parent link.", Name);
    }

    internal override NetworkException? Explain(NetlinkErrorException refusal, NetworkStack stack)
    {
        const int ENETDOWN = 100;
        if (refusal.Errno == ENETDOWN)
            return new NetworkException(NetworkErrorCode.KernelRefused, $"Cannot bring '{Name}' up: its parent '{Parent}' is down.", Name, refusal)
            {
                Advice =
                [
                    Advice.Omit(nameof(Up)),
                    Advice.To(AdviceKind.BringUp, AdviceThing.Link, stack.Namespace.Text, Parent),
                ],
            };
        if (refusal.Errno != Native.LibC.EEXIST || refusal.KernelMessage?.Contains("VLAN", StringComparison.Ordinal) != true)
            return null;
        var parent = stack.Links.Find(Parent!);
        var holder = stack.Links.List(new LinkFilter { Kind = "vlan", SkipStatistics = true }).OfType<VlanLink>()
            .FirstOrDefault(link => link.ParentIndex == parent?.Index && !link.ParentIsElsewhere && link.VlanId == VlanId && link.Protocol == Protocol);
        var where = holder is null ? "in another namespace" : $"its link is '{holder.Name}'";
        return new NetworkException(NetworkErrorCode.LinkExists, $"VLAN {VlanId} ({Protocol}) on '{Parent}' exists already: {where}. A parent carries each VLAN once.", Name, refusal)
        {
            Advice = holder is null ? [Advice.List(AdviceThing.Link, null, null, ("All", null), (nameof(Kind), Kind))] : [],
        };
    }

    internal override Hint? RefusalHint(int errno) => errno switch
    {
        95 => $"'{Parent}' carries no VLANs: it has no Ethernet frames, or its driver refuses tags.",
        Native.LibC.EINVAL => "The MTU of a VLAN cannot be larger than its parent's.",
        _ => Settings.RefusalHint(errno),
    };

    /// <inheritdoc/>
    protected internal override void WriteData(NetlinkRequest data)
    {
        ArgumentNullException.ThrowIfNull(data);
        data.Put(VlanKind.Id, (ushort)VlanId).PutBigEndian(VlanKind.Protocol, (ushort)Protocol.EtherType);
        Settings.Write(data);
    }
}
