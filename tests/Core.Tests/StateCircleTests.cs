using System.Text.Json;
using System.Text.Json.Nodes;
using LxcNetworking.State;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Text;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>What is exported, and applied in empty namespaces, is exported again as it was, and ip(8) sees the
/// same.</summary>
public class StateCircleTests
{
    // Numbers that the kernel counts, and names of namespaces by numbers.
    private static readonly HashSet<string> s_counted =
    [
        "ifindex", "link_index", "link_netnsid", "link_netns", "operstate", "qdisc", "hello_timer", "tcn_timer",
        "topology_change_timer", "gc_timer", "message_age_timer", "forward_delay_timer", "hold_timer",
        "valid_life_time", "preferred_life_time", "tentative", "dadfailed", "root_port", "root_path_cost",
        "topology_change", "topology_change_detected", "topology_change_ack", "config_pending", "port_no", "port_id",
        "designated_port", "designated_cost", "designated_bridge", "designated_root", "root_id", "bridge_id", "state",
        "flags", "promiscuity", "allmulti", "metric", "pref", "expires", "no", "permaddr",
        "ad_info", "active_slave", "mii_status", "ad_aggregator_id", "ad_actor_oper_port_state",
        "ad_actor_oper_port_state_str",
        "ad_partner_oper_port_state", "ad_partner_oper_port_state_str",
    ];

    // What the kernel keeps of one direction alone, and of a bond's port, has no property that can be set.
    private static readonly string[] s_withoutProperty = ["gre 4", "gretap 4", "bond-port 2"];

    /// <summary>The recordings that can be made here.</summary>
    public static TheoryData<string> Kinds => [.. Recording.All.Select(recording => recording.Kind).Distinct()
        // No document makes what L2TP sessions have, nor lo.
        .Where(kind => kind is not ("l2tp" or "loopback" or "hsr" or "netkit"))];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_circle_of_a_kind_closes(string kind)
    {
        var made = 0;
        var faults = new List<string>();
        foreach (var recording in Recording.All.Where(
            recording => recording.Kind == kind && !s_withoutProperty.Contains(recording.Name)))
        {
            var commands = recording.Commands.Split('\n').Select(line => line.TrimStart('#', ' '))
                .Where(line => line.StartsWith("ip ", StringComparison.Ordinal)).ToList();
            made += Closes(recording.Name, commands, faults) ? 1 : 0;
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
        if (made == 0)
            Lacking($"this kernel has no {kind} links");
    }

    [Theory]
    [Trait("Kernel", "new")]
    [InlineData("hsr")]
    [InlineData("netkit")]
    public void The_circle_of_a_new_kind_closes(string kind) => The_circle_of_a_kind_closes(kind);

    // False where the kernel cannot do what the commands say.
    private static bool Closes(string name, List<string> commands, List<string> faults)
    {
        string? text = null, seen = null;
        Run(() =>
        {
            foreach (var command in commands)
            {
                if (TryExecute("ip", command.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..]).Code != 0)
                    return;
            }

            text = Export();
            seen = Seen();
        });
        if (text is null)
            return false;
        Run(() =>
        {
            try
            {
                var document = StateTests.Read(text);
                Stacks.Pool.Get().State.Set(document);
                faults.AddRange(Stacks.Pool.Get().State.Test(document).Select(left => $"{name}: {left}"));
                Compare(name + " export", text, Export(), faults);
                Compare(name + " ip", seen!, Seen(), faults);
            }
            catch (NetworkException e)
            {
                faults.Add($"{name}: {e.Message}");
            }
        });
        return true;
    }

    private static void Compare(string name, string one, string other, List<string> faults)
    {
        if (one == other)
            return;
        var (first, second) = (one.Split('\n'), other.Split('\n'));
        faults.Add(
            $"{name}: {string.Join(" | ", first.Except(second))} --> {string.Join(" | ", second.Except(first))}");
    }

    private static string Export()
        => StateText.Write(Stacks.Pool.Get().State.Read().ToNode(), StateFormat.Yaml);

    private static string Seen() => string.Join('\n', new[] { "link", "addr", "route show table all", "rule" }
        .SelectMany(list => JsonNode.Parse(IpJson(list).GetRawText())!.AsArray()
            .Where(item => !IsByItself(item)).Select(item => Without(item!)).Where(line => line.Length > 2)
            .Order(StringComparer.Ordinal)));

    private static string Without(JsonNode node)
    {
        Clean(node);
        return node.ToJsonString();
    }

    private static void Clean(JsonNode node)
    {
        switch (node)
        {
            case JsonObject item:
                // Without ports its address is not exported (BridgeCarrier).
                if (item["linkinfo"]?["info_kind"]?.ToString() == "bridge")
                    item.Remove("address");
                foreach (var name in item.Select(pair => pair.Key).ToList())
                {
                    if (s_counted.Contains(name) || (name == "altnames" && IsOurs(item[name]!)))
                        item.Remove(name);
                    else if (item[name] is { } value)
                        Clean(value);
                }

                break;
            case JsonArray list:
                for (var i = list.Count - 1; i >= 0; i--)
                {
                    if (IsByItself(list[i]))
                        list.RemoveAt(i);
                }

                foreach (var value in list)
                {
                    if (value is not null)
                        Clean(value);
                }

                break;
        }
    }

    // The kernel makes a link's own addresses when it comes up, of the Ethernet address that it has then.
    private static bool IsByItself(JsonNode? node) => node is JsonObject item
        && ((item["local"] ?? item["dst"])?.ToString() is { } address
            && (address.StartsWith("fe80:", StringComparison.Ordinal)
                || address.StartsWith("ff00:", StringComparison.Ordinal)));

    private static bool IsOurs(JsonNode names)
    {
        var list = names.AsArray();
        for (var i = list.Count - 1; i >= 0; i--)
        {
            if (list[i]!.GetValue<string>().StartsWith("state:", StringComparison.Ordinal))
                list.RemoveAt(i);
        }

        return list.Count == 0;
    }
}
