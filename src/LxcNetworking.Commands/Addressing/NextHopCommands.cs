using System.Management.Automation;
using LxcNetworking.Addressing;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Addressing;

/// <summary>Lists next-hop objects.</summary>
[Cmdlet(VerbsCommon.Get, "NetNextHop")]
[OutputType(typeof(NetNextHop))]
public sealed class GetNetNextHopCommand : NextHopCmdlet
{
    [Parameter]
    public SwitchParameter All { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem() => ForEachStack(All, stack =>
    {
        foreach (var nextHop in SelectNextHops(stack))
            WriteObject(nextHop);
    });
}

/// <summary>Makes a next-hop object.</summary>
[Cmdlet(VerbsCommon.New, "NetNextHop", SupportsShouldProcess = true)]
[OutputType(typeof(NetNextHop))]
[CreationParameters(typeof(NextHopSettings))]
public sealed partial class NewNetNextHopCommand : LinkTargetCmdlet
{
    [Parameter(Position = 0)]
    public long? NextHopId { get; set; }

    [Parameter(Position = 1)]
    [StrictAddress]
    public IPAddress? NextHop { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(NextHopCompleter))]
    [ListText]
    public NextHopMember[]? Group { get; set; }

    [Parameter]
    public int[]? Weight { get; set; }

    [Parameter]
    public RouteEncapsulation? Encapsulation { get; set; }

    [Parameter]
    public SwitchParameter Blackhole { get; set; }

    [Parameter]
    public SwitchParameter Fdb { get; set; }

    [Parameter]
    public SwitchParameter OnLink { get; set; }

    [Parameter]
    public IPFamily? AddressFamily { get; set; }

    [Parameter]
    [Numbered(typeof(RouteProtocol))]
    public RouteProtocol Protocol { get; set; } = RouteProtocol.LxcNetworking;

    [Parameter]
    public SwitchParameter Replace { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        var spec = new NextHopSpec(Said())
        {
            NextHopId = NextHopId,
            NextHop = NextHop is null || NextHopMembers.IsNone(NextHop) ? null : NextHop,
            Group = NextHopMembers.Read(Group, Weight),
            Blackhole = Blackhole ? true : null,
            Fdb = Fdb ? true : null,
            InterfaceIndex = FindLink(stack)?.Index ?? 0,
            AddressFamily = AddressFamily,
            Protocol = Protocol,
            Encapsulation = Encapsulation,
            OnLink = OnLink,
        };
        if (!ShouldProcess(
            $"{NextHopId?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "A new number"} "
                + $"in namespace {stack.Namespace}",
            Replace ? "Create or replace next-hop object" : "Create next-hop object"))
            return;
        WriteObject(Replace ? stack.NextHops.Replace(spec, Cancellation) : stack.NextHops.Create(spec, Cancellation));
    }
}

