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

    [Parameter]
    public RouteEncapsulation? Encapsulation { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(NextHopCompleter))]
    [PropertyText]
    public long? NextHopId { get; set; }

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
    [Numbered(typeof(RouteProtocol))]
    public RouteProtocol Protocol { get; set; } = RouteProtocol.LxcNetworking;

    [Parameter]
    public IPFamily? AddressFamily { get; set; }

    [Parameter]
    [Numbered(typeof(NetScope))]
    public NetScope? Scope { get; set; }

    [Parameter]
    public SwitchParameter OnLink { get; set; }

    [Parameter]
    [StrictAddress(Prefix = true)]
    public IPPrefix? SourcePrefix { get; set; }

    [Parameter]
    [Alias("ValidLifetime")]
    [Seconds]
    public TimeSpan? Lifetime { get; set; }

    [Parameter]
    public SwitchParameter Replace { get; set; }

    [Parameter]
    public SwitchParameter Append { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        var destination = DestinationPrefix!;
        if (Replace && Append)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"The route to {destination} is made in another one's place or beside it, not both.",
                destination.ToString());
        }

        if (destination.IsDefaultWord && (AddressFamily == IPFamily.IPv6
            || (AddressFamily is null && NextHop is { Length: > 0 }
                && NextHop.All(hop => hop.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6))))
            destination = IPPrefix.AnyIPv6;
        var names = Meant(nameof(InterfaceAlias), InterfaceAlias) ?? [];
        // What else a next-hop object in the pipeline says is its own.
        bool IsMeant(string name) => NextHopId is not > 0 || !IsPiped(nameof(NextHopId)) || !IsPiped(name);
        var ways = new RouteHopArguments(
            IsMeant(nameof(NextHop)) ? NextHop : null,
            IsMeant(nameof(InterfaceAlias)) ? names : [],
            IsMeant(nameof(InterfaceIndex)) ? InterfaceIndex : null,
            Weight);
        var spec = new RouteSpec(destination, Said())
        {
            NextHops = [.. ways.Read(stack, destination, Cancellation)
                .Select(hop => hop with { Encapsulation = Encapsulation })],
            NextHopId = NextHopId is > 0 ? NextHopId : null,
            Metric = RouteMetric,
            Table = Table,
            Type = Type,
            Protocol = Protocol,
            Scope = Scope,
            OnLink = OnLink,
            SourcePrefix = SourcePrefix,
            Lifetime = Lifetime is { } lifetime ? (Duration)lifetime : null,
        };
        var way = NextHopId is > 0 ? $" by next-hop object {NextHopId}"
            : NextHop is { Length: > 0 } ? $" via {string.Join(", ", (object[])NextHop)}"
            : names.Length > 0 ? $" over {string.Join(", ", names)}" : string.Empty;
        if (!ShouldProcess(
            $"{destination}{way} in namespace {stack.Namespace}",
            Replace ? $"Create or replace {Type} route" : Append ? $"Append {Type} route" : $"Create {Type} route"))
            return;
        WriteObject(Replace ? stack.Routes.Replace(spec, Cancellation)
            : Append ? stack.Routes.Add(spec, Cancellation) : stack.Routes.Create(spec, Cancellation));
    }
}
