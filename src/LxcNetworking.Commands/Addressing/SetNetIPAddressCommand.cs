using System.Management.Automation;
using LxcNetworking.Addressing;
using LxcNetworking.Commands.Common;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Addressing;

/// <summary>Changes addresses.</summary>
[Cmdlet(VerbsCommon.Set, "NetIPAddress", SupportsShouldProcess = true)]
[OutputType(typeof(NetIPAddress))]
public sealed class SetNetIPAddressCommand : ChosenAddressCmdlet
{
    [Parameter]
    [ValidateRange(0, 128)]
    public int? PrefixLength { get; set; }

    [Parameter]
    [Seconds]
    public TimeSpan? ValidLifetime { get; set; }

    [Parameter]
    [Seconds]
    public TimeSpan? PreferredLifetime { get; set; }

    [Parameter]
    public bool? SkipAsSource { get; set; }

    [Parameter]
    public long? PrefixRouteMetric { get; set; }

    [Parameter]
    public int? Protocol { get; set; }

    [Parameter]
    [StrictAddress]
    public IPAddress? PeerAddress { get; set; }

    [Parameter]
    public bool? NoPrefixRoute { get; set; }

    [Parameter]
    public bool? ManageTemporary { get; set; }

    [Parameter]
    public bool? HomeAddress { get; set; }

    [Parameter]
    [Alias("NoDad")]
    public bool? SkipDuplicateAddressDetection { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    private protected override IReadOnlyCollection<string> SettingParameters =>
    [
        nameof(PrefixLength), nameof(ValidLifetime), nameof(PreferredLifetime), nameof(SkipAsSource),
        nameof(PrefixRouteMetric), nameof(Protocol), nameof(PeerAddress), nameof(NoPrefixRoute),
        nameof(ManageTemporary), nameof(HomeAddress), nameof(SkipDuplicateAddressDetection),
    ];

    /// <inheritdoc/>
    protected override void ProcessAddress(NetworkStack stack, NetIPAddress address)
    {
        var change = new AddressChange
        {
            PrefixLength = PrefixLength,
            ValidLifetime = ValidLifetime,
            PreferredLifetime = PreferredLifetime,
            SkipAsSource = SkipAsSource,
            PrefixRouteMetric = PrefixRouteMetric,
            Protocol = Protocol,
            PeerAddress = PeerAddress,
            NoPrefixRoute = NoPrefixRoute,
            ManageTemporary = ManageTemporary,
            HomeAddress = HomeAddress,
            SkipDuplicateAddressDetection = SkipDuplicateAddressDetection,
        };
        // Before the question, so that -WhatIf promises nothing that could not be.
        change.Validate(address);
        var steps = change.Describe(address);
        if (!ShouldProcess(
            $"{address} on {address.InterfaceAlias} in namespace {stack.Namespace}",
            steps.Count == 0 ? "Change nothing of address" : $"Change address: {string.Join(", ", steps)}"))
            return;
        var changed = steps.Count == 0 ? address : stack.Addresses.Change(address, change, Cancellation);
        if (PassThru)
            WriteObject(changed);
    }
}
