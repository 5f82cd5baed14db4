using System.Text.Json.Nodes;
using Netlink.Tests.Support;

namespace LxcNetworking.Fuzz;

/// <summary>Spoils JSON by its values and keys.</summary>
internal static class JsonSpoiler
{
    private static readonly string[] s_values =
    [
        "null", "[]", "{}", "[null]", "true", "false", "0", "-1", "1e999", "-0.0", "1.5", "99999999999999999999",
        "2147483648", "9223372036854775807", "\"\"", "\"x\"",
        "\"\\ud800\"", "\"\\u0000\"", "\"\\u001b[31m\"", "\"\\u202e\"", "\"10.0.3.1/24\"", "\"default\"", "\"all\"",
        "{\"\\ud800\":1}", "[[[[]]]]", "{\"a\":{\"a\":{}}}",
    ];

    /// <summary>Makes a document of one that is right.</summary>
    public static string Json(this Generator random, IReadOnlyList<string> corpus)
    {
        if (random.OneIn(3))
            return random.Text(corpus);
        var text = random.Of(corpus);
        for (var i = 1 + random.Below(3); i > 0; i--)
            text = Change(random, text);
        return random.OneIn(4) ? random.Text([text]) : text;
    }

    private static string Change(Generator random, string text)
    {
        try
        {
            return Replace(random, text, JsonNode.Parse(text));
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or ArgumentException or InvalidOperationException)
        {
            // What an earlier change has made is none, or has a key twice.
            return text;
        }
    }

    private static string Replace(Generator random, string text, JsonNode? root)
    {
        var nodes = new List<JsonNode>();
        Collect(root, nodes);
        if (nodes.Count == 0)
            return text;
        // By the place where its text stands, so that a key can come twice and a value be none that the library would
        // write.
        var marker = "\"@" + random.Next().ToString("x16", System.Globalization.CultureInfo.InvariantCulture) + "\"";
        var chosen = random.Of(nodes);
        var key = chosen.Parent is JsonObject ? chosen.GetPropertyName() : null;
        var was = chosen.ToJsonString();
        var isRoot = chosen.Parent is null;
        if (!isRoot)
            chosen.ReplaceWith(JsonNode.Parse(marker));
        var rest = isRoot ? marker : root!.ToJsonString();
        var now = random.Below(6) switch
        {
            0 when key is not null => $"{was},{System.Text.Json.JsonSerializer.Serialize(key)}:{random.Of(s_values)}",
            1 when chosen.GetType() != typeof(JsonObject) && key is null => $"{was},{was}",
            2 => new string('[', 1 << random.Below(8)),
            3 => string.Concat(Enumerable.Repeat("[", 20)) + was + string.Concat(Enumerable.Repeat("]", 20)),
            4 => random.Of(nodes) is var other && !ReferenceEquals(other, chosen) ? other.ToJsonString() : "null",
            _ => random.Of(s_values),
        };
        return rest.Replace(marker, now, StringComparison.Ordinal);
    }

    private static void Collect(JsonNode? node, List<JsonNode> nodes)
    {
        if (node is null)
            return;
        nodes.Add(node);
        if (node is JsonArray array)
        {
            foreach (var item in array)
                Collect(item, nodes);
        }
        else if (node is JsonObject keys)
        {
            foreach (var (_, item) in keys)
                Collect(item, nodes);
        }
    }
}
