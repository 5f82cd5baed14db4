using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>
/// Removes rules. The kernel takes the first of the priority that has all that the request has (net/core/fib_rules.c);
/// what is zero is not compared, nor is inversion, and a new rule comes behind those of its priority.
/// </summary>
internal sealed class RuleRemoval(NetworkStack stack) : ExactRemoval<NetRule>(stack, NetworkErrorCode.ObjectNotFound)
{
    // FRA_* of linux/fib_rules.h, as RuleSpec declares them.
    private const ushort Priority = 6, SuppressInterfaceGroup = 13, SuppressPrefixLength = 14;

    protected override bool MayHaveTwins(NetRule item) => item.MayHaveTwins;

    protected override object PlaceOf(NetRule item) => item.AddressFamily;

    protected override IReadOnlyList<NetRule> ReadPlace(NetRule item) => Stack.Rules.List(item.AddressFamily);

    protected override object KeyOf(NetRule item) => (item.AddressFamily, item.Priority);

    protected override string Describe(NetRule item) => item.ToString();

    protected override string Identity(NetRule item)
        => new KernelRecord(item.Raw).Identity(RuleOperations.Invert, static _ => false);

    protected override NetRule? Parse(NetlinkReply reply) => RuleOperations.Parse(reply, Stack.Namespace);

    protected override NetlinkRequest Removal(NetRule item) => Repeat(item, Rtm.DelRule, NetlinkFlags.Echo);

    protected override NetlinkRequest Again(NetRule item) => Repeat(item, Rtm.NewRule, NetlinkFlags.Create);

    protected override bool IsTakenFor(NetRule item, NetRule twin)
    {
        var (asked, other) = (new KernelRecord(item.Raw), new KernelRecord(twin.Raw));
        bool Fits(byte wanted, byte has) => wanted == 0 || wanted == has;
        if (!Fits(asked.Header.Type, other.Header.Type) || !Fits(asked.Header.Tos, other.Header.Tos)
            || !Fits(asked.Header.SourceLength, other.Header.SourceLength)
            || !Fits(asked.Header.DestinationLength, other.Header.DestinationLength))
            return false;
        foreach (var attribute in asked.Attributes)
        {
            if (!IsNone(attribute) && attribute.Value.ContainsAnyExcept((byte)0)
                && !attribute.Value.SequenceEqual(other.Find(attribute.Type)))
                return false;
        }

        return true;
    }

    /// <summary>The kernel takes a rule twice. With all but the one made again behind them, the old ones go from the
    /// front, each the first that fits: no packet misses a rule.</summary>
    protected override void Rearrange(IReadOnlyList<NetRule> twins, int place)
    {
        if (Send(twins.Where((_, i) => i != place).Select(Again)) is { } refusal)
            throw refusal;
        Send(twins.Select(Removal));
    }

    private static NetlinkRequest Repeat(NetRule rule, ushort type, NetlinkFlags flags)
    {
        var record = new KernelRecord(rule.Raw);
        var header = record.Header;
        header.Flags &= RuleOperations.Invert;
        var request = new NetlinkRequest(type, flags).Header(header);
        foreach (var attribute in record.Attributes)
        {
            if (!IsNone(attribute))
                request.Put(attribute.Type, attribute.Value);
        }

        // No priority means any, but 0 is one of its own: it is left out by the kernel and put in here.
        return record.Find(Priority).IsEmpty ? request.Put(Priority, 0u) : request;
    }

    // -1 stands for none.
    private static bool IsNone(NetlinkAttribute attribute)
        => attribute.Type is SuppressInterfaceGroup or SuppressPrefixLength && attribute.AsUInt32() == uint.MaxValue;
}
