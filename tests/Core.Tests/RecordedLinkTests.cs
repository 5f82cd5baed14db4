using System.Text.Json;
using LxcNetworking.Declarations;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>Links of every kind, which kernels described and tests/record.sh has written down, read without a
/// kernel.</summary>
public class RecordedLinkTests
{
    private static readonly NamespaceReference s_nowhere = new("nowhere");

    private static readonly Dictionary<string, LinkType> s_types = new()
    {
        ["ether"] = LinkType.Ethernet,
        ["loopback"] = LinkType.Loopback,
        ["none"] = LinkType.None,
        ["gre"] = LinkType.Gre,
        ["gre6"] = LinkType.Gre6,
        ["sit"] = LinkType.Sit,
        ["ipip"] = LinkType.Ipip,
        ["tunnel6"] = LinkType.Tunnel6,
        ["netlink"] = LinkType.Netlink,
        ["can"] = LinkType.Can,
    };

    public static TheoryData<string> Names => [.. Recording.All.Select(recording => recording.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_link_is_what_ip_shows(string name)
    {
        var recording = Recording.Of(name);
        var (link, shown) = (Read(recording), recording.Shown);
        var kind = Text(recording.LinkInfo, "info_kind");
        Assert.Equal(kind ?? (Text(shown, "link_type") == "loopback" ? "loopback" : "physical"), link.Kind);
        Assert.Equal(Text(shown, "ifname"), link.Name);
        Assert.Equal(Text(shown, "ifindex"), $"{link.Index}");
        Assert.Equal(Text(shown, "mtu"), $"{link.Mtu}");
        Assert.Equal(Text(shown, "min_mtu") ?? "0", $"{link.MinMtu}");
        Assert.Equal(Text(shown, "max_mtu") ?? "0", $"{link.MaxMtu}");
        Assert.Equal(Text(shown, "txqlen") ?? "0", $"{link.TxQueueLength}");
        Assert.Equal(Text(shown, "promiscuity"), $"{link.Promiscuity}");
        Assert.Equal(Text(shown, "qdisc"), link.QueueDiscipline);
        Assert.Equal(Text(shown, "group"), link.Group == 0 ? "default" : $"{link.Group}");
        Assert.Equal(Text(shown, "ifalias"), link.Alias);
        var names = shown.TryGetProperty("altnames", out var list) ? list.EnumerateArray().ToList() : [];
        Assert.Equal(string.Join(", ", names), $"{link.AlternativeName}");
        var hasAddress = Text(shown, "link_type") is "ether" or "loopback";
        Assert.Equal(hasAddress ? Text(shown, "address") : null, link.MacAddress?.ToString());
        // The ip of a recording may be older than its kernel.
        Assert.Equal(Address(shown, "address"), link.HardwareAddress);
        Assert.Equal(Address(shown, "broadcast"), link.BroadcastAddress);
        Assert.Equal(s_types.GetValueOrDefault(Text(shown, "link_type")!), link.LinkType);
        Assert.Equal(
            (Text(shown, "num_tx_queues"), Text(shown, "num_rx_queues"), Text(shown, "gso_max_size"),
                Text(shown, "gso_max_segs"), Text(shown, "gro_max_size"), Text(shown, "tso_max_size"),
                Text(shown, "tso_max_segs"), Text(shown, "gso_ipv4_max_size") ?? Told(link.GsoIPv4MaxSize),
                Text(shown, "gro_ipv4_max_size") ?? Told(link.GroIPv4MaxSize), Text(shown, "allmulti"),
                Text(shown, "parentdev"), Text(shown, "parentbus")),
            ($"{link.TxQueueCount}", $"{link.RxQueueCount}", $"{link.GsoMaxSize}", $"{link.GsoMaxSegments}",
                $"{link.GroMaxSize}", $"{link.TsoMaxSize}", $"{link.TsoMaxSegments}", Told(link.GsoIPv4MaxSize),
                Told(link.GroIPv4MaxSize), Told(link.AllMulticastCount), link.ParentDevice, link.ParentDeviceBus));
        Assert.Equal(Text(shown, "operstate"), $"{link.State}".ToUpperInvariant());
        Assert.Equal(shown.TryGetProperty("master", out _), link.MasterIndex != 0);
        Assert.Equal(Text(recording.LinkInfo, "info_slave_kind"), link.PortKind);
        // A VXLAN link's parent is told among what the kind has.
        var parent = Text(shown, "link") is { Length: > 0 } above ? above : Text(Data(recording), "link");
        Assert.Equal(parent is not null, link.ParentIndex != 0);
        var flags = shown.GetProperty("flags").EnumerateArray().Select(flag => flag.GetString()).ToList();
        Assert.Equal(flags.Contains("UP"), link.IsUp);
        Assert.Equal(flags.Contains("PROMISC"), link.Promiscuous);
        Assert.Equal(
            (flags.Contains("NOARP"), flags.Contains("MULTICAST"), flags.Contains("ALLMULTI"),
                flags.Contains("DYNAMIC")),
            (!link.Arp, link.Multicast, link.AllMulticast, link.Dynamic));
        Assert.Equal(flags.Contains("LOWER_UP"), (link.Flags & LinkFlags.LowerUp) != 0);
        Assert.NotNull(link.Statistics);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_a_kind_has_is_what_ip_shows(string name)
    {
        var recording = Recording.Of(name);
        var link = Read(recording);
        if (LinkKinds.Find(Text(recording.LinkInfo, "info_kind"))?.Read is null)
            Assert.Null(link.Details);
        else
            Compare(link.Details!, Data(recording));
        if (link.PortKind == "bridge")
            Compare(link.Data.PortSettings!, recording.LinkInfo.GetProperty("info_slave_data"));
        else if (link.PortKind == "bond")
            Compare(link.Data.BondPortSettings!, recording.LinkInfo.GetProperty("info_slave_data"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_read_is_written_and_read_again(string name)
    {
        var link = Read(Recording.Of(name));
        foreach (var value in SetsOf(link))
        {
            var set = DeclaredSet.Of(value);
            var again = set.Read(DeclaredSet.Written(value));
            var readOnly = set.Declarations.Where(one => one.Access == Access.ReadOnly).Select(one => one.Name);
            Assert.Empty(set.Differing(value, again).Except(readOnly));
            Assert.Null(value.OutOfRange());
            Assert.Empty(value.Differences(set.Over(value, set.Empty())));
            Assert.NotEmpty(value.ToString()!);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_link_has_what_its_kind_has(string name)
    {
        var link = Read(Recording.Of(name));
        if (link.Details is not { } details || link.GetType() == typeof(NetLink))
            return;
        foreach (var property in DeclaredSet.Of(details).Declarations.Where(one => one.IsPublic))
        {
            var own = link.GetType().GetProperty(property.Name);
            Assert.Equal($"{property.Name}={property.Member.GetValue(details)}", $"{own!.Name}={own.GetValue(link)}");
        }
    }

    [Fact]
    public void A_GRE_tunnel_keeps_what_is_not_changed_also_where_its_directions_differ()
    {
        var tunnels = Recording.All.Select(Read).OfType<GreLink>().ToList();
        Assert.Contains(tunnels, link => ((GreSettings)link.Details!) is var now && now.InputFlags != now.OutputFlags);
        Assert.All(tunnels, link =>
        {
            var now = (GreSettings)link.Details!;
            var ipv6 = link.Kind.StartsWith("ip6", StringComparison.Ordinal);
            var complete = new GreSettings { Ttl = now.Ttl + 1 }.Complete(now, ipv6);
            var again = (GreSettings)DeclaredSet.Of(now).Read(DeclaredSet.Written(complete));
            Assert.Equal(now.Ttl + 1, again.Ttl);
            Assert.Equal(
                (now.InputKey, now.OutputKey, now.InputFlags, now.OutputFlags, now.Tos, now.Local, now.Remote),
                (again.InputKey, again.OutputKey, again.InputFlags, again.OutputFlags, again.Tos, again.Local,
                    again.Remote));
        });
    }

    [Fact]
    public void Every_declared_kind_is_recorded_with_every_property()
    {
        var links = Recording.All.Select(Read).ToList();
        var values = links.SelectMany(SetsOf).ToList();
        foreach (
            var set in DeclaredSet.All.Where(set => set.Empty() is LinkSettings or BridgePortSettings
                or BondPortSettings))
        {
            var told = IpProperties.Of(set.Type);
            var shown = set.Declarations.Where(one => one.IsPublic).ToList();
            Assert.Equal(shown.Select(one => one.Name).Order(), told.Keys.Order());
            if (set.Empty() is LinkSettings settings)
                Assert.Empty(settings.Kinds.Except(links.Select(link => link.Kind)));
            var own = values.Where(value => value.GetType() == set.Type).ToList();
            // A kernel that is older than a property does not tell it.
            var isOld = set.Type == typeof(GeneveSettings);
            var never = shown.Where(one => !own.Any(one.IsSet) && !(isOld && one.Since is not null))
                .Select(one => one.Name);
            Assert.Equal(
                set.Type == typeof(WireGuard.WireGuardDetails) ? told.Keys.Order()
                    : set.Type == typeof(HsrSettings) ? [nameof(HsrSettings.Version)] : [],
                never.Order());
        }
    }

    private static NetLink Read(Recording recording)
        => LinkParser.Parse(new NetlinkReply(recording.Type, NetlinkFlags.None, recording.Payload), s_nowhere)!;

    private static IEnumerable<AttributeSet> SetsOf(NetLink link)
        => new AttributeSet?[] { link.Details, link.Data.PortSettings, link.Data.BondPortSettings }
            .OfType<AttributeSet>();

    private static JsonElement Data(Recording recording)
        => recording.LinkInfo is { ValueKind: JsonValueKind.Object } info
            && info.TryGetProperty("info_data", out var data)
            ? data : default;

    private static void Compare(AttributeSet value, JsonElement shown)
    {
        var set = DeclaredSet.Of(value);
        var read = value.Differences(set.Empty()).ToDictionary(item => item.Name, item => item.Mine);
        var names = IpProperties.Of(set.Type);
        // Where ip shows the name of a link, its index is any but 0; so is a timer that runs.
        Assert.Equal(
            names.Select(item => $"{item.Key}={item.Value(shown)}"),
            names.Select(item => item.Value(shown) == IpFields.NotShown ? $"{item.Key}={IpFields.NotShown}"
                : item.Value(shown) == "*" && read.GetValueOrDefault(item.Key) is not (null or "0" or "00:00:00")
                ? $"{item.Key}=*" : $"{item.Key}={read.GetValueOrDefault(item.Key)}"));
    }

    private static LinkLayerAddress? Address(JsonElement shown, string field)
        => Text(shown, field) is { } text ? LinkLayerAddress.Parse(text) : null;

    private static string? Told(int? number) => number is null ? null : $"{number}";

    private static string? Text(JsonElement json, string field)
        => json.ValueKind == JsonValueKind.Object && json.TryGetProperty(field, out var value)
            ? value.ToString() : null;
}
