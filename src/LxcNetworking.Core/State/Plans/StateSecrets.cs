using LxcNetworking.State.Documents;
using LxcNetworking.Values;

namespace LxcNetworking.State.Plans;

/// <summary>
/// What a plan can do about WireGuard's secrets. The kernel tells only that there are some, and no file of ours has
/// them: they come from the files that documents name, and come back from those alone.
/// </summary>
internal static class StateSecrets
{
    /// <summary>What of a plan cannot be made, or could not be put back.</summary>
    /// <param name="made">What is made.</param>
    /// <param name="gone">What goes.</param>
    /// <param name="changes">What is changed.</param>
    /// <param name="input">What the plan is made from; with its Force, nothing need come back.</param>
    public static IEnumerable<(NetworkErrorCode Code, StateItem Item, string Words)> Problems(
        IEnumerable<StateItem> made,
        IEnumerable<StateItem> gone,
        IReadOnlyCollection<StateStep> changes,
        StatePlanInput input)
    {
        foreach (var (item, problem) in made.Select(item => (item, ProblemOf(item, _ => true)))
            .Concat(changes.Select(step => (step.After!, ProblemOf(step.After!, step.Properties.Contains)))))
        {
            if (problem is not null)
                yield return (NetworkErrorCode.InvalidArgument, item, problem);
        }

        if (input.Force)
            yield break;
        // A segment is made again for whatever change.
        foreach (var actual in gone.Concat(changes.Where(step => step.Key.Subject == StateSubject.Segment
            || step.Properties.Any(WireGuardReading.Secrets.Contains)).Select(step => step.Before!)))
        {
            var own = input.Owned.GetValueOrDefault(actual.Key);
            if ((LossOf(actual, own) ?? LossOfFile(actual, own, input)) is { } problem)
                yield return (NetworkErrorCode.ResourceBusy, actual, problem);
        }
    }

    // Why what is said cannot be made; null where it can.
    private static string? ProblemOf(StateItem item, Func<string, bool> isMeant) => item.Key.Subject switch
    {
        StateSubject.WireGuard or StateSubject.Segment when isMeant(WireGuardReading.PublicKey)
            && item.Text(WireGuardReading.PublicKey) is not null
            && item.Text(WireGuardReading.PrivateKeyFile) is null
            => $"the {item.Key.Words} has a '{WireGuardReading.PublicKey}', and no "
                + $"'{WireGuardReading.PrivateKeyFile}' to make it from",
        StateSubject.Peer when isMeant(WireGuardReading.HasPresharedKey)
            && item.Text(WireGuardReading.HasPresharedKey) == "true"
            && item.Text(WireGuardReading.PresharedKeyFile) is null
            => $"the {item.Key.Words} has a preshared key, and no '{WireGuardReading.PresharedKeyFile}' to take it "
                + "from",
        _ => null,
    };

    // Why what is there could not be put back; null where it could.
    private static string? LossOf(StateItem actual, StateItem? made) => ProblemOf(WithFile(actual, made), _ => true)
        is null ? null : $"the {actual.Key.Words} has a secret that is in no file that this document named, so that it "
            + "could not be put back";

    // Why the file of a segment's key could not put it back. What others may read does.
    private static string? LossOfFile(StateItem actual, StateItem? made, StatePlanInput input)
    {
        try
        {
            if (actual.Key.Subject == StateSubject.Segment)
                input.Complete(WithFile(actual, made));
            return null;
        }
        catch (NetworkException e) when (e.Code != NetworkErrorCode.PermissionDenied)
        {
            return $"the {actual.Key.Words} could not be put back: {e.Message.TrimEnd('.')}";
        }
        catch (NetworkException)
        {
            return null;
        }
    }

    /// <summary>What is there, with the file of its secret as far as that is known.</summary>
    /// <param name="actual">What is there.</param>
    /// <param name="made">What the document has made of it; null for nothing.</param>
    public static StateItem WithFile(StateItem actual, StateItem? made)
    {
        if (made is null || made.Text(WireGuardReading.PublicKey) != actual.Text(WireGuardReading.PublicKey))
            return actual;
        var files = made.Values.Where(pair => WireGuardReading.SecretFiles.Contains(pair.Key)).ToList();
        if (files.Count == 0)
            return actual;
        var values = new SortedDictionary<string, string>(actual.Values, StringComparer.Ordinal);
        foreach (var (property, file) in files)
            values[property] = file;
        return actual with { Values = values };
    }
}
