using System.Management.Automation;
using LxcNetworking.Addressing;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Addressing;

/// <summary>What picks policy rules out, for the cmdlets that read and remove them.</summary>
public abstract class RuleCmdlet : StackCmdlet
{
    [Parameter(Position = 0)]
    public long[]? Priority { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(RouteTableCompleter))]
    [ListText]
    public RouteTable[]? Table { get; set; }

    [Parameter]
    public IPFamily? AddressFamily { get; set; }

    [Parameter]
    [StrictAddress(Prefix = true)]
    public IPPrefix? From { get; set; }

    [Parameter]
    [StrictAddress(Prefix = true)]
    public IPPrefix? To { get; set; }

    /// <summary>True if anything at all was asked for.</summary>
    protected bool IsNarrowed => (Priority ?? Table ?? From ?? (object?)To) is not null;

    /// <summary>Lists what matches; a priority that no rule has is a non-terminating error.</summary>
    /// <param name="stack">Where.</param>
    /// <returns>The rules.</returns>
    protected IEnumerable<NetRule> SelectRules(NetworkStack stack)
    {
        ArgumentNullException.ThrowIfNull(stack);
        var found = new HashSet<long>();
        foreach (var rule in stack.Rules.List(AddressFamily, Cancellation))
        {
            if (Priority?.Contains(rule.Priority ?? 0) == false
                || (Table is not null && !Table.Any(table => table.Equals(rule.Table)))
                || (From is not null && !From.Equals(rule.From)) || (To is not null && !To.Equals(rule.To)))
                continue;
            found.Add(rule.Priority ?? 0);
            yield return rule;
        }

        foreach (var missing in (Priority ?? []).Where(priority => !found.Contains(priority)))
            WriteError(ErrorOf(new NetworkException(
                NetworkErrorCode.ObjectNotFound,
                $"There is no such rule with priority {missing} in namespace '{stack.Namespace}'. Get-NetRule lists "
                    + "what is there.",
                missing.ToString(System.Globalization.CultureInfo.InvariantCulture))));
    }
}

/// <summary>Lists policy rules.</summary>
[Cmdlet(VerbsCommon.Get, "NetRule")]
[OutputType(typeof(NetRule))]
public sealed class GetNetRuleCommand : RuleCmdlet
{
    [Parameter]
    public SwitchParameter All { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        ForEachStack(All, Write);
    }

    private void Write(NetworkStack stack)
    {
        foreach (var rule in SelectRules(stack))
            WriteObject(rule);
    }
}

/// <summary>Makes a policy rule.</summary>
[Cmdlet(VerbsCommon.New, "NetRule", SupportsShouldProcess = true)]
[OutputType(typeof(NetRule))]
[CreationParameters(typeof(RuleSpec))]
public sealed partial class NewNetRuleCommand : StackCmdlet
{
    [Parameter(Position = 0)]
    public long? Priority { get; set; }

    [Parameter]
    [StrictAddress(Prefix = true)]
    public IPPrefix? From { get; set; }

    [Parameter]
    [StrictAddress(Prefix = true)]
    public IPPrefix? To { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(RouteTableCompleter))]
    public RouteTable? Table { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [ObjectName]
    public string? InputInterface { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [ObjectName]
    public string? OutputInterface { get; set; }

    [Parameter]
    public SwitchParameter Not { get; set; }

    [Parameter]
    public SwitchParameter Vrf { get; set; }

    [Parameter]
    public IPFamily? AddressFamily { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        var isIPv6 = (From ?? To)?.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        var spec = Said() with
        {
            AddressFamily = AddressFamily ?? (isIPv6 ? IPFamily.IPv6 : IPFamily.IPv4),
            Priority = Priority,
            From = From,
            To = To,
            Table = Table,
            InputInterface = InputInterface,
            OutputInterface = OutputInterface,
            Not = Not ? true : null,
            Vrf = Vrf ? true : null,
        };
        var number = Priority is null ? string.Empty : $" {Priority}";
        if (ShouldProcess($"namespace {stack.Namespace}", $"Create {spec.AddressFamily} rule{number}"))
            WriteObject(stack.Rules.Create(spec, Cancellation));
    }
}

/// <summary>Removes policy rules.</summary>
[Cmdlet(VerbsCommon.Remove, "NetRule", SupportsShouldProcess = true)]
public sealed class RemoveNetRuleCommand : RuleCmdlet
{
    private readonly RemovalList<NetRule> _removal = new();

    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public NetRule? InputRule { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        if (Given(InputRule, () => stack.Rules.List(cancellation: Cancellation)) is { } given)
        {
            Collect(stack, given);
            return;
        }

        if (!IsNarrowed)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument, "Which rule? Name it with -Priority, -Table, -From or -To.");
        foreach (var rule in SelectRules(stack))
            Collect(stack, rule);
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => Try(() => _removal.RemoveAll(
        (stack, items) => stack.Rules.Remove(items, Cancellation), (error, item) => WriteError(ErrorOf(error, item))));

    private void Collect(NetworkStack stack, NetRule rule)
    {
        if (ShouldProcess($"{rule} in namespace {stack.Namespace}", "Remove rule"))
            _removal.Add(stack, rule);
    }
}
