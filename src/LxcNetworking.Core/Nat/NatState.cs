using LxcNetworking.Netfilter;

namespace LxcNetworking.Nat;

/// <summary>The module's table of nf_tables, and what of it is this module's.</summary>
/// <param name="Table">The table.</param>
/// <param name="Nats">The translations.</param>
/// <param name="Mappings">The static mappings, each with the rule that its number is of.</param>
/// <param name="Inward">The mapping of each rule that sends packets inwards, by the rule's handle.</param>
internal sealed record NatState(
    NftTable Table,
    IReadOnlyList<NetNatSpec> Nats,
    IReadOnlyList<(NftRule Rule, NetNatStaticMappingSpec Spec)> Mappings,
    IReadOnlyDictionary<ulong, NetNatStaticMappingSpec> Inward)
{
    /// <summary>Whether a rule is one of those of a mapping.</summary>
    public bool IsPart(NftRule rule, NetNatStaticMappingSpec spec)
        => (Inward.TryGetValue(rule.Handle, out var inward) && inward == spec) || NatRules.IsOutward(rule, spec);
}
