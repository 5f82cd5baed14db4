using System.Management.Automation;
using LxcNetworking.Bridges;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Bridges;

/// <summary>Changes ports' settings.</summary>
[Cmdlet(VerbsCommon.Set, "BridgePort", SupportsShouldProcess = true)]
[OutputType(typeof(BridgePort))]
[ChangeParameters(typeof(BridgePortSettings))]
public sealed partial class SetBridgePortCommand : BridgePortCmdlet
{
    [Parameter]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(BridgePortCompleter))]
    [ObjectName]
    public string? BackupPort { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        var settings = Said() with { BackupPortIndex = IndexOf(stack, BackupPort) };
        if (settings == new BridgePortSettings())
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                "Nothing to change was given: use -Hairpin, -Isolated, -Cost, -Learning, -Flood …");
        }

        foreach (var port in SelectPorts(stack))
        {
            if (!ShouldProcess(
                $"{port.InterfaceAlias} in namespace {stack.Namespace}", $"Change port of bridge {port.Bridge}"))
                continue;
            Try(
                () =>
                {
                    stack.Bridges.ChangePort(port.InterfaceAlias, settings, Cancellation);
                    if (PassThru)
                        WriteObject(stack.Bridges.GetPort(port.InterfaceAlias, Cancellation));
                },
                port);
        }
    }
}
