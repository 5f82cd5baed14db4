using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Dhcp;
using LxcNetworking.Containers.Networks;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Containers;

/// <summary>A cmdlet that works on container networks that are there, by name with wildcards or as they come down the
/// pipeline.</summary>
public abstract class ContainerNetworkCmdlet : StackCmdlet
{
    /// <summary>The networks' names; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ContainerNetworkCompleter))]
    [SupportsWildcards]
    [NameNotEmpty]
    [ObjectName]
    public string[]? Name { get; set; }

    /// <summary>The names that are meant; null if there are none.</summary>
    private protected IReadOnlyList<NamePattern>? Names => NamesIn(nameof(Name), Name);

    /// <summary>Reads the networks that are meant. Those that are not there are non-terminating errors.</summary>
    /// <param name="stack">Where.</param>
    /// <returns>The networks.</returns>
    protected IEnumerable<ContainerNetwork> Select(NetworkStack stack)
    {
        ArgumentNullException.ThrowIfNull(stack);
        return NamePattern.Select(
            Names,
            stack.ContainerNetworks.List(problem => WriteError(ErrorOf(problem)), Cancellation),
            network => [network.Name],
            name => WriteError(ErrorOf(new NetworkException(
                NetworkErrorCode.ObjectNotFound,
                $"There is no container network '{Netlink.KernelText.Printable(name.Literal)}' in namespace "
                    + $"'{stack.Namespace}'. Get-ContainerNetwork lists what is there.",
                name.Text))));
    }
}

/// <summary>Lists container networks.</summary>
[Cmdlet(VerbsCommon.Get, "ContainerNetwork")]
[OutputType(typeof(ContainerNetwork))]
public sealed class GetContainerNetworkCommand : ContainerNetworkCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessItem() => WriteObject(Select(Stack), enumerateCollection: true);
}

/// <summary>Lists what container networks' servers have leased, and what links of the namespace have leased.</summary>
[Cmdlet(VerbsCommon.Get, "DhcpLease")]
[OutputType(typeof(ContainerNetworkLease), typeof(DhcpLease))]
public sealed class GetDhcpLeaseCommand : ContainerNetworkCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        WriteObject(Select(stack).SelectMany(network => network.Lease), enumerateCollection: true);
        if (Names is null)
            WriteObject(stack.Containers.ListLeases(Cancellation), enumerateCollection: true);
    }
}

/// <summary>Removes container networks.</summary>
[Cmdlet(VerbsCommon.Remove, "ContainerNetwork", SupportsShouldProcess = true)]
public sealed class RemoveContainerNetworkCommand : ContainerNetworkCmdlet
{
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        if (Names is not { } patterns)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                "Which container network? Name it (wildcards are allowed, '*' for all).");
        // A network that is half there is not listed, but can be removed by its name.
        var names = patterns.SelectMany(pattern => pattern.IsLiteral
            ? [pattern.Literal]
            : pattern.Select(
                stack.ContainerNetworks.List(problem => WriteError(ErrorOf(problem)), Cancellation)
                    .Select(network => network.Name),
                name => [name])).Distinct().ToList();
        foreach (var name in names)
        {
            if (ShouldProcess($"{name} in namespace {stack.Namespace}", "Remove container network"))
                Try(() => stack.ContainerNetworks.Remove(name, Force, Cancellation), name);
        }
    }
}
