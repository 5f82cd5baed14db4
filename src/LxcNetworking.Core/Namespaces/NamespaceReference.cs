using System.Globalization;

namespace LxcNetworking;

/// <summary>
/// Says which network namespace is meant: a name under /run/netns, a path, a process id, <c>host</c>, or <c>lxc:NAME</c>,
/// <c>podman:NAME</c>, <c>docker:NAME</c>, <c>nspawn:NAME</c>. Objects that were read from a namespace carry a reference that also knows the
/// namespace's cookie, so that another namespace under the same name is never taken for it.
/// </summary>
public sealed class NamespaceReference : TextValue<NamespaceReference>
{
    /// <summary>The text for the namespace of process 1.</summary>
    public const string HostText = "host";

    /// <summary>A reference as a user writes it.</summary>
    /// <param name="text">A name, a path, a process id, <c>host</c>, or RUNTIME:NAME.</param>
    public NamespaceReference(string text)
        : this(text, 0)
    {
    }

    /// <summary>The namespace of a process.</summary>
    /// <param name="processId">Its id.</param>
    public NamespaceReference(int processId)
        : this(processId.ToString(CultureInfo.InvariantCulture), 0)
    {
    }

    /// <summary>The namespace that an object describes.</summary>
    /// <param name="item">From Get-NetNamespace.</param>
    public NamespaceReference(NetNamespace item)
        : this(item?.Reference.Text ?? throw new ArgumentNullException(nameof(item)), item.Cookie, item.Path)
    {
    }

    /// <summary>The namespace of a container.</summary>
    /// <param name="item">From Get-NetContainer.</param>
    /// <exception cref="NetworkException">ContainerNotFound: it does not run.</exception>
    public NamespaceReference(NetContainer item)
        : this(item?.RequireNamespace().Text ?? throw new ArgumentNullException(nameof(item)), item.Namespace!.Cookie, item.Namespace.KnownPath)
    {
    }

    internal NamespaceReference(string text, ulong cookie, string? path = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        (Text, Cookie, KnownPath) = (text, cookie, path);
    }

    /// <summary>What to show and what to write to mean it again.</summary>
    public string Text { get; }

    /// <summary>The kernel's number for the namespace that was meant when the reference was made; 0 if it was only named.</summary>
    public ulong Cookie { get; }

    /// <summary>The namespace file, where the text alone does not lead to it.</summary>
    internal string? KnownPath { get; }

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <inheritdoc/>
    public override bool Equals(NamespaceReference? other)
        => other is not null && Text == other.Text && (Cookie == 0 || other.Cookie == 0 || Cookie == other.Cookie);

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    private protected override int Compare(NamespaceReference other) => string.CompareOrdinal(Text, other.Text);
}
