using System.Management.Automation;
using LxcNetworking.Commands.Addressing;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Namespaces;
using LxcNetworking.Nat;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Translation;

/// <summary>Maps a port, a row of ports or a whole address into a translated network.</summary>
[Cmdlet(VerbsCommon.Add, "NetNatStaticMapping", SupportsShouldProcess = true)]
[OutputType(typeof(NetNatStaticMapping))]
public sealed class AddNetNatStaticMappingCommand : StackCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Name")]
    [ArgumentCompleter(typeof(NatCompleter))]
    [ObjectName]
    public string? NatName { get; set; }

    [Parameter]
    public NatProtocol? Protocol { get; set; }

    [Parameter]
    [StrictAddress]
    public IPAddress? ExternalIPAddress { get; set; }

    [Parameter]
    public PortRange? ExternalPort { get; set; }

    [Parameter(Mandatory = true)]
    [StrictAddress]
    public IPAddress InternalIPAddress { get; set; } = IPAddress.Any;

    [Parameter]
    public PortRange? InternalPort { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        if (Meant(nameof(NatName), NatName) is not { } name)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                "Which NAT does the mapping belong to? Name it with -NatName, or pipe it from Get-NetNat.");
        var stack = Stack;
        var spec = TranslationOperations.Validate(new NetNatStaticMappingSpec(name, InternalIPAddress)
        {
            Protocol = Protocol,
            ExternalIPAddress = ExternalIPAddress,
            ExternalPort = ExternalPort,
            InternalPort = InternalPort,
        });
        if (ShouldProcess($"{spec} for the NAT {name} in namespace {stack.Namespace}", "Add static mapping"))
            WriteObject(stack.Translation.AddMapping(spec, WriteWarning, Cancellation));
    }
}
