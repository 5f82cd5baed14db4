using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Net.Sockets;
using LxcNetworking.Addressing;
using LxcNetworking.Commands.Addressing;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Containers.Networks;
using LxcNetworking.Namespaces;
using LxcNetworking.Nat;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Containers;

/// <summary>Makes a container network, or changes the one that is there to what is asked for.</summary>
[Cmdlet(VerbsCommon.New, "ContainerNetwork", SupportsShouldProcess = true)]
[OutputType(typeof(ContainerNetwork))]
public sealed class NewContainerNetworkCommand : StackCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    [ObjectName]
    public string Name { get; set; } = string.Empty;

    [Parameter(Position = 1)]
    [ListText]
    public IPPrefix[] Subnet { get; set; } = [];

    [Parameter]
    public SwitchParameter Nat { get; set; }

    [Parameter]
    public SwitchParameter Dhcp { get; set; }

    [Parameter]
    [ValidateCount(2, 2)]
    [StrictAddress]
    public IPAddress[]? DhcpRange { get; set; }

    [Parameter]
    [Seconds]
    public TimeSpan LeaseTime { get; set; } = TimeSpan.FromHours(1);

    [Parameter]
    public string? Domain { get; set; }

    [Parameter]
    [StrictAddress]
    [ListText]
    public IPAddress[] DnsServer { get; set; } = [];

    [Parameter]
    public Hashtable? StaticLease { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [ObjectName]
    public string? Uplink { get; set; }

    [Parameter]
    public int? Mtu { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        var spec = new ContainerNetworkSpec(Name)
        {
            Subnets = Subnet,
            Nat = Nat,
            Dhcp = Dhcp,
            DhcpRange = DhcpRange is [var first, var last] ? (first, last) : null,
            LeaseTime = LeaseTime,
            Domain = Domain,
            DnsServers = DnsServer,
            StaticLeases = [
                .. StaticLease?.Cast<DictionaryEntry>().Select(ReadLease)
                .OrderBy(lease => lease.HostName, StringComparer.Ordinal)
                ?? Enumerable.Empty<StaticLease>(),
            ],
            Uplink = Uplink,
            Mtu = Mtu,
            Force = Force,
        };
        // Each step by itself, so that -WhatIf lists what would be done; who says no to one has said no.
        foreach (var step in stack.ContainerNetworks.Plan(spec, Cancellation))
        {
            if (!ShouldProcess($"container network {Name} in namespace {stack.Namespace}", step) && !WhatIf)
                return;
        }

        if (Force && Subnet.Any(subnet => subnet.AddressFamily == AddressFamily.InterNetworkV6))
        {
            foreach (var (_, loss) in stack.IPInterfaces.ForwardingLosses(Cancellation)
                .Where(loss => loss.InterfaceAlias != Uplink))
                WriteWarning(loss + ".");
        }

        if (WhatIf)
            return;
        var made = stack.ContainerNetworks.Create(spec, cancellation: Cancellation);
        WriteObject(made);
        WarnOfDns(made);
        foreach (var warning in FirewallWarnings.Of(stack.ContainerNetworks.Obstacles(made, Cancellation)))
            WriteWarning(warning);
    }

    private void WarnOfDns(ContainerNetwork made)
    {
        if (!Dhcp || made.Dns || DnsServer.Length > 0)
            return;
        var (gateways, servers) = (
            string.Join(", ", made.Gateway.AsEnumerable()), string.Join(", ", made.DnsServer.AsEnumerable()));
        WriteWarning(
            $"Another program has port 53 on {gateways}, so that '{Name}' has no DNS of its own: its containers ask "
                + $"{servers}, and do not find each other by name. Run the command again when the port is free, or "
                + "name servers with -DnsServer.");
    }

    private static StaticLease ReadLease(DictionaryEntry entry) => LxcNetworking.Containers.Networks.StaticLease.Parse(
        Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? string.Empty,
        LanguagePrimitives.ConvertTo<string>(entry.Value) ?? string.Empty);
}
