using LxcNetworking.Links;
using LxcNetworking.Namespaces;
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

    /// <summary>They are dropped, and the sender hears that the destination is unreachable.</summary>
    Unreachable = 7,

    /// <summary>They are dropped, and the sender hears that it is forbidden.</summary>
    Prohibit = 8,
}

/// <summary>A policy rule: which routing table decides over which packets.</summary>
public sealed class NetRule
{
    internal NetRule(NamespaceReference reference) => Namespace = reference;

    /// <summary>Rules are tried from the lowest number to the highest.</summary>
    public long Priority { get; internal init; }

    /// <summary>Only packets from here; null for all.</summary>
    public IPPrefix? From { get; internal init; }

    /// <summary>Only packets to here; null for all.</summary>
    public IPPrefix? To { get; internal init; }

    /// <summary>The table, or null for actions that need none.</summary>
    public RouteTable? Table { get; internal init; }

    /// <summary>What happens.</summary>
    public RuleAction Action { get; internal init; }

    /// <summary>The rule that Goto leads to, or null.</summary>
    public long? GotoPriority { get; internal init; }

    /// <summary>Only packets with this firewall mark, as far as <see cref="FirewallMask"/> tells; null for all.</summary>
    public long? FirewallMark { get; internal init; }

    /// <summary>Which bits of the mark count, or null.</summary>
    public long? FirewallMask { get; internal init; }

    /// <summary>Only packets that came in by this interface; <c>lo</c> means this host's own; null for all.</summary>
    public string? InputInterface { get; internal init; }

    /// <summary>Only packets whose socket is bound to this interface; null for all.</summary>
    public string? OutputInterface { get; internal init; }

    /// <summary>True if everything but the listed conditions matches.</summary>
    public bool Not { get; internal init; }

    /// <summary>Routes with a prefix no longer than this are passed over; null for none.</summary>
    public int? SuppressPrefixLength { get; internal init; }

    /// <summary>True for the rule that leads a VRF's packets to the VRF's table.</summary>
    public bool Vrf { get; internal init; }

    /// <summary>Who made it.</summary>
    public RouteProtocol Protocol { get; internal init; }

    /// <summary>IPv4 or IPv6.</summary>
    public IPFamily AddressFamily { get; internal init; }

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
        System.Globalization.CultureInfo.InvariantCulture,
        $"{AddressFamily} rule {Priority}{(From is null ? string.Empty : $" from {From}")}{(To is null ? string.Empty : $" to {To}")}{(Table is null ? $" {Action}" : $" lookup {Table}")}");
}

/// <summary>What a policy rule is to be made like.</summary>
/// <param name="Family">IPv4 or IPv6.</param>
public sealed record RuleSpec(IPFamily Family)
{
    /// <summary>The place among the rules; null for just before the first that is not 0.</summary>
    public long? Priority { get; init; }

    /// <summary>Only packets from here.</summary>
    public IPPrefix? From { get; init; }

    /// <summary>Only packets to here.</summary>
    public IPPrefix? To { get; init; }

    /// <summary>The table, for Lookup.</summary>
    public RouteTable? Table { get; init; }

    /// <summary>What happens.</summary>
    public RuleAction Action { get; init; } = RuleAction.Lookup;

    /// <summary>The rule to go on at, for Goto.</summary>
    public long? GotoPriority { get; init; }

    /// <summary>Only packets with this firewall mark.</summary>
    public long? FirewallMark { get; init; }

    /// <summary>Which bits of the mark count; null for all.</summary>
    public long? FirewallMask { get; init; }

    /// <summary>Only packets that came in by this interface.</summary>
    public string? InputInterface { get; init; }

    /// <summary>Only packets whose socket is bound to this interface.</summary>
    public string? OutputInterface { get; init; }

    /// <summary>Everything but the listed conditions matches.</summary>
    public bool Not { get; init; }

    /// <summary>Routes with a prefix no longer than this are passed over.</summary>
    public int? SuppressPrefixLength { get; init; }

    internal void Validate()
    {
        foreach (var prefix in new[] { From, To })
        {
            if (prefix is null)
                continue;
            if (IP.FamilyOf(prefix.Address) != Family)
                throw Invalid($"{prefix} does not go into an {Family} rule.");
            if (!prefix.Network.Address.Equals(prefix.Address))
                throw Invalid($"{prefix} is no network: bits beyond the prefix length are set. Did you mean {prefix.Network}?");
        }

        if (Priority is < 0 or > uint.MaxValue || GotoPriority is < 0 or > uint.MaxValue)
            throw Invalid($"A rule's priority is a number from 0 to {uint.MaxValue}.");
        if (FirewallMark is < 0 or > uint.MaxValue || FirewallMask is < 0 or > uint.MaxValue)
            throw Invalid($"A firewall mark is a number from 0 to {uint.MaxValue}.");
        if (Action == RuleAction.Lookup ? Table is null || Table.Equals(RouteTable.All) : Table is not null)
            throw Action == RuleAction.Lookup
                ? Invalid(
                    "Which table decides? It can be main, local, default, or a number.",
                    Advice.Give(nameof(Table)),
                    Advice.Choose(nameof(Action)))
                : Invalid($"A rule of action {Action} takes no table.");
        if (Action == RuleAction.Goto != GotoPriority is not null)
            throw Invalid("The action Goto and a priority to go to belong together.", Advice.Give(GotoPriority is null ? nameof(GotoPriority) : nameof(Action)));
        if (SuppressPrefixLength is < 0 || SuppressPrefixLength > IP.FullLength(Family))
            throw Invalid($"{SuppressPrefixLength} is no prefix length: 0 to {IP.FullLength(Family)} are.");
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
