using System.Text.RegularExpressions;
using LxcNetworking.State;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>The documents of docs/examples, applied to a host 192.168.1.5 whose eth0 leads to another host
/// 192.168.1.10.</summary>
public partial class StateExampleTests
{
    private const string Prefix = "Examples/";

    /// <summary>The files' names. Those of kinds that every kernel has are tried where it is not emulated.</summary>
    public static TheoryData<string> Names =>
    [
        .. typeof(StateExampleTests).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Select(name => name[Prefix.Length..])
            .Where(name => !IsFullKernel || KindsOf(TextOf(name)).Except(["bridge", "veth", "vxlan"]).Any())
            .Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public void An_example_is_applied_carries_traffic_and_is_removed(string name) => Run(() =>
    {
        var text = TextOf(name);
        foreach (var kind in KindsOf(text))
            NeedsKind(kind);
        Prepare();
        var before = Picture();
        var document = StateLab.Read(text);
        var state = Stacks.Pool.Get().State;
        Assert.NotEmpty(state.Set(document));
        Assert.Empty(state.Test(document));
        var checks = state.TestTraffic(document, TestContext.Current.CancellationToken).ToList();
        Assert.NotEmpty(checks);
        Assert.All(checks, check => Assert.True(check.Succeeded, $"{check}"));
        Assert.Empty(state.Set(document));
        state.Remove(document.Name);
        Assert.Equal(before, Picture());
    });

    private static IEnumerable<string> KindsOf(string text)
        => KindName().Matches(text).Select(match => match.Groups[1].Value).Distinct();

    private static string TextOf(string name)
    {
        using var stream = typeof(StateExampleTests).Assembly.GetManifestResourceStream(Prefix + name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static void Prepare()
    {
        File.WriteAllText("/proc/sys/net/ipv6/conf/default/accept_dad", "0");
        Ip("link set lo up");
        Ip("netns add outside");
        Ip("link add eth0 type veth peer name eth0 netns outside");
        Ip("address add 192.168.1.5/24 dev eth0");
        Ip("-n outside address add 192.168.1.10/24 dev eth0");
        // What is behind the other host, and its end of a tunnel.
        Ip("-n outside address add 10.0.4.1/24 dev eth0");
        Ip("link set eth0 up");
        Ip("-n outside link set eth0 up");
        Ip("-n outside link set lo up");
        Ip("-n outside route add 10.0.3.0/24 via 192.168.1.5");
        if (TryExecute("ip", ["-n", "outside", "link", "add", "contvx", "type", "vxlan", "id", "42", "dstport", "4789",
            "local", "192.168.1.10", "remote", "192.168.1.5"]).Code == 0)
        {
            Ip("-n outside address add 10.0.8.10/24 dev contvx");
            Ip("-n outside link set contvx up");
        }

        if (TryExecute("ip", ["-n", "outside", "link", "add", "contgre", "type", "gretap", "local", "192.168.1.10",
            "remote", "192.168.1.5"]).Code != 0)
            return;
        Ip("-n outside address add 10.0.7.10/24 dev contgre");
        Ip("-n outside link set contgre up");
    }

    private static string Picture() => string.Join(
        '\n',
        [
            Lasting("addr"), Lasting("route"), Lasting("rule"), Lasting("-n outside addr"),
            NamespaceNumber().Replace(Ip("netns list"), string.Empty), Execute("nft", "list", "ruleset"),
            File.ReadAllText("/proc/sys/net/ipv4/ip_forward"),
        ]);

    [GeneratedRegex("(?:kind|encapsulation): ([a-z]+)")]
    private static partial Regex KindName();

    [GeneratedRegex(" \\(id: \\d+\\)")]
    private static partial Regex NamespaceNumber();
}
