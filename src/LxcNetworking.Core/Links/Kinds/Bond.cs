using LxcNetworking.Declarations;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links.Kinds;

/// <summary>What a bond has (IFLA_BOND_* of linux/if_link.h).</summary>
[LinkKind("bond", Link = typeof(BondLink), Module = "bonding")]
public sealed partial record BondSettings : LinkSettings
{
    private const int IFLA_BOND_AD_INFO = 23;

    /// <summary>How it spreads its traffic. It changes only while the bond is down and has no ports.</summary>
    [Nla(1, Wire.U8)]
    public BondMode? Mode { get; init; }

    /// <summary>How often the ports' carrier is looked at; zero for never.</summary>
    [Nla(3, Wire.U32, Unit = Unit.Milliseconds, Max = int.MaxValue)]
    public Duration? MiiMonitor { get; init; }

    /// <summary>How long a port must have carrier before it is used; a multiple of <see cref="MiiMonitor"/>.</summary>
    [Nla(4, Wire.U32, Unit = Unit.Milliseconds, Max = int.MaxValue)]
    public Duration? UpDelay { get; init; }

    /// <summary>How long a port must lack carrier before it is given up; a multiple of <see
    /// cref="MiiMonitor"/>.</summary>
    [Nla(5, Wire.U32, Unit = Unit.Milliseconds, Max = int.MaxValue)]
    public Duration? DownDelay { get; init; }

    /// <summary>How often the ARP targets are asked, not together with <see cref="MiiMonitor"/>; zero for
    /// never.</summary>
    [Nla(7, Wire.U32, Unit = Unit.Milliseconds, Max = int.MaxValue)]
    public Duration? ArpInterval { get; init; }

    /// <summary>The hosts that are asked by ARP, IPv4, at most 16.</summary>
    [Nla(8, Wire.Address, Item = NlaAttribute.Numbered)]
    public ValueList<IPAddress>? ArpTarget { get; init; }

    /// <summary>The index of the preferred port of ActiveBackup, BalanceTlb and BalanceAlb; 0 for none.</summary>
    [Nla(11, Wire.S32, Absent = 0)]
    [LinkIndex]
    public int? PrimaryIndex { get; init; }

    /// <summary>The index of the port in use of ActiveBackup, BalanceTlb and BalanceAlb; 0 lets the bond
    /// choose.</summary>
    [Nla(2, Wire.S32, Absent = 0)]
    [LinkIndex]
    public int? ActivePortIndex { get; init; }

    /// <summary>When the preferred port becomes the active one again.</summary>
    [Nla(12, Wire.U8)]
    public BondPrimaryReselect? PrimaryReselect { get; init; }

    /// <summary>Which MAC address the bond has in ActiveBackup. It changes only while the bond has no ports.</summary>
    [Nla(13, Wire.U8)]
    public BondFailOverMac? FailOverMac { get; init; }

    /// <summary>Whether a port's own carrier is asked for (always, in newer kernels), and not its driver.</summary>
    [Nla(6, Wire.U8, Access = Access.ReadOnly)]
    public bool? UseCarrier { get; init; }

    /// <summary>Which ports have to receive ARP to be taken for working.</summary>
    [Nla(9, Wire.U32)]
    public BondArpValidate? ArpValidate { get; init; }

    /// <summary>Whether all ARP targets have to answer, not any one of them.</summary>
    [Nla(10, Wire.U32)]
    public bool? ArpAllTargets { get; init; }

    /// <summary>How many times a port misses ARP until it is given up, 1 to 255.</summary>
    [Nla(30, Wire.U8, Min = 1, Since = "5.17")]
    public int? ArpMissedMaximum { get; init; }

    /// <summary>The hosts that are asked by neighbour discovery, IPv6, at most 16.</summary>
    [Nla(31, Wire.Address, Item = NlaAttribute.Numbered, Since = "5.18")]
    public ValueList<IPAddress>? NeighborTarget { get; init; }

    /// <summary>What the hash looks at.</summary>
    [Nla(14, Wire.U8)]
    public BondHashPolicy? HashPolicy { get; init; }

    /// <summary>How many ports must work for the bond to have carrier.</summary>
    [Nla(18, Wire.U32)]
    public int? MinimumPorts { get; init; }

    /// <summary>How often the LACP partner is asked to speak. Only of Lacp; it changes only while the bond is
    /// down.</summary>
    [Nla(21, Wire.U8)]
    public BondLacpRate? LacpRate { get; init; }

    /// <summary>Whether the bond begins to speak LACP, or only answers. Only of Lacp; it changes only while the bond
    /// is down.</summary>
    [Nla(29, Wire.U8, Since = "5.15")]
    public bool? LacpActive { get; init; }

