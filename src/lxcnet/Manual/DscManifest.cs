using System.Text.Json.Nodes;
using LxcNetworking.Program.Model;
using LxcNetworking.Program.Resources;
using LxcNetworking.State.Documents;

namespace LxcNetworking.Program.Manual;

/// <summary>The manifests of resources (DSC 3.2), by which DSC knows how to run this program.</summary>
internal static class DscManifest
{
    private const string Schema = "https://aka.ms/dsc/schemas/v3/bundled/resource/manifest.json";
    private static readonly string[] s_tags = ["Linux", "network", "container", "namespace"];

    /// <summary>Writes one.</summary>
    public static string Of(DscResource resource)
    {
        var manifest = new JsonObject
        {
            ["$schema"] = Schema,
            ["type"] = resource.Type,
            ["version"] = ProgramInformation.Version,
            ["description"] = resource.Description,
            ["tags"] = new JsonArray([.. s_tags.Select(tag => (JsonNode)tag)]),
        };
        foreach (var operation in DscOperation.OnInstances)
            manifest[operation] = Method(resource, operation);
        var set = manifest[DscOperation.Set]!.AsObject();
        set["implementsPretest"] = true;
        set["handlesExist"] = true;
        set["return"] = "stateAndDiff";
        manifest[DscOperation.Test]!["return"] = "stateAndDiff";
        manifest["exitCodes"] = new JsonObject(
            [.. ExitCode.OfResources.Select(pair => KeyValuePair.Create(pair.Code, (JsonNode?)pair.Words))]);
        manifest["schema"] = new JsonObject { ["embedded"] = DscSchema.Of(resource) };
        return Text(manifest);
    }

    /// <summary>Writes JSON for people.</summary>
    public static string Text(JsonObject json) => StateValue.WriteIndented(writer => json.WriteTo(writer));

    private static JsonObject Method(DscResource resource, string operation)
    {
        var arguments = new JsonArray("dsc", operation, resource.Name);
        if (DscOperation.HasWhatIf(operation))
            arguments.Add((JsonNode)new JsonObject { ["whatIfArg"] = ProgramOptions.WhatIf.Name });
        return new() { ["executable"] = ProgramInformation.Name, ["args"] = arguments, ["input"] = "stdin" };
    }
}
