using System.Management.Automation;
using LxcNetworking.Addressing;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Addressing;

/// <summary>What picks routes out, for the cmdlets that read and remove them.</summary>
public abstract class RouteCmdlet : AddressingCmdlet
{
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(DestinationCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ObjectName]
    public string[]? DestinationPrefix { get; set; }

    [Parameter(Position = 1)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ObjectName]
    public string[]? NextHop { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(RouteTableCompleter))]
    [ListText]
    public RouteTable[]? Table { get; set; }

    [Parameter]
    public RouteType[]? Type { get; set; }

    [Parameter]
    [Numbered(typeof(RouteProtocol))]
    public RouteProtocol[]? Protocol { get; set; }

    [Parameter]
    public long[]? RouteMetric { get; set; }

    /// <summary>True if anything at all was asked for.</summary>
    protected bool IsNarrowed
        => (DestinationPrefix ?? NextHop ?? (object?)Aliases ?? InterfaceIndex ?? (object?)Table ?? Type
            ?? (object?)Protocol ?? RouteMetric) is not null;

    /// <summary>Lists what matches; a literal destination that no route has is a non-terminating error.</summary>
    /// <param name="stack">Where.</param>
    /// <returns>The routes.</returns>
    protected IEnumerable<NetRoute> SelectRoutes(NetworkStack stack)
    {
        ArgumentNullException.ThrowIfNull(stack);
        var destinations = DestinationPrefix?.Select(
            text => new Destination(text, AddressFamily, IsPiped(nameof(DestinationPrefix)))).ToList();
        var gateways = NextHop?.Select(text => new AddressPattern(text)).ToList();
        var interfaces = SelectInterfaces(stack);
        if (interfaces is { Count: 0 })
            yield break;
        var found = new HashSet<Destination>();
        foreach (var table in Table ?? [RouteTable.Main])
        {
            var filter = new RouteFilter
            {
                Table = table,
                Family = AddressFamily,
                Type = Type is { Length: 1 } ? Type[0] : null,
                Protocol = Protocol is { Length: 1 } ? Protocol[0] : null,
                InterfaceIndexes = interfaces,
            };
            foreach (var route in stack.Routes.List(filter, Cancellation))
            {
                if (Type?.Contains(route.Type) == false || Protocol?.Contains(route.Protocol) == false
                    || RouteMetric?.Contains(route.RouteMetric) == false
                    || gateways?.Exists(
                        pattern => pattern.Matches(route.NextHop, route.InterfaceIndex)
                            || route.Multipath.Any(hop => pattern.Matches(hop.NextHop, hop.InterfaceIndex))) == false)
                    continue;
                var matching = destinations?.FindAll(pattern => pattern.Matches(route.DestinationPrefix));
                if (matching is { Count: 0 })
                    continue;
                found.UnionWith(matching ?? []);
                yield return route;
            }
        }

        foreach (var missing in (destinations ?? [])
            .Where(destination => destination.IsLiteral && !found.Contains(destination)))
            WriteError(ErrorOf(new NetworkException(
                NetworkErrorCode.RouteNotFound,
                $"There is no such route to {missing.Text} in namespace '{stack.Namespace}', table "
                    + $"{string.Join(", ", (object[]?)Table ?? [RouteTable.Main])}. Get-NetRoute -Table all lists what "
                    + "is there.",
                missing.Text)));
    }

    private sealed class Destination
    {
        private readonly WildcardPattern? _wildcard;
        private readonly IPPrefix? _prefix;

        public Destination(string text, IPFamily? family, bool isPrefix)
        {
            Text = Netlink.KernelText.Printable(text);
            if (!isPrefix && WildcardPattern.ContainsWildcardCharacters(text))
                _wildcard = new WildcardPattern(text, WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant);
            else if (!IPPrefix.TryParse(text, out _prefix, out var problem))
                throw new NetworkException(NetworkErrorCode.InvalidArgument, problem, Text);
            else if (_prefix.IsDefaultWord && family == IPFamily.IPv6)
                _prefix = IPPrefix.AnyIPv6;
        }

        public string Text { get; }

        public bool IsLiteral => _wildcard is null;

        public bool Matches(IPPrefix prefix) => _wildcard?.IsMatch(prefix.ToString()) ?? prefix.Equals(_prefix);
    }
}
