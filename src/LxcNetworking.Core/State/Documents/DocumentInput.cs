using LxcNetworking.State.Text;
using LxcNetworking.Values;

namespace LxcNetworking.State.Documents;

/// <summary>A document as it was given, with all that is mistaken in it.</summary>
public sealed class DocumentInput
{
    private DocumentInput(StateNode? root, StateDocument? document, IReadOnlyList<StateProblem> problems)
        => (Root, Document, Problems) = (root, document, problems);

    /// <summary>The document's values as they are written; null where reading has ended before its end.</summary>
    public StateNode? Root { get; }

    /// <summary>The document; null where there are mistakes.</summary>
    public StateDocument? Document { get; }

    /// <summary>Every mistake.</summary>
    public IReadOnlyList<StateProblem> Problems { get; }

    /// <summary>Reads a document.</summary>
    /// <param name="read">Gives its values, and adds what is mistaken.</param>
    /// <returns>The document and its mistakes.</returns>
    /// <exception cref="NetworkException">What <paramref name="read"/> throws.</exception>
    public static DocumentInput Read(Func<ICollection<StateProblem>, StateNode?> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        var problems = new List<StateProblem>();
        var root = read(problems);
        var document = root is null ? null : StateDocument.Read(root, problems);
        return new(root, problems.Count == 0 ? document : null, problems);
    }

    /// <summary>An error for each mistake.</summary>
    /// <param name="target">What they are about: the file.</param>
    /// <returns>The errors: InvalidArgument.</returns>
    public IEnumerable<NetworkException> ErrorsOf(string? target) => Problems.Select(
        problem => new NetworkException(NetworkErrorCode.InvalidArgument, $"{problem}.", target));
}
