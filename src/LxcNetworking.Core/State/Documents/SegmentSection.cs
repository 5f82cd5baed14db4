using LxcNetworking.Declarations;
using LxcNetworking.Segments;
using LxcNetworking.Values;
using LxcNetworking.WireGuard;

namespace LxcNetworking.State.Documents;

/// <summary>What a document says of a segment.</summary>
[AttributeSet]
internal sealed partial record SegmentEntry : AttributeSet
{
    /// <inheritdoc cref="SegmentSpec.Encapsulation"/>
    [Computed]
    public SegmentEncapsulation? Encapsulation { get; init; }

    /// <inheritdoc cref="SegmentSpec.Local"/>
    [Computed]
    public IPAddress? Local { get; init; }

    /// <inheritdoc cref="SegmentSpec.Remote"/>
    [Computed]
    public ValueList<IPAddress>? Remote { get; init; }

    /// <inheritdoc cref="SegmentSpec.Key"/>
    [Computed(Min = 0, Max = uint.MaxValue)]
    public long? Key { get; init; }

    /// <inheritdoc cref="SegmentSpec.Port"/>
    [Computed(Min = 1, Max = ushort.MaxValue)]
    public int? Port { get; init; }

    /// <summary>The MTU of tunnels and bridge, in bytes; 0 for the largest that the underlay carries whole.</summary>
    [Computed(Min = 0, Max = ushort.MaxValue)]
    public int? Mtu { get; init; }

    /// <inheritdoc cref="SegmentEncryption.PrivateKeyFile"/>
    [Computed]
    public string? PrivateKeyFile { get; init; }

    /// <summary>The public key that goes with the private one.</summary>
    [Computed]
    public WireGuardPublicKey? PublicKey { get; init; }

    /// <inheritdoc cref="SegmentEncryption.PeerPublicKey"/>
    [Computed]
    public ValueList<WireGuardPublicKey>? PeerPublicKey { get; init; }

    /// <inheritdoc cref="SegmentEncryption.ListenPort"/>
    [Computed(Min = 1, Max = ushort.MaxValue)]
    public int? ListenPort { get; init; }
}

/// <summary>This host's parts of layer-2 segments that span hosts.</summary>
internal sealed class SegmentSection() : StateSection(StateSubject.Segment, "segments", "a segment")
{
    private const string Encapsulation = "encapsulation", Local = "local", Remote = "remote", Key = "key",
        Port = "port", Mtu = "mtu", PeerPublicKey = "peerPublicKey", ListenPort = "listenPort", Nothing = "null";

    private static readonly string[] s_ofEncryption
        = [PeerPublicKey, ListenPort, WireGuardReading.PrivateKeyFile, WireGuardReading.PublicKey];

    /// <summary>A segment's properties.</summary>
    public static StateTable Table { get; } = new(new SegmentEntry(), SegmentEntry.Properties);

    /// <inheritdoc/>
    public override string NameProperty => "bridge";

    /// <inheritdoc/>
    public override IReadOnlyList<StateProperty> Properties { get; } = StateTables.WithFiles(Table);

    /// <inheritdoc/>
    public override IReadOnlyList<string> Required => [Encapsulation, Local, Remote];

