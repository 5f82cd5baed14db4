using System.Management.Automation;
using LxcNetworking.Bridges;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Bridges;

/// <summary>A cmdlet that works on ports that are there: of a bridge, by name with wildcards, or as they come down the
/// pipeline.</summary>
public abstract class BridgePortCmdlet : LinkCmdlet
{
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(BridgeCompleter))]
    [ValidateNotNullOrEmpty]
    [ObjectName]
    public string? Bridge { get; set; }

    /// <inheritdoc/>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("Name", "Interface", "ifAlias")]
    [ArgumentCompleter(typeof(BridgePortCompleter))]
    [SupportsWildcards]
    [NameNotEmpty]
    [ObjectName]
    public override string[]? InterfaceAlias { get; set; }

    /// <summary>Reads the ports that are meant. Those that are not there are non-terminating errors.</summary>
    /// <param name="stack">Where.</param>
    /// <param name="everythingIfUnnamed">What no port's name means: every port, or an error.</param>
    /// <returns>The ports.</returns>
    protected IEnumerable<BridgePort> SelectPorts(NetworkStack stack, bool everythingIfUnnamed = false)
    {
        ArgumentNullException.ThrowIfNull(stack);
        var (bridge, names, indexes) = (Bridge, Aliases, InterfaceIndex);
        if (InputLink is BridgeLink piped)
        {
            RefuseChoice(name => name == nameof(Bridge));
            // A bridge in the pipeline means its ports; its name is not a port's.
            (bridge, names, indexes) = (
                piped.Name,
                IsPiped(nameof(InterfaceAlias)) ? null : names,
                IsPiped(nameof(InterfaceIndex)) ? null : indexes);
        }
        else if (bridge is not null && names is null && indexes is null
            && stack.Links.Find(bridge, Cancellation) is { } link and not BridgeLink)
        {
            // A bridge cannot be a bridge's port, so a port given alone is meant as one.
            (bridge, names) = (null, [new NamePattern(link.Name, isName: true)]);
        }

        if (bridge is not null)
            bridge = stack.Bridges.Get(bridge, Cancellation).Name;
        if (names is null && indexes is null && !everythingIfUnnamed)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                "Which port? Name it with -InterfaceAlias (wildcards are allowed, '*' for all).");
        foreach (var found in SelectLinks(stack, names, indexes, everythingIfUnnamed))
        {
            BridgePort? port = null;
            if (!IsNamed(found, names, indexes)
                && (found.PortKind != "bridge" || (bridge is not null && found.Master != bridge)))
                continue;
            Try(() => port = BridgeOperations.AsPort(found), found.Name);
            if (port is null)
                continue;
            if (bridge is null || port.Bridge == bridge)
                yield return port;
            else
                Try(
                    () => throw new NetworkException(
                        NetworkErrorCode.NotSupported,
                        $"'{port.InterfaceAlias}' is a port of '{port.Bridge}', not of '{bridge}'.",
                        port.InterfaceAlias),
                    port);
        }
    }
}
