using System.Globalization;
using LxcNetworking.Addressing;
using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>
/// Lists that are read while links, addresses, neighbours, rules, routes and forwarding entries come and go without a
/// pause. What stays must be in each list, once. tests/long.sh churn runs them with more of everything.
/// </summary>
public class ChurnTests
{
    private static readonly int s_links = Setting("LXCNETWORKING_CHURN_LINKS", 300);
    private static readonly int s_rounds = Setting("LXCNETWORKING_CHURN_ROUNDS", 15);

    private static NetworkStack Here => Stacks.Pool.Get();

    private static int Setting(string name, int usual)
        => Environment.GetEnvironmentVariable(name) is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : usual;

    private static void Batch(IEnumerable<string> commands, string program = "ip")
    {
        var file = Path.GetTempFileName();
        File.WriteAllLines(file, commands);
        TryExecute(program, ["-force", "-batch", file]);
        File.Delete(file);
    }

    /// <summary>Does a round of things once the commands have begun to run, again and again.</summary>
    private static void Under(IReadOnlyList<string> commands, Action round, string program = "ip")
    {
        using var begun = new ManualResetEventSlim();
        var isOver = false;
        var churn = new Thread(() =>
        {
            while (!Volatile.Read(ref isOver))
            {
                begun.Set();
                Batch(commands, program);
            }
        });
        churn.Start();
        begun.Wait();
        try
        {
            for (var i = 0; i < s_rounds; i++)
                round();
        }
        finally
        {
            Volatile.Write(ref isOver, true);
            churn.Join();
        }
    }

    private static void PrepareLinks()
        => Batch(Enumerable.Range(0, s_links / 2).Select(i => $"link add v{i} type veth peer name w{i}"));

    // New names, and old ones that go from one link to another.
    private static List<string> LinkChurn => [.. Enumerable.Range(0, 100).SelectMany(i => new[]
    {
        $"link add c{i} type bridge", $"link add c{i}x type bridge", $"link del c{i}", $"link set c{i}x name c{i}",
        $"link add d type veth peer name e", $"link del c{i}", "link del d",
    })];

    private static void AssertStays<T>(IEnumerable<T> stays, IEnumerable<T> list)
        where T : notnull
    {
        var seen = list.ToList();
        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Empty(stays.Except(seen));
    }

