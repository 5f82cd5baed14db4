using System.Text.Json;
using LxcNetworking.State.Text;
using static LxcNetworking.Tests.LxcnetProgram;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>The resources of lxcnet, as DSC runs them.</summary>
[Trait("Kernel", "none")]
public class LxcnetResourceTests
{
    private const string Manifests = "src/lxcnet/manifests", Page = "docs/dsc.md", Link = "LxcNetworking/Link",
        NetState = "LxcNetworking/NetState", Space = "LxcNetworking/Namespace", Address = "LxcNetworking/Address";

    /// <summary>An instance of each, with what tells it from others, and a property that is changed.</summary>
    public static TheoryData<string, string, string> Instances => new()
    {
        {
            "NetState", "'name':'lab','links':[{'name':'d0','kind':'bridge','addresses':['10.9.0.1/24']}]",
            "'name':'lab'"
        },
        { "Namespace", "'name':'n0'", "'name':'n0'" },
        {
            "Link", "'interfaceAlias':'d0','kind':'bridge','mtu':1400,'addresses':['10.9.0.1/24','fd09::1/64']",
            "'interfaceAlias':'d0'"
        },
        {
            "Address", "'interfaceAlias':'b0','ipAddress':'10.9.0.1/24','addressFamily':'IPv4',"
                + "'defaultGatewayAddress':'10.9.0.9'", "'interfaceAlias':'b0','ipAddress':'10.9.0.1/24'"
        },
        {
            "Route", "'destinationPrefix':'10.8.0.0/16','nextHop':'10.3.0.9','interfaceAlias':'b0',"
                + "'addressFamily':'IPv4'", "'destinationPrefix':'10.8.0.0/16'"
        },
        { "Rule", "'priority':100,'from':'10.0.0.0/8','table':7", "'priority':100,'addressFamily':'IPv4'" },
        {
            "Nat", "'name':'out','internalIPInterfaceAddressPrefix':'10.3.0.0/24','mappings':[{'protocol':'Tcp',"
                + "'externalPort':8080,'internalIPAddress':'10.3.0.7','internalPort':80}]", "'name':'out'"
        },
        { "ContainerNetwork", "'name':'net0','subnet':['10.6.0.0/24']", "'name':'net0'" },
        {
            "ContainerConnection", "'container':'web','interfaceName':'eth0','bridge':'b0','ipAddress':'10.3.0.7/24',"
                + "'defaultGatewayAddress':'10.3.0.1'", "'container':'web','interfaceName':'eth0'"
        },
    };

    private static DscEngine Engine => new(Path.GetDirectoryName(ProgramPath)!);

    [Fact]
    public void Manifests_are_what_the_program_writes()
    {
        var names = Lxcnet(0, "complete", "dsc", "get", string.Empty)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(10, names.Length);
        foreach (var name in names)
        {
            var file = CheckoutFile($"{Manifests}/lxcnet.{name.ToLowerInvariant()}.dsc.resource.json");
            var manifest = Lxcnet(0, "dsc", "manifest", name);
            if (Environment.GetEnvironmentVariable("LXCNETWORKING_WRITE_MANIFESTS") is not null)
                File.WriteAllText(file, manifest);
            Assert.True(
                File.ReadAllText(file) == manifest,
                $"{file} is written anew by this test with LXCNETWORKING_WRITE_MANIFESTS=1.");
            var embedded = JsonElement.Parse(manifest).GetProperty("schema").GetProperty("embedded");
            Assert.True(JsonElement.DeepEquals(embedded, JsonElement.Parse(Lxcnet(0, "dsc", "schema", name))));
        }

        Assert.Equal(names.Select(name => $"LxcNetworking/{name}").Order(StringComparer.Ordinal), Engine.Types);
        var beside = new DscEngine(string.Empty, CheckoutFile(Manifests));
        Assert.Equal(Engine.Types, beside.Types);
        Assert.All(Engine.Types, type =>
        {
            var manifest = Engine.Manifest(type);
            Assert.Matches(@"^\w+(\.\w+)*/\w+$", type);
            Assert.Matches(@"^\d+\.\d+\.\d+$", manifest.GetProperty("version").GetString());
            Assert.All(manifest.GetProperty("tags").EnumerateArray(), tag => Assert.Matches(@"^\w+$", tag.GetString()));
            Assert.DoesNotContain("https://", manifest.GetProperty("schema").GetProperty("embedded")
                .GetProperty("properties").GetRawText(), StringComparison.Ordinal);
        });
    }

