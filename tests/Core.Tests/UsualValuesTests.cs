using LxcNetworking.State;
using LxcNetworking.State.Documents;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>What exports leave out is what new links have.</summary>
public class UsualValuesTests
{
    private const string Parent = "link add p0 type veth peer name p1", V6 = "local 2001:db8::1 remote 2001:db8::2";
    private const string V4 = "local 192.0.2.1 remote 192.0.2.2";

    // What the commands below say, and what is another one's for each link.
    private static readonly HashSet<string> s_said =
    [
        "kind", "up", "parent", "parentNamespace", "peer", "peerNamespace", "master", "macAddress", "vlanId", "vni",
        "local", "remote", "table", "interfaceId", "device", "portA", "portB", "mode", "port", "sessionId", "key",
        "inputKey", "outputKey", "erspanVersion", "sourceMacAddress", "alternativeName", "alias",
    ];

    /// <summary>Kinds, and the commands that make a link x0 of each, with as little said as can be.</summary>
    public static TheoryData<string, string> Commands => new()
    {
        { "bond", "link add x0 type bond" },
        { "bridge", "link add x0 type bridge" },
        { "dummy", "link add x0 type dummy" },
        { "erspan", $"link add x0 type erspan {V4} seq key 5 erspan_ver 1" },
        { "geneve", "link add x0 type geneve id 7 remote 192.0.2.2" },
        { "gre", $"link add x0 type gre {V4}" },
        { "gretap", $"link add x0 type gretap {V4}" },
        { "ifb", "link add x0 type ifb" },
        { "ip6erspan", $"link add x0 type ip6erspan {V6} seq key 5 erspan_ver 1" },
        { "ip6gre", $"link add x0 type ip6gre {V6}" },
        { "ip6gretap", $"link add x0 type ip6gretap {V6}" },
        { "ip6tnl", $"link add x0 type ip6tnl {V6}" },
        { "ipip", $"link add x0 type ipip {V4}" },
        { "ipvlan", $"{Parent};link add x0 link p0 type ipvlan" },
        { "ipvtap", $"{Parent};link add x0 link p0 type ipvtap" },
        { "macsec", $"{Parent};link add x0 link p0 type macsec" },
        { "macvlan", $"{Parent};link add x0 link p0 type macvlan" },
        { "macvtap", $"{Parent};link add x0 link p0 type macvtap" },
        { "nlmon", "link add x0 type nlmon" },
        { "sit", $"link add x0 type sit {V4}" },
        { "tun", "tuntap add dev x0 mode tap" },
        { "vcan", "link add x0 type vcan" },
        { "veth", "link add x0 type veth peer name x1" },
        { "vlan", $"{Parent};link add x0 link p0 type vlan id 7" },
        { "vrf", "link add x0 type vrf table 77" },
        { "vti", $"link add x0 type vti {V4}" },
        { "vti6", $"link add x0 type vti6 {V6}" },
        { "vxlan", "link add x0 type vxlan id 7 dstport 4789" },
        { "wireguard", "link add x0 type wireguard" },
        { "xfrm", $"{Parent};link add x0 type xfrm dev p0 if_id 7" },
    };

    [Theory]
    [MemberData(nameof(Commands))]
    public void Are_those_of_a_new_link(string kind, string commands) => Run(() =>
    {
        foreach (var command in commands.Split(';'))
        {
            if (TryExecute("ip", command.Split(' ')).Code != 0)
                Lacking($"this kernel has no {kind} links");
        }

        var values = Stacks.Pool.Get().State.ValuesOfLink("x0").Where(pair => !s_said.Contains(pair.Key)).ToList();
        // A newer kernel tells more.
        Assert.Equal(
            [],
            values.Where(pair => UsualValues.Of(kind, pair.Key) is { } usual && usual != pair.Value)
                .Select(pair => $"{pair}"));
        Assert.True(values.Exists(pair => UsualValues.Of(kind, pair.Key) is not null));
    });
}
