using System.Collections;
using System.Management.Automation;
using LxcNetworking.Commands.Addressing;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Tunnels;

/// <summary>Offers the VNIs that external VXLAN links of the namespace already typed take.</summary>
public sealed class VniCompleter : LiveCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Name, string ToolTip)> Names(string commandName, IDictionary bound)
        => StackOf(bound).Vxlan.ListVnis().Select(vni => ($"{vni.Vni}", $"{vni.Vni} of {vni.InterfaceAlias}"));
}

/// <summary>Lists the VNIs that external VXLAN links take.</summary>
[Cmdlet(VerbsCommon.Get, "VxlanVni")]
[OutputType(typeof(VxlanVni))]
public sealed class GetVxlanVniCommand : LinkCmdlet
{
    [Parameter(Position = 1)]
    [ArgumentCompleter(typeof(VniCompleter))]
    [ListText]
    public VniRange[]? Vni { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        HashSet<int>? links = IsLinkNamed || InputLink is not null
            ? [.. SelectLinks(stack).Select(link => link.Index)] : null;
        foreach (var vni in stack.Vxlan.ListVnis(Cancellation))
        {
            if (links?.Contains(vni.InterfaceIndex) != false && (Vni is null || Vni.Any(vni.Vni.Overlaps)))
                WriteObject(vni);
        }
    }
}

/// <summary>Adds VNIs to those that an external VXLAN link takes.</summary>
[Cmdlet(VerbsCommon.Add, "VxlanVni", SupportsShouldProcess = true)]
[OutputType(typeof(VxlanVni))]
public sealed class AddVxlanVniCommand : LinkCmdlet
{
    [Parameter(Mandatory = true, Position = 1)]
    [ListText]
    public VniRange[] Vni { get; set; } = [];

    [Parameter]
    [Alias("Group", "MulticastGroup")]
    [StrictAddress]
    public IPAddress? Remote { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        foreach (var link in SelectLinks(stack))
        {
            if (ShouldProcess(
                $"{link.Name} in namespace {stack.Namespace}",
                $"Add VNI {string.Join(',', Vni.AsEnumerable())}{(Remote is null ? string.Empty : $" to {Remote}")}"))
                Try(
                    () => WriteObject(
                        stack.Vxlan.AddVnis(link.Name, Vni, Remote, Cancellation), enumerateCollection: true),
                    link);
        }
    }
}

/// <summary>Removes VNIs from those that an external VXLAN link takes.</summary>
[Cmdlet(VerbsCommon.Remove, "VxlanVni", SupportsShouldProcess = true)]
public sealed class RemoveVxlanVniCommand : LinkCmdlet
{
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(VniCompleter))]
    [ListText]
    public VniRange[] Vni { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        foreach (var link in SelectLinks(stack))
        {
            if (ShouldProcess(
                $"{link.Name} in namespace {stack.Namespace}", $"Remove VNI {string.Join(',', Vni.AsEnumerable())}"))
                Try(() => stack.Vxlan.RemoveVnis(link.Name, Vni, Cancellation), link);
        }
    }
}
