using LxcNetworking.Namespaces;

namespace LxcNetworking.Containers.Runtimes;

/// <summary>Tells whose containers namespaces are.</summary>
public static class NamespaceContainers
{
    // The namespaces are there without their containers' names, too.
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Fills in <see cref="NetNamespace.Container"/>. The runtimes are asked only if a process is in one of the
    /// namespaces, and one that does not answer is left out; containers that share the host's network are none of its
    /// own.
    /// </summary>
    /// <param name="namespaces">As they were just read.</param>
    /// <param name="cancellation">Ends the asking.</param>
    public static void Fill(IReadOnlyCollection<NetNamespace> namespaces, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(namespaces);
        var candidates = namespaces.Where(item => !item.IsHost && item.ProcessId.Count > 0).ToList();
        if (candidates.Count == 0)
            return;
        var names = new Dictionary<NamespaceIdentity, string>();
        foreach (var runtime in ContainerRuntimes.All)
        {
            // Get-NetContainer says what is wrong with one that does not answer.
            foreach (var record in runtime.TryList(_ => { }, s_timeout, cancellation))
            {
                if (record.ProcessId > 0
                    && NamespaceFile.TryIdentify(NamespaceFile.ProcessPath(record.ProcessId), out _) is { } identity)
                    names.TryAdd(identity, $"{runtime.Prefix}:{record.Name}");
            }
        }

        foreach (var item in candidates)
            item.Container = NamespaceFile.TryIdentify(item.Path, out _) is { } identity
                ? names.GetValueOrDefault(identity)
                : null;
    }
}
