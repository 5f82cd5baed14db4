using LxcNetworking.Namespaces;
using LxcNetworking.Segments;
using LxcNetworking.Values;
using LxcNetworking.WireGuard;
using static LxcNetworking.Tests.Sandbox;
using static LxcNetworking.Tests.TwoHosts;

namespace LxcNetworking.Tests;

/// <summary>Segments as their links tell them, with ip(8) as the other hand.</summary>
public class SegmentReadingTests
{
    private const string KeyFile = "/run/superbr0.key";

    [Theory]
    [MemberData(nameof(SegmentTests.Ways), MemberType = typeof(SegmentTests))]
    public void A_segment_is_read_as_it_was_made(
        SegmentEncapsulation encapsulation, bool encrypted, bool ipv6) => Run(() =>
    {
        SegmentTests.Needs(encapsulation, ipv6 || encrypted);
        if (encrypted)
            NeedsKind("wireguard");
        _ = new TwoHosts();
        SegmentTests.EnableIPv6();
        IPAddress third = IPAddress.Parse(ipv6 ? "2001:db8::3" : "192.0.2.3");
        var (a, b) = ipv6 ? (UnderlayA6, UnderlayB6) : (UnderlayA, UnderlayB);
        using WireGuardSecret own = WireGuardSecret.NewPrivateKey(), second = WireGuardSecret.NewPrivateKey();
        own.Save(KeyFile);
        var hasPort = encapsulation is SegmentEncapsulation.Vxlan or SegmentEncapsulation.L2tp;
        var spec = new SegmentSpec(Bridge, a, [third, b], encapsulation)
        {
            Key = 77,
            Port = hasPort ? 5000 : null,
            Mtu = 1300,
            Encryption = encrypted
                ? new(null, [WireGuardSecret.NewPrivateKey().PublicKey(), second.PublicKey()])
                {
                    ListenPort = 5555,
                    PrivateKeyFile = KeyFile,
                }
                : null,
        };
        ReadsAs(spec, A.Segments.Connect(spec));
        A.Segments.Disconnect(Bridge);
        Assert.Empty(A.Segments.List());
        // What is usual is read as such.
        spec = spec with
        {
            Key = null,
            Port = null,
            Mtu = null,
            Remote = [b],
            Encryption = encrypted ? new(null, [second.PublicKey()]) { PrivateKeyFile = KeyFile } : null,
        };
        ReadsAs(spec, A.Segments.Connect(spec));
    });

    [Fact]
    public void Parts_of_an_earlier_version_are_found_and_disconnected() => Run(() =>
    {
        NeedsKind("vxlan");
        _ = new TwoHosts();
        Ip($"-n {HostA} link add {Bridge} type bridge");
        Alias(Bridge, $"NetSegment {Bridge}");
        Ip($"-n {HostA} link add vx0 master {Bridge} type vxlan id 9 dstport 4789 local {UnderlayA}");
        Execute("bridge", "-n", HostA, "fdb", "append", "00:00:00:00:00:00", "dev", "vx0", "dst", $"{UnderlayB}");
        Alias("vx0", $"NetSegment {Bridge}");
        var segment = Assert.Single(A.Segments.List());
        Assert.Equal($"{Bridge}: Vxlan from {UnderlayA} to {UnderlayB}", $"{segment}");
        Assert.Equal((9, 4789, true), (segment.Key, segment.Port, segment.IsWhole));
        A.Segments.Disconnect(Bridge);
        Assert.Equal(["lo", "u0"], SegmentTests.LinksOf(HostA));
    });

    [Fact]
    public void A_forged_alias_tells_nothing_that_the_kernel_does_not() => Run(() =>
    {
        NeedsKind("vxlan");
        _ = new TwoHosts();
        Ip($"-n {HostA} link add {Bridge} type bridge");
        Ip($"-n {HostA} link add vx0 master {Bridge} type vxlan id 9 dstport 4789 local {UnderlayA}");
        Alias("vx0", $"NetSegment {Bridge} key=5 local=203.0.113.7 file=/etc/shadow");
        var segment = Assert.Single(A.Segments.List());
        Assert.Equal((9, UnderlayA, false), (segment.Key, segment.Local, segment.IsWhole));
        Assert.Empty(segment.Remote);
        Assert.Null(segment.PrivateKeyFile);
        Assert.Throws<NetworkException>(() => segment.CounterpartOf(0));
        // A tunnel that is no port leads nowhere, and without a bridge none is one.
        Ip($"-n {HostA} link del {Bridge}");
        Assert.Empty(Assert.Single(A.Segments.List()).Tunnel);
        Alias("vx0", "NetSegment tunnel: 5");
        Assert.Empty(A.Segments.List());
    });

