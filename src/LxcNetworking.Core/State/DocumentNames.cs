using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.State.Documents;
using LxcNetworking.Values;

namespace LxcNetworking.State;

/// <summary>The names of the documents that one command was given, of which none may be there twice.</summary>
public sealed class DocumentNames
{
    // Where a document of a name was given.
    private readonly Dictionary<(ulong Cookie, string Name), string> _names = [];

    /// <summary>Adds a document.</summary>
    /// <param name="stack">The namespace that it is for.</param>
    /// <param name="document">The document.</param>
    /// <param name="path">Its file; null where it has none.</param>
    /// <exception cref="NetworkException">InvalidArgument: another document has its name, and this one would take away
    /// what that one makes.</exception>
    public void Add(NetworkStack stack, StateDocument document, string? path)
    {
        ArgumentNullException.ThrowIfNull(stack);
        ArgumentNullException.ThrowIfNull(document);
        var key = (stack.Cookie, document.Name);
        if (_names.TryGetValue(key, out var first))
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"This document is named '{document.Name}' as {first} is, which would have it take away what that one "
                    + "makes. Give each a 'name' of its own.",
                path);
        }

        _names.Add(key, path is null ? "the one before it" : $"'{KernelText.Printable(path)}'");
    }
}
