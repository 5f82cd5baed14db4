using System.Text.Json;
using System.Text.Json.Nodes;
using LxcNetworking.Addressing;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>What the kernel changes of addresses that are there, and addresses that others have too.</summary>
public class AddressChangeTests
{
    private static NetworkStack Here => Stacks.Pool.Get();

    [Fact]
    public void An_IPv4_address_gets_another_metric_protocol_and_lifetime_and_keeps_the_rest() => Run(() =>
    {
        Prepare();
        Ip("addr add 10.0.3.1/24 dev eth0 brd 10.0.3.9 label eth0:1 metric 7");
        // An older kernel passes a protocol over; what went with it is set back then.
        var protocol = ProtocolIsTaken() ? 77 : (int?)null;
        var changed = Change("10.0.3.1", new() { PrefixRouteMetric = 70 });
        Assert.Equal((70, protocol, "eth0:1"), (changed.PrefixRouteMetric, changed.Protocol, changed.Label));
        Assert.Equal((70, 70L), (Of("10.0.3.1").GetProperty("metric").GetInt32(), MetricOfRoute("10.0.3.0/24")));
        changed = Change("10.0.3.1", new() { ValidLifetime = TimeSpan.FromHours(1) });
        Assert.Equal((70, protocol), (changed.PrefixRouteMetric, changed.Protocol));
        changed = Change("10.0.3.1", new() { PrefixRouteMetric = 0, Protocol = 0, PrefixLength = 20 });
        Assert.Equal(("10.0.3.1/20", 0, (int?)null), ($"{changed}", changed.PrefixRouteMetric, changed.Protocol));
        Assert.InRange(Of("10.0.3.1").GetProperty("valid_life_time").GetInt32(), 3000, 3600);
        // The kernel would say yes and do nothing.
        foreach (var change in new AddressChange[]
        {
            new() { NoPrefixRoute = true }, new() { SkipAsSource = true }, new() { HomeAddress = false },
            new() { PeerAddress = IPAddress.Parse("10.0.3.7"), ValidLifetime = TimeSpan.FromHours(2) },
        })
        {
            Refused(NetworkErrorCode.NotSupported, "10.0.3.1", change);
        }

        foreach (var change in new AddressChange[]
        {
            new() { Protocol = 3 }, new() { Protocol = 256 }, new() { PrefixRouteMetric = -1 },
            new() { PrefixLength = 33 }, new() { ValidLifetime = TimeSpan.Zero },
        })
        {
            Refused(NetworkErrorCode.InvalidArgument, "10.0.3.1", change);
        }

        Ip("addr change 10.0.3.1/20 dev eth0 metric 5");
        Assert.Equal(5, Find("10.0.3.1").PrefixRouteMetric);
    });

