using System.Text.Json;
using LxcNetworking.State.Plans;
using static LxcNetworking.Tests.LxcnetProgram;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>The commands of lxcnet: what they do, say and end with.</summary>
[Trait("Kernel", "none")]
public class LxcnetTests
{
    private const string Document = """
        name: lab
        namespaces: [web]
        links:
        - {name: b0, kind: bridge, addresses: [10.9.0.1/24]}
        - {name: p0, kind: veth, bridge: b0, peer: {name: eth0, namespace: web, addresses: 10.9.0.2/24}}
        checks:
        - {to: 10.9.0.2}
        - {from: web, to: 10.9.0.1, port: 9}
        """;

    [Fact]
    public void A_document_is_planned_applied_tested_shown_and_removed() => Run(() =>
    {
        var before = Picture();
        var file = Write("lab.yaml", Document);
        var plan = Lxcnet(2, "plan", file).Split('\n');
        Assert.Matches("^ACTION +THING +NAMESPACE$", plan[0]);
        Assert.Contains(plan, line => line.StartsWith("Create  link b0", StringComparison.Ordinal));
        Assert.All(plan, line => Assert.InRange(line.Length, 0, 80));
        Assert.Equal(string.Join('\n', plan), Lxcnet(2, "apply", file, "--dry-run"));
        Assert.Equal(before, Picture());
        Assert.False(Directory.Exists("/run/lxcnetworking"));

        Assert.Equal(string.Join('\n', plan), Lxcnet(0, "apply", file));
        Assert.Equal(string.Empty, Lxcnet(0, "apply", file));
        Assert.Equal(string.Empty, Lxcnet(0, "test", file));
        Assert.Equal(string.Empty, Lxcnet(0, "plan", file));

        Ip("link set b0 mtu 1300");
        Ip("address del 10.9.0.1/24 dev b0");
        var different = Lxcnet(2, "test", file);
        Assert.Contains("Create  address b0 10.9.0.1/24", different, StringComparison.Ordinal);
        Assert.Equal(string.Empty, Lxcnet(2, "test", file, "--quiet"));
        Assert.NotEqual(string.Empty, Lxcnet(0, "apply", file));

        Assert.Matches("^NAME  THINGS\nlab   .*2 links", Lxcnet(0, "show"));
        var shown = Lxcnet(0, "show", "lab");
        Assert.StartsWith("name: lab\n", shown, StringComparison.Ordinal);
        Assert.Equal(shown, Lxcnet(0, "export", "--name", "lab"));
        Assert.Contains("10.9.0.2/24", shown, StringComparison.Ordinal);

        Assert.Contains("Remove  link b0", Lxcnet(2, "remove", "lab", "--dry-run"), StringComparison.Ordinal);
        Assert.Contains("Remove  link b0", Lxcnet(0, "remove", "lab"), StringComparison.Ordinal);
        Assert.Equal(before, Picture());
        Assert.Equal(string.Empty, Lxcnet(0, "show"));
        Assert.StartsWith("lxcnet: No document 'lab' has made anything", Fail(1, "remove", "lab"),
            StringComparison.Ordinal);
        Assert.EndsWith(" 'lxcnet show' lists those that are there.", Fail(1, "show", "lab"), StringComparison.Ordinal);
        Assert.Equal(string.Empty, Lxcnet(0, "remove", "--all"));
        Assert.Equal("lxcnet: Which document? Name it, or use --all.", Fail(1, "remove"));
    });

    [Fact]
    public void Objects_are_lines_of_json_with_the_properties_of_the_modules() => Run(() =>
    {
        var file = Write("lab.yaml", Document);
        var planned = Lines(Lxcnet(2, "plan", file, "--json"));
        Assert.Equal(NamesOf<NetStateDifference>(), NamesOf(planned[0]));
        Assert.Contains(planned, line => Text(line, "target") == "link p0" && Text(line, "action") == "Create"
            && Text(line, "path") == "links[1]" && line.GetProperty("line").GetInt32() == 5);
        Assert.Equal(planned.Count, Lines(Lxcnet(0, "apply", file, "--json")).Count);
        Assert.Equal(string.Empty, Lxcnet(0, "apply", file, "--json"));

        var checks = Lines(Lxcnet(2, "test", file, "--traffic", "--json"));
        Assert.Equal(NamesOf<State.NetStateCheck>(), NamesOf(checks[0]));
        Assert.Equal([true, false], checks.Select(line => line.GetProperty("succeeded").GetBoolean()));
        var table = Lxcnet(2, "test", file, "--traffic");
        Assert.Matches("^FROM +TO +PORT +ANSWER\nhere +10.9.0.2 +in ", table);

        var shown = Assert.Single(Lines(Lxcnet(0, "show", "--json")));
        Assert.Equal("lab", Text(shown, "name"));
        Assert.Equal(2, shown.GetProperty("links").GetArrayLength());
        Assert.NotEqual(string.Empty, Text(shown, "namespaceId"));
        var all = Assert.Single(Lines(Lxcnet(0, "export", "--json")));
        Assert.Contains(all.GetProperty("namespaces").EnumerateArray(), name => name.GetString() == "web");

        var error = Assert.Single(Lines(Fail(1, "show", "no\e[31m", "--json")));
        Assert.Equal("ObjectNotFound", Text(error, "code"));
        Assert.Contains(@"no\x1b[31m", Text(error, "error"), StringComparison.Ordinal);
        Assert.Equal(planned.Count, Lines(Lxcnet(0, "remove", "--all", "--json")).Count);
    });

