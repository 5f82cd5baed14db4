using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Runtimes;

/// <summary>
/// A container as <c>-Container</c> takes it: RUNTIME:NAME, a named namespace, a container's name alone, a process id,
/// a path, or an object. A bare name means a named namespace first, as everywhere, and then a running container of
/// whatever runtime.
/// </summary>
public sealed class ContainerReference : TextValue<ContainerReference>
{
    private readonly NamespaceReference? _namespace;
    private readonly ulong _cookie;

    /// <summary>A container as a user writes it.</summary>
    /// <param name="text">RUNTIME:NAME, a name, a process id, or a path.</param>
    public ContainerReference(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Text = text;
    }

    /// <summary>The container that an object describes.</summary>
    /// <param name="item">From Get-NetContainer.</param>
    /// <exception cref="NetworkException">ContainerNotFound: it does not run.</exception>
    public ContainerReference(NetContainer item)
    {
        ArgumentNullException.ThrowIfNull(item);
        (Text, _namespace, ProcessId) = (item.ToString(), item.RequireNamespace(), item.ProcessId);
    }

    /// <summary>A namespace that stands for a container.</summary>
    /// <param name="item">From Get-NetNamespace.</param>
    public ContainerReference(NetNamespace item)
    {
        ArgumentNullException.ThrowIfNull(item);
        (Text, _namespace, ProcessId) = (
            item.ToString(), item.Namespace, item.ProcessId.Count > 0 ? item.ProcessId[0] : 0);
    }

    /// <summary>A container that an object names as text.</summary>
    /// <param name="text">As a user would write it.</param>
    /// <param name="reference">Its namespace when the object was read: another one is not taken for it.</param>
    public ContainerReference(string text, NamespaceReference reference)
        : this(text)
    {
        ArgumentNullException.ThrowIfNull(reference);
        _cookie = reference.Cookie;
    }

    internal ContainerReference(string text, NamespaceReference reference, int processId)
        => (Text, _namespace, ProcessId) = (text, reference, processId);

    /// <summary>What to write to mean it again.</summary>
    public string Text { get; }

    /// <summary>Its name alone, as far as it has one.</summary>
    internal string Name => Text.IndexOf(':', StringComparison.Ordinal) is var colon and > 0
        ? Text[(Math.Max(colon, Text.LastIndexOf('/')) + 1)..] : Text;

    /// <summary>A process of it, as far as that is known; 0 otherwise.</summary>
    internal int ProcessId { get; private set; }

    /// <summary>The name under /run/netns, if it is a named namespace.</summary>
    internal string? NamespaceName { get; private set; }

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    private protected override int Compare(ContainerReference other) => string.CompareOrdinal(Text, other.Text);

    /// <summary>Finds its network namespace.</summary>
    /// <exception cref="NetworkException">ContainerNotFound, NamespaceNotFound, InvalidName, InvalidArgument where
    /// several containers have the name.</exception>
    internal NamespaceReference Resolve(CancellationToken cancellation)
    {
        if (_namespace is not null)
        {
            NamespaceName = NameOf(_namespace.KnownPath);
            return _namespace;
        }

        var found = Find(cancellation);
        return new NamespaceReference(found.Text, _cookie, found.KnownPath);
    }

    private NamespaceReference Find(CancellationToken cancellation)
    {
        if (Text.IndexOf(':', StringComparison.Ordinal) is var colon and > 0)
        {
            var (prefix, name) = (Text[..colon], Text[(colon + 1)..]);
            if (prefix == ContainerStore.NamedRuntime)
                return Named(name);
            if (ContainerRuntimes.Find(prefix) is { } runtime)
                return OfProcess(Text, runtime.GetProcessId(name, cancellation));
        }

        if (Text.StartsWith('/') || Text == NamespaceReference.HostText)
            return new NamespaceReference(Text);
        NamespaceStore.CheckName(Text);
        if (File.Exists(Path.Combine(NamespaceFile.RunDirectory, Text)))
            return Named(Text);
        if (Digits.TryParse(Text, out int id))
            return OfProcess(Text, id);
        return Search(cancellation);
    }

    private static string? NameOf(string? path)
        => path?.StartsWith(NamespaceFile.RunDirectory + "/", StringComparison.Ordinal) == true
            ? Path.GetFileName(path)
            : null;

    private NamespaceReference Named(string name)
    {
        NamespaceStore.CheckName(name);
        NamespaceName = name;
        return new NamespaceReference(name, 0, Path.Combine(NamespaceFile.RunDirectory, name));
    }

    private NamespaceReference OfProcess(string text, int id)
    {
        ProcessId = id;
        return new NamespaceReference(text, 0, NamespaceFile.ProcessPath(id));
    }

    private NamespaceReference Search(CancellationToken cancellation)
    {
        var found = new List<(string Text, int ProcessId)>();
        // Another runtime may have it; if none has, it may be one of a runtime that could not be asked.
        var problems = new List<NetworkException>();
        foreach (var runtime in ContainerRuntimes.All)
        {
            found.AddRange(runtime.TryList(problems.Add, null, cancellation).Where(item => item.IsCalled(Text))
                .Select(item => ($"{runtime.Prefix}:{item.Name}", item.ProcessId)));
        }

        if (found.Count == 0)
        {
            foreach (var runtime in ContainerRuntimes.All)
            {
                try
                {
                    if (runtime.FindById(Text, cancellation) is { } item)
                        found.Add(($"{runtime.Prefix}:{item.Name}", item.ProcessId));
                }
                catch (NetworkException)
                {
                    // It has been told above.
                }
            }
        }

        var shown = KernelText.Printable(Text);
        var running = found.FindAll(item => item.ProcessId > 0);
        return running.Count switch
        {
            1 => OfProcess(running[0].Text, running[0].ProcessId),
            0 when found.Count > 0 => throw new NetworkException(
                NetworkErrorCode.ContainerNotFound,
                $"The container '{found[0].Text}' is not running, so it has no network. Start it first.",
                shown),
            0 => throw new NetworkException(
                NetworkErrorCode.ContainerNotFound,
                $"There is no container or named namespace "
                    + $"'{shown}'.{string.Concat(problems.Select(problem => " " + problem.Message))}",
                shown)
            {
                Advice = [
                    Advice.List(AdviceThing.Container),
                    .. problems.SelectMany(problem => problem.Advice).Distinct(),
                ],
            },
            _ => throw Ambiguous(shown, running.Select(item => item.Text)),
        };
    }

    internal static NetworkException Ambiguous(string name, IEnumerable<string> texts) => new(
        NetworkErrorCode.InvalidArgument,
        $"Several containers are called '{name}': {string.Join(", ", texts)}. Write one of these.",
        name);
}
