using System.Management.Automation;
using LxcNetworking.Addressing;
using LxcNetworking.Commands.Common;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Addressing;

/// <summary>Gives an interface addresses, and a default route with them.</summary>
[Cmdlet(VerbsCommon.New, "NetIPAddress", SupportsShouldProcess = true)]
[OutputType(typeof(NetIPAddress))]
public sealed class NewNetIPAddressCommand : LinkTargetCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [StrictAddress(Prefix = true)]
    [ValidateNotNullOrEmpty]
    public IPPrefix[] IPAddress { get; set; } = [];

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(0, 128)]
    [PropertyText]
    public int? PrefixLength { get; set; }

    [Parameter]
    [StrictAddress]
    public IPAddress[]? DefaultGateway { get; set; }

    [Parameter]
    [StrictAddress]
    public IPAddress? Broadcast { get; set; }

    [Parameter]
    [StrictAddress]
    public IPAddress? PeerAddress { get; set; }

    [Parameter]
    public string? Label { get; set; }

    [Parameter]
    [Numbered(typeof(NetScope))]
    public NetScope? Scope { get; set; }

    [Parameter]
    [Seconds]
    public TimeSpan? ValidLifetime { get; set; }

    [Parameter]
    [Seconds]
    public TimeSpan? PreferredLifetime { get; set; }

    [Parameter]
    public bool SkipAsSource { get; set; }

    [Parameter]
    [Alias("NoDad")]
    public SwitchParameter SkipDuplicateAddressDetection { get; set; }

    [Parameter]
    public int Protocol { get; set; } = (int)RouteProtocol.LxcNetworking;

    [Parameter]
    public SwitchParameter NoPrefixRoute { get; set; }

    [Parameter]
    public long? PrefixRouteMetric { get; set; }

    [Parameter]
    public SwitchParameter ManageTemporary { get; set; }

    [Parameter]
    public SwitchParameter MulticastAutoJoin { get; set; }

    [Parameter]
    public SwitchParameter HomeAddress { get; set; }

    [Parameter]
    public SwitchParameter Optimistic { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        var specs = IPAddress.Select(Spec).ToList();
        var link = RequireLink(stack);
        var route = DefaultGateway is { Length: > 0 }
            ? $" and default route via {string.Join(", ", (object[])DefaultGateway)}"
            : string.Empty;
        if (ShouldProcess(
            $"{link.Name} in namespace {stack.Namespace}",
            $"Add {string.Join(", ", specs.Select(spec => spec.Prefix))}{route}"))
            WriteObject(stack.Addresses.Create(link, specs, DefaultGateway, Cancellation), enumerateCollection: true);
    }

    private AddressSpec Spec(IPPrefix prefix)
    {
        if (PrefixLength is { } length)
        {
            if (prefix.HasLength && prefix.Length != length)
                throw new NetworkException(
                    NetworkErrorCode.InvalidArgument,
                    $"{prefix} has a prefix length already, which -PrefixLength {length} contradicts.",
                    prefix.ToString());
            if (prefix.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork && length > 32)
                throw new NetworkException(
                    NetworkErrorCode.InvalidArgument,
                    $"A prefix length of {length} does not fit {prefix.Address}: 0 to 32 do.",
                    prefix.Address.ToString());
            prefix = new IPPrefix(prefix.Address, length);
        }

        return new AddressSpec(prefix)
        {
            Broadcast = Broadcast,
            PeerAddress = PeerAddress,
            Label = Label,
            Scope = Scope,
            ValidLifetime = ValidLifetime,
            PreferredLifetime = PreferredLifetime,
            SkipAsSource = SkipAsSource,
            SkipDuplicateAddressDetection = SkipDuplicateAddressDetection,
            Protocol = Protocol == 0 ? null : Protocol,
            NoPrefixRoute = NoPrefixRoute,
            PrefixRouteMetric = PrefixRouteMetric,
            ManageTemporary = ManageTemporary,
            MulticastAutoJoin = MulticastAutoJoin,
            HomeAddress = HomeAddress,
            Optimistic = Optimistic,
        };
    }
}
