using System.Management.Automation;
using LxcNetworking.Addressing;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Addressing;

/// <summary>Makes a route.</summary>
[Cmdlet(VerbsCommon.New, "NetRoute", SupportsShouldProcess = true)]
[OutputType(typeof(NetRoute))]
[CreationParameters(typeof(RouteSettings))]
public sealed partial class NewNetRouteCommand : StackCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [StrictAddress(Prefix = true, Default = true)]
    public IPPrefix? DestinationPrefix { get; set; }

    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [StrictAddress]
    public IPAddress[]? NextHop { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Name", "Interface", "ifAlias")]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [ObjectName]
    public string[]? InterfaceAlias { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("ifIndex")]
    public int[]? InterfaceIndex { get; set; }

    [Parameter]
    public int[]? Weight { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PropertyText]
    public long? RouteMetric { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RouteTableCompleter))]
    [PropertyText]
    public RouteTable? Table { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public RouteType Type { get; set; } = RouteType.Unicast;

    [Parameter]
    public RouteProtocol Protocol { get; set; } = RouteProtocol.Boot;

    [Parameter]
    public IPFamily? AddressFamily { get; set; }

    [Parameter]
    public NetScope? Scope { get; set; }

    [Parameter]
    public SwitchParameter OnLink { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        var destination = DestinationPrefix!;
        if (destination.IsDefaultWord && (AddressFamily == IPFamily.IPv6
            || (AddressFamily is null && NextHop is { Length: > 0 }
                && NextHop.All(hop => hop.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6))))
            destination = IPPrefix.AnyIPv6;
        var names = Meant(nameof(InterfaceAlias), InterfaceAlias) ?? [];
        var spec = new RouteSpec(destination, Said())
        {
            NextHops = Hops(stack, destination, names),
            Metric = RouteMetric,
            Table = Table,
            Type = Type,
            Protocol = Protocol,
            Scope = Scope,
            OnLink = OnLink,
        };
        var way = NextHop is { Length: > 0 }
            ? $" via {string.Join(", ", (object[])NextHop)}"
            : names.Length > 0 ? $" over {string.Join(", ", names)}" : string.Empty;
        if (ShouldProcess($"{destination}{way} in namespace {stack.Namespace}", $"Create {Type} route"))
            WriteObject(stack.Routes.Create(spec, Cancellation));
    }

    // Each next hop with its own interface, or all with the one that was named, or with the one that the kernel finds
    // them on.
    private List<RouteHopSpec> Hops(NetworkStack stack, IPPrefix destination, string[] names)
    {
        var gateways = NextHop ?? [];
        int[] links = InterfaceIndex is { Length: > 0 }
            ? [
                .. InterfaceIndex.Where(index => index != 0)
                .Select(
                    (index, i) => LinkTargetCmdlet.Find(
                        stack, names.Length == InterfaceIndex.Length ? names[i] : null, index, Cancellation).Index),
            ]
            : [.. names.Select(name => stack.Links.Get(name, Cancellation).Index)];
        var count = Math.Max(gateways.Length, links.Length);
        if ((gateways.Length > 1 && links.Length > 1 && gateways.Length != links.Length)
            || (gateways.Length == 1 && links.Length > 1))
            throw Invalid(
                destination,
                $"{gateways.Length} next hops and {links.Length} interfaces do not go together: name one interface, or "
                    + "one for each next hop.");
        if (Weight is not null && Weight.Length != count)
            throw Invalid(destination, $"{Weight.Length} weights were given for {count} next hops; each takes one.");
        return [.. Enumerable.Range(0, count).Select(i => new RouteHopSpec(
            gateways.Length > i
                ? gateways[i]
                : null, links.Length switch { 0 => 0, 1 => links[0], _ => links[i] }, Weight?[i] ?? 1))];
    }

    private static NetworkException Invalid(IPPrefix destination, string message)
        => new(NetworkErrorCode.InvalidArgument, message, destination.ToString());
}
