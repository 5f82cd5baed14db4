using System.Globalization;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>What happens to packets that match a policy rule (FR_ACT_* of linux/fib_rules.h).</summary>
public enum RuleAction
{
    /// <summary>Their route is looked up in the rule's table.</summary>
    Lookup = 1,

    /// <summary>The search goes on at another rule.</summary>
    Goto = 2,

    /// <summary>Nothing.</summary>
    Nop = 3,

    /// <summary>They are dropped without a word.</summary>
    Blackhole = 6,

    /// <summary>They are dropped, and the sender is told that the destination is unreachable.</summary>
    Unreachable = 7,

    /// <summary>They are dropped, and the sender is told that it is forbidden.</summary>
    Prohibit = 8,
}

/// <summary>A policy rule as it was when it was read: which routing table decides over which packets.</summary>
public sealed record NetRule : RuleSpec
{
    /// <summary>Reads a message. struct fib_rule_hdr has the layout of struct rtmsg; its action is where that has the
    /// type.</summary>
    /// <exception cref="NetlinkProtocolException">A prefix does not fit its family.</exception>
    internal NetRule(IPFamily family, RtMsg header, AttributeReader attributes, NamespaceReference reference)
        : base(attributes)
    {
        (AddressFamily, Namespace) = (family, reference);
        To = Destination is null ? null : IP.Prefix(Destination, header.DestinationLength);
        From = Source is null ? null : IP.Prefix(Source, header.SourceLength);
        (Action, Not) = ((RuleAction)header.Type, (header.Flags & RuleOperations.Invert) != 0);
        TypeOfService = header.Tos == 0 ? null : header.Tos;
        // The kernel leaves 0 out, which is a mark like others where a mask is.
        FirewallMark ??= FirewallMask is null ? null : 0;
    }

    /// <summary>What else packets must be like, as ip-rule(8) writes it.</summary>
    public string Matches => string.Join(' ', Conditions());

    /// <summary>The namespace that it was read from.</summary>
    public NamespaceReference Namespace { get; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    /// <summary>What the kernel sent, to remove exactly this rule.</summary>
    internal byte[] Raw { get; init; } = [];

    /// <summary>False if the list that it was read with has no other rule of its priority.</summary>
    internal bool MayHaveTwins { get; set; } = true;

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{AddressFamily} rule {Priority}{Word(" from ", From)}{Word(" to ", To)}{Word(" ", Matches)}")
        + (Table is null ? $" {Action}" : $" lookup {Table}");

    private static string Word(string name, object? value)
        => value is null or "" ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"{name}{value}");

    private static string Masked(string name, object? value, long? mask, long all)
        => Word(name, value) + (value is null || mask is null || mask == all ? string.Empty : $"/0x{mask:x}");

    private IEnumerable<string> Conditions() => new[]
    {
        Not == true ? "not" : string.Empty,
        Word("iif ", InputInterface),
        Word("oif ", OutputInterface),
        Masked("mark ", FirewallMark is { } mark ? $"0x{mark:x}" : null, FirewallMask, uint.MaxValue),
        Word("tos ", TypeOfService),
        Masked("dscp ", Dscp, DscpMask, LargestDscp),
        Masked("flowlabel ", FlowLabel, FlowLabelMask, LargestFlowLabel),
        Word("ipproto ", IPProtocol),
        Masked("sport ", SourcePort, SourcePortMask, ushort.MaxValue),
        Masked("dport ", DestinationPort, DestinationPortMask, ushort.MaxValue),
        Word("uidrange ", UserId),
        Word("tun_id ", TunnelId),
        Vrf == true ? "vrf" : string.Empty,
        Word("suppress_prefixlength ", SuppressPrefixLength),
        Word("suppress_ifgroup ", SuppressInterfaceGroup),
    }.Where(word => word.Length > 0);
}
