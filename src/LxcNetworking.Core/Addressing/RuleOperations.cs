using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>Policy rules of one namespace (ip-rule(8)): list, make, remove.</summary>
public sealed class RuleOperations : IStackOperations<RuleOperations>
{
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
            catch (NetlinkErrorException e) when (e.Errno is LibC.EOPNOTSUPP or LibC.EAFNOSUPPORT)
            {
                // A kernel may have no policy rules, or no IPv6.
            }
        }

        foreach (var twins in rules.GroupBy(rule => (rule.AddressFamily, rule.Priority))
            .Where(group => !group.Skip(1).Any()))
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
        var before = List(spec.AddressFamily, cancellation);
        using var request = Message(spec.ToSend());
        NetRule? made = null;
        try
        {
            _stack.Route.Execute(
                request, reply => made = Parse(reply, _stack.Namespace) ?? made, CancellationToken.None);
        }
        catch (NetlinkErrorException e)
        {
            throw e.Errno == LibC.EEXIST
                ? new NetworkException(
                    NetworkErrorCode.ObjectExists,
                    $"There is such an {spec.AddressFamily} rule in namespace '{_stack.Namespace}' already.",
                    "rule",
                    e)
                {
                    Advice = [Advice.List(AdviceThing.Rule, _stack.Namespace.Text)],
                }
                : KernelErrors.Explain(
                    e,
                    $"create the {spec.AddressFamily} rule",
                    "rule",
                    notFound: NetworkErrorCode.ObjectNotFound,
                    exists: NetworkErrorCode.ObjectExists);
        }

        // Not every kernel gives the rule back with its answer.
        made ??= List(spec.AddressFamily, CancellationToken.None)
            .FirstOrDefault(rule => !before.Any(old => old.Raw.AsSpan().SequenceEqual(rule.Raw)))
            ?? throw new NetworkException(
                NetworkErrorCode.ObjectNotFound, "The rule was made, but is gone again.", "rule");
        PassedOverSettings.Refuse(
            spec.Unanswered(made), $"the {made.AddressFamily} rule", "rule", () => Remove([made])[0]);
        return made;
    }

    /// <summary>Removes rules, and no others that are like them.</summary>
    /// <param name="rules">Rules as read from this stack.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>For each rule null, or why it is still there.</returns>
    public IReadOnlyList<NetworkException?> Remove(
        IReadOnlyList<NetRule> rules, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(rules);
        return new RuleRemoval(_stack).Remove(rules, cancellation);
    }

    private static NetlinkRequest Message(RuleSpec spec)
    {
        var request = new NetlinkRequest(
            Rtm.NewRule, NetlinkFlags.Create | NetlinkFlags.Exclusive | NetlinkFlags.Echo).Header(new RtMsg
            {
                Family = (byte)spec.AddressFamily,
                DestinationLength = (byte)(spec.To?.Length ?? 0),
                SourceLength = (byte)(spec.From?.Length ?? 0),
                Tos = (byte)(spec.TypeOfService ?? 0),
                Type = (byte)spec.Action!,
                Flags = spec.Not == true ? Invert : 0,
            });
        spec.Write(request);
        return request;
    }

    /// <summary>Makes a rule of a message.</summary>
    /// <exception cref="NetlinkProtocolException">The message is malformed.</exception>
    internal static NetRule? Parse(NetlinkReply reply, NamespaceReference reference)
    {
        if (reply.Type is not (Rtm.NewRule or Rtm.DelRule))
            return null;
        var attributes = reply.Read<RtMsg>(out var header);
        return IP.FamilyOf(header.Family) is not { } family ? null
            : new NetRule(family, header, attributes, reference) { Raw = reply.Payload.ToArray() };
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
