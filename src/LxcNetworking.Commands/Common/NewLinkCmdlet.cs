using System.Management.Automation;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Common;

/// <summary>
/// Makes one link and emits it, read back from the kernel. A kind's cmdlet adds its parameters and turns them into a
/// specification; what links of every kind have is filled in here.
/// </summary>
public abstract class NewLinkCmdlet : LinkCreationCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("InterfaceAlias", "Interface", "ifAlias")]
    [ObjectName]
    public virtual string Name { get; set; } = string.Empty;

    [Parameter]
    public int? Mtu { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(NamespaceCompleter))]
    [ValidateNotNull]
    public NamespaceReference? TargetNamespace { get; set; }

    [Parameter]
    public SwitchParameter Up { get; set; }

    /// <inheritdoc/>
    protected sealed override void ProcessItem()
    {
        var stack = Stack;
        var spec = CreateSpec(stack);
        Fill(spec);
        // Before the question, so that -WhatIf promises nothing that could not be.
        spec.Validate();
        if (ShouldProcess($"{Name} in namespace {TargetNamespace ?? stack.Namespace}", $"Create {spec.Kind} link"))
            WriteObject(Create(stack, spec));
    }

    /// <summary>Makes the specification of what only this kind has.</summary>
    /// <param name="stack">The stack that makes the link.</param>
    /// <returns>The specification; what the base classes' parameters say is added to it.</returns>
    protected abstract LinkSpec CreateSpec(NetworkStack stack);

    /// <summary>Adds what the base classes' parameters say.</summary>
    /// <param name="spec">The specification.</param>
    protected virtual void Fill(LinkSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        FillCommon(spec);
        spec.Mtu = Mtu ?? spec.Mtu;
        spec.TargetNamespace = TargetNamespace;
        spec.Up = Up;
    }

    /// <summary>Makes the link; for kinds that are more than one link.</summary>
    /// <param name="stack">The stack that makes the link.</param>
    /// <param name="spec">The complete, valid specification.</param>
    /// <returns>What to emit.</returns>
    protected virtual NetLink Create(NetworkStack stack, LinkSpec spec)
    {
        ArgumentNullException.ThrowIfNull(stack);
        return stack.Links.Create(spec, Cancellation);
    }
}

/// <summary>Makes an Ethernet link, which has a MAC address and can be a bridge's port.</summary>
public abstract class NewEthernetLinkCmdlet : NewLinkCmdlet
{
    [Parameter]
    public MacAddress? MacAddress { get; set; }

    [Parameter]
    [Alias("Master")]
    [ArgumentCompleter(typeof(BridgeCompleter))]
    [ObjectName]
    public string? Bridge { get; set; }

    /// <inheritdoc/>
    protected override void Fill(LinkSpec spec)
    {
        base.Fill(spec);
        spec.MacAddress = MacAddress;
        spec.Master = Bridge;
    }
}

/// <summary>Makes a link on top of another one. What takes a MAC address of its own adds that parameter.</summary>
public abstract class AddLinkCmdlet : NewLinkCmdlet
{
    [Parameter(Mandatory = true)]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [ObjectName]
    public string Parent { get; set; } = string.Empty;

    /// <inheritdoc/>
    protected override void Fill(LinkSpec spec)
    {
        base.Fill(spec);
        spec.Parent = Parent;
    }
}