    [Theory]
    [MemberData(nameof(Instances))]
    public void An_instance_goes_all_the_way(string name, string said, string keys) => Sandboxed(() =>
    {
        var (type, instance, key) = ($"LxcNetworking/{name}", Json(said), Json(keys));
        var absent = Json(keys + ",'_exist':false");
        var before = Picture();
        Assert.False(Exists(Engine.Get(type, instance)));
        Assert.False(Exists(Engine.Get(type, key)));
        var (_, isDesired, differing) = Engine.Test(type, instance);
        Assert.False(isDesired);
        Assert.NotEmpty(differing);
        var (_, state, changed) = Engine.Set(type, instance, isWhatIf: true);
        Assert.True(Exists(state));
        Assert.NotEmpty(state.GetProperty("_metadata").GetProperty("whatIf").EnumerateArray());
        Assert.Equal(differing, changed);
        Assert.Empty(Engine.Delete(type, key, isWhatIf: true));
        Assert.Equal(before, Picture());

        (_, state, changed) = Engine.Set(type, instance);
        Assert.True(Exists(state));
        Assert.Equal(differing, changed);
        var after = Picture();
        Assert.NotEqual(before, after);
        (var earlier, state, changed) = Engine.Set(type, instance);
        Assert.Empty(changed);
        Assert.Equal($"{earlier}", $"{state}");
        Assert.Equal(after, Picture());
        Assert.True(Engine.Test(type, instance).IsDesired);
        Assert.False(Engine.Test(type, absent).IsDesired);
        Assert.True(Exists(Engine.Get(type, key)));
        Assert.NotEmpty(Engine.Export(type));
        Assert.All(Engine.Export(type), one => Assert.True(
            name == "NetState" || Engine.Test(type, $"{one}").IsDesired, $"{one}"));

        Assert.NotEmpty(Engine.Delete(type, key, isWhatIf: true));
        Assert.Equal(after, Picture());
        Engine.Delete(type, key);
        Assert.Equal(before, Picture());
        Engine.Delete(type, key);
        Assert.Equal(differing, Engine.Set(type, instance).Changed);
        Assert.Equal(["_exist"], Engine.Set(type, absent).Changed);
        Assert.Empty(Engine.Set(type, absent).Changed);
        Assert.True(Engine.Test(type, absent).IsDesired);
        Assert.Equal(before, Picture());
        Assert.Equal(string.Empty, Lxcnet(0, "show"));
    });

    [Fact]
    public void A_segment_that_the_kernel_may_lack_is_planned() => Sandboxed(() =>
    {
        const string Type = "LxcNetworking/Segment";
        var instance = Json("'bridge':'s0','encapsulation':'Vxlan','local':'10.3.0.1','remote':['10.3.0.9'],'key':7");
        Assert.False(Engine.Test(Type, instance).IsDesired);
        Assert.Contains("encapsulation", Engine.Set(Type, instance, isWhatIf: true).Changed);
        Engine.Delete(Type, Json("'bridge':'s0'"));
        Assert.Empty(Engine.Export(Type));
    });

