using LxcNetworking.Links;
using LxcNetworking.Netlink;
using LxcNetworking.State.Text;
using LxcNetworking.Values;

namespace LxcNetworking.State.Documents;

/// <summary>Reads links with their addresses and gateways, and the other ends of pairs.</summary>
internal sealed class LinkReading(DocumentReader document, ICollection<StateProblem> problems)
{
    // What a link has in a document and no table declares.
    private static readonly string[] s_structure =
    [
        "name", "namespace", "state", "kind", "bridge", "peer", "addresses", "gateway", StateTables.BridgePort,
    ];

    private static readonly string[] s_ofPair = ["peer", "peerNamespace"];

    /// <summary>What stands among a link's addresses for one that a DHCP server grants.</summary>
    public const string Dhcp = "dhcp";

    /// <summary>The key of a link's lease.</summary>
    public static StateKey LeaseOf(StateKey link) => link with { Subject = StateSubject.Lease };

    /// <summary>Reads one link.</summary>
    public void Read(StateNode node, string path)
    {
        var of = new DocumentObject(node, path, problems);
        if (of.IsObject)
            ReadEnd(of, peerOf: null);
    }

    private void ReadEnd(DocumentObject of, StateItem? peerOf)
    {
        var name = DocumentReader.TakeLinkName(of, "name");
        var inNamespace = DocumentReader.TakeNamespace(of, usual: peerOf?.Key.Namespace ?? string.Empty);
        var item = new StateItem(StateKey.Link(inNamespace, name))
        {
            Path = of.Path,
            Place = of.Node.Place,
            Presence = peerOf?.Presence ?? of.TakePresence(),
        };
        if (TakeKind(of, peerOf) is { } kind)
            item.Values["kind"] = StateValue.Of(kind);
        ReadValues(of, item);
        if (peerOf is not null)
            Join(item, peerOf);
        // Before its addresses and the other end, so that the order is one that people expect.
        if (name.Length > 0)
            document.Add(item);
        if (item.Text("kind") == WireGuardReading.Kind)
            new WireGuardReading(document, problems).Read(of, item);
        ReadAddresses(of, item);
        ReadGateway(of, item);
        ReadPeer(of, item, peerOf is not null);
        var known = StateTables.OfLink(item.Text("kind")).Properties.Select(property => property.Name)
            .Where(property => !property.Contains('.', StringComparison.Ordinal))
            .Concat(item.Text("kind") == WireGuardReading.Kind ? WireGuardReading.Properties : []);
        of.End(item.Text("kind") is { } told ? $"a {told} link" : "a link of no kind", s_structure.Concat(known));
    }

    private static string? TakeKind(DocumentObject of, StateItem? peerOf)
    {
        if (peerOf is not null)
            return peerOf.Text("kind");
        if (of.Take("kind") is not { } entry)
            return null;
        var text = DocumentObject.TextOf(entry.Value);
        // What has no kind of its own is there, or is not.
        if (text is "physical" or "loopback")
            return null;
        if (text is not null && LinkKinds.Find(text)?.Empty is not null)
            return text;
        of.Problem(
            $"'{KernelText.Shown(text ?? entry.Value.ToString())}' is no kind of link that can be made: "
                + string.Join(ValueList.Separator, LinkKinds.Names.Order(StringComparer.Ordinal)),
            entry);
        return null;
    }

    private void ReadValues(DocumentObject of, StateItem item)
    {
        var tables = StateTables.OfLink(item.Text("kind"));
        of.TakeValues(
            tables.Properties.Where(property => property.Name is not "kind" && !s_ofPair.Contains(property.Name)
                && !property.Name.Contains('.', StringComparison.Ordinal)),
            item.Values);
        if (of.TakeText("bridge") is { } bridge)
        {
            if (!item.Values.TryAdd("master", StateValue.Of(bridge)))
                of.Problem("has both 'bridge' and 'master', which mean the same");
        }

        ReadPart(of, item, StateTables.BridgePort, tables.Port, "a bridge's port");
        if (tables.Kind is { } own)
            CheckKind(of, item, own);
    }

    // What a declaration of one property does not say.
    private static void CheckKind(DocumentObject of, StateItem item, StateTable table)
    {
        if (Problem(_ => true) is not { } problem)
            return;
        var alone = of.Node.Entries.FirstOrDefault(entry => Problem(
            name => name.Equals(entry.Name, StringComparison.OrdinalIgnoreCase)) is not null);
        if (alone.Name is null)
            of.Problem(problem.TrimEnd('.'));
        else
            of.Problem(problem.TrimEnd('.'), alone);

        string? Problem(Predicate<string> isMeant)
            => (table.Read(item.Values, _ => 1, (name, _) => isMeant(name)) as LinkSettings)?.Problem;
    }

