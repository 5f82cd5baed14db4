using System.Management.Automation;
using LxcNetworking.Addressing;

namespace LxcNetworking.Commands.Addressing;

/// <summary>Lists routes.</summary>
[Cmdlet(VerbsCommon.Get, "NetRoute")]
[OutputType(typeof(NetRoute))]
public sealed class GetNetRouteCommand : RouteCmdlet
{
    [Parameter]
    public SwitchParameter All { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem() => ForEachStack(All, stack =>
    {
        foreach (var route in SelectRoutes(stack))
            WriteObject(route);
    });
}
