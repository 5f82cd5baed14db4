using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Netlink;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;

namespace LxcNetworking.Codecs;

/// <summary>The same links to make for both libraries, which are said in different words.</summary>
internal static class Specs
{
    private static readonly IPAddress s_ipv4 = IPAddress.Parse("192.0.2.1"), s_ipv6 = IPAddress.Parse("2001:db8::1"),
        s_group = IPAddress.Parse("239.1.1.1");

    /// <summary>Links whose settings need no kernel to be complete, with values of every type.</summary>
    public static IEnumerable<LinkSpec> All => [.. Common, .. OfOne];

    private static IEnumerable<LinkSpec> Common =>
    [
        new BridgeSpec("br0", new BridgeSettings
        {
            Stp = true, VlanFiltering = true, DefaultVlanId = 7, ForwardDelay = TimeSpan.FromSeconds(4),
            AgeingTime = TimeSpan.FromSeconds(9), Priority = 4096, MulticastSnooping = true,
        }),
        new BondSpec("b0", new BondSettings
        {
            Mode = BondMode.ActiveBackup, ArpInterval = TimeSpan.FromSeconds(1), ArpTarget = [s_ipv4],
            UpDelay = TimeSpan.FromSeconds(1), MinimumPorts = 2,
        }),
        new MacvlanSpec("m0", MacvlanMode.Bridge),
        new MacvlanSpec("m1", MacvlanMode.Private, tap: true),
    ];

#if BEFORE
    /// <summary>Which library this was compiled for.</summary>
    public const string Library = "before";

    private static IEnumerable<LinkSpec> OfOne =>
    [
        new VlanSpec("v0", 7)
        {
            Settings = new VlanSettings
            {
                ReorderHeader = true, Gvrp = true, IngressQosMap = new Dictionary<int, long> { [1] = 5 },
                EgressQosMap = new Dictionary<long, int> { [9] = 3 },
            },
        },
        new VrfSpec("vrf0", 77),
        new VxlanSpec("vx0", 77)
        {
            Settings = new VxlanSettings
            {
                Remote = s_ipv6, Local = s_ipv6, Learning = true, AgeingTime = TimeSpan.FromSeconds(9),
                MaxAddresses = 8,
            },
            SourcePorts = (1000, 2000),
        },
        new VxlanSpec("vx1", 78) { MulticastGroup = s_group },
    ];

    /// <summary>Writes IFLA_INFO_DATA.</summary>
    public static void Write(LinkSpec spec, NetlinkRequest data) => spec.WriteData(data);
#else
    /// <summary>Which library this was compiled for.</summary>
    public const string Library = "now";

    private static IEnumerable<LinkSpec> OfOne =>
    [
        new VlanSpec("v0", new VlanSettings
        {
            VlanId = 7, ReorderHeader = true, Gvrp = true,
            IngressQosMap = new(new Dictionary<string, long> { ["1"] = 5 }),
            EgressQosMap = new(new Dictionary<string, long> { ["9"] = 3 }),
        }),
        new LinkSpec("vrf0", new VrfSettings { Table = 77 }),
        new VxlanSpec("vx0", new VxlanSettings
        {
            // The older library wrote these two also where nobody set them.
            Ttl = 0, Tos = 0,
            Vni = 77, Remote = s_ipv6, Local = s_ipv6, Learning = true, AgeingTime = TimeSpan.FromSeconds(9),
            MaxAddresses = 8, SourcePort = new PortRange(1000, 2000),
        }),
        new VxlanSpec("vx1", new VxlanSettings { Vni = 78, Ttl = 0, Tos = 0, MulticastGroup = s_group }),
    ];

    /// <summary>Writes IFLA_INFO_DATA.</summary>
    public static void Write(LinkSpec spec, NetlinkRequest data) => spec.Settings.Write(data);
#endif
}
