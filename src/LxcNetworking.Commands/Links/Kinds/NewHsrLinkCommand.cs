using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Links.Kinds;

/// <summary>Makes a link that sends every frame two ways.</summary>
[Cmdlet(VerbsCommon.New, "HsrLink", SupportsShouldProcess = true)]
[OutputType(typeof(HsrLink))]
[CreationParameters(typeof(HsrSettings))]
public sealed partial class NewHsrLinkCommand : NewLinkCmdlet
{
    [Parameter(Mandatory = true)]
    [Alias("Slave1")]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [ObjectName]
    public string PortA { get; set; } = string.Empty;

    [Parameter(Mandatory = true)]
    [Alias("Slave2")]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [ObjectName]
    public string PortB { get; set; } = string.Empty;

    /// <inheritdoc/>
    protected override LinkSpec CreateSpec(NetworkStack stack) => new HsrSpec(Name, PortA, PortB, Said());
}
