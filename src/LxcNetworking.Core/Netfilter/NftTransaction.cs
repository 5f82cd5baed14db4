using LxcNetworking.Netlink;

namespace LxcNetworking.Netfilter;

/// <summary>Collects changes to one table of the inet family, to be done together.</summary>
internal sealed class NftTransaction(string table) : IDisposable
{
    // An attribute holds 64 KiB, an element takes 28 bytes.
    private const int ElementsPerMessage = 2000;
    private readonly List<NetlinkRequest> _requests = [];
    private uint _sets;

    /// <summary>The requests so far.</summary>
    public IReadOnlyList<NetlinkRequest> Requests => _requests;

    public void CreateTable(string comment) => Add(NftMsg.NewTable, NetlinkFlags.Create)
        .PutString(Nfta.TableName, table)
        .Put(Nfta.TableUserData, NfTables.Comment(comment));

    public void DeleteTable() => Add(NftMsg.DelTable).PutString(Nfta.TableName, table);

    /// <summary>Makes a base chain of the type nat.</summary>
    public void CreateChain(NftChain chain) => Add(NftMsg.NewChain, NetlinkFlags.Create | NetlinkFlags.Exclusive)
        .PutString(Nfta.ChainTable, table)
        .PutString(Nfta.ChainName, chain.Name)
        .Nest(
            Nfta.ChainHook,
            hook => hook.PutBigEndian(Nfta.HookNumber, chain.Hook)
                .PutBigEndian(Nfta.HookPriority, (uint)chain.Priority))
        .PutBigEndian(Nfta.ChainPolicy, Nf.Accept)
        .PutString(Nfta.ChainType, chain.Type!);

    public void DeleteChain(string chain)
        => Add(NftMsg.DelChain).PutString(Nfta.ChainTable, table).PutString(Nfta.ChainName, chain);

    /// <summary>Makes a rule.</summary>
    /// <param name="chain">Its chain.</param>
    /// <param name="body">What it does.</param>
    /// <param name="comment">What nft shows.</param>
    /// <param name="before">The rule to stand before; null for the chain's end.</param>
    public void CreateRule(string chain, NftRuleBody body, string comment, ulong? before)
    {
        var request = Add(
            NftMsg.NewRule, NetlinkFlags.Create | (before is null ? NetlinkFlags.Append : NetlinkFlags.None))
            .PutString(Nfta.RuleTable, table)
            .PutString(Nfta.RuleChain, chain);
        if (before is { } position)
            request.PutBigEndian(Nfta.RulePosition, position);
        body.Write(request);
        request.Put(Nfta.RuleUserData, NfTables.Comment(comment));
    }

    public void DeleteRule(NftRule rule) => Add(NftMsg.DelRule)
        .PutString(Nfta.RuleTable, table)
        .PutString(Nfta.RuleChain, rule.Chain)
        .PutBigEndian(Nfta.RuleHandle, rule.Handle);

    /// <summary>Makes a map of ports that belongs to one rule and goes with it.</summary>
    /// <returns>Its name, in which the kernel puts a number, and its number within the transaction.</returns>
    public (string Name, uint Id) CreatePortMap(IReadOnlyList<(int From, int To)> pairs)
    {
        const string name = "__map%d";
        var id = ++_sets;
        Add(NftMsg.NewSet, NetlinkFlags.Create)
            .PutString(Nfta.SetTable, table)
            .PutString(Nfta.SetName, name)
            .PutBigEndian(Nfta.SetFlags, Nfta.AnonymousMap)
            .PutBigEndian(Nfta.SetKeyType, Nfta.TypeInetService)
            .PutBigEndian(Nfta.SetKeyLength, 2u)
            .PutBigEndian(Nfta.SetDataType, Nfta.TypeInetService)
            .PutBigEndian(Nfta.SetDataLength, 2u)
            .Nest(
                Nfta.SetDescription,
                description => description.PutBigEndian(Nfta.SetDescriptionSize, (uint)pairs.Count))
            .PutBigEndian(Nfta.SetId, id);
        foreach (var part in pairs.Chunk(ElementsPerMessage))
        {
            Add(NftMsg.NewSetElem, NetlinkFlags.Create)
                .PutString(Nfta.SetElemListTable, table)
                .PutString(Nfta.SetElemListSet, name)
                .PutBigEndian(Nfta.SetElemListSetId, id)
                .Nest(Nfta.SetElemListElements, list =>
                {
                    foreach (var (from, to) in part)
                    {
                        list.Nest(Nfta.ListElement, element => element
                            .Nest(Nfta.SetElemKey, key => key.PutBigEndian(Nfta.DataValue, (ushort)from))
                            .Nest(Nfta.SetElemData, data => data.PutBigEndian(Nfta.DataValue, (ushort)to)));
                    }
                });
        }

        return (name, id);
    }

    public void Dispose() => _requests.ForEach(request => request.Dispose());

    private NetlinkRequest Add(ushort type, NetlinkFlags flags = NetlinkFlags.None)
    {
        var request = NfTables.Request(type, flags);
        _requests.Add(request);
        return request;
    }
}
