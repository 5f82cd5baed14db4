using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Links;

/// <summary>Removes links: all that come down the pipeline at once, as the kernel takes a moment for each removal,
/// however many links go with it.</summary>
[Cmdlet(VerbsCommon.Remove, "NetLink", SupportsShouldProcess = true)]
public sealed class RemoveNetLinkCommand : LinkCmdlet
{
    private readonly Dictionary<NetworkStack, List<NetLink>> _links = [];

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        // What was just read need not be read again: the library looks at all of them together before they go.
        foreach (var link in InputLink is { } piped
            && IsPiped(nameof(InterfaceAlias)) ? [piped] : SelectBareLinks(stack))
        {
            if (!ShouldProcess($"{link.Name} in namespace {stack.Namespace}", "Remove link"))
                continue;
            if (!_links.TryGetValue(stack, out var links))
                _links.Add(stack, links = []);
            links.Add(link);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        foreach (var (stack, links) in _links)
        {
            Try(
                () =>
                {
                    foreach (var failure in stack.Links.Remove(links, Cancellation))
                        WriteError(ErrorOf(failure.Error, failure.Link));
                },
                stack.Namespace);
        }
    }
}
