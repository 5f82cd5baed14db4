using System.Management.Automation;
using LxcNetworking.Addressing;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Addressing;

/// <summary>Changes a route without a moment in which there is none.</summary>
[Cmdlet(VerbsCommon.Set, "NetRoute", SupportsShouldProcess = true)]
[OutputType(typeof(NetRoute))]
[ChangeParameters(typeof(RouteSettings))]
public sealed partial class SetNetRouteCommand : StackCmdlet
{
    private static readonly string[] s_choosing = [nameof(DestinationPrefix), nameof(Table), nameof(AddressFamily)];

    private string[]? _names;

    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(DestinationCompleter))]
    [StrictAddress(Prefix = true, Default = true)]
    public IPPrefix? DestinationPrefix { get; set; }

    [Parameter(Position = 1)]
    [StrictAddress]
    public IPAddress[]? NextHop { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Name", "Interface", "ifAlias")]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [ObjectName]
    public string[]? InterfaceAlias { get; set; }

    [Parameter]
    [Alias("ifIndex")]
    public int[]? InterfaceIndex { get; set; }

    [Parameter]
    public int[]? Weight { get; set; }

    [Parameter]
    public RouteEncapsulation? Encapsulation { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(NextHopCompleter))]
    public long? NextHopId { get; set; }

    [Parameter]
    public long? RouteMetric { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(RouteTableCompleter))]
    public RouteTable? Table { get; set; }

    [Parameter]
    public RouteType? Type { get; set; }

    [Parameter]
    [Numbered(typeof(RouteProtocol))]
    public RouteProtocol? Protocol { get; set; }

    [Parameter]
    public IPFamily? AddressFamily { get; set; }

    [Parameter]
    public SwitchParameter OnLink { get; set; }

    [Parameter]
    [Alias("ValidLifetime")]
    [Seconds]
    public TimeSpan? Lifetime { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public NetRoute? InputRoute { get; set; }

    /// <inheritdoc/>
    private protected override IReadOnlyCollection<string> SettingParameters
        => [.. MyInvocation.BoundParameters.Keys.Where(name => !s_choosing.Contains(name))];

    private bool NamesOnLink => MyInvocation.BoundParameters.ContainsKey(nameof(OnLink));

    private bool NamesWays => NextHop is not null || _names is not null || InterfaceIndex is not null;

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        var given = Given(
            InputRoute, () => stack.Routes.List(new RouteFilter { Table = RouteTable.All }, Cancellation));
        // A route in the pipeline brings the interface that it has.
        _names = given is null || !IsPiped(nameof(InterfaceAlias))
            ? Meant(nameof(InterfaceAlias), InterfaceAlias) : null;
        var arguments = new RouteHopArguments(NextHop, _names ?? [], InterfaceIndex, Weight);
        var links = arguments.FindLinks(stack, Cancellation);
        var route = given ?? Choose(stack, links);
        var change = new RouteChange(Said())
        {
            NextHops = ChangesWays(route, links) ? Hops(stack, route, arguments) : null,
            NextHopId = NextHopId,
            Metric = RouteMetric,
            Type = Type,
            Protocol = Protocol,
            Lifetime = Lifetime is { } lifetime ? (Duration)lifetime : null,
        };
        var steps = change.Describe(route);
        if (!ShouldProcess(
            $"{route} in table {route.Table} of namespace {stack.Namespace}",
            steps.Count == 0 ? "Change nothing of route" : $"Change route: {string.Join(", ", steps)}"))
            return;
        var changed = steps.Count == 0 ? route : stack.Routes.Change(route, change, Cancellation);
        if (PassThru)
            WriteObject(changed);
    }

    // As on Windows, a next hop and an interface choose among several routes; what no route has is what it is to get.
    private NetRoute Choose(NetworkStack stack, int[] links)
    {
        var destination = DestinationPrefix ?? throw new NetworkException(
            NetworkErrorCode.InvalidArgument,
            "Which route? Name it with -DestinationPrefix, or pipe it from Get-NetRoute.");
        var family = AddressFamily ?? (NextHop is [var first, ..] && IsIPv6(first) ? IPFamily.IPv6 : IPFamily.IPv4);
        if (destination.IsDefaultWord && family == IPFamily.IPv6)
            destination = IPPrefix.AnyIPv6;
        var routes = stack.Routes.List(new RouteFilter { Table = Table, Family = AddressFamily }, Cancellation)
            .Where(route => route.DestinationPrefix.Equals(destination)).ToList();
        if (routes.Count == 0)
        {
            throw new NetworkException(
                NetworkErrorCode.RouteNotFound,
                $"There is no route to {destination} in table {Table ?? RouteTable.Main} of namespace "
                    + $"'{stack.Namespace}'. Get-NetRoute -Table all lists what is there.",
                destination.ToString());
        }

        foreach (var fits in new Func<NetRoute, bool>[]
        {
            route => !ChangesWays(route, links),
            route => links.Length > 0 && IsOver(route, links),
            _ => true,
        })
        {
            if (routes.Where(fits).ToList() is { Count: > 0 } found)
                return found is [var only] ? only : throw Several(destination, found);
        }

        return routes[0];
    }

    private static NetworkException Several(IPPrefix destination, List<NetRoute> routes) => new(
        NetworkErrorCode.InvalidArgument,
        $"{routes.Count} routes lead to {destination}: {string.Join("; ", routes.Take(3))}. "
            + "Pipe the one that is meant from Get-NetRoute.",
        destination.ToString());

    private bool ChangesWays(NetRoute route, int[] links)
        => Weight is not null || NamesOnLink || Encapsulation is not null
            || (NamesWays && !(IsOver(route, links) && HasGateways(route)));

    private bool HasGateways(NetRoute route) => NextHop is null
        || (route.NextHopId is not > 0 && GatewaysOf(route).SequenceEqual(NextHop));

    private static bool IsOver(NetRoute route, int[] links) => links.Length == 0
        || (route.Multipath.Count == 0 ? links.Contains(route.InterfaceIndex)
            : route.Multipath.All(way => links.Contains(way.InterfaceIndex)));

    private static IEnumerable<IPAddress> GatewaysOf(NetRoute route)
        => route.Multipath.Count == 0 ? [route.NextHop] : route.Multipath.Select(way => way.NextHop);

    // What is not said of the ways is as it was. The kernel finds the interface of a new gateway, but where any could
    // have it.
    private List<RouteHopSpec> Hops(NetworkStack stack, NetRoute route, RouteHopArguments arguments)
    {
        var gateways = NextHop ?? [.. GatewaysOf(route)];
        var said = arguments with { NextHop = gateways };
        var onLink = NamesOnLink ? OnLink.ToBool() : (route.Flags & RouteFlags.OnLink) != 0;
        var isAnywhere = NextHop is null || onLink
            || Array.TrueForAll(gateways, gateway => gateway.IsIPv6LinkLocal || NextHopMembers.IsNone(gateway));
        if (_names is null && InterfaceIndex is null && isAnywhere)
        {
            var links = route.Multipath.Count == gateways.Length
                ? route.Multipath.Select(way => way.InterfaceIndex) : [route.InterfaceIndex];
            said = said with { InterfaceIndex = [.. links] };
        }

        return [.. said.Read(stack, route.DestinationPrefix, Cancellation)
            .Select(hop => hop with { OnLink = onLink, Encapsulation = Encapsulation ?? route.Encapsulation })];
    }

    private static bool IsIPv6(IPAddress address)
        => address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
}
