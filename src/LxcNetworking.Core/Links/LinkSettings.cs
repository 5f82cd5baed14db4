using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links;

/// <summary>What one kind of link has of its own and lets change after it was made; null leaves a thing as it is. Each kind's file derives its own.</summary>
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
        if (Problem is { } problem)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, $"The settings for '{KernelText.Printable(name)}' cannot be: {problem}.", name);
    }
}

public sealed partial class LinkOperations
{
    /// <summary>Changes what only one kind of link has.</summary>
    /// <param name="link">The link, as read from this stack.</param>
    /// <param name="settings">What to change.</param>
    /// <exception cref="NetworkException">LinkNotFound, InvalidArgument, NotSupported (another kind of link), ResourceBusy, PermissionDenied.</exception>
    public void Change(NetLink link, LinkSettings settings)
    {
        var complete = Check(link, settings);
        using var request = new NetlinkRequest(Rtm.NewLink).Header(new IfInfoMsg { Index = link.Index })
            .Nest(Ifla.LinkInfo, info => info.PutString(IflaInfo.Kind, link.Kind).Nest(IflaInfo.Data, complete.Write));
        try
        {
            _stack.Route.Execute(request);
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(e, $"change the {link.Kind} link '{link.Name}'", link.Name, hint: settings.RefusalHint(e.Errno));
        }
    }

    /// <summary>Makes sure of what can be known before anything is changed.</summary>
    /// <param name="link">The link, as read from this stack.</param>
    /// <param name="settings">What to change.</param>
    /// <returns>The settings with what the kernel would otherwise reset.</returns>
    /// <exception cref="NetworkException">InvalidArgument, NotSupported (another kind of link) …</exception>
    public LinkSettings Check(NetLink link, LinkSettings settings)
    {
        ArgumentNullException.ThrowIfNull(link);
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate(link.Name);
        return settings.Kinds.Contains(link.Kind) ? settings.For(link, _stack)
            : throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"'{link.Name}' is a {link.Kind} link, and these settings are for {string.Join(" or ", settings.Kinds)}.",
                link.Name)
            {
                Advice = [Advice.List(AdviceThing.Link, _stack.Namespace.Text, null, ("Kind", settings.Kinds[0]))],
            };
    }
}