    [Theory]
    [InlineData("Link", "", 1, "this is not JSON")]
    [InlineData("Link", "[]", 1, "is to be an object")]
    [InlineData("Link", "{}", 1, "has no 'interfaceAlias'.")]
    [InlineData("Link", "{'interfaceAlias':'d0','kind':'bridge','mtuu':1}", 1, "mtuu: 'mtuu' is no property of")]
    [InlineData("Link", "{'interfaceAlias':'d0','kind':'bridge','mtu':'x'}", 1, "mtu: 'x' is not a whole number.")]
    [InlineData("Link", "{'interfaceAlias':'d0','state':'absent'}", 1, "'_exist' is.")]
    [InlineData("Link", "{'name':'d0'}", 1, "has no 'interfaceAlias'.")]
    [InlineData("Link", "{'interfaceAlias':'d0','_exist':1}", 1, "_exist: is to be true or false.")]
    [InlineData("Link", "{'interfaceAlias':'d0','mtu':1400}", 1, "There is no link 'd0'")]
    [InlineData("Address", "{'interfaceAlias':'b0','ipAddress':'10.9.0.1'}", 1, "has no prefix length")]
    [InlineData("Address", "{'interfaceAlias':'b0','ipAddress':'fd00::1/64','addressFamily':'IPv4'}", 1, "is IPv6.")]
    [InlineData("Address", "{'interfaceAlias':'x','ipAddress':'10.9.0.1/24'}", 1, "needs the link 'x'")]
    [InlineData("Route", "{'destinationPrefix':'10.9.0.1/24'}", 1, "is no network")]
    [InlineData("Nat", "{'name':'n'}", 1, "has no 'internalIPInterfaceAddressPrefix'")]
    [InlineData("NetState", "{'name':'l','links':[{'name':'b0','kind':'bridge','mtu':1300}]}", 3, "Use 'adopt'")]
    [InlineData("Route", "{'destinationPrefix':'10.9.0.0/24','nextHop':'172.16.0.1'}", 4, "unreachable")]
    public void Wrong_input_is_told(string name, string said, int code, string words) => Sandboxed(() =>
    {
        var before = Picture();
        var result = Feed(said.Replace('\'', '"'), "dsc", "set", name);
        Assert.Equal((code, string.Empty), (result.Code, result.Output));
        var error = Lines(result.Error)[0];
        Assert.Contains(
            words, $"{error}",
            StringComparison.OrdinalIgnoreCase);
        Assert.True(Engine.Manifest($"LxcNetworking/{name}").GetProperty("exitCodes").TryGetProperty($"{code}", out _));
        Assert.Equal(before, Picture());
    });

