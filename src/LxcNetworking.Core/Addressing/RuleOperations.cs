using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>Attributes of policy rules (FRA_* of linux/fib_rules.h).</summary>
internal static class Fra
{
    public const ushort Dst = 1, Src = 2, IifName = 3, Goto = 4, Priority = 6, FwMark = 10, SuppressIfGroup = 13, SuppressPrefixLen = 14, Table = 15, FwMask = 16, OifName = 17, L3Mdev = 19, Protocol = 21;
}

/// <summary>Policy rules of one namespace (ip-rule(8)): list, make, remove.</summary>
public sealed class RuleOperations : IStackOperations<RuleOperations>
{
    private const int EOPNOTSUPP = 95, EAFNOSUPPORT = 97;
    internal const uint Invert = 2; // FIB_RULE_INVERT
    private readonly NetworkStack _stack;

    internal RuleOperations(NetworkStack stack) => _stack = stack;

    static RuleOperations IStackOperations<RuleOperations>.On(NetworkStack stack) => new(stack);

    /// <summary>Lists rules in the order in which they are tried, IPv4 first.</summary>
    /// <param name="family">Only IPv4 or IPv6; null for both.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The rules.</returns>
    /// <exception cref="NetlinkException">The kernel did not answer as it should.</exception>
    public IReadOnlyList<NetRule> List(IPFamily? family = null, CancellationToken cancellation = default)
    {
        var rules = new List<NetRule>();
        foreach (var one in family is { } only ? [only] : new[] { IPFamily.IPv4, IPFamily.IPv6 })
        {
            using var request = new NetlinkRequest(Rtm.GetRule).Header(new RtMsg { Family = (byte)one });
            try
            {
                rules.AddRange(_stack.DumpListening(
                    request,
                    reply => Parse(reply, _stack.Namespace),
                    rule => Convert.ToHexString(rule.Raw),
                    type => type == Rtm.DelRule,
                    [RtnlGroup.IPv4Rule, RtnlGroup.IPv6Rule],
                    cancellation));
            }
            catch (NetlinkErrorException e) when (e.Errno is EOPNOTSUPP or EAFNOSUPPORT)
            {
                // A kernel may have no policy rules, or no IPv6.
            }
        }

        foreach (var twins in rules.GroupBy(rule => (rule.AddressFamily, rule.Priority)).Where(group => !group.Skip(1).Any()))
            twins.First().MayHaveTwins = false;
        return rules;
    }

    /// <summary>Makes a rule.</summary>
    /// <param name="spec">What it is to be like.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>The rule, read back.</returns>
    /// <exception cref="NetworkException">ObjectExists, InvalidArgument, PermissionDenied.</exception>
    public NetRule Create(RuleSpec spec, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(spec);
        spec.Validate();
        cancellation.ThrowIfCancellationRequested();
        var before = List(spec.Family, cancellation);
        using var request = new NetlinkRequest(Rtm.NewRule, NetlinkFlags.Create | NetlinkFlags.Exclusive | NetlinkFlags.Echo).Header(new RtMsg
        {
            Family = (byte)spec.Family,
            DestinationLength = (byte)(spec.To?.Length ?? 0),
            SourceLength = (byte)(spec.From?.Length ?? 0),
            Type = (byte)spec.Action,
            Flags = spec.Not ? Invert : 0,
        });
        if (spec.To is { Length: > 0 } to)
            request.PutAddress(Fra.Dst, to.Address);
        if (spec.From is { Length: > 0 } from)
            request.PutAddress(Fra.Src, from.Address);
        Put(request, Fra.Priority, spec.Priority);
        Put(request, Fra.Table, spec.Table?.Id);
        Put(request, Fra.Goto, spec.GotoPriority);
        Put(request, Fra.FwMark, spec.FirewallMark);
        Put(request, Fra.FwMask, spec.FirewallMask);
        Put(request, Fra.SuppressPrefixLen, spec.SuppressPrefixLength);
        if (spec.InputInterface is { } input)
            request.PutString(Fra.IifName, input);
        if (spec.OutputInterface is { } output)
            request.PutString(Fra.OifName, output);
        request.Put(Fra.Protocol, (byte)RouteProtocol.Boot);
        NetRule? made = null;
        try
        {
            _stack.Route.Execute(request, reply => made = Parse(reply, _stack.Namespace) ?? made, CancellationToken.None);
        }
        catch (NetlinkErrorException e)
        {
            throw e.Errno == Native.LibC.EEXIST
                ? new NetworkException(NetworkErrorCode.ObjectExists, $"There is such an {spec.Family} rule in namespace '{_stack.Namespace}' already.", "rule", e)
                {
                    Advice = [Advice.List(AdviceThing.Rule, _stack.Namespace.Text)],
                }
                : KernelErrors.Explain(e, $"create the {spec.Family} rule", "rule", notFound: NetworkErrorCode.ObjectNotFound, exists: NetworkErrorCode.ObjectExists);
        }

        // Not every kernel gives the rule back with its answer.
        return made ?? List(spec.Family, CancellationToken.None).FirstOrDefault(rule => !before.Any(old => old.Raw.AsSpan().SequenceEqual(rule.Raw)))
            ?? throw new NetworkException(NetworkErrorCode.ObjectNotFound, "The rule was made, but is gone again.", "rule");
    }

