using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using LxcNetworking.Links;
using LxcNetworking.Links.Quality;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>Links whose quality is set, and what tc and ping tell of them.</summary>
internal static partial class LinkQualityLab
{
    // A pair, one end of which is in a namespace of its own where it is to answer.
    internal static (NetworkStack Stack, NetLink Link) Pair(bool apart = false)
    {
        if (apart)
        {
            Ip("netns add far");
            Ip("link add v0 type veth peer name v1 netns far");
            Ip("-n far addr add 10.9.0.2/24 dev v1");
            Ip("-n far addr add fd00::2/64 dev v1 nodad");
            Ip("-n far link set v1 up");
            Ip("addr add 10.9.0.1/24 dev v0");
            Ip("addr add fd00::1/64 dev v0 nodad");
        }
        else
        {
            Ip("link add v0 type veth peer name v1");
        }

        Ip("link set v0 up");
        var stack = Stacks.Pool.Get();
        return (stack, stack.Links.Get("v0"));
    }

    internal static NetLinkQuality Only(NetworkStack stack, NetLink link) => Assert.Single(stack.Quality.List(link));

    internal static IEnumerable<string> Shown(IEnumerable<NetLinkQuality> all) => all.Select(one => $"{one}");

    internal static string? Text(JsonElement shown, string name) => shown.GetProperty(name).GetString();

    internal static void Tc(string arguments) => Execute("tc", arguments.Split(' '));

    internal static JsonElement TcJson(string arguments)
        => JsonDocument.Parse(Execute("tc", ["-j", "-d", "-s", .. arguments.Split(' ')])).RootElement;

    internal static JsonElement Root(string link)
        => TcJson($"qdisc show dev {link}").EnumerateArray().Single(one => one.TryGetProperty("root", out _));

    internal static void AssertParts(JsonElement shown, params (string Name, double Value)[] parts)
        => Assert.All(parts, part => Assert.Equal(part.Value, shown.GetProperty(part.Name).GetDouble(), 6));

    internal static void AssertRefused(NetworkErrorCode? code, string words, Action change)
    {
        var refusal = Assert.Throws<NetworkException>(change);
        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
        Assert.Empty(refusal.NotRolledBack);
        if (code is not null)
            Assert.Equal(code, refusal.Code);
    }

    internal static bool Has(string kind)
    {
        var (code, _, error) = TryExecute("tc", "qdisc", "add", "dev", "lo", "root", kind);
        TryExecute("tc", "qdisc", "del", "dev", "lo", "root");
        return code == 0 || !error.Contains("unknown", StringComparison.Ordinal);
    }

    internal static bool HasFilter()
    {
        Tc("qdisc add dev lo ingress");
        const string Filter = "filter add dev lo ingress matchall action mirred egress redirect dev lo";
        var (code, _, _) = TryExecute("tc", Filter.Split(' '));
        Tc("qdisc del dev lo ingress");
        return code == 0;
    }

    internal static void NeedsQdisc(string kind)
    {
        if (!Has(kind))
            Lacking($"this kernel has no {kind}");
    }

    internal static int Received(string arguments)
    {
        var (_, output, _) = TryExecute("ping", ["-n", "-q", .. arguments.Split(' ')]);
        return int.Parse(ReceivedCount().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    internal static List<double> Times(string address)
    {
        var (_, output, _) = TryExecute("ping", "-n", "-c", "2", "-i", "0.1", "-W", "9", address);
        var times = AnswerTime().Matches(output)
            .Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(2, times.Count);
        return times;
    }

    [GeneratedRegex(@"(\d+) received")]
    internal static partial Regex ReceivedCount();

    [GeneratedRegex(@"time=([\d.]+) ms")]
    internal static partial Regex AnswerTime();
}
