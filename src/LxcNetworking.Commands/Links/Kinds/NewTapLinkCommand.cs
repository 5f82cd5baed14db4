using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Links.Kinds;

/// <summary>Makes a persistent tun or tap link.</summary>
[Cmdlet(VerbsCommon.New, "TapLink", SupportsShouldProcess = true)]
[OutputType(typeof(TapLink))]
public sealed class NewTapLinkCommand : NewEthernetLinkCmdlet
{
    [Parameter]
    public TapMode Mode { get; set; } = TapMode.Tap;

    [Parameter]
    public string? Owner { get; set; }

    [Parameter]
    public string? Group { get; set; }

    [Parameter]
    public SwitchParameter MultiQueue { get; set; }

    [Parameter]
    public SwitchParameter VnetHeader { get; set; }

    [Parameter]
    public SwitchParameter PacketInformation { get; set; }

    /// <inheritdoc/>
    protected override LinkSpec CreateSpec(NetworkStack stack)
        => new TapSpec(Name, Mode)
        {
            Owner = Owner,
            OwnerGroup = Group,
            MultiQueue = MultiQueue,
            VnetHeader = VnetHeader,
            PacketInformation = PacketInformation,
        };

    /// <inheritdoc/>
    protected override NetLink Create(NetworkStack stack, LinkSpec spec)
    {
        ArgumentNullException.ThrowIfNull(stack);
        return stack.Links.CreateTap((TapSpec)spec, Cancellation);
    }
}
