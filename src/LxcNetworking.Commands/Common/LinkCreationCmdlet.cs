using System.Management.Automation;
using LxcNetworking.Links;

namespace LxcNetworking.Commands.Common;

/// <summary>Has what every new link can be given, whatever its kind is.</summary>
[CreationParameters(typeof(CommonLinkSettings))]
public abstract partial class LinkCreationCmdlet : StackCmdlet
{
    [Parameter]
    [Alias("ifIndex")]
    public int? InterfaceIndex { get; set; }

    [Parameter]
    public int? LinkGroup { get; set; }

    [Parameter]
    public int? TxQueueLength { get; set; }

    [Parameter]
    public bool? Promiscuous { get; set; }

    /// <summary>Adds what the parameters here say.</summary>
    /// <param name="spec">The specification.</param>
    private protected void FillCommon(LinkSpec spec)
    {
        spec.Index = InterfaceIndex;
        spec.Group = LinkGroup ?? spec.Group;
        spec.TxQueueLength = TxQueueLength ?? spec.TxQueueLength;
        spec.Promiscuous = Promiscuous == true;
        spec.Common = Said() is var said && said == new CommonLinkSettings() ? null : said;
    }
}
