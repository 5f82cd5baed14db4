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

/// <summary>When the preferred port becomes the active one again (BOND_PRI_RESELECT_*).</summary>
public enum BondPrimaryReselect
{
    /// <summary>As soon as it has carrier.</summary>
    Always = 0,

    /// <summary>If it is faster than the active one.</summary>
    Better = 1,

    /// <summary>Only when the active one fails.</summary>
    Failure = 2,
}

/// <summary>Which MAC address a bond in ActiveBackup has (BOND_FOM_*).</summary>
public enum BondFailOverMac
{
    /// <summary>One for the bond and all its ports.</summary>
    None = 0,

    /// <summary>That of the active port.</summary>
    Active = 1,

    /// <summary>One that the active port gets when it becomes that.</summary>
    Follow = 2,
}

/// <summary>When a bond in Lacp goes over to another group of ports, and to which (BOND_AD_*).</summary>
public enum BondLacpSelection
{
    /// <summary>When the present one has no port left; to the one of the largest bandwidth.</summary>
    Stable = 0,

    /// <summary>When ports come, go or change; to the one of the largest bandwidth.</summary>
    Bandwidth = 1,

    /// <summary>When ports come, go or change; to the one of the most ports.</summary>
    Count = 2,

    /// <summary>When ports come, go or change; to the one of the highest priorities (Linux 6.18).</summary>
    Priority = 3,
}

/// <summary>Which ports of a bond have to receive ARP to be taken for working (BOND_ARP_VALIDATE_* and
/// BOND_ARP_FILTER_*).</summary>
public enum BondArpValidate
{
    /// <summary>Any traffic will do.</summary>
    None = 0,

    /// <summary>The active one answers.</summary>
    Active = 1,

    /// <summary>The others the requests.</summary>
    Backup = 2,

    /// <summary>All of them.</summary>
    All = 3,

    /// <summary>Any ARP will do, and other traffic does not count.</summary>
    Filter = 4,

    /// <summary>As Filter, and the active one answers.</summary>
    FilterActive = 5,

    /// <summary>As Filter, and the others the requests.</summary>
    FilterBackup = 6,
}
