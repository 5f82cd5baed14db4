using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Links.Kinds;

/// <summary>A cmdlet that works on bonds' ports: of a bond, by name with wildcards, or as they come down the
/// pipeline.</summary>
public abstract class BondPortCmdlet : LinkCmdlet
{
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(BondCompleter))]
    [ValidateNotNullOrEmpty]
    [ObjectName]
    public string? Bond { get; set; }

    /// <inheritdoc/>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("Name", "Interface", "ifAlias")]
    [ArgumentCompleter(typeof(BondPortCompleter))]
    [SupportsWildcards]
    [NameNotEmpty]
    [ObjectName]
    public override string[]? InterfaceAlias { get; set; }

    /// <summary>Reads the ports that are meant. Those that are not there are non-terminating errors.</summary>
    /// <param name="stack">Where.</param>
    /// <param name="everythingIfUnnamed">What no port's name means: every port, or an error.</param>
    /// <returns>The ports.</returns>
    protected IEnumerable<BondPort> SelectPorts(NetworkStack stack, bool everythingIfUnnamed = false)
    {
        ArgumentNullException.ThrowIfNull(stack);
        var (bond, names, indexes) = (Bond, Aliases, InterfaceIndex);
        if (InputLink is BondLink piped)
        {
            RefuseChoice(name => name == nameof(Bond));
            // A bond in the pipeline means its ports.
            (bond, names, indexes) = (
                piped.Name,
                IsPiped(nameof(InterfaceAlias)) ? null : names,
                IsPiped(nameof(InterfaceIndex)) ? null : indexes);
        }

        else if (bond is not null && names is null && indexes is null
            && stack.Links.Find(bond, Cancellation) is { } link and not BondLink)
        {
            // A bond cannot be a bond's port, so a port given alone is meant as one.
            (bond, names) = (null, [new NamePattern(link.Name, isName: true)]);
        }

        if (bond is not null && stack.Links.Get(bond, Cancellation) is not BondLink)
            throw new NetworkException(NetworkErrorCode.NotSupported, $"'{bond}' is not a bond.", bond);
        if (names is null && indexes is null && !everythingIfUnnamed)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                "Which port? Name it with -InterfaceAlias (wildcards are allowed, '*' for all).");
        foreach (var found in SelectLinks(stack, names, indexes, everythingIfUnnamed))
        {
            BondPort? port = null;
            if (!IsNamed(found, names, indexes)
                && (found.PortKind != "bond" || (bond is not null && found.Master != bond)))
                continue;
            Try(() => port = BondPorts.AsBondPort(found), found.Name);
            if (port is null)
                continue;
            if (bond is null || port.Bond == bond)
                yield return port;
            else
                Try(
                    () => throw new NetworkException(
                        NetworkErrorCode.NotSupported,
                        $"'{port.InterfaceAlias}' is a port of '{port.Bond}', not of '{bond}'.",
                        port.InterfaceAlias),
                    port);
        }
    }
}

/// <summary>Lists bonds' ports.</summary>
[Cmdlet(VerbsCommon.Get, "BondPort")]
[OutputType(typeof(BondPort))]
public sealed class GetBondPortCommand : BondPortCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        foreach (var port in SelectPorts(Stack, everythingIfUnnamed: true))
            WriteObject(port);
    }
}

/// <summary>Changes bonds' ports.</summary>
[Cmdlet(VerbsCommon.Set, "BondPort", SupportsShouldProcess = true)]
[OutputType(typeof(BondPort))]
[ChangeParameters(typeof(BondPortSettings))]
public sealed partial class SetBondPortCommand : BondPortCmdlet
{
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var settings = Said();
        if (settings == new BondPortSettings())
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument, "Nothing to change was given: use -Priority or -QueueId.");
        }

        var stack = Stack;
        foreach (var port in SelectPorts(stack))
        {
            if (!ShouldProcess(
                $"{port.InterfaceAlias} in namespace {stack.Namespace}", $"Change port of bond {port.Bond}"))
                continue;
            Try(
                () =>
                {
                    stack.Links.ChangeBondPort(port.InterfaceAlias, settings, Cancellation);
                    if (PassThru)
                        WriteObject(BondPorts.AsBondPort(stack.Links.Get(port.InterfaceIndex, Cancellation)));
                },
                port);
        }
    }
}