    [Fact]
    public void Everything_that_is_mistaken_is_told_at_once_and_other_documents_are_applied() => Run(() =>
    {
        var bad = Write("bad.yaml", "name: bad\nlinks:\n- {name: a, kind: dumy}\n- {name: b, kind: bridge, mtuu: 3}\n");
        var good = Write("good.yaml", "name: good\nlinks: [{name: d0, kind: bridge}]");
        var again = Write("again.json", """{"name": "good"}""");
        var lines = Fail(1, "apply", bad, good, again, Folder + "/none.yaml").Split('\n');
        Assert.Equal(4, lines.Length);
        Assert.StartsWith($"{bad}:3:19: links[0].kind: ", lines[0], StringComparison.Ordinal);
        Assert.StartsWith($"{bad}:4:27: links[1].mtuu: ", lines[1], StringComparison.Ordinal);
        Assert.Contains("is named 'good' as", lines[2], StringComparison.Ordinal);
        Assert.Contains("none.yaml", lines[3], StringComparison.Ordinal);
        Assert.Contains("d0", Ip("-br link"), StringComparison.Ordinal);

        var errors = Lines(Fail(1, "plan", bad, "--json"));
        Assert.Equal([3, 4], errors.Select(error => error.GetProperty("line").GetInt32()));
        Assert.Equal("links[1].mtuu", Text(errors[1], "path"));
        Assert.Equal(bad, Text(errors[1], "file"));
        _ = Lxcnet(0, "remove", "good");
        Assert.Contains("read by PowerShell alone", Fail(1, "test", Write("a.psd1", "@{}")), StringComparison.Ordinal);
    });

    [Fact]
    public void A_document_comes_from_standard_input() => Run(() =>
    {
        Assert.Equal((0, string.Empty), Brief(Feed("name: a\nlinks: [{name: d0, kind: bridge}]", "apply", "-", "-q")));
        const string Json = "{\"name\": \"a\", // so\n \"links\": [{\"name\": \"d0\", \"kind\": \"bridge\"}]}";
        Assert.Equal((0, string.Empty), Brief(Feed(Json, "test", "-", "--format", "json")));
        var (code, _, error) = Feed("links: [{name: d0, kind: dumy}]", "test", "-");
        Assert.Equal(1, code);
        Assert.StartsWith("standard input:1:26: links[0].kind: ", error, StringComparison.Ordinal);
        Assert.Contains("UTF-8", Feed("\ud800", "test", "-").Error + NotUtf8(), StringComparison.Ordinal);
        // A file whose name does not say its format, and one that begins as an option or a response file does.
        File.WriteAllText("/run/@a", "name: a");
        Assert.Contains("Remove  link d0", Lxcnet(2, "plan", "/run/@a", "--format", "yaml"),
            StringComparison.Ordinal);
        Assert.Contains("does not say what is in it", Fail(1, "plan", "/run/@a"), StringComparison.Ordinal);
        Assert.Contains("'-a.yaml'", Fail(1, "plan", "--", "-a.yaml"), StringComparison.Ordinal);
        Assert.Contains("@a", Fail(1, "plan", "@a"), StringComparison.Ordinal);

        static string NotUtf8() => TryExecute(
            "sh", "-c", $"printf 'name: \\377' | '{ProgramPath}' test -").Error;
    });

    [Fact]
    public void What_is_in_the_way_is_refused_with_the_option_that_does_it() => Run(() =>
    {
        Ip("link add d0 mtu 1300 type bridge");
        var file = Write("a.yaml", "name: a\nnamespaces: [web]\nlinks: [{name: d0, kind: bridge, mtu: 1400}]");
        var refusal = Fail(3, "apply", file);
        Assert.StartsWith("lxcnet: ", refusal, StringComparison.Ordinal);
        Assert.EndsWith(" Use --adopt if that is meant.", refusal, StringComparison.Ordinal);
        Assert.Equal(refusal, Fail(3, "plan", file));
        Assert.Equal("Use --adopt if that is meant.", Text(Lines(Fail(3, "test", file, "--json"))[0], "advice"));
        Assert.Matches("Change +link d0 +mtu from 1300 to 1400", Lxcnet(0, "apply", file, "--adopt"));
        Ip("-n web link add other type bridge");
        Assert.EndsWith(" Use --force if that is meant.", Fail(3, "remove", "a"), StringComparison.Ordinal);
        _ = Lxcnet(0, "remove", "a", "--force");
        var export = Folder + "/now.json";
        _ = Lxcnet(0, "export", export);
        Assert.EndsWith(" Use --force if that is meant.", Fail(3, "export", export), StringComparison.Ordinal);
        _ = Lxcnet(0, "export", export, "--force");
        Assert.Equal(string.Empty, Lxcnet(0, "test", export));
    });

