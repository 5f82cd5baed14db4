using System.Management.Automation;
using LxcNetworking.Addressing;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Addressing;

/// <summary>Asks which route the kernel would take.</summary>
[Cmdlet(VerbsCommon.Find, "NetRoute")]
[OutputType(typeof(NetRoute))]
public sealed class FindNetRouteCommand : LinkTargetCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [StrictAddress]
    public IPAddress[] RemoteIPAddress { get; set; } = [];

    [Parameter]
    [Alias("LocalIPAddress")]
    [StrictAddress]
    public IPAddress? Source { get; set; }

    [Parameter]
    [ValidateRange(0, uint.MaxValue)]
    public long Mark { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        var interfaceIndex = FindLink(stack)?.Index ?? 0;
        foreach (var address in RemoteIPAddress)
            Try(() => WriteObject(stack.Routes.Find(address, Source, interfaceIndex, Mark, Cancellation)), address);
    }
}
