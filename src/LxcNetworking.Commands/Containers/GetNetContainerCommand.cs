using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Commands.Shared;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Containers;

/// <summary>Lists containers with their addresses.</summary>
[Cmdlet(VerbsCommon.Get, "NetContainer")]
[OutputType(typeof(NetContainer))]
public sealed class GetNetContainerCommand : NetworkCmdlet
{
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ContainerCompleter))]
    [SupportsWildcards]
    public string[]? Name { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(RuntimeCompleter))]
    public string[]? Runtime { get; set; }

    [Parameter]
    public SwitchParameter Running { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var found = new ContainerStore(ModuleStacks.Pool)
            .List(Runtime, problem => WriteWarning(TextOf(problem)), cancellation: Cancellation).ToList();
        // RUNTIME:NAME is taken too, as everywhere.
        var meant = NamePattern.Select(
            NamesIn(nameof(Name), Name),
            found,
            item => [item.Name, item.ToString()],
            name => WriteError(ErrorOf(new NetworkException(
                NetworkErrorCode.ContainerNotFound,
                $"There is no container or named namespace '{Netlink.KernelText.Printable(name.Literal)}'.",
                name.Text))));
        WriteObject(meant.Where(item => !Running || item.Namespace is not null), enumerateCollection: true);
    }
}