    /// <summary>When the bond goes over to another group of ports, and to which. Only of Lacp; it changes only while
    /// the bond is down.</summary>
    [Nla(22, Wire.U8)]
    public BondLacpSelection? LacpSelection { get; init; }

    /// <summary>The system's priority, 1 to 65535; the smaller one decides. Only of Lacp.</summary>
    [Nla(24, Wire.U16, Min = 1)]
    public int? LacpSystemPriority { get; init; }

    /// <summary>The upper ten bits of the ports' keys, 0 to 1023. Only of Lacp; it changes only while the bond is
    /// down.</summary>
    [Nla(25, Wire.U16, Max = 1023)]
    public int? LacpUserPortKey { get; init; }

    /// <summary>The system's Ethernet address, or null for the bond's own. Only of Lacp.</summary>
    [Nla(26, Wire.Mac)]
    public MacAddress? LacpSystem { get; init; }

    /// <summary>Whether a port begins to send and to receive together, or each when the partner is ready for it. Only
    /// of Lacp; it changes only while the bond is down.</summary>
    [Nla(32, Wire.U8, Since = "6.9")]
    public bool? CoupledControl { get; init; }

    /// <summary>How often the new active port tells the network of its addresses, 0 to 255.</summary>
    [Nla(16, Wire.U8)]
    public int? PeerNotifications { get; init; }

    /// <summary>The time between these; a multiple of <see cref="MiiMonitor"/>.</summary>
    [Nla(28, Wire.U32, Unit = Unit.Milliseconds, Max = int.MaxValue)]
    public Duration? PeerNotificationDelay { get; init; }

    /// <summary>How often the new active port tells its multicast groups, 0 to 255.</summary>
    [Nla(15, Wire.U32, Max = 255)]
    public int? IgmpReports { get; init; }

    /// <summary>Whether ports that are not active receive duplicates too.</summary>
    [Nla(17, Wire.U8)]
    public bool? AllPortsActive { get; init; }

    /// <summary>How many packets go by one port before the next, 0 to 65535; 0 for a random port each time. Only of
    /// BalanceRoundRobin.</summary>
    [Nla(20, Wire.U32, Max = 65535)]
    public int? PacketsPerPort { get; init; }

    /// <summary>How often the switches are told where the bond's addresses are. Only of BalanceTlb and
    /// BalanceAlb.</summary>
    [Nla(19, Wire.U32, Unit = Unit.Seconds, Min = 1, Max = int.MaxValue)]
    public Duration? LearningInterval { get; init; }

    /// <summary>Whether BalanceTlb and BalanceAlb send by the ports' present load, not by a hash alone. It changes only
    /// while the bond is down.</summary>
    [Nla(27, Wire.U8)]
    public bool? DynamicLoadBalancing { get; init; }

    /// <summary>The number of the group of ports that LACP has chosen, or null.</summary>
    [Nla(1, Wire.U16, In = IFLA_BOND_AD_INFO, Access = Access.ReadOnly)]
    public int? LacpGroup { get; init; }

    /// <summary>How many ports that group has.</summary>
    [Nla(2, Wire.U16, In = IFLA_BOND_AD_INFO, Access = Access.ReadOnly)]
    public int? LacpGroupPorts { get; init; }

    /// <summary>The key that the bond tells its partner.</summary>
    [Nla(3, Wire.U16, In = IFLA_BOND_AD_INFO, Access = Access.ReadOnly)]
    public int? LacpActorKey { get; init; }

    /// <summary>The key that the partner tells.</summary>
    [Nla(4, Wire.U16, In = IFLA_BOND_AD_INFO, Access = Access.ReadOnly)]
    public int? LacpPartnerKey { get; init; }

    /// <summary>The Ethernet address of the LACP partner, or null.</summary>
    [Nla(5, Wire.Mac, In = IFLA_BOND_AD_INFO, Access = Access.ReadOnly)]
    public MacAddress? LacpPartner { get; init; }

    internal override string? Problem => this switch
    {
        { MiiMonitor: { } mii, ArpInterval: { } arp } when mii > TimeSpan.Zero && arp > TimeSpan.Zero
            => "the ports are watched by MII or by ARP, not both",
        { ArpTarget: { } targets } when targets.Count > 16
                || targets.Any(target => target.AddressFamily != System.Net.Sockets.AddressFamily.InterNetwork)
            => "ARP targets are at most 16 IPv4 addresses",
        { NeighborTarget: { } hosts } when hosts.Count > 16
                || hosts.Any(host => host.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6)
            => "neighbour targets are at most 16 IPv6 addresses",
        { MiiMonitor: { } mii, ArpValidate: not (null or BondArpValidate.None) } when mii > TimeSpan.Zero
            => "ARP is validated where the ports are watched by ARP, not by MII",
        { Mode: not (null or BondMode.Lacp) } when LacpOnly is { } name => $"{name} goes with the mode Lacp",
        { LacpSystem: { IsMulticast: true } system } => $"{system} is a multicast address and no system's",
        {
            Mode: BondMode.BalanceRoundRobin or BondMode.BalanceXor or BondMode.Broadcast or BondMode.Lacp,
            PrimaryIndex: > 0
        } => "a primary port goes with the modes ActiveBackup, BalanceTlb and BalanceAlb",
        _ => null,
    };

