using LxcNetworking.Addressing;
using LxcNetworking.Containers.Dhcp;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Connections;

/// <summary>By what kind of link a container is connected.</summary>
public enum ContainerLinkKind
{
    /// <summary>A pair of links: one end in the container, the other one a bridge's port.</summary>
    Veth,

    /// <summary>A further Ethernet address on a parent link.</summary>
    Macvlan,

    /// <summary>IP addresses of its own under the parent's Ethernet address.</summary>
    Ipvlan,

    /// <summary>A tagged VLAN on a parent link.</summary>
    Vlan,

    /// <summary>The parent link itself, which moves into the container.</summary>
    Phys,
}

/// <summary>How the containers on one parent reach each other.</summary>
public enum ContainerLinkMode
{
    /// <summary>Macvlan: directly.</summary>
    Bridge,

    /// <summary>Macvlan: never.</summary>
    Private,

    /// <summary>Macvlan: through a switch that sends frames back.</summary>
    Vepa,

    /// <summary>Macvlan: there is one container alone, which takes over the parent's address.</summary>
    Passthru,

    /// <summary>Ipvlan: by Ethernet address and ARP.</summary>
    L2,

    /// <summary>Ipvlan: by IP address, routed.</summary>
    L3,

    /// <summary>Ipvlan: as L3, with connection tracking.</summary>
    L3S,
}

/// <summary>How a network is asked whether somebody has an address already.</summary>
public enum AddressCheck
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>Three questions within 0.6 seconds.</summary>
    Fast,

    /// <summary>Three questions within four to seven seconds, as RFC 5227 has it.</summary>
    Full,
}

/// <summary>How a container is to be connected.</summary>
public sealed record ContainerConnectionSpec
{
    /// <summary>The container network to be plugged into: its bridge, which lends prefix lengths and gateways; or else
    /// <see cref="Bridge"/> or <see cref="Parent"/>.</summary>
    public string? Network { get; init; }

    /// <summary>The bridge to be plugged into; or else <see cref="Network"/> or <see cref="Parent"/>.</summary>
    public string? Bridge { get; init; }

    /// <summary>The link to sit on or to take; or else <see cref="Network"/> or <see cref="Bridge"/>.</summary>
    public string? Parent { get; init; }

    /// <summary>The kind; null for Veth on a bridge and Macvlan on a parent.</summary>
    public ContainerLinkKind? Kind { get; init; }

    /// <summary>How containers on one parent reach each other; null for Bridge with Macvlan and L2 with
    /// Ipvlan.</summary>
    public ContainerLinkMode? Mode { get; init; }

    /// <summary>The link's name in the container; null for the next free ethN.</summary>
    public string? InterfaceName { get; init; }

    /// <summary>The name of a veth pair's end outside; null to choose one.</summary>
    public string? HostInterfaceName { get; init; }

    /// <summary>The link's Ethernet address in the container; null for the kernel's choice.</summary>
    public MacAddress? MacAddress { get; init; }

    /// <summary>The addresses, with prefix lengths.</summary>
    public IReadOnlyList<IPPrefix> Addresses { get; init; } = [];

    /// <summary>How it is made sure that nobody has the addresses; null for the kernel's own tables on a bridge that
    /// has containers of this machine alone, and Fast elsewhere.</summary>
    public AddressCheck? AddressCheck { get; init; }

    /// <summary>Leaves the link without an address, where a network would give it one.</summary>
    public bool NoAddress { get; init; }

    /// <summary>Asks a DHCP server for the IPv4 address.</summary>
    public bool Dhcp { get; init; }

    /// <summary>Gateways of the container's default routes: at most one of each family.</summary>
    public IReadOnlyList<IPAddress> Gateways { get; init; } = [];

    /// <summary>Gateways that are used for want of another default route of their family.</summary>
    internal IReadOnlyList<IPAddress> OfferedGateways { get; init; } = [];

    /// <summary>The MTU in bytes; null for that of the bridge or parent.</summary>
    public int? Mtu { get; init; }

    /// <summary>The VLAN's id, for the kind Vlan.</summary>
    public int? VlanId { get; init; }

    /// <summary>Name servers for the container's resolv.conf; with neither these nor domains the file is left
    /// alone.</summary>
    public IReadOnlyList<IPAddress> DnsServers { get; init; } = [];

    /// <summary>Domains to search, for the container's resolv.conf.</summary>
    public IReadOnlyList<string> DnsSearch { get; init; } = [];

    /// <summary>Goes on where an address is in use already, or where a link with addresses is taken from the
    /// host.</summary>
    public bool Force { get; init; }

