using System.Reflection;
using System.Text;
using System.Text.Json;
using LxcNetworking.Addressing;
using LxcNetworking.Bridges;
using LxcNetworking.Declarations;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Netlink;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;
using LxcNetworking.WireGuard;

namespace LxcNetworking.Tests;

/// <summary>A declared type with what is generated for it, behind one interface for all.</summary>
internal abstract class DeclaredSet(Type type)
{
    /// <summary>Every declared type.</summary>
    public static IReadOnlyList<DeclaredSet> All { get; } =
    [
        Of(
            () => new BondPortSettings(), BondPortSettings.Properties, data => new(data),
            BondPortSettings.ReadJson, (a, b) => a.Over(b)),
        Of(
            () => new BondSettings(), BondSettings.Properties, data => new(data),
            BondSettings.ReadJson, (a, b) => a.Over(b)),
        Of(
            () => new BridgePortSettings(), BridgePortSettings.Properties, data => new(data),
            BridgePortSettings.ReadJson, (a, b) => a.Over(b)),
        Of(
            () => new BridgeSettings(), BridgeSettings.Properties, data => new(data),
            BridgeSettings.ReadJson, (a, b) => a.Over(b)),
        Of(
            () => new CommonLinkSettings(), CommonLinkSettings.Properties, data => new(data),
            CommonLinkSettings.ReadJson, (a, b) => a.Over(b)),
        Of(
            () => new DummySettings(), DummySettings.Properties, data => new(data),
            DummySettings.ReadJson, (a, b) => a.Over(b)),
        Of(
            () => new GeneveSettings(), GeneveSettings.Properties, data => new(data),
            GeneveSettings.ReadJson, (a, b) => a.Over(b)),
        Of(
            () => new GreSettings(), GreSettings.Properties, data => new(data),
            GreSettings.ReadJson, (a, b) => a.Over(b)),
        Of(
            () => new IfbSettings(), IfbSettings.Properties, data => new(data),
            IfbSettings.ReadJson, (a, b) => a.Over(b)),
        Of(
            () => new IPTunnelSettings(), IPTunnelSettings.Properties, data => new(data),
            IPTunnelSettings.ReadJson, (a, b) => a.Over(b)),
        Of(
            () => new MacsecSettings(), MacsecSettings.Properties, data => new(data),
            MacsecSettings.ReadJson, (a, b) => a.Over(b)),
        Of(
            () => new HsrSettings(), HsrSettings.Properties, data => new(data),
            HsrSettings.ReadJson, (a, b) => a.Over(b)),
        Of(
            () => new VcanSettings(), VcanSettings.Properties, data => new(data),
            VcanSettings.ReadJson, (a, b) => a.Over(b)),
        Of(
            () => new NlmonSettings(), NlmonSettings.Properties, data => new(data),
            NlmonSettings.ReadJson, (a, b) => a.Over(b)),
        Of(
            () => new VtiSettings(), VtiSettings.Properties, data => new(data),
            VtiSettings.ReadJson, (a, b) => a.Over(b)),
        Of(
            () => new XfrmSettings(), XfrmSettings.Properties, data => new(data),
            XfrmSettings.ReadJson, (a, b) => a.Over(b)),
        Of(
            () => new IpvlanSettings(), IpvlanSettings.Properties, data => new(data),
            IpvlanSettings.ReadJson, (a, b) => a.Over(b)),
        Of(
            () => new MacvlanSettings(), MacvlanSettings.Properties, data => new(data),
            MacvlanSettings.ReadJson, (a, b) => a.Over(b)),
        Of(
            () => new NetkitSettings(), NetkitSettings.Properties, data => new(data),
            NetkitSettings.ReadJson, (a, b) => a.Over(b)),
        Of(
            () => new TapSettings(), TapSettings.Properties, data => new(data),
            TapSettings.ReadJson, (a, b) => a.Over(b)),
        Of(
            () => new VethSettings(), VethSettings.Properties, data => new(data),
            VethSettings.ReadJson, (a, b) => a.Over(b)),
        Of(
            () => new VlanSettings(), VlanSettings.Properties, data => new(data),
            VlanSettings.ReadJson, (a, b) => a.Over(b)),
        Of(
            () => new VrfSettings(), VrfSettings.Properties, data => new(data),
            VrfSettings.ReadJson, (a, b) => a.Over(b)),
        Of(
            () => new VxlanSettings(), VxlanSettings.Properties, data => new(data),
            VxlanSettings.ReadJson, (a, b) => a.Over(b)),
        Of(
            () => new WireGuardDetails(), WireGuardDetails.Properties, data => new(data),
            WireGuardDetails.ReadJson, (a, b) => a.Over(b)),
        Of(
            () => new NextHopSettings(), NextHopSettings.Properties, data => new(data),
            NextHopSettings.ReadJson, (a, b) => a.Over(b)),
        Of(
            () => new RouteSettings(), RouteSettings.Properties, data => new(data),
            RouteSettings.ReadJson, (a, b) => a.Over(b)),
        Of(
            () => new RuleSpec(IPFamily.IPv4), RuleSpec.Properties, data => new(data),
            RuleSpec.ReadJson, (a, b) => a.Over(b)),
        // What has a constructor of its own is never read of JSON.
        Of(
            () => new NetIPAddress(new AttributeReader([])), NetIPAddress.Properties, data => new(data),
            null, (a, b) => a.Over(b)),
        Of(
            () => new NetNeighbor(new AttributeReader([])), NetNeighbor.Properties, data => new(data),
            null, (a, b) => a.Over(b)),
        Of(
            () => new BridgeFdbEntry(new AttributeReader([])), BridgeFdbEntry.Properties, data => new(data),
            null, (a, b) => a.Over(b)),
        Of(
            () => new VxlanVni(new AttributeReader([])), VxlanVni.Properties, data => new(data),
            null, (a, b) => a.Over(b)),
        Of(
            () => new BridgeMdbEntry(new AttributeReader([])), BridgeMdbEntry.Properties, data => new(data),
            null, (a, b) => a.Over(b)),
        Of(
            () => new BridgeMulticastRouterPort(new AttributeReader([])), BridgeMulticastRouterPort.Properties,
            data => new(data), null, (a, b) => a.Over(b)),
        Of(
            () => new BridgeVlanGlobalSettings(), BridgeVlanGlobalSettings.Properties, data => new(data),
            BridgeVlanGlobalSettings.ReadJson, (a, b) => a.Over(b)),
        Of(
            () => new BridgeVlanSettings(), BridgeVlanSettings.Properties, data => new(data),
            BridgeVlanSettings.ReadJson, (a, b) => a.Over(b)),
    ];

