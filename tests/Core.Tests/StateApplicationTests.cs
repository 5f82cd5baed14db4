using System.Text;
using LxcNetworking.State.Apply;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>Documents that are applied whole or not at all, whatever fails and whenever it is killed, on a machine in
/// memory.</summary>
[Trait("Kernel", "none")]
public class StateApplicationTests
{
    private const string Others = """
        namespaces: [other]
        links:
        - {name: x0, kind: dummy, addresses: ["fd07::1/64", 192.168.1.2/24], gateway: 192.168.1.1}
        - {name: x1, kind: veth, peer: {name: x1, namespace: other}}
        rules: [{priority: 5}]
        """;

    private const string First = """
        namespaces: [web, db]
        links:
        - {name: b0, kind: bridge, addresses: [10.0.0.1/24, 10.0.0.5/24]}
        - {name: d0, kind: dummy, mtu: 1400, addresses: "fd00::1/64"}
        - {name: v0, kind: vlan, parent: d0, vlanId: 7, addresses: 10.1.0.1/24}
        - {name: m0, namespace: db, kind: macvlan, parent: v0, parentNamespace: "", addresses: 10.1.0.3/24}
        - name: p0
          kind: veth
          bridge: b0
          peer: {name: eth0, namespace: web, addresses: 10.0.0.2/24, gateway: 10.0.0.1}
        - {name: old, kind: dummy, addresses: 10.6.0.1/24}
        neighbors: [{interfaceAlias: b0, ipAddress: 10.0.0.9, linkLayerAddress: "02:00:00:00:00:01"}]
        routes:
        - {destinationPrefix: 10.7.0.0/16, nextHop: 10.1.0.9, mtu: 1300}
        - {destinationPrefix: 10.8.0.0/16, nextHop: 10.0.0.9}
        rules: [{priority: 6}]
        """;

    // Of each kind of step one at least: also a link that goes down, and one that joins a VRF.
    private const string Second = """
        namespaces: [web, new]
        links:
        - {name: b0, kind: bridge, mtu: 1300, addresses: 10.0.0.5/24}
        - {name: d0, kind: dummy, mtu: 1300, addresses: "fd00::2/64"}
        - {name: v0, kind: vlan, parent: d0, vlanId: 8, addresses: 10.1.0.1/24}
        - {name: m1, namespace: new, kind: macvlan, parent: v0, parentNamespace: ""}
        - {name: p0, kind: veth, bridge: "", peer: {name: eth0, namespace: new, addresses: 10.0.0.2/24}}
        - {name: vrf0, kind: vrf, table: 9}
        - {name: x0, master: vrf0}
        - {name: x1, up: false}
        - {name: bond0, kind: bond, mode: ActiveBackup, primary: d3}
        - {name: d3, kind: dummy, master: bond0}
        routes:
        - {destinationPrefix: 10.7.0.0/16, nextHop: 10.1.0.9, mtu: 1200}
        rules: [{priority: 7}]
        """;

    [Fact]
    public void A_failure_at_any_step_leads_back_to_what_was_there()
    {
        var first = Done(new StateLab().Others(Others), First);
        var last = Done(Begun(), Second);
        Assert.True(last > 25, $"{last} steps are too few to say much.");
        EachStep(() => new StateLab().Others(Others), First, first);
        EachStep(Begun, Second, last);

        static void EachStep(Func<StateLab> begin, string text, int steps)
        {
            for (var n = 1; n <= steps; n++)
            {
                var lab = begin();
                var (before, known) = (lab.Machine.Picture(), Known(lab));
                lab.Machine.FailsAt = lab.Machine.Steps + n;
                var error = Assert.Throws<NetworkException>(() => lab.Set(text));
                Assert.Equal([], error.NotRolledBack);
                Assert.Equal(before, lab.Machine.Picture());
                Assert.Equal(known, Known(lab));
                Assert.Empty(lab.Store.Journals());
                // What was made again on the way back is still the document's.
                lab.Machine.FailsAt = 0;
                _ = lab.Set(text);
                _ = lab.Set("links: []");
                Assert.True(lab.Store.IsEmpty);
                Assert.DoesNotContain(lab.Machine.Picture(), line => line.Contains("'b0'", StringComparison.Ordinal));
            }
        }
    }

