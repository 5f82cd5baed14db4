using System.Buffers.Binary;
using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Netlink;

namespace LxcNetworking.Netfilter;

/// <summary>
/// One table of the inet family in one namespace: read it, change it. What it reads is of one moment, and a change is
/// done only if the ruleset is still what was read.
/// </summary>
internal sealed class NfTables(NetworkStack stack, string table)
{
    private const byte CommentTag = 0;
    private const int MaxAttempts = 10;

    private NetlinkConnection Connection => stack.Connection(NetlinkProtocol.Netfilter);

    /// <summary>The table's name.</summary>
    public string Table => table;

    /// <summary>Reads the table.</summary>
    /// <returns>The table, or null if the kernel has no nf_tables.</returns>
    /// <exception cref="NetlinkException">The kernel refused, or did not answer as it should.</exception>
    public NftTable? Read(CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (Generation(cancellation) is not { } generation)
                return null;
            var use = 0u;
            var exists = false;
            using (var request = Request(NftMsg.GetTable).PutString(Nfta.TableName, table))
            {
                exists = TryExecute(
                    request,
                    reply => use = Attributes(reply).TryFind(Nfta.TableUse, out var found)
                        ? found.AsUInt32BigEndian()
                        : 0,
                    cancellation);
            }

            List<NftChain> chains = [];
            List<NftRule> rules = [];
            if (exists)
            {
                using var chainRequest = Request(NftMsg.GetChain);
                chains = Connection.Dump(chainRequest, ReadChain, cancellation);
                using var ruleRequest = Request(NftMsg.GetRule).PutString(Nfta.RuleTable, table);
                rules = Connection.Dump(ruleRequest, ReadRule, cancellation);
            }

            if (Generation(cancellation) == generation)
                return new NftTable(generation, exists, use, chains, rules);
            if (attempt == MaxAttempts)
                throw new NetlinkDumpInterruptedException(MaxAttempts);
        }
    }

    /// <summary>Reads a map from ports to ports.</summary>
    /// <returns>The pairs in the order of the first, or null if there is no such map, or one of another sort.</returns>
    public IReadOnlyList<(int From, int To)>? ReadPortMap(string map, CancellationToken cancellation)
    {
        using var request = Request(NftMsg.GetSetElem).PutString(Nfta.SetElemListTable, table)
            .PutString(Nfta.SetElemListSet, map);
        try
        {
            var pairs = Connection.Dump(request, ReadPorts, cancellation).SelectMany(part => part).ToList();
            return pairs.Contains(null)
                ? null : [.. pairs.Select(pair => pair!.Value).Distinct().OrderBy(pair => pair.From)];
        }
        catch (NetlinkErrorException e) when (e.Errno == LibC.ENOENT)
        {
            return null;
        }
    }

    /// <summary>Changes the ruleset in one transaction.</summary>
    /// <returns>False if the ruleset is not the one that was read any more; then nothing was done.</returns>
    /// <exception cref="NetlinkErrorException">The kernel refused; then nothing was done.</exception>
    public bool TryCommit(NftTransaction transaction, uint generation, CancellationToken cancellation)
    {
        using var begin = Envelope(Nfnl.BatchBegin).PutBigEndian(Nfnl.BatchGeneration, generation);
        using var end = Envelope(Nfnl.BatchEnd);
        try
        {
            Connection.ExecuteTransaction(begin, transaction.Requests, end, cancellation);
            return true;
        }
        catch (NetlinkErrorException e) when (e.Errno == LibC.ERESTART)
        {
            return false;
        }
    }

    internal static NetlinkRequest Request(ushort type, NetlinkFlags flags = NetlinkFlags.None)
        => new NetlinkRequest(type, flags).Header(new NfGenMsg { Family = Nf.Inet });

    /// <summary>Writes a comment as libnftnl keeps it: a tag, the length, the text with its NUL.</summary>
    internal static byte[] Comment(string text)
    {
        var bytes = KernelText.Encode(text);
        return [CommentTag, (byte)(bytes.Length + 1), .. bytes, 0];
    }

    private static NetlinkRequest Envelope(ushort type)
        => new NetlinkRequest(type)
            .Header(
                new NfGenMsg
                {
                    ResourceBigEndian = (ushort)System.Net.IPAddress.HostToNetworkOrder((short)Nfnl.SubsystemNfTables),
                });

    private static AttributeReader Attributes(NetlinkReply reply) => reply.Read<NfGenMsg>(out _);

    /// <summary>Reads the pairs of one part of a map; null is one that has not two ports.</summary>
    private static List<(int From, int To)?> ReadPorts(NetlinkReply reply)
    {
        var pairs = new List<(int From, int To)?>();
        if (Attributes(reply).TryFind(Nfta.SetElemListElements, out var elements))
        {
            foreach (var element in elements.Nested)
            {
                pairs.Add(
                    Port(element.Nested, Nfta.SetElemKey) is { } from
                        && Port(element.Nested, Nfta.SetElemData) is { } to
                        ? (from, to) : null);
            }
        }

        return pairs;
    }

    private static int? Port(AttributeReader element, ushort type)
        => element.TryFind(type, out var data) && data.Nested.TryFind(Nfta.DataValue, out var value)
            && value.Value.Length == 2
            ? BinaryPrimitives.ReadUInt16BigEndian(value.Value) : null;

    // Foreign user data may be anything at all: what does not follow the format carries no comment.
    internal static string? ReadComment(ReadOnlySpan<byte> data)
    {
        while (data.Length >= 2 && data.Length >= 2 + data[1])
        {
            var value = data.Slice(2, data[1]);
            if (data[0] == CommentTag)
                return value is [.., 0] ? KernelText.Decode(value) : null;
            data = data[(2 + value.Length)..];
        }

        return null;
    }

    private uint? Generation(CancellationToken cancellation) => Generation(Connection, cancellation);

    /// <summary>The number of the ruleset's state; null where the kernel has no nf_tables.</summary>
    internal static uint? Generation(NetlinkConnection connection, CancellationToken cancellation)
    {
        uint? generation = null;
        using var request = new NetlinkRequest(NftMsg.GetGen).AsQuery().Header(default(NfGenMsg));
        try
        {
            connection.Execute(
                request,
                reply => generation = Attributes(reply).TryFind(Nfta.GenerationId, out var found)
                    ? found.AsUInt32BigEndian()
                    : 0,
                cancellation);
        }
        catch (NetlinkErrorException e) when (e.Errno is LibC.EINVAL or LibC.EOPNOTSUPP)
        {
            // No subsystem of that number.
            return null;
        }

        return generation ?? 0;
    }

    private bool TryExecute(NetlinkRequest request, ReplyHandler onReply, CancellationToken cancellation)
    {
        try
        {
            Connection.Execute(request.AsQuery(), onReply, cancellation);
            return true;
        }
        catch (NetlinkErrorException e) when (e.Errno == LibC.ENOENT)
        {
            return false;
        }
    }

    private bool IsOurs(AttributeReader attributes, ushort type)
        => attributes.TryFind(type, out var name) && name.AsString() == table;

    private NftChain? ReadChain(NetlinkReply reply)
    {
        var attributes = Attributes(reply);
        if (!IsOurs(attributes, Nfta.ChainTable) || !attributes.TryFind(Nfta.ChainName, out var name))
            return null;
        uint hook = uint.MaxValue;
        var priority = 0;
        if (attributes.TryFind(Nfta.ChainHook, out var found))
        {
            hook = found.Nested.TryFind(Nfta.HookNumber, out var number) ? number.AsUInt32BigEndian() : hook;
            priority = found.Nested.TryFind(Nfta.HookPriority, out var level) ? (int)level.AsUInt32BigEndian() : 0;
        }

        return new NftChain(
            name.AsString(), attributes.TryFind(Nfta.ChainType, out var type) ? type.AsString() : null, hook, priority);
    }

    private NftRule? ReadRule(NetlinkReply reply)
    {
        var attributes = Attributes(reply);
        if (!IsOurs(attributes, Nfta.RuleTable) || !attributes.TryFind(Nfta.RuleChain, out var chain)
            || !attributes.TryFind(Nfta.RuleHandle, out var handle))
            return null;
        return new NftRule(
            chain.AsString(),
            handle.AsUInt64BigEndian(),
            attributes.TryFind(Nfta.RuleUserData, out var data) ? ReadComment(data.Value) : null,
            attributes.TryFind(Nfta.RuleExpressions, out var expressions)
                ? NftRuleReader.Read(expressions.Nested)
                : null);
    }
}
