using System.Runtime.InteropServices;
using System.Text;
using LxcNetworking.Addressing;
using LxcNetworking.Bridges;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Lxc;
using LxcNetworking.Containers.Networks;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.L2tp;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Nat;
using LxcNetworking.Netlink;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;
using LxcNetworking.WireGuard;
using Netlink.Tests.Support;

namespace LxcNetworking.Fuzz;

/// <summary>What users and files write as text: read, written and read again it is the same. An input is the text's
/// UTF-16 characters, as not all have UTF-8.</summary>
internal static class ValueTargets
{
    private static readonly string[] s_addresses =
        ["10.0.3.1", "192.168.255.255", "0.0.0.0", "fd00::1", "::", "::ffff:10.0.0.1", "fe80::1%1",
            "2001:db8:0:1:2:3:4:5", "64:ff9b::192.0.2.33", "ff02::1%lo"];

    private static readonly string[] s_names = ["eth0", "br-lan", "veth12345", "fifteen-bytes-x", "web", "lxcbr0.100",
        "host", "123", "a_b"];

    public static IEnumerable<Target> All =>
    [
        Of("IP addresses", s_addresses, IPAddress.Parse),
        Of("prefixes", [.. s_addresses, "10.0.3.1/24", "fd00::1/64", "0.0.0.0/0", "default", "fe80::1%2/64"],
            IPPrefix.Parse),
        Of("MAC addresses", ["00:16:3e:67:4f:a5", "00-16-3E-67-4F-A5", "0016.3e67.4fa5", "00163e674fa5"],
            MacAddress.Parse),
        Of(
            "addresses of links",
            ["00:16:3e:67:4f:a5", "192.0.2.1", "2001:db8::1", "0011:22:33:44:55:66:77:88",
                "02:00:00:00:00:00:00:09", "7f"],
            LinkLayerAddress.Parse),
        Of("endpoints", ["192.0.2.1:51820", "[2001:db8::1]:51820", "[fe80::1%2]:1"], EndpointAddress.Parse),
        Of("WireGuard endpoints", ["192.0.2.1:51820", "[2001:db8::1]:51820"], WireGuardEndpoint),
        Of("durations",
            ["00:05:00", "1.00:00:00", "forever", "00:00:00.5", "10675199.02:48:05", "-00:00:01", "20ms", "1.5h"],
            Duration.Parse),
        Of("routing tables", ["main", "local", "default", "all", "100", "4294967295"], text => new RouteTable(text)),
        Of("members of groups", ["7", "7 weight 3", "4294967295 weight 65536"], text => new NextHopMember(text)),
        Of(
            "encapsulations",
            [
                "ip id 42 src 10.0.3.2 dst 10.9.9.9 ttl 5 tos 4 key csum seq flags 0x10",
                "ip6 id 1 src fd00::2 dst fd00::9 hoplimit 5 tc 7", "seg6 mode encap segs fd00::9,fd00::8 hmac 5",
                "seg6 mode inline segs fd00::9", "seg6local attr 1 0x01000000", "99 attr 3 0x07",
            ],
            text => new RouteEncapsulation(text)),
        Of("percentages", ["1%", "0.5%", "100", "0.0000001%"], Percentage.Parse),
        Of("rates", ["10Mbit", "1.5Gbit/s", "500kbps", "64", "9Kibit"], BitRate.Parse),
        Of("ports", ["80", "8000-8010", "65535"], text => new PortRange(text)),
        Of("VNIs", ["10", "10-20", "16777215"], text => new VniRange(text)),
        Of("header bits", ["0xf7ffffff000000ff", "0x1"], text => new VxlanHeaderBits(text)),
        Of("WireGuard keys",
            ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "//8BAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="],
            text => new WireGuardPublicKey(text)),
        Checked("VLANs", ["10", "10-20", "4094"],
            text => SameAgain(text, new VlanRange(text), again => new VlanRange(again),
                (one, other) => (one.First, one.Last) == (other.First, other.Last))),
        Of("VLAN protocols", ["802.1Q", "802.1ad"], VlanProtocol.Parse),
        Checked("L2TP cookies", ["01020304", "0102030405060708", ""], text => SameAgain(
            text, L2tpSessionSpec.ParseCookie(text), L2tpSessionSpec.ParseCookie,
            (one, other) => one.SequenceEqual(other), bytes => Convert.ToHexStringLower([.. bytes]))),
        Of("namespaces", [.. s_names, "/run/netns/web", "lxc:web", "docker:a", "1"],
            text => new NamespaceReference(text), isStrict: false),
        Checked("namespace ids", [$"{new NamespaceReference("x", 9).Id}", ""],
            text => Shown.Look(NamespaceReference.Read("web", text).Id)),
        Of("containers", [.. s_names, "lxc:web", "podman:a"], text => new ContainerReference(text), isStrict: false),
        Checked("link names", [.. s_names, "\u00fcber", "$x"],
            text => Named(text, () => LinkSpec.CheckName(text), LinkSpec.MaxNameBytes)),
        Checked("namespace names", s_names, text => Named(text, () => NamespaceStore.CheckName(text), 255)),
        Checked("LXC container names", s_names, text => Named(text, () => LxcConfiguration.CheckName(text), 255)),
        Checked("engine container names", s_names,
            text => Named(text, () => new NoRuntime().GetProcessId(text, CancellationToken.None), 255)),
        Checked("network names", s_names,
            text => new ContainerNetworkSpec(text) { Subnets = [new IPPrefix("10.0.3.0/24")] }.Validate()),
        Checked("search domains", ["example.org", "lan"], text => ResolvConf.Validate([], [text])),
        Checked("translation names", s_names,
            text => TranslationOperations.Validate(new NetNatSpec(text, new IPPrefix("10.0.3.0/24")))),
        Checked("users", ["root", "0", "65534"], text => UserDatabase.Find(text, group: text.Length % 2 == 0)),
        Checked("kernel texts", [.. s_names, "a\\x1bb", "\\\\", "\\x00"], KernelTexts),
    ];

    public static string Text(byte[] bytes) => new(MemoryMarshal.Cast<byte, char>(bytes));

    public static byte[] Bytes(string text) => MemoryMarshal.AsBytes(text.AsSpan()).ToArray();

    /// <summary>A target whose input is a text.</summary>
    public static Target Checked(string name, IReadOnlyList<string> corpus, Action<string> read) => new(
        name, [.. corpus.Select(Bytes)], (random, items) => Bytes(random.Text([.. items.Select(Text)])),
        bytes => read(Text(bytes)), typeof(FormatException), typeof(NetworkException))
    {
        Show = bytes => Probe.Escaped(Text(bytes)),
    };

    private static Target Of<T>(string name, IReadOnlyList<string> corpus, Func<string, T> parse, bool isStrict = true)
        where T : TextValue<T>
        => Checked(name, corpus, text =>
        {
            var value = parse(text);
            SameAgain(text, value, parse, (one, other) => one.Equals(other) && one == other && one.CompareTo(other) == 0
                && one.GetHashCode() == other.GetHashCode(), isStrict: isStrict);
        });

    private static void SameAgain<T>(string text, T value, Func<string, T> parse, Func<T, T, bool> isSame, Func<T,
        string>? format = null, bool isStrict = true)
    {
        // What no user sees is no part of a value.
        WrongResultException.ThrowUnless(!isStrict || KernelText.Printable(text) == text,
            "It takes characters that cannot be shown.");
        var written = format?.Invoke(value) ?? value!.ToString()!;
        var again = parse(written);
        WrongResultException.ThrowUnless(isSame(value, again)
            && written == (format?.Invoke(again) ?? again!.ToString()),
            $"It writes {Probe.Escaped(written)} and reads something else.");
    }

    // A name that is taken can be given to the kernel.
    private static void Named(string text, Action check, int mostBytes)
    {
        check();
        var bytes = Encoding.UTF8.GetBytes(text);
        WrongResultException.ThrowUnless(bytes.Length > 0 && bytes.Length <= mostBytes && !bytes.Contains((byte)0),
            "It takes a name that the kernel does not.");
        WrongResultException.ThrowUnless(Encoding.UTF8.GetString(bytes) == text,
            "It takes a name and makes another one of it.");
    }

    // Names are looked up, which no input may.
    private static EndpointAddress WireGuardEndpoint(string text) =>
        text.Any(c => char.IsLetter(c) && !char.IsAsciiHexDigit(c)) || !text.Contains('.', StringComparison.Ordinal)
        && !text.Contains('[', StringComparison.Ordinal)
        ? throw new FormatException("It may be a name.") : WireGuardPeerSpec.ParseEndpoint(text);

    private static void KernelTexts(string text)
    {
        var printable = KernelText.Printable(text);
        Shown.Look(printable);
        var bytes = KernelText.Encode(text);
        if (bytes.Contains((byte)0))
            return;
        var decoded = KernelText.Decode(bytes);
        Shown.Look(decoded);
        WrongResultException.ThrowUnless(KernelText.Encode(decoded).AsSpan().SequenceEqual(bytes),
            $"The way back from {Probe.Escaped(decoded)} is not exact.");
    }

    private sealed class NoRuntime : ContainerRuntime
    {
        public override string Prefix => "none";

        public override IEnumerable<ContainerRecord> List(CancellationToken cancellation) => [];

        public override ContainerRecord Get(string name, CancellationToken cancellation) =>
            new(name, ContainerState.Running, 7);
    }
}