    [Fact]
    [Trait("Kernel", "none")]
    public void Links_that_stay_are_listed_once_while_others_come_and_go() => Run(() =>
    {
        PrepareLinks();
        var stays = Here.Links.List().Select(link => (link.Index, link.Name)).ToList();
        Assert.True(stays.Count > s_links);
        Under(LinkChurn, () =>
        {
            var links = Here.Links.List();
            AssertStays(stays, links.Select(link => (link.Index, link.Name)));
            AssertStays(stays.Select(link => link.Index), links.Select(link => link.Index));
            AssertStays(stays.Select(link => link.Name), links.Select(link => link.Name));
            var withoutStatistics = Here.Links.List(new LinkFilter { SkipStatistics = true });
            AssertStays(stays, withoutStatistics.Select(link => (link.Index, link.Name)));
            var veths = Here.Links.List(new LinkFilter { Kind = "veth" });
            Assert.Equal(s_links / 2 * 2, veths.Count(link => link.Name[0] is 'v' or 'w'));
            var interfaces = Here.IPInterfaces.List(new AddressFilter { Family = IPFamily.IPv4 });
            AssertStays(stays.Select(link => link.Index), interfaces.Select(item => item.InterfaceIndex));
        });
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void Addresses_that_stay_are_listed_once_while_links_come_and_go() => Run(() =>
    {
        PrepareLinks();
        Batch(Enumerable.Range(0, s_links / 2).SelectMany(i => Enumerable.Range(0, 3).SelectMany(j => new[]
        {
            $"addr add 10.{j}.{i >> 8}.{i & 255}/32 dev v{i}",
            string.Create(CultureInfo.InvariantCulture, $"addr add fd00::{j}:{i:x}/128 dev v{i} nodad"),
        })).Concat(Enumerable.Range(0, 900).Select(i => $"addr add 10.9.{i >> 8}.{i & 255}/32 dev w0")));
        var stays = Addresses().ToList();
        Assert.Equal((s_links / 2 * 6) + 902, stays.Count);
        Under(LinkChurn, () =>
        {
            AssertStays(stays, Addresses());
            var index = Here.Links.Get("w0").Index;
            AssertStays(
                stays.Where(address => address.InterfaceIndex == index),
                Addresses(new AddressFilter { InterfaceIndexes = [index] }));
        });

        static IEnumerable<(int InterfaceIndex, string)> Addresses(AddressFilter? filter = null)
            => Here.Addresses.List(filter).Select(address => (address.InterfaceIndex, address.IPAddress.ToString()));
    });

    // Where it only counts and does not tell of changes, a list that never holds still is an error.
    private static void WholeOrInterrupted(Action read)
    {
        try
        {
            read();
        }
        catch (NetlinkDumpInterruptedException)
        {
        }
    }

    [Fact]
    [Trait("Kernel", "none")]
    public void Rules_neighbours_and_addresses_that_stay_are_listed_once_or_the_list_is_an_error() => Run(() =>
    {
        var ipv4 = new AddressFilter { Family = IPFamily.IPv4 };
        Ip("link add v0 type veth peer name v1");
        Ip("link set v0 up");
        Batch([
            .. Enumerable.Range(0, 800)
                .Select(i => $"rule add pref {i + 100} from 10.1.{i >> 8}.{i & 255} to 10.2.0.0/16 table 100"),
            .. Enumerable.Range(0, 900)
                .Select(i => $"neigh add 10.3.{i >> 8}.{i & 255} lladdr 02:00:00:00:00:01 dev v0"),
            .. Enumerable.Range(0, 900).Select(i => $"addr add 10.4.{i >> 8}.{i & 255}/32 dev v0"),
        ]);
        var rules = Here.Rules.List(IPFamily.IPv4).Select(rule => rule.Priority!.Value).ToList();
        var neighbors = Here.Neighbors.List(ipv4)
            .Where(neighbor => neighbor.State == NeighborState.Permanent)
            .Select(neighbor => neighbor.IPAddress.ToString())
            .ToList();
        var addresses = Addresses().ToList();
        Assert.Equal((803, 900, 901), (rules.Count, neighbors.Count, addresses.Count));
        List<string> churn = [.. Enumerable.Range(0, 40).SelectMany(i => new[]
        {
            $"rule add pref {i + 1} from 10.5.0.{i} table 100",
            $"neigh add 10.6.0.{i} lladdr 02:00:00:00:00:01 dev v0",
            $"addr add 10.7.0.{i}/32 dev v0",
            $"rule del pref {i + 1} from 10.5.0.{i}", $"neigh del 10.6.0.{i} dev v0", $"addr del 10.7.0.{i}/32 dev v0",
        })];
        Under(churn, () =>
        {
            WholeOrInterrupted(() =>
                AssertStays(rules, Here.Rules.List(IPFamily.IPv4).Select(rule => rule.Priority!.Value)));
            WholeOrInterrupted(() => AssertStays(
                neighbors, Here.Neighbors.List(ipv4).Select(neighbor => neighbor.IPAddress.ToString())));
            WholeOrInterrupted(() => AssertStays(addresses, Addresses()));
        });

        IEnumerable<string> Addresses()
            => Here.Addresses.List(ipv4).Select(address => address.IPAddress.ToString());
    });

    [Theory]
    [InlineData(IPFamily.IPv4)]
    [InlineData(IPFamily.IPv6)]
    [Trait("Kernel", "none")]
    public void Routes_that_stay_are_listed_once_or_the_list_is_an_error(IPFamily family) => Run(() =>
    {
        Ip("link add v0 type veth peer name v1");
        Ip("link set v0 up");
        string Prefix(int i) => family == IPFamily.IPv4
            ? $"10.1.{i >> 8}.{i & 255}"
            : string.Create(CultureInfo.InvariantCulture, $"fd00::1:{i:x}");
        IEnumerable<string> Routes()
            => Here.Routes.List(new RouteFilter { Family = family, Protocol = RouteProtocol.Boot })
                .Select(route => route.DestinationPrefix.ToString());
        Batch(Enumerable.Range(500, 1500).Select(i => $"route add {Prefix(i)} dev v0"));
        var stays = Routes().ToList();
        Assert.Equal(1500, stays.Count);
        List<string> churn = [.. Enumerable.Range(0, 100).SelectMany(i => new[]
        {
            $"route add {Prefix(i)} dev v0", $"route del {Prefix(i)} dev v0",
        })];
        Under(churn, () => WholeOrInterrupted(() => AssertStays(stays, Routes())));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void Forwarding_entries_that_stay_are_listed_once_or_the_list_is_an_error() => Run(() =>
    {
        Ip("link add v0 type veth peer name v1");
        Ip("link add br0 type bridge");
        Ip("link set v0 master br0");
        static string Mac(int i)
            => string.Create(CultureInfo.InvariantCulture, $"02:00:00:01:{i >> 8:x2}:{i & 255:x2}");
        Batch(Enumerable.Range(0, 1000).Select(i => $"fdb add {Mac(i)} dev v0 master static"), "bridge");
        static IEnumerable<(MacAddress, int?)> Entries() => Here.Bridges.ListFdb("br0")
            .Where(entry => entry.Type == BridgeFdbType.Static).Select(entry => (entry.MacAddress, entry.VlanId));
        var stays = Entries().ToList();
        Assert.Equal(1000, stays.Select(entry => entry.Item1).Distinct().Count());
        List<string> churn = [.. Enumerable.Range(2000, 100).SelectMany(i => new[]
        {
            $"fdb add {Mac(i)} dev v0 master static", $"fdb del {Mac(i)} dev v0 master",
        })];
        Under(churn, () => WholeOrInterrupted(() => AssertStays(stays, Entries())), "bridge");
    });
}
