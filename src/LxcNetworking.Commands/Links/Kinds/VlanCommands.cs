using System.Collections;
using System.Globalization;
using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Links.Kinds;

/// <summary>Makes a VLAN on a parent link.</summary>
[Cmdlet(VerbsCommon.Add, "VlanLink", SupportsShouldProcess = true)]
[OutputType(typeof(VlanLink))]
public sealed class AddVlanLinkCommand : AddLinkCmdlet
{
    /// <inheritdoc/>
    [Parameter(Position = 0)]
    [Alias("InterfaceAlias", "Interface", "ifAlias")]
    public override string Name
    {
        get => base.Name.Length > 0 ? base.Name : string.Create(CultureInfo.InvariantCulture, $"{Parent}.{VlanId}");
        set => base.Name = value;
    }

    [Parameter(Mandatory = true)]
    [Alias("Id")]
    public int VlanId { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(VlanProtocolCompleter))]
    public VlanProtocol Protocol { get; set; } = VlanProtocol.Dot1Q;

    [Parameter]
    public MacAddress? MacAddress { get; set; }

    [Parameter]
    public SwitchParameter NoReorderHeader { get; set; }

    [Parameter]
    public SwitchParameter Gvrp { get; set; }

    [Parameter]
    public SwitchParameter Mvrp { get; set; }

    [Parameter]
    public SwitchParameter LooseBinding { get; set; }

    [Parameter]
    public SwitchParameter BridgeBinding { get; set; }

    [Parameter]
    public Hashtable? IngressQosMap { get; set; }

    [Parameter]
    public Hashtable? EgressQosMap { get; set; }

    /// <inheritdoc/>
    protected override LinkSpec CreateSpec(NetworkStack stack) => new VlanSpec(
        Name,
        new VlanSettings
        {
            VlanId = VlanId,
            Protocol = Protocol,
            ReorderHeader = NoReorderHeader ? false : null,
            Gvrp = Gvrp ? true : null,
            Mvrp = Mvrp ? true : null,
            LooseBinding = LooseBinding ? true : null,
            BridgeBinding = BridgeBinding ? true : null,
            IngressQosMap = QosMap.Read(IngressQosMap),
            EgressQosMap = QosMap.Read(EgressQosMap),
        })
    {
        MacAddress = MacAddress,
    };
}

/// <summary>Changes what a VLAN link does besides tagging.</summary>
[Cmdlet(VerbsCommon.Set, "VlanLink", SupportsShouldProcess = true)]
[OutputType(typeof(VlanLink))]
[ChangeParameters(typeof(VlanSettings))]
public sealed partial class SetVlanLinkCommand : SetLinkKindCmdlet
{
    [Parameter]
    public Hashtable? IngressQosMap { get; set; }

    [Parameter]
    public Hashtable? EgressQosMap { get; set; }

    /// <inheritdoc/>
    protected override LinkSettings CreateSettings(NetworkStack stack) => Said() with
    {
        IngressQosMap = QosMap.Read(IngressQosMap),
        EgressQosMap = QosMap.Read(EgressQosMap),
    };
}


/// <summary>Reads priorities from a hashtable.</summary>
internal static class QosMap
{
    /// <summary>The pairs, or null without a table.</summary>
    /// <exception cref="NetworkException">InvalidArgument.</exception>
    public static ValueMap<long>? Read(Hashtable? table)
    {
        if (table is null)
            return null;
        try
        {
            return new ValueMap<long>(table.Cast<DictionaryEntry>().ToDictionary(
                entry => Number(entry.Key).ToString(CultureInfo.InvariantCulture), entry => Number(entry.Value)));
        }
        catch (Exception e) when (e is FormatException or InvalidCastException or OverflowException)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument, "A priority map pairs numbers, such as @{ 0 = 1; 5 = 3 }.", null, e);
        }
    }

    private static long Number(object? value)
        => Convert.ToUInt32(PipelineValue.Unwrap(value), CultureInfo.InvariantCulture);
}
