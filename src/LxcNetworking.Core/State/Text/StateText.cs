using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.State.Text;

/// <summary>How a document is written.</summary>
public enum StateFormat
{
    /// <summary>YAML 1.2.</summary>
    Yaml,

    /// <summary>JSON; comments and commas before a closing bracket are read too.</summary>
    Json,

    /// <summary>A PowerShell data file.</summary>
    PowerShellData,
}

/// <summary>Documents as texts.</summary>
public static class StateText
{
    /// <summary>How many bytes of UTF-8 a document may have.</summary>
    internal const int MostBytes = 32 << 20;

    private static readonly JsonWriterOptions s_json = new()
    {
        Indented = true,
        IndentSize = 2,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>What reads PowerShell data files. PowerShell has their parser, so the module's cmdlets say this;
    /// null without them.</summary>
    public static Action<string, StateNodeBuilder>? PowerShellDataReader { get; set; }

    /// <summary>Reads a document's file.</summary>
    /// <param name="path">The file; what its name ends with says the format.</param>
    /// <param name="problems">Where all mistakes go that can be found at once.</param>
    /// <param name="shown">What the file is called in them; null for its path.</param>
    /// <returns>The document, which what is mistaken is left out of; null where reading ended before its
    /// end.</returns>
    /// <exception cref="NetworkException">InvalidArgument, ObjectNotFound, PermissionDenied: the file cannot be
    /// read.</exception>
    public static StateNode? Load(string path, ICollection<StateProblem> problems, string? shown = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(problems);
        var (text, format) = StateFile.Read(path);
        return Read(text, shown ?? path, format, problems);
    }

    /// <summary>Writes a document's file, at once.</summary>
    /// <param name="node">The document.</param>
    /// <param name="path">The file.</param>
    /// <param name="format">How it is written; null where its name says it.</param>
    /// <param name="force">Also over a file that is there.</param>
    /// <exception cref="NetworkException">ObjectExists: the file is there. InvalidArgument, ObjectNotFound,
    /// PermissionDenied: it cannot be written.</exception>
    public static void Save(StateNode node, string path, StateFormat? format = null, bool force = false)
    {
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(path);
        var text = Write(node, format ?? StateFile.FormatOf(path));
        if (!force && Path.Exists(path))
        {
            throw new NetworkException(
                NetworkErrorCode.ObjectExists, $"'{KernelText.Printable(path)}' is there already.", path)
            {
                Advice = [Advice.Override],
            };
        }

        StateFile.Write(path, text);
    }

    /// <summary>Reads a document.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="file">Its file, for messages; null where it has none.</param>
    /// <param name="format">How it is written.</param>
    /// <param name="problems">Where all mistakes go that can be found at once.</param>
    /// <returns>The document, which what is mistaken is left out of; null where reading ended before its
    /// end.</returns>
    internal static StateNode? Read(
        string text, string? file, StateFormat format, ICollection<StateProblem> problems)
    {
        var builder = new StateNodeBuilder(file, problems);
        text = text.TrimStart('\ufeff');
        if (Encoding.UTF8.GetByteCount(text) > MostBytes)
            builder.Fail($"the document is larger than {MostBytes >> 20} MiB, the limit", 0, 0);
        else if (format == StateFormat.Json)
            JsonReading.Read(text, builder);
        else if (format == StateFormat.Yaml)
            YamlReading.Read(text, builder);
        else if (PowerShellDataReader is { } read)
            read(text, builder);
        else
            builder.Fail("a PowerShell data file is read by PowerShell alone; YAML and JSON say the same", 0, 0);
        return builder.Root;
    }

    /// <summary>Writes a document, so that it is read as it was.</summary>
    internal static string Write(StateNode node, StateFormat format) => format switch
    {
        StateFormat.Yaml => YamlWriting.Write(node),
        StateFormat.PowerShellData => PowerShellDataWriting.Write(node),
        _ => WriteJson(node),
    };

    private static string WriteJson(StateNode node)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes, s_json))
            node.WriteTo(writer);
        return Encoding.UTF8.GetString(bytes.WrittenSpan) + "\n";
    }
}
