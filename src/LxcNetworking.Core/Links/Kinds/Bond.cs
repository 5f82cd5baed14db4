using System.Runtime.CompilerServices;
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
public sealed class BondDetails : LinkDetails
{
    /// <summary>How it spreads its traffic.</summary>
    public BondMode Mode { get; internal set; }

    /// <summary>How often the ports' carrier is looked at; zero for never.</summary>
    public Duration MiiMonitor { get; internal set; } = TimeSpan.Zero;

    /// <summary>How long a port must have carrier before it is used.</summary>
    public Duration UpDelay { get; internal set; } = TimeSpan.Zero;

    /// <summary>How long a port must lack carrier before it is given up.</summary>
    public Duration DownDelay { get; internal set; } = TimeSpan.Zero;

    /// <summary>How often the ARP targets are asked; zero for never.</summary>
    public Duration ArpInterval { get; internal set; } = TimeSpan.Zero;

    /// <summary>The hosts that are asked by ARP.</summary>
    public ValueList<IPAddress> ArpTarget { get; internal set; } = [];

    /// <summary>The index of the port in use, or 0.</summary>
    public int ActivePortIndex { get; internal set; }

    /// <summary>The index of the preferred port, or 0.</summary>
    public int PrimaryIndex { get; internal set; }

    /// <summary>What the hash looks at.</summary>
    public BondHashPolicy HashPolicy { get; internal set; }

    /// <summary>How often the LACP partner is asked to speak.</summary>
    public BondLacpRate LacpRate { get; internal set; }

    /// <summary>How many ports must work for the bond to have carrier.</summary>
    public int MinimumPorts { get; internal set; }

    /// <summary>The Ethernet address of the LACP partner, or null.</summary>
    public MacAddress? LacpPartner { get; internal set; }

    /// <inheritdoc/>
    public override string ToString() => $"mode {Mode}, MII monitor {MiiMonitor.TotalMilliseconds} ms";
}

/// <summary>A bond: several links as one.</summary>
public sealed class BondLink : NetLink
{
    internal BondLink(LinkData data)
        : base(data)
    {
    }

    /// <summary>How it spreads its traffic.</summary>
    public BondMode Mode => Bond.Mode;

    /// <summary>How often the ports' carrier is looked at; zero for never.</summary>
    public Duration MiiMonitor => Bond.MiiMonitor;

    private BondDetails Bond => (BondDetails)Details!;
}

internal sealed class BondKind() : LinkKind("bond")
{
    [ModuleInitializer]
    internal static void Register() => LinkKinds.Add(new BondKind());

    // IFLA_BOND_* of linux/if_link.h.
    internal const ushort Mode = 1, ActiveSlave = 2, MiiMon = 3, UpDelay = 4, DownDelay = 5, ArpInterval = 7, ArpIPTarget = 8, Primary = 11,
        XmitHashPolicy = 14, MinLinks = 18, AdLacpRate = 21, AdInfo = 23, AdInfoPartnerMac = 5;

    public override LinkDetails ReadDetails(string kind, AttributeReader data)
    {
        var result = new BondDetails();
        foreach (var attribute in data)
        {
            switch (attribute.Type)
            {
                case Mode: result.Mode = (BondMode)attribute.AsByte(); break;
                case ActiveSlave: result.ActivePortIndex = attribute.AsInt32(); break;
                case MiiMon: result.MiiMonitor = TimeSpan.FromMilliseconds(attribute.AsUInt32()); break;
                case UpDelay: result.UpDelay = TimeSpan.FromMilliseconds(attribute.AsUInt32()); break;
                case DownDelay: result.DownDelay = TimeSpan.FromMilliseconds(attribute.AsUInt32()); break;
                case ArpInterval: result.ArpInterval = TimeSpan.FromMilliseconds(attribute.AsUInt32()); break;
                case ArpIPTarget:
                    var targets = new List<IPAddress>();
                    foreach (var target in attribute.Nested)
                        targets.Add(IP.Read(target));
                    result.ArpTarget = [.. targets];
                    break;
                case Primary: result.PrimaryIndex = attribute.AsInt32(); break;
                case XmitHashPolicy: result.HashPolicy = (BondHashPolicy)attribute.AsByte(); break;
                case MinLinks: result.MinimumPorts = (int)attribute.AsUInt32(); break;
                case AdLacpRate: result.LacpRate = (BondLacpRate)attribute.AsByte(); break;
                case AdInfo:
                    if (attribute.Nested.TryFind(AdInfoPartnerMac, out var partner) && partner.Value.Length == 6 && new MacAddress(partner.Value) is { IsZero: false } mac)
                        result.LacpPartner = mac;
                    break;
            }
        }

        return result;
    }

