using System.Management.Automation;
using LxcNetworking.Commands.Addressing;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Links.Kinds;

/// <summary>Makes a VXLAN link.</summary>
[Cmdlet(VerbsCommon.New, "VxlanLink", SupportsShouldProcess = true)]
[OutputType(typeof(VxlanLink))]
public sealed class NewVxlanLinkCommand : NewEthernetLinkCmdlet
{
    [Parameter(Mandatory = true)]
    public long Vni { get; set; }

    [Parameter]
    [StrictAddress]
    public IPAddress? Local { get; set; }

    [Parameter]
    [StrictAddress]
    public IPAddress[] Remote { get; set; } = [];

    [Parameter]
    [StrictAddress]
    public IPAddress? Group { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [ObjectName]
    public string? Device { get; set; }

    [Parameter]
    public int Port { get; set; } = VxlanSpec.DefaultPort;

    [Parameter]
    public int Ttl { get; set; }

    [Parameter]
    public int Tos { get; set; }

    [Parameter]
    public bool? Learning { get; set; }

    [Parameter]
    [Seconds]
    public TimeSpan? AgeingTime { get; set; }

    [Parameter]
    public long? MaxAddresses { get; set; }

    [Parameter]
    public bool? ArpProxy { get; set; }

    /// <inheritdoc/>
    protected override LinkSpec CreateSpec(NetworkStack stack) => new VxlanSpec(Name, Vni)
    {
        Local = Local,
        Remote = Remote.FirstOrDefault(),
        FurtherRemotes = [.. Remote.Skip(1)],
        MulticastGroup = Group,
        Device = Device,
        Port = Port,
        Ttl = Ttl,
        Tos = Tos,
        Settings = new VxlanSettings { Learning = Learning, AgeingTime = AgeingTime, MaxAddresses = MaxAddresses, ArpProxy = ArpProxy },
    };
}

/// <summary>Changes a VXLAN link.</summary>
[Cmdlet(VerbsCommon.Set, "VxlanLink", SupportsShouldProcess = true)]
[OutputType(typeof(VxlanLink))]
public sealed class SetVxlanLinkCommand : SetLinkKindCmdlet
{
    [Parameter]
    [Alias("Group")]
    [StrictAddress]
    public IPAddress? Remote { get; set; }

    [Parameter]
    [StrictAddress]
    public IPAddress? Local { get; set; }

    [Parameter]
    public int? Ttl { get; set; }

    [Parameter]
    public int? Tos { get; set; }

    [Parameter]
    public bool? Learning { get; set; }

    [Parameter]
    [Seconds]
    public TimeSpan? AgeingTime { get; set; }

    /// <inheritdoc/>
    protected override LinkSettings CreateSettings(NetworkStack stack)
        => new VxlanSettings { Remote = Remote, Local = Local, Ttl = Ttl, Tos = Tos, Learning = Learning, AgeingTime = AgeingTime };
}