    internal delegate T Reader<out T>(AttributeReader data);

    /// <summary>The declared type.</summary>
    public Type Type { get; } = type;

    /// <summary>The declared properties.</summary>
    public abstract IReadOnlyList<Declaration> Declarations { get; }

    /// <summary>Whether it is read of JSON.</summary>
    public abstract bool HasJson { get; }

    /// <summary>The set of a type's name.</summary>
    public static DeclaredSet Of(string name) => All.Single(set => set.Type.Name == name);

    /// <summary>The set that a value is of.</summary>
    public static DeclaredSet Of(AttributeSet value) => All.Single(set => set.Type == value.GetType());

    /// <summary>One with nothing said.</summary>
    public abstract AttributeSet Empty();

    /// <summary>Reads attributes.</summary>
    public abstract AttributeSet Read(ReadOnlySpan<byte> attributes);

    /// <summary>Reads JSON.</summary>
    public abstract AttributeSet ReadJson(JsonElement json);

    /// <summary>What one says, and where it says nothing, what another says.</summary>
    public abstract AttributeSet Over(AttributeSet said, AttributeSet now);

    /// <summary>The names of all declared properties in which two differ.</summary>
    public abstract IReadOnlyList<string> Differing(AttributeSet one, AttributeSet other);

    /// <summary>The names of all declared properties that are set.</summary>
    public IReadOnlyList<string> SetIn(AttributeSet value)
        => [.. Declarations.Where(one => one.IsSet(value)).Select(one => one.Name)];

    /// <summary>What it writes into a message.</summary>
    public static byte[] Written(AttributeSet value)
    {
        using var request = new NetlinkRequest(0);
        value.Write(request);
        return request.Seal(1, 1, 0)[NetlinkRequest.HeaderSize..].ToArray();
    }

    /// <summary>What it writes as JSON.</summary>
    public static JsonElement Json(AttributeSet value)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
            value.WriteJson(writer);
        using var document = JsonDocument.Parse(Encoding.UTF8.GetString(stream.ToArray()));
        return document.RootElement.Clone();
    }

    public override string ToString() => Type.Name;

    private static Typed<T> Of<T>(
        Func<T> empty,
        DeclaredProperty<T>[] properties,
        Reader<T> read,
        Func<JsonElement, T>? readJson,
        Func<T, T, T> over)
        where T : AttributeSet
        => new(empty, properties, read, readJson, over);

    /// <summary>A declared property, whose type is set by reflection.</summary>
    internal sealed record Declaration(
        string Name,
        Type Type,
        bool IsPublic,
        Access Access,
        Unit Unit,
        long? Min,
        long? Max,
        string? Since,
        Func<AttributeSet, bool> IsSet,
        PropertyInfo Member);

    private sealed class Typed<T>(
        Func<T> empty,
        DeclaredProperty<T>[] properties,
        Reader<T> read,
        Func<JsonElement, T>? readJson,
        Func<T, T, T> over) : DeclaredSet(typeof(T))
        where T : AttributeSet
    {
        public override IReadOnlyList<Declaration> Declarations { get; } = [.. properties.Select(property =>
        {
            var member = typeof(T).GetProperty(
                property.Name, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)!;
            return new Declaration(
                property.Name,
                Nullable.GetUnderlyingType(member.PropertyType) ?? member.PropertyType,
                property.IsPublic,
                property.Access,
                property.Unit,
                property.Min,
                property.Max,
                property.Since,
                value => property.IsSet((T)value),
                member);
        })];

        public override bool HasJson => readJson is not null;

        public override AttributeSet Empty() => empty();

        public override AttributeSet Read(ReadOnlySpan<byte> attributes) => read(new AttributeReader(attributes));

        public override AttributeSet ReadJson(JsonElement json) => readJson!(json);

        public override AttributeSet Over(AttributeSet said, AttributeSet now) => over((T)said, (T)now);

        public override IReadOnlyList<string> Differing(AttributeSet one, AttributeSet other)
            => [.. properties.Where(property => property.Differs((T)one, (T)other)).Select(property => property.Name)];
    }
}
