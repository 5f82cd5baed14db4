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
        var seen = new HashSet<NetContainer>();
        foreach (var pattern in Name.Select(name => new NamePattern(name)))
        {
            // RUNTIME:NAME is taken too, as everywhere.
            var matches = found.FindAll(item => pattern.IsMatch(item.Name) || pattern.IsMatch(item.ToString()));
            if (matches.Count == 0 && pattern.IsLiteral)
                WriteError(ErrorOf(new NetworkException(NetworkErrorCode.ContainerNotFound, $"There is no container or named namespace '{Netlink.KernelText.Printable(pattern.Literal)}'.", pattern.Text)));
            WriteObject(matches.Where(item => (!Running || item.Namespace is not null) && seen.Add(item)), enumerateCollection: true);
        }
    });
}
