using System.Text.Json;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>Links of IPsec and MACsec, and the one that shows netlink messages.</summary>
public class SecurityLinkTests
{
    private static NetworkStack Here => Stacks.Pool.Get();

    [Theory]
    [InlineData("vti", "192.0.2.1", "192.0.2.2", "192.0.2.3")]
    [InlineData("vti6", "2001:db8::1", "2001:db8::2", "2001:db8::3")]
    public void A_vti_is_made_read_changed_and_removed(string kind, string here, string there,
        string other) => Run(() =>
    {
        NeedsKind(kind);
        Stacks.Pool.Namespaces.Create("web");
        Ip("link add p0 type veth peer name p1");
        Ip($"addr add {here}/{(kind == "vti" ? "24" : "64 nodad")} dev p0");
        Ip("link set p0 up");
        var (local, remote) = (IPAddress.Parse(here), IPAddress.Parse(there));
        var settings = new VtiSettings { Local = local, Remote = remote, InputKey = 5, OutputKey = uint.MaxValue };
        var made = (VtiLink)Here.Links.Create(new VtiSpec("vti7", settings) { Device = "p0", Up = true });
        Assert.Equal((kind, local, remote, 5L, "p0"),
            (made.Kind, made.Local!, made.Remote!, made.InputKey, made.Parent));
        IsShown(here, there, "0.0.0.5", "255.255.255.255");
        Here.Links.Change(made, new VtiSettings { Remote = IPAddress.Parse(other), InputKey = 6 });
        IsShown(here, other, "0.0.0.6", "255.255.255.255");
        Ip($"link set vti7 type {kind} local {here} remote {there} ikey 8 okey 9 dev p0");
        made = (VtiLink)Here.Links.Get("vti7");
        Assert.Equal((remote, 8L, 9L), (made.Remote!, made.InputKey, made.OutputKey));
        var same = new VtiSettings { Local = local, Remote = remote, InputKey = 8, OutputKey = 9 };
        var taken = new VtiSpec("vti8", same) { Device = "p0" };
        Assert.Equal(NetworkErrorCode.LinkExists, Refused(taken));
        Assert.Equal(NetworkErrorCode.InvalidArgument, Refused(new VtiSpec("vti8", new() { InputKey = 8 })));
        Assert.Empty(Here.Links.Remove([made]));
        var moved = Here.Links.Create(new VtiSpec("eth9", settings) { TargetNamespace = new("web"), Up = true });
        Assert.Equal(kind, IpJson("-n web link show dev eth9")[0].GetProperty("linkinfo").GetProperty("info_kind")
            .GetString());
        Assert.Empty(Stacks.Pool.Get(new("web")).Links.Remove([moved]));

        static void IsShown(string local, string remote, string input, string output)
        {
            var data = Data("vti7");
            Assert.Equal(
                (local, remote, input, output),
                (data.GetProperty("local").GetString(), data.GetProperty("remote").GetString(),
                    data.GetProperty("ikey").GetString(), data.GetProperty("okey").GetString()));
        }
    });

    [Fact]
    public void An_xfrm_link_has_the_number_of_its_policies() => Run(() =>
    {
        NeedsKind("xfrm");
        Stacks.Pool.Namespaces.Create("web");
        Ip("link add p0 type veth peer name p1");
        var made =
            (XfrmLink)Here.Links.Create(new XfrmSpec("x0", new() { InterfaceId = 7 }) { Device = "p0", Up = true });
        Assert.Equal((7L, "p0"), (made.InterfaceId, made.Parent));
        Assert.Equal("0x7", Data("x0").GetProperty("if_id").GetString());
        Here.Links.Change(made, new XfrmSettings { InterfaceId = uint.MaxValue });
        Assert.Equal("0xffffffff", Data("x0").GetProperty("if_id").GetString());
        Ip("link add x1 type xfrm if_id 9");
        Assert.Equal(9, ((XfrmLink)Here.Links.Get("x1")).InterfaceId);
        Assert.Equal(NetworkErrorCode.LinkExists, Refused(new XfrmSpec("x2", new() { InterfaceId = 9 })));
        Assert.Equal(NetworkErrorCode.InvalidArgument, Refused(new XfrmSpec("x2", new() { InterfaceId = 0 })));
        Assert.Equal(NetworkErrorCode.InvalidArgument, Refused(new XfrmSpec("x2", new())));
        var external = (XfrmLink)Here.Links.Create(new XfrmSpec("x2", new() { External = true }));
        Assert.True(external.External);
        Assert.True(Data("x2").GetProperty("external").GetBoolean());
        var there = new XfrmSpec("ipsec0", new() { InterfaceId = 70 }) { TargetNamespace = new("web"), Up = true };
        var moved = Here.Links.Create(there);
        Assert.Equal("0x46", Data("ipsec0", "-n web ").GetProperty("if_id").GetString());
        Assert.Empty(Stacks.Pool.Get(new("web")).Links.Remove([moved]));
        Assert.Empty(Here.Links.Remove([made]));
    });