    /// <summary>The same with a network's bridge, prefix lengths and gateways filled in.</summary>
    /// <param name="own">The addresses of the network's bridge.</param>
    /// <param name="gateways">The way out of each of its networks.</param>
    internal ContainerConnectionSpec OnNetwork(IReadOnlyList<IPPrefix> own, BridgeGateways gateways)
    {
        IPPrefix? Around(IPAddress address) => own.FirstOrDefault(
            prefix => prefix.AddressFamily == address.AddressFamily && prefix.Network.Contains(address));
        return this with
        {
            Network = null,
            Bridge = Network,
            OfferedGateways =
            [
                .. Addresses.Select(address => Around(address.Address)).OfType<IPPrefix>().Select(gateways.Of),
            ],
            Addresses = [
                .. Addresses.Select(
                    address => !address.HasLength && Around(address.Address) is { } prefix
                        ? new IPPrefix(address.Address, prefix.Length)
                        : address),
            ],
        };
    }

    /// <summary>The network gives it an address.</summary>
    internal bool LacksAddress => Network is not null && !NoAddress && !Dhcp && Addresses.Count == 0;

    internal ContainerLinkKind RealKind
        => Kind ?? (Bridge is not null ? ContainerLinkKind.Veth : ContainerLinkKind.Macvlan);

    internal string Below => Bridge ?? Parent!;

    /// <summary>Checks it by itself, before anything is looked at or done.</summary>
    /// <exception cref="NetworkException">InvalidArgument, InvalidName.</exception>
    public void Validate()
    {
        if (new[] { Network, Bridge, Parent }.Count(place => place is not null) != 1)
            throw Invalid(
                "Where to? Name one of a network, a bridge and a parent link.",
                Advice.Give(nameof(Network), nameof(Bridge), nameof(Parent)));
        if (InterfaceName is not null)
            LinkSpec.CheckName(InterfaceName);
        if (HostInterfaceName is not null)
            LinkSpec.CheckName(HostInterfaceName);
        var name = InterfaceName ?? "eth0";
        LinkSpec.CheckMac(MacAddress, name);
        LinkSpec.CheckMtu(Mtu, name);
        if (RealKind == ContainerLinkKind.Veth != Bridge is not null)
            throw Bridge is not null
                ? Invalid(
                    $"A link of kind {RealKind} sits on a parent, not on a bridge.",
                    Advice.GiveValue(nameof(Parent), Bridge))
                : Invalid(
                    $"A veth pair is plugged into a bridge, not put on '{Parent}'.",
                    Advice.Give(nameof(Bridge)),
                    Advice.Choose(nameof(Kind)));
        if (RealKind != ContainerLinkKind.Veth && HostInterfaceName is not null)
            throw Invalid(
                $"A link of kind {RealKind} has no outer end on the host that could have a name; a veth pair has.",
                Advice.Omit(nameof(HostInterfaceName)));
        if (RealKind == ContainerLinkKind.Vlan != VlanId is not null)
            throw VlanId is null
                ? Invalid("A link of kind Vlan needs a VLAN id.", Advice.Give(nameof(VlanId)))
                : Invalid(
                    $"A VLAN id goes with the kind Vlan, not {RealKind}. A {RealKind} in a VLAN has the VLAN's link as "
                        + "its parent.",
                    Advice.To(AdviceKind.Create, AdviceThing.Vlan));
        if (VlanId is { } id)
            VlanIds.Check(id, Below);
        if (Mode is { } mode
            && RealKind != (mode is ContainerLinkMode.L2 or ContainerLinkMode.L3
                or ContainerLinkMode.L3S ? ContainerLinkKind.Ipvlan : ContainerLinkKind.Macvlan))
            throw Invalid(
                $"The mode {mode} does not go with the kind {RealKind}: Bridge, Private, Vepa and Passthru are "
                    + "Macvlan's, L2, L3 and L3S are Ipvlan's.");
        if (MacAddress is not null && RealKind == ContainerLinkKind.Ipvlan)
            throw Invalid(
                "An ipvlan link has its parent's Ethernet address; it takes no other.",
                Advice.Omit(nameof(MacAddress)));
        CheckAddresses(name);
        ResolvConf.Validate(DnsServers, DnsSearch);
    }