    /// <inheritdoc/>
    public override void Complete(StateItem item)
    {
        var spec = SpecOf(item.Key.Name, item.Values, null);
        spec.Validate();
        var problem = s_ofEncryption.FirstOrDefault(item.Values.ContainsKey) is not { } said || spec.Encryption is { }
                || (said == PeerPublicKey && item.Values[said] == "[]") ? null
            : $"has '{said}', and no '{PeerPublicKey}' of the other hosts";
        problem ??= spec.Encryption is null || item.Values.ContainsKey(WireGuardReading.PrivateKeyFile)
            || item.Values.ContainsKey(WireGuardReading.PublicKey) ? null
            : $"has '{PeerPublicKey}', and no '{WireGuardReading.PrivateKeyFile}'";
        if (problem is not null)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, problem, item.Key.Name);
        // The hosts are a set, and their keys go along with them.
        var hosts = spec.Remote
            .Select((address, i) => (Address: address, Key: spec.Encryption?.PeerPublicKey[i]))
            .OrderBy(host => host.Address).ToList();
        Table.Write(
            new SegmentEntry
            {
                Remote = [.. hosts.Select(host => host.Address)],
                PeerPublicKey = spec.Encryption is null ? null : [.. hosts.Select(host => host.Key!)],
            },
            item.Values,
            _ => null);
    }

    /// <inheritdoc/>
    public override IEnumerable<StateKey> Uses(StateItem item) => [StateKey.Link(item.Key.Namespace, item.Key.Name)];

    /// <inheritdoc/>
    public override IReadOnlyList<string> DisruptsByChange => ["all traffic over it"];

    /// <inheritdoc/>
    public override bool IsUsual(string property, string value) => value is Nothing or "[]" or "\"\""
        || (property == Mtu && value == "0") || (property == ListenPort && value == "51820");

    /// <summary>What a segment is like after a change.</summary>
    /// <param name="actual">What it is like.</param>
    /// <param name="said">What is said. What goes with another encapsulation is usual where it is not.</param>
    public static SortedDictionary<string, string> Over(
        SortedDictionary<string, string> actual, SortedDictionary<string, string> said)
    {
        var values = new SortedDictionary<string, string>(actual, StringComparer.Ordinal);
        if (said.TryGetValue(Encapsulation, out var other) && actual.GetValueOrDefault(Encapsulation) != other)
        {
            values.Remove(Key);
            values.Remove(Port);
        }

        foreach (var (property, value) in said)
            values[property] = value;
        return values;
    }

    /// <summary>What is said as a specification.</summary>
    /// <param name="bridge">The bridge.</param>
    /// <param name="values">What is said.</param>
    /// <param name="key">This host's private key; null where it is not needed.</param>
    public static SegmentSpec SpecOf(
        string bridge, IReadOnlyDictionary<string, string> values, WireGuardSecret? key)
    {
        var entry = EntryOf(values);
        return new SegmentSpec(
            bridge, entry.Local ?? IPAddress.Any, entry.Remote ?? [], entry.Encapsulation ?? default)
        {
            Key = entry.Key,
            Port = entry.Port,
            Mtu = entry.Mtu == 0 ? null : entry.Mtu,
            Encryption = entry.PeerPublicKey is not { Count: > 0 } peers ? null
                : new SegmentEncryption(key, peers)
                {
                    ListenPort = entry.ListenPort ?? SegmentEncryption.DefaultPort,
                    PrivateKeyFile = entry.PrivateKeyFile,
                },
        };
    }

    /// <summary>What is said.</summary>
    public static SegmentEntry EntryOf(IReadOnlyDictionary<string, string> values)
        => (SegmentEntry)Table.Read(
            values.Where(pair => pair.Value != Nothing).ToDictionary(StringComparer.Ordinal), _ => 0);

    /// <summary>A segment as what is said: all of it, so that it can be put back whole, but for what is not
    /// known.</summary>
    public static SortedDictionary<string, string> ValuesOf(NetSegment segment)
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Table.Write(
            new SegmentEntry
            {
                Encapsulation = segment.Encapsulation,
                Local = segment.Local,
                Remote = segment.Remote,
                Key = segment.Key,
                Port = segment.Port,
                Mtu = segment.HasGivenMtu ? (int)segment.Mtu : 0,
                PrivateKeyFile = segment.PrivateKeyFile,
                PublicKey = segment.PublicKey,
                PeerPublicKey = segment.PeerPublicKey,
                ListenPort = segment.ListenPort is > 0 and var port ? port : null,
            },
            values,
            _ => null);
        if (segment is { Key: null, Encapsulation: SegmentEncapsulation.Gretap })
            values[Key] = Nothing;
        return values;
    }
}
