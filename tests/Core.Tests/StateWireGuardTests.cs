using System.Text.RegularExpressions;
using LxcNetworking.State;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.State.Text;
using LxcNetworking.Values;
using LxcNetworking.WireGuard;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>WireGuard links in documents, with wg(8) as the eye. Keys come from files, and are in no document, plan,
/// record or message.</summary>
public class StateWireGuardTests
{
    private const string KeyA = "/run/keys/a", KeyB = "/run/keys/b", Shared = "/run/keys/shared";

    // Public keys of nobody.
    private const string One = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=",
        Two = "TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=";

    private static StateOperations State => Stacks.Pool.Get().State;

    [Theory]
    [Trait("Kernel", "none")]
    [InlineData("privateKeyFile: keys/wg0", "links[0].privateKeyFile: 'keys/wg0' is not a full path")]
    [InlineData("privateKey: abcdef", "links[0].privateKey: 'privateKey' is no property of a wireguard link")]
    [InlineData("listenPort: 70000", "links[0].listenPort: ")]
    [InlineData("peers: [{endpoint: \"192.0.2.1:1\"}]", "links[0].peers[0]: has no 'publicKey'")]
    [InlineData("peers: [{publicKey: short}]", "links[0].peers[0].publicKey: ")]
    [InlineData("peers: [{publicKey: " + One + ", endpoint: vpn.example:1}]", "links[0].peers[0].endpoint: ")]
    [InlineData("peers: [{publicKey: " + One + ", presharedKeyFile: psk}]",
        "links[0].peers[0].presharedKeyFile: 'psk' is not a full path")]
    [InlineData("peers: [{publicKey: " + One + ", presharedKeyFile: /k, hasPresharedKey: false}]",
        "links[0].peers[0]: has a 'presharedKeyFile' and no preshared key at once")]
    [InlineData(
        "peers: [{publicKey: " + One + ", allowedIP: 10.0.0.1/8}, {publicKey: " + Two + ", allowedIP: 10.0.0.0/8}]",
        "links[0].peers[1]: has 10.0.0.0/8, which the peer " + One + " has already")]
    [InlineData("peers: [{publicKey: " + One + "}, {publicKey: " + One + "}]", "is links[0].peers[0] already")]
    public void Mistakes_are_told_with_their_place(string said, string problem)
    {
        var problems = new List<StateProblem>();
        var root = StateText.Read(
            $"links: [{{name: wg0, kind: wireguard, {said}}}]", "t", StateFormat.Yaml, problems)!;
        Assert.Null(StateDocument.Read(root, problems));
        Assert.Contains(problem, $"{Assert.Single(problems)}", StringComparison.Ordinal);
        Assert.DoesNotContain("abcdef", $"{problems[0]}", StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Kernel", "none")]
    public void Only_WireGuard_links_have_peers()
    {
        var problems = new List<StateProblem>();
        var root = StateText.Read(
            "links: [{name: d0, kind: dummy, peers: [], privateKeyFile: /k}]", "t", StateFormat.Yaml, problems)!;
        Assert.Null(StateDocument.Read(root, problems));
        Assert.Equal(2, problems.Count);
    }

    [Fact]
    [Trait("Kernel", "none")]
    public void Peers_come_and_go_with_the_document()
    {
        var lab = new StateLab();
        var text = $$"""
            links:
            - name: wg0
              kind: wireguard
              privateKeyFile: /k/wg0
              listenPort: 51820
              addresses: 10.9.0.1/24
              peers:
              - {publicKey: {{One}}, allowedIP: 10.9.0.2/32, endpoint: "192.0.2.1:51820"}
              - {publicKey: {{Two}}, presharedKeyFile: /k/psk}
            """;
        Assert.Equal(
            [
                "create link 'wg0'", "create wireguard 'wg0'", $"create peer 'wg0 {One}'", $"create peer 'wg0 {Two}'",
                "create address 'wg0 10.9.0.1/24'",
            ],
            lab.Steps(text));
        Assert.Empty(lab.Set(text));
        var edited = text.Replace("endpoint:", "persistentKeepalive: 25, endpoint:", StringComparison.Ordinal);
        Assert.Equal(
            [$"Change peer wg0 {One}: persistentKeepalive nothing -> 00:00:25", $"Remove peer wg0 {Two}"],
            lab.Set(edited[..edited.IndexOf($"  - {{publicKey: {Two}", StringComparison.Ordinal)]));
        // The link takes its keys along.
        Assert.Equal(["remove link 'wg0'"], lab.Steps("links: []"));
    }

    [Fact]
    [Trait("Kernel", "none")]
    public void A_peer_that_was_heard_elsewhere_is_left_where_it_is()
    {
        var lab = new StateLab();
        var text = $"links: [{{name: wg0, kind: wireguard, peers: [{{publicKey: {One}, endpoint: \"192.0.2.1:1\"}}]}}]";
        lab.Set(text);
        var peer = lab.Machine.Items.Values.Single(item => item.Key.Subject == StateSubject.Peer);
        peer.Values["endpoint"] = "\"192.0.2.9:9\"";
        Assert.Single(lab.Test(text));
        peer.Values[StateNeeds.Heard] = "true";
        Assert.Empty(lab.Test(text));
        Assert.Single(lab.Test(text.Replace(".1:1", ".1:2", StringComparison.Ordinal)));
    }

    [Fact]
    [Trait("Kernel", "none")]
    public void A_prefix_goes_from_one_peer_to_another_of_the_document_only()
    {
        static string Of(string key) => $"{{publicKey: {key}, allowedIP: 10.0.0.0/8}}";
        static string Link(string peers) => $"links: [{{name: wg0, kind: wireguard, peers: [{peers}]}}]";
        var lab = new StateLab();
        lab.Set(Link(Of(One)));
        Assert.Equal([$"Create peer wg0 {Two}", $"Remove peer wg0 {One}"], lab.Set(Link(Of(Two))));
        lab = new StateLab().Others(Link(Of(One)));
        Assert.Contains(
            $"10.0.0.0/8 belongs to the peer 'wg0 {One}'",
            Assert.Throws<NetworkException>(() => lab.Set(Link(Of(Two)))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Kernel", "none")]
    public void What_has_a_secret_that_is_in_no_file_goes_only_by_force()
    {
        var lab = new StateLab().Others(
            $"links: [{{name: wg0, kind: wireguard, publicKey: {One}, privateKeyFile: /k}}]");
        foreach (var item in lab.Machine.Items.Values)
            item.Values.Remove("privateKeyFile");
        const string Gone = "links: [{name: wg0, state: absent}]";
        Assert.Contains(
            "could not be put back",
            Assert.Throws<NetworkException>(() => lab.Set(Gone)).Message,
            StringComparison.Ordinal);
        // Made again, it would have no key at all.
        var again = $"links: [{{name: wg0, kind: wireguard, publicKey: {Two}}}]";
        Assert.Contains(
            "no 'privateKeyFile' to make it from",
            Assert.Throws<NetworkException>(() => lab.Set(again, new() { Force = true, Adopt = true })).Message,
            StringComparison.Ordinal);
        Assert.Equal(["Remove link wg0"], lab.Set(Gone, new() { Force = true }));
    }

    [Fact]
    public void A_link_its_key_and_its_peers_follow_the_document() => Run(() =>
    {
        var (a, b) = MakeKeys();
        Assert.NotEmpty(State.Set(Read(Pair(a, b))));
        Assert.Equal((a, "51820"), (Wg("public-key"), Wg("listen-port")));
        Assert.Equal($"{b}\t10.9.0.2/32", Wg("allowed-ips"));
        Assert.Equal($"{b}\t{File.ReadAllText(Shared).Trim()}", Wg("preshared-keys"));
        Assert.True(Eventually(() => Pings("10.9.0.2")));
        // The port and the endpoint of the second one are where it was heard.
        Assert.Empty(State.Test(Read(Pair(a, b))));
        Assert.Empty(State.Set(Read(Pair(a, b))));
        HasNoSecret();

        // Another key in the same file.
        File.Delete(KeyA);
        using (var other = WireGuardSecret.NewPrivateKey())
        {
            other.Save(KeyA);
            var document = Pair(other.PublicKey().ToString(), b);
            Assert.Contains(
                State.Test(Read(document)),
                step => step.Property == "publicKey" && step.Desired == $"{other.PublicKey()}");
            State.Set(Read(document));
            Assert.Equal($"{other.PublicKey()}", Wg("public-key"));
            Assert.Empty(State.Test(Read(document)));
        }

        State.Remove("vpn");
        Assert.Empty(Ip("-o link show type wireguard"));
    });

    [Fact]
    public void A_failing_last_step_puts_keys_and_peers_back() => Run(() =>
    {
        var (a, b) = MakeKeys();
        State.Set(Read(Pair(a, b)));
        var before = Execute("wg", "show", "wg0", "dump");
        const string Failing = "\nroutes: [{destinationPrefix: 10.4.0.0/24, nextHop: 172.16.0.1}]";
        using (var other = WireGuardSecret.NewPrivateKey())
            other.Save("/run/keys/other");
        foreach (var edited in new[]
        {
            "name: vpn\nnamespaces: [far]",
            Pair(a, b).Replace(KeyA, "/run/keys/other", StringComparison.Ordinal),
            Pair(a, b).Replace("10.9.0.2/32", "10.9.0.3/32", StringComparison.Ordinal),
            Pair(a, b).Replace($", presharedKeyFile: {Shared}", ", hasPresharedKey: false", StringComparison.Ordinal),
        })
        {
            var error = Assert.Throws<NetworkException>(() => State.Set(Read(edited + Failing)));
            Assert.Empty(error.NotRolledBack);
            Assert.Equal(before, Execute("wg", "show", "wg0", "dump"));
            Assert.Empty(State.Test(Read(Pair(a, b))));
        }

        HasNoSecret();
    });

    [Fact]
    public void A_file_that_cannot_be_taken_is_refused_with_its_place() => Run(() =>
    {
        NeedsKind("wireguard");
        MakeKeys();
        File.SetUnixFileMode(KeyB, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Execute("mkfifo", "/run/keys/pipe");
        foreach (var (file, problem) in new[]
        {
            ("/run/keys/none", "/run/keys/none"), ("/run/keys", "folder"), ("/run/keys/pipe", "no regular file"),
            (KeyB, "chmod 600"),
        })
        {
            var error = Assert.Throws<NetworkException>(
                () => State.Set(Read($"links: [{{name: wg0, kind: wireguard, privateKeyFile: {file}}}]")));
            Assert.Contains("links[0]: ", error.Message, StringComparison.Ordinal);
            Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        }

        var said = $"links: [{{name: wg0, kind: wireguard, privateKeyFile: {KeyA}, publicKey: {One}}}]";
        Assert.Contains(
            $"and not of {One}",
            Assert.Throws<NetworkException>(() => State.Set(Read(said))).Message,
            StringComparison.Ordinal);
        Assert.Empty(Ip("-o link show type wireguard"));
        State.Set(Read($"links: [{{name: wg0, kind: wireguard, privateKeyFile: {KeyB}}}]"), new() { Force = true });
    });

    [Fact]
    public void What_somebody_else_made_is_exported_without_secrets() => Run(() =>
    {
        NeedsKind("wireguard");
        var (a, b) = MakeKeys();
        Ip("link add wg0 up type wireguard");
        Execute(
            "wg", "set", "wg0", "private-key", KeyA, "listen-port", "7", "fwmark", "9", "peer", b,
            "preshared-key", Shared, "endpoint", "192.0.2.1:7", "persistent-keepalive", "25",
            "allowed-ips", "10.1.0.0/16,10.0.0.0/16");
        var document = State.Read();
        var link = document.ToNode().ToJson().GetProperty("links").EnumerateArray()
            .Single(item => item.GetProperty("name").GetString() == "wg0");
        Assert.Equal(
            (a, 7, 9),
            (link.GetProperty("publicKey").GetString(), link.GetProperty("listenPort").GetInt32(),
                link.GetProperty("firewallMark").GetInt32()));
        Assert.Equal(
            $"[{{'publicKey':'{b}','endpoint':'192.0.2.1:7','allowedIP':['10.0.0.0/16','10.1.0.0/16'],"
                + "'persistentKeepalive':'00:00:25','hasPresharedKey':true}]",
            Regex.Unescape(link.GetProperty("peers").GetRawText()).Replace('"', '\''));
        Assert.Empty(State.Test(document));
        Assert.Empty(State.Set(document));
        HasNoSecret(StateText.Write(document.ToNode(), StateFormat.Yaml));
        // It is not to be lost.
        var gone = Read("links: [{name: wg0, state: absent}]");
        Assert.Equal(NetworkErrorCode.ResourceBusy, Assert.Throws<NetworkException>(() => State.Set(gone)).Code);
        State.Set(gone, new() { Force = true });
    });

    private static StateDocument Read(string text) => StateLab.Read(text);

    // Two ends in two namespaces, the first one with its public key and a peer that is preshared.
    private static string Pair(string a, string b) => $$"""
        name: vpn
        namespaces: [far]
        links:
        - name: wg0
          kind: wireguard
          privateKeyFile: {{KeyA}}
          listenPort: 51820
          addresses: 10.9.0.1/24
          peers:
          - {publicKey: {{b}}, allowedIP: 10.9.0.2/32, endpoint: "127.0.0.1:51821", presharedKeyFile: {{Shared}}}
        - name: wg0
          namespace: far
          kind: wireguard
          parentNamespace: ""
          privateKeyFile: {{KeyB}}
          listenPort: 51821
          addresses: 10.9.0.2/24
          peers:
          - {publicKey: {{a}}, allowedIP: 10.9.0.1/32, endpoint: "127.0.0.1:51820", presharedKeyFile: {{Shared}}}
        """;

    private static (string A, string B) MakeKeys()
    {
        NeedsKind("wireguard");
        Ip("link set lo up");
        Directory.CreateDirectory("/run/keys");
        using var a = WireGuardSecret.NewPrivateKey();
        using var b = WireGuardSecret.NewPrivateKey();
        using var shared = WireGuardSecret.NewPresharedKey();
        a.Save(KeyA);
        b.Save(KeyB);
        shared.Save(Shared);
        return ($"{a.PublicKey()}", $"{b.PublicKey()}");
    }

    private static string Wg(string what) => Execute("wg", "show", "wg0", what).Trim();

    // Nothing that is kept has a key in it.
    private static void HasNoSecret(string also = "")
    {
        var kept = string.Join('\n', Directory.EnumerateFiles("/run", "*.json", SearchOption.AllDirectories)
            .Select(File.ReadAllText)) + also;
        Assert.NotEmpty(kept);
        foreach (var file in new[] { KeyA, KeyB, Shared })
            Assert.DoesNotContain(File.ReadAllText(file).Trim(), kept, StringComparison.Ordinal);
    }
}
