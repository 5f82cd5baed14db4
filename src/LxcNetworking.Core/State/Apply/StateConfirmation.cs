using System.Text.Json;

namespace LxcNetworking.State.Apply;

/// <summary>Until when what was applied awaits confirmation, in the time of <see cref="BootClock"/>.</summary>
/// <param name="Since">When the command began; no other one did at that moment.</param>
/// <param name="Timeout">How long it is waited for.</param>
internal sealed record StateConfirmation(TimeSpan Since, TimeSpan Timeout)
{
    private const string Name = "confirmation";

    /// <summary>When what was there before is put back.</summary>
    public TimeSpan Deadline { get; init; } = Since + Timeout;

    /// <summary>Whether all is applied. Where the command has ended and it is not, the command was killed.</summary>
    public bool IsApplied { get; init; }

    /// <summary>Once what was there is put back, as nobody has confirmed: a sentence for each thing that could not
    /// be.</summary>
    public IReadOnlyList<string>? NotPutBack { get; init; }

    /// <summary>All is applied: the time begins.</summary>
    public StateConfirmation Applied(TimeSpan now) => this with { Deadline = now + Timeout, IsApplied = true };

    /// <summary>Writes it as a property.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject(Name);
        writer.WriteNumber("since", Since.Ticks);
        writer.WriteNumber("timeout", Timeout.Ticks);
        writer.WriteNumber("deadline", Deadline.Ticks);
        writer.WriteBoolean("applied", IsApplied);
        if (NotPutBack is not null)
        {
            writer.WriteStartArray("notPutBack");
            foreach (var sentence in NotPutBack)
                writer.WriteStringValue(sentence);
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    /// <summary>Reads the property.</summary>
    /// <returns>Null where there is none.</returns>
    public static StateConfirmation? Read(JsonElement parent)
    {
        if (!parent.TryGetProperty(Name, out var item))
            return null;
        return new StateConfirmation(Time("since"), Time("timeout"))
        {
            Deadline = Time("deadline"),
            IsApplied = item.GetProperty("applied").GetBoolean(),
            NotPutBack = !item.TryGetProperty("notPutBack", out var list) ? null
                : [.. list.EnumerateArray().Select(sentence => sentence.GetString() ?? string.Empty)],
        };

        TimeSpan Time(string name) => new(item.GetProperty(name).GetInt64());
    }
}
