using System.Text.Json.Nodes;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.State.Text;

namespace LxcNetworking.Program.Resources;

/// <summary>A resource of DSC. What it says becomes a document, so that documents alone are compared and
/// applied.</summary>
/// <param name="name">Its name behind the module's: <c>Link</c> of <c>LxcNetworking/Link</c>.</param>
/// <param name="description">What it manages, as a sentence.</param>
internal abstract class DscResource(string name, string description)
{
    /// <summary>The owner of all resources.</summary>
    public const string Owner = "LxcNetworking";

    /// <summary>Its name behind the owner's.</summary>
    public string Name => name;

    /// <summary>Its name for DSC.</summary>
    public string Type => $"{Owner}/{name}";

    /// <summary>What it manages.</summary>
    public string Description => description;

    /// <summary>The properties that say how an instance is applied.</summary>
    public virtual IReadOnlyList<string> Options { get; } = [DscNames.Exist, DscNames.Force];

    /// <summary>Whether an instance takes over what is there, whoever made it.</summary>
    public abstract bool Adopts(DscInstance instance);

    /// <summary>Whether something stays that an instance has made, and does not say any more.</summary>
    public abstract bool Keeps(DscInstance instance, StateKey left);

    /// <summary>The schema of what is said of a thing: its type, its properties, and which ones are
    /// required.</summary>
    /// <param name="definitions">The definitions of documents' schema.</param>
    /// <param name="document">Documents' schema.</param>
    public abstract JsonObject SchemaOf(JsonObject definitions, JsonObject document);

    /// <summary>Makes a document of an instance.</summary>
    /// <param name="instance">The instance.</param>
    /// <param name="networks">Reads the container networks that are there.</param>
    /// <param name="problems">Where each mistake is put.</param>
    /// <returns>The document; null where there are mistakes.</returns>
    public abstract DscRequest? Read(
        DscInstance instance, Func<IReadOnlyList<StateItem>> networks, ICollection<StateProblem> problems);

    /// <summary>What is there of an instance.</summary>
    /// <param name="request">The instance.</param>
    /// <param name="there">What is there.</param>
    /// <param name="isApplied">Whether the document has made something.</param>
    /// <returns>The properties; null where it is not there.</returns>
    public abstract List<StateEntry>? StateOf(
        DscRequest request, IReadOnlyDictionary<StateKey, StateItem> there, bool isApplied);

    /// <summary>The properties that tell an instance from the others, as they are said.</summary>
    public abstract List<StateEntry> KeysOf(DscInstance instance);

    /// <summary>The property that a difference is about.</summary>
    public abstract string PropertyOf(DscRequest request, NetStateDifference difference);

    /// <summary>All instances that are there.</summary>
    /// <param name="there">What is there, as documents are exported.</param>
    /// <returns>Their properties, and what each is called.</returns>
    public abstract IEnumerable<(string Name, List<StateEntry> Entries)> Export(StateDocument there);
}

/// <summary>An instance as a document.</summary>
/// <param name="Instance">The instance.</param>
/// <param name="Document">The document.</param>
/// <param name="Main">The thing itself; null where it is the whole document.</param>
internal sealed record DscRequest(DscInstance Instance, StateDocument Document, StateItem? Main);
