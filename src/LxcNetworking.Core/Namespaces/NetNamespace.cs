using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Values;

namespace LxcNetworking.Namespaces;

/// <summary>A network namespace as it was when it was read.</summary>
public sealed class NetNamespace
{
    internal NetNamespace(
        NamespaceReference reference,
        string? name,
        string path,
        ulong inode,
        IReadOnlyList<int> processIds,
        bool isCurrent,
        bool isHost)
    {
        Reference = reference;
        Name = name;
        Path = path;
        Id = inode;
        ProcessId = [.. processIds];
        IsCurrent = isCurrent;
        IsHost = isHost;
    }

    /// <summary>The name under /run/netns (<c>host</c> for the namespace of process 1), or null for one that only
    /// processes hold.</summary>
    public string? Name { get; }

    /// <summary>A file that leads to the namespace.</summary>
    public string Path { get; }

    /// <summary>The inode of the namespace file, as lsns(8) and ls -i show it.</summary>
    public ulong Id { get; }

    /// <summary>The kernel's number for the namespace, never used twice; 0 where it could not be read.</summary>
    public ulong Cookie => Reference.Cookie;

    /// <summary>The processes in it.</summary>
    public ValueList<int> ProcessId { get; }

    /// <summary>The container whose namespace it is, as RUNTIME:NAME, or null; filled in by
    /// <see cref="NamespaceContainers"/>.</summary>
    public string? Container { get; internal set; }

    /// <summary>True for the namespace that the calling thread is in.</summary>
    public bool IsCurrent { get; }

    /// <summary>True for the namespace of process 1.</summary>
    public bool IsHost { get; }

    /// <summary>The reference that cmdlets take with -Namespace.</summary>
    public NamespaceReference Namespace => Reference;

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    /// <summary>What to write to mean it.</summary>
    internal NamespaceReference Reference { get; }

    /// <inheritdoc/>
    public override string ToString() => Reference.Text;
}
