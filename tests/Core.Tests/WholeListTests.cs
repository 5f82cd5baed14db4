using System.Globalization;
using System.Runtime.InteropServices;
using LxcNetworking.Addressing;
using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>Lists with entries that the kernel cannot show in a part of usual size, or that it hides.</summary>
public class WholeListTests
{
    private static NetworkStack Here => Stacks.Pool.Get();

    // A stack of its own, so that the list is the first that its socket reads.
    private static T Fresh<T>(Func<NetworkStack, T> read)
    {
        Here.Close();
        return read(Here);
    }

    // On a thread of its own, whose capabilities are given up.
    private static T WithoutRights<T>(Func<T> read)
    {
        T? result = default;
        var error = 0;
        var thread = new Thread(() =>
        {
            error = CapSet([0x20080522, 0], new uint[6]);
            if (error == 0)
                result = read();
        });
        thread.Start();
        thread.Join();
        Assert.Equal(0, error);
        return result!;
    }

    [DllImport("libc", EntryPoint = "capset", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int CapSet(uint[] header, uint[] data);

    private static void AddAlternativeNames(string link, int count) => Batch(Enumerable.Range(0, count)
        .Select(i => string.Create(CultureInfo.InvariantCulture, $"link property add dev {link} altname {i:d127}")));

    private static void Batch(IEnumerable<string> commands)
    {
        var file = Path.GetTempFileName();
        File.WriteAllLines(file, commands);
        Ip($"-batch {file}");
        File.Delete(file);
    }

    private static RouteSpec Multipath(string destination, string firstGateway, int ways)
    {
        var first = IPAddress.Parse(firstGateway).GetAddressBytes();
        return new RouteSpec(new IPPrefix(destination))
        {
            NextHops = [.. Enumerable.Range(0, ways).Select(i => Way(i))],
        };

        RouteHopSpec Way(int i)
        {
            byte[] address = [.. first];
            (address[^2], address[^1]) = ((byte)(i >> 8), (byte)i);
            return new RouteHopSpec(new IPAddress(address));
        }
    }

    private static void Prepare()
    {
        Ip("link add eth0 type veth peer name eth1");
        // An address that the kernel makes by itself would come between two lists that are compared.
        Ip("link set eth0 up addrgenmode none");
        Ip("link set eth1 up addrgenmode none");
        Ip("addr add 10.0.0.1/8 dev eth0");
        Ip("-6 addr add fd00::1/64 dev eth0 nodad");
    }

    [Theory]
    [InlineData(250)]
    [InlineData(490)]
    [Trait("Kernel", "none")]
    public void A_link_with_many_alternative_names_hides_no_other(int names) => Run(() =>
    {
        Ip("link add v0 type veth peer name v1");
        Ip("link add v2 type bridge");
        Ip("link set v1 master v2");
        AddAlternativeNames("v1", names);
        var expected = IpJson("link").EnumerateArray().Select(link => link.GetProperty("ifname").GetString()).ToList();
        Assert.Equal(4, expected.Count);
        Assert.Equal(expected, Fresh(stack => stack.Links.List()).Select(link => link.Name));
        Assert.Equal(expected, Here.Links.List(new LinkFilter { SkipStatistics = true }).Select(link => link.Name));
        Assert.Equal(["v1"], Here.Links.List(new LinkFilter { Master = "v2" }).Select(link => link.Name));
        Assert.Equal(["v2"], Here.Links.List(new LinkFilter { Kind = "bridge" }).Select(link => link.Name));
        Assert.Equal(names, Here.Links.Get("v1").Data.AlternativeNames.Count);
        Assert.Equal(["v1"], Here.Bridges.Get("v2").Ports);
        Assert.Equal(4, Here.IPInterfaces.List(new AddressFilter { Family = IPFamily.IPv4 }).Count);
    });

    // The length of the list wraps after 5,461. An emulated processor takes minutes for some thousand.
    public static TheoryData<int> SourceCounts => IsFullKernel ? [5470] : [2600, 5450, 5470, 5800, 11000];

    [Fact]
    public void A_link_with_many_alternative_names_is_listed_for_any_user() => Run(() =>
    {
        Ip("link add v0 type veth peer name v1");
        Ip("link add v2 type bridge");
        AddAlternativeNames("v1", 250);
        var names = Here.Links.List().Select(link => link.Name).ToList();
        var seen = WithoutRights(() => Fresh(stack => stack.Links.List()).Select(link => link.Name).ToList());
        Assert.Equal(names, seen);
        Assert.Equal(4, seen.Count);
    });

    [Theory]
    [MemberData(nameof(SourceCounts))]
    [Trait("Kernel", "none")]
    public void A_macvlan_with_many_source_addresses_is_whole_and_hides_no_other(int count) => Run(() =>
    {
        NeedsKind("macvlan");
        Ip("link add v0 type veth peer name v1");
        Ip("link add m0 link v0 type macvlan mode source");
        Ip("link add v2 type bridge");
        var sources = Enumerable.Range(0, count)
            .Select(i => new MacAddress([2, 0, 0, 0, (byte)(i >> 8), (byte)i]))
            .ToList();
        Batch(sources.Select(source => $"link set dev m0 type macvlan macaddr add {source}"));
        var links = Fresh(stack => stack.Links.List());
        Assert.Equal(["lo", "v1", "v0", "m0", "v2"], links.Select(link => link.Name));
        var found = Assert.IsType<MacvlanLink>(links[3]);
        Assert.Equal(MacvlanMode.Source, found.Mode);
        Assert.Equal(
            sources.Select(source => source.ToString()).Order(StringComparer.Ordinal),
            found.SourceMacAddress!.Select(source => source.ToString()).Order(StringComparer.Ordinal));
        Assert.Equal(("v0", 1500L), (found.Parent, found.Mtu));
        Assert.Equal(5, Here.IPInterfaces.List(new AddressFilter { Family = IPFamily.IPv4 }).Count);
        Assert.Equal(count, Assert.IsType<MacvlanLink>(Here.Links.Get("m0")).SourceMacAddress!.Count);
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_route_over_a_page_is_in_the_first_list_of_a_socket() => Run(() =>
    {
        Prepare();
        Ip("addr del 10.0.0.1/8 dev eth0");
        Ip("addr add 10.0.0.1/8 dev eth0 noprefixroute");
        Ip("route add 10.0.0.0/8 dev eth0");
        Here.Routes.Create(Multipath("1.0.0.0/8", "10.1.0.0", 1900));
        Ip("route add 192.0.2.0/24 via 10.0.0.2");
        Here.Routes.Create(Multipath("2001:db8::/32", "fd00::1:0", 1000));
        Ip("-6 route add 2001:db9::/32 via fd00::2");
        var routes = Fresh(stack => stack.Routes.List());
        NetRoute To(string prefix) => routes.Single(route => route.DestinationPrefix.ToString() == prefix);
        Assert.Equal(1900, To("1.0.0.0/8").Multipath.Count);
        Assert.Equal(1000, To("2001:db8::/32").Multipath.Count);
        Assert.Contains(routes, route => route.DestinationPrefix.ToString() == "192.0.2.0/24");
        Assert.Contains(routes, route => route.DestinationPrefix.ToString() == "2001:db9::/32");
        var ipv4 = Fresh(stack => stack.Routes.List(new RouteFilter { Family = IPFamily.IPv4 }));
        Assert.Equal(1900, ipv4[0].Multipath.Count);
    });

    [Theory]
    [InlineData("100.64.0.0/10", "10.1.0.0", 2100)]
    [InlineData("2001:db8::/32", "fd00::1:0", 1300)]
    [Trait("Kernel", "none")]
    public void A_route_that_fits_in_no_part_is_an_error_and_no_short_list(
        string destination, string gateway, int ways) => Run(() =>
    {
        Prepare();
        var spec = Multipath(destination, gateway, ways);
        using (var request = RouteMessages.Add(spec))
            Here.Route.Execute(request);
        Ip("route add 192.0.2.0/24 via 10.0.0.2");
        Ip("-6 route add 2001:db9::/32 via fd00::2");
        foreach (var family in new IPFamily?[] { spec.Family, null })
        {
            foreach (var table in new[] { null, RouteTable.All, RouteTable.Main })
            {
                var filter = new RouteFilter { Family = family, Table = table };
                Assert.Throws<NetlinkListIncompleteException>(() => Fresh(stack => stack.Routes.List(filter)));
            }
        }

        Ip($"route del {destination}");
        var prefixes = Here.Routes.List().Select(route => route.DestinationPrefix.ToString()).ToList();
        Assert.Contains("192.0.2.0/24", prefixes);
        Assert.Contains("2001:db9::/32", prefixes);
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_route_between_the_ways_of_another_is_missed_aloud() => Run(() =>
    {
        Prepare();
        Ip("-6 route add 2001:db8::/32 via fd00::2 metric 5");
        Ip("-6 route append 2001:db8::/32 dev eth0 metric 5");
        Assert.Equal(2, CountListed());
        Ip("-6 route append 2001:db8::/32 via fd00::3 metric 5");
        Ip("-6 route add 2001:db9::/32 via fd00::2 table 100");
        foreach (var table in new[] { null, RouteTable.All, new RouteTable(100) })
        {
            var filter = new RouteFilter { Family = IPFamily.IPv6, Table = table };
            var error = Assert.Throws<NetlinkListIncompleteException>(() => Here.Routes.List(filter));
            Assert.Contains("2001:db8::/32 with metric 5", error.Message, StringComparison.Ordinal);
        }

        Assert.NotEmpty(Here.Routes.List(new RouteFilter { Family = IPFamily.IPv4 }));
        Ip("-6 route del 2001:db8::/32 dev eth0 metric 5 via fd00::3");
        Assert.Equal(2, CountListed());

        static int CountListed() => Here.Routes.List(new RouteFilter { Family = IPFamily.IPv6 })
            .Count(route => route.DestinationPrefix.ToString() == "2001:db8::/32");
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void Routes_over_next_hop_objects_and_in_other_tables_are_counted_as_the_kernel_does() => Run(() =>
    {
        Prepare();
        Ip("nexthop add id 1 via fd00::2 dev eth0");
        Ip("nexthop add id 2 via fd00::3 dev eth0");
        Ip("nexthop add id 3 group 1/2");
        Ip("-6 route add 2001:db8::/32 nhid 3");
        Ip("-6 route add 2001:db9::/32 nhid 1");
        Ip("-6 route add 2001:dba::/32 table 77 nexthop via fd00::2 nexthop via fd00::3 nexthop via fd00::4");
        Ip("-6 route add unreachable default metric 4294967295");
        Ip("-6 route add blackhole 2001:dbb::/32 table 78");
        var ipv6 = new RouteFilter { Family = IPFamily.IPv6 };
        var ipv6Everywhere = new RouteFilter { Table = RouteTable.All, Family = IPFamily.IPv6 };
        var ipv4Everywhere = new RouteFilter { Table = RouteTable.All, Family = IPFamily.IPv4 };
        Assert.Equal(
            IpJson("-6 route show table all").GetArrayLength(),
            Fresh(stack => stack.Routes.List(ipv6Everywhere)).Count);
        Assert.Equal(IpJson("-6 route").GetArrayLength(), Here.Routes.List(ipv6).Count);
        Assert.Equal(IpJson("-4 route show table all").GetArrayLength(), Here.Routes.List(ipv4Everywhere).Count);
        Assert.Single(Here.Routes.List(new RouteFilter { Table = new RouteTable(77) }));
        Assert.Empty(Here.Routes.List(new RouteFilter { Table = new RouteTable(79) }));
        Ip("route add 192.0.2.0/24 via 10.0.0.2 proto static");
        var found = Assert.Single(Here.Routes.List(new RouteFilter { Protocol = RouteProtocol.Static }));
        Assert.Equal("192.0.2.0/24", found.DestinationPrefix.ToString());
        var local = new RouteFilter { Table = RouteTable.All, Type = RouteType.Local, Family = IPFamily.IPv4 };
        Assert.Equal(
            IpJson("-4 route show table all type local").GetArrayLength(),
            Here.Routes.List(local).Count);
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void Long_lists_of_every_sort_are_those_of_the_native_tools() => Run(() =>
    {
        Prepare();
        Ip("link add br0 type bridge");
        Ip("link set eth1 master br0");
        Batch([
            .. Enumerable.Range(0, 900).Select(i => $"addr add 10.3.{i >> 8}.{i & 255}/32 dev eth0"),
            .. Enumerable.Range(0, 600)
                .Select(i => string.Create(CultureInfo.InvariantCulture, $"addr add fd01::{i:x}/128 dev eth0 nodad")),
            .. Enumerable.Range(0, 900).Select(i => $"rule add pref {i + 1} from 10.4.{i >> 8}.{i & 255} table 100"),
            .. Enumerable.Range(0, 800)
                .Select(i => $"neigh add 10.5.{i >> 8}.{i & 255} lladdr 02:00:00:00:00:01 dev eth0"),
            .. Enumerable.Range(0, 1500).Select(i => $"route add 10.6.{i >> 8}.{i & 255} via 10.0.0.2"),
        ]);
        var batch = Path.GetTempFileName();
        static string Mac(int i)
            => string.Create(CultureInfo.InvariantCulture, $"02:00:00:01:{i >> 8:x2}:{i & 255:x2}");
        File.WriteAllLines(
            batch, Enumerable.Range(0, 1000).Select(i => $"fdb add {Mac(i)} dev eth1 master static"));
        Execute("bridge", ["-batch", batch]);
        File.Delete(batch);
        Assert.Equal(
            IpJson("addr").EnumerateArray()
                .SelectMany(link => link.GetProperty("addr_info").EnumerateArray())
                .Select(info => info.GetProperty("local").GetString())
                .Order(StringComparer.Ordinal),
            Fresh(stack => stack.Addresses.List())
                .Select(address => address.IPAddress.ToString().Split('%')[0])
                .Order(StringComparer.Ordinal));
        Assert.Equal(903, Fresh(stack => stack.Rules.List(IPFamily.IPv4)).Count);
        Assert.Equal(800, CountPermanent(Fresh(stack => stack.Neighbors.List())));
        var onOne = new AddressFilter
        {
            InterfaceIndexes = [Here.Links.Get("eth0").Index],
            Family = IPFamily.IPv4,
        };
        Assert.Equal(800, CountPermanent(Here.Neighbors.List(onOne)));
        var ipv4 = new RouteFilter { Family = IPFamily.IPv4 };
        Assert.Equal(IpJson("-4 route").GetArrayLength(), Fresh(stack => stack.Routes.List(ipv4)).Count);
        // A kernel with VLAN filtering makes one entry more for the port's VLAN.
        Assert.Equal(
            1000,
            Fresh(stack => stack.Bridges.ListFdb("br0")).Where(entry => entry.Type == BridgeFdbType.Static)
                .Select(entry => entry.MacAddress).Distinct().Count());

        static int CountPermanent(IEnumerable<NetNeighbor> neighbors)
            => neighbors.Count(neighbor => neighbor.State == NeighborState.Permanent);
    });
}
