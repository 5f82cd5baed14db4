using System.Diagnostics;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.LentLinkLab;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>
/// Links that were lent to a container whose root means harm: it is root of a user namespace of its own, and makes,
/// removes and names links as it likes. ip(8) says what is on the host.
/// </summary>
public sealed class LentLinkTests
{
    public static TheoryData<string> Kinds => [.. s_kinds.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_link_that_took_the_place_of_a_lent_one_is_left_in_the_container(string kind)
        => RunHostile(kind, container =>
    {
        Lend(container, kind);
        var lent = Ask(container, "eth0");
        // What is made on a link gets the one that is below that, on the host.
        var below = "eth0";
        if (kind is "ipvlan")
        {
            // Only root of the host's namespace puts another one on it.
            var refusal = Assert.Throws<InvalidOperationException>(() =>
                Inside(container, "link add above0 link eth0 type ipvlan"));
            Assert.Contains("not permitted", refusal.Message, StringComparison.Ordinal);
            return;
        }

        if (kind is "macvlan")
        {
            Inside(container, "link add above0 " + Making(kind, string.Empty, string.Empty, "eth0"));
            Inside(container, "link del eth0");
            below = "above0";
        }
        else
        {
            Inside(container, "link del eth0");
            if (kind is "vlan")
            {
                Inside(container, "link add below0 type veth peer name below1");
                below = "below0";
            }
        }

        var making = Making(kind, $"eth0 index {lent.Index}", $"eth0p index {lent.Index + 1000}", below);
        Inside(container, "link add " + making);
        if (kind is not "ifb")
            Inside(container, $"link set eth0 address {lent.MacAddress}");
        Inside(container, $"link set eth0 group {lent.Group}");
        if (lent.Alias is { Length: > 0 } alias)
            Nsenter(container, ["ip", "link", "set", "eth0", "alias", alias]);
        var before = Lasting("link show");
        var replaced = Ask(container, "eth0");
        Assert.Equal((lent.Index, lent.Kind, lent.Alias), (replaced.Index, replaced.Kind, replaced.Alias));

        foreach (var name in new[] { null, "mine0" })
        {
            var failure = Assert.Single(Here.Disconnect([replaced], name)).Error;
            Assert.Equal(NetworkErrorCode.LinkChanged, failure.Code);
            Assert.Contains("card", failure.Message, StringComparison.Ordinal);
            Assert.Equal(before, Lasting("link show"));
            Assert.Equal(lent.Index, Ask(container, "eth0").Index);
        }

        // Nor does it come back by being lent again.
        Inside(container, $"link set eth0 group {ContainerConnectionTests.GroupOfTheDead}");
        Assert.Equal(NetworkErrorCode.LinkNotFound, Code(() => Here.Connect(Reference(container), Phys)));
        Assert.Equal(before, Lasting("link show"));
    });

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_lent_link_comes_back_as_it_was_whatever_was_made_of_it(string kind) => RunHostile(kind, container =>
    {
        Execute("ip", "link", "set", "card", "alias", "to the switch");
        Execute("ip", "link", "property", "add", "dev", "card", "altname", "to-the-switch");
        // It gets a queueing discipline when it comes up, and an ipvlan NOARP.
        static string Held() =>
            string.Join(' ', Lasting("-d link show dev card").Replace(",NOARP", string.Empty, StringComparison.Ordinal)
            .Split(": ", 2)[1].Split(' ')
            .Where(word => word is not ("noop" or "noqueue" or "fq_codel" or "pfifo_fast")));
        var before = Held();
        Lend(container, kind);
        Inside(container, "link set eth0 down");
        Inside(container, "link set eth0 name wg0");
        if (kind is not ("ipvlan" or "ifb"))
            Inside(container, $"link set wg0 address {Mac}");
        Inside(container, "link set wg0 mtu 1300 txqueuelen 5 group 77 promisc on");
        Nsenter(container, ["ip", "link", "set", "wg0", "alias", "LxcNetworking: was br0"]);
        Inside(container, "link property del dev wg0 altname to-the-switch");
        foreach (var name in new[] { "lxcbr0", "br0", "card" })
            Inside(container, $"link property add dev wg0 altname {name}");
        Inside(container, "link set wg0 up");

        Assert.Empty(Here.Disconnect([Ask(container, "wg0")]));
        Assert.Equal(before, Held());
        var flags = IpJson("link show dev card")[0].GetProperty("flags").ToString();
        Assert.DoesNotContain("UP", flags, StringComparison.Ordinal);
        Assert.False(Directory.Exists("/run/lxcnetworking"));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void Names_without_number_and_terminal_sequences_do_not_come_back_with_a_link()
        => RunHostile("veth", container =>
    {
        Execute("ip", "link", "property", "add", "dev", "card", "altname", "to-the-switch");
        Lend(container, "veth");
        var names = Enumerable.Range(0, 250).Select(number => $"{number:000}{new string('n', 120)}").ToList();
        File.WriteAllLines("/run/names", names.Select(name => $"link property add dev eth0 altname {name}"));
        Inside(container, "-batch /run/names");
        Inside(container, "link property add dev eth0 altname br0");
        Nsenter(container, ["ip", "link", "set", "eth0", "alias", "\u001b]0;mine\a\u001b[31m\r\n\u009b2J"]);
        Assert.Empty(Here.Disconnect([Ask(container, "eth0")]));
        var back = IpJson("link show dev card")[0];
        Assert.Equal(["to-the-switch"], back.GetProperty("altnames").EnumerateArray().Select(name => name.GetString()));
        Assert.False(back.TryGetProperty("ifalias", out _));
        Assert.Equal(["br0", "card", "lo"], Names());
    });

    [Theory]
    [InlineData("process", "exec sleep 600")]
    [InlineData("mount", "mount -t tmpfs none /run; ip netns add parked; exec sleep 600")]
    [InlineData("descriptor", "exec 9</proc/self/ns/net; exec nsenter --net=/proc/$PPID/ns/net sleep 600")]
    [Trait("Kernel", "none")]
    public void A_link_that_is_parked_in_another_namespace_keeps_its_note(string holder, string script)
        => RunHostile("veth", container =>
    {
        Lend(container, "veth");
        var isolation = holder == "mount" ? "--mount" : "--net";
        var command = script.Replace("$PPID", $"{container.Id}", StringComparison.Ordinal);
        using var keeper = Start([.. AsRoot(container), "unshare", isolation, "sh", "-c", command]);
        try
        {
            string[] enter = holder switch
            {
                "process" => [$"--net=/proc/{keeper.Id}/ns/net"],
                "mount" => [$"--net=/proc/{keeper.Id}/root/run/netns/parked"],
                _ => [$"--net=/proc/{keeper.Id}/fd/9"],
            };
            // ip(8) takes the path of a namespace as well.
            Inside(container, $"link set eth0 netns {enter[0]["--net=".Length..]}");
            Inside(container, "link add eth0 type veth peer name eth1");
            var said = Assert.Single(Here.Disconnect([Ask(container, "eth0")])).Error;
            Assert.Equal(NetworkErrorCode.LinkChanged, said.Code);
            Assert.Contains("in another network namespace", said.Message, StringComparison.Ordinal);
            Inside(container, "link del eth0");

            Ip("netns add other");
            Here.Connect(Reference(container), new ContainerConnectionSpec { Bridge = "br0" });
            Here.Connect(new ContainerReference("other"), new ContainerConnectionSpec { Bridge = "br0" });
            Assert.Empty(Here.Disconnect([Ask(container, "eth0")]));
            Stacks.Pool.Namespaces.Remove(Stacks.Pool.Namespaces.Get(new NamespaceReference("other")));
            Assert.Single(Notes());

            Execute("nsenter", [.. enter, "ip", "link", "set", "eth0", "netns", $"{container.Id}", "name", "back"]);
            Assert.Empty(Here.Disconnect([Ask(container, "back")]));
            Assert.Contains("card", Names());
            Assert.False(Directory.Exists("/run/lxcnetworking"));
        }
        finally
        {
            End(keeper);
        }
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_note_goes_when_its_link_does_at_the_next_command_for_any_container()
        => RunHostile("veth", container =>
    {
        Ip("netns add web");
        Ip("netns add other");
        Here.Connect(new ContainerReference("web"), Phys);
        Assert.Single(Notes());
        Stacks.Pool.Namespaces.Remove(Stacks.Pool.Namespaces.Get(new NamespaceReference("other")));
        Assert.Single(Notes());
        Stacks.Pool.Namespaces.Remove(Stacks.Pool.Namespaces.Get(new NamespaceReference("web")));
        Assert.True(Eventually(IsForgotten));

        // What stands in its place keeps the note, as it is not to be taken for the link.
        Ip("netns add other");
        MakeCard();
        Lend(container, "veth");
        Inside(container, "link del eth0");
        Inside(container, "link add eth0 type veth peer name eth1");
        Here.Connect(new ContainerReference("other"), new ContainerConnectionSpec { Bridge = "br0" });
        Assert.Single(Notes());
        Inside(container, "link del eth0");
        Assert.Empty(Here.Disconnect([Stacks.Pool.Get(new NamespaceReference("other")).Links.Get("eth0")]));
        Assert.True(Eventually(IsForgotten));

        MakeCard();
        Lend(container, "veth");
        End(container);
        Assert.True(Eventually(WireIsGone));
        Here.Connect(new ContainerReference("other"), new ContainerConnectionSpec { Bridge = "br0" });
        Assert.True(Eventually(IsForgotten));

        // As it is left by a process that was killed at the wrong moment.
        Directory.CreateDirectory("/run/lxcnetworking/moved-interfaces");
        Here.Disconnect([Stacks.Pool.Get(new NamespaceReference("other")).Links.Get("eth0")]);
        Assert.False(Directory.Exists("/run/lxcnetworking"));

        static bool WireIsGone() => IpJson("-n wire link show type veth").GetArrayLength() == 0;

        static void MakeCard()
        {
            Assert.True(Eventually(WireIsGone));
            Ip("link add card type veth peer name end netns wire");
        }
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_lent_link_that_was_in_a_namespace_of_the_containers_own_comes_back()
        => RunHostile("veth", container =>
    {
        Lend(container, "veth");
        using var child = Start([.. AsRoot(container), "unshare", "--net", "sleep", "600"]);
        try
        {
            Inside(container, $"link set eth0 netns {child.Id}");
            // It gets another number when it comes back.
            Inside(container, $"link add thief index {IndexIn(child, "eth0")} type veth peer name thief1");
            string[] back = ["ip", "link", "set", "eth0", "netns", $"{container.Id}", "name", "other"];
            Nsenter(container, ["nsenter", "-t", $"{child.Id}", "-n", .. back]);
            Inside(container, "link add eth0 type veth peer name eth1");
            Assert.Equal(["br0", "lo"], Names());
            Assert.Empty(Here.Disconnect([Ask(container, "other")]));
            Assert.Equal(["br0", "card", "lo"], Names());
        }
        finally
        {
            End(child);
        }
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void Nothing_that_is_exchanged_at_the_last_moment_stays_on_the_host() => RunHostile("veth", container =>
    {
        for (var round = 0; round < 15; round++)
        {
            Lend(container, "veth");
            var listed = Ask(container, "eth0");
            var another = $"ip link add eth0 index {listed.Index} type veth peer name p0 index 999";
            using var exchange = Process.Start(AsRoot(container)[0], [.. AsRoot(container)[1..], "sh", "-c",
                $"while :; do ip link del eth0; {another}; done 2>/dev/null"]);
            try
            {
                do
                {
                    Here.Disconnect([listed]);
                    Assert.All(Names(), name => Assert.Contains(name, new[] { "br0", "card", "lo" }));
                }
                while (StackOf(container).Links.Find("p0") is null && !Names().Contains("card"));
            }
            finally
            {
                End(exchange);
            }

            if (!Names().Contains("card"))
                Ip("link add card type veth peer name end netns wire");
            TryExecute("nsenter", ["-t", $"{container.Id}", "-n", "ip", "link", "del", "eth0"]);
        }
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_lent_link_that_came_home_by_itself_under_another_name_is_lent_again_under_its_own()
        => RunHostile("veth", container =>
    {
        Execute("ip", "link", "set", "card", "alias", "to the switch");
        Lend(container, "veth");
        Nsenter(container, ["ip", "link", "set", "eth0", "alias", "mine"]);
        // As the kernel brings hardware home when a container ends.
        var here = Stacks.Pool.Get();
        StackOf(container).Links.Move(Ask(container, "eth0"), here.Namespace, "dev7");
        Lend(container, "veth");
        Assert.Equal(["br0", "lo"], Names());
        Assert.Empty(Here.Disconnect([Ask(container, "eth0")]));
        Assert.Equal(["br0", "card", "lo"], Names());
        Assert.Equal("to the switch", IpJson("link show dev card")[0].GetProperty("ifalias").GetString());
        Assert.False(Directory.Exists("/run/lxcnetworking"));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_note_of_a_link_that_never_moved_or_is_gone_changes_nothing() => RunHostile("veth", container =>
    {
        var here = Stacks.Pool.Get();
        MovedLinks.Announce(here, StackOf(container), here.Links.Get("card"), "eth0");
        MovedLinks.Sweep(Stacks.Pool.Get());
        // As a process leaves it that was killed before the link moved.
        var lending = Assert.Single(Notes());
        var text = File.ReadAllText(lending);
        var maker = $"\"ProcessId\": {Environment.ProcessId}";
        Assert.Contains(maker, text, StringComparison.Ordinal);
        File.WriteAllText(lending, text.Replace(maker, "\"ProcessId\": 4194303", StringComparison.Ordinal));
        Here.Connect(Reference(container), new ContainerConnectionSpec { Bridge = "br0" });
        Assert.Empty(Here.Disconnect([Ask(container, "eth0")]));
        Assert.Equal(["br0", "card", "lo"], Names());
        Assert.False(Directory.Exists("/run/lxcnetworking"));

        // As one leaves it that was killed when it had just come home.
        static (string?, int) Held() => IpJson("link show dev card")[0] is var card
            ? (card.GetProperty("address").GetString(), card.GetProperty("mtu").GetInt32()) : default;
        var before = Held();
        Lend(container, "veth");
        var note = Assert.Single(Directory.GetFiles("/run/lxcnetworking/moved-interfaces"));
        File.Copy(note, "/run/note");
        Assert.Empty(Here.Disconnect([Ask(container, "eth0")]));
        Directory.CreateDirectory(Path.GetDirectoryName(note)!);
        File.Copy("/run/note", note);
        Ip($"link set card address {Mac} mtu 1300");
        Lend(container, "veth");
        Assert.Empty(Here.Disconnect([Ask(container, "eth0")]));
        Assert.Equal(before, Held());

        Lend(container, "veth");
        Inside(container, "link del eth0");
        Here.Connect(Reference(container), new ContainerConnectionSpec { Bridge = "br0", InterfaceName = "eth0" });
        Assert.Empty(Here.Disconnect([Ask(container, "eth0")]));
        Assert.Equal(["br0", "lo"], Names());
        Assert.True(Eventually(IsForgotten));
    });

    [Fact]
    public void A_device_that_the_container_made_itself_is_no_hardware() => RunHostile("veth", container =>
    {
        L2tpTests.NeedsL2tp();
        // The kernel gives it no kind, as a network card has none; that it is a session's tells the generic family.
        Inside(container, "address add 192.0.2.1/32 dev lo");
        Inside(container, "l2tp add tunnel tunnel_id 1 peer_tunnel_id 1 encap ip local 192.0.2.1 remote 192.0.2.1");
        Inside(container, "l2tp add session name eth0 tunnel_id 1 session_id 1 peer_session_id 1");
        Assert.Equal(NetworkErrorCode.NotSupported,
            Assert.Single(Here.Disconnect([Ask(container, "eth0")])).Error.Code);
        Assert.Equal(["br0", "card", "lo"], Names());
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_process_that_has_a_containers_number_by_now_gets_no_resolv_conf() => RunHostile("veth", container =>
    {
        using var other = Start("unshare", "--net", "--mount", "sh", "-c", "mount -t tmpfs etc /etc; exec sleep 600");
        try
        {
            var reference = Reference(other);
            var stack = Here.StackOf(reference);
            var inside = Stacks.Pool.Get(new NamespaceReference(container.Id));
            IPAddress[] servers = [IPAddress.Parse("192.0.2.53")];
            var code = Code(() => ResolvConf.Write(reference, inside, servers, [], default));
            Assert.Equal(NetworkErrorCode.ContainerNotFound, code);
            Assert.False(File.Exists($"/proc/{other.Id}/root/etc/resolv.conf"));
            ResolvConf.Write(reference, stack, servers, [], default);
            Assert.True(File.Exists($"/proc/{other.Id}/root/etc/resolv.conf"));
        }
        finally
        {
            End(other);
        }
    });
}
