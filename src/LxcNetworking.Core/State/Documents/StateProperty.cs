using System.Text.Json;
using LxcNetworking.Declarations;

namespace LxcNetworking.State.Documents;

/// <summary>A property that can be said of a thing.</summary>
/// <param name="name">Its name in documents.</param>
internal abstract class StateProperty(string name)
{
    /// <summary>Its name in documents; what is in an object of its own has that one's name in front, and a
    /// dot.</summary>
    public string Name { get; } = name;

    /// <summary>When it can be set.</summary>
    public virtual Access Access => Access.Always;

    /// <summary>Reads a value, and writes it in the one way that it can be written.</summary>
    /// <exception cref="FormatException">It does not fit.</exception>
    public abstract string Canonical(JsonElement value);

    /// <summary>Writes the JSON schema of the value.</summary>
    public abstract void WriteSchema(Utf8JsonWriter writer);
}

/// <summary>A declared property.</summary>
/// <param name="name">Its name in documents.</param>
/// <param name="declared">Its declaration.</param>
/// <param name="empty">What nothing is said of.</param>
internal sealed class DeclaredStateProperty(string name, DeclaredProperty declared, AttributeSet empty)
    : StateProperty(name)
{
    public override Access Access => declared.Access;

    public override string Canonical(JsonElement value)
    {
        if (declared.IsLinkIndex)
            return StateValue.Of(LinkNameOf(value));
        var said = declared.ReadJson(empty, value);
        return declared.Problem(said) is { } problem ? throw new FormatException(problem)
            : StateValue.Write(writer => declared.WriteJson(writer, said));
    }

    public override void WriteSchema(Utf8JsonWriter writer)
    {
        if (declared.IsLinkIndex)
            writer.WriteString("type", "string");
        else
            declared.WriteSchema(writer);
    }

    private static string LinkNameOf(JsonElement value) => value.ValueKind == JsonValueKind.String
        ? value.GetString()! : throw new FormatException($"'{value}' is not the name of a link");
}

/// <summary>A text with rules of its own.</summary>
/// <param name="name">Its name in documents.</param>
/// <param name="canonical">Reads it, and writes it in the one way that it can be written.</param>
/// <param name="access">When it can be set.</param>
internal sealed class TextStateProperty(string name, Func<string, string> canonical, Access access = Access.Always)
    : StateProperty(name)
{
    public override Access Access => access;

    public override string Canonical(JsonElement value) => value.ValueKind == JsonValueKind.String
        ? StateValue.Of(canonical(value.GetString()!)) : throw new FormatException($"'{value}' is not a text");

    public override void WriteSchema(Utf8JsonWriter writer) => writer.WriteString("type", "string");
}