    // The first of those that are said.
    private string? LacpOnly => LacpRate is not null ? nameof(LacpRate)
        : LacpActive is not null ? nameof(LacpActive)
        : LacpSelection is not null ? nameof(LacpSelection)
        : LacpSystemPriority is not null ? nameof(LacpSystemPriority)
        : LacpUserPortKey is not null ? nameof(LacpUserPortKey)
        : LacpSystem is not null ? nameof(LacpSystem)
        : CoupledControl is not null ? nameof(CoupledControl) : null;

    /// <inheritdoc/>
    public override string ToString() => $"mode {Mode}, MII monitor {MiiMonitor?.TotalMilliseconds ?? 0} ms";

    internal override Hint? RefusalHint(int errno) => errno switch
    {
        39 => new Hint(
            "The mode changes only while the bond has no ports.",
            Advice.To(AdviceKind.Detach, AdviceThing.Link)),
        Native.LibC.EBUSY or Native.LibC.EACCES or Native.LibC.EINVAL => new Hint(
            "Not every setting goes with every mode, and some change only while the bond is down.",
            Advice.To(AdviceKind.TakeDown, AdviceThing.Link)),
        _ => null,
    };

    internal override LinkSpec NewSpec(string name, string kind)
        => new BondSpec(name, this);
}

/// <summary>A bond: several links as one.</summary>
public sealed partial class BondLink : NetLink;

/// <summary>A bond with its ports.</summary>
/// <param name="name">The new link's name.</param>
/// <param name="settings">Its settings; by default the ports' carrier is looked at every 100 ms.</param>
public sealed class BondSpec(string name, BondSettings? settings = null) : LinkSpec(
    name, settings ?? new BondSettings())
{
    private MacAddress? _firstPorts;

    /// <summary>The name of the preferred port, instead of its index; null for none.</summary>
    public string? Primary { get; init; }

    /// <summary>Links of the bond's namespace to become its ports; they are taken down for it, as the kernel wants,
    /// which brings them up again.</summary>
    public IReadOnlyList<string> Ports { get; init; } = [];

    // The kernel gives it its first port's, unless udev gave it another one before the port came.
    internal override MacAddress? RequestedMacAddress => MacAddress ?? _firstPorts;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        // The index is looked up later; whether the mode has a primary port is known now.
        if (Primary is { Length: > 0 })
            (((BondSettings)Settings) with { PrimaryIndex = int.MaxValue }).Validate(Name);
        if (Ports.Contains(Name))
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument, $"The bond '{Name}' cannot be its own port.", Name);
    }

    internal override void Check(NetworkStack stack, CancellationToken cancellation)
    {
        var where = TargetNamespace is { } target ? stack.Pool.Get(target, cancellation) : stack;
        foreach (var port in Ports)
        {
            var found = where.Links.Get(port, cancellation);
            _firstPorts ??= found.MacAddress;
            if (found is { MasterIndex: not 0 } taken)
                throw new NetworkException(
                    NetworkErrorCode.ResourceBusy, $"'{port}' is a port of '{taken.Master}' already.", port)
                {
                    Advice = [Advice.To(AdviceKind.Detach, AdviceThing.Link, where.Namespace.Text, port)],
                };
        }

        var bond = (BondSettings)Settings;
        // A bond that never looks at its ports' carrier goes on sending when a cable is pulled.
        if (bond is { MiiMonitor: null, ArpInterval: null })
            bond = bond with { MiiMonitor = TimeSpan.FromMilliseconds(100) };
        if (Primary is { Length: > 0 })
            bond = bond with { PrimaryIndex = where.Links.IndexOf(Primary, cancellation) };
        Settings = bond;
    }

    internal override NetLink Finish(NetLink link, NetworkStack where)
    {
        if (Ports.Count == 0)
            return link;
        return Rollback.Run(undo =>
        {
            foreach (var name in Ports)
            {
                var port = where.Links.Get(name);
                undo.Add(
                    $"take '{name}' out of '{link.Name}'",
                    () => where.Links.Changes.Restore(port, new LinkChange { Up = true, Master = string.Empty }));
                if (port.IsUp)
                    where.Links.Change(port, new LinkChange { Up = false });
                where.Links.Change(where.Links.Get(name), new LinkChange { Master = link.Name });
            }

            return where.Links.Get(link.Index);
        });
    }
}
