using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Links;

/// <summary>Waits until links are there, work, or are gone.</summary>
[Cmdlet(VerbsLifecycle.Wait, "NetLink", DefaultParameterSetName = "Present")]
[OutputType(typeof(NetLink))]
public sealed class WaitNetLinkCommand : LinkCmdlet
{
    [Parameter(Mandatory = true, ParameterSetName = "Up")]
    public SwitchParameter Up { get; set; }

    [Parameter(ParameterSetName = "Present")]
    public SwitchParameter Present { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = "Absent")]
    public SwitchParameter Absent { get; set; }

    [Parameter]
    [Seconds]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        if (RefusalOf(Timeout) is { } refusal)
            throw refusal;
        var stack = Stack;
        var condition = Up ? LinkCondition.Up : Absent ? LinkCondition.Absent : LinkCondition.Present;
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        foreach (var name in Names(stack))
        {
            var left = Timeout < TimeSpan.Zero
                ? Timeout
                : Timeout - System.Diagnostics.Stopwatch.GetElapsedTime(started);
            Try(
                () =>
                {
                    var link = stack.Links.Wait(
                        name,
                        condition,
                        left < TimeSpan.Zero && Timeout >= TimeSpan.Zero ? TimeSpan.Zero : left,
                        Cancellation);
                    if (PassThru && link is not null)
                        WriteObject(link);
                },
                name);
        }
    }

    // A name is waited for though it is not there yet; an index or a wildcard means what is there now.
    private List<string> Names(NetworkStack stack)
    {
        if (Aliases is { } names && names.All(name => name.IsLiteral))
            return [.. names.Select(name => name.Literal)];
        return [.. SelectBareLinks(stack).Select(link => link.Name)];
    }
}
