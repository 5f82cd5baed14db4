using LxcNetworking.State.Text;
using LxcNetworking.Values;
using LxcNetworking.WireGuard;

namespace LxcNetworking.State.Documents;

/// <summary>Reads what a WireGuard link has besides what every link has: keys' files, port, mark and peers.</summary>
internal sealed class WireGuardReading(DocumentReader document, ICollection<StateProblem> problems)
{
    /// <summary>The kernel's kind.</summary>
    public const string Kind = "wireguard";

    /// <summary>The list of peers.</summary>
    public const string Peers = "peers";

    /// <summary>What names a file with a secret.</summary>
    public const string PrivateKeyFile = "privateKeyFile", PresharedKeyFile = "presharedKeyFile";

    /// <summary>What the kernel tells of it.</summary>
    public const string PublicKey = "publicKey", HasPresharedKey = "hasPresharedKey";

    private const string AllowedIP = "allowedIP";

    /// <summary>What is said of a link.</summary>
    public static IReadOnlyList<string> Properties
        => [.. StateTables.WireGuardProperties.Select(property => property.Name), Peers];

    /// <summary>The files of secrets, whose content the kernel does not tell.</summary>
    public static IReadOnlySet<string> SecretFiles { get; }
        = new HashSet<string>(StringComparer.Ordinal) { PrivateKeyFile, PresharedKeyFile };

    /// <summary>What is changed with a secret.</summary>
    public static IReadOnlySet<string> Secrets { get; }
        = new HashSet<string>(SecretFiles, StringComparer.Ordinal) { PublicKey, HasPresharedKey };

    /// <summary>The key of what a link has.</summary>
    public static StateKey KeyOf(StateKey link) => link with { Subject = StateSubject.WireGuard };

    /// <summary>Reads what a link's object has of it.</summary>
    public void Read(DocumentObject of, StateItem link)
    {
        var item = new StateItem(KeyOf(link.Key))
        {
            Path = of.Path,
            Place = of.Node.Place,
            Presence = link.Presence,
        };
        of.TakeValues(StateTables.WireGuardProperties, item.Values);
        // It goes with its link.
        var isMeant = link.Presence != NetStatePresence.Absent;
        if (item.Values.Count > 0 && isMeant)
            document.Add(item);
        var prefixes = new Dictionary<string, WireGuardPublicKey>(StringComparer.Ordinal);
        var peers = of.TakeList(Peers, out var path);
        for (var i = 0; i < peers.Count; i++)
        {
            var peer = new DocumentObject(peers[i], StatePath.Of(path, i), problems);
            if (peer.IsObject && ReadPeer(peer, link, prefixes) is { } read && isMeant)
                document.Add(read);
        }
    }

    private static StateItem? ReadPeer(
        DocumentObject of, StateItem link, Dictionary<string, WireGuardPublicKey> prefixes)
    {
        var key = of.TakeValue(PublicKey, text => new WireGuardPublicKey(text));
        var presence = link.Presence == NetStatePresence.Present ? of.TakePresence() : link.Presence;
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        of.TakeValues(StateTables.WireGuardPeerProperties, values);
        of.End("a WireGuard peer", StateTables.WireGuardPeerProperties.Select(property => property.Name)
            .Concat([PublicKey, "state"]));
        if (!of.Says(PublicKey))
            of.Problem($"has no '{PublicKey}'");
        if (key is null)
            return null;
        var item = new StateItem(new WireGuardPeerName(link.Key.Name, key).In(link.Key.Namespace))
        {
            Path = of.Path,
            Place = of.Node.Place,
            Presence = presence,
            Values = values,
        };
        if (values.ContainsKey(PresharedKeyFile))
        {
            if (values.GetValueOrDefault(HasPresharedKey) == "false")
                of.Problem($"has a '{PresharedKeyFile}' and no preshared key at once");
            values[HasPresharedKey] = "true";
        }

        if (presence == NetStatePresence.Present)
            CheckPrefixes(of, item, key, prefixes);
        return item;
    }

    // A prefix is one peer's: the kernel would take it from the first.
    private static void CheckPrefixes(
        DocumentObject of, StateItem peer, WireGuardPublicKey key, Dictionary<string, WireGuardPublicKey> prefixes)
    {
        if (!peer.Values.TryGetValue(AllowedIP, out var json))
            return;
        var entry = (WireGuardPeerEntry)StateTables.WireGuardPeer.Read(peer.Values, _ => 0);
        List<string> networks = [.. entry.AllowedIP!.Select(prefix => prefix.Network.ToString())
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        foreach (var network in networks)
        {
            if (!prefixes.TryAdd(network, key))
                of.Problem($"has {network}, which the peer {prefixes[network]} has already");
        }

        peer.Values[AllowedIP] = ListOf(networks);
    }

    /// <summary>Prefixes in the one order in which they are written.</summary>
    public static string ListOf(IEnumerable<string> networks) => StateValue.Write(writer =>
    {
        writer.WriteStartArray();
        foreach (var network in networks)
            writer.WriteStringValue(network);
        writer.WriteEndArray();
    });
}
