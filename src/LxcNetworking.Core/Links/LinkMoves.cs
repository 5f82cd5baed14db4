using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links;

/// <summary>Moves links of one namespace to another one.</summary>
internal sealed class LinkMoves(LinkOperations links)
{
    /// <inheritdoc cref="LinkOperations.Move"/>
    /// <param name="link">The link, as read from this stack.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="newName">Its name there; null to keep it.</param>
    /// <param name="up">Brings it up there.</param>
    /// <param name="group">The link group that it gets in the same message, so that it is never seen there without it;
    /// null to keep it.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    public NetLink Move(
        NetLink link,
        NamespaceReference destination,
        string? newName,
        bool up,
        long? group = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(link);
        ArgumentNullException.ThrowIfNull(destination);
        if (newName is not null)
            LinkSpec.CheckName(newName);
        var stack = links.Stack;
        var target = stack.Pool.Get(destination, cancellation);
        var name = newName ?? link.Name;
        // The kernel moves a link before it renames it, so a name that is taken has to be seen first.
        if (!ReferenceEquals(target, stack) && link.Kind != "loopback"
            && target.Links.Find(name, cancellation) is not null)
            throw Refused(link, target, name, new NetlinkErrorException(Native.LibC.EEXIST, null, Rtm.SetLink, []));
        var identity = LinkIdentity.Of(stack, link);
        cancellation.ThrowIfCancellationRequested();
        try
        {
            SendTo(link, target, name, up, group);
        }
        catch (NetlinkErrorException e)
        {
            throw Rollback.After(
                Refused(link, target, name, e),
                $"bring '{link.Name}' back to namespace '{stack.Namespace}'",
                () => BringBack(link, identity, target, name, group is not null));
        }

        return target.Links.Get(name, CancellationToken.None);
    }

    /// <summary>
    /// Moves a link out of a namespace whose root may exchange it for another one of its index at any moment: what has
    /// arrived is looked at, and removed if it is another one.
    /// </summary>
    /// <returns>The link, or null if it was another one.</returns>
    /// <exception cref="NetworkException">As for <see cref="LinkOperations.Move"/>.</exception>
    public NetLink? MoveKnown(
        NetLink link, ulong identity, NetworkStack target, string name, bool up, long? group = null)
    {
        if (identity == 0)
            return null;
        var arrived = Move(link, target.Namespace, name, up, group);
        return target.Links.Moves.Confirmed(arrived, identity);
    }

    private NetLink? Confirmed(NetLink arrived, ulong identity)
    {
        var found = LinkIdentity.Of(links.Stack, arrived);
        if (found == identity)
            return arrived;
        // A container's root may have created the other one.
        if (found != 0 && links.Remove([arrived]) is [{ Error: { Code: not NetworkErrorCode.LinkNotFound } refusal }])
            throw refusal;
        return null;
    }

    private void SendTo(NetLink link, NetworkStack target, string name, bool up, long? group)
    {
        using var file = target.OpenFile();
        var flag = up ? (uint)LinkFlags.Up : 0;
        using var request = new NetlinkRequest(Rtm.SetLink)
            .Header(new IfInfoMsg { Index = link.Index, Flags = flag, Change = flag })
            .Put(Ifla.NetNsFd, (int)file.DangerousGetHandle()).PutString(Ifla.IfName, name);
        if (group is { } number)
            request.Put(Ifla.Group, (uint)number);
        links.Stack.Route.Execute(request);
    }

    // The kernel moves first and does the rest there: a link that did not get its name or come up is there already.
    private void BringBack(NetLink link, ulong identity, NetworkStack target, string name, bool hasOtherGroup)
    {
        if (ReferenceEquals(target, links.Stack) || links.Find(link.Name) is not null)
            return;
        if (identity == 0)
        {
            throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"it is in namespace '{target.Namespace}', and sysfs, which tells it from other links, cannot be read",
                link.Name);
        }

        var moved = new[] { name, link.Name }.Select(candidate => target.Links.Find(candidate))
            .FirstOrDefault(found => found is not null && LinkIdentity.Of(target, found) == identity)
            ?? throw links.NotFound(link.Name);
        target.Links.Moves.SendTo(moved, links.Stack, link.Name, up: false, hasOtherGroup ? link.Group : null);
        _ = links.Find(link.Name) is { } arrived ? Confirmed(arrived, identity) : null;
    }

    private static NetworkException Refused(
        NetLink link, NetworkStack target, string name, NetlinkErrorException e) => e.Errno switch
        {
            Native.LibC.EINVAL => new NetworkException(
                NetworkErrorCode.NotSupported,
                $"'{link.Name}' cannot move to namespace '{target.Namespace}': {e.Message.TrimEnd('.')}. The kernel "
                    + $"keeps links of this kind ({link.Kind}) where they were made.",
                link.Name,
                e),
            Native.LibC.EEXIST => new NetworkException(
                NetworkErrorCode.LinkExists,
                $"'{link.Name}' cannot move to namespace '{target.Namespace}': there is an interface '{name}' already.",
                link.Name,
                e)
            {
                Advice = [Advice.Choose("newName")],
            },
            _ => KernelErrors.Explain(e, $"move '{link.Name}' to namespace '{target.Namespace}'", link.Name),
        };
}
