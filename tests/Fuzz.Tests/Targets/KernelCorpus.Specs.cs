using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Nat;
using LxcNetworking.Netfilter;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;
using LxcNetworking.WireGuard;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Fuzz;

/// <summary>Links and translations of every sort.</summary>
internal static partial class KernelCorpus
{
    private static IEnumerable<LinkSpec> Specs()
    {
        var (v4, v6) = (IPAddress.Parse("192.0.2.1"), IPAddress.Parse("2001:db8::1"));
        yield return new VethSpec("v0", new VethPeerSpec("v1"));
        yield return new LinkSpec("d0", new DummySettings());
        yield return new BridgeSpec("br0", new BridgeSettings
        {
            Stp = true,
            VlanFiltering = true,
            DefaultVlanId = 7,
            ForwardDelay = TimeSpan.FromSeconds(4),
            AgeingTime = TimeSpan.FromSeconds(9),
            Priority = 4096,
            MulticastSnooping = true
        });
        yield return new BondSpec("bond0",
            new BondSettings
            {
                Mode = BondMode.ActiveBackup,
                ArpInterval = TimeSpan.FromSeconds(1),
                ArpTarget = [v4],
                UpDelay = TimeSpan.FromSeconds(1),
                MinimumPorts = 2
            });
        yield return new MacvlanSpec("m0", MacvlanMode.Bridge);
        yield return new MacvlanSpec("m1", MacvlanMode.Private, tap: true);
        yield return new IpvlanSpec("i0", new IpvlanSettings { Mode = IpvlanMode.L3, Flag = IpvlanFlag.Private });
        yield return new VlanSpec("vlan7",
            new VlanSettings
            {
                VlanId = 7,
                ReorderHeader = true,
                Gvrp = true,
                IngressQosMap = new(new Dictionary<string, long> { ["1"] = 5 }),
                EgressQosMap = new(new Dictionary<string, long> { ["9"] = 3 })
            });
        yield return new LinkSpec("vrf0", new VrfSettings { Table = 77 });
        yield return new VxlanSpec("vx0",
            new VxlanSettings
            {
                Vni = 77,
                Remote = v6,
                Local = v6,
                Ttl = 3,
                Learning = true,
                AgeingTime = TimeSpan.FromSeconds(9),
                MaxAddresses = 8,
                SourcePort = new PortRange(1000, 2000)
            });
        yield return new VxlanSpec("vx1",
            new VxlanSettings { Vni = 78, MulticastGroup = IPAddress.Parse("239.1.1.1") });
        yield return new GeneveSpec("gnv0", new GeneveSettings { Vni = 77 });
        yield return new GreSpec("gre0", ethernet: false, new GreSettings { Key = 9 });
        yield return new GreSpec("gre1", ethernet: true, new GreSettings { Checksum = true });
        yield return new TapSpec("tap0") { Owner = "7", OwnerGroup = "8", MultiQueue = true };
    }

    private static IEnumerable<NatRule> NatRulesOfEverySort()
    {
        var nat = new NetNatSpec("web", new IPPrefix("10.0.3.0/23"));
        var nat6 = new NetNatSpec("web", new IPPrefix("fd00:3::/61"))
        { ExternalInterfaceAlias = "fifteen-bytes-x", ExternalIPAddress = IPAddress.Parse("2001:db8::1") };
        var mapping = new NetNatStaticMappingSpec("web", IPAddress.Parse("10.0.3.10"))
        { Protocol = NatProtocol.TCP, ExternalPort = new PortRange(80) };
        NetNatStaticMappingSpec[] mappings =
        [
            mapping,
            mapping with { ExternalPort = new PortRange(80, 90) },
            mapping with { ExternalPort = new PortRange(80, 81), InternalPort = new PortRange(8080, 8081) },
            mapping with { InternalPort = new PortRange(8080), ExternalIPAddress = IPAddress.Parse("192.0.2.1") },
            mapping with { Protocol = null, ExternalPort = null, ExternalIPAddress = IPAddress.Parse("192.0.2.1") },
        ];
        return [.. NatRules.Of(nat), .. NatRules.Of(nat6),
            .. mappings.SelectMany(item =>
                NatRules.Of(TranslationOperations.Validate(item), nat, () => ("__map0", 1)))];
    }
}
