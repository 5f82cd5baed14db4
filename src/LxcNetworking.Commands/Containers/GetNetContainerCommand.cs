using System.Management.Automation;
using LxcNetworking.Commands.Completers;

namespace LxcNetworking.Commands;

/// <summary>Lists containers with their addresses.</summary>
[Cmdlet(VerbsCommon.Get, "NetContainer")]
[OutputType(typeof(NetContainer))]
public sealed class GetNetContainerCommand : NetworkCmdlet
{
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ContainerCompleter))]
    [SupportsWildcards]
    public string[] Name { get; set; } = ["*"];

    [Parameter]
    [ArgumentCompleter(typeof(RuntimeCompleter))]
    public string[]? Runtime { get; set; }

    [Parameter]
    public SwitchParameter Running { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Try(() =>
    {
        var found = ContainerStore.List(Runtime, problem => WriteWarning(problem.Message), cancellation: Cancellation).ToList();
        foreach (var name in Name)
        {
            // RUNTIME:NAME is taken too, as everywhere.
            var pattern = new WildcardPattern(name, WildcardOptions.CultureInvariant);
            var matches = found.FindAll(item => pattern.IsMatch(item.Name) || pattern.IsMatch(item.ToString()));
            if (matches.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(name))
                WriteError(ErrorOf(new NetworkException(NetworkErrorCode.ContainerNotFound, $"There is no container or named namespace '{Netlink.KernelText.Printable(name)}'.", name)));
            WriteObject(matches.Where(item => !Running || item.Namespace is not null), enumerateCollection: true);
        }
    });
}
