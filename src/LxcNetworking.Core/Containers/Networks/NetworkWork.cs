using LxcNetworking.Files;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Networks;

/// <summary>What is to be done for a network.</summary>
/// <param name="Folder">Where it is remembered.</param>
/// <param name="Before">What is remembered of it now; null for a new one.</param>
/// <param name="During">What is remembered while the steps are done: everything that may be there.</param>
/// <param name="After">What is remembered afterwards.</param>
/// <param name="Steps">The steps.</param>
internal sealed record NetworkWork(
    RunFolder Folder, NetworkState? Before, NetworkState During, NetworkState After, List<NetworkStep> Steps)
{
    /// <summary>Does the steps, all or none.</summary>
    /// <param name="report">Takes a sentence about each step.</param>
    /// <param name="cancellation">Ends it between steps.</param>
    public void Run(Action<string>? report, CancellationToken cancellation)
    {
        if (Steps.Count == 0)
        {
            if (Before?.IsSameAs(After) != true)
                After.Write(Folder);
            return;
        }

        During.Write(Folder);
        Rollback.Run(undo =>
        {
            var name = NetworkFolders.NameOf(Folder);
            var words = Before is null ? $"remove the record of '{name}'" : $"put the record of '{name}' back";
            undo.Add(words, () =>
            {
                if (undo.HasFailed)
                {
                    throw new NetworkException(
                        NetworkErrorCode.ResourceBusy, "what is left is on record, and goes with the network.", name)
                    {
                        Advice = [Advice.To(AdviceKind.Remove, AdviceThing.Network, After.Namespace, name)],
                    };
                }

                if (Before is null)
                    NetworkState.Forget(Folder);
                else
                    Before.Write(Folder);
            });
            foreach (var step in Steps)
            {
                cancellation.ThrowIfCancellationRequested();
                report?.Invoke(step.Words + ".");
                // Also what was begun is undone.
                undo.Add($"undo the step \"{step.Words}\"", step.Undo);
                step.Do();
            }

            After.Write(Folder);
        });
    }
}