    private void CheckAddresses(string name)
    {
        foreach (var address in Addresses)
        {
            if (!address.HasLength)
                throw Invalid(
                    $"{address.Address} needs a prefix length: write it as "
                        + $"{address.Address}/{(IP.FamilyOf(address.Address) == IPFamily.IPv6 ? 64 : 24)}.");
            new AddressSpec(address).Validate(name);
            if (IP.FamilyOf(address.Address) == IPFamily.IPv4 && address.Length < 31
                && (address.Address.Equals(address.Network.Address) || address.Address.Equals(address.LastAddress)))
                throw Invalid(
                    $"{address.Address} is the "
                        + $"{(address.Address.Equals(address.LastAddress) ? "broadcast" : "network's own")} address of "
                        + $"{address.Network}; choose one in between.");
        }

        if (NoAddress && (Dhcp || Addresses.Count > 0))
            throw Invalid("Either it gets an address or none.", Advice.Omit(nameof(NoAddress)));
        if (Addresses.GroupBy(address => address.Address).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw Invalid($"{twice.Key} is named twice.");
        if (Dhcp && RealKind == ContainerLinkKind.Ipvlan)
            throw Invalid(
                "DHCP tells clients apart by their Ethernet address, which ipvlan links share. A static address goes "
                    + "with them, or DHCP with a macvlan link.",
                Advice.GiveValue(nameof(Kind), nameof(ContainerLinkKind.Macvlan)));
        if (Gateways.GroupBy(IP.FamilyOf).Any(group => group.Count() > 1))
            throw Invalid("A container has one default gateway for IPv4 and one for IPv6.");
        foreach (var gateway in Gateways)
        {
            if (gateway.IsIPv6LinkLocal || (Dhcp && IP.FamilyOf(gateway) == IPFamily.IPv4)
                || Addresses.Any(address => address.Network.Contains(gateway))
                || AddressCreation.IsOnLink(gateway, Addresses))
                continue;
            var networks = Addresses.Count == 0 ? "it gets no address"
                : string.Join(", ", Addresses.Select(address => address.Network));
            throw new NetworkException(
                NetworkErrorCode.NextHopUnreachable,
                $"The gateway {gateway} is in none of the container's networks ({networks}). Give it an address in the "
                    + "gateway's network, or one with the length "
                    + $"{IP.FullLength(IP.FamilyOf(gateway))} if the gateway is on the link all the same.",
                gateway.ToString());
        }
    }

    private NetworkException Invalid(string message, params Advice[] advice)
        => new(NetworkErrorCode.InvalidArgument, message, InterfaceName ?? Bridge ?? Parent) { Advice = advice };
}

/// <summary>A container's connection to a network, as it was when it was made.</summary>
public sealed class ContainerConnection
{
    internal ContainerConnection(ContainerReference container, NetLink link, ContainerLinkKind kind)
    {
        Container = container;
        Kind = kind;
        InterfaceAlias = link.Name;
        InterfaceIndex = link.Index;
        MacAddress = link.MacAddress;
        Mtu = link.Mtu;
        Namespace = link.Namespace;
    }

    /// <summary>The container, so that the connection can be given where one is asked for.</summary>
    /// <param name="item">From Connect-Container.</param>
    public static implicit operator ContainerReference(ContainerConnection item) => ToContainerReference(item);

    /// <summary>The container.</summary>
    /// <param name="item">From Connect-Container.</param>
    public static ContainerReference ToContainerReference(ContainerConnection item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return new ContainerReference(item.Container.Text, item.Namespace, item.Container.ProcessId);
    }

    /// <summary>The container.</summary>
    public ContainerReference Container { get; }

    /// <summary>The link's name in the container.</summary>
    public string InterfaceAlias { get; }

    /// <summary>The link's index in the container.</summary>
    public int InterfaceIndex { get; }

    /// <summary>The kind of link.</summary>
    public ContainerLinkKind Kind { get; }

    /// <summary>The bridge that it is plugged into or the parent that it sits on.</summary>
    public string ConnectedTo { get; internal init; } = string.Empty;

    /// <summary>The outer end of a veth pair, or null.</summary>
    public string? HostInterfaceAlias { get; internal init; }

    /// <summary>The link's Ethernet address in the container.</summary>
    public MacAddress? MacAddress { get; }

    /// <summary>The link's MTU in bytes.</summary>
    public long Mtu { get; }

    /// <summary>The container's addresses on the link.</summary>
    public ValueList<IPPrefix> IPAddress { get; internal init; } = [];

    /// <summary>The gateways of the default routes that were made.</summary>
    public ValueList<IPAddress> Gateway { get; internal init; } = [];

    /// <summary>What the DHCP server granted, or null.</summary>
    public DhcpLease? Lease { get; internal init; }

    /// <summary>The container's network namespace.</summary>
    public NamespaceReference Namespace { get; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    /// <inheritdoc/>
    public override string ToString() => $"{Container} {InterfaceAlias}";
}
