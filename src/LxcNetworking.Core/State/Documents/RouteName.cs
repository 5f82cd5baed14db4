using System.Globalization;
using LxcNetworking.Addressing;
using LxcNetworking.Values;

namespace LxcNetworking.State.Documents;

/// <summary>What tells a route from the others of its namespace: <c>10.0.4.0/24</c>, <c>::/0 metric 100 table
/// 7</c>.</summary>
/// <param name="Destination">Where packets are headed.</param>
/// <param name="Metric">Its metric; null for the kernel's own choice.</param>
/// <param name="Table">Its table; null for main.</param>
/// <param name="TypeOfService">IPv4: the type of service that packets must have; null for all.</param>
/// <param name="SourcePrefix">IPv6: where packets must come from; null for anywhere.</param>
internal readonly record struct RouteName(
    IPPrefix Destination,
    long? Metric = null,
    RouteTable? Table = null,
    int? TypeOfService = null,
    IPPrefix? SourcePrefix = null)
{
    private const int UsualIPv6Metric = 1024;

    // What says where a route goes, and what belongs to that.
    private static readonly string[] s_leading = ["nextHop", "interfaceAlias", "nextHops", "nextHopId", "type"];
    private static readonly string[] s_way = [.. s_leading, "onLink", "encapsulation", "scope"];

    private long UsualMetric => IP.FamilyOf(Destination.Address) == IPFamily.IPv6 ? UsualIPv6Metric : 0;

    /// <summary>The metric as the kernel tells it.</summary>
    public long RealMetric => Metric is > 0 ? Metric.Value : UsualMetric;

    /// <summary>The route's key.</summary>
    public StateKey In(string inNamespace) => new(StateSubject.Route, inNamespace, ToString());

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = Destination.ToString();
        if (SourcePrefix is { Length: > 0 })
            text += $" from {SourcePrefix}";
        if (RealMetric != UsualMetric)
            text += string.Create(CultureInfo.InvariantCulture, $" metric {RealMetric}");
        if (TypeOfService is > 0)
            text += string.Create(CultureInfo.InvariantCulture, $" tos {TypeOfService}");
        return Table is null || Table.Equals(RouteTable.Main) ? text : $"{text} table {Table}";
    }

    /// <summary>A route with what is said of it, and what it has otherwise; another way replaces the whole
    /// way.</summary>
    /// <param name="said">What is said.</param>
    /// <param name="now">What it has.</param>
    public static SortedDictionary<string, string> Over(
        IReadOnlyDictionary<string, string> said, IReadOnlyDictionary<string, string> now)
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var isOther = s_leading.Any(said.ContainsKey);
        foreach (var (name, value) in now)
        {
            if (!isOther || !s_way.Contains(name))
                values[name] = value;
        }

        foreach (var (name, value) in said)
            values[name] = value;
        return values;
    }

    /// <summary>Reads the text form.</summary>
    public static RouteName Parse(string text)
    {
        var words = text.Split(' ');
        var result = new RouteName(IPPrefix.Parse(words[0]));
        for (var i = 1; i + 1 < words.Length; i += 2)
        {
            var value = words[i + 1];
            result = words[i] switch
            {
                "from" => result with { SourcePrefix = IPPrefix.Parse(value) },
                "metric" => result with { Metric = long.Parse(value, CultureInfo.InvariantCulture) },
                "tos" => result with { TypeOfService = int.Parse(value, CultureInfo.InvariantCulture) },
                _ => result with { Table = new RouteTable(value) },
            };
        }

        return result;
    }
}
