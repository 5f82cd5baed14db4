using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links;

/// <summary>
/// What one kind of link has of its own: what it shows as <see cref="NetLink.Details"/>, and what is sent to create or
/// change it, where null leaves a thing as it is. Each kind's file declares its own.
/// </summary>
public abstract record LinkSettings : LinkDetails
{
    /// <summary>Says what of these settings cannot be, beyond the range of each, or null.</summary>
    internal virtual string? Problem => null;

    /// <summary>The description of a new link with these settings.</summary>
    /// <param name="name">The new link's name.</param>
    /// <param name="kind">Which of the kind's names it is of.</param>
    internal virtual LinkSpec NewSpec(string name, string kind) => new(name, this);

    /// <summary>The description of a new pair with these settings; null where the kind is none.</summary>
    /// <param name="name">The near end's name.</param>
    /// <param name="peerName">The far end's name.</param>
    internal virtual LinkPairSpec? NewPair(string name, string peerName) => null;

    /// <summary>Fills in what the kernel would otherwise reset, and checks what depends on the present state.</summary>
    /// <param name="link">The link as it is now.</param>
    /// <param name="stack">Where it is.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The settings to write.</returns>
    internal virtual LinkSettings For(NetLink link, NetworkStack stack, CancellationToken cancellation) => this;

    /// <summary>Refuses what the kernel takes, but carries nothing as long as the namespace is as it is.</summary>
    /// <param name="link">The link as it is now.</param>
    /// <param name="stack">Where it is.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NetworkException">InvalidArgument, AddressNotFound.</exception>
    internal virtual void CheckUse(NetLink link, NetworkStack stack, CancellationToken cancellation)
    {
    }

    /// <summary>The settings that the kernel passes over, because it is older than they are.</summary>
    /// <param name="read">The link's, as the kernel tells them.</param>
    /// <param name="isDone">Whether these settings were sent before that.</param>
    internal virtual IReadOnlyList<string> UnknownTo(LinkDetails? read, bool isDone) => [];

    /// <summary>What takes a change by these settings back, or null for nothing.</summary>
    /// <param name="before">The link's settings before the change.</param>
    /// <param name="now">Those after it.</param>
    internal virtual LinkSettings? SetBack(LinkDetails? before, LinkDetails? now) => null;

    /// <summary>What a change needs further messages for, one for each step.</summary>
    internal virtual IReadOnlyList<SettingStep> FurtherSteps => [];

    /// <summary>What a refusal can mean.</summary>
    internal virtual Hint? RefusalHint(int errno) => null;

    /// <summary>Checks what can be checked without a kernel.</summary>
    /// <param name="name">The link's name.</param>
    /// <exception cref="NetworkException">InvalidArgument.</exception>
    internal void Validate(string name)
    {
        if ((OutOfRange() ?? Problem) is { } problem)
            throw CannotBe(name, problem);
    }

    /// <summary>Checks settings for a link that is there.</summary>
    /// <param name="name">The link's name.</param>
    /// <exception cref="NetworkException">InvalidArgument.</exception>
    internal void ValidateChange(string name)
    {
        if (OnlyAtCreation() is { } property)
            throw CannotBe(name, $"{property} is chosen when the link is created and stays");
        Validate(name);
    }

    /// <summary>Checks that the kernel knows all that these settings say.</summary>
    /// <param name="link">The link, as it is.</param>
    /// <param name="isDone">Whether the kernel was sent these settings.</param>
    /// <exception cref="NetworkException">NotSupported.</exception>
    internal void CheckKnown(NetLink link, bool isDone)
    {
        if (UnknownTo(link.Details, isDone) is { Count: > 0 } names)
        {
            throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"This kernel does not know {string.Join(" and ", names)} of {link.Kind} links.",
                link.Name);
        }
    }

    private static NetworkException CannotBe(string name, string problem) => new(
        NetworkErrorCode.InvalidArgument,
        $"The settings for '{KernelText.Printable(name)}' cannot be: {problem}.",
        name);
}

/// <summary>One further message of a change, and the one that takes it back.</summary>
/// <param name="Write">Writes what the kind has, inside IFLA_INFO_DATA.</param>
/// <param name="WriteBack">Writes the inverse.</param>
internal readonly record struct SettingStep(Action<NetlinkRequest> Write, Action<NetlinkRequest> WriteBack);
