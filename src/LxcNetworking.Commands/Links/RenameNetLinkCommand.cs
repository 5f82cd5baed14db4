using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Links;

/// <summary>Gives a link another name.</summary>
[Cmdlet(VerbsCommon.Rename, "NetLink", SupportsShouldProcess = true)]
[OutputType(typeof(NetLink))]
public sealed class RenameNetLinkCommand : LinkCmdlet
{
    [Parameter(Mandatory = true, Position = 1)]
    public string NewName { get; set; } = string.Empty;

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        LinkSpec.CheckName(NewName);
        var stack = Stack;
        var links = SelectBareLinks(stack).ToList();
        RequireOne(links, NewName);
        if (links is not [var link]
            || !ShouldProcess($"{link.Name} in namespace {stack.Namespace}", $"Rename to {NewName}"))
            return;
        stack.Links.Rename(link, NewName, Cancellation);
        if (PassThru)
            WriteObject(stack.Links.Get(link.Index, Cancellation));
    }
}