    [Fact]
    public void What_a_failure_leaves_is_put_back() => Run(() =>
    {
        var before = Picture();
        var file = Write("a.yaml", """
            name: a
            links: [{name: d0, kind: bridge, addresses: 10.9.0.1/24}]
            routes: [{destinationPrefix: 10.8.0.0/16, nextHop: 172.16.0.1}]
            """);
        Assert.StartsWith("lxcnet: ", Fail(4, "apply", file), StringComparison.Ordinal);
        Assert.Equal(before, Picture());
        Assert.False(Directory.Exists("/run/lxcnetworking"));
    });

    [Fact]
    public void A_namespace_can_be_named() => Run(() =>
    {
        Ip("netns add web");
        var file = Write("a.yaml", "name: a\nlinks: [{name: d0, kind: bridge}]");
        _ = Lxcnet(0, "apply", file, "--namespace", "web");
        Assert.Contains("d0", Ip("-n web -br link"), StringComparison.Ordinal);
        Assert.Equal(string.Empty, Lxcnet(0, "show"));
        Assert.StartsWith("NAME", Lxcnet(0, "show", "-n", "web"), StringComparison.Ordinal);
        Assert.EndsWith(
            " 'lxcnet show --namespace web' lists those that are there.", Fail(1, "show", "b", "--namespace=web"),
            StringComparison.Ordinal);
        Assert.Contains("d0", Lxcnet(0, "export", "-n", "web"), StringComparison.Ordinal);
        _ = Lxcnet(0, "remove", "a", "-n", "web");
        Assert.Contains("'nowhere'", Fail(1, "plan", file, "-n", "nowhere"), StringComparison.Ordinal);
    });

    [Fact]
    public void A_terminal_gets_nothing_that_it_would_obey() => Run(() =>
    {
        var file = Write("a.yaml", "name: a\nlinks: [{name: d0, kind: bridge, alias: \"a\\e[31mb\"}]");
        Ip("link add d0 type bridge");
        var (code, output, error) = Lxcnet("plan", file, "--adopt");
        Assert.DoesNotContain('\e', output + error);
        Assert.True(code is 1 or 2, error);
        Assert.DoesNotContain('\e', Fail(1, "plan", "a\e[31m.yaml", "--namespace", "a\e[31m"));
        Assert.DoesNotContain('\e', Fail(1, "a\e[31m"));
    });

    [Fact]
    public void It_needs_no_environment_and_tells_that_its_output_is_lost() => Run(() =>
    {
        var file = Write("a.yaml", "name: a\nlinks: [{name: d0, kind: bridge}]");
        string[] runtime = IsNative ? [] : [$"DOTNET_ROOT={Environment.GetEnvironmentVariable("DOTNET_ROOT")}"];
        var (code, output, _) = TryExecute("env", ["-i", .. runtime, ProgramPath, "plan", file]);
        Assert.Equal((2, "ACTION  THING\nCreate  link d0\n"), (code, output));
        (code, _, var error) = TryExecute("sh", "-c", $"'{ProgramPath}' plan '{file}' > /dev/full");
        Assert.Equal(1, code);
        Assert.StartsWith("lxcnet: The output cannot be written: ", error, StringComparison.Ordinal);
    });

    private static string Folder => "/run";

    private static string Write(string name, string text)
    {
        File.WriteAllText($"{Folder}/{name}", text);
        return $"{Folder}/{name}";
    }

    private static (int Code, string Text) Brief((int Code, string Output, string Error) result)
        => (result.Code, result.Output + result.Error);

    private static string Text(JsonElement line, string property) => line.GetProperty(property).GetString()!;

    private static IEnumerable<string> NamesOf(JsonElement line)
        => line.EnumerateObject().Select(property => property.Name).Order(StringComparer.Ordinal);

    private static IEnumerable<string> NamesOf<T>() => typeof(T).GetProperties().Select(property => property.Name)
        .Where(name => name != "EqualityContract")
        .Select(name => char.ToLowerInvariant(name[0]) + name[1..]).Order(StringComparer.Ordinal);

    private static string Picture() => Lasting("addr") + Lasting("route") + Ip("netns list");
}
