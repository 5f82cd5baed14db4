using LxcNetworking.Program.Output;
using LxcNetworking.Program.Resources;
using LxcNetworking.State.Apply;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.State.Text;
using LxcNetworking.Values;

namespace LxcNetworking.Program.Commands;

/// <summary>What is done for one instance of a resource.</summary>
/// <param name="run">The command.</param>
/// <param name="resource">The resource.</param>
/// <param name="request">The instance.</param>
internal sealed class ResourceRun(CommandRun run, DscResource resource, DscRequest request)
{
    private readonly DscInstance _instance = request.Instance;
    private readonly StateDocument _document = request.Document;

    private bool IsWhole => request.Main is null;

    private StateOptions Options => new()
    {
        Adopt = resource.Adopts(_instance),
        Force = _instance.Forces,
        Keeps = key => resource.Keeps(_instance, key),
    };

    /// <summary>What is there of the instance.</summary>
    /// <param name="isDesired">Whether it is as the instance says; null where nobody asks.</param>
    public string State(bool? isDesired)
    {
        var entries = Entries();
        return JsonLine.OfInstance(
            entries ?? resource.KeysOf(_instance), exists: entries is not null, isDesired: isDesired);
    }

    /// <summary>Tells what is different.</summary>
    public void Test()
    {
        // Also where a change would be refused.
        var properties = PropertiesOf(Differences(Options with { Force = true }, isAsked: true));
        run.Report.Write($"{State(properties.Count == 0)}\n{JsonLine.OfTexts(properties)}\n");
    }

    /// <summary>Makes all as the instance says.</summary>
    public void Set(bool isWhatIf)
    {
        if (isWhatIf)
        {
            WhatIf();
            return;
        }

        run.Recover();
        var properties = PropertiesOf(Differences(Options, isAsked: false));
        run.TryChange(report =>
        {
            if (properties.Count > 0)
                Apply(report);
            run.Report.Write($"{State(null)}\n{JsonLine.OfTexts(properties)}\n");
        });
    }

    /// <summary>Removes the instance.</summary>
    public void Delete(bool isWhatIf)
    {
        if (isWhatIf)
        {
            run.Report.Write(JsonLine.OfWhatIf(WordsOf(Differences(Options, isAsked: true))) + "\n");
            return;
        }

        run.Recover();
        if (Differences(Options, isAsked: false).Count > 0)
            run.TryChange(Apply);
    }

    private void Apply(Action<int, int, string> report)
    {
        if (IsWhole && !_instance.Exists)
            run.State.Remove(_document.Name, Options, report, run.Cancellation);
        else
            run.State.Set(_document, Options, report, run.Cancellation);
    }

    // What the thing would be like.
    private void WhatIf()
    {
        var differences = Differences(Options, isAsked: true);
        var entries = _instance.Exists ? Entries() ?? [] : resource.KeysOf(_instance);
        foreach (var said in _instance.Exists ? _instance.Entries : [])
        {
            var at = entries.FindIndex(entry => entry.Name.Equals(said.Name, StringComparison.OrdinalIgnoreCase));
            if (at < 0)
                entries.Add(said);
            else
                entries[at] = entries[at] with { Value = said.Value };
        }

        var state = JsonLine.OfInstance(entries, exists: _instance.Exists, whatIf: WordsOf(differences));
        run.Report.Write($"{state}\n{JsonLine.OfTexts(PropertiesOf(differences))}\n");
    }

    private List<StateEntry>? Entries() => resource.StateOf(
        request, run.State.Look(_document.Items, run.Cancellation, _document.Name).Items,
        run.State.HasMade(_document.Name));

    // Whose mark a link bears is no property, and what waits for a container is as it should be.
    private List<NetStateDifference> Differences(StateOptions options, bool isAsked)
    {
        try
        {
            if (IsWhole && !_instance.Exists && !run.State.HasMade(_document.Name))
                return [];
            return [.. run.State.Test(_document, options, run.Cancellation).Where(
                difference => difference.Action != NetStateAction.Pending
                    && difference.Property != StateNeeds.Owner)];
        }
        catch (NetworkException e) when (isAsked
            && e.Code is NetworkErrorCode.NamespaceNotFound or NetworkErrorCode.LinkNotFound)
        {
            // Another instance may make what it needs.
            run.Report.Warn(e.Message);
            return [new NetStateDifference
            {
                Document = _document.Name,
                Action = NetStateAction.Create,
                Target = StateDisruptions.TargetOf((request.Main ?? _document.Items[0]).Key),
                Namespace = string.Empty,
            }];
        }
    }

    private static IReadOnlyList<string> WordsOf(IEnumerable<NetStateDifference> differences)
        => [.. differences.Select(difference => difference.ToString())];

    // Of a thing that is made, all that is said is different.
    private List<string> PropertiesOf(List<NetStateDifference> differences)
    {
        if (differences.Count > 0 && !_instance.Exists)
            return [DscNames.Exist];
        List<string> names = [.. differences.Select(difference => resource.PropertyOf(request, difference)).Distinct()];
        if (names.Contains(DscNames.Exist) && !IsWhole)
        {
            var keys = resource.KeysOf(_instance).Select(entry => entry.Name).ToList();
            names = [.. names.Concat(_instance.Entries.Select(entry => entry.Name).Except(keys)).Distinct()];
        }

        return names;
    }
}
