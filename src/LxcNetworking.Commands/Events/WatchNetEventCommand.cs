using System.Diagnostics;
using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Shared;
using LxcNetworking.Events;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Events;

/// <summary>Tells what happens in network namespaces as it happens.</summary>
[Cmdlet(VerbsCommon.Watch, "NetEvent")]
[OutputType(typeof(NetEvent))]
public sealed class WatchNetEventCommand : StackCmdlet
{
    private readonly List<NetworkStack> _stacks = [];

    [Parameter(Position = 0)]
    public NetEventType[] Type { get; set; } = Enum.GetValues<NetEventType>();

    [Parameter]
    [Seconds]
    public TimeSpan Timeout { get; set; } = System.Threading.Timeout.InfiniteTimeSpan;

    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int MaxEvents { get; set; } = int.MaxValue;

    [Parameter]
    public SwitchParameter All { get; set; }

    /// <inheritdoc/>
    protected override void Begin()
    {
        if (RefusalOf(Timeout) is { } refusal)
            ThrowTerminatingError(ErrorOf(refusal, Timeout));
    }

    /// <inheritdoc/>
    protected override void ProcessItem() => ForEachStack(All, _stacks.Add);

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        // Nothing is left of what was named; the errors have said why.
        if (_stacks.Count == 0)
            return;
        using var watcher = new NetEventWatcher(
            ModuleStacks.Pool, Type, All && Type.Contains(NetEventType.Namespace), WriteWarning);
        var watched = new List<string>();
        foreach (var stack in _stacks.Distinct())
        {
            if (Try(() => watcher.Add(stack, Cancellation), stack.Namespace))
                watched.Add(stack.Namespace.Text);
        }

        if (watched.Count == 0)
            return;
        WriteVerbose($"Listening to {string.Join(", ", Type.Distinct())} in {string.Join(", ", watched)}.");
        Tell(watcher);
    }

    private void Tell(NetEventWatcher watcher)
    {
        var started = Stopwatch.GetTimestamp();
        var isForEver = Timeout == System.Threading.Timeout.InfiniteTimeSpan;
        for (var count = 0; count < MaxEvents && !watcher.IsEnded;)
        {
            var left = isForEver ? Timeout : Timeout - Stopwatch.GetElapsedTime(started);
            if (!isForEver && left <= TimeSpan.Zero)
                return;
            NetEvent? item = null;
            // One namespace's failure is not the end of the others.
            Try(() => item = watcher.Take(left, Cancellation));
            if (item is null)
                continue;
            count++;
            WriteObject(item);
        }
    }
}
