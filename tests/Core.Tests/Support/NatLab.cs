using LxcNetworking.Namespaces;
using LxcNetworking.Nat;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>
/// A host with a bridge of containers 'a' and 'b' (10.0.3.10, .11; fd00:3::10, ::11) and an 'outside' behind out0
/// (198.51.100.2; 2001:db8::2) that knows no way to the containers.
/// </summary>
internal static class NatLab
{
    public const string Host4 = "198.51.100.1", Host6 = "2001:db8::1", Outside4 = "198.51.100.2",
        Outside6 = "2001:db8::2";

    public static NetworkStack Here => Stacks.Pool.Get();

    public static TranslationOperations Nats => Here.Translation;

    /// <summary>Runs a test body on the host.</summary>
    public static void Run(Action body) => Sandbox.Run(() =>
    {
        TrustAddresses();
        Ip("link add lxcbr0 type bridge");
        Address("lxcbr0", "10.0.3.1/24", "fd00:3::1/64");
        foreach (var (name, last) in new[] { ("a", 10), ("b", 11) })
        {
            AddNamespace(name);
            Ip($"link add v{name} master lxcbr0 up type veth peer name eth0 netns {name}");
            Address("eth0", $"10.0.3.{last}/24", $"fd00:3::{last}/64", $"-n {name} ");
            Ip($"-n {name} link set lo up");
            Ip($"-n {name} route add default via 10.0.3.1");
            Ip($"-n {name} route add default via fd00:3::1");
        }

        AddOutside("outside", "out0", "198.51.100", "2001:db8:");
        body();
    });

    /// <summary>Adds a neighbour network behind another interface.</summary>
    public static void AddOutside(string space, string link, string prefix4, string prefix6)
    {
        AddNamespace(space);
        Ip($"link add {link} up type veth peer name eth0 netns {space}");
        Address(link, $"{prefix4}.1/24", $"{prefix6}:1/64");
        Address("eth0", $"{prefix4}.2/24", $"{prefix6}:2/64", $"-n {space} ");
        Ip($"-n {space} link set lo up");
    }

    /// <summary>
    /// Where the kernel lets bridged packets through the rules (br_netfilter, as Docker has it), a connection back to
    /// the very port that it came from is bridged as well, and needs that port's hairpin.
    /// </summary>
    public static void LetBridgeTurnAround(string port)
    {
        if (File.Exists("/proc/sys/net/bridge/bridge-nf-call-iptables"))
            Ip($"link set {port} type bridge_slave hairpin on");
    }

    /// <summary>The whole ruleset, as nft prints it.</summary>
    public static string Ruleset() => Execute("nft", "--numeric-priority", "list", "ruleset");

    /// <summary>Loads a ruleset as someone else.</summary>
    public static void Load(string ruleset)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, ruleset);
            Execute("nft", "-f", file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    // A link's own address cannot ask for its neighbours while it is being checked for duplicates, which takes a second
    // or two.
    private static void TrustAddresses() => File.WriteAllText("/proc/sys/net/ipv6/conf/default/accept_dad", "0");

    private static void AddNamespace(string name)
    {
        Ip($"netns add {name}");
        Execute("ip", "netns", "exec", name, "sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0");
    }

    private static void Address(string link, string ipv4, string ipv6, string where = "")
    {
        Ip($"{where}address add {ipv4} dev {link}");
        Ip($"{where}address add {ipv6} dev {link} nodad");
        Ip($"{where}link set {link} up");
    }
}
