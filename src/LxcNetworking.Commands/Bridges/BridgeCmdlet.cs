using System.Management.Automation;
using LxcNetworking.Commands.Completers;

namespace LxcNetworking.Commands;

/// <summary>A cmdlet that works on bridges that are there: by name with wildcards, or as they come down the pipeline.</summary>
public abstract class BridgeCmdlet : StackCmdlet
{
    // The type name that a view in Links.Format.ps1xml is selected by.
    private const string ViewName = "LxcNetworking.BridgeLink#Ports";
    private string[]? _commandLineName;

    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("InterfaceAlias", "Interface", "ifAlias", "Bridge")]
    [ArgumentCompleter(typeof(BridgeCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Name { get; set; }

    /// <summary>A link object in the pipeline.</summary>
    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public NetLink? InputLink { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => _commandLineName = Name;

    /// <inheritdoc/>
    protected override void ForgetPipelineNames() => Name = _commandLineName;

    /// <summary>Reads the bridges that are meant. Those that are not there are non-terminating errors.</summary>
    /// <param name="stack">Where.</param>
    /// <returns>The bridges.</returns>
    protected IEnumerable<BridgeLink> SelectBridges(NetworkStack stack)
    {
        ArgumentNullException.ThrowIfNull(stack);
        if (InputLink is BridgeLink || Name is [var single] && !NamePattern.IsWildcard(single))
        {
            // A piped bridge is itself, whatever characters its name has; elsewhere an escaped name is unescaped.
            var only = InputLink is BridgeLink piped ? piped.Name : WildcardPattern.Unescape(Name![0]);
            BridgeLink? bridge = null;
            if (Try(() => bridge = stack.Bridges.Get(only, Cancellation), only))
                yield return bridge!;
            yield break;
        }

        var all = stack.Bridges.List(Cancellation);
        foreach (var name in Name ?? ["*"])
        {
            var pattern = new NamePattern(name);
            var found = all.Where(bridge => pattern.IsMatch(bridge.Name)).ToList();
            foreach (var bridge in found)
                yield return bridge;
            // Says what is wrong with the name.
            if (found.Count == 0 && pattern.IsLiteral)
                Try(() => stack.Bridges.Get(name, Cancellation), name);
        }
    }

    /// <summary>Emits a bridge so that it is shown with its ports, while Get-NetLink shows it as a link among links.</summary>
    /// <param name="bridge">The bridge.</param>
    protected void WriteBridge(BridgeLink bridge)
    {
        var shown = PSObject.AsPSObject(bridge);
        if (!shown.TypeNames.Contains(ViewName))
            shown.TypeNames.Insert(0, ViewName);
        WriteObject(shown);
    }
}
