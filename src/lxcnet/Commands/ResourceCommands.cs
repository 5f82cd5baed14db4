using System.CommandLine;
using LxcNetworking.Program.Manual;
using LxcNetworking.Program.Model;
using LxcNetworking.Program.Output;
using LxcNetworking.Program.Resources;
using LxcNetworking.State.Apply;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.State.Text;
using LxcNetworking.Values;

namespace LxcNetworking.Program.Commands;

/// <summary>Answers DSC: an instance of a resource comes in as JSON, and lines of JSON go out.</summary>
internal static class ResourceCommands
{
    private const string Input = "standard input";

    /// <summary>Runs an operation of a resource.</summary>
    public static int Run(ParseResult given)
    {
        var operation = given.GetValue(ProgramArguments.Operation)!.ToLowerInvariant();
        var name = given.GetValue(ProgramArguments.Resource)!;
        if (!DscOperation.All.Contains(operation))
            return Fail($"There is no operation '{operation}', but {AdviceSentences.Names(DscOperation.All, "and")}.");
        if (DscResources.Find(name) is not { } resource)
        {
            return Fail($"There is no resource '{name}', but "
                + $"{AdviceSentences.Names([.. DscResources.All.Select(one => one.Name)], "and")}.");
        }

        var isWhatIf = given.GetValue(ProgramOptions.WhatIf);
        if (isWhatIf && !DscOperation.HasWhatIf(operation))
            return Fail($"'{ProgramOptions.WhatIf.Name}' is for '{DscOperation.Set}' and '{DscOperation.Delete}'.");
        return operation switch
        {
            DscOperation.Schema => ProgramText.Write(DscManifest.Text(DscSchema.Of(resource))),
            DscOperation.Manifest => ProgramText.Write(DscManifest.Of(resource)),
            DscOperation.Export => CommandRun.Of(given, run => Export(run, resource)),
            _ => CommandRun.Of(given, run => OnInstance(run, resource, operation, isWhatIf)),
        };
    }

    private static int Fail(string words) => ProgramText.Fail(words, isJson: true);

    private static void OnInstance(CommandRun run, DscResource resource, string operation, bool isWhatIf)
    {
        var problems = new List<StateProblem>();
        var instance = DscInstance.Read(resource, ReadInput(), problems);
        // What is only looked for or deleted may be said by its keys alone.
        var isKey = operation == DscOperation.Delete || (operation == DscOperation.Get && instance is not null
            && resource.KeysOf(instance).Count == instance.Entries.Count);
        var request = instance is null ? null
            : resource.Read(isKey ? instance.Gone() : instance, () => Networks(run), problems);
        foreach (var problem in problems)
            run.Report.Fail(problem);
        if (request is null)
            return;
        var work = new ResourceRun(run, resource, request);
        switch (operation)
        {
            case DscOperation.Get:
                run.Report.Write(work.State(null) + "\n");
                break;
            case DscOperation.Test:
                work.Test();
                break;
            case DscOperation.Set:
                work.Set(isWhatIf);
                break;
            default:
                work.Delete(isWhatIf);
                break;
        }
    }

    private static void Export(CommandRun run, DscResource resource)
    {
        var text = ReadInput();
        var problems = new List<StateProblem>();
        var filter = text.Trim().Length == 0 ? null : StateText.Read(text, null, StateFormat.Json, problems);
        foreach (var problem in problems)
            run.Report.Fail(problem);
        if (problems.Count > 0)
            return;
        foreach (var (name, entries) in resource.Export(run.State.ReadAll(run.Cancellation)))
        {
            if (filter is null || IsLike(filter, entries))
                run.Report.Write(JsonLine.OfInstance(entries, exists: true, name: name) + "\n");
        }
    }

    private static bool IsLike(StateNode filter, List<StateEntry> entries) => filter.Entries
        .Where(said => !said.Name.StartsWith('_'))
        .All(said => entries.Exists(entry => entry.Name.Equals(said.Name, StringComparison.OrdinalIgnoreCase)
            && entry.Value.Equals(said.Value)));

    private static IReadOnlyList<StateItem> Networks(CommandRun run)
        => [.. run.State.Look([new StateItem(new(StateSubject.Network, string.Empty, string.Empty))], run.Cancellation)
            .Items.Values.Where(item => item.Key.Subject == StateSubject.Network)];

    private static string ReadInput()
    {
        using var input = Console.OpenStandardInput();
        return StateFile.Read(input, Input);
    }
}
