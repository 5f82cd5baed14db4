using System.Text.Json;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>A random topology that ip(8) makes, in the calling thread's sandbox. What the kernel does not take is left
/// out.</summary>
internal sealed class IpTopology(Random random)
{
    private const int Rounds = 3;
    private readonly Dictionary<string, List<(string Name, string Kind)>> _links = [];
    private readonly List<string> _errors = [];
    private int _count;

    /// <summary>The namespaces; the sandbox's own one is <see cref="IpPicture.Home"/>.</summary>
    public static IReadOnlyList<string> Places { get; } = [IpPicture.Home, "n1", "n2", "n3"];

    /// <summary>Makes one.</summary>
    public void Make()
    {
        IpPicture.NameHome();
        foreach (var place in Places.Skip(1))
        {
            Ip($"netns add {place}");
            if (random.Next(4) > 0)
                Ip($"-n {place} link set lo up");
        }
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var place in Places)
                Do(place, Links(place, round));
            Look();
        }

        foreach (var place in Places)
            Do(place, Settings(place));
        foreach (var place in Places)
            Do(place, Up(place).Concat(Addresses(place)).Concat(Routing(place)));
        // A word that ip does not know would end the rest unseen.
        Assert.DoesNotContain(_errors, error => error.Contains("is wrong", StringComparison.Ordinal)
            || error.Contains("What is", StringComparison.Ordinal) || error.Contains("Usage", StringComparison.Ordinal)
            || error.Contains("garbage", StringComparison.Ordinal));
    }

    private void Do(string place, IEnumerable<string> commands)
    {
        var list = commands.ToList();
        if (list.Count == 0)
            return;
        var file = Path.GetTempFileName();
        File.WriteAllLines(file, list);
        var (_, _, error) = TryExecute("ip", ["-n", place, "-force", "-batch", file]);
        File.Delete(file);
        foreach (var line in error.Split('\n'))
        {
            if (line.Length > 0 && !line.StartsWith("Command failed", StringComparison.Ordinal))
                _errors.Add($"{place}: {line} of\n{string.Join('\n', list)}");
        }
    }

    private void Look()
    {
        foreach (var place in Places)
        {
            using var document = JsonDocument.Parse(Ip($"-n {place} -d -j link"));
            _links[place] = [.. document.RootElement.EnumerateArray().Select(link => (
                link.GetProperty("ifname").GetString()!,
                link.TryGetProperty("linkinfo", out var info) && info.TryGetProperty("info_kind", out var kind)
                    ? kind.GetString()! : string.Empty))];
        }
    }

    private string? Named(string place, string word) => word switch
    {
        "link" => Some(place)?.Name,
        _ => null,
    };

    private (string Name, string Kind)? Some(string place, Func<(string Name, string Kind), bool>? match = null)
    {
        var all = _links.GetValueOrDefault(place)?.Where(match ?? (_ => true)).ToList() ?? [];
        return all.Count == 0 ? null : all[random.Next(all.Count)];
    }

    private IEnumerable<string> Links(string place, int round)
    {
        string[] first = ["dummy", "bridge", "veth", "veth", "ifb", "bond", "vrf", "nlmon", "vcan"];
        string[] all = ["veth", "bridge", .. IpWords.Kinds.Keys];
        for (var i = random.Next(2, 5); i > 0; i--)
        {
            var kind = round == 0 ? first[random.Next(first.Length)] : all[random.Next(all.Length)];
            // The same names in several namespaces, sometimes.
            var name = random.Next(4) == 0 ? $"e{random.Next(3)}" : $"{kind[..Math.Min(kind.Length, 6)]}{_count++}";
            var where = random.Next(3) == 0 ? $" netns {Places[random.Next(Places.Count)]}" : string.Empty;
            var queues = random.Next(6) == 0 ? " numtxqueues 3 numrxqueues 2" : string.Empty;
            if (kind == "veth")
            {
                yield return $"link add {name}{where}{queues} type veth peer name p{_count++} "
                    + $"netns {Places[random.Next(Places.Count)]}";
                continue;
            }

            var (always, perhaps) = IpWords.Kinds[kind];
            string? parent = null;
            if (IpWords.OnParent.Contains(kind))
            {
                if (Some(place, link => link.Kind is not ("vcan" or "nlmon" or "vrf")) is not { Name: var found })
                    continue;
                parent = $" link {found}";
            }

            var words = IpWords.Some(random, perhaps, word => Named(place, word));
            // The kernel does not tell that an ipvtap link's parent is in another namespace (get_link_net).
            if (kind == "ipvtap")
                where = string.Empty;
            yield return $"link add{parent} name {name}{where}{queues} type {kind} "
                + $"{IpWords.Fill(random, always, word => Named(place, word))} {string.Join(' ', words)}";
        }
    }

    private IEnumerable<string> Settings(string place)
    {
        foreach (var (name, kind) in _links[place].Where(link => link.Name != "lo"))
        {
            foreach (var words in IpWords.Some(random, IpWords.Common, word => Named(place, word), one: 12))
                yield return $"link set dev {name} {words}";
            if (random.Next(8) == 0)
                yield return $"link property add dev {name} altname also-{name}-{random.Next(9)}";
            if (random.Next(2) != 0
                || Some(place, link => link.Kind is "bridge" or "vrf" or "bond" && link.Name != name) is not { } master)
                continue;
            yield return $"link set dev {name} master {master.Name}";
            if (master.Kind != "bridge" || random.Next(2) == 0)
                continue;
            foreach (var words in IpWords.Some(random, IpWords.BridgePort, word => Named(place, word), one: 6))
                yield return $"link set dev {name} type bridge_slave {words}";
        }
    }

    private IEnumerable<string> Up(string place)
    {
        foreach (var (name, _) in _links[place])
        {
            if (random.Next(6) > 0 && name != "lo")
                yield return $"link set dev {name} up";
        }
    }

    private IEnumerable<string> Addresses(string place)
    {
        foreach (var (name, _) in _links[place])
        {
            var net = _links[place].FindIndex(link => link.Name == name);
            for (var i = random.Next(4); i > 0; i--)
            {
                var isIPv4 = random.Next(2) == 0;
                var peer = random.Next(8) == 0;
                var address = isIPv4 ? $"10.{net}.{random.Next(2)}.{random.Next(1, 255)}"
                    : $"fd00:{net}::{random.Next(1, 999)}";
                var text = peer ? $"{address} peer {(isIPv4 ? $"10.{net}.9.{i}" : $"fd00:{net}:9::{i}")}"
                    : $"{address}/{(isIPv4 ? random.Next(20, 33) : random.Next(48, 129))}";
                var words = IpWords.Some(
                    random,
                    isIPv4 ? IpWords.Address4 : IpWords.Address6,
                    word => word == "label" ? $"{name}:{i}" : null,
                    one: 8);
                yield return $"addr add {text} dev {name} {string.Join(' ', words.Take(2))}";
            }
        }
    }

    private IEnumerable<string> Routing(string place)
    {
        var links = _links[place];
        for (var i = links.Count == 0 ? 0 : random.Next(7); i > 0; i--)
        {
            var isIPv4 = random.Next(2) == 0;
            yield return $"route add {Route(place, isIPv4)}";
        }

        for (var i = random.Next(4); i > 0; i--)
        {
            var isIPv4 = random.Next(2) == 0;
            var words = IpWords.Some(random, IpWords.Rule, word => Named(place, word), one: 6);
            var action = random.Next(5) == 0 ? "{blackhole|prohibit|unreachable}"
                : "table {1000-1009}";
            yield return $"rule add from {(isIPv4 ? $"10.{i}.0.0/16" : $"fd00:{i}::/32")} pref {random.Next(1, 999)} "
                + $"{string.Join(' ', words)} {IpWords.Fill(random, action, _ => null)}"
                + (random.Next(6) == 0 ? " suppress_prefixlength 7" : string.Empty);
        }

        foreach (var (name, _) in links.Where(_ => random.Next(4) == 0))
        {
            var address = random.Next(2) == 0 ? $"10.77.0.{random.Next(1, 255)}" : $"fd77::{random.Next(1, 255)}";
            yield return $"neigh add {address} lladdr {IpWords.Fill(random, "{mac}", _ => null)} dev {name} "
                + $"nud permanent{(random.Next(3) == 0 ? " router" : string.Empty)}"
                + (random.Next(4) == 0 ? " protocol 77" : string.Empty);
        }
    }

    private string Route(string place, bool isIPv4)
    {
        var net = random.Next(256);
        var prefix = random.Next(8) == 0 ? isIPv4 ? "default" : "::/0"
            : isIPv4 ? $"172.16.{net}.0/{random.Next(24, 33)}" : $"2001:db8:{net:x}::/{random.Next(48, 65)}";
        string Link() => _links[place][random.Next(_links[place].Count)].Name;
        string Way(string link)
        {
            var index = _links[place].FindIndex(item => item.Name == link);
            var gateway = isIPv4 ? $"10.{index}.{random.Next(2)}.{random.Next(1, 255)}"
                : $"fd00:{index}::{random.Next(1, 999)}";
            return random.Next(3) switch
            {
                0 => $"dev {link}",
                1 => $"via {gateway} dev {link}",
                _ => $"via {gateway} dev {link} onlink",
            };
        }

        var words = string.Join(' ', IpWords.Some(random, IpWords.Route, _ => null, one: 10)
            .Where(word => word.Split(' ')[0] is var name
                && (isIPv4 ? name != "pref" : name is not ("scope" or "tos"))));
        return random.Next(6) switch
        {
            0 => $"{IpWords.Fill(random, "{blackhole|unreachable|prohibit|throw}", _ => null)} {prefix} {words}",
            1 => $"{prefix} {words} nexthop {Way(Link())} weight {random.Next(1, 257)} nexthop {Way(Link())}",
            _ => $"{prefix} {Way(Link())} {words}",
        };
    }
}