    /// <summary>Removes rules, and no others that are like them.</summary>
    /// <param name="rules">Rules as read from this stack.</param>
    /// <returns>For each rule null, or why it is still there.</returns>
    public IReadOnlyList<NetworkException?> Remove(IReadOnlyList<NetRule> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        return new RuleRemoval(_stack).Remove(rules);
    }

    private static void Put(NetlinkRequest request, ushort type, long? value)
    {
        if (value is not null)
            request.Put(type, (uint)value);
    }

    /// <summary>Makes a rule of a message.</summary>
    /// <exception cref="NetlinkProtocolException">The message is malformed.</exception>
    internal static NetRule? Parse(NetlinkReply reply, NamespaceReference reference)
    {
        if (reply.Type is not (Rtm.NewRule or Rtm.DelRule))
            return null;
        // struct fib_rule_hdr has the layout of struct rtmsg; its action stands where that one has the type.
        var attributes = reply.Read<RtMsg>(out var header);
        if (IP.FamilyOf(header.Family) is not { } family)
            return null;
        IPAddress? to = null, from = null;
        uint priority = 0, table = header.Table;
        uint? mark = null, mask = null, target = null, suppress = null;
        string? input = null, output = null;
        byte protocol = 0, vrf = 0;
        foreach (var attribute in attributes)
        {
            switch (attribute.Type)
            {
                case Fra.Dst: to = IP.Read(attribute); break;
                case Fra.Src: from = IP.Read(attribute); break;
                case Fra.Priority: priority = attribute.AsUInt32(); break;
                case Fra.Table: table = attribute.AsUInt32(); break;
                case Fra.Goto: target = attribute.AsUInt32(); break;
                case Fra.FwMark: mark = attribute.AsUInt32(); break;
                case Fra.FwMask: mask = attribute.AsUInt32(); break;
                case Fra.SuppressPrefixLen: suppress = attribute.AsUInt32(); break;
                case Fra.IifName: input = attribute.AsString(); break;
                case Fra.OifName: output = attribute.AsString(); break;
                case Fra.Protocol: protocol = attribute.AsByte(); break;
                case Fra.L3Mdev: vrf = attribute.AsByte(); break;
            }
        }

        return new NetRule(reference)
        {
            AddressFamily = family,
            Priority = priority,
            To = to is null ? null : IP.Prefix(to, header.DestinationLength),
            From = from is null ? null : IP.Prefix(from, header.SourceLength),
            Table = table == 0 ? null : RouteTable.Of(table),
            Action = (RuleAction)header.Type,
            GotoPriority = target,
            FirewallMark = mark,
            FirewallMask = mask,
            InputInterface = input,
            OutputInterface = output,
            Not = (header.Flags & Invert) != 0,
            SuppressPrefixLength = suppress is null or uint.MaxValue ? null : (int)suppress,
            Vrf = vrf != 0,
            Protocol = (RouteProtocol)protocol,
            Raw = reply.Payload.ToArray(),
        };
    }
}

/// <summary>Gives a stack its <see cref="RuleOperations"/>.</summary>
public static class RuleOperationsOfStack
{
    extension(NetworkStack stack)
    {
        /// <summary>Policy rules.</summary>
        public RuleOperations Rules => stack.Operations<RuleOperations>();
    }
}
