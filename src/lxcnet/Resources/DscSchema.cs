using System.Text.Json.Nodes;
using LxcNetworking.State.Documents;

namespace LxcNetworking.Program.Resources;

/// <summary>The JSON schemas of resources, made of the one of documents.</summary>
internal static class DscSchema
{
    private const string Definitions = "$defs", Reference = "$ref", ToDefinition = "#/$defs/",
        Properties = "properties", TextType = "string", Truth = "boolean";

    /// <summary>Makes a resource's schema.</summary>
    public static JsonObject Of(DscResource resource)
    {
        var document = JsonNode.Parse(StateSchema.Write())!.AsObject();
        var definitions = document[Definitions]!.AsObject();
        var schema = new JsonObject
        {
            ["$schema"] = document["$schema"]!.DeepClone(),
            ["title"] = resource.Type,
            ["description"] = resource.Description,
        };
        foreach (var (name, value) in resource.SchemaOf(definitions, document))
            schema[name] = value!.DeepClone();
        var properties = schema[Properties]!.AsObject();
        foreach (var option in resource.Options)
            properties[option] = OptionOf(option);
        foreach (var name in DscNames.ReadOnly)
            properties[name] = ReadOnlyOf(name);
        AddUsed(schema, definitions);
        return schema;
    }

    /// <summary>The schema of an object with these properties alone.</summary>
    public static JsonObject Object(JsonObject properties, IEnumerable<string> required)
    {
        var schema = new JsonObject { ["type"] = "object", [Properties] = properties };
        var names = new JsonArray([.. required.Select(name => (JsonNode)name)]);
        if (names.Count > 0)
            schema["required"] = names;
        schema["additionalProperties"] = false;
        return schema;
    }

    /// <summary>The definition of an object, for which a text may stand.</summary>
    public static JsonObject WholeOf(JsonObject definition) => definition["anyOf"] is JsonArray choices
        ? choices.Select(choice => choice!.AsObject()).First(choice => choice.ContainsKey(Properties)) : definition;

    /// <summary>A text.</summary>
    public static JsonObject Text() => new() { ["type"] = TextType };

    private static JsonObject OptionOf(string name) => name switch
    {
        DscNames.Exist => new()
        {
            ["type"] = Truth,
            ["default"] = true,
            ["description"] = "Whether it is to be there.",
        },
        DscNames.Purge => WriteOnly(
            "Whether what an earlier instance of the same name has made, and this one does not list, is removed."),
        DscNames.Adopt => WriteOnly(
            "Whether what is there and somebody else made is taken over. Otherwise it is an error where it differs."),
        _ => WriteOnly("Whether it is done also where it takes things of others along."),
    };

    private static JsonObject WriteOnly(string words) => new()
    {
        ["type"] = Truth,
        ["default"] = false,
        ["writeOnly"] = true,
        ["description"] = words,
    };

    private static JsonObject ReadOnlyOf(string name) => name switch
    {
        DscNames.InDesiredState => ReadOnly(
            new JsonArray(Truth, "null"), "Whether all is as the instance says; told by the test alone."),
        DscNames.Name => ReadOnly(TextType, "What an exported instance is called."),
        _ => ReadOnly("object", "What would be done, step by step."),
    };

    private static JsonObject ReadOnly(JsonNode type, string words) => new()
    {
        ["type"] = type,
        ["readOnly"] = true,
        ["description"] = words,
    };

    // Those that the schema refers to, and those that these do.
    private static void AddUsed(JsonObject schema, JsonObject definitions)
    {
        var used = new SortedDictionary<string, JsonNode>(StringComparer.Ordinal);
        Visit(schema);
        if (used.Count > 0)
        {
            schema[Definitions] = new JsonObject(
                [.. used.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))]);
        }

        void Visit(JsonNode? node)
        {
            if (node is JsonArray items)
            {
                foreach (var item in items)
                    Visit(item);
                return;
            }

            foreach (var (name, value) in node as IEnumerable<KeyValuePair<string, JsonNode?>> ?? [])
            {
                if (name == Reference && value is JsonValue target
                    && target.GetValue<string>() is var path && path.StartsWith(ToDefinition, StringComparison.Ordinal))
                {
                    var definition = path[ToDefinition.Length..];
                    if (used.ContainsKey(definition))
                        continue;
                    var copy = definitions[definition]!.DeepClone();
                    used.Add(definition, copy);
                    Visit(copy);
                }
                else
                {
                    Visit(value);
                }
            }
        }
    }
}