    [Theory]
    [InlineData("NetSegment superbr0", null, false, null, null)]
    [InlineData("NetSegment superbr0 key=7", 7L, false, null, null)]
    [InlineData("NetSegment superbr0 mtu", null, true, null, null)]
    [InlineData("NetSegment superbr0 key=4294967295 mtu local=2001:db8::1 file=/etc/a b/c.key", 4294967295L, true,
        "2001:db8::1", "/etc/a b/c.key")]
    // What is not written so says the bridge alone.
    [InlineData("NetSegment superbr0 mtu key=7", null, false, null, null)]
    [InlineData("NetSegment superbr0 key=4294967296", null, false, null, null)]
    [InlineData("NetSegment superbr0 key=-1", null, false, null, null)]
    [InlineData("NetSegment superbr0 local=1.1.1", null, false, null, null)]
    [InlineData("NetSegment superbr0 file=etc/a", null, false, null, null)]
    [InlineData("NetSegment superbr0 file=/etc/\\x0aa", null, false, null, null)]
    [InlineData("NetSegment superbr0  mtu", null, false, null, null)]
    public void Aliases_are_read_strictly(string alias, long? key, bool hasMtu, string? local, string? file)
    {
        var mark = SegmentMark.Read(alias)!;
        Assert.Equal("superbr0", mark.Bridge);
        Assert.Equal((key, hasMtu, local, file), (mark.Key, mark.HasMtu, mark.Local?.ToString(), mark.PrivateKeyFile));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("NetSegment")]
    [InlineData("NetSegment ")]
    [InlineData("netsegment superbr0")]
    [InlineData("NetSegment tunnel: 5")]
    public void Other_aliases_are_no_marks(string? alias) => Assert.Null(SegmentMark.Read(alias));

    [Theory]
    [InlineData("/etc/wireguard/a.key", true)]
    [InlineData("/etc/wireguard/a\\b.key", false)]
    [InlineData("/etc/wireguard/a\nb.key", false)]
    [InlineData("a.key", false)]
    public void A_file_is_kept_where_it_can_be_read_again(string file, bool isKept)
    {
        using var key = WireGuardSecret.NewPrivateKey();
        var spec = new SegmentSpec(Bridge, UnderlayA6, [UnderlayB6], SegmentEncapsulation.Vxlan)
        { Encryption = new(key, [key.PublicKey()]) { PrivateKeyFile = file } };
        var mark = SegmentMark.Of(spec);
        Assert.Equal(isKept ? file : null, mark.PrivateKeyFile);
        Assert.Equal(mark, SegmentMark.Read(mark.ToString()));
        // An alias has 255 bytes.
        var most = 255 - SegmentMark.Of(spec with { Encryption = spec.Encryption with { PrivateKeyFile = "/" } })
            .ToString().Length;
        foreach (var (length, fits) in new[] { (most, true), (most + 1, false) })
        {
            mark = SegmentMark.Of(spec with
            { Encryption = spec.Encryption with { PrivateKeyFile = "/" + new string('a', length) } });
            Assert.Equal(fits, mark.PrivateKeyFile is not null);
        }
    }

    private static void ReadsAs(SegmentSpec spec, NetSegment made)
    {
        var read = A.Segments.Get(Bridge);
        Assert.Equal($"{spec.Local}", $"{read.Local}");
        Assert.Equal(spec.Remote.Order(), read.Remote);
        Assert.Equal(
            (made.Encapsulation, made.Key, made.Port, made.Mtu, made.HasGivenMtu),
            (read.Encapsulation, read.Key, read.Port, read.Mtu, read.HasGivenMtu));
        Assert.Equal(
            (made.WireGuardLink, made.PublicKey, made.ListenPort, made.PrivateKeyFile, made.InterfaceIndex),
            (read.WireGuardLink, read.PublicKey, read.ListenPort, read.PrivateKeyFile, read.InterfaceIndex));
        Assert.Equal(made.Tunnel.Order(StringComparer.Ordinal), read.Tunnel.Order(StringComparer.Ordinal));
        Assert.Equal(
            made.PeerPublicKey.Zip(made.Remote).OrderBy(pair => pair.Second).Select(pair => pair.First),
            read.PeerPublicKey);
        Assert.True(read.IsWhole);
        var (one, other) = (made.CounterpartOf(0), read.CounterpartOf(read.Remote.IndexOf(made.Remote[0])));
        Assert.Equal(
            (one.Spec.Key, one.Spec.Port, one.Spec.Mtu, one.ListenPort, one.PrivateKeyFile),
            (other.Spec.Key, other.Spec.Port, other.Spec.Mtu, other.ListenPort, other.PrivateKeyFile));
    }

    private static void Alias(string link, string alias)
        => Execute("ip", "-n", HostA, "link", "set", link, "alias", alias);
}
