using System.Management.Automation;
using LxcNetworking.Addressing;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Addressing;

/// <summary>Removes routes.</summary>
[Cmdlet(VerbsCommon.Remove, "NetRoute", SupportsShouldProcess = true)]
public sealed class RemoveNetRouteCommand : RouteCmdlet
{
    private readonly RemovalList<NetRoute> _removal = new();

    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public NetRoute? InputRoute { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        var everywhere = new RouteFilter { Table = RouteTable.All };
        if (Given(InputRoute, () => stack.Routes.List(everywhere, Cancellation)) is { } given)
        {
            Collect(stack, given);
            return;
        }

        if (!IsNarrowed)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                "Which route? Name it with -DestinationPrefix (wildcards are allowed), or its interface with "
                    + "-InterfaceAlias.");
        foreach (var route in SelectRoutes(stack))
            Collect(stack, route);
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => Try(() => _removal.RemoveAll(
        (stack, items) => stack.Routes.Remove(items, Cancellation), (error, item) => WriteError(ErrorOf(error, item))));

    private void Collect(NetworkStack stack, NetRoute route)
    {
        if (ShouldProcess($"{route} in table {route.Table} of namespace {stack.Namespace}", "Remove route"))
            _removal.Add(stack, route);
    }
}
