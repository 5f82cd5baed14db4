using System.Management.Automation;
using LxcNetworking.Commands.Addressing;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Commands.Shared;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Containers;

/// <summary>Connects containers to a network, a bridge or a parent link.</summary>
[Cmdlet(VerbsCommunications.Connect, "Container", SupportsShouldProcess = true)]
[OutputType(typeof(ContainerConnection))]
public sealed class ConnectContainerCommand : NetworkCmdlet
{
    private const string DhcpText = "dhcp";

    // Not by property name: a namespace's Container, which may be null, is something else.
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(ContainerCompleter))]
    [ContainerRecord]
    public ContainerReference[] Container { get; set; } = [];

    [Parameter]
    [ArgumentCompleter(typeof(HostBridgeCompleter))]
    [ObjectName]
    public string? Network { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(HostBridgeCompleter))]
    [ObjectName]
    public string? Bridge { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(HostInterfaceCompleter))]
    [ObjectName]
    public string? Parent { get; set; }

    [Parameter]
    public ContainerLinkKind? Kind { get; set; }

    [Parameter]
    public ContainerLinkMode? Mode { get; set; }

    [Parameter]
    public string? InterfaceName { get; set; }

    [Parameter]
    public string? HostInterfaceName { get; set; }

    [Parameter]
    public MacAddress? MacAddress { get; set; }

    [Parameter]
    public string[] IPAddress { get; set; } = [];

    [Parameter]
    [StrictAddress]
    public IPAddress[] Gateway { get; set; } = [];

    [Parameter]
    public SwitchParameter NoAddress { get; set; }

    [Parameter]
    public AddressCheck? AddressCheck { get; set; }

    [Parameter]
    public int? Mtu { get; set; }

    [Parameter]
    public int? VlanId { get; set; }

    [Parameter]
    [StrictAddress]
    public IPAddress[] DnsServer { get; set; } = [];

    [Parameter]
    public string[] DnsSearch { get; set; } = [];

    // Not -Namespace: a container in the pipeline has one, and it is the container's.
    [Parameter]
    [ArgumentCompleter(typeof(NamespaceCompleter))]
    [ValidateNotNull]
    public NamespaceReference? HostNamespace { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        // What came as text says what it lacks only here.
        _ = Record?.Namespace;
        foreach (var container in Container)
            Try(() => Connect(container), container);
    }

    private void Connect(ContainerReference container)
    {
        var isDhcp = IPAddress.Any(text => text.Equals(DhcpText, StringComparison.OrdinalIgnoreCase));
        var spec = new ContainerConnectionSpec
        {
            Network = Network,
            Bridge = Bridge,
            Parent = Parent,
            Kind = Kind,
            Mode = Mode,
            InterfaceName = InterfaceName,
            HostInterfaceName = HostInterfaceName,
            MacAddress = MacAddress,
            Addresses = [
                .. IPAddress.Where(text => !text.Equals(DhcpText, StringComparison.OrdinalIgnoreCase))
                .Select(IPPrefix.Parse),
            ],
            AddressCheck = AddressCheck,
            NoAddress = NoAddress,
            Dhcp = isDhcp,
            Gateways = Gateway,
            Mtu = Mtu,
            VlanId = VlanId,
            DnsServers = DnsServer,
            DnsSearch = DnsSearch,
            Force = Force,
        };
        var host = ModuleStacks.Pool.Get(NamespaceOfArguments(HostNamespace), Cancellation);
        // So that it promises nothing that could not be.
        if (WhatIf)
            host.Containers.Check(container, spec, Cancellation);
        else if (Network is null)
            spec.Validate();
        var place = Network is not null
            ? $"network '{Network}'"
            : Bridge is not null ? $"bridge '{Bridge}'" : $"'{Parent}'";
        var address = IPAddress.Length == 0 ? string.Empty : $" with {string.Join(", ", IPAddress)}";
        if (ShouldProcess(
            container.Text,
            $"Connect to {place} by {Kind?.ToString() ?? (Parent is null ? "Veth" : "Macvlan")}{address}"))
            WriteObject(host.Containers.Connect(container, spec, Cancellation));
    }
}
