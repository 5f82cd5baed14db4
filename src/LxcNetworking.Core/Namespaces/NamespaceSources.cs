using LxcNetworking.Values;

namespace LxcNetworking.Namespaces;

/// <summary>What namespaces can be named by: PREFIX:NAME is that of the process which the source of that prefix
/// finds.</summary>
internal interface INamespaceSource
{
    /// <summary>The prefix, such as <c>lxc</c>.</summary>
    string Prefix { get; }

    /// <summary>The id of a process that is in the namespace.</summary>
    /// <exception cref="NetworkException">ContainerNotFound, PermissionDenied, DependencyFailed.</exception>
    int GetProcessId(string name, CancellationToken cancellation);
}

/// <summary>The sources; each is added when the library is loaded.</summary>
internal static class NamespaceSources
{
    private static readonly List<INamespaceSource> s_all = [];

    /// <summary>Adds sources.</summary>
    public static void Add(IEnumerable<INamespaceSource> sources) => s_all.AddRange(sources);

    /// <summary>Looks a source up by its prefix.</summary>
    public static INamespaceSource? Find(string prefix) => s_all.Find(source => source.Prefix == prefix);
}
