using LxcNetworking.Declarations;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links.Kinds;

/// <summary>How a bond spreads its traffic over its ports (BOND_MODE_* of linux/if_bonding.h).</summary>
public enum BondMode
{
    /// <summary>One port after the other.</summary>
    BalanceRoundRobin = 0,

    /// <summary>One port alone, and another if it fails.</summary>
    ActiveBackup = 1,

    /// <summary>By a hash of the addresses.</summary>
    BalanceXor = 2,

    /// <summary>All ports at once.</summary>
    Broadcast = 3,

    /// <summary>As agreed with the switch by LACP (IEEE 802.3ad).</summary>
    Lacp = 4,

    /// <summary>By load when sending; receiving on one port.</summary>
    BalanceTlb = 5,

    /// <summary>By load both ways, with ARP.</summary>
    BalanceAlb = 6,
}

/// <summary>How often the LACP partner is asked to speak (LACP rate).</summary>
public enum BondLacpRate
{
    /// <summary>Every 30 seconds.</summary>
    Slow = 0,

    /// <summary>Every second.</summary>
    Fast = 1,
}

/// <summary>What a bond's hash looks at (BOND_XMIT_POLICY_* of linux/if_bonding.h).</summary>
public enum BondHashPolicy
{
    /// <summary>Ethernet addresses.</summary>
    Layer2 = 0,

    /// <summary>IP addresses and ports.</summary>
    Layer3And4 = 1,

    /// <summary>Ethernet and IP addresses.</summary>
    Layer2And3 = 2,

    /// <summary>As Layer2And3, of the packet inside a tunnel.</summary>
    Encapsulation2And3 = 3,

    /// <summary>As Layer3And4, of the packet inside a tunnel.</summary>
    Encapsulation3And4 = 4,

    /// <summary>The VLAN and the sender's Ethernet address.</summary>
    VlanAndSourceMac = 5,
}

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
        { Mode: not (null or BondMode.Lacp), LacpRate: not null } => "a LACP rate goes with the mode Lacp",
        {
            Mode: BondMode.BalanceRoundRobin or BondMode.BalanceXor or BondMode.Broadcast or BondMode.Lacp,
            PrimaryIndex: > 0
        } => "a primary port goes with the modes ActiveBackup, BalanceTlb and BalanceAlb",
        _ => null,
    };

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
}

/// <summary>A bond: several links as one.</summary>
public sealed partial class BondLink : NetLink;

/// <summary>A bond with its ports.</summary>
/// <param name="name">The new link's name.</param>
/// <param name="settings">Its settings; by default the ports' carrier is looked at every 100 ms.</param>
public sealed class BondSpec(string name, BondSettings? settings = null) : LinkSpec(
    name, settings ?? new BondSettings())
{
    /// <summary>The name of the preferred port, instead of its index; null for none.</summary>
    public string? Primary { get; init; }

    /// <summary>Links of the bond's namespace to become its ports; they are taken down for it, as the kernel wants,
    /// which brings them up again.</summary>
    public IReadOnlyList<string> Ports { get; init; } = [];

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
            if (where.Links.Get(port, cancellation) is { MasterIndex: not 0 } taken)
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
