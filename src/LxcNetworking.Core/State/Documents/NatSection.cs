using System.Text.Json;
using System.Text.Json.Nodes;
using LxcNetworking.Declarations;
using LxcNetworking.Nat;
using LxcNetworking.Values;

namespace LxcNetworking.State.Documents;

/// <summary>What a document says of a translation.</summary>
[AttributeSet]
internal sealed partial record NatEntry : AttributeSet
{
    /// <inheritdoc cref="NetNat.InternalIPInterfaceAddressPrefix"/>
    [Computed(Access = Access.CreateOnly)]
    public IPPrefix? InternalIPInterfaceAddressPrefix { get; init; }

    /// <inheritdoc cref="NetNat.ExternalInterfaceAlias"/>
    [Computed(Access = Access.CreateOnly)]
    public string? ExternalInterfaceAlias { get; init; }

    /// <inheritdoc cref="NetNat.ExternalIPAddress"/>
    [Computed(Access = Access.CreateOnly)]
    public IPAddress? ExternalIPAddress { get; init; }
}

/// <summary>What a document says of a static mapping.</summary>
[AttributeSet]
internal sealed partial record NatMappingEntry : AttributeSet
{
    /// <inheritdoc cref="NetNatStaticMapping.Protocol"/>
    [Computed]
    public NatProtocol? Protocol { get; init; }

    /// <inheritdoc cref="NetNatStaticMapping.ExternalIPAddress"/>
    [Computed]
    public IPAddress? ExternalIPAddress { get; init; }

    /// <inheritdoc cref="NetNatStaticMapping.ExternalPort"/>
    [Computed]
    public PortRange? ExternalPort { get; init; }

    /// <inheritdoc cref="NetNatStaticMapping.InternalIPAddress"/>
    [Computed]
    public IPAddress? InternalIPAddress { get; init; }

    /// <inheritdoc cref="NetNatStaticMapping.InternalPort"/>
    [Computed]
    public PortRange? InternalPort { get; init; }
}

/// <summary>Translations with their static mappings.</summary>
internal sealed class NatSection() : StateSection(StateSubject.Nat, "nat", "a translation")
{
    /// <summary>The list of static mappings.</summary>
    public const string Mappings = "mappings";

    private const string Network = "internalIPInterfaceAddressPrefix";
    private static readonly string[] s_ports = ["externalPort", "internalPort"];

    /// <summary>A translation's own properties.</summary>
    public static StateTable Table { get; } = new(new NatEntry(), NatEntry.Properties);

    /// <inheritdoc/>
    public override IReadOnlyList<StateProperty> Properties { get; } = [.. Table.Properties, new MappingsProperty()];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Required => [Network];

    /// <inheritdoc/>
    public override void Complete(StateItem item)
    {
        var spec = TranslationOperations.Validate(SpecOf(item.Key.Name, item.Values));
        item.Values[Network] = StateValue.Of(spec.Prefix.ToString());
    }

    /// <summary>A translation makes its namespace forward packets of its family.</summary>
    public override IEnumerable<StateItem> Along(StateItem item)
        => [new StateItem(ForwardingOf(item.Key.Namespace, SpecOf(item.Key.Name, item.Values)))];

    /// <inheritdoc/>
    public override bool IsUsual(string property, string value) => property == Mappings && value == "[]";

    /// <summary>The key of a namespace's forwarding of a translation's family.</summary>
    public static StateKey ForwardingOf(string inNamespace, NetNatSpec spec)
        => new(StateSubject.Forwarding, inNamespace, IP.FamilyOf(spec.Prefix.Address).ToString());

    /// <summary>What is said as a specification.</summary>
    public static NetNatSpec SpecOf(string name, IReadOnlyDictionary<string, string> values)
    {
        var entry = (NatEntry)Table.Read(values, _ => 0);
        return new NetNatSpec(name, entry.InternalIPInterfaceAddressPrefix ?? new IPPrefix(IPAddress.Any, 0))
        {
            ExternalInterfaceAlias = entry.ExternalInterfaceAlias,
            ExternalIPAddress = entry.ExternalIPAddress,
            NoForwarding = true,
        };
    }

    /// <summary>The static mappings that are said.</summary>
    /// <param name="name">The translation's name.</param>
    /// <param name="values">What is said.</param>
    public static List<NetNatStaticMappingSpec> MappingsOf(string name, IReadOnlyDictionary<string, string> values)
        => !values.TryGetValue(Mappings, out var json) ? []
            : [.. StateValue.Read(json).EnumerateArray().Select(item => SpecOf(name, NatMappingEntry.ReadJson(item)))];

    /// <summary>Writes mappings in the one way that they can be written.</summary>
    public static string Write(IEnumerable<NetNatStaticMappingSpec> mappings)
        => $"[{string.Join(',', mappings.Select(Write).Order(StringComparer.Ordinal))}]";

    private static string Write(NetNatStaticMappingSpec spec) => StateValue.Write(writer => new NatMappingEntry
    {
        Protocol = spec.Protocol,
        ExternalIPAddress = spec.ExternalIPAddress is { } outside && !IP.IsAny(outside) ? outside : null,
        ExternalPort = spec.ExternalPort,
        InternalIPAddress = spec.InternalIPAddress,
        InternalPort = spec.InternalPort is { } port && !port.Equals(spec.ExternalPort) ? port : null,
    }.WriteJson(writer));

    private static NetNatStaticMappingSpec SpecOf(string name, NatMappingEntry entry) => new(
        name, entry.InternalIPAddress ?? throw new FormatException("a mapping has no 'internalIPAddress'"))
    {
        Protocol = entry.Protocol,
        ExternalIPAddress = entry.ExternalIPAddress,
        ExternalPort = entry.ExternalPort,
        InternalPort = entry.InternalPort,
    };

    private sealed class MappingsProperty() : StateProperty(Mappings)
    {
        public override string Canonical(JsonElement value)
        {
            if (value.ValueKind != JsonValueKind.Array)
                throw new FormatException("a list of mappings was expected");
            try
            {
                var specs = value.EnumerateArray().Select(item => TranslationOperations.Validate(
                    SpecOf("nat", NatMappingEntry.ReadJson(WithTexts(item))))).ToList();
                var twice = specs.GroupBy(Write, StringComparer.Ordinal).FirstOrDefault(group => group.Skip(1).Any());
                return twice is null ? Write(specs)
                    : throw new FormatException($"there is twice: {twice.First()}");
            }
            catch (NetworkException e)
            {
                throw new FormatException(e.Message, e);
            }
        }

        public override void WriteSchema(Utf8JsonWriter writer)
        {
            writer.WriteString("type", "array");
            writer.WritePropertyName("items");
            NatMappingEntry.WriteSchema(writer);
        }

        // A port is a text, as it may be a range, and is mostly written as a number.
        private static JsonElement WithTexts(JsonElement mapping)
        {
            if (mapping.ValueKind != JsonValueKind.Object)
                return mapping;
            var copy = JsonObject.Create(mapping)!;
            foreach (var (name, value) in copy.ToList())
            {
                if (s_ports.Contains(name, StringComparer.OrdinalIgnoreCase)
                    && value?.GetValueKind() == JsonValueKind.Number)
                    copy[name] = value.ToJsonString();
            }

            return StateValue.Read(copy.ToJsonString());
        }
    }
}