    [Fact]
    public void A_wrong_command_line_is_told_in_json()
    {
        foreach (var (words, said) in new (string[], string)[]
        {
            (["dsc", "get", "Lnk"], "There is no resource 'Lnk', but NetState"),
            (["dsc", "gte", "Link"], "There is no operation 'gte', but get"),
            (["dsc", "get", "Link", "--what-if"], "'--what-if' is for 'set' and 'delete'."),
            (["dsc", "get"], "Required argument"),
        })
        {
            Assert.Contains(said, Lines(Fail(1, words))[0].GetProperty("error").GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_others_made_is_taken_over_and_deleted() => Sandboxed(() =>
    {
        Ip("link add d0 type bridge");
        Ip("link set d0 up");
        Assert.True(Engine.Test(Link, Json("'interfaceAlias':'d0','kind':'bridge'")).IsDesired);
        Assert.Empty(Engine.Set(Link, Json("'interfaceAlias':'d0','kind':'bridge'")).Changed);
        Assert.Equal(["mtu"], Engine.Set(Link, Json("'interfaceAlias':'d0','kind':'bridge','mtu':1400")).Changed);
        Assert.Equal(["mtu"], Engine.Set(Link, Json("'interfaceAlias':'d0','mtu':1300")).Changed);
        // A list that is said is whole as far as it is ours, and one that is not said stays.
        Ip("addr add 10.8.0.1/24 dev d0");
        _ = Engine.Set(Link, Json("'interfaceAlias':'d0','addresses':['10.9.0.1/24','10.9.1.1/24']"));
        Assert.Empty(Engine.Set(Link, Json("'interfaceAlias':'d0','mtu':1300")).Changed);
        Assert.Equal(
            ["addresses"], Engine.Set(Link, Json("'interfaceAlias':'d0','addresses':['10.9.0.1/24']")).Changed);
        var addresses = $"{Engine.Get(Link, Json("'interfaceAlias':'d0'")).GetProperty("addresses")}";
        Assert.Contains("10.8.0.1/24", addresses, StringComparison.Ordinal);
        Assert.Contains("10.9.0.1/24", addresses, StringComparison.Ordinal);
        Assert.DoesNotContain("10.9.1.1/24", addresses, StringComparison.Ordinal);
        Engine.Delete(Link, Json("'interfaceAlias':'d0'"));
        Assert.DoesNotContain("d0:", Ip("-o link"), StringComparison.Ordinal);

        // The links of others go along where that is said.
        Ip("-n web link add x0 type bridge");
        Assert.Equal(3, Assert.Throws<DscException>(() => Engine.Delete(Space, Json("'name':'web'"))).Code);
        Engine.Delete(Space, Json("'name':'web','force':true"));
        Assert.False(Exists(Engine.Get(Space, Json("'name':'web'"))));
    });

    [Fact]
    public void What_is_needed_and_not_there_yet_is_a_difference() => Sandboxed(() =>
    {
        var link = Json("'interfaceAlias':'d0','namespace':'later','kind':'bridge'");
        Assert.False(Engine.Test(Link, link).IsDesired);
        Assert.Contains("_exist", Engine.Set(Link, link, isWhatIf: true).Changed);
        Assert.Contains("later", Assert.Throws<DscException>(() => Engine.Set(Link, link)).Error,
            StringComparison.Ordinal);
        _ = Engine.Set(Space, Json("'name':'later'"));
        _ = Engine.Set(Link, link);
        Assert.True(Engine.Test(Link, link).IsDesired);
        Assert.Equal("later", Assert.Single(Engine.Export(Link, link)).GetProperty("namespace").GetString());
    });

    [Fact]
    public void What_leaves_a_document_goes_where_it_is_purged() => Sandboxed(() =>
    {
        _ = Engine.Set(
            NetState, Json("'name':'lab','links':[{'name':'d0','kind':'bridge'},{'name':'d1','kind':'bridge'}]"));
        const string One = "'name':'lab','links':[{'name':'d0','kind':'bridge'}]";
        Assert.Empty(Engine.Set(NetState, Json(One)).Changed);
        Assert.True(Engine.Test(NetState, Json(One)).IsDesired);
        Assert.False(Engine.Test(NetState, Json(One + ",'_purge':true")).IsDesired);
        Assert.Equal(["links"], Engine.Set(NetState, Json(One + ",'_purge':true")).Changed);
        Assert.DoesNotContain("d1:", Ip("-o link"), StringComparison.Ordinal);
        Assert.DoesNotContain("_purge", $"{Engine.Get(NetState, Json(One))}", StringComparison.Ordinal);
    });

    [Fact]
    public void The_document_of_the_page_makes_a_container_network() => Sandboxed(() =>
    {
        var text = File.ReadAllText(CheckoutFile(Page)).Split("```yaml\n")[1].Split("```")[0];
        var problems = new List<StateProblem>();
        var document = StateText.Read(text, Page, StateFormat.Yaml, problems)!.ToJson();
        Assert.Empty(problems);
        List<(string Type, string Properties)> resources = [.. document.GetProperty("resources").EnumerateArray()
            .Select(one => (one.GetProperty("type").GetString()!, one.GetProperty("properties").GetRawText()))];
        Assert.All(resources, one => Engine.Set(one.Type, one.Properties, isWhatIf: true));
        Assert.All(resources, one => Assert.NotEmpty(Engine.Set(one.Type, one.Properties).Changed));
        Assert.All(resources, one => Assert.Empty(Engine.Set(one.Type, one.Properties).Changed));
        Assert.All(resources, one => Assert.True(Engine.Test(one.Type, one.Properties).IsDesired));
        Ip("netns exec mail ping -c 1 -W 5 10.0.6.1");
    });

    private static void Sandboxed(Action body) => Sandbox.Run(() =>
    {
        Ip("netns add web");
        Ip("link add b0 address 02:00:00:00:00:b0 type bridge");
        // A bridge has a carrier with its first port.
        Ip("link add p0 type veth peer name p1");
        Ip("link set p0 master b0 up");
        Ip("link set p1 up");
        Ip("link set b0 up");
        Ip("addr add 10.3.0.1/24 dev b0");
        // What a translation turns on stays on.
        File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "1");
        body();
    });

    private static string Json(string said) => $"{{{said.Replace('\'', '"')}}}";

    private static bool Exists(JsonElement state) => state.GetProperty("_exist").GetBoolean();

    private static string Picture() => Lasting("addr") + Lasting("route") + Ip("rule") + Execute("ls", "/run/netns")
        + Lasting("-n web addr") + Execute("nft", "list", "ruleset");
}