    [Fact]
    public void A_macsec_link_is_made_on_its_parent_and_changed() => Run(() =>
    {
        NeedsKind("macsec");
        Stacks.Pool.Namespaces.Create("web");
        Ip("link add p0 type veth peer name p1");
        var settings = new MacsecSettings
        {
            Port = 77,
            Cipher = MacsecCipher.GcmAes256,
            CheckLength = 16,
            Encrypt = true,
            SendIdentifier = false,
            EndStation = true,
            ReplayProtection = true,
            ReplayWindow = 9,
            Validation = MacsecValidation.Check,
            EncodingKey = 3,
        };
        var made = (MacsecLink)Here.Links.Create(new MacsecSpec("ms0", settings) { Parent = "p0" });
        IsSo(settings);
        var change = new MacsecSettings
        {
            Encrypt = false,
            ReplayProtection = false,
            Validation = MacsecValidation.Strict,
            EncodingKey = 1,
            Protect = false,
        };
        Here.Links.Change(made, change);
        IsSo(change with { Port = 77, Cipher = MacsecCipher.GcmAes256 });
        Ip("link set ms0 type macsec validate disabled encrypt on");
        made = (MacsecLink)Here.Links.Get("ms0");
        Assert.Equal((MacsecValidation.Disabled, true, "p0"), (made.Validation, made.Encrypt, made.Parent));
        Assert.Equal(NetworkErrorCode.LinkExists,
            Refused(new MacsecSpec("ms1", new() { Port = 77 }) { Parent = "p0" }));
        var refused = new MacsecSpec("ms1", new() { ReplayProtection = true }) { Parent = "p0" };
        Assert.Equal(NetworkErrorCode.InvalidArgument, Refused(refused));
        refused = new MacsecSpec("ms1", new() { SendIdentifier = true, EndStation = true }) { Parent = "p0" };
        Assert.Equal(NetworkErrorCode.InvalidArgument, Refused(refused));
        var error = Assert.Throws<NetworkException>(() => Here.Links.Change(made, new MacsecSettings { Port = 8 }));
        Assert.Contains("Port is chosen when", error.Message, StringComparison.Ordinal);
        var usual = new MacsecSpec("eth0", new()) { Parent = "p0", TargetNamespace = new("web"), Up = true };
        Assert.Equal(1, ((MacsecLink)Here.Links.Create(usual)).Port);
        Assert.Equal("GCM-AES-128", Data("eth0", "-n web ").GetProperty("cipher_suite").GetString());
        Assert.Empty(Here.Links.Remove([made]));

        static void IsSo(MacsecSettings said)
        {
            var set = DeclaredSet.Of(said);
            var read = Here.Links.Get("ms0").Details!;
            var names = set.Declarations.Where(one => one.IsPublic && one.IsSet(said)).Select(one => one.Name).ToList();
            Assert.Empty(set.Differing(said, read).Intersect(names));
            var told = read.Differences(set.Empty()).ToDictionary(item => item.Name, item => item.Mine);
            foreach (var name in names)
                Assert.Equal($"{name}={IpProperties.Of(typeof(MacsecSettings))[name](Data("ms0"))}",
                    $"{name}={told[name]}");
        }
    });

    [Fact]
    public void An_nlmon_link_shows_netlink_messages() => Run(() =>
    {
        NeedsKind("nlmon");
        var made = Here.Links.Create(new LinkSpec("nl0", new NlmonSettings()) { Up = true });
        Assert.Equal("nlmon", IpJson("link show dev nl0")[0].GetProperty("linkinfo").GetProperty("info_kind")
            .GetString());
        var before = made.Statistics!.ReceivedPackets;
        Assert.True(Eventually(() => Here.Links.Get("nl0").Statistics!.ReceivedPackets > before));
        Assert.Empty(Here.Links.Remove([made]));
    });

    private static JsonElement Data(string name, string where = "")
        => IpJson($"{where}link show dev {name}")[0].GetProperty("linkinfo").GetProperty("info_data");

    private static NetworkErrorCode Refused(LinkSpec spec)
    {
        var code = Assert.Throws<NetworkException>(() => Here.Links.Create(spec)).Code;
        Assert.Null(Here.Links.Find(spec.Name));
        return code;
    }
}
