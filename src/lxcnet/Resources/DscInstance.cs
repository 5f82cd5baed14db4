using LxcNetworking.State.Documents;
using LxcNetworking.State.Text;

namespace LxcNetworking.Program.Resources;

/// <summary>An instance of a resource as DSC gives it: what is said of the thing, and what DSC says about it.</summary>
internal sealed class DscInstance
{
    private DscInstance(StateNode root) => Root = root;

    /// <summary>All that is said.</summary>
    public StateNode Root { get; }

    /// <summary>What is said of the thing.</summary>
    public required IReadOnlyList<StateEntry> Entries { get; init; }

    /// <summary>Whether the thing is to be there (<c>_exist</c>).</summary>
    public bool Exists { get; private init; }

    /// <summary>Whether what has left a document is removed (<c>_purge</c>).</summary>
    public bool Purges { get; private init; }

    /// <summary>Whether a document takes over what somebody else made.</summary>
    public bool Adopts { get; private init; }

    /// <summary>Whether things of others may go along.</summary>
    public bool Forces { get; private init; }

    /// <summary>Whether a property of the thing is said.</summary>
    public bool Says(string name)
        => Entries.Any(entry => entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The same, which is not to be there.</summary>
    public DscInstance Gone() => new(Root) { Entries = Entries, Forces = Forces, Adopts = Adopts };

    /// <summary>Reads an instance.</summary>
    /// <param name="resource">What it is one of.</param>
    /// <param name="json">Its text.</param>
    /// <param name="problems">Where each mistake is put.</param>
    /// <returns>The instance; null where it is none.</returns>
    public static DscInstance? Read(DscResource resource, string json, ICollection<StateProblem> problems)
    {
        var root = StateText.Read(json, null, StateFormat.Json, problems);
        if (root is null || problems.Count > 0)
            return null;
        var of = new DocumentObject(root, string.Empty, problems);
        if (!of.IsObject)
            return null;
        var said = resource.Options.ToDictionary(option => option, option => TakeBoolean(of, option));
        foreach (var name in DscNames.ReadOnly)
            of.Take(name);
        return new(root)
        {
            Exists = said.GetValueOrDefault(DscNames.Exist) ?? true,
            Purges = said.GetValueOrDefault(DscNames.Purge) == true,
            Adopts = said.GetValueOrDefault(DscNames.Adopt) == true,
            Forces = said.GetValueOrDefault(DscNames.Force) == true,
            Entries = [.. of.TakeRest()],
        };
    }

    private static bool? TakeBoolean(DocumentObject of, string name)
    {
        if (of.Take(name) is not { } entry)
            return null;
        if (entry.Value.Kind == StateNodeKind.Boolean)
            return entry.Value.IsTrue;
        of.Problem("is to be true or false", entry);
        return null;
    }
}
