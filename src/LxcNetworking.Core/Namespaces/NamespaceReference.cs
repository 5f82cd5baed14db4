using System.Globalization;
using LxcNetworking.Values;

namespace LxcNetworking.Namespaces;

/// <summary>
/// Says which network namespace is meant: a name under /run/netns, a path, a process id, <c>host</c>, or
/// <c>lxc:NAME</c>,
/// <c>podman:NAME</c>, <c>docker:NAME</c>, <c>nspawn:NAME</c>. Objects that were read from a namespace carry a
/// reference that also knows the namespace's cookie, so that another namespace under the same name is never taken for
/// it.
/// </summary>
public sealed class NamespaceReference : TextValue<NamespaceReference>
{
    // Its beginning tells machines and restarts apart well enough, and every object carries it.
    private static readonly Lazy<string> s_bootId = new(() =>
    {
        try
        {
            return File.ReadAllText("/proc/sys/kernel/random/boot_id")[..8];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "00000000";
        }
    });

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

    internal NamespaceReference(string text, ulong cookie, string? path = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        (Text, Cookie, KnownPath) = (text, cookie, path);
    }

    /// <summary>What to show and what to write to mean it again.</summary>
    public string Text { get; }

    /// <summary>The kernel's number for the namespace that was meant when the reference was made; 0 if it was only
    /// named.</summary>
    public ulong Cookie { get; }

    /// <summary>What tells this start of the machine from others.</summary>
    internal static string BootId => s_bootId.Value;

    /// <summary>The namespace file, where the text alone does not lead to it.</summary>
    internal string? KnownPath { get; }

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <inheritdoc/>
    public override bool Equals(NamespaceReference? other)
        => other is not null && Text == other.Text && (Cookie == 0 || other.Cookie == 0 || Cookie == other.Cookie);

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    /// <summary>
    /// What tells the namespace from every other one, also on other machines and after a
    /// restart; null if it was only named.
    /// </summary>
    public string? Id => Cookie == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{s_bootId.Value}-{Cookie}");

    /// <summary>The namespace that an object names as text.</summary>
    /// <param name="text">Its Namespace.</param>
    /// <param name="id">Its NamespaceId, as <see cref="Id"/> gives it; null or empty if it has none.</param>
    /// <returns>The reference, which never leads to another namespace than the one of that id.</returns>
    /// <exception cref="NetworkException">OtherMachine; InvalidArgument for an id that is none.</exception>
    public static NamespaceReference Read(string text, string? id)
    {
        if (string.IsNullOrEmpty(id))
            return new NamespaceReference(text);
        var shown = Netlink.KernelText.Printable(id);
        if (id.IndexOf('-', StringComparison.Ordinal) is not (> 0 and var dash)
            || !Digits.TryParse(id.AsSpan(dash + 1), out ulong cookie)
            || cookie == 0)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"The object's NamespaceId '{shown}' is none that was read from an object. Leave it out, and what is "
                    + $"called '{Netlink.KernelText.Printable(text)}' now is meant.",
                shown);
        }
        return id[..dash] == s_bootId.Value ? new NamespaceReference(text, cookie)
            : throw new NetworkException(
                NetworkErrorCode.OtherMachine,
                $"The object is of a network namespace '{Netlink.KernelText.Printable(text)}' of another machine, or "
                    + "of this one before it was started. Leave its NamespaceId out to mean what is called so here "
                    + "and now.",
                Netlink.KernelText.Printable(text));
    }

    private protected override int Compare(NamespaceReference other) => string.CompareOrdinal(Text, other.Text);
}
