using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Netfilter;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Nat;

/// <summary>
/// The module's table of nf_tables in one namespace. Translations and static mappings are read from its rules, and
/// changed from what they are.
/// </summary>
internal sealed class NatTable(NetworkStack stack, NfTables tables)
{
    private const int MaxAttempts = 20;
    private const string NoNfTables
        = "has no nf_tables. Load it as root ('modprobe nf_tables'), or boot a kernel that has it";

    /// <summary>Reads the table.</summary>
    /// <param name="operation">What the reading is for, to follow "Cannot".</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Null where the kernel has no nf_tables.</returns>
    public NatState? Read(string operation, CancellationToken cancellation)
    {
        try
        {
            if (tables.Read(cancellation) is not { } table)
                return null;
            var nats = table.Rules.Select(NatRules.ReadNat).OfType<NetNatSpec>().DistinctBy(nat => nat.Name).ToList();
            var inward = new Dictionary<ulong, NetNatStaticMappingSpec>();
            var mappings = new List<(NftRule Rule, NetNatStaticMappingSpec Spec)>();
            foreach (var rule in table.Rules)
            {
                if (NatRules.ReadMapping(rule, map => tables.ReadPortMap(map, cancellation)) is not { } spec)
                    continue;
                inward[rule.Handle] = spec;
                if (rule.Chain == NatRules.PreRouting.Name)
                    mappings.Add((rule, spec));
            }

            return new NatState(table, nats, mappings, inward);
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(
                e, operation, null, NetworkErrorCode.ObjectNotFound, NetworkErrorCode.ObjectExists);
        }
    }

    /// <summary>Changes the table from what it is. If anyone changes the ruleset in between, all is looked at
    /// anew.</summary>
    /// <param name="operation">What the change is, to follow "Cannot".</param>
    /// <param name="target">What it is about.</param>
    /// <param name="prepare">Writes the change for a state of the table.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public void Change(
        string operation, string target, Action<NatState, NftTransaction> prepare, CancellationToken cancellation)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            cancellation.ThrowIfCancellationRequested();
            var state = Read(operation, cancellation) ?? throw new NetworkException(
                NetworkErrorCode.KindNotSupported, $"Cannot {operation}: the kernel {NoNfTables}.", target);
            using var transaction = new NftTransaction(tables.Table);
            prepare(state, transaction);
            try
            {
                if (tables.TryCommit(transaction, state.Table.Generation, cancellation))
                    return;
            }
            catch (NetlinkErrorException e)
            {
                throw Refused(e, operation, target);
            }
            catch (NetlinkSocketException e)
            {
                throw new NetworkException(
                    NetworkErrorCode.InvalidArgument,
                    $"Cannot {operation}: it is more than the kernel takes at once ({e.Message}).",
                    target,
                    e);
            }

            // Everyone who changed something in between got further; the next turn may be ours.
            Thread.Sleep(Random.Shared.Next(1 << Math.Min(attempt, 5)));
        }

        throw new NetworkException(
            NetworkErrorCode.ResourceBusy,
            $"Cannot {operation}: others changed the ruleset of namespace '{stack.Namespace}' each of the "
                + $"{MaxAttempts} times it was tried. Try again.",
            target);
    }

    /// <summary>Says that there is no translation of a name.</summary>
    public NetworkException NotFound(string name) => new(
        NetworkErrorCode.ObjectNotFound,
        $"There is no NAT '{KernelText.Printable(name)}' in namespace '{stack.Namespace}'.",
        name)
    { Advice = [Advice.List(AdviceThing.Nat, stack.Namespace.Text)] };

    private static NetworkException Refused(NetlinkErrorException e, string operation, string target)
    {
        // What is not compiled in and cannot be loaded is "not found".
        var missing = (e.MessageType, e.Errno) switch
        {
            (NftMsg.NewChain, LibC.ENOENT or LibC.EOPNOTSUPP)
                => "has no address translation in nf_tables. Load it as root ('modprobe nft_chain_nat'); for both "
                    + "families in one table it takes Linux 5.2 or newer",
            (NftMsg.NewRule, LibC.ENOENT or LibC.EOPNOTSUPP)
                => "lacks a part of nf_tables. Load them as root ('modprobe -a nft_nat nft_masq nft_ct nft_fib_inet'), "
                    + "or boot a kernel that has them",
            (Nfnl.BatchBegin, LibC.EOPNOTSUPP or LibC.EINVAL) => NoNfTables,
            _ => null,
        };
        return missing is null
            ? KernelErrors.Explain(e, operation, target, NetworkErrorCode.ObjectNotFound, NetworkErrorCode.ObjectExists)
            : new NetworkException(
                NetworkErrorCode.KindNotSupported, $"Cannot {operation}: the kernel {missing}.", target, e);
    }

    /// <summary>Creates rules, each before those of its chain that must come later, with the table and the chains where
    /// they are not there.</summary>
    public static void Insert(NatState state, NftTransaction transaction, IReadOnlyList<NatRule> rules)
    {
        if (!state.Table.Exists)
            transaction.CreateTable(NatRules.TableComment);
        foreach (var chain in new[] { NatRules.PreRouting, NatRules.Output, NatRules.PostRouting })
        {
            var there = state.Table.Chains.FirstOrDefault(item => item.Name == chain.Name);
            if (there is null)
                transaction.CreateChain(chain);
            else if (there.Type != chain.Type || there.Hook != chain.Hook)
            {
                throw new NetworkException(
                    NetworkErrorCode.ObjectExists,
                    $"The chain '{chain.Name}' of the nf_tables table 'inet {NatRules.TableName}' was made by someone "
                        + "else and translates nothing. Remove or rename it first.",
                    chain.Name);
            }
        }

        foreach (var rule in rules)
        {
            var next = state.Table.Rules.FirstOrDefault(
                item => item.Chain == rule.Chain.Name && NatRules.RankOf(item) > rule.Rank);
            transaction.CreateRule(rule.Chain.Name, rule.Body, rule.Comment, next?.Handle);
        }
    }

    /// <summary>Removes rules, and with the last ones of this module its chains and the table, unless someone else uses
    /// them.</summary>
    public static void Delete(NatState state, NftTransaction transaction, Func<NftRule, bool> isMeant)
    {
        var gone = state.Table.Rules.Where(isMeant).ToList();
        var left = state.Table.Rules.Where(rule => !isMeant(rule)).ToList();
        if (left.Any(rule => NatRules.ReadNat(rule) is not null || state.Inward.ContainsKey(rule.Handle)))
        {
            gone.ForEach(transaction.DeleteRule);
            return;
        }

        // A map belongs to its rule and goes with it.
        var maps = gone.Count(rule => rule.Body?.Action.Map is not null);
        NftChain[] own = [NatRules.PreRouting, NatRules.Output, NatRules.PostRouting];
        if (left.Count == 0 && state.Table.Chains.All(own.Contains)
            && state.Table.Use <= state.Table.Chains.Count + maps)
        {
            transaction.DeleteTable();
            return;
        }

        gone.ForEach(transaction.DeleteRule);
        foreach (var chain in state.Table.Chains.Where(own.Contains))
        {
            if (!left.Exists(rule => rule.Chain == chain.Name))
                transaction.DeleteChain(chain.Name);
        }
    }
}
