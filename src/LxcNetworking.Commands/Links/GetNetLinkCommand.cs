using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Links;

/// <summary>Lists links.</summary>
[Cmdlet(VerbsCommon.Get, "NetLink")]
[OutputType(typeof(NetLink))]
public sealed class GetNetLinkCommand : LinkCmdlet
{
    [Parameter]
    [ArgumentCompleter(typeof(KindCompleter))]
    public string[]? Kind { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(MasterCompleter))]
    [ObjectName]
    public string? Master { get; set; }

    [Parameter]
    public SwitchParameter Up { get; set; }

    [Parameter]
    public SwitchParameter All { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        ForEachStack(All, Write);
    }

    private void Write(NetworkStack stack)
    {
        var master = Master is null
            ? null
            : new NamePattern(Master, isName: stack.Links.Find(Master, Cancellation) is not null);
        foreach (var link in SelectLinks(stack, everythingIfUnnamed: true))
        {
            if ((!Up || link.IsUp)
                && (Kind is null
                    || Kind.Any(kind => WildcardPattern.Get(kind, WildcardOptions.IgnoreCase).IsMatch(link.Kind)))
                && (master is null || (link.Master is { } name && master.Select([name], text => [text]).Count > 0)))
                WriteObject(link);
        }
    }
}
