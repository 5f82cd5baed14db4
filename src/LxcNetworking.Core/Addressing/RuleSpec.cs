using LxcNetworking.Declarations;
using LxcNetworking.Links;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>A policy rule to create (FRA_* and struct fib_rule_hdr of linux/fib_rules.h).</summary>
[AttributeSet]
public partial record RuleSpec : AttributeSet
{
    internal const int LargestFlowLabel = 0xFFFFF, LargestDscp = 63;

    /// <summary>A rule of one family.</summary>
    /// <param name="addressFamily">IPv4 or IPv6.</param>
    public RuleSpec(IPFamily addressFamily) => AddressFamily = addressFamily;

    /// <summary>IPv4 or IPv6.</summary>
    public IPFamily AddressFamily { get; init; } = IPFamily.IPv4;

    /// <summary>Rules are tried from the lowest number to the highest; null for just before the first that is not
    /// 0.</summary>
    [Nla(6, Wire.U32, Absent = 0L)]
    public long? Priority { get; init; }

    /// <summary>Only packets from here; null for all.</summary>
    [Computed]
    public IPPrefix? From
    {
        get;
        init => (field, Source) = (value, value is { Length: > 0 } ? value.Address : null);
    }

    /// <summary>Only packets to here; null for all.</summary>
    [Computed]
    public IPPrefix? To
    {
        get;
        init => (field, Destination) = (value, value is { Length: > 0 } ? value.Address : null);
    }

    /// <summary>The table, for Lookup; null for actions that need none.</summary>
    [Nla(15, Wire.Custom, Codec = typeof(RuleTable))]
    public RouteTable? Table { get; init; }

    /// <summary>What happens; null for Lookup.</summary>
    [Computed]
    public RuleAction? Action { get; init; }

    /// <summary>The rule that Goto leads to, or null.</summary>
    [Nla(4, Wire.U32)]
    public long? GotoPriority { get; init; }

    /// <summary>Only packets with this firewall mark, as far as <see cref="FirewallMask"/> tells; null for
    /// all.</summary>
    [Nla(10, Wire.U32)]
    public long? FirewallMark { get; init; }

    /// <summary>Which bits of the mark count; null for all.</summary>
    [Nla(16, Wire.U32)]
    public long? FirewallMask { get; init; }

    /// <summary>Only packets that came in by this interface; <c>lo</c> means this host's own; null for all.</summary>
    [Nla(3, Wire.Text)]
    public string? InputInterface { get; init; }

    /// <summary>Only packets whose socket is bound to this interface; null for all.</summary>
    [Nla(17, Wire.Text)]
    public string? OutputInterface { get; init; }

    /// <summary>True if everything but the listed conditions matches.</summary>
    [Computed]
    public bool? Not { get; init; }

    /// <summary>Only packets of this protocol; null for all.</summary>
    [Nla(22, Wire.U8)]
    public IPProtocol? IPProtocol { get; init; }

    /// <summary>Only packets from these ports; null for all.</summary>
    [Nla(23, Wire.Custom, Codec = typeof(RulePorts))]
    public PortRange? SourcePort { get; init; }

    /// <summary>Only packets to these ports; null for all.</summary>
    [Nla(24, Wire.Custom, Codec = typeof(RulePorts))]
    public PortRange? DestinationPort { get; init; }

    /// <summary>Which bits of a single source port count; null for all.</summary>
    [Nla(28, Wire.U16, Since = "6.15")]
    public int? SourcePortMask { get; init; }

    /// <summary>Which bits of a single destination port count; null for all.</summary>
    [Nla(29, Wire.U16, Since = "6.15")]
    public int? DestinationPortMask { get; init; }

    /// <summary>Only packets of sockets of these users; null for all.</summary>
    [Nla(20, Wire.Custom, Codec = typeof(RuleUsers))]
    public UserIdRange? UserId { get; init; }

    /// <summary>Only packets with this type of service (IPv6: traffic class), a multiple of 4; null for all.</summary>
    [Computed(Min = 0, Max = 252)]
    public int? TypeOfService { get; init; }

    /// <summary>Only packets with this DSCP (RFC 2474), 0 too; null for all.</summary>
    [Nla(25, Wire.U8, Max = LargestDscp, Since = "6.13")]
    public int? Dscp { get; init; }

    /// <summary>Which bits of the DSCP count; null for all.</summary>
    [Nla(30, Wire.U8, Max = LargestDscp, Since = "6.15")]
    public int? DscpMask { get; init; }

