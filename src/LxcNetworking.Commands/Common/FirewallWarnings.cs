using LxcNetworking.Netfilter.Filtering;

namespace LxcNetworking.Commands.Common;

/// <summary>Warnings of what a namespace's filters drop, with what to do about it.</summary>
internal static class FirewallWarnings
{
    /// <summary>Puts a report into words, a line for each thing.</summary>
    public static IEnumerable<string> Of(FilterReport report)
        => report.Obstacles.Select(obstacle => $"{obstacle} {Advice(obstacle)}").Concat(report.NotSeen);

    private static string Advice(FilterObstacle obstacle)
    {
        // Names are whoever's: what is no plain one does not get into a command that somebody pastes.
        string?[] names = [obstacle.Table, obstacle.BaseChain, obstacle.InterfaceAlias ?? "link"];
        var link = obstacle.InterfaceAlias;
        if (!names.All(name => IsPlain(name!)) || (link is null && obstacle.Program != FirewallProgram.Other))
            return "See that it lets them pass.";
        return obstacle.Program switch
        {
            FirewallProgram.Firewalld => $"Let them pass: firewall-cmd --zone=trusted --add-interface={link}",
            FirewallProgram.Ufw => $"Let them pass: ufw {(obstacle.Hook == "forward" ? "route " : string.Empty)}"
                + $"allow in on {link}",
            FirewallProgram.Docker => $"Let them pass: {Docker(obstacle, link!)}",
            // Where no condition tells the network's packets from others, there is nothing to paste.
            _ => Rules(obstacle) is { } rules ? $"Let them pass: nft '{rules}'" : "See that it lets them pass.",
        };
    }

    private static string Docker(FilterObstacle obstacle, string link)
    {
        var insert = $"{(obstacle.Family == "ip6" ? "ip6tables" : "iptables")} -I DOCKER-USER";
        return $"{insert} -i {link} -j ACCEPT; "
            + $"{insert} -o {link} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT";
    }

    // Where the chain begins, as a packet that is accepted there meets no more of its rules.
    private static string? Rules(FilterObstacle obstacle)
    {
        var insert = $"insert rule {obstacle.Family} {obstacle.Table} {obstacle.BaseChain}";
        var conditions = Conditions(obstacle).Distinct().ToList();
        return conditions.Contains(string.Empty) ? null
            : string.Join("; ", conditions.Select(condition => $"{insert} {condition}accept"));
    }

    private static IEnumerable<string> Conditions(FilterObstacle obstacle)
    {
        var inwards = obstacle.InterfaceAlias is { } link ? $"iifname \"{link}\" "
            : obstacle.Prefix.Count > 0 ? Addresses(obstacle, "saddr") : string.Empty;
        var outwards = obstacle.InterfaceAlias is not null ? $"oifname \"{obstacle.InterfaceAlias}\" "
            : obstacle.Prefix.Count > 0 ? Addresses(obstacle, "daddr") : string.Empty;
        foreach (var traffic in obstacle.Traffic)
        {
            yield return (obstacle.Family, obstacle.Hook) switch
            {
                ("bridge", "prerouting" or "input") => $"meta ibrname \"{obstacle.InterfaceAlias}\" ",
                ("bridge", "forward") => $"meta ibrname \"{obstacle.InterfaceAlias}\" ",
                ("bridge", _) => $"meta obrname \"{obstacle.InterfaceAlias}\" ",
                ("arp", "input") => inwards,
                ("arp" or "netdev", _) => string.Empty,
                (_, "input") => inwards + Input(traffic),
                // What leaves the machine goes out by another link.
                (_, "postrouting") when traffic == FilteredTraffic.Outbound => inwards,
                (_, "output" or "postrouting") => outwards,
                (_, "egress") => string.Empty,
                (_, "forward") when traffic == FilteredTraffic.Replies => $"{outwards}ct state established,related ",
                (_, "prerouting" or "ingress") when traffic == FilteredTraffic.Replies => string.Empty,
                _ => inwards,
            };
        }
    }

    private static string Input(FilteredTraffic traffic) => traffic switch
    {
        FilteredTraffic.Dhcp => "udp dport 67 ",
        FilteredTraffic.Dns => "meta l4proto { tcp, udp } th dport 53 ",
        FilteredTraffic.NeighborDiscovery => "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } ",
        FilteredTraffic.RouterDiscovery => "icmpv6 type nd-router-solicit ",
        _ => string.Empty,
    };

    private static string Addresses(FilterObstacle obstacle, string field)
    {
        var prefix = obstacle.Prefix[0];
        return prefix.Length == 0 ? string.Empty
            : $"{(prefix.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? "ip6" : "ip")} {field} "
                + $"{prefix} ";
    }

    private static bool IsPlain(string name)
        => name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');
}
