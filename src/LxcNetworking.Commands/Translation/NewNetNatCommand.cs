using System.Management.Automation;
using System.Net.Sockets;
using LxcNetworking.Addressing;
using LxcNetworking.Commands.Addressing;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Nat;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Translation;

/// <summary>Makes a translation.</summary>
[Cmdlet(VerbsCommon.New, "NetNat", SupportsShouldProcess = true)]
[OutputType(typeof(NetNat))]
public sealed class NewNetNatCommand : StackCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    [ObjectName]
    public string Name { get; set; } = string.Empty;

    [Parameter(Mandatory = true, Position = 1)]
    [Alias("Prefix")]
    public IPPrefix InternalIPInterfaceAddressPrefix { get; set; } = IPPrefix.AnyIPv4;

    // Not called InterfaceAlias, as a link in the pipeline would then be taken for the way out.
    [Parameter]
    [Alias("InterfaceAlias", "Interface", "ifAlias")]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [ObjectName]
    public string? ExternalInterfaceAlias { get; set; }

    [Parameter]
    [StrictAddress]
    public IPAddress? ExternalIPAddress { get; set; }

    [Parameter]
    public SwitchParameter NoForwarding { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        var spec = TranslationOperations.Validate(new NetNatSpec(Name, InternalIPInterfaceAddressPrefix)
        {
            ExternalInterfaceAlias = ExternalInterfaceAlias,
            ExternalIPAddress = ExternalIPAddress,
            NoForwarding = NoForwarding,
        });
        if (!NoForwarding && spec.Prefix.AddressFamily == AddressFamily.InterNetworkV6)
        {
            foreach (var (_, loss) in stack.IPInterfaces.ForwardingLosses(Cancellation))
                WriteWarning(loss + ".");
        }

        if (!ShouldProcess(
            $"{spec.Name} for {spec.Prefix} in namespace {stack.Namespace}",
            NoForwarding ? "Create NAT" : "Create NAT and turn forwarding on"))
            return;
        if (ExternalInterfaceAlias is { } link && stack.Links.Find(link, Cancellation) is null)
            WriteWarning(
                $"There is no interface '{link}' in namespace '{stack.Namespace}' now; nothing is translated until "
                    + "there is.");
        WriteObject(stack.Translation.Create(spec, WriteVerbose, Cancellation));
        foreach (var warning in FirewallWarnings.Of(stack.Translation.Obstacles(spec, Cancellation)))
            WriteWarning(warning);
    }
}
