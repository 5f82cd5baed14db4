using System.Text.Json;
using LxcNetworking.Addressing;
using LxcNetworking.Declarations;
using LxcNetworking.Values;

namespace LxcNetworking.State.Documents;

/// <summary>One of several ways of a route.</summary>
[AttributeSet]
internal sealed partial record RouteWay : AttributeSet
{
    /// <summary>The gateway; 0.0.0.0 or :: where receivers are on the link itself.</summary>
    [Computed]
    public IPAddress? NextHop { get; init; }

    /// <summary>The link's name.</summary>
    [Computed]
    public string? InterfaceAlias { get; init; }

    /// <summary>Its share in comparison with the other ways'.</summary>
    [Computed(Min = 1, Max = 256)]
    public int? Weight { get; init; }

    /// <summary>Whether the gateway counts as being on the link, whatever the addresses say.</summary>
    [Computed]
    public bool? OnLink { get; init; }

    /// <summary>What packets are put into.</summary>
    [Computed]
    public RouteEncapsulation? Encapsulation { get; init; }

    /// <summary>Reads several.</summary>
    /// <exception cref="FormatException">One is none.</exception>
    public static List<RouteWay> Read(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array)
            throw new FormatException("A list of next hops was expected");
        List<RouteWay> ways = [.. value.EnumerateArray().Select(ReadJson)];
        foreach (var way in ways)
        {
            if (way.OutOfRange() is { } problem)
                throw new FormatException(problem);
        }

        return ways;
    }

    /// <summary>Writes several, without what is usual.</summary>
    public static string Write(IEnumerable<RouteWay> ways) => StateValue.Write(writer =>
    {
        writer.WriteStartArray();
        foreach (var way in ways)
        {
            (way with
            {
                Weight = way.Weight is 1 ? null : way.Weight,
                OnLink = way.OnLink is false ? null : way.OnLink,
                NextHop = way.NextHop is { } hop && IP.IsAny(hop) ? null : way.NextHop,
            }).WriteJson(writer);
        }

        writer.WriteEndArray();
    });

    /// <summary>Writes the JSON schema of several.</summary>
    public static void WriteListSchema(Utf8JsonWriter writer)
    {
        writer.WriteString("type", "array");
        writer.WritePropertyName("items");
        WriteSchema(writer);
    }
}
