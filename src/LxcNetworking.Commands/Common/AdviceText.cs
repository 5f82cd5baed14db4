using System.Text;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Common;

/// <summary>Says the library's advice with the names of cmdlets and parameters.</summary>
/// <param name="has">Tells whether the cmdlet that failed has a parameter; of others there is nothing to say.</param>
/// <param name="isElsewhere">Tells whether a namespace is another one than the session's, so that it has to be
/// said.</param>
public sealed class AdviceText(Predicate<string> has, Predicate<string> isElsewhere)
{
    /// <summary>The cmdlet for each thing to do, and what a sentence says of it instead of the kind's own
    /// words.</summary>
    public static IReadOnlyDictionary<(
        AdviceKind Kind, AdviceThing Thing), (string Cmdlet, string? Words)> Cmdlets
    { get; }
        = new Dictionary<(AdviceKind Kind, AdviceThing Thing), (string Cmdlet, string? Words)>
        {
            [(AdviceKind.List, AdviceThing.Link)] = ("Get-NetLink", null),
            [(AdviceKind.List, AdviceThing.Bridge)] = ("Get-NetBridge", "the bridges"),
            [(AdviceKind.List, AdviceThing.PortVlan)] = ("Get-BridgeVlan", "those that it has"),
            [(AdviceKind.List, AdviceThing.Vni)] = ("Get-VxlanVni", "those that it has"),
            [(AdviceKind.List, AdviceThing.Namespace)] = ("Get-NetNamespace", null),
            [(AdviceKind.List, AdviceThing.NsId)] = ("Get-NetNamespaceId", "those that there are"),
            [(AdviceKind.List, AdviceThing.Container)] = ("Get-NetContainer", null),
            [(AdviceKind.List, AdviceThing.Network)] = ("Get-ContainerNetwork", null),
            [(AdviceKind.List, AdviceThing.LxcNetwork)] = ("Get-LxcNetworkConfig", "those that there are"),
            [(AdviceKind.List, AdviceThing.IPAddress)] = ("Get-NetIPAddress", null),
            [(AdviceKind.List, AdviceThing.Route)] = ("Get-NetRoute", null),
            [(AdviceKind.List, AdviceThing.NextHop)] = ("Get-NetNextHop", null),
            [(AdviceKind.List, AdviceThing.Rule)] = ("Get-NetRule", null),
            [(AdviceKind.List, AdviceThing.Nat)] = ("Get-NetNat", null),
            [(AdviceKind.List, AdviceThing.NatStaticMapping)] = ("Get-NetNatStaticMapping", null),
            [(AdviceKind.List, AdviceThing.Tunnel)] = ("Get-L2tpTunnel", null),
            [(AdviceKind.List, AdviceThing.Session)] = ("Get-L2tpSession", null),
            [(AdviceKind.List, AdviceThing.Peer)] = ("Get-WireGuardPeer", "those that it has"),
            [(AdviceKind.List, AdviceThing.Segment)] = ("Get-NetSegment", null),
            [(AdviceKind.List, AdviceThing.State)] = ("Get-NetState", null),
            [(AdviceKind.ReadAgain, AdviceThing.Namespace)] = ("Get-NetNamespace", null),
            [(AdviceKind.Create, AdviceThing.Bridge)] = ("New-NetBridge", "it"),
            [(AdviceKind.Create, AdviceThing.Vlan)] = ("Add-VlanLink", null),
            [(AdviceKind.Create, AdviceThing.GreTapTunnel)] = ("New-GreTapTunnel", null),
            [(AdviceKind.Create, AdviceThing.Port)] = ("Add-BridgePort", "it one"),
            [(AdviceKind.Create, AdviceThing.PortVlan)] = ("Add-BridgeVlan", "it do so"),
            [(AdviceKind.Create, AdviceThing.Namespace)] = ("New-NetNamespace", null),
            [(AdviceKind.Create, AdviceThing.Network)] = ("New-ContainerNetwork", null),
            [(AdviceKind.Create, AdviceThing.IPAddress)] = ("New-NetIPAddress", null),
            [(AdviceKind.Create, AdviceThing.Route)] = ("New-NetRoute", null),
            [(AdviceKind.Create, AdviceThing.Nat)] = ("New-NetNat", null),
            [(AdviceKind.Create, AdviceThing.Key)] = ("New-WireGuardKey", null),
            [(AdviceKind.Create, AdviceThing.Segment)] = ("Connect-NetSegment", null),
            [(AdviceKind.Change, AdviceThing.Bridge)] = ("Set-NetBridge", "turns it on"),
            [(AdviceKind.Change, AdviceThing.Port)] = ("Set-BridgePort", "turns it on"),
            [(AdviceKind.Change, AdviceThing.Ipvlan)] = ("Set-IpvlanLink", "changes them"),
            [(AdviceKind.Change, AdviceThing.Peer)] = ("Set-WireGuardPeer", null),
            [(AdviceKind.Change, AdviceThing.LxcNetwork)] = ("Set-LxcNetworkConfig", null),
            [(AdviceKind.Change, AdviceThing.LxcFile)] = ("Update-LxcNetworkConfig", "converts them"),
            [(AdviceKind.Remove, AdviceThing.Link)] = ("Remove-NetLink", null),
            [(AdviceKind.Remove, AdviceThing.ForwardingEntry)] = ("Remove-BridgeFdbEntry", null),
            [(AdviceKind.Remove, AdviceThing.Vni)] = ("Remove-VxlanVni", null),
            [(AdviceKind.Remove, AdviceThing.Namespace)] = ("Remove-NetNamespace", null),
            [(AdviceKind.Remove, AdviceThing.Connection)] = ("Disconnect-Container", "disconnect it first"),
            [(AdviceKind.Remove, AdviceThing.Network)] = ("Remove-ContainerNetwork", "remove the network"),
            [(AdviceKind.Remove, AdviceThing.LxcNetwork)] = ("Remove-LxcNetworkConfig", "remove the network"),
            [(AdviceKind.Remove, AdviceThing.Route)] = ("Remove-NetRoute", null),
            [(AdviceKind.Remove, AdviceThing.Neighbor)] = ("Remove-NetNeighbor", null),
            [(AdviceKind.Remove, AdviceThing.Nat)] = ("Remove-NetNat", null),
            [(AdviceKind.Remove, AdviceThing.NatStaticMapping)] = ("Remove-NetNatStaticMapping", null),
            [(AdviceKind.Remove, AdviceThing.Session)] = ("Remove-L2tpSession", "remove the session"),
            [(AdviceKind.Remove, AdviceThing.Segment)] = ("Disconnect-NetSegment", "take it out first"),
            [(AdviceKind.BringUp, AdviceThing.Link)] = ("Set-NetLink", null),
            [(AdviceKind.TakeDown, AdviceThing.Link)] = ("Set-NetLink", null),
            [(AdviceKind.Detach, AdviceThing.Link)] = ("Set-NetLink", null),
            [(AdviceKind.Move, AdviceThing.Link)] = ("Move-NetLink", null),
            [(AdviceKind.Confirm, AdviceThing.State)] = ("Confirm-NetState", null),
            [(AdviceKind.PutBack, AdviceThing.State)] = ("Restore-NetState", null),
        };