    [Fact]
    public void An_IPv6_address_gets_other_flags_and_another_metric_and_is_no_source_any_more() => Run(() =>
    {
        Prepare();
        Ip("addr add fd00::1/64 dev eth0 nodad");
        Ip("addr add fd00::2/64 dev eth0 nodad");
        var changed = Change("fd00::1", new()
        {
            NoPrefixRoute = true,
            ManageTemporary = true,
            HomeAddress = true,
            SkipDuplicateAddressDetection = false,
            Protocol = 77,
        });
        Assert.Equal(
            AddressFlags.NoPrefixRoute | AddressFlags.ManageTemporary | AddressFlags.HomeAddress
                | AddressFlags.Permanent,
            changed.Flags);
        Assert.True(Has("noprefixroute") && Has("mngtmpaddr") && Has("home") && !Has("nodad"));
        changed = Change("fd00::1", new() { NoPrefixRoute = false, ManageTemporary = false, HomeAddress = false });
        Assert.Equal((AddressFlags.Permanent, 77), (changed.Flags, changed.Protocol));
        Assert.False(Has("noprefixroute") || Has("mngtmpaddr") || Has("home"));
        Assert.Equal(90, Change("fd00::1", new() { PrefixRouteMetric = 90 }).PrefixRouteMetric);
        Assert.Equal(90, Of("fd00::1").GetProperty("metric").GetInt32());
        Refused(NetworkErrorCode.NotSupported, "fd00::1", new() { PrefixRouteMetric = 0 });
        Refused(
            NetworkErrorCode.InvalidArgument, "fd00::1",
            new() { SkipAsSource = true, PreferredLifetime = default(TimeSpan) });
        Assert.False(Find("fd00::1").SkipAsSource);
        Assert.True(Change("fd00::1", new() { SkipAsSource = true }).SkipAsSource);
        Assert.Equal(0, Of("fd00::1").GetProperty("preferred_life_time").GetInt32());
        Assert.Equal("fd00::2", IpJson("route get fd00::9")[0].GetProperty("prefsrc").GetString());
        Assert.False(Change("fd00::1", new() { SkipAsSource = false }).SkipAsSource);
        Assert.Equal(Duration.Forever, Find("fd00::1").PreferredLifetime);
        changed = Change("fd00::2", new() { PeerAddress = IPAddress.Parse("fd00::22") });
        Assert.Equal(("fd00::22", "fd00::22"),
            ($"{changed.PeerAddress}", Of("fd00::2").GetProperty("address").GetString()));
        Refused(NetworkErrorCode.InvalidArgument, "fd00::2", new() { PeerAddress = IPAddress.Parse("fd00::2") });
        // What fails half way is set back.
        Refused(NetworkErrorCode.NotSupported, "fd00::2", new() { PrefixLength = 48, PrefixRouteMetric = 5 });

        bool Has(string flag) => Of("fd00::1").TryGetProperty(flag, out _);
    });

    [Fact]
    public void A_change_says_what_will_be_different() => Run(() =>
    {
        Prepare();
        Ip("addr add 10.0.3.1/24 dev eth0");
        var change = new AddressChange { PrefixRouteMetric = 5, Protocol = 77, PrefixLength = 20 };
        Assert.Equal(
            [
                "PrefixRouteMetric from 0 to 5", "Protocol from 0 to 77",
                "PrefixLength from 24 to 20 (the address is removed and made again)",
            ],
            change.Describe(Find("10.0.3.1")));
        Assert.Empty(new AddressChange { PrefixLength = 24, ValidLifetime = TimeSpan.MaxValue }
            .Describe(Find("10.0.3.1")));
    });