/// <summary>Changes next-hop objects.</summary>
[Cmdlet(VerbsCommon.Set, "NetNextHop", SupportsShouldProcess = true)]
[OutputType(typeof(NetNextHop))]
[ChangeParameters(typeof(NextHopSettings))]
public sealed partial class SetNetNextHopCommand : StackCmdlet
{
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(NextHopCompleter))]
    public long[]? NextHopId { get; set; }

    [Parameter(Position = 1)]
    [StrictAddress]
    public IPAddress? NextHop { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Name", "Interface", "ifAlias")]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [ObjectName]
    public string? InterfaceAlias { get; set; }

    [Parameter]
    [Alias("ifIndex")]
    public int? InterfaceIndex { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(NextHopCompleter))]
    [ListText]
    public NextHopMember[]? Group { get; set; }

    [Parameter]
    public int[]? Weight { get; set; }

    [Parameter]
    public RouteEncapsulation? Encapsulation { get; set; }

    [Parameter]
    public SwitchParameter Blackhole { get; set; }

    [Parameter]
    public SwitchParameter OnLink { get; set; }

    [Parameter]
    [Numbered(typeof(RouteProtocol))]
    public RouteProtocol? Protocol { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public NetNextHop? InputNextHop { get; set; }

    /// <inheritdoc/>
    private protected override IReadOnlyCollection<string> SettingParameters
        => [.. MyInvocation.BoundParameters.Keys.Where(name => name != nameof(NextHopId))];

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        if (Given(InputNextHop, () => stack.NextHops.List(Cancellation)) is { } given)
        {
            Change(stack, given, isGiven: true);
            return;
        }

        foreach (var id in NextHopId ?? throw new NetworkException(
            NetworkErrorCode.InvalidArgument,
            "Which next-hop object? Name it with -NextHopId, or pipe it from Get-NetNextHop."))
            Try(() => Change(stack, stack.NextHops.Get(id, Cancellation), isGiven: false), id);
    }

    private void Change(NetworkStack stack, NetNextHop nextHop, bool isGiven)
    {
        // An object in the pipeline brings the interface that it has.
        var isItsOwn = isGiven && IsPiped(nameof(InterfaceAlias));
        var alias = isItsOwn ? null : Meant(nameof(InterfaceAlias), InterfaceAlias);
        int? index = alias is null && InterfaceIndex is null
            ? null : LinkTargetCmdlet.Find(stack, alias, InterfaceIndex, Cancellation).Index;
        var change = new NextHopChange(Said())
        {
            NextHop = NextHop,
            // The kernel finds the interface of a new gateway, but where any could have it.
            InterfaceIndex = index ?? (NextHop is null || OnLink || NextHop.IsIPv6LinkLocal ? null : 0),
            Group = NextHopMembers.Read(Group, Weight),
            Blackhole = Blackhole ? true : null,
            Protocol = Protocol,
            Encapsulation = Encapsulation,
            OnLink = MyInvocation.BoundParameters.ContainsKey(nameof(OnLink)) ? OnLink.ToBool() : null,
        };
        var steps = change.Describe(nextHop, number => number == 0 ? null : NameOf(stack, number));
        if (!ShouldProcess(
            $"{nextHop} in namespace {stack.Namespace}",
            steps.Count == 0 ? "Change nothing of next-hop object"
                : $"Change next-hop object: {string.Join(", ", steps)}"))
            return;
        var changed = steps.Count == 0 ? nextHop : stack.NextHops.Change(nextHop, change, Cancellation);
        if (PassThru)
            WriteObject(changed);
    }

    private string NameOf(NetworkStack stack, int index) => stack.Links.Get(index, Cancellation).Name;
}

/// <summary>Removes next-hop objects.</summary>
[Cmdlet(VerbsCommon.Remove, "NetNextHop", SupportsShouldProcess = true)]
public sealed class RemoveNetNextHopCommand : NextHopCmdlet
{
    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public NetNextHop? InputNextHop { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        if (Given(InputNextHop, () => stack.NextHops.List(Cancellation)) is { } given)
        {
            Remove(stack, given);
            return;
        }

        if (!IsNarrowed)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                "Which next-hop object? Name it with -NextHopId, or its interface with -InterfaceAlias.");
        }

        foreach (var nextHop in SelectNextHops(stack).ToList())
            Try(() => Remove(stack, nextHop), nextHop);
    }

    private void Remove(NetworkStack stack, NetNextHop nextHop)
    {
        if (ShouldProcess(
            $"{nextHop} in namespace {stack.Namespace}", "Remove next-hop object and the routes that use it"))
            stack.NextHops.Remove(nextHop, Cancellation);
    }
}

/// <summary>The members of a group as a command line says them.</summary>
internal static class NextHopMembers
{
    /// <summary>Gives each member its weight.</summary>
    /// <exception cref="NetworkException">InvalidArgument: there are not as many weights.</exception>
    public static ValueList<NextHopMember>? Read(NextHopMember[]? members, int[]? weights)
    {
        if (members is null || weights is null)
        {
            return weights is null ? members is null ? null : [.. members]
                : throw Misfitting(weights.Length, 0);
        }

        return members.Length == weights.Length
            ? [.. members.Zip(weights, (member, weight) => new NextHopMember(member.NextHopId, weight))]
            : throw Misfitting(weights.Length, members.Length);
    }

    /// <summary>True for 0.0.0.0 and ::, which stand for no gateway.</summary>
    public static bool IsNone(IPAddress address) => address == IPAddress.Any || address == IPAddress.IPv6Any;

    private static NetworkException Misfitting(int weights, int members) => new(
        NetworkErrorCode.InvalidArgument,
        $"{weights} weights were given for {members} members of a group; each takes one.");
}
