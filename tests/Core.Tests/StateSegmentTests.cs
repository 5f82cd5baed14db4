using LxcNetworking.Namespaces;
using LxcNetworking.Segments;
using LxcNetworking.State;
using LxcNetworking.State.Apply;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Kernel;
using LxcNetworking.State.Plans;
using LxcNetworking.State.Text;
using LxcNetworking.Values;
using LxcNetworking.WireGuard;
using static LxcNetworking.Tests.Sandbox;
using static LxcNetworking.Tests.TwoHosts;

namespace LxcNetworking.Tests;

/// <summary>Segments in documents, with ip(8), wg(8) and traffic as the eye.</summary>
public class StateSegmentTests
{
    private const string KeyA = "/run/a.key", KeyB = "/run/b.key";

    public static TheoryData<SegmentEncapsulation, bool> Ways()
    {
        var ways = new TheoryData<SegmentEncapsulation, bool>();
        foreach (var encapsulation in Enum.GetValues<SegmentEncapsulation>())
        {
            ways.Add(encapsulation, false);
            ways.Add(encapsulation, true);
        }

        return ways;
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_segment_carries_what_its_document_says(
        SegmentEncapsulation encapsulation, bool isEncrypted) => Run(() =>
    {
        Prepare(encapsulation, isEncrypted);
        var before = Picture();
        var a = Text(encapsulation, isEncrypted, "a");
        Assert.Equal(["Create segment superbr0"], A.State.Set(Read(a)).Select(step => $"{step}"));
        B.State.Set(Read(Text(encapsulation, isEncrypted, "b")));
        AddContainers();
        ProveSegment();
        var made = Picture();
        Assert.Empty(A.State.Set(Read(a)));
        Assert.Equal(made, Picture());
        // The export has the segment and not its parts, and makes the same again.
        var text = StateText.Write(A.State.Read().ToNode(), StateFormat.Yaml);
        Assert.DoesNotContain("kind: bridge", text, StringComparison.Ordinal);
        Assert.DoesNotContain("-superbr0", text, StringComparison.Ordinal);
        Assert.DoesNotContain("mtu: 0", text, StringComparison.Ordinal);
        Assert.Empty(A.State.Test(Read(text)));
        Ip($"-n {HostA} link del v0");
        A.State.Remove("wide");
        Assert.Equal(before, Picture());
        text = text[text.IndexOf("segments:", StringComparison.Ordinal)..];
        A.State.Set(Read("name: again\n" + text));
        Assert.Equal(
            "name: again\n" + text, StateText.Write(A.State.ReadOwn("again").ToNode(), StateFormat.Yaml));
    });

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_change_connects_anew_and_goes_back_with_all_else(
        SegmentEncapsulation encapsulation, bool isEncrypted) => Run(() =>
    {
        Prepare(encapsulation, isEncrypted);
        var a = Text(encapsulation, isEncrypted, "a");
        A.State.Set(Read(a));
        B.State.Set(Read(Text(encapsulation, isEncrypted, "b")));
        Ip($"-n {HostA} addr add 10.0.2.1/24 dev {Bridge}");
        Ip($"-n {HostB} addr add 10.0.2.2/24 dev {Bridge}");
        var edited = a.Replace("key: 42", "key: 43", StringComparison.Ordinal);
        Assert.Empty(Assert.Throws<NetworkException>(() => A.State.Set(Read(Failing(edited)))).NotRolledBack);
        Assert.Empty(A.State.Test(Read(a)));
        Assert.True(Pings("10.0.2.2", HostA));

        var change = Assert.Single(A.State.Set(Read(edited)));
        Assert.Equal("Change segment superbr0: key 42 -> 43", $"{change}");
        Assert.Equal(["all traffic over it"], change.Disrupts);
        // The bridge has kept its address.
        Assert.Contains("10.0.2.1", Ip($"-n {HostA} addr show dev {Bridge}"), StringComparison.Ordinal);
        Assert.True(IsSilent("10.0.2.2", HostA));
        var b = Text(encapsulation, isEncrypted, "b");
        B.State.Set(Read(b.Replace("key: 42", "key: 43", StringComparison.Ordinal)));
        Assert.True(Pings("10.0.2.2", HostA));
        Assert.Equal(
            ["Change segment superbr0: mtu 0 -> 1300"],
            A.State.Set(Read(edited.Replace("key: 43", "key: 43, mtu: 1300", StringComparison.Ordinal)))
                .Select(step => $"{step}"));
        Assert.Equal(1300, IpJson($"-n {HostA} link show dev {Bridge}")[0].GetProperty("mtu").GetInt32());
        // What leaves the document goes.
        A.State.Set(Read("name: wide\nlinks: [{name: d0, kind: bridge}]"));
        Assert.Equal(["d0", "lo", "u0"], SegmentTests.LinksOf(HostA));
    });

    [Fact]
    public void Hosts_are_a_set_and_their_keys_go_along()
    {
        var keys = Enumerable.Range(0, 3).Select(_ => WireGuardSecret.NewPrivateKey().PublicKey().ToString()).ToList();
        string Of(int[] order) => StateText.Write(
            Read($"segments: [{{bridge: b, encapsulation: VXLAN, local: 192.0.2.9, privateKeyFile: /a, "
                + $"remote: [{string.Join(", ", order.Select(i => $"192.0.2.{i}"))}], "
                + $"peerPublicKey: [{string.Join(", ", order.Select(i => $"'{keys[i]}'"))}]}}]").ToNode(),
            StateFormat.Yaml);
        Assert.Equal(Of([1, 2, 0]), Of([2, 0, 1]));
    }

    [Fact]
    public void A_bridge_and_an_address_of_the_document_come_before_its_segment() => Run(() =>
    {
        NeedsKind("vxlan");
        _ = new TwoHosts();
        Ip($"-n {HostA} addr flush dev u0");
        var before = Picture();
        const string Links = """
            name: wide
            links:
              - {name: u0, addresses: [192.0.2.1/24]}
              - {name: superbr0, kind: bridge, addresses: [10.0.2.1/24]}

            """;
        var segments = Plain("local: 192.0.2.1, remote: 192.0.2.2").Replace(
            "name: wide\n", string.Empty, StringComparison.Ordinal);
        Assert.Equal(
            NetworkErrorCode.AddressNotFound,
            Assert.Throws<NetworkException>(() => A.State.Set(Read("name: wide\n" + segments))).Code);
        Assert.Equal(before, Picture());
        A.State.Set(Read(Links + segments));
        Assert.Empty(A.State.Set(Read(Links + segments)));
        var text = StateText.Write(A.State.Read().ToNode(), StateFormat.Yaml);
        Assert.Contains("kind: bridge", text, StringComparison.Ordinal);
        Assert.DoesNotContain("vxlan\n    ", text, StringComparison.Ordinal);
        Assert.Empty(A.State.Test(Read(text)));
        // The bridge stays the document's.
        A.State.Set(Read(Links));
        Assert.Equal(["lo", Bridge, "u0"], SegmentTests.LinksOf(HostA));
        Assert.Contains("10.0.2.1", Ip($"-n {HostA} addr show dev {Bridge}"), StringComparison.Ordinal);
        A.State.Set(Read(Links + segments));
        A.State.Remove("wide");
        Assert.Equal(before, Picture());
    });

    [Fact]
    public void Links_join_a_bridge_that_only_the_segment_makes() => Run(() =>
    {
        NeedsKind("vxlan");
        _ = new TwoHosts();
        var before = Picture();
        var text = Plain("local: 192.0.2.1, remote: 192.0.2.2")
            + "\nlinks: [{name: v0, kind: veth, bridge: superbr0, peer: w0}]";
        A.State.Set(Read(text));
        Assert.Equal(Bridge, IpJson($"-n {HostA} link show dev v0")[0].GetProperty("master").GetString());
        Assert.Empty(A.State.Set(Read(text)));
        // Whoever takes the bridge over keeps it.
        var adopted = text.Replace(
            "links: [", "links: [{name: superbr0, kind: bridge}, ", StringComparison.Ordinal);
        A.State.Set(Read(adopted), new() { Adopt = true });
        A.State.Set(Read("name: wide\nlinks: [{name: superbr0, kind: bridge}]"));
        Assert.Equal(["lo", Bridge, "u0"], SegmentTests.LinksOf(HostA));
        A.State.Remove("wide");
        Assert.Equal(before, Picture());
    });

    [Fact]
    public void A_segment_of_somebody_else_is_in_the_way() => Run(() =>
    {
        NeedsKind("vxlan");
        _ = new TwoHosts();
        A.Segments.Connect(new SegmentSpec(Bridge, UnderlayA, [UnderlayB], SegmentEncapsulation.Vxlan));
        var text = Plain("local: 192.0.2.1, remote: 192.0.2.2");
        Assert.Empty(A.State.Set(Read(text)));
        Assert.Empty(A.State.ListNames());
        var other = Plain("local: 192.0.2.1, remote: [192.0.2.2, 192.0.2.3]");
        var error = Assert.Throws<NetworkException>(() => A.State.Set(Read(other)));
        Assert.Equal(NetworkErrorCode.ObjectExists, error.Code);
        Assert.Contains("segments[0]", error.Message, StringComparison.Ordinal);
        Assert.Single(A.State.Set(Read(other), new() { Adopt = true }));
        Assert.Equal([UnderlayB, IPAddress.Parse("192.0.2.3")], A.Segments.Get(Bridge).Remote);
        A.State.Remove("wide");
        Assert.Equal(["lo", "u0"], SegmentTests.LinksOf(HostA));
    });

    [Fact]
    public void What_a_killed_command_has_left_goes() => Run(() =>
    {
        NeedsKind("vxlan");
        _ = new TwoHosts();
        foreach (var isComplete in new[] { false, true })
        {
            // The bridge is made, and the tunnel is being made or has just been.
            Ip($"-n {HostA} link add {Bridge} type bridge");
            Execute("ip", "-n", HostA, "link", "set", Bridge, "alias", $"NetSegment {Bridge}");
            Ip($"-n {HostA} link add vx0-{Bridge} group {ContainerConnectionTests.GroupOfTheDead} type vxlan id 1 "
                + $"dstport 4789 local {UnderlayA}");
            if (isComplete)
            {
                Ip($"-n {HostA} link set vx0-{Bridge} group 0 master {Bridge}");
                Execute("ip", "-n", HostA, "link", "set", $"vx0-{Bridge}", "alias", $"NetSegment {Bridge}");
            }

            new StateFiles(A.Cookie).WriteJournal(new StateRecord("wide", A.Cookie, [])
            {
                Before =
                [
                    new StateItem(new(StateSubject.Segment, string.Empty, Bridge))
                    { Presence = NetStatePresence.Absent },
                ],
                Namespaces = [string.Empty],
            });
            Assert.Equal(NetStateResult.Killed, Assert.Single(A.State.Recover()).Result);
            Assert.Equal(["lo", "u0"], SegmentTests.LinksOf(HostA));
        }
    });

    [Theory]
    [InlineData("{encapsulation: vxlan, ENDS}", "segments[0]: has no 'bridge'")]
    [InlineData(
        "{bridge: b}",
        "segments[0]: has no 'encapsulation'; segments[0]: has no 'local'; segments[0]: has no 'remote'")]
    [InlineData("{bridge: b, encapsulation: ipip, local: 1.1.1, remote: 2.2.2.2, prot: 1}",
        "segments[0].encapsulation: ; segments[0].local: ; "
            + "segments[0].prot: 'prot' is no property of a segment; 'port' is")]
    [InlineData("{bridge: b, encapsulation: vxlan, local: 1.1.1.1, remote: [1.1.1.1]}", "[0]: The addresses of")]
    [InlineData("{bridge: b, encapsulation: vxlan, local: 1.1.1.1, remote: []}", "[0]: The segment of 'b' cannot be")]
    [InlineData("{bridge: b, encapsulation: gretap, ENDS, port: 7}", "segments[0]: The segment of")]
    [InlineData("{bridge: 'a/b', encapsulation: gretap, ENDS}", "segments[0]: 'a/b' cannot name")]
    [InlineData("{bridge: b, encapsulation: gretap, ENDS, key: -1}", "segments[0].key: ")]
    [InlineData("{bridge: b, encapsulation: gretap, ENDS, privateKeyFile: a.key}",
        "segments[0].privateKeyFile: 'a.key' is not a full path")]
    [InlineData("{bridge: b, encapsulation: gretap, ENDS, privateKeyFile: /a.key}",
        "segments[0]: has 'privateKeyFile', and no 'peerPublicKey'")]
    [InlineData("{bridge: b, encapsulation: gretap, ENDS, peerPublicKey: KEY}",
        "segments[0]: has 'peerPublicKey', and no 'privateKeyFile'")]
    [InlineData("{bridge: b, encapsulation: gretap, local: 1.1.1.1, remote: [2.2.2.2, 3.3.3.3], "
        + "privateKeyFile: /a.key, peerPublicKey: KEY}", "segments[0]: The segment of 'b' cannot be: 1 public keys")]
    [InlineData("{bridge: b, encapsulation: vxlan, ENDS, privateKey: x}",
        "segments[0].privateKey: 'privateKey' is no property of a segment")]
    public void Mistakes_are_told(string segment, string expected)
    {
        var problems = new List<StateProblem>();
        var yaml = $"segments: [{segment}]".Replace("ENDS", "local: 1.1.1.1, remote: 2.2.2.2", StringComparison.Ordinal)
            .Replace("KEY", "SNC1rF4bGqIc2B3vUAsN1bXUtTRjRgaJC2dJBhDoNFM=", StringComparison.Ordinal);
        Assert.Null(StateDocument.Read(StateText.Read(yaml, "t", StateFormat.Yaml, problems)!, problems));
        var parts = expected.Split("; segments", StringSplitOptions.None);
        Assert.Equal(parts.Length, problems.Count);
        Assert.All(parts.Zip(problems), pair => Assert.Contains(
            pair.First.TrimStart('s'), $"{pair.Second}", StringComparison.Ordinal));
    }

    [Fact]
    public void Keys_are_read_from_the_named_file_alone_and_are_nowhere_else() => Run(() =>
    {
        Prepare(SegmentEncapsulation.Vxlan, isEncrypted: true);
        var a = Text(SegmentEncapsulation.Vxlan, true, "a");
        var key = File.ReadAllText(KeyA).Trim();
        A.State.Set(Read(a));
        foreach (var text in Directory.GetFiles("/run/lxcnetworking/state").Select(File.ReadAllText).Concat(
            [
                StateText.Write(A.State.Read().ToNode(), StateFormat.Json), Ip($"-n {HostA} -d link"),
                string.Join(' ', A.State.TestRemoval("wide")), $"{A.Segments.Get(Bridge)}",
            ]))
            Assert.DoesNotContain(key, text, StringComparison.Ordinal);
        // Another key in the file is another segment.
        var made = Picture();
        File.Delete(KeyA);
        using (var other = WireGuardSecret.NewPrivateKey())
        {
            other.Save(KeyA);
            // The one that is there could not be put back.
            var lost = Assert.Throws<NetworkException>(() => A.State.Set(Read(a)));
            Assert.Contains(KeyA, lost.Message, StringComparison.Ordinal);
            Assert.Equal(made, Picture());
            Assert.Equal(
                NetStateAction.Change, Assert.Single(A.State.Set(Read(a), new() { Force = true })).Action);
            Assert.Equal(other.PublicKey(), A.Segments.Get(Bridge).PublicKey);
        }

        // What a killed command has removed is made again from the file.
        NoteWhatIsThere();
        A.Segments.Disconnect(Bridge);
        Assert.Single(A.State.Recover());
        Assert.Empty(A.State.Set(Read(a)));
        File.Delete(KeyA);
        var gone = Assert.Throws<NetworkException>(() => A.State.Remove("wide"));
        Assert.Contains(KeyA, gone.Message, StringComparison.Ordinal);
        A.State.Remove("wide", new() { Force = true });
        Assert.Equal(["lo", "u0"], SegmentTests.LinksOf(HostA));
    });

    [Fact]
    public void A_file_without_a_key_is_refused_with_its_place() => Run(() =>
    {
        Prepare(SegmentEncapsulation.Vxlan, isEncrypted: true);
        var before = Picture();
        var a = Text(SegmentEncapsulation.Vxlan, true, "a");
        File.SetUnixFileMode(KeyA, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Refuses(NetworkErrorCode.PermissionDenied);
        A.State.Set(Read(a), new() { Force = true });
        A.State.Remove("wide");
        File.WriteAllText(KeyA, "no key");
        File.SetUnixFileMode(KeyA, UnixFileMode.UserRead);
        Refuses(NetworkErrorCode.InvalidArgument);
        File.Delete(KeyA);
        Refuses(NetworkErrorCode.ObjectNotFound);
        Assert.Equal(before, Picture());

        void Refuses(NetworkErrorCode code)
        {
            var error = Assert.Throws<NetworkException>(() => A.State.Set(Read(a)));
            Assert.Equal(code, error.Code);
            Assert.Contains("t:2:12: segments[0]: ", error.Message, StringComparison.Ordinal);
            Assert.Contains(KeyA, error.Message, StringComparison.Ordinal);
        }
    });

    [Fact]
    public void A_forged_file_is_not_given_to_whoever_forged_it() => Run(() =>
    {
        Prepare(SegmentEncapsulation.Vxlan, isEncrypted: true);
        var a = Text(SegmentEncapsulation.Vxlan, true, "a");
        A.State.Set(Read(a));
        var own = A.Segments.Get(Bridge).PublicKey;
        foreach (var link in new[] { $"vx0-{Bridge}", $"wg0-{Bridge}" })
            Execute("ip", "-n", HostA, "link", "set", link, "alias", $"NetSegment {Bridge} file={KeyB}");
        // Whoever removes it is told that it could not be put back, and it is not.
        var other = Read("name: other\nsegments: [{bridge: superbr0, state: absent}]");
        Assert.Equal(
            NetworkErrorCode.ResourceBusy, Assert.Throws<NetworkException>(() => A.State.Set(other)).Code);
        Assert.Equal(own, A.Segments.Get(Bridge).PublicKey);
        NoteWhatIsThere();
        A.Segments.Disconnect(Bridge);
        Assert.Contains(
            KeyB, Assert.Throws<NetworkException>(() => A.State.Recover()).NotRolledBack.Single(), default);
        Assert.Empty(A.Segments.List());
    });

    // As a command has it on file before its first step.
    private static void NoteWhatIsThere()
    {
        var there = new KernelState(A).Read(StateScope.All([string.Empty]), default).Items.Values;
        var files = new StateFiles(A.Cookie);
        files.WriteJournal(new StateRecord("wide", A.Cookie, files.Find("wide")!.Owned)
        {
            Before = [.. there.Where(item => item.Key.Subject == StateSubject.Segment)],
            Namespaces = [string.Empty],
        });
    }

    // A second segment cannot have what the first one has.
    private static string Failing(string text)
    {
        var first = text[text.IndexOf('{', StringComparison.Ordinal)..text.LastIndexOf(']')];
        return text[..text.LastIndexOf(']')] + ", "
            + first.Replace(Bridge, "other0", StringComparison.Ordinal) + "]";
    }

    private static void Prepare(SegmentEncapsulation encapsulation, bool isEncrypted)
    {
        SegmentTests.Needs(encapsulation, isEncrypted);
        if (isEncrypted)
            NeedsKind("wireguard");
        _ = new TwoHosts();
        SegmentTests.EnableIPv6();
        foreach (var file in isEncrypted ? new[] { KeyA, KeyB } : [])
        {
            using var key = WireGuardSecret.NewPrivateKey();
            key.Save(file);
        }
    }

    private static string Text(SegmentEncapsulation encapsulation, bool isEncrypted, string host)
    {
        var (local, remote) = host == "a" ? (UnderlayA, UnderlayB) : (UnderlayB, UnderlayA);
        var encryption = string.Empty;
        if (isEncrypted)
        {
            using var other = WireGuardSecret.FromFile(host == "a" ? KeyB : KeyA);
            encryption = $", privateKeyFile: /run/{host}.key, peerPublicKey: '{other.PublicKey()}'";
        }

        return $"name: wide\nsegments: [{{bridge: {Bridge}, encapsulation: {encapsulation}, key: 42, local: {local}, "
            + $"remote: {remote}{encryption}}}]";
    }

    private static string Plain(string ends)
        => $"name: wide\nsegments: [{{bridge: superbr0, encapsulation: vxlan, {ends}}}]";

    private static StateDocument Read(string yaml) => StateLab.Read(yaml);

    private static string Picture() => string.Join(
        '\n', Lasting($"-n {HostA} addr"), Lasting($"-n {HostA} route"),
        TryExecute("ip", "-n", HostA, "l2tp", "show", "session").Output);
}
