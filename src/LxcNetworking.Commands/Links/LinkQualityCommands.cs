using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Links;
using LxcNetworking.Links.Quality;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Links;

/// <summary>What the cmdlets that change the quality of links have in common.</summary>
public abstract class LinkQualityCmdlet : LinkCmdlet
{
    private readonly HashSet<NetworkStack> _stacks = [];

    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>A quality in the pipeline.</summary>
    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public NetLinkQuality? InputQuality { get; set; }

    /// <summary>The stack to work on, whose leftovers are looked for at the end.</summary>
    private protected NetworkStack WorkStack
    {
        get
        {
            var stack = Stack;
            _stacks.Add(stack);
            return stack;
        }
    }

    /// <summary>The quality that the pipeline gives, itself or as text; null if it gives none.</summary>
    private protected NetLinkQuality? GivenIn(NetworkStack stack)
        => Given(InputQuality, () => stack.Quality.List(Cancellation));

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        foreach (var stack in WhatIf ? [] : _stacks)
        {
            Try(
                () =>
                {
                    foreach (var failure in stack.Quality.RemoveLeftovers(Cancellation))
                        WriteError(ErrorOf(failure.Error, failure.Link));
                },
                stack.Namespace);
        }
    }
}

/// <summary>Lists the quality of links.</summary>
[Cmdlet(VerbsCommon.Get, "NetLinkQuality")]
[OutputType(typeof(NetLinkQuality))]
public sealed class GetNetLinkQualityCommand : LinkCmdlet
{
    [Parameter]
    public QualityDirection Direction { get; set; } = QualityDirection.Both;

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        var found = IsLinkNamed || InputLink is not null
            ? SelectBareLinks(stack).SelectMany(link => stack.Quality.List(link, Cancellation))
            : stack.Quality.List(Cancellation);
        foreach (var quality in found)
        {
            if (Direction.HasFlag(quality.Direction))
                WriteObject(quality);
        }
    }
}

/// <summary>Sets the quality of links: delay, loss, rate.</summary>
[Cmdlet(VerbsCommon.Set, "NetLinkQuality", SupportsShouldProcess = true)]
[OutputType(typeof(NetLinkQuality))]
public sealed class SetNetLinkQualityCommand : LinkQualityCmdlet
{
    private static readonly LinkFilter s_bare = new() { SkipStatistics = true, SkipRelatives = true };

    [Parameter]
    [Milliseconds]
    public TimeSpan? Delay { get; set; }

    [Parameter]
    [Milliseconds]
    public TimeSpan? Jitter { get; set; }

    [Parameter]
    public Percentage? DelayCorrelation { get; set; }

    [Parameter]
    public Percentage? Loss { get; set; }

    [Parameter]
    public Percentage? LossCorrelation { get; set; }

    [Parameter]
    public Percentage? Duplicate { get; set; }

    [Parameter]
    public Percentage? DuplicateCorrelation { get; set; }

    [Parameter]
    public Percentage? Corrupt { get; set; }

    [Parameter]
    public Percentage? CorruptCorrelation { get; set; }

    [Parameter]
    public Percentage? Reorder { get; set; }

    [Parameter]
    public Percentage? ReorderCorrelation { get; set; }

    [Parameter]
    public BitRate? Rate { get; set; }

    [Parameter]
    public long? Burst { get; set; }

    [Parameter]
    public long? Limit { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PropertyText]
    public QualityDirection? Direction { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    private protected override IReadOnlyCollection<string> SettingParameters =>
    [
        nameof(Delay), nameof(Jitter), nameof(DelayCorrelation), nameof(Loss), nameof(LossCorrelation),
        nameof(Duplicate), nameof(DuplicateCorrelation), nameof(Corrupt), nameof(CorruptCorrelation), nameof(Reorder),
        nameof(ReorderCorrelation), nameof(Rate), nameof(Burst), nameof(Limit), nameof(Direction),
        nameof(InterfaceAlias),
    ];

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var said = new LinkQualitySettings
        {
            Delay = Delay,
            Jitter = Jitter,
            DelayCorrelation = DelayCorrelation,
            Loss = Loss,
            LossCorrelation = LossCorrelation,
            Duplicate = Duplicate,
            DuplicateCorrelation = DuplicateCorrelation,
            Corrupt = Corrupt,
            CorruptCorrelation = CorruptCorrelation,
            Reorder = Reorder,
            ReorderCorrelation = ReorderCorrelation,
            Rate = Rate,
            Burst = Burst,
            Limit = Limit,
        };
        var stack = WorkStack;
        var given = GivenIn(stack);
        if (given is null && said == new LinkQualitySettings())
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument, "Nothing to change was given: use -Delay, -Loss, -Rate …");
        // A quality in the pipeline is the link's that is named, as a whole.
        var isCopy = given is not null && Aliases is not null && !IsPiped(nameof(InterfaceAlias));
        var settings = given is null ? said : given.With(said);
        foreach (var link in isCopy ? SelectLinks(stack, Aliases, null, everythingIfUnnamed: false, s_bare)
            : SelectBareLinks(stack))
            Try(() => Set(stack, link, settings), link);
    }

    private void Set(NetworkStack stack, NetLink link, LinkQualitySettings settings)
    {
        var direction = Direction ?? QualityDirection.Out;
        var plans = stack.Quality.Check(link, settings, direction, Force, Cancellation);
        var words = plans.Select(plan => $"{plan.Direction} from '{plan.Before}' to '{plan.After}'");
        if (!ShouldProcess($"{link.Name} in namespace {stack.Namespace}", $"Set quality {string.Join(", ", words)}"))
            return;
        stack.Quality.Change(link, settings, direction, Force, Cancellation);
        if (!PassThru)
            return;
        foreach (var quality in stack.Quality.List(link, Cancellation))
        {
            if (direction.HasFlag(quality.Direction))
                WriteObject(quality);
        }
    }
}

/// <summary>Removes the quality of links, so that they are as without.</summary>
[Cmdlet(VerbsCommon.Remove, "NetLinkQuality", SupportsShouldProcess = true)]
public sealed class RemoveNetLinkQualityCommand : LinkQualityCmdlet
{
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PropertyText]
    public QualityDirection? Direction { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = WorkStack;
        var direction = GivenIn(stack)?.Direction ?? Direction ?? QualityDirection.Both;
        foreach (var link in SelectBareLinks(stack))
        {
            if (ShouldProcess(
                $"{link.Name} in namespace {stack.Namespace}",
                direction == QualityDirection.Both ? "Remove quality" : $"Remove quality {direction}"))
                Try(() => stack.Quality.Remove(link, direction, Force, Cancellation), link);
        }
    }
}
