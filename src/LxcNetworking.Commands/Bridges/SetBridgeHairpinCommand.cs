using System.Management.Automation;
using LxcNetworking.Bridges;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Bridges;

/// <summary>Lets a port send frames back out of where they came in, as switches do for VEPA.</summary>
[Cmdlet(VerbsCommon.Set, "BridgeHairpin", SupportsShouldProcess = true)]
[OutputType(typeof(BridgePort))]
public sealed class SetBridgeHairpinCommand : LinkCmdlet
{
    /// <inheritdoc/>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Name", "Interface", "ifAlias")]
    [ArgumentCompleter(typeof(BridgePortCompleter))]
    [SupportsWildcards]
    [NameNotEmpty]
    [ObjectName]
    public override string[]? InterfaceAlias { get; set; }

    [Parameter(Position = 1)]
    public bool Enabled { get; set; } = true;

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        var names = Aliases;
        foreach (var link in SelectLinks(stack))
        {
            if ((link.PortKind != "bridge" && !IsNamed(link, names, InterfaceIndex))
                || !ShouldProcess(
                    $"{link.Name} in namespace {stack.Namespace}", $"Turn hairpin {(Enabled ? "on" : "off")}"))
                continue;
            Try(
                () =>
                {
                    stack.Bridges.ChangePort(link.Name, new BridgePortSettings { Hairpin = Enabled }, Cancellation);
                    if (PassThru)
                        WriteObject(stack.Bridges.GetPort(link.Name, Cancellation));
                },
                link);
        }
    }
}
