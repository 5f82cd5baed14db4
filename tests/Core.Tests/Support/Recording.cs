using System.Reflection;
using System.Text;
using System.Text.Json;

namespace LxcNetworking.Tests;

/// <summary>What a kernel said about a link or another entry, which tests/record.sh has written down.</summary>
/// <param name="Name">The file's name and the recording's number in it.</param>
/// <param name="Commands">What made it, and the kernel's release.</param>
/// <param name="Shown">What <c>ip -d -j</c> said.</param>
/// <param name="Message">The message about it, with its header.</param>
public sealed record Recording(string Name, string Commands, JsonElement Shown, byte[] Message)
{
    private const int HeaderSize = 16;

    /// <summary>All links that are recorded.</summary>
    public static IReadOnlyList<Recording> All { get; } = [.. ReadAll("Recorded/")];

    /// <summary>Entries of other lists; <see cref="Kind"/> is the list.</summary>
    public static IReadOnlyList<Recording> Entries { get; } = [.. ReadAll("RecordedEntries/")];

    /// <summary>The kind of link, as the file is called.</summary>
    public string Kind => Name.Split(' ')[0];

    /// <summary>The message's attributes and the structure before them.</summary>
    public ReadOnlySpan<byte> Payload => Message.AsSpan(HeaderSize);

    /// <summary>The message's type.</summary>
    public ushort Type => BitConverter.ToUInt16(Message, 4);

    /// <summary>What ip said of the link's kind.</summary>
    public JsonElement LinkInfo => Shown.TryGetProperty("linkinfo", out var info) ? info : default;

    /// <summary>The recording of a name.</summary>
    public static Recording Of(string name) => All.Single(recording => recording.Name == name);

    /// <summary>The texts of the files, by the name of each.</summary>
    private static IEnumerable<(string Name, string Text)> Files(string folder)
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var resource in assembly.GetManifestResourceNames())
        {
            if (!resource.StartsWith(folder, StringComparison.Ordinal))
                continue;
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            yield return (resource[folder.Length..], reader.ReadToEnd());
        }
    }

    private static IEnumerable<Recording> ReadAll(string folder)
    {
        foreach (var (name, text) in Files(folder))
        {
            var number = 0;
            foreach (var part in text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
                yield return Read($"{name} {++number}", part);
        }
    }

    private static Recording Read(string name, string text)
    {
        var (commands, json, hex) = (new StringBuilder(), new StringBuilder(), new StringBuilder());
        foreach (var line in text.Split('\n'))
        {
            var part = line.StartsWith('#') ? commands.AppendLine() : line.All(char.IsAsciiHexDigitLower) ? hex : json;
            part.Append(line);
        }

        using var document = JsonDocument.Parse(json.ToString());
        return new(name, commands.ToString(), document.RootElement.Clone(), Convert.FromHexString(hex.ToString()));
    }
}
