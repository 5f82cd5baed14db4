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
        Gateway = "gateway", Mtu = "mtu", State = "state", Dhcp = "dhcp", None = "none";

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

    // What else is said of it is its link's in the container.
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

        var inner = of.TakeText(InterfaceName) ?? $"eth{number}";
        var outer = of.TakeText(HostInterfaceName);
        if (outer is not null && parent is not null)
            of.Problem($"has '{HostInterfaceName}', which veth pairs alone have");
        var place = of.Node.Place;
        var addresses = of.TakeList(Address, out _);
        var isDhcp = addresses.Any(address => Is(address, Dhcp));
        var fixedOnes = addresses.Where(address => !Is(address, Dhcp) && !Is(address, None)).ToList();
        List<StateEntry> inside =
        [
            new("name", place, StateNode.OfText(inner)), new("namespace", place, StateNode.OfText(container)),
        ];
        var spec = network is null ? null : NetworkOf(network);
        if (fixedOnes.Count > 0)
        {
            inside.Add(new("addresses", place, StateNode.OfList(
                [.. fixedOnes.Select(address => WithLength(address, spec))])));
        }

        if (of.Take(Gateway) is { } gateway)
            inside.Add(gateway);
        else if (spec is not null && GatewaysOf(fixedOnes, spec) is { Count: > 0 } ways)
            inside.Add(new(Gateway, place, StateNode.OfList(ways)));
        var rest = of.TakeRest().ToList();
        if (presence == NetStatePresence.Absent)
        {
            rest.RemoveAll(entry => entry.Name.Equals(State, StringComparison.OrdinalIgnoreCase));
            rest.Add(new(State, place, StateNode.OfText("absent")));
        }

        if (parent is not null)
        {
            links.Read(
                StateNode.OfMap(
                    [
                        .. inside, .. rest, new(Kind, place, StateNode.OfText(kind)),
                        new(Parent, place, StateNode.OfText(parent)),
                        new("parentNamespace", place, StateNode.OfText(string.Empty)),
                    ],
                    place),
                of.Path);
        }
        else
        {
            var both = rest.Where(entry => Is(entry, Mtu) || Is(entry, State)).ToList();
            inside.AddRange(rest.Where(entry => !Is(entry, State)));
            links.Read(
                StateNode.OfMap(
                    [
                        new("name", place, StateNode.OfText(outer ?? HostNameOf(container, inner))),
                        new(Kind, place, StateNode.OfText(kind)),
                        new(Bridge, place, StateNode.OfText(network ?? bridge!)),
                        new("peer", place, StateNode.OfMap(inside, place)), .. both,
                    ],
                    place),
                of.Path);
        }

        if (isDhcp && presence == NetStatePresence.Present)
        {
            document.Add(new StateItem(new(StateSubject.Lease, container, inner))
            {
                Path = StatePath.Of(of.Path, Address),
                Place = place,
            });
        }
    }

    private static bool Is(StateNode node, string word)
        => DocumentObject.TextOf(node)?.Equals(word, StringComparison.OrdinalIgnoreCase) == true;

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
