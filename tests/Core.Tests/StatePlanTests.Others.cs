using CsCheck;
using LxcNetworking.State.Apply;
using LxcNetworking.State.Documents;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <content>What others made, and what an earlier document did.</content>
public partial class StatePlanTests
{
    private static readonly StateOptions s_force = new() { Force = true };
    private static readonly StateOptions s_adopt = new() { Adopt = true };

    [Fact]
    public void What_others_made_is_in_the_way_unless_it_is_as_it_is_to_be_or_adopted()
    {
        var lab = new StateLab().Others("""
            namespaces: [web]
            links:
            - {name: docker0, kind: bridge, mtu: 1450, addresses: {ipAddress: 10.0.0.1/24, label: docker0:1}}
            - {name: b1, kind: bridge}
            routes: [{destinationPrefix: 10.8.0.0/16, nextHop: 10.0.0.7, protocol: Dhcp}]
            """);
        var before = lab.Machine.Picture();
        const string Text = """
            namespaces: [web]
            links:
            - {name: docker0, kind: bridge, mtu: 1400, addresses: {ipAddress: 10.0.0.1/24, label: docker0:2}}
            - {name: b1, kind: bridge}
            routes: [{destinationPrefix: 10.8.0.0/16, nextHop: 10.0.0.9}]
            """;
        var error = Refused(lab, Text);
        Assert.Equal(NetworkErrorCode.ObjectExists, error.Code);
        Assert.Equal(
            "t:3:3: links[0]: the link 'docker0' is there already, otherwise (mtu 1450 and not 1400), and seems to be "
                + "Docker's. t:3:55: links[0].addresses[0]: the address 'docker0 10.0.0.1/24' is there already, "
                + "otherwise "
                + "(label docker0:1 and not docker0:2), and this document did not make it. t:5:10: routes[0]: the "
                + "route '10.8.0.0/16' is there already, otherwise (nextHop 10.0.0.7 and not 10.0.0.9), and seems to "
                + "be a DHCP client's.",
            error.Message);
        Assert.Equal(before, lab.Machine.Picture());

        // A link without a kind may be anybody's, and what is as it is to be is left to whoever made it.
        lab.Set("namespaces: [web]\nlinks: [{name: docker0, mtu: 1400}, {name: b1, kind: bridge}]");
        lab.Set("links: []");
        Assert.Equal(
            before.Select(line => line.Replace("mtu 1450", "mtu 1400", StringComparison.Ordinal)),
            lab.Machine.Picture());

        lab.Set(Text, s_adopt);
        lab.Set("links: []", s_force);
        Assert.DoesNotContain(lab.Machine.Picture(), line => line.Contains("docker0", StringComparison.Ordinal));
    }

    [Fact]
    public void What_bears_another_documents_mark_is_not_removed_without_adopt()
    {
        var lab = new StateLab();
        lab.Set("name: one\nlinks: [{name: d0, kind: dummy}]");
        var error = Refused(lab, "name: two\nlinks: [{name: d0, state: absent}]");
        Assert.Equal("t:2:9: links[0]: the link 'd0' is of the document 'one'.", error.Message);
        lab.Set("name: two\nlinks: [{name: d0, state: absent}]", s_adopt);
        Assert.Empty(lab.Machine.Picture());
    }

    [Fact]
    public void Links_of_others_are_lost_by_force_alone()
    {
        var lab = new StateLab();
        lab.Set("namespaces: [web]\nlinks: [{name: d0, kind: dummy}, {name: v0, kind: vlan, parent: d0, vlanId: 7}]");
        lab.Others("""
            links:
            - {name: x0, kind: dummy}
            - {name: m0, kind: macvlan, mode: bridge, parent: d0, parentNamespace: '', namespace: web}
            """);
        var before = lab.Machine.Picture();
        Assert.Equal(NetworkErrorCode.ResourceBusy, Refused(lab, "namespaces: [web]").Code);
        var error = Refused(lab, "links: [{name: d0, kind: dummy}]");
        Assert.Equal(
            "The namespace 'web' goes, and the link 'm0' in 'web' with it, which this document does not have.",
            error.Message);
        Assert.Equal(before, lab.Machine.Picture());
        lab.Set("links: []", s_force);
        Assert.Equal(["link 'x0'"], lab.Machine.Picture().Select(line => line[..9]));
    }

    [Fact]
    public void What_left_the_document_goes_and_only_that()
    {
        var lab = new StateLab().Others("""
            links: [{name: x0, kind: dummy, addresses: 10.9.0.1/24}]
            routes: [{destinationPrefix: 10.8.0.0/16, nextHop: 10.9.0.9}]
            rules: [{priority: 5}]
            """);
        var others = lab.Machine.Picture();
        const string Text = """
            namespaces: [web]
            links: [{name: d0, kind: dummy, addresses: [10.0.0.1/24, 10.0.0.2/24]}, {name: d1, kind: dummy}]
            routes: [{destinationPrefix: 10.7.0.0/16, nextHop: 10.0.0.9}]
            rules: [{priority: 6}]
            """;
        lab.Set(Text);
        Assert.Equal(
            [
                "Remove address d0 10.0.0.1/24", "Remove link d1", "Remove namespace web", "Remove route 10.7.0.0/16",
                "Remove rule IPv4 priority 6",
            ],
            lab.Set("links: [{name: d0, kind: dummy, addresses: [10.0.0.2/24]}]").Order(StringComparer.Ordinal));
        // What is ignored is neither changed, nor removed, nor told of.
        lab.Set(Text);
        lab.Set("links: [{name: d0, state: ignored, addresses: 10.5.0.1/24}]");
        Assert.Contains(lab.Machine.Picture(), line => line.StartsWith("link 'd0'", StringComparison.Ordinal));
        // Absent is removed, whoever made it.
        Assert.Equal(
            ["Remove link d0", "Remove link x0"],
            lab.Set("links: [{name: d0, state: absent}, {name: x0, state: absent}, {name: nix, state: absent}]"));
        Assert.Equal(["rule 'IPv4 priority 5' : priority 5"], lab.Machine.Picture());
        Assert.NotEqual(others, lab.Machine.Picture());
    }

    [Fact]
    public void One_document_after_another_makes_what_the_second_makes_alone()
        => Gen.Select(StateRandom.Documents, StateRandom.Documents).Sample(
            (one, other) =>
            {
                var (lab, alone) = (Begun(), Begun());
                var before = lab.Machine.Picture();
                _ = lab.Set(one);
                Assert.Empty(lab.Set(one));
                _ = lab.Set(other);
                _ = alone.Set(other);
                Assert.Equal(alone.Machine.Picture(withOrder: false), lab.Machine.Picture(withOrder: false));
                var (steps, writes) = (lab.Machine.Steps, lab.Store.Writes);
                Assert.Empty(lab.Set(other));
                Assert.Equal((steps, writes), (lab.Machine.Steps, lab.Store.Writes));
                _ = lab.Set(new StateDocument("lab", []));
                Assert.Equal(before, lab.Machine.Picture());
                Assert.True(lab.Store.IsEmpty);
            },
            iter: 100);

    private static StateLab Begun() => new StateLab().Others("""
        namespaces: [db, other]
        links:
        - {name: x0, kind: dummy, addresses: 192.168.1.2/24, gateway: 192.168.1.1}
        - {name: x1, kind: veth, namespace: db, peer: {name: x1, namespace: other}}
        rules: [{priority: 5}]
        """);
}
