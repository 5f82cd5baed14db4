using System.Management.Automation;
using LxcNetworking.Addressing;
using LxcNetworking.Commands.Common;
using LxcNetworking.Namespaces;

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
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    private protected override IReadOnlyCollection<string> SettingParameters
        => [nameof(PrefixLength), nameof(ValidLifetime), nameof(PreferredLifetime)];

    /// <inheritdoc/>
    protected override void ProcessAddress(NetworkStack stack, NetIPAddress address)
    {
        if (!ShouldProcess($"{address} on {address.InterfaceAlias} in namespace {stack.Namespace}", "Change address"))
            return;
        var changed = stack.Addresses.Change(address, ValidLifetime, PreferredLifetime, PrefixLength, Cancellation);
        if (PassThru)
            WriteObject(changed);
    }
}