    [Fact]
    public void What_is_not_as_it_is_to_be_after_all_steps_is_told_and_all_is_put_back()
    {
        var lab = Begun();
        var before = lab.Machine.Picture();
        // Another program is quicker.
        lab.Machine.Fails = step =>
        {
            if (step.Key.Subject == StateSubject.Rule && step.After is null)
            {
                lab.Machine.Items[StateKey.Link("", "b0")].Values["mtu"] = "1111";
                lab.Machine.Fails = _ => false;
            }

            return false;
        };
        var error = Assert.Throws<NetworkException>(() => lab.Set(Second));
        Assert.Equal(
            "After all steps these are not as 'default' says: Change link b0: mtu 1111 -> 1300.", error.Message);
        Assert.Equal(before, lab.Machine.Picture());
    }

    [Fact]
    public void A_cancellation_leads_back()
    {
        var lab = Begun();
        var before = lab.Machine.Picture();
        using var source = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => lab.Application.Set(
            StateLab.Read(Second),
            new(),
            (step, _, _) =>
            {
                if (step == 9)
                    source.Cancel();
            },
            source.Token));
        Assert.Equal(before, lab.Machine.Picture());
    }

    [Fact]
    public void A_command_that_is_killed_at_any_moment_is_put_back_by_the_next_one()
    {
        var moments = 0;
        for (var n = 1; ; n++, moments++)
        {
            var lab = Begun();
            var (before, known) = (lab.Machine.Picture(), Known(lab));
            lab.Death.Begin(n);
            if (!Dies(() => lab.Set(Second)))
                break;
            // The second one is killed on its way back, now sooner and now later.
            lab.Death.Begin(1 + (n % 40));
            _ = Dies(() => lab.Application.WayBack.Recover(default));
            lab.Death.Begin();
            _ = lab.Application.WayBack.Recover(default);
            Assert.Empty(lab.Store.Journals());
            // All was done already, or nothing is.
            if (lab.Machine.Picture().SequenceEqual(before))
                Assert.Equal(known, Known(lab));
            else
                Assert.Empty(lab.Test(Second));
            _ = lab.Set("links: []");
            Assert.True(lab.Store.IsEmpty);
        }

        Assert.True(moments > 50, $"{moments} moments are too few to say much.");
    }

    [Fact]
    public void What_cannot_be_put_back_is_named_and_all_else_is_put_back()
    {
        var lab = Begun();
        var before = lab.Machine.Picture();
        lab.Machine.Fails = step => step.Key.Name is "bond0" || (step.Key.Name == "old" && step.Before is null);
        var error = Assert.Throws<NetworkException>(() => lab.Set(
            Second.Replace("{name: bond0", "{name: old, kind: vcan}\n- {name: bond0", StringComparison.Ordinal)));
        Assert.Contains(
            error.NotRolledBack, line => line.StartsWith("Cannot create the link 'old': ", StringComparison.Ordinal));
        Assert.All(error.NotRolledBack, line => Assert.Contains("'old", line, StringComparison.Ordinal));
        Assert.Equal(
            before.Where(line => !line.Contains("'old", StringComparison.Ordinal)), lab.Machine.Picture());
    }

    [Fact]
    public void What_somebody_else_took_away_meanwhile_hinders_nothing_else_from_being_put_back()
    {
        var lab = Begun();
        var before = lab.Machine.Picture();
        lab.Death.Begin(60);
        Assert.True(Dies(() => lab.Set(Second)));
        lab.Death.Begin();
        lab.Machine.Remove(StateKey.Link("", "b0"));
        lab.Machine.Add(new StateItem(StateKey.Link("", "nix")));
        lab.Machine.Remove(StateKey.Link("", "x0"));
        var error = Record.Exception(() => lab.Application.WayBack.Recover(default));
        var left = before.Except(lab.Machine.Picture()).ToList();
        Assert.Equal([], left.Where(line => !line.Contains("'x0", StringComparison.Ordinal)
            && !line.StartsWith("route '0.0.0.0/0'", StringComparison.Ordinal)));
        Assert.Equal(left.Count > 0, error is not null);
    }

    [Fact]
    public void What_has_another_identity_by_now_is_not_removed()
    {
        var lab = new StateLab();
        const string Text = """
            namespaces: [web]
            links: [{name: d0, kind: dummy}, {name: d1, kind: dummy, addresses: 10.0.0.1/24}]
            """;
        lab.Set(Text);
        foreach (var key in new[] { StateKey.Link("", "d0"), StateKey.Link("", "d1"), StateKey.Of("web") })
            lab.Machine.Remove(key);
        lab.Others(Text);
        var before = lab.Machine.Picture();
        Assert.Empty(lab.Set("links: []"));
        Assert.Equal(before, lab.Machine.Picture());
        Assert.True(lab.Store.IsEmpty);
    }

    [Fact]
    public void Records_read_as_they_were_written_and_nothing_else_does()
    {
        var lab = Begun();
        var record = lab.Store.Find("default")!;
        Assert.True(record.Owned.Count > 15);
        var journal = record with
        {
            Before =
            [
                .. lab.Machine.Items.Values,
                new StateItem(StateKey.Link("a\u001bb", "\u202e\"\\")) { Presence = NetStatePresence.Absent },
            ],
            Namespaces = ["", "web", "a\u001bb"],
            Confirmation = new(TimeSpan.FromTicks(12345), TimeSpan.FromDays(1))
            {
                IsApplied = true,
                NotPutBack = ["a\u001bb"],
            },
        };
        var again = StateRecord.Read(journal.ToJson(), "f");
        Assert.Equal(journal.ToJson(), again.ToJson());
        Assert.Equal(
            journal.Before.Select(item => (item.Key, item.Presence, item.Owner, item.Identity, item.Values.Count)),
            again.Before.Select(item => (item.Key, item.Presence, item.Owner, item.Identity, item.Values.Count)));
        Assert.Equal(journal.Namespaces, again.Namespaces);
        Assert.Equal(journal.Confirmation.Deadline, again.Confirmation!.Deadline);
        var text = Encoding.UTF8.GetString(record.ToJson());
        foreach (var wrong in new[]
        {
            "", "{}", "[]", text[..^5], text.Replace("\"version\":1", "\"version\":2", StringComparison.Ordinal),
            text.Replace("\"Link\"", "\"Lynk\"", StringComparison.Ordinal),
            text.Replace("\"cookie\":1", "\"cookie\":-1", StringComparison.Ordinal),
        })
        {
            var error = Assert.Throws<NetworkException>(
                () => StateRecord.Read(Encoding.UTF8.GetBytes(wrong), "f.json"));
            Assert.Equal(NetworkErrorCode.InvalidArgument, error.Code);
            Assert.StartsWith("f.json is not what this module writes (", error.Message, StringComparison.Ordinal);
        }
    }

    private static StateLab Begun()
    {
        var lab = new StateLab().Others(Others);
        _ = lab.Set(First);
        return lab;
    }

    private static int Done(StateLab lab, string text)
    {
        _ = lab.Set(text);
        return lab.Machine.Log.Count;
    }

    // What the document has made, without what an identity is.
    private static List<string> Known(StateLab lab) => [.. (lab.Store.Find("default")?.Owned ?? [])
        .Select(item => $"{item.Key} {item.Identity is null} "
            + string.Join(", ", item.Values.Select(pair => $"{pair.Key} {pair.Value}"))).Order(StringComparer.Ordinal)];

    private static bool Dies(Action action)
    {
        var failure = Record.Exception(action);
        return failure is not null;
    }
}
