using System.Collections.Concurrent;

namespace LxcNetworking;

/// <summary>A program that runs containers, known by the prefix that <c>-Namespace PREFIX:NAME</c> takes.</summary>
public interface IContainerRuntime
{
    /// <summary>The prefix, such as <c>lxc</c>.</summary>
    string Prefix { get; }

    /// <summary>The id of a running container's first process.</summary>
    /// <param name="name">The container's name, as the user wrote it.</param>
    /// <returns>The process id in this process's PID namespace.</returns>
    /// <exception cref="NetworkException">There is no such running container, or the runtime does not answer.</exception>
    int GetProcessId(string name);
}

/// <summary>The container runtimes that namespaces can be named by.</summary>
public static class ContainerRuntimes
{
    private static readonly ConcurrentDictionary<string, IContainerRuntime> s_all = new(StringComparer.Ordinal);

    /// <summary>Every known runtime.</summary>
    public static IEnumerable<IContainerRuntime> All => s_all.Values;

    /// <summary>Looks a runtime up by its prefix.</summary>
    /// <param name="prefix">Such as <c>lxc</c>.</param>
    /// <returns>The runtime, or null.</returns>
    public static IContainerRuntime? Find(string prefix) => s_all.GetValueOrDefault(prefix);

    /// <summary>Makes a runtime known.</summary>
    /// <param name="runtime">The runtime.</param>
    public static void Register(IContainerRuntime runtime)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        s_all[runtime.Prefix] = runtime;
    }
}
