using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Links;

/// <summary>Makes a veth pair.</summary>
[Cmdlet(VerbsCommon.New, "VethPair", SupportsShouldProcess = true)]
[OutputType(typeof(VethPair))]
public sealed class NewVethPairCommand : StackCmdlet
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
    public int? Mtu { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(BridgeCompleter))]
    [ObjectName]
    public string? Bridge { get; set; }

    [Parameter]
    public SwitchParameter Up { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        var peer = new VethPeerSpec(PeerName) { TargetNamespace = PeerNamespace, MacAddress = PeerMacAddress, Mtu = Mtu, Up = Up };
        var spec = new VethSpec(Name, peer) { MacAddress = MacAddress, Mtu = Mtu, Master = Bridge, Up = Up };
        // Before the question, so that -WhatIf promises nothing that could not be.
        spec.Validate();
        if (ShouldProcess($"{Name} in namespace {stack.Namespace} and {PeerName} in namespace {PeerNamespace ?? stack.Namespace}", "Create veth pair"))
            WriteObject(stack.Links.CreateVeth(spec, Cancellation));
    }
}