    /// <summary>IPv6: only packets with this flow label (RFC 6437); null for all.</summary>
    [Nla(26, Wire.U32BigEndian, Max = LargestFlowLabel, Since = "6.14")]
    public long? FlowLabel { get; init; }

    /// <summary>Which bits of the flow label count; null for all.</summary>
    [Nla(27, Wire.U32BigEndian, Max = LargestFlowLabel, Since = "6.14")]
    public long? FlowLabelMask { get; init; }

    /// <summary>Only packets that a tunnel with this identifier brought; null for all.</summary>
    [Nla(12, Wire.U64BigEndian, Min = 1)]
    public long? TunnelId { get; init; }

    /// <summary>Routes with a prefix no longer than this are passed over; null for none.</summary>
    [Nla(14, Wire.Custom, Codec = typeof(RuleSuppression))]
    public int? SuppressPrefixLength { get; init; }

    /// <summary>Routes over interfaces of this group are passed over; null for none.</summary>
    [Nla(13, Wire.Custom, Codec = typeof(RuleSuppression))]
    public int? SuppressInterfaceGroup { get; init; }

    /// <summary>True for the rule that leads a VRF's packets to the VRF's table (FRA_L3MDEV).</summary>
    [Nla(19, Wire.Custom, Codec = typeof(RuleVrf), Absent = false)]
    public bool? Vrf { get; init; }

    /// <summary>IPv4: the realms that packets get, the source's in the upper 16 bits, the destination's in the lower
    /// ones; null for none.</summary>
    [Nla(11, Wire.U32)]
    public long? Realms { get; init; }

    /// <summary>Who made it; null for this library.</summary>
    [Nla(21, Wire.U8, Absent = RouteProtocol.Unspecified)]
    public RouteProtocol? Protocol { get; init; }

    [Nla(1, Wire.AnyAddress)]
    internal IPAddress? Destination { get; init; }

    [Nla(2, Wire.AnyAddress)]
    internal IPAddress? Source { get; init; }

    /// <summary>As it is sent, with what is not said.</summary>
    internal RuleSpec ToSend() => this with
    {
        Action = Action ?? RuleAction.Lookup,
        Protocol = Protocol ?? RouteProtocol.LxcNetworking,
        // The kernel takes a mark of 0 without a mask for none, and no flow label without a mask.
        FirewallMask = FirewallMask ?? (FirewallMark is null ? null : uint.MaxValue),
        FlowLabelMask = FlowLabelMask ?? (FlowLabel is null ? null : LargestFlowLabel),
    };

    internal void Validate()
    {
        foreach (var prefix in new[] { From, To })
        {
            if (prefix is null)
                continue;
            if (IP.FamilyOf(prefix.Address) != AddressFamily)
                throw Invalid($"{prefix} does not go into an {AddressFamily} rule.");
            if (!prefix.Network.Address.Equals(prefix.Address))
            {
                throw Invalid(
                    $"{prefix} is no network: bits beyond the prefix length are set. Did you mean {prefix.Network}?");
            }
        }

        if (OutOfRange() is { } problem)
            throw Invalid($"{problem}.");
        if (Action is null or RuleAction.Lookup)
        {
            if (Vrf == true ? Table is not null : Table is null || Table.Equals(RouteTable.All))
            {
                throw Vrf == true ? Invalid("The rule for VRFs takes no table, as each VRF has its own.")
                    : Invalid(
                        "Which table decides? It can be main, local, default, or a number.",
                        Advice.Give(nameof(Table)),
                        Advice.Choose(nameof(Action)));
            }
        }
        else if (Table is not null)
        {
            throw Invalid($"A rule of action {Action} takes no table.");
        }

        if (Action == RuleAction.Goto != GotoPriority is not null)
        {
            throw Invalid(
                "The action Goto and a priority to go to belong together.",
                Advice.Give(GotoPriority is null ? nameof(GotoPriority) : nameof(Action)));
        }

        if (SuppressPrefixLength is < 0 || SuppressPrefixLength > IP.FullLength(AddressFamily))
            throw Invalid($"{SuppressPrefixLength} is no prefix length: 0 to {IP.FullLength(AddressFamily)} are.");
        foreach (var name in new[] { InputInterface, OutputInterface })
        {
            // The interface need not be there yet, but it must be one that could be.
            if (name is not null)
                LinkSpec.CheckName(name);
        }
    }

    private static NetworkException Invalid(string message, params Advice[] advice)
        => new(NetworkErrorCode.InvalidArgument, message, "rule") { Advice = advice };
}
