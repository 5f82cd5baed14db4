using System.Text;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links;

/// <summary>Gives links of one namespace other names.</summary>
internal sealed class LinkRenaming(LinkOperations links)
{
    /// <summary>How many alternative names go in one message: the length of all of them may not fit in 16
    /// bits.</summary>
    public const int MostNames = 100;

    // ALTIFNAMSIZ - 1.
    private const int MaxAlternativeBytes = 127;

    /// <inheritdoc cref="LinkOperations.Rename"/>
    public void Rename(NetLink link, string newName, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(link);
        LinkSpec.CheckName(newName);
        cancellation.ThrowIfCancellationRequested();
        var stack = links.Stack;
        using var request = new NetlinkRequest(Rtm.SetLink)
            .Header(new IfInfoMsg { Index = link.Index }).PutString(Ifla.IfName, newName);
        try
        {
            try
            {
                stack.Route.Execute(request, cancellation: CancellationToken.None);
            }
            catch (NetlinkErrorException e) when (e.Errno == Native.LibC.EBUSY && link.IsUp)
            {
                Rollback.Run(undo =>
                {
                    undo.Add($"bring '{link.Name}' up", () => links.Change(link, new LinkChange { Up = true }));
                    links.Change(link, new LinkChange { Up = false });
                    stack.Route.Execute(request);
                });
                links.Change(link, new LinkChange { Up = true }, CancellationToken.None);
            }
        }
        catch (NetlinkErrorException e)
        {
            throw e.Errno == Native.LibC.EEXIST
                ? new NetworkException(
                    NetworkErrorCode.LinkExists,
                    $"Cannot rename '{link.Name}': there is an interface '{newName}' in namespace "
                        + $"'{stack.Namespace}' already. Choose another name.",
                    newName,
                    e)
                : KernelErrors.Explain(e, $"rename '{link.Name}' to '{newName}'", link.Name);
        }
    }

    /// <summary>Checks an alternative name against the kernel's rules (dev_valid_altname).</summary>
    /// <exception cref="NetworkException">InvalidName.</exception>
    public static void CheckAlternativeName(string name)
    {
        var bytes = Encoding.UTF8.GetByteCount(name);
        var problem = bytes == 0 ? "it is empty"
            : bytes > MaxAlternativeBytes ? $"it has {bytes} bytes, and {MaxAlternativeBytes} are the most"
            : KernelText.Printable(name) != name ? "it has characters in it that cannot be shown" : null;
        if (problem is not null)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidName,
                $"'{KernelText.Shown(name)}' cannot be an alternative name: {problem}.",
                name);
        }
    }

    /// <summary>Gives a link the alternative names that are listed, and removes all others.</summary>
    public void SetAlternativeNames(NetLink link, IReadOnlyList<string> names)
    {
        Send(Rtm.DelLinkProp, link.AlternativeName.Except(names));
        Send(Rtm.NewLinkProp, names.Except(link.AlternativeName));

        void Send(ushort type, IEnumerable<string> changed)
        {
            foreach (var some in changed.Chunk(MostNames))
            {
                using var request = Names(type, new IfInfoMsg { Index = link.Index }, some);
                try
                {
                    links.Stack.Route.Execute(request);
                }
                catch (NetlinkErrorException e)
                {
                    Hint? taken = e.Errno == Native.LibC.EEXIST
                        ? $"One of {new ValueList<string>(some)} is an interface's already." : null;
                    throw KernelErrors.Explain(
                        e, $"set the alternative names of '{link.Name}'", link.Name, hint: taken);
                }
            }
        }
    }

    /// <summary>A request that adds alternative names.</summary>
    /// <param name="link">The link by its index, or nothing where the request has its name.</param>
    /// <param name="names">The names.</param>
    public static NetlinkRequest NewNames(IfInfoMsg link, IEnumerable<string> names)
        => Names(Rtm.NewLinkProp, link, names);

    private static NetlinkRequest Names(ushort type, IfInfoMsg link, IEnumerable<string> names)
        => new NetlinkRequest(type).Header(link).Nest(Ifla.PropList, list =>
        {
            foreach (var name in names)
                list.PutString(Ifla.AltIfName, name);
        });
}
