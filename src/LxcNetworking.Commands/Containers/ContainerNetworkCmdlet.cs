using System.Management.Automation;
using LxcNetworking.Commands.Completers;

namespace LxcNetworking.Commands;

/// <summary>A cmdlet that works on container networks that are there, by name with wildcards or as they come down the pipeline.</summary>
public abstract class ContainerNetworkCmdlet : StackCmdlet
{
    private string[]? _commandLineName;

    /// <summary>The networks' names; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ContainerNetworkCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Name { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => _commandLineName = Name;

    /// <inheritdoc/>
    protected override void ForgetPipelineNames() => Name = _commandLineName;

    /// <summary>Reads the networks that are meant. Those that are not there are non-terminating errors.</summary>
    /// <param name="stack">Where.</param>
    /// <returns>The networks.</returns>
    protected IEnumerable<ContainerNetwork> Select(NetworkStack stack)
    {
        ArgumentNullException.ThrowIfNull(stack);
        var there = stack.ContainerNetworks.List(problem => WriteError(ErrorOf(problem)), Cancellation);
        var seen = new HashSet<ContainerNetwork>();
        foreach (var pattern in (Name ?? ["*"]).Select(name => new NamePattern(name)))
        {
            var found = there.Where(network => pattern.IsMatch(network.Name)).ToList();
            if (found.Count == 0 && pattern.IsLiteral)
                WriteError(ErrorOf(new NetworkException(NetworkErrorCode.ObjectNotFound, $"There is no container network '{Netlink.KernelText.Printable(pattern.Literal)}' in namespace '{stack.Namespace}'. Get-ContainerNetwork lists what is there.", pattern.Text)));
            foreach (var network in found.Where(seen.Add))
                yield return network;
        }
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

/// <summary>Lists what container networks' servers have leased.</summary>
[Cmdlet(VerbsCommon.Get, "DhcpLease")]
[OutputType(typeof(ContainerNetworkLease))]
public sealed class GetDhcpLeaseCommand : ContainerNetworkCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessItem() => WriteObject(Select(Stack).SelectMany(network => network.Lease), enumerateCollection: true);
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
        if (Name is null)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, "Which container network? Name it (wildcards are allowed, '*' for all).");
        // A network that is half there is not listed, but can be removed by its name.
        var names = Name.Select(name => new NamePattern(name)).SelectMany(pattern => pattern.IsLiteral
            ? [pattern.Literal]
            : stack.ContainerNetworks.List(problem => WriteError(ErrorOf(problem)), Cancellation).Select(network => network.Name).Where(pattern.IsMatch)).Distinct().ToList();
        foreach (var name in names)
        {
            if (ShouldProcess($"{name} in namespace {stack.Namespace}", "Remove container network"))
                Try(() => stack.ContainerNetworks.Remove(name, Force, Cancellation), name);
        }
    }
}
