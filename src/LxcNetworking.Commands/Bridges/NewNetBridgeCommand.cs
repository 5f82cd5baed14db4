using System.Management.Automation;
using LxcNetworking.Bridges;
using LxcNetworking.Commands.Addressing;
using LxcNetworking.Commands.Common;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Bridges;

/// <summary>Makes a bridge.</summary>
[Cmdlet(VerbsCommon.New, "NetBridge", SupportsShouldProcess = true)]
[OutputType(typeof(BridgeLink))]
[CreationParameters(typeof(BridgeSettings))]
public sealed partial class NewNetBridgeCommand : LinkCreationCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("InterfaceAlias", "Interface", "ifAlias")]
    [ObjectName]
    public string[] Name { get; set; } = [];

    [Parameter]
    [StrictAddress(Prefix = true)]
    public IPPrefix[] IPAddress { get; set; } = [];

    [Parameter]
    public MacAddress? MacAddress { get; set; }

    [Parameter]
    public int? Mtu { get; set; }

    [Parameter]
    public SwitchParameter Stp { get; set; }

    [Parameter]
    public SwitchParameter VlanFiltering { get; set; }

    [Parameter]
    public SwitchParameter Down { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        var settings = Said() with { Stp = Stp ? true : null, VlanFiltering = VlanFiltering ? true : null };
        if (Name.Length > 1 && IPAddress.Length > 0)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"One address cannot be that of {Name.Length} bridges: give each its own.");
        if (Name.Length > 1 && InterfaceIndex is not null)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"One index cannot be that of {Name.Length} bridges: give each its own.");
        foreach (var name in Name)
        {
            var spec = new BridgeSpec(name, settings) { MacAddress = MacAddress, Mtu = Mtu, Up = !Down };
            FillCommon(spec);
            Try(() => Create(stack, spec), name);
        }
    }

    private void Create(NetworkStack stack, BridgeSpec spec)
    {
        // Before the question, so that -WhatIf promises nothing that could not be.
        spec.Validate();
        var addresses = IPAddress.Length == 0 ? string.Empty : $" with {string.Join(", ", (object[])IPAddress)}";
        if (ShouldProcess($"{spec.Name} in namespace {stack.Namespace}", $"Create bridge{addresses}"))
            WriteObject(stack.Bridges.Create(spec, IPAddress, Cancellation));
    }
}
