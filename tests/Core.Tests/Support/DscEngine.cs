using System.Diagnostics;
using System.Text.Json;
using Json.Schema;

namespace LxcNetworking.Tests;

/// <summary>What a resource refused.</summary>
internal sealed class DscException(int code, string words, string error) : Exception($"{code} ({words}): {error}")
{
    public int Code => code;

    /// <summary>What the manifest says of the code.</summary>
    public string Words => words;

    /// <summary>The line of JSON that the resource wrote.</summary>
    public string Error => error;
}

/// <summary>Does what DSC 3.2 documents of command resources: finds manifests in the folders of PATH and below those of
/// PSModulePath, checks instances by the resource's schema on the way in and out, and runs what the manifest
/// says.</summary>
internal sealed class DscEngine
{
    private static readonly string[] s_known =
    [
        "$schema", "type", "condition", "deprecationMessage", "kind", "version", "description", "tags", "get", "set",
        "whatIf", "test", "delete", "export", "resolve", "validate", "adapter", "exitCodes", "schema", "metadata",
    ];

    private readonly string[] _path;
    private readonly Dictionary<string, (JsonElement Manifest, string Folder, JsonSchema Schema)> _resources = [];

    public DscEngine(string path, string modulePath = "")
    {
        _path = path.Split(':', StringSplitOptions.RemoveEmptyEntries);
        foreach (var folder in _path)
            Load(folder, SearchOption.TopDirectoryOnly);
        foreach (var folder in modulePath.Split(':', StringSplitOptions.RemoveEmptyEntries))
            Load(folder, SearchOption.AllDirectories);
    }

    public IEnumerable<string> Types => _resources.Keys.Order(StringComparer.Ordinal);

    public JsonElement Manifest(string type) => _resources[type].Manifest;

    public JsonElement Get(string type, string input)
    {
        var state = Assert.Single(Invoke(type, "get", Checked(type, input)));
        Check(type, state);
        Assert.False(state.TryGetProperty("_inDesiredState", out _));
        return state;
    }

    public (JsonElement State, bool IsDesired, string[] Differing) Test(string type, string input)
    {
        var (state, names) = StateAndDiff(type, "test", input, isWhatIf: false);
        return (state, state.GetProperty("_inDesiredState").GetBoolean(), names);
    }

    public (JsonElement Before, JsonElement After, string[] Changed) Set(
        string type, string input, bool isWhatIf = false)
    {
        var set = Manifest(type).GetProperty("set");
        // Else the engine would test first, and delete what is not to be there.
        Assert.True(set.GetProperty("implementsPretest").GetBoolean());
        Assert.True(set.GetProperty("handlesExist").GetBoolean());
        var before = Get(type, input);
        var (state, names) = StateAndDiff(type, "set", input, isWhatIf);
        return (before, state, names);
    }

    public string[] Delete(string type, string input, bool isWhatIf = false)
    {
        var lines = Invoke(type, "delete", Checked(type, input), isWhatIf);
        if (isWhatIf)
            return Texts(Assert.Single(lines).GetProperty("_metadata").GetProperty("whatIf"));
        Assert.Empty(lines);
        return [];
    }

    public List<JsonElement> Export(string type, string? filter = null)
    {
        var lines = Invoke(type, "export", filter is null ? null : Checked(type, filter));
        lines.ForEach(line => Check(type, line));
        return lines;
    }

    private (JsonElement State, string[] Names) StateAndDiff(string type, string operation, string input, bool isWhatIf)
    {
        Assert.Equal("stateAndDiff", Manifest(type).GetProperty(operation).GetProperty("return").GetString());
        var lines = Invoke(type, operation, Checked(type, input), isWhatIf);
        Assert.Equal(2, lines.Count);
        Check(type, lines[0]);
        var names = Texts(lines[1]);
        Assert.Equal(names.Distinct(), names);
        Assert.DoesNotContain("_inDesiredState", names);
        return (lines[0], names);
    }

    private void Load(string folder, SearchOption depth)
    {
        foreach (var file in Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "*.dsc.resource.json", depth) : [])
        {
            var manifest = JsonElement.Parse(File.ReadAllText(file));
            Assert.All(manifest.EnumerateObject(), property => Assert.Contains(property.Name, s_known));
            var schema = JsonSchema.FromText(manifest.GetProperty("schema").GetProperty("embedded").GetRawText());
            _resources.TryAdd(
                manifest.GetProperty("type").GetString()!, (manifest, Path.GetDirectoryName(file)!, schema));
        }
    }

    private string Checked(string type, string input)
    {
        Check(type, JsonElement.Parse(input));
        return input;
    }

    private void Check(string type, JsonElement instance)
    {
        var result = _resources[type].Schema.Evaluate(
            instance, new EvaluationOptions { OutputFormat = OutputFormat.List });
        if (!result.IsValid)
        {
            throw new FormatException($"{instance}: " + string.Join('\n', (result.Details ?? [])
                .Where(detail => detail.Errors is { Count: > 0 })
                .Select(detail => $"{detail.InstanceLocation} {string.Join(", ", detail.Errors!.Values)}")));
        }
    }

    private List<JsonElement> Invoke(string type, string operation, string? input, bool isWhatIf = false)
    {
        var (manifest, folder, _) = _resources[type];
        var method = manifest.GetProperty(operation);
        Assert.Equal("stdin", method.GetProperty("input").GetString());
        var name = method.GetProperty("executable").GetString()!;
        var program = _path.Select(place => Path.Combine(place, name)).FirstOrDefault(File.Exists)
            ?? Path.Combine(folder, name);
        var arguments = method.GetProperty("args").EnumerateArray().Select(argument
            => argument.ValueKind == JsonValueKind.String ? argument.GetString()
                : isWhatIf ? argument.GetProperty("whatIfArg").GetString() : null).OfType<string>();
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = folder,
            },
        };
        process.Start();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var (code, output, error) = LxcnetProgram.End(process);
        var told = LxcnetProgram.Lines(error);
        Assert.All(told, line => Assert.True(
            line.TryGetProperty("error", out _) || line.TryGetProperty("warn", out _), line.ToString()));
        if (code == 0)
        {
            Assert.DoesNotContain(told, line => line.TryGetProperty("error", out _));
            return LxcnetProgram.Lines(output);
        }

        throw new DscException(
            code,
            manifest.GetProperty("exitCodes").GetProperty($"{code}").GetString()!,
            told.First(line => line.TryGetProperty("error", out _)).GetProperty("error").GetString()!);
    }

    private static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetString()!)];
}
