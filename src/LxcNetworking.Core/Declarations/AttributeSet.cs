using LxcNetworking.Netlink;

namespace LxcNetworking.Declarations;

/// <summary>
/// What is declared with <see cref="NlaAttribute"/>: read from the kernel, shown, and sent; null leaves a thing out or
/// as it is. The members here are generated.
/// </summary>
public abstract record AttributeSet
{
    /// <summary>Says which value is out of its range, or null.</summary>
    internal virtual string? OutOfRange() => null;

    /// <summary>The name of a property that is said and can only be set at creation, or null.</summary>
    internal virtual string? OnlyAtCreation() => null;

    /// <summary>The properties in which it differs from another one of its type, with both values as text.</summary>
    internal virtual IEnumerable<(string Name, string? Mine, string? Others)> Differences(AttributeSet other) => [];

    /// <summary>Writes the attributes.</summary>
    internal virtual void Write(NetlinkRequest data)
    {
    }

    /// <summary>Writes a JSON object.</summary>
    internal virtual void WriteJson(System.Text.Json.Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteEndObject();
    }
}
