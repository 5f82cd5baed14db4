using System.Management.Automation;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Common;

/// <summary>Changes what one kind of link has of its own.</summary>
public abstract class SetLinkKindCmdlet : LinkCmdlet
{
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>Whether to change also what carries nothing as the namespace is.</summary>
    private protected virtual bool IsForced => false;

    /// <inheritdoc/>
    protected sealed override void ProcessItem()
    {
        var stack = Stack;
        var settings = CreateSettings(stack);
        foreach (var link in SelectLinks(stack))
        {
            // Before the question, so that -WhatIf promises nothing that could not be.
            if (!Try(() => stack.Links.Check(link, settings, IsForced, Cancellation), link)
                || !ShouldProcess($"{link.Name} in namespace {stack.Namespace}", $"Change {link.Kind} link"))
                continue;
            Try(
                () =>
                {
                    stack.Links.Change(link, settings, IsForced, Cancellation);
                    if (PassThru)
                        WriteObject(stack.Links.Get(link.Index, Cancellation));
                },
                link);
        }
    }

    /// <summary>Makes the settings of what the command line named.</summary>
    /// <param name="stack">Where.</param>
    /// <returns>The settings.</returns>
    protected abstract LinkSettings CreateSettings(NetworkStack stack);

    /// <summary>A switch's value if it was named.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="value">Its value.</param>
    /// <returns>Null if it was not named.</returns>
    protected bool? IfNamed(string name, SwitchParameter value)
        => MyInvocation.BoundParameters.ContainsKey(name) ? value.ToBool() : null;
}

/// <summary>Changes a tunnel.</summary>
public abstract class SetTunnelCmdlet : SetLinkKindCmdlet
{
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override bool IsForced => Force;
}
