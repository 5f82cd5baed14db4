using System.Security.Cryptography;
using System.Text;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.State.Text;
using LxcNetworking.Values;

namespace LxcNetworking.State.Documents;

/// <summary>
/// Reads containers with their connections, in order. A connection is nothing but the links that it consists of, so
/// that all that is known of links is known of it: a veth pair with one end in the container and the other one in a
/// bridge, or a link in the container on a parent outside.
/// </summary>
internal sealed class ContainerReading(
    DocumentReader document, LinkReading links, ICollection<StateProblem> problems)
{
    /// <summary>What is said of a container.</summary>
    public static IReadOnlyList<string> Properties { get; } = ["name", "connections", "state"];

    /// <summary>What is said of a connection, besides what its kind of link has.</summary>
    public static IReadOnlyList<string> OfConnection { get; } =
    [
        NetworkName, Bridge, Parent, Kind, InterfaceName, HostInterfaceName, Address, Gateway,
    ];

    private const string NetworkName = "network", Bridge = "bridge", Parent = "parent", Kind = "kind",
        InterfaceName = "interfaceName", HostInterfaceName = "hostInterfaceName", Address = "ipAddress",
        Gateway = "gateway", Mtu = "mtu", State = "state", None = "none";

    private static readonly string[] s_kinds = ["veth", "macvlan", "ipvlan", "vlan"];

    /// <summary>Reads one container.</summary>
    public void Read(StateNode node, string path)
    {
        var of = new DocumentObject(node, path, problems);
        if (!of.IsObject)
            return;
        if (of.TakeText("name") is not { } name)
        {
            of.Problem("has no 'name'");
            return;
        }

        var presence = of.TakePresence();
        var connections = of.TakeList("connections", out var list);
        of.End("a container", Properties);
        try
        {
            _ = new NamespaceReference(name);
        }
        catch (Exception e) when (e is NetworkException or ArgumentException)
        {
            of.Problem(e.Message.TrimEnd('.'));
            return;
        }

        for (var i = 0; i < connections.Count; i++)
        {
            var connection = new DocumentObject(connections[i], StatePath.Of(list, i), problems);
            if (connection.IsObject)
                ReadConnection(connection, name, i, presence);
        }
    }

    private void ReadConnection(DocumentObject of, string container, int number, NetStatePresence presence)
    {
        var (network, bridge, parent) = (of.TakeText(NetworkName), of.TakeText(Bridge), of.TakeText(Parent));
        if (new[] { network, bridge, parent }.Count(place => place is not null) != 1)
        {
            of.Problem($"is to have one of '{NetworkName}', '{Bridge}' and '{Parent}'");
            return;
        }

        var kind = of.TakeText(Kind)?.ToLowerInvariant() ?? (parent is null ? s_kinds[0] : s_kinds[1]);
        if (!s_kinds.Contains(kind) || kind == s_kinds[0] != parent is null)
        {
            of.Problem($"a link of kind '{KernelText.Shown(kind)}' cannot be {(parent is null
                ? "plugged into a bridge; veth can" : "put on a parent; macvlan, ipvlan and vlan can")}");
            return;
        }

        var name = of.TakeText(InterfaceName) ?? $"eth{number}";
        var outer = of.TakeText(HostInterfaceName);
        if (outer is not null && parent is not null)
            of.Problem($"has '{HostInterfaceName}', which veth pairs alone have");
        var inside = EntriesInside(of, container, name, network);
        // What else is said of it is its link's in the container.
        var rest = of.TakeRest().ToList();
        if (presence == NetStatePresence.Absent)
        {
            rest.RemoveAll(entry => Is(entry, State));
            rest.Add(Entry(of, State, "absent"));
        }

        var link = parent is not null
            ? [.. inside, .. rest, Entry(of, Parent, parent), Entry(of, "parentNamespace", string.Empty)]
            : PairOf(of, outer ?? HostNameOf(container, name), network ?? bridge!, inside, rest);
        links.Read(StateNode.OfMap([.. link, Entry(of, Kind, kind)], of.Node.Place), of.Path);
    }

    // The link in the container: its name, addresses and gateways.
    private List<StateEntry> EntriesInside(DocumentObject of, string container, string name, string? network)
    {
        var place = of.Node.Place;
        var addresses = of.TakeList(Address, out _).Where(address => !DocumentObject.Is(address, None)).ToList();
        List<StateEntry> inside = [Entry(of, "name", name), Entry(of, "namespace", container)];
        var shape = network is null ? null : NetworkOf(network);
        if (addresses.Count > 0)
        {
            inside.Add(new("addresses", place, StateNode.OfList(
                [.. addresses.Select(address => WithLength(address, shape))])));
        }

        if (of.Take(Gateway) is { } gateway)
            inside.Add(gateway);
        else if (shape is not null && GatewaysOf(addresses, shape) is { Count: > 0 } ways)
            inside.Add(new(Gateway, place, StateNode.OfList(ways)));
        return inside;
    }

    // Both ends of a pair have one MTU, and are there or not.
    private static List<StateEntry> PairOf(
        DocumentObject of, string name, string bridge, List<StateEntry> inside, List<StateEntry> rest) =>
    [
        Entry(of, "name", name), Entry(of, Bridge, bridge),
        new("peer", of.Node.Place, StateNode.OfMap(
            [.. inside, .. rest.Where(entry => !Is(entry, State))], of.Node.Place)),
        .. rest.Where(entry => Is(entry, Mtu) || Is(entry, State)),
    ];

    private static StateEntry Entry(DocumentObject of, string name, string value)
        => new(name, of.Node.Place, StateNode.OfText(value));

    private static bool Is(StateEntry entry, string name)
        => entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase);

    // One host has one container of a name, whatever document it stands in.
    private static string HostNameOf(string container, string link)
        => "veth" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{container}\0{link}")))[..8];

    private ContainerNetworkShape? NetworkOf(string name)
        => document.Find(new(StateSubject.Network, string.Empty, name)) is { } item
            ? new(NetworkSection.SpecOf(name, item.Values).Gateways) : null;

    // A network's own prefix length is meant where none is said.
    private static StateNode WithLength(StateNode address, ContainerNetworkShape? network)
        => IPPrefix.TryParse(DocumentObject.TextOf(address) ?? string.Empty, out var prefix, out _)
            && !prefix.HasLength && network?.Around(prefix.Address) is { } around
            ? StateNode.OfText($"{prefix.Address}/{around.Length}", address.Place) : address;

    private static List<StateNode> GatewaysOf(IEnumerable<StateNode> addresses, ContainerNetworkShape network) =>
    [
        .. addresses.Select(address => IPPrefix.TryParse(
                DocumentObject.TextOf(address) ?? string.Empty, out var prefix, out _)
                    ? network.Around(prefix.Address)?.Address.ToString() : null)
            .OfType<string>().Distinct().Select(gateway => StateNode.OfText(gateway)),
    ];

    private sealed record ContainerNetworkShape(IReadOnlyList<IPPrefix> Gateways)
    {
        public IPPrefix? Around(IPAddress address) => Gateways.FirstOrDefault(
            gateway => gateway.AddressFamily == address.AddressFamily && gateway.Network.Contains(address));
    }
}
