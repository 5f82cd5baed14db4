using System.Management.Automation;
using LxcNetworking.Bridges;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Bridges;

/// <summary>A cmdlet that works on bridges that are there: by name with wildcards, or as they come down the
/// pipeline.</summary>
public abstract class BridgeCmdlet : StackCmdlet
{
    // The type name that a view in Links.Format.ps1xml is selected by.
    private const string ViewName = "LxcNetworking.Bridges.BridgeLink#Ports";

    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("InterfaceAlias", "Interface", "ifAlias", "Bridge")]
    [ArgumentCompleter(typeof(BridgeCompleter))]
    [SupportsWildcards]
    [NameNotEmpty]
    [ObjectName]
    public virtual string[]? Name { get; set; }

    /// <summary>A link object in the pipeline.</summary>
    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public NetLink? InputLink { get; set; }

    /// <summary>The names that are meant; null if there are none. A piped bridge is itself, whatever characters its
    /// name has.</summary>
    private protected IReadOnlyList<NamePattern>? Names
    {
        get
        {
            if (InputLink is not BridgeLink piped)
                return NamesIn(nameof(Name), Name);
            RefuseChoice(name => name == nameof(Name));
            return [new NamePattern(piped.Name, isName: true)];
        }
    }

    /// <summary>Reads the bridges that are meant. Those that are not there are non-terminating errors.</summary>
    /// <param name="stack">Where.</param>
    /// <returns>The bridges.</returns>
    protected IEnumerable<BridgeLink> SelectBridges(NetworkStack stack)
    {
        ArgumentNullException.ThrowIfNull(stack);
        if (Names is not { } names)
        {
            foreach (var bridge in stack.Bridges.List(Cancellation))
                yield return bridge;
            yield break;
        }

        IReadOnlyList<BridgeLink>? all = null;
        var seen = new HashSet<int>();
        foreach (var name in names)
        {
            IReadOnlyList<BridgeLink> found = [];
            if (!name.IsLiteral)
                found = name.Select(all ??= stack.Bridges.List(Cancellation), NamePattern.NamesOf);
            else
                Try(
                    () => found = [
                        stack.Bridges.Get(
                            name.Literal == name.Text ? name.Text : name.GetLink(stack, null, Cancellation).Name,
                            Cancellation),
                    ],
                    name.Text);
            foreach (var bridge in found.Where(bridge => seen.Add(bridge.Index)))
                yield return bridge;
        }
    }

    /// <summary>Emits a bridge so that it is shown with its ports, while Get-NetLink shows it as a link among
    /// links.</summary>
    /// <param name="bridge">The bridge.</param>
    protected void WriteBridge(BridgeLink bridge)
    {
        var shown = PSObject.AsPSObject(bridge);
        if (!shown.TypeNames.Contains(ViewName))
            shown.TypeNames.Insert(0, ViewName);
        WriteObject(shown);
    }
}
