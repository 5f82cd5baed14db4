using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Commands.Shared;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Links;

/// <summary>Moves links to another namespace.</summary>
[Cmdlet(VerbsCommon.Move, "NetLink", SupportsShouldProcess = true)]
[OutputType(typeof(NetLink))]
public sealed class MoveNetLinkCommand : LinkCmdlet
{
    [Parameter(Mandatory = true, Position = 1)]
    [Alias("TargetNamespace")]
    [ArgumentCompleter(typeof(NamespaceCompleter))]
    public NamespaceReference Destination { get; set; } = null!;

    [Parameter]
    public string? NewName { get; set; }

    [Parameter]
    public SwitchParameter Up { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        if (NewName is not null)
            LinkSpec.CheckName(NewName);
        var stack = Stack;
        var links = SelectLinks(stack).ToList();
        if (NewName is not null)
            RequireOne(links, NewName);
        // Before the question, so that -WhatIf promises nothing that could not be.
        var destination = ModuleStacks.Pool.Get(Destination, Cancellation).Namespace;
        foreach (var link in links)
        {
            if (!ShouldProcess(
                $"{link.Name} in namespace {stack.Namespace}",
                $"Move to namespace {destination}{(NewName is null ? string.Empty : $" as {NewName}")}"))
                continue;
            Try(
                () =>
                {
                    var moved = stack.Links.Move(link, destination, NewName, Up, Cancellation);
                    if (PassThru)
                        WriteObject(moved);
                },
                link);
        }
    }
}
