using LxcNetworking.State.Apply;
using LxcNetworking.State.Documents;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>What is waited for, on a machine in memory.</summary>
[Trait("Kernel", "none")]
public class StateWaitingTests
{
    private static readonly StateOptions s_waiting = new() { AllowMissing = true };

    [Fact]
    public void What_needs_a_card_that_comes_later_is_pending_and_all_else_is_made()
    {
        const string Text = """
            links:
            - {name: em1, addresses: 192.168.1.2/24}
            - {name: v0, kind: vlan, parent: em2, vlanId: 7, bridge: b0}
            - {name: m0, kind: macvlan, parent: v0}
            - {name: b0, kind: bridge, addresses: 10.0.0.1/24}
            - {name: p0, kind: veth, bridge: lxcbr0, peer: {name: p1, addresses: 10.1.0.1/24}}
            routes:
            - {destinationPrefix: 10.2.0.0/16, nextHop: 192.168.1.9}
            - {destinationPrefix: 10.3.0.0/16, nextHop: 192.168.1.8}
            - {destinationPrefix: 10.4.0.0/16, nextHop: 10.0.0.9}
            - {destinationPrefix: 10.5.0.0/16, nextHop: 10.6.0.1, interfaceAlias: b0, onLink: true}
            """;
        var lab = new StateLab();
        var error = Assert.Throws<NetworkException>(() => lab.Set(Text));
        Assert.Contains("there is no link 'em1', and without a 'kind' none is made", error.Message,
            StringComparison.Ordinal);
        Assert.Contains("the link 'v0' needs the link 'em2', which is not there", error.Message,
            StringComparison.Ordinal);
        Assert.Equal("AllowMissing", Assert.Single(Assert.Single(error.Advice).Options).Option);

        Assert.Equal(
            [
                "Pending link em1", "Pending address em1 192.168.1.2/24", "Pending link v0", "Pending link m0",
                "Create link b0", "Create address b0 10.0.0.1/24", "Pending link p0", "Pending link p1",
                "Pending address p1 10.1.0.1/24", "Pending route 10.2.0.0/16", "Pending route 10.3.0.0/16",
                "Create route 10.4.0.0/16", "Create route 10.5.0.0/16",
            ],
            lab.Set(Text, s_waiting));
        Assert.All(lab.Set(Text, s_waiting), line => Assert.StartsWith("Pending", line, StringComparison.Ordinal));

        lab.Machine.Add(Card("em1"));
        Assert.Equal(
            ["Create address em1 192.168.1.2/24", "Create route 10.2.0.0/16", "Create route 10.3.0.0/16"],
            lab.Set(Text, s_waiting).Where(line => !line.StartsWith("Pending", StringComparison.Ordinal)));
        lab.Machine.Add(Card("em2"));
        lab.Others("links: [{name: lxcbr0, kind: bridge}]");
        Assert.DoesNotContain(
            lab.Set(Text, s_waiting), line => line.StartsWith("Pending", StringComparison.Ordinal));
        Assert.Empty(lab.Set(Text, s_waiting));
        Assert.Empty(lab.Set(Text));
    }

    [Fact]
    public void A_namespace_that_the_document_does_not_make_is_waited_for()
    {
        const string Text = """
            links:
            - {name: b0, kind: bridge}
            - {name: p0, kind: veth, bridge: b0, peer: {name: eth0, namespace: web, addresses: 10.0.0.2/24}}
            - {name: d0, namespace: db, kind: dummy, state: absent}
            """;
        var lab = new StateLab();
        Assert.Equal(
            [
                "Create link b0", "Pending link p0", "Pending link eth0 in web",
                "Pending address eth0 10.0.0.2/24 in web",
            ],
            lab.Set(Text, s_waiting));
        lab.Others("namespaces: [web]");
        Assert.Equal(
            ["Create link p0", "Create link eth0 in web", "Create address eth0 10.0.0.2/24 in web"],
            lab.Set(Text, s_waiting));
    }

    [Fact]
    public void Only_some_things_are_done_and_others_stay_as_they_are()
    {
        const string Text = """
            links:
            - {name: b0, kind: bridge, mtu: 1400}
            - {name: d0, kind: dummy, addresses: [10.0.0.1/24, 10.0.0.2/24]}
            """;
        var lab = new StateLab();
        lab.Set(Text + "\n- {name: d1, kind: dummy}\n");
        var address = new AddressName("d0", IPPrefix.Parse("10.0.0.2/24")).In(string.Empty);
        var bridge = lab.Machine.Items[StateKey.Link(string.Empty, "b0")];
        lab.Machine.Items[bridge.Key] = bridge with
        {
            Values = new(bridge.Values, StringComparer.Ordinal) { ["mtu"] = "1300" },
        };
        lab.Machine.Remove(address);
        var only = new StateOptions { Only = new HashSet<StateKey> { address } };
        Assert.Equal(["Create address d0 10.0.0.2/24"], lab.Set(Text, only));
        Assert.Empty(lab.Set(Text, only));
        // All that the document has made is still its own.
        Assert.Equal(["Change link b0: mtu 1300 -> 1400", "Remove link d1"], lab.Set(Text));
        lab.Set("links: []");
        Assert.Empty(lab.Machine.Picture());

        lab.Set(Text);
        lab.Machine.Remove(StateKey.Link(string.Empty, "d0"));
        var error = Assert.Throws<NetworkException>(() => lab.Set(Text, only));
        Assert.Contains("needs the link 'd0', which is not there", error.Message, StringComparison.Ordinal);
    }

    private static StateItem Card(string name) => new(StateKey.Link(string.Empty, name))
    {
        Values = new(StringComparer.Ordinal) { ["up"] = "true" },
    };
}
