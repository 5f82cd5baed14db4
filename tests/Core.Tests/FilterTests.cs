using LxcNetworking.Netfilter.Filtering;

namespace LxcNetworking.Tests;

/// <summary>
/// What is said of rulesets against what the kernel does with them: each is loaded, looked at, and has real packets
/// sent through it.
/// </summary>
public class FilterTests
{
    [Fact]
    [Trait("Kernel", "none")]
    public void What_is_said_of_a_ruleset_is_what_the_kernel_does() => FilterLab.Run(() =>
    {
        var wrong = new List<string>();
        foreach (var (name, rules, expected) in FilterCases.All)
        {
            FilterLab.Flush();
            foreach (var part in rules)
                FilterLab.Load(part);
            var report = FilterLab.Report();
            var found = report.Obstacles.Select(FilterLab.Short).Order(StringComparer.Ordinal).ToList();
            if (!found.SequenceEqual(expected.Order(StringComparer.Ordinal)) || report.NotSeen.Count > 0)
                wrong.Add($"{name}: {string.Join("\n   ", found.Concat(report.NotSeen))}");
            wrong.AddRange(FilterLab.Try(report).Select(what => $"{name}: {what}"));
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void Bridged_packets_pass_the_rules_for_routed_ones_where_they_are_called() => FilterLab.Run(() =>
    {
        FilterLab.Load(
            "table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop; }; }");
        Assert.True(Sandbox.Pings("10.0.3.11", "a"));
        Assert.DoesNotContain(FilteredTraffic.Bridged, FilterLab.Report().Obstacles.Single().Traffic);
        if (!FilterLab.SetBridgeCall("iptables", "1"))
            return;
        Assert.Contains(FilteredTraffic.Bridged, FilterLab.Report().Obstacles.Single().Traffic);
        Assert.True(Sandbox.IsSilent("10.0.3.11", "a"));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_sentence_names_table_chain_rule_and_what_it_drops() => FilterLab.Run(() =>
    {
        Assert.Empty(FilterLab.Report().Obstacles);
        FilterLab.Load(
            "table ip fw { chain way { type filter hook forward priority 0; policy drop; ip saddr 10.0.0.0/8 tcp " +
                "dport 25 reject comment \"no mail\"; }; }; table inet fw { chain in { type filter hook input " +
                "priority 0; policy drop; }; }");
        var texts = FilterLab.Report().Obstacles.Select(obstacle => obstacle.ToString()).ToList();
        var where = $"in namespace '{NatLab.Here.Namespace}'";
        Assert.Contains(
            $"The policy of the nftables chain 'ip fw way' {where} drops what goes out from 10.0.3.0/24 (UDP, "
                + "ICMP).",
            texts);
        Assert.Contains(
            $"The policy of the nftables chain 'ip fw way' {where} drops what comes back to 10.0.3.0/24.",
            texts);
        Assert.Contains(
            texts, text => text.StartsWith(
                $"The rule 'ip saddr 10.0.0.0/8 tcp dport 25 reject comment \"no mail\"' (handle ",
                StringComparison.Ordinal)
                && text.EndsWith(
                    $") of the nftables chain 'ip fw way' {where} may drop what goes out from 10.0.3.0/24 (TCP).",
                    StringComparison.Ordinal));
        Assert.Contains(
            $"The policy of the nftables chain 'inet fw in' {where} drops DHCP, DNS, neighbour discovery and router "
                + "discovery of 'lxcbr0'.",
            texts);
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void Rules_that_call_each_other_without_end_are_given_up() => FilterLab.Run(() =>
    {
        var chains = string.Concat(Enumerable.Range(0, 13).Reverse().Select(i =>
            $"chain c{i} {{ {(i == 12 ? "counter; " : $"jump c{i + 1}; jump c{i + 1}; jump c{i + 1}; ")}}}; "));
        FilterLab.Load(
            $"table inet fw {{ {chains}chain way {{ type filter hook forward priority 0; jump c0; }}; }}");
        Assert.Contains("too large", Assert.Single(FilterLab.Report().NotSeen), StringComparison.Ordinal);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => FilterLab.Report(cancelled.Token));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void Tables_of_legacy_iptables_are_told() => FilterLab.Run(() =>
    {
        if (Sandbox.TryExecute("iptables-legacy", "-A", "FORWARD", "-j", "DROP").Code != 0)
            Sandbox.Lacking("there is no legacy iptables");
        Assert.Contains("legacy iptables too (filter)", Assert.Single(FilterLab.Report().NotSeen),
            StringComparison.Ordinal);
    });
}
