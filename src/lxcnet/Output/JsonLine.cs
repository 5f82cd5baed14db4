using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LxcNetworking.Namespaces;
using LxcNetworking.Program.Resources;
using LxcNetworking.State;
using LxcNetworking.State.Apply;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.State.Text;
using LxcNetworking.Values;

namespace LxcNetworking.Program.Output;

/// <summary>Objects as one line of JSON each. Properties are called as those of the module's objects, with a small
/// letter first.</summary>
internal static class JsonLine
{
    private static readonly JsonWriterOptions s_options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>A difference.</summary>
    public static string Of(NetStateDifference difference) => Write(json => Write(json, difference));

    /// <summary>A difference with what became of it.</summary>
    public static string Of(string happening, NetStateDifference difference) => Write(json =>
    {
        json.WriteString("event", happening);
        Write(json, difference);
    });

    private static void Write(Utf8JsonWriter json, NetStateDifference difference)
    {
        json.WriteString("document", difference.Document);
        json.WriteString("action", difference.Action.ToString());
        json.WriteString("target", difference.Target);
        json.WriteString("namespace", difference.Namespace);
        json.WriteString("property", difference.Property);
        json.WriteString("desired", difference.Desired);
        json.WriteString("actual", difference.Actual);
        Texts(json, "disrupts", difference.Disrupts);
        json.WriteString("path", difference.Path);
        json.WriteNumber("line", difference.Line);
    }

    /// <summary>A check.</summary>
    public static string Of(NetStateCheck check) => Write(json =>
    {
        json.WriteString("document", check.Document);
        json.WriteString("from", check.From);
        json.WriteString("to", check.To.ToString());
        if (check.Port is { } port)
            json.WriteNumber("port", port);
        else
            json.WriteNull("port");
        json.WriteBoolean("succeeded", check.Succeeded);
        json.WriteString("roundTripTime", check.RoundTripTime?.ToString());
        json.WriteString("problem", check.Problem);
    });

    /// <summary>What became of a document.</summary>
    public static string Of(NetStateOutcome outcome) => Write(json =>
    {
        json.WriteString("name", outcome.Name);
        Place(json, outcome.Namespace);
        json.WriteString("result", outcome.Result.ToString());
        Texts(json, "notPutBack", outcome.NotPutBack);
    });

    /// <summary>A document, with where it was read.</summary>
    public static string Of(StateNode document, NamespaceReference place) => Write(json =>
    {
        foreach (var entry in document.Entries)
        {
            json.WritePropertyName(entry.Name);
            entry.Value.WriteTo(json);
        }

        Place(json, place);
    });

    /// <summary>A warning.</summary>
    /// <param name="words">The warning.</param>
    /// <param name="isForDsc">Whether DSC reads it, which has a name of its own for it.</param>
    public static string OfWarning(string words, bool isForDsc)
        => Write(json => json.WriteString(isForDsc ? "warn" : "warning", words));

    /// <summary>An instance of a resource.</summary>
    /// <param name="entries">Its properties.</param>
    /// <param name="exists">Whether it is there.</param>
    /// <param name="isDesired">Whether it is as it should be; null where nobody asks.</param>
    /// <param name="name">What it is called; null for none.</param>
    /// <param name="whatIf">What would be done; null where nobody asks.</param>
    public static string OfInstance(
        IEnumerable<StateEntry> entries,
        bool exists,
        bool? isDesired = null,
        string? name = null,
        IReadOnlyList<string>? whatIf = null) => Write(json =>
        {
            foreach (var entry in entries)
            {
                json.WritePropertyName(entry.Name);
                entry.Value.WriteTo(json);
            }

            json.WriteBoolean(DscNames.Exist, exists);
            if (isDesired is { } desired)
                json.WriteBoolean(DscNames.InDesiredState, desired);
            if (name is not null)
                json.WriteString(DscNames.Name, name);
            if (whatIf is not null)
                WhatIf(json, whatIf);
        });

    /// <summary>What would be done.</summary>
    public static string OfWhatIf(IReadOnlyList<string> words) => Write(json => WhatIf(json, words));

    /// <summary>A list of texts.</summary>
    public static string OfTexts(IEnumerable<string> texts) => StateNode.OfList(
        [.. texts.Select(text => StateNode.OfText(text))]).ToString();

    /// <summary>A failure in its own words.</summary>
    public static string OfError(string words) => Write(json => json.WriteString("error", words));

    /// <summary>A failure.</summary>
    /// <param name="error">The failure.</param>
    /// <param name="advice">What can be done about it.</param>
    /// <param name="isWhole">Whether the failure is told with the advice.</param>
    public static string Of(NetworkException error, string advice, bool isWhole) => Write(json =>
    {
        json.WriteString("error", isWhole && advice.Length > 0 ? $"{error.Message} {advice}" : error.Message);
        json.WriteString("code", error.Code.ToString());
        json.WriteString("target", error.Target);
        json.WriteString("advice", advice);
        Texts(json, "notRolledBack", error.NotRolledBack);
    });

    /// <summary>A mistake in a document.</summary>
    public static string Of(StateProblem problem) => Write(json =>
    {
        json.WriteString("error", NetworkException.Bounded($"{problem}."));
        json.WriteString("code", nameof(NetworkErrorCode.InvalidArgument));
        json.WriteString("file", problem.Place.File);
        json.WriteNumber("line", problem.Place.Line);
        json.WriteNumber("column", problem.Place.Column);
        json.WriteString("path", problem.Path);
    });

    private static void WhatIf(Utf8JsonWriter json, IReadOnlyList<string> words)
    {
        json.WriteStartObject(DscNames.Metadata);
        Texts(json, "whatIf", words);
        json.WriteEndObject();
    }

    private static void Place(Utf8JsonWriter json, NamespaceReference place)
    {
        json.WriteString("namespace", place.Text);
        json.WriteString("namespaceId", place.Id);
    }

    private static void Texts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static string Write(Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, s_options))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }
}