    [Fact]
    public void Anycast_addresses_and_groups_are_those_that_the_kernel_shows() => Run(() =>
    {
        Prepare();
        File.WriteAllText("/proc/sys/net/ipv6/conf/all/forwarding", "1");
        Ip("addr add fd00::1/64 dev eth0 nodad");
        Ip("addr add 239.1.2.3/32 dev eth0 autojoin");
        // The kernel joins groups of addresses a moment after these are there.
        IReadOnlyList<NetIPAddress> groups = [];
        Eventually(() => Seen().SequenceEqual(Ours()));
        Assert.Equal(Seen(), Ours());
        Assert.All(groups, group => Assert.Equal(AddressType.Multicast, group.Type));
        Assert.Contains(groups, group => $"{group.InterfaceAlias} {group}" == "eth0 239.1.2.3/32");
        var index = Here.Links.Get("eth0").Index;
        var some = Here.Addresses.ListOfType(
            AddressType.Multicast, new() { Family = IPFamily.IPv6, InterfaceIndexes = [index] });
        Assert.Equal(
            groups.Where(group => group.AddressFamily == IPFamily.IPv6 && group.InterfaceIndex == index), some);
        var anycast = Here.Addresses.ListOfType(AddressType.Anycast);
        Assert.Equal(
            File.ReadLines("/proc/thread-self/net/anycast6").Select(line => line.Split(
                (char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Select(words => $"{words[1]} {words[2]}"),
            anycast.Select(item =>
                $"{item.InterfaceAlias} {Convert.ToHexStringLower(item.IPAddress.GetAddressBytes())}"));
        Assert.Contains(anycast, item => $"{item.IPAddress}" == "fd00::" && item.Type == AddressType.Anycast);
        Assert.Equal(AddressType.Unicast, Find("fd00::1").Type);
        // They are not there to be changed.
        foreach (var item in new[] { groups[0], anycast[0] })
        {
            var error = Assert.Throws<NetworkException>(() => Here.Addresses.Remove([item]));
            Assert.Equal(NetworkErrorCode.NotSupported, error.Code);
            error = Assert.Throws<NetworkException>(() => Here.Addresses.Change(item, new() { Protocol = 9 }));
            Assert.Equal(NetworkErrorCode.NotSupported, error.Code);
        }

        IEnumerable<string> Ours()
        {
            groups = Here.Addresses.ListOfType(AddressType.Multicast);
            return groups.Select(group => $"{group.InterfaceAlias} {group.IPAddress}").Order(StringComparer.Ordinal);
        }

        static IEnumerable<string> Seen() => IpJson("maddr show").EnumerateArray().SelectMany(
            link => link.GetProperty("maddr").EnumerateArray()
                .Where(group => group.TryGetProperty("family", out _)).Select(
                    group => $"{link.GetProperty("ifname").GetString()} {group.GetProperty("address").GetString()}"))
            .Order(StringComparer.Ordinal);
    });

    [Fact]
    public void Groups_of_an_older_kernel_come_from_its_file()
    {
        string[] lines =
        [
            "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter",
            "1\tlo        :     1      V3",
            $"\t\t\t\t{BitConverter.ToUInt32([224, 0, 0, 1]):X8}     1 0:00000000\t\t0",
            "12\teth0      :     2      V3",
            $"\t\t\t\t{BitConverter.ToUInt32([239, 1, 2, 3]):X8}     1 0:00000000\t\t0",
            "\t\t\t\tnothing     1 0:00000000\t\t0",
            string.Empty,
            "?\t",
        ];
        Assert.Equal(
            ["1 224.0.0.1/32", "12 239.1.2.3/32"],
            JoinedAddresses.ReadGroups(lines, new("web")).Select(group => $"{group.InterfaceIndex} {group}"));
    }

    private static bool ProtocolIsTaken()
    {
        try
        {
            return Change("10.0.3.1", new() { Protocol = 77, PrefixRouteMetric = 69 }).Protocol == 77;
        }
        catch (NetworkException e) when (e.Code == NetworkErrorCode.NotSupported)
        {
            Assert.Equal((7, (int?)null), (Find("10.0.3.1").PrefixRouteMetric, Find("10.0.3.1").Protocol));
            return false;
        }
    }

    private static void Prepare()
    {
        Ip("link add eth0 type veth peer name eth1");
        Ip("link set eth1 up");
        Ip("link set eth0 up");
    }

    private static NetIPAddress Find(string address)
        => Here.Addresses.List().Single(item => item.IPAddress.ToString() == address);

    private static NetIPAddress Change(string address, AddressChange change)
        => Here.Addresses.Change(Find(address), change);

    private static JsonElement Of(string address) => IpJson("addr show dev eth0")[0].GetProperty("addr_info")
        .EnumerateArray().Single(item => item.GetProperty("local").GetString() == address);

    private static long MetricOfRoute(string destination)
        => IpJson($"route show {destination}")[0].GetProperty("metric").GetInt64();

    private static void Refused(NetworkErrorCode code, string address, AddressChange change)
    {
        var (before, valid, preferred) = State(address);
        Assert.Equal(code, Assert.Throws<NetworkException>(() => Change(address, change)).Code);
        var (after, validAfter, preferredAfter) = State(address);
        Assert.Equal(before, after);
        // Seconds pass meanwhile.
        Assert.InRange(valid - validAfter, 0, 300);
        Assert.InRange(preferred - preferredAfter, 0, 300);
    }

    private static (string Others, long Valid, long Preferred) State(string address)
    {
        const string valid = "valid_life_time", preferred = "preferred_life_time";
        var shown = JsonObject.Create(Of(address))!;
        var (left, best) = (shown[valid]!.GetValue<long>(), shown[preferred]!.GetValue<long>());
        shown.Remove(valid);
        shown.Remove(preferred);
        return (shown.ToJsonString(), left, best);
    }
}