    /// <summary>The parameters that are not called like the option that they are.</summary>
    private static readonly Dictionary<string, string> s_parameters = new()
    {
        ["Address"] = "IPAddress",
        ["DnsServers"] = "DnsServer",
        ["Gateways"] = "Gateway",
        ["InterfaceIndex"] = "InterfaceAlias",
        ["Metric"] = "RouteMetric",
        ["NextHops"] = "NextHop",
        ["Subnets"] = "Subnet",
    };

    /// <summary>The parameter for an option.</summary>
    /// <param name="option">The option.</param>
    /// <returns>Its name, without the dash.</returns>
    public static string ParameterOf(string option)
    {
        ArgumentException.ThrowIfNullOrEmpty(option);
        return s_parameters.GetValueOrDefault(option) ?? char.ToUpperInvariant(option[0]) + option[1..];
    }

    /// <summary>Says all that can be done.</summary>
    /// <param name="advice">The advice.</param>
    /// <returns>Sentences; empty if there is nothing to say.</returns>
    public string Of(IEnumerable<Advice> advice) => AdviceSentences.Join(advice, Way, Sentence);

    // What the user can do, in the imperative; one in the place of the other.
    private string? Way(Advice advice) => advice.Kind switch
    {
        AdviceKind.RunPrivileged => "run PowerShell as root",
        AdviceKind.Leave => "leave it with Exit-NetNamespace",
        AdviceKind.Override when Parameters(advice, "or") is { } names => $"use {names} if that is meant",
        AdviceKind.Give when Parameters(advice, "or") is { } names => $"use {names}",
        AdviceKind.Choose when advice.Options is [var (option, _)]
            && ParameterOf(option) == "Name" => "choose another name",
        AdviceKind.Choose when Parameters(advice, "or") is { } names => $"choose another {names}",
        AdviceKind.Omit when Parameters(advice, "and") is { } names => $"leave {names} out",
        AdviceKind.ReadAgain => $"read it again with {Command(advice)}",
        AdviceKind.Confirm => $"keep it with {Command(advice)}",
        AdviceKind.PutBack => $"put back what was there with {Command(advice)}",
        AdviceKind.Remove => $"{Cmdlets[(advice.Kind, advice.Thing!.Value)].Words ?? "remove it"}: {Command(advice)}",
        AdviceKind.BringUp => $"bring it up first: {Command(advice, " -Up")}",
        AdviceKind.TakeDown => $"take it down first: {Command(advice, " -Down")}",
        AdviceKind.Detach => $"take {(advice.Name is null ? "them" : "it")} out first: {Command(advice, " -NoMaster")}",
        _ => null,
    };

    // What a cmdlet does.
    private string? Sentence(Advice advice)
    {
        if (advice.Thing is not { } thing)
            return null;
        var words = Cmdlets[(advice.Kind, thing)].Words;
        return Command(advice) + advice.Kind switch
        {
            AdviceKind.List => $" lists "
                + $"{words ?? (advice.Options.Count > 0 ? "those that are there" : "what is there")}",
            AdviceKind.Create => $" makes {words ?? "one"}",
            AdviceKind.Move => " takes it to another namespace",
            _ => " " + (words ?? "changes it"),
        };
    }

    private string? Parameters(Advice advice, string conjunction) => AdviceSentences.Names(
        [.. advice.Options.Where(option => has(ParameterOf(option.Option))).Select(Text)], conjunction);

    private string Command(Advice advice, string end = "")
    {
        var text = new StringBuilder(Cmdlets[(advice.Kind, advice.Thing!.Value)].Cmdlet);
        if (advice.Name is { } name)
            text.Append(advice.Thing == AdviceThing.Port ? " -InterfaceAlias " : " ").Append(Argument.Quote(name));
        foreach (var option in advice.Options)
            text.Append(' ').Append(Text(option));
        text.Append(end);
        if (advice.NamespaceText is { } place && isElsewhere(place))
            text.Append(" -Namespace ").Append(Argument.Quote(place));
        return text.ToString();
    }

    private static string Text((string Option, string? Value) option)
        => "-" + ParameterOf(option.Option) + (option.Value is { } value ? " " + Argument.Quote(value) : string.Empty);
}