    public override NetLink Create(LinkData data) => data.Details is BondDetails ? new BondLink(data) : new NetLink(data);
}

/// <summary>A bond's settings; null leaves the kernel's default or the present value.</summary>
public sealed record BondSettings : LinkSettings
{
    /// <summary>How it spreads its traffic. Only while it is down and has no ports.</summary>
    public BondMode? Mode { get; init; }

    /// <summary>How often the ports' carrier is looked at; zero for never.</summary>
    public TimeSpan? MiiMonitor { get; init; }

    /// <summary>How long a port must have carrier before it is used; a multiple of <see cref="MiiMonitor"/>.</summary>
    public TimeSpan? UpDelay { get; init; }

    /// <summary>How long a port must lack carrier before it is given up; a multiple of <see cref="MiiMonitor"/>.</summary>
    public TimeSpan? DownDelay { get; init; }

    /// <summary>How often the ARP targets are asked; not together with <see cref="MiiMonitor"/>.</summary>
    public TimeSpan? ArpInterval { get; init; }

    /// <summary>The hosts that are asked by ARP, IPv4, at most 16.</summary>
    public IReadOnlyList<IPAddress>? ArpTarget { get; init; }

    /// <summary>The preferred port of ActiveBackup, BalanceTlb and BalanceAlb; an empty string for none.</summary>
    public string? Primary { get; init; }

    /// <summary>The port to use now, of ActiveBackup, BalanceTlb and BalanceAlb; an empty string lets the bond choose.</summary>
    public string? ActivePort { get; init; }

    /// <summary>What the hash looks at.</summary>
    public BondHashPolicy? HashPolicy { get; init; }

    /// <summary>How often the LACP partner is asked to speak. Only of Lacp, while it is down.</summary>
    public BondLacpRate? LacpRate { get; init; }

    /// <summary>How many ports must work for the bond to have carrier.</summary>
    public int? MinimumPorts { get; init; }

    internal override IReadOnlyList<string> Kinds => ["bond"];

    internal override string? Problem
    {
        get
        {
            var times = new[] { MiiMonitor, UpDelay, DownDelay, ArpInterval };
            return this switch
            {
                _ when times.Any(time => time is { } value && (value < TimeSpan.Zero || value.TotalMilliseconds > int.MaxValue)) => "a time is 0 milliseconds to 24 days",
                { MiiMonitor: { } mii, ArpInterval: { } arp } when mii > TimeSpan.Zero && arp > TimeSpan.Zero => "the ports are watched by MII or by ARP, not both",
                { ArpTarget: { } targets } when targets.Count > 16 || targets.Any(target => target.AddressFamily != System.Net.Sockets.AddressFamily.InterNetwork) => "ARP targets are at most 16 IPv4 addresses",
                { MinimumPorts: < 0 } => "a number of ports is not negative",
                { Mode: not (null or BondMode.Lacp), LacpRate: not null } => "a LACP rate goes with the mode Lacp",
                { Mode: BondMode.BalanceRoundRobin or BondMode.BalanceXor or BondMode.Broadcast or BondMode.Lacp, Primary: { Length: > 0 } } => "a primary port goes with the modes ActiveBackup, BalanceTlb and BalanceAlb",
                _ => null,
            };
        }
    }

    internal int PrimaryIndex { get; init; }

    internal int ActivePortIndex { get; init; }

    internal override LinkSettings For(NetLink link, NetworkStack stack) => Resolve(stack);

