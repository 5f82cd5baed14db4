using System.Text.RegularExpressions;
using LxcNetworking.Netlink;

namespace LxcNetworking.Values;

/// <summary>Names the case, so that programs can tell failures apart without reading the text.</summary>
public enum NetworkErrorCode
{
    /// <summary>The kernel refused for a reason without a name of its own here.</summary>
    KernelRefused,

    /// <summary>An argument is not what the kernel or the format allows.</summary>
    InvalidArgument,

    /// <summary>An interface, namespace or container name breaks the rules for names.</summary>
    InvalidName,

    /// <summary>The process lacks a capability in that namespace.</summary>
    PermissionDenied,

    /// <summary>The running kernel has no such link kind or feature.</summary>
    KindNotSupported,

    /// <summary>The operation does not apply to this link.</summary>
    NotSupported,

    /// <summary>Something else holds what is asked for.</summary>
    ResourceBusy,

    /// <summary>The disk, the memory or the user's share of it has no room left.</summary>
    NoSpace,

    /// <summary>It did not happen in time.</summary>
    TimedOut,

    /// <summary>There is no such link.</summary>
    LinkNotFound,

    /// <summary>There is a link of that name already.</summary>
    LinkExists,

    /// <summary>The link is another one than the one that was meant.</summary>
    LinkChanged,

    /// <summary>There is no such namespace.</summary>
    NamespaceNotFound,

    /// <summary>There is a namespace of that name already.</summary>
    NamespaceExists,

    /// <summary>The name now belongs to another namespace than the object was read from.</summary>
    NamespaceChanged,

    /// <summary>The object is another machine's, or was read before this machine was started.</summary>
    OtherMachine,

    /// <summary>The namespace is in use by processes or sessions.</summary>
    NamespaceInUse,

    /// <summary>The file is no network namespace.</summary>
    NotANamespace,

    /// <summary>A command would work outside of the namespace that its block or session is in.</summary>
    LeavesNamespace,

    /// <summary>There is no such address.</summary>
    AddressNotFound,

    /// <summary>The address is there already.</summary>
    AddressExists,

    /// <summary>There is no such route.</summary>
    RouteNotFound,

    /// <summary>The route is there already.</summary>
    RouteExists,

    /// <summary>The next hop cannot be reached from that interface.</summary>
    NextHopUnreachable,

    /// <summary>There is no such neighbour entry.</summary>
    NeighborNotFound,

    /// <summary>The neighbour entry is there already.</summary>
    NeighborExists,

    /// <summary>There is no such entry of another sort (rule, mapping, tunnel …).</summary>
    ObjectNotFound,

    /// <summary>There is such an entry of another sort already.</summary>
    ObjectExists,

    /// <summary>There is no such container.</summary>
    ContainerNotFound,

    /// <summary>A program or service that is needed is missing or failed.</summary>
    DependencyFailed,
}

/// <summary>An operation on the network failed. The message is plain sentences for a user about the thing and the
/// cause.</summary>
public sealed partial class NetworkException : Exception
{
    private const int MaxCharacters = 2000, ShownOfWord = 80;

    /// <summary>Describes a failure.</summary>
    /// <param name="code">The case.</param>
    /// <param name="message">A plain sentence with the name of the thing.</param>
    /// <param name="target">What it was about: a link's, namespace's or address's name.</param>
    /// <param name="inner">The cause.</param>
    public NetworkException(NetworkErrorCode code, string message, string? target = null, Exception? inner = null)
        : base(Bounded(message), inner)
    {
        Code = code;
        Target = target;
    }

    /// <summary>The case.</summary>
    public NetworkErrorCode Code { get; }

    /// <summary>What it was about.</summary>
    public string? Target { get; }

    /// <summary>What can be done about it, each beside the others or in their place; empty where nothing is
    /// known.</summary>
    public IReadOnlyList<Advice> Advice
    {
        get => [.. field.Union(this.RollbackAdvice)];
        init;
    } = [];

    /// <summary>What the operation had done and could not roll back, a sentence for each thing; it is in the message
    /// too.</summary>
    public IReadOnlyList<string> NotRolledBack => ((Exception)this).NotRolledBack;

    /// <inheritdoc/>
    public override string Message => NotRolledBack is { Count: > 0 } left
        ? Bounded($"{OwnMessage} Not everything could be rolled back. {string.Join(' ', left)}") : OwnMessage;

    /// <summary>The message without what could not be rolled back.</summary>
    internal string OwnMessage => base.Message;

    // Names, files and other programs' answers are in messages, and may be long or have what a terminal would obey.
    internal static string Bounded(string message)
        => Shorten(LongWord().Replace(Printable(Shorten(message)), match => Cut(match.Value, ShownOfWord)));

    // What went wrong is at the beginning, and the next step at the end.
    private static string Shorten(string message) => message.Length <= MaxCharacters ? message
        : $"{Cut(message, MaxCharacters / 2)} "
            + $"{message[^(MaxCharacters / 4 - (char.IsLowSurrogate(message[^(MaxCharacters / 4)]) ? 1 : 0))..]}";

    // The backslashes of what is escaped already stay. Line ends and format characters go too, which can make one line
    // look like two, or one name like another.
    internal static string Printable(string message) => message.AsSpan().ContainsAnyExceptInRange(' ', '~')
        ? string.Concat(
            message.EnumerateRunes()
                .Select(rune => rune.Value == '\\' ? rune.ToString() : KernelText.Printable(rune.ToString())))
        : message;

    // Not within a character of two halves.
    private static string Cut(string text, int length) => text.Length <= length ? text
        : string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[length - 1]) ? length - 1 : length), "…");

    [GeneratedRegex(@"[^\s']{200,}")]
    private static partial Regex LongWord();
}
