using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Commands.Shared;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Containers;

/// <summary>Takes links out of containers; physical ones come back.</summary>
[Cmdlet(VerbsCommunications.Disconnect, "Container", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class DisconnectContainerCommand : NetworkCmdlet
{
    // Not by property name: a namespace's Container, which may be null, is something else.
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(ContainerCompleter))]
    [ContainerRecord]
    public ContainerReference[] Container { get; set; } = [];

    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("InterfaceAlias")]
    [ArgumentCompleter(typeof(ContainerInterfaceCompleter))]
    [SupportsWildcards]
    public string[] InterfaceName { get; set; } = [];

    [Parameter]
    public string? HostInterfaceName { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(NamespaceCompleter))]
    [ValidateNotNull]
    public NamespaceReference? HostNamespace { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        // What came as text says what it lacks only here.
        _ = Record?.Namespace;
        foreach (var container in Container)
            Try(() => Disconnect(container), container);
    }

    private void Disconnect(ContainerReference container)
    {
        var here = ModuleStacks.Pool.Get(HostNamespace, Cancellation);
        var inside = here.Containers.StackOf(container, Cancellation);
        var links = inside.Links.List(new LinkFilter { SkipStatistics = true }, Cancellation)
            .Where(link => link.Kind != "loopback").ToList();
        var meant = NamePattern.Select(
            NamesIn(nameof(InterfaceName), InterfaceName),
            links,
            NamePattern.NamesOf,
            name => Try(() => name.GetLink(inside, null, Cancellation), name.Text))
            .Where(link => ShouldProcess($"{container} {link.Name}", "Disconnect")).ToList();

        if (WhatIf)
            return;
        foreach (var failure in here.Containers.Disconnect(meant, HostInterfaceName, container, Cancellation))
            WriteError(ErrorOf(failure.Error, failure.Link));
    }
}
