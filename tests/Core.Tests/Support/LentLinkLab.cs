using System.Diagnostics;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>A container whose root does what it can with a link that the host lent it.</summary>
internal static class LentLinkLab
{
    internal const string Mac = "02:00:00:00:00:77";

    internal static ContainerOperations Here => Stacks.Pool.Get().Containers;

    /// <summary>Kinds that move, with what makes one; %NAME and %BELOW stand for its name and the link below.</summary>
    internal static readonly Dictionary<string, string> s_kinds = new()
    {
        ["veth"] = "%NAME type veth peer name %NAMEp",
        ["macvlan"] = "%NAME link %BELOW type macvlan mode bridge",
        ["vxlan"] = "%NAME type vxlan id 7 dstport 4789",
        ["ifb"] = "%NAME type ifb",
        ["dummy"] = "%NAME type dummy",
        ["gretap"] = "%NAME type gretap local 192.0.2.1 remote 192.0.2.2",
        ["vlan"] = "%NAME link %BELOW type vlan id 7",
        ["ipvlan"] = "%NAME link %BELOW type ipvlan",
    };

    internal static string Making(string kind, string name, string peer, string below) => s_kinds[kind]
        .Replace("%NAMEp", peer, StringComparison.Ordinal)
        .Replace("%NAME", name, StringComparison.Ordinal)
        .Replace("%BELOW", below, StringComparison.Ordinal);

    internal static NetworkErrorCode Code(Action action) => Assert.Throws<NetworkException>(action).Code;

    internal static ContainerConnectionSpec Phys => new() { Parent = "card", Kind = ContainerLinkKind.Phys };

    internal static ContainerReference Reference(Process container) => new($"{container.Id}");

    internal static void Lend(Process container, string kind)
    {
        Assert.Equal("eth0", Here.Connect(Reference(container), Phys).InterfaceAlias);
        Assert.Equal(kind, Ask(container, "eth0").Kind);
    }

    internal static NetworkStack StackOf(Process container)
        => Stacks.Pool.Get(new NamespaceReference(container.Id));

    internal static NetLink Ask(Process container, string name) => StackOf(container).Links.Get(name);

    internal static void Inside(Process container, string arguments)
        => Nsenter(container, ["ip", .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

    // As the container's own root, who is nobody outside.
    internal static string[] AsRoot(Process container)
        => ["nsenter", "-t", $"{container.Id}", "-U", "-n", "--preserve-credentials"];

    internal static void Nsenter(Process container, string[] command)
        => Execute(AsRoot(container)[0], [.. AsRoot(container)[1..], .. command]);

    internal static int IndexIn(Process process, string name)
        => int.Parse(
            Execute("nsenter", "-t", $"{process.Id}", "-n", "ip", "-o", "link", "show", name).Split(':')[0],
            System.Globalization.CultureInfo.InvariantCulture);

    internal static string[] Notes() => Directory.GetFiles("/run/lxcnetworking/moved-interfaces");

    internal static List<string> Names() =>
    [
        .. IpJson("link show").EnumerateArray().Select(link => link.GetProperty("ifname").GetString()!)
            .Order(StringComparer.Ordinal),
    ];

    // There when it has become what it is to be.
    internal static Process Start(params string[] command)
    {
        var process = Process.Start(command[0], command[1..]);
        Assert.True(Eventually(() => File.ReadAllText($"/proc/{process.Id}/comm") == "sleep\n"));
        return process;
    }

    internal static void RunHostile(string kind, Action<Process> body) => Run(() =>
    {
        NeedsKind(kind);
        Ip("link add br0 up type bridge");
        if (s_kinds[kind].Contains("%BELOW", StringComparison.Ordinal))
            Ip("link add under0 up type veth peer name under1");
        Ip("netns add wire");
        Ip("link add " + Making(kind, "card", "end netns wire", "under0"));
        using var container = Start("unshare", "--user", "--map-root-user", "--net", "sleep", "600");
        try
        {
            body(container);
        }
        finally
        {
            End(container);
        }
    });

    // A process of another test that ends while links are looked for leaves a doubt, and the note stays until the next
    // command.
    internal static bool IsForgotten()
    {
        if (!Directory.Exists("/run/lxcnetworking"))
            return true;
        MovedLinks.Sweep(Stacks.Pool.Get());
        return false;
    }

    // With what it has started, which would go on a moment longer.
    internal static void End(Process process)
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
    }
}
