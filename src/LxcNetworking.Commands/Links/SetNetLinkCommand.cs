using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Links;

/// <summary>Changes links.</summary>
[Cmdlet(VerbsCommon.Set, "NetLink", SupportsShouldProcess = true)]
[OutputType(typeof(NetLink))]
[ChangeParameters(typeof(CommonLinkSettings))]
public sealed partial class SetNetLinkCommand : LinkCmdlet
{
    [Parameter]
    public SwitchParameter Up { get; set; }

    [Parameter]
    public SwitchParameter Down { get; set; }

    [Parameter]
    public int? Mtu { get; set; }

    [Parameter]
    public MacAddress? MacAddress { get; set; }

    [Parameter]
    public bool? Promiscuous { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(MasterCompleter))]
    [ValidateNotNullOrEmpty]
    [ObjectName]
    public string? Master { get; set; }

    [Parameter]
    public SwitchParameter NoMaster { get; set; }

    [Parameter]
    [AllowEmptyString]
    public string? Alias { get; set; }

    [Parameter]
    [AllowEmptyCollection]
    [AllowNull]
    public string[]? AlternativeName { get; set; }

    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] AddAlternativeName { get; set; } = [];

    [Parameter]
    [ArgumentCompleter(typeof(AlternativeNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] RemoveAlternativeName { get; set; } = [];

    [Parameter]
    [Alias("LinkGroup")]
    public long? Group { get; set; }

    [Parameter]
    public int? TxQueueLength { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        if (Up && Down)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, "A link cannot be set -Up and -Down at once.");
        if (Master is not null && NoMaster)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument, "A link cannot get a -Master and -NoMaster at once.");
        var change = new LinkChange
        {
            Up = Up ? true : Down ? false : null,
            Mtu = Mtu,
            MacAddress = MacAddress,
            Promiscuous = Promiscuous,
            Master = NoMaster ? string.Empty : Master,
            Alias = Alias,
            Group = Group,
            TxQueueLength = TxQueueLength,
            Common = Said() is var said && said == new CommonLinkSettings() ? null : said,
        };
        if (change == new LinkChange() && !IsNaming)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                "Nothing to change was given: use -Up, -Down, -Mtu, -MacAddress, -Master …");

        var stack = Stack;
        foreach (var link in SelectBareLinks(stack))
            Try(() => Set(stack, link, change), link);
    }

    private bool IsNaming => AddAlternativeName.Length + RemoveAlternativeName.Length > 0
        || MyInvocation.BoundParameters.ContainsKey(nameof(AlternativeName));

    private void Set(NetworkStack stack, NetLink link, LinkChange change)
    {
        if (IsNaming)
            change = change with { AlternativeName = NamesOf(link) };
        if (!ShouldProcess($"{link.Name} in namespace {stack.Namespace}", $"Set{change.Description}"))
            return;
        stack.Links.Change(link, change, Cancellation);
        if (PassThru)
            WriteObject(stack.Links.Get(link.Index, Cancellation));
    }

    private ValueList<string> NamesOf(NetLink link)
    {
        var names = MyInvocation.BoundParameters.ContainsKey(nameof(AlternativeName)) ? AlternativeName ?? []
            : [.. link.AlternativeName];
        if (RemoveAlternativeName.Except(names).FirstOrDefault() is { } missing)
        {
            throw new NetworkException(
                NetworkErrorCode.ObjectNotFound,
                $"'{link.Name}' has no alternative name '{missing}'; it has "
                    + $"{(link.AlternativeName.Count == 0 ? "none" : link.AlternativeName.ToString())}.",
                missing);
        }

        return [.. names.Except(RemoveAlternativeName).Union(AddAlternativeName)];
    }
}
