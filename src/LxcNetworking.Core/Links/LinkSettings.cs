using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links;

/// <summary>
/// What one kind of link has of its own and lets change after it was created; null leaves a thing as it is. Each kind's
/// file derives its own.
/// </summary>
public abstract record LinkSettings
{
    /// <summary>The kernel's kinds that take these settings.</summary>
    internal abstract IReadOnlyList<string> Kinds { get; }

    /// <summary>Says what of these settings cannot be, or null.</summary>
    internal virtual string? Problem => null;

    /// <summary>Fills in what the kernel would otherwise reset, and checks what depends on the present state.</summary>
    /// <param name="link">The link as it is now.</param>
    /// <param name="stack">Where it is.</param>
    /// <returns>The settings to write.</returns>
    internal virtual LinkSettings For(NetLink link, NetworkStack stack) => this;

    /// <summary>What a refusal can mean.</summary>
    internal virtual Hint? RefusalHint(int errno) => null;

    /// <summary>Writes IFLA_INFO_DATA.</summary>
    internal abstract void Write(NetlinkRequest data);

    internal void Validate(string name)
    {
        if (Problem is not { } problem)
            return;
        throw new NetworkException(
            NetworkErrorCode.InvalidArgument,
            $"The settings for '{KernelText.Printable(name)}' cannot be: {problem}.",
            name);
    }
}
