using System.Management.Automation;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Common;

/// <summary>Makes two connected links, and emits both as one object.</summary>
public abstract class NewLinkPairCmdlet : LinkCreationCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("InterfaceAlias", "Interface", "ifAlias")]
    [ObjectName]
    public string Name { get; set; } = string.Empty;

    [Parameter(Mandatory = true, Position = 1)]
    public string PeerName { get; set; } = string.Empty;

    [Parameter]
    [ArgumentCompleter(typeof(NamespaceCompleter))]
    [ValidateNotNull]
    public NamespaceReference? PeerNamespace { get; set; }

    [Parameter]
    public MacAddress? MacAddress { get; set; }

    [Parameter]
    public MacAddress? PeerMacAddress { get; set; }

    [Parameter]
    public int? PeerInterfaceIndex { get; set; }

    [Parameter]
    public int? Mtu { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(BridgeCompleter))]
    [ObjectName]
    public string? Bridge { get; set; }

    [Parameter]
    public SwitchParameter Up { get; set; }

    /// <inheritdoc/>
    protected sealed override void ProcessItem()
    {
        var stack = Stack;
        var spec = CreateSpec();
        foreach (var end in new[] { spec, spec.Peer })
        {
            FillCommon(end);
            end.Mtu = Mtu;
            end.Up = Up;
        }

        spec.Peer.Index = PeerInterfaceIndex;
        (spec.MacAddress, spec.Master) = (MacAddress, Bridge);
        (spec.Peer.MacAddress, spec.Peer.TargetNamespace) = (PeerMacAddress, PeerNamespace);
        // Before the question, so that -WhatIf promises nothing that could not be.
        spec.Validate();
        var places = $"{Name} in namespace {stack.Namespace} and {PeerName} in namespace "
            + $"{PeerNamespace ?? stack.Namespace}";
        if (ShouldProcess(places, $"Create {spec.Kind} pair"))
            WriteObject(Create(stack, spec));
    }

    /// <summary>Makes the specification of what only this kind has.</summary>
    /// <returns>The specification; what the parameters here say is added to it.</returns>
    protected abstract LinkPairSpec CreateSpec();

    /// <summary>Makes the pair.</summary>
    /// <param name="stack">The stack that makes it.</param>
    /// <param name="spec">The complete, valid specification.</param>
    /// <returns>What to emit.</returns>
    protected abstract NetLink Create(NetworkStack stack, LinkPairSpec spec);
}