    private void ReadPart(DocumentObject of, StateItem item, string name, StateTable table, string words)
    {
        if (of.Take(name) is not { } entry)
            return;
        var part = new DocumentObject(entry.Value, StatePath.Of(of.Path, entry.Name), problems);
        part.TakeValues(table.Properties, item.Values);
        part.End(words, table.Properties.Select(property => property.Name[(name.Length + 1)..]));
    }

    private static void Join(StateItem one, StateItem other)
    {
        one.Values["peer"] = StateValue.Of(other.Key.Name);
        one.Values["peerNamespace"] = StateValue.Of(other.Key.Namespace);
        other.Values["peer"] = StateValue.Of(one.Key.Name);
        other.Values["peerNamespace"] = StateValue.Of(one.Key.Namespace);
    }

    private void ReadPeer(DocumentObject of, StateItem item, bool isPeer)
    {
        var entry = of.Take("peer");
        var isPair = LinkKinds.Find(item.Text("kind"))?.IsPair == true;
        if (entry is not { } peer)
            return;
        if (isPeer || !isPair)
        {
            of.Problem(isPeer ? "the other end has the first one as its peer already"
                : "only veth and netkit links have a peer; say 'kind: veth'", peer);
            return;
        }

        var path = StatePath.Of(of.Path, peer.Name);
        var far = new DocumentObject(DocumentObject.Whole(peer.Value, "name"), path, problems);
        if (far.IsObject)
            ReadEnd(far, item);
    }

    private void ReadAddresses(DocumentObject of, StateItem link)
    {
        var addresses = of.TakeList("addresses", out var path);
        for (var i = 0; i < addresses.Count; i++)
        {
            var node = addresses[i];
            if (DocumentObject.Is(node, Dhcp))
            {
                if (link.Presence == NetStatePresence.Present)
                {
                    document.Add(new StateItem(LeaseOf(link.Key))
                    {
                        Path = StatePath.Of(path, i),
                        Place = node.Place,
                    });
                }

                continue;
            }

            var entry = new DocumentObject(
                DocumentObject.Whole(node, "ipAddress"), StatePath.Of(path, i), problems);
            if (entry.IsObject)
                ReadAddress(entry, link);
        }
    }

    private void ReadAddress(DocumentObject of, StateItem link)
    {
        var prefix = of.TakeValue("ipAddress", IPPrefix.Parse);
        var peer = of.TakeValue("peerAddress", IPAddress.Parse);
        // Without one, it would be the only address of its network, which is rarely meant.
        if (prefix is { HasLength: false } or { IsDefaultWord: true } && peer is null)
        {
            of.Problem($"{prefix.Address} has no prefix length; write it as {prefix.Address}/"
                + (IP.FamilyOf(prefix.Address) == IPFamily.IPv4 ? "24" : "64"));
        }

        var presence = link.Presence == NetStatePresence.Present ? of.TakePresence() : link.Presence;
        var item = new StateItem(new AddressName(link.Key.Name, prefix ?? IPPrefix.Parse("::/0"), peer)
            .In(link.Key.Namespace))
        {
            Path = of.Path,
            Place = of.Node.Place,
            Presence = presence,
        };
        of.TakeValues(StateTables.Address.Properties, item.Values);
        of.End("an address", StateTables.Address.Properties.Select(property => property.Name)
            .Concat(["ipAddress", "peerAddress", "state"]));
        if (prefix is null)
        {
            if (!of.Says("ipAddress"))
                of.Problem("has no 'ipAddress'");
            return;
        }

        if (link.Presence != NetStatePresence.Absent)
            document.Add(item);
    }

    private void ReadGateway(DocumentObject of, StateItem link)
    {
        var gateways = of.TakeList("gateway", out var path);
        foreach (var node in gateways)
        {
            var text = DocumentObject.TextOf(node);
            if (!IPAddress.TryParse(text, out var gateway))
            {
                problems.Add(new StateProblem(
                    $"'{KernelText.Shown(text ?? node.ToString())}' is no IP address", path, node.Place));
                continue;
            }

            if (link.Presence != NetStatePresence.Present)
                continue;
            var everywhere = new RouteName(new IPPrefix(IP.Any(IP.FamilyOf(gateway)), 0));
            var route = new StateItem(everywhere.In(link.Key.Namespace))
            {
                Path = path,
                Place = node.Place,
            };
            route.Values["nextHop"] = StateValue.Of(gateway.ToString());
            route.Values["interfaceAlias"] = StateValue.Of(link.Key.Name);
            document.Add(route);
        }
    }
}
