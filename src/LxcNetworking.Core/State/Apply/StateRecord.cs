using System.Text.Json;
using LxcNetworking.Netlink;
using LxcNetworking.State.Documents;
using LxcNetworking.Values;

namespace LxcNetworking.State.Apply;

/// <summary>
/// What is kept of a document: what it has made, and while it is applied, what was there before. It has the same form
/// as what the kernel tells, and no secrets, as that has none.
/// </summary>
/// <param name="Document">The document's name.</param>
/// <param name="Cookie">The kernel's number of the namespace that it was applied in.</param>
/// <param name="Owned">What it has made, as the document says it.</param>
internal sealed record StateRecord(string Document, ulong Cookie, IReadOnlyList<StateItem> Owned)
{
    private const int Version = 1;

    /// <summary>While it is applied: what the things that are touched were like; those that were not there are
    /// absent.</summary>
    public IReadOnlyList<StateItem> Before { get; init; } = [];

    /// <summary>While it is applied: all namespaces that are touched.</summary>
    public IReadOnlyList<string> Namespaces { get; init; } = [];

    /// <summary>Of what awaits confirmation: until when; null of what nobody need confirm.</summary>
    public StateConfirmation? Confirmation { get; init; }

    /// <summary>What is read to put back what was there.</summary>
    public StateScope Scope => StateScope.Of(Before.Concat(Owned), Namespaces);

    /// <summary>Writes JSON.</summary>
    public byte[] ToJson() => System.Text.Encoding.UTF8.GetBytes(StateValue.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteNumber("version", Version);
        writer.WriteString("document", Document);
        writer.WriteNumber("cookie", Cookie);
        Write(writer, "owned", Owned);
        Write(writer, "before", Before);
        writer.WriteStartArray("namespaces");
        foreach (var name in Namespaces)
            writer.WriteStringValue(name);
        writer.WriteEndArray();
        Confirmation?.Write(writer);
        writer.WriteEndObject();
    }));

    /// <summary>Reads JSON.</summary>
    /// <param name="json">What is on file.</param>
    /// <param name="file">The file's name, for the message.</param>
    /// <exception cref="NetworkException">InvalidArgument: it is none.</exception>
    public static StateRecord Read(byte[] json, string file)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.GetProperty("version").GetInt32() != Version)
                throw new FormatException("another version wrote it");
            return new StateRecord(
                root.GetProperty("document").GetString() ?? string.Empty,
                root.GetProperty("cookie").GetUInt64(),
                Items(root.GetProperty("owned")))
            {
                Before = Items(root.GetProperty("before")),
                Namespaces =
                [
                    .. root.GetProperty("namespaces").EnumerateArray().Select(item => item.GetString() ?? string.Empty),
                ],
                Confirmation = StateConfirmation.Read(root),
            };
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException
            or KeyNotFoundException or ArgumentException)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"{file} is not what this module writes ({e.Message.TrimEnd('.')}). Remove it, if nobody else needs "
                    + "it.",
                file,
                e);
        }
    }

    private static void Write(Utf8JsonWriter writer, string name, IReadOnlyList<StateItem> items)
    {
        writer.WriteStartArray(name);
        foreach (var item in items)
        {
            writer.WriteStartObject();
            writer.WriteString("subject", item.Key.Subject.ToString());
            writer.WriteString("namespace", item.Key.Namespace);
            writer.WriteString("name", item.Key.Name);
            if (item.Presence != NetStatePresence.Present)
                writer.WriteString("state", item.Presence.ToString());
            if (item.Identity is not null)
                writer.WriteString("identity", item.Identity);
            if (item.Owner is not null)
                writer.WriteString("owner", item.Owner);
            writer.WriteStartObject("values");
            foreach (var (property, value) in item.Values)
            {
                writer.WritePropertyName(property);
                writer.WriteRawValue(value);
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static List<StateItem> Items(JsonElement list) => [.. list.EnumerateArray().Select(item =>
    {
        var result = new StateItem(new(
            Enum.Parse<StateSubject>(Text(item, "subject")), Text(item, "namespace"), Text(item, "name")))
        {
            Presence = item.TryGetProperty("state", out var state)
                ? Enum.Parse<NetStatePresence>(state.GetString()!) : NetStatePresence.Present,
            Identity = item.TryGetProperty("identity", out var identity) ? identity.GetString() : null,
            Owner = item.TryGetProperty("owner", out var owner) ? owner.GetString() : null,
        };
        foreach (var value in item.GetProperty("values").EnumerateObject())
            result.Values[value.Name] = value.Value.GetRawText();
        return result;
    })];

    private static string Text(JsonElement item, string name) => item.GetProperty(name).GetString()
        ?? throw new FormatException($"'{KernelText.Shown(name)}' is missing");
}
