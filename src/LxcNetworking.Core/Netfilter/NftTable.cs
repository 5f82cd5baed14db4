namespace LxcNetworking.Netfilter;

/// <summary>A chain as the kernel holds it.</summary>
internal sealed record NftChain(string Name, string? Type, uint Hook, int Priority);

/// <summary>A rule as the kernel holds it.</summary>
/// <param name="Chain">Its chain.</param>
/// <param name="Handle">The kernel's number for it, unique in its table.</param>
/// <param name="Comment">What nft shows as its comment; null if it has none.</param>
/// <param name="Body">What it does; null if this program does not know how to read it.</param>
internal sealed record NftRule(string Chain, ulong Handle, string? Comment, NftRuleBody? Body);

/// <summary>One table at one moment.</summary>
/// <param name="Generation">The number of the ruleset's state, which every transaction of anyone's changes.</param>
/// <param name="Exists">False if there is no such table.</param>
/// <param name="Use">How many chains, sets, maps and objects are in it.</param>
/// <param name="Chains">Its chains.</param>
/// <param name="Rules">Its rules, in each chain's order.</param>
internal sealed record NftTable(
    uint Generation, bool Exists, uint Use, IReadOnlyList<NftChain> Chains, IReadOnlyList<NftRule> Rules);