    internal BondSettings Resolve(NetworkStack stack) => this with
    {
        PrimaryIndex = Primary is { Length: > 0 } ? stack.Links.IndexOf(Primary) : 0,
        ActivePortIndex = ActivePort is { Length: > 0 } ? stack.Links.IndexOf(ActivePort) : 0,
    };

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

    internal override void Write(NetlinkRequest data)
    {
        // The mode first: what else is allowed depends on it.
        if (Mode is { } mode)
            data.Put(BondKind.Mode, (byte)mode);
        Time(BondKind.MiiMon, MiiMonitor);
        Time(BondKind.UpDelay, UpDelay);
        Time(BondKind.DownDelay, DownDelay);
        Time(BondKind.ArpInterval, ArpInterval);
        if (ArpTarget is { } targets)
        {
            data.Nest(BondKind.ArpIPTarget, list =>
            {
                for (var i = 0; i < targets.Count; i++)
                    list.Put((ushort)i, targets[i].GetAddressBytes());
            });
        }

        if (Primary is not null)
            data.Put(BondKind.Primary, PrimaryIndex);
        if (HashPolicy is { } policy)
            data.Put(BondKind.XmitHashPolicy, (byte)policy);
        if (MinimumPorts is { } ports)
            data.Put(BondKind.MinLinks, (uint)ports);
        if (LacpRate is { } rate)
            data.Put(BondKind.AdLacpRate, (byte)rate);
        if (ActivePort is not null)
            data.Put(BondKind.ActiveSlave, ActivePortIndex);

        void Time(ushort type, TimeSpan? time)
        {
            if (time is { } value)
                data.Put(type, (uint)value.TotalMilliseconds);
        }
    }
}

/// <summary>A bond with its ports.</summary>
/// <param name="name">The new link's name.</param>
/// <param name="settings">Its settings; by default the ports' carrier is looked at every 100 ms.</param>
public sealed class BondSpec(string name, BondSettings? settings = null) : LinkSpec(name)
{
    private BondSettings _settings = settings ?? new();

    /// <inheritdoc/>
    public override string Kind => "bond";

    /// <summary>Links of the bond's namespace to become its ports; they are taken down for it, as the kernel wants, which brings them up again.</summary>
    public IReadOnlyList<string> Ports { get; init; } = [];

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        _settings.Validate(Name);
        if (Ports.Contains(Name))
            throw new NetworkException(NetworkErrorCode.InvalidArgument, $"The bond '{Name}' cannot be its own port.", Name);
    }

    internal override void Check(NetworkStack stack, CancellationToken cancellation)
    {
        var home = TargetNamespace is { } target ? stack.Pool.Get(target, cancellation) : stack;
        foreach (var port in Ports)
        {
            if (home.Links.Get(port, cancellation) is { MasterIndex: not 0 } taken)
                throw new NetworkException(NetworkErrorCode.ResourceBusy, $"'{port}' is a port of '{taken.Master}' already.", port)
                {
                    Advice = [Advice.To(AdviceKind.Detach, AdviceThing.Link, home.Namespace.Text, port)],
                };
        }

        // A bond that never looks at its ports' carrier sends into the void when a cable is pulled.
        if (_settings is { MiiMonitor: null, ArpInterval: null })
            _settings = _settings with { MiiMonitor = TimeSpan.FromMilliseconds(100) };
        _settings = _settings.Resolve(home);
    }

    internal override Hint? RefusalHint(int errno) => _settings.RefusalHint(errno);

    internal override NetLink Finish(NetLink link, NetworkStack home)
    {
        if (Ports.Count == 0)
            return link;
        return Rollback.Run(undo =>
        {
            foreach (var name in Ports)
            {
                var port = home.Links.Get(name);
                undo.Add(
                    $"take '{name}' out of '{link.Name}'",
                    () => home.Links.Changes.Restore(port, new LinkChange { Up = true, Master = string.Empty }));
                if (port.IsUp)
                    home.Links.Change(port, new LinkChange { Up = false });
                home.Links.Change(home.Links.Get(name), new LinkChange { Master = link.Name });
            }

            return home.Links.Get(link.Index);
        });
    }

    /// <inheritdoc/>
    protected internal override void WriteData(NetlinkRequest data) => _settings.Write(data);
}
