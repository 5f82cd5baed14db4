using LxcNetworking.State.Text;
using LxcNetworking.Values;

namespace LxcNetworking.State.Documents;

/// <summary>What a network is to be: namespaces, links, addresses, neighbours, routes and rules, of which what is not
/// said is left alone.</summary>
public sealed class StateDocument
{
    /// <summary>The name of a document that says none.</summary>
    public const string UnnamedName = "default";

    private readonly string? _name;

    /// <summary>The names of the lists that a document can have.</summary>
    public static IReadOnlyList<string> Sections => DocumentReader.Sections;

    internal StateDocument(string? name, IReadOnlyList<StateItem> items) => (_name, Items) = (name, items);

    /// <summary>Whose things these are: what an earlier document of the same name made, and this one does not have, is
    /// removed.</summary>
    public string Name => _name ?? UnnamedName;

    /// <summary>The things, in the document's order.</summary>
    internal IReadOnlyList<StateItem> Items { get; }

    /// <summary>What is to be reached from where once all is as it says.</summary>
    internal IReadOnlyList<StateCheck> Checks { get; init; } = [];

    /// <summary>Reads a document.</summary>
    /// <param name="root">The text's values.</param>
    /// <param name="problems">Where each mistake is put.</param>
    /// <returns>The document; null where there are mistakes.</returns>
    public static StateDocument? Read(StateNode root, ICollection<StateProblem> problems)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(problems);
        var before = problems.Count;
        var document = new DocumentReader(problems).Read(root);
        return problems.Count == before ? document : null;
    }

    /// <summary>The values of the text that says all this.</summary>
    /// <returns>The root of the values.</returns>
    public StateNode ToNode() => DocumentWriter.Write(_name, Items, Checks);

    /// <summary>Reads a file.</summary>
    /// <param name="path">YAML or JSON, by the name's end.</param>
    /// <returns>The document.</returns>
    /// <exception cref="NetworkException">InvalidArgument with every mistake; ObjectNotFound, PermissionDenied: the
    /// file.</exception>
    public static StateDocument Load(string path)
    {
        var (text, format) = StateFile.Read(path);
        var problems = new List<StateProblem>();
        var root = StateText.Read(text, path, format, problems);
        var document = root is null ? null : Read(root, problems);
        return document ?? throw Refuse(problems, path);
    }

    /// <summary>The error that tells all mistakes.</summary>
    internal static NetworkException Refuse(IReadOnlyCollection<StateProblem> problems, string? target) => new(
        NetworkErrorCode.InvalidArgument, string.Join(" ", problems.Select(problem => $"{problem}.")), target);
}
