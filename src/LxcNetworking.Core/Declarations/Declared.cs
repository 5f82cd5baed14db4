using System.Text.Json;
using LxcNetworking.Values;

namespace LxcNetworking.Declarations;

/// <summary>What is done with the tables of declared properties.</summary>
internal static class Declared
{
    /// <summary>The first problem of a value, or null.</summary>
    public static string? Problem<T>(T owner, DeclaredProperty<T>[] properties)
        where T : class
    {
        foreach (var property in properties)
        {
            if (property.Access != Access.ReadOnly && property.Problem(owner) is { } problem)
                return problem;
        }

        return null;
    }

    /// <summary>The first property that is set and can only be set at creation, or null.</summary>
    public static string? CreateOnly<T>(T owner, DeclaredProperty<T>[] properties)
        where T : class
        => Array.Find(properties, property => property.Access == Access.CreateOnly && property.IsSet(owner))?.Name;

    /// <summary>The first property that is set and can only be set later, or null.</summary>
    public static string? ChangeOnly<T>(T owner, DeclaredProperty<T>[] properties)
        where T : class
        => Array.Find(properties, property => property.Access == Access.ChangeOnly && property.IsSet(owner))?.Name;

    /// <summary>The properties that differ, with both values as text.</summary>
    public static IEnumerable<(string Name, string? Mine, string? Others)> Differences<T>(
        T one, T other, DeclaredProperty<T>[] properties)
        where T : class
        => properties.Where(property => property.IsPublic && property.Differs(one, other))
            .Select(property => (property.Name, property.TextOf(one), property.TextOf(other)));

    /// <summary>The properties that one says and the other has not so.</summary>
    public static IReadOnlyList<string> Unanswered<T>(T said, T read, DeclaredProperty<T>[] properties)
        where T : class
        => [.. properties.Where(property => property.IsPublic && property.IsSet(said) && property.Differs(said, read))
            .Select(property => property.Title)];

    /// <summary>The properties that one says and that the kernel does not know.</summary>
    /// <param name="said">What is said.</param>
    /// <param name="read">What the kernel tells.</param>
    /// <param name="isDone">Whether the kernel was sent what is said. Only then is it known of what it leaves out where
    /// it has its usual value.</param>
    /// <param name="properties">The type's properties.</param>
    public static IReadOnlyList<string> Unknown<T>(T said, T? read, bool isDone, DeclaredProperty<T>[] properties)
        where T : class
        => [.. properties
            .Where(property => property.Since is not null && property.IsSet(said)
                && (property.IsLeftOut ? isDone && (read is null || property.Differs(said, read))
                    : read is null || !property.IsSet(read)))
            .Select(property => property.Title)];

    /// <summary>What was before of that which was said and is otherwise now, or null for nothing.</summary>
    /// <param name="empty">Says nothing: where the result begins.</param>
    /// <param name="said">What was said.</param>
    /// <param name="before">What was before.</param>
    /// <param name="now">What is now.</param>
    /// <param name="properties">The type's properties.</param>
    public static T? SetBack<T>(T empty, T said, T before, T now, DeclaredProperty<T>[] properties)
        where T : class
    {
        var changed = Array.FindAll(
            properties,
            property => property.Access == Access.Always && property.IsSet(said) && property.Differs(before, now));
        return changed.Length == 0 ? null
            : changed.Aggregate(empty, (result, property) => property.Copy(result, before));
    }

    /// <summary>The properties that one says and that the kernel, which tells all that it has, does not.</summary>
    public static IReadOnlyList<string> Untold<T>(T said, T read, DeclaredProperty<T>[] properties)
        where T : class
        => [.. properties.Where(property => property.IsSet(said) && !property.IsSet(read))
            .Select(property => property.Title)];

    /// <summary>A copy of the second with what the first says.</summary>
    public static T Over<T>(T said, T now, DeclaredProperty<T>[] properties)
        where T : class
        => properties.Aggregate(now, (result, property) => property.Copy(result, said));

    /// <summary>What one says, of what another says too.</summary>
    /// <param name="empty">Says nothing: where the result begins.</param>
    /// <param name="values">What is copied.</param>
    /// <param name="said">Says which properties.</param>
    /// <param name="properties">The type's properties.</param>
    public static T Overlap<T>(T empty, T values, T said, DeclaredProperty<T>[] properties)
        where T : class
        => properties.Where(property => property.IsSet(said))
            .Aggregate(empty, (result, property) => property.Copy(result, values));

    /// <summary>All that is set, as text.</summary>
    public static string TextOf<T>(T owner, DeclaredProperty<T>[] properties)
        where T : class
        => string.Join(ValueList.Separator, properties.Where(property => property.IsPublic && property.IsSet(owner))
            .Select(property => $"{property.Name}={property.TextOf(owner)}"));

    /// <summary>Writes what is set as a JSON object.</summary>
    public static void WriteJson<T>(T owner, Utf8JsonWriter writer, DeclaredProperty<T>[] properties)
        where T : class
    {
        writer.WriteStartObject();
        foreach (var property in properties.Where(property => property.IsPublic && property.IsSet(owner)))
        {
            writer.WritePropertyName(property.JsonName);
            property.WriteJson(writer, owner);
        }

        writer.WriteEndObject();
    }

    /// <summary>Reads a JSON object.</summary>
    /// <exception cref="FormatException">A property is not known, or its value does not fit.</exception>
    public static T ReadJson<T>(T empty, JsonElement json, DeclaredProperty<T>[] properties)
        where T : class
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw new FormatException("An object was expected");
        var result = empty;
        foreach (var item in json.EnumerateObject())
        {
            var property = Array.Find(
                properties,
                property => property.IsPublic
                    && property.JsonName.Equals(item.Name, StringComparison.OrdinalIgnoreCase))
                ?? throw new FormatException(
                    $"'{Netlink.KernelText.Shown(item.Name)}' is none of "
                    + string.Join(
                        ValueList.Separator,
                        properties.Where(property => property.IsPublic).Select(property => property.JsonName)));
            try
            {
                result = property.ReadJson(result, item.Value);
            }
            catch (FormatException e)
            {
                throw new FormatException($"{item.Name}: {e.Message}", e);
            }
        }

        return result;
    }

    /// <summary>Writes the JSON schema of an object.</summary>
    public static void WriteSchema<T>(Utf8JsonWriter writer, DeclaredProperty<T>[] properties)
        where T : class
    {
        writer.WriteStartObject();
        writer.WriteString("type", "object");
        writer.WriteBoolean("additionalProperties", false);
        writer.WriteStartObject("properties");
        foreach (var property in properties.Where(property => property.IsPublic))
        {
            writer.WriteStartObject(property.JsonName);
            property.WriteSchema(writer);
            if (property.Access == Access.ReadOnly)
                writer.WriteBoolean("readOnly", true);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
