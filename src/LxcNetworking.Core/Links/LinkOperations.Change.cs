using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;

namespace LxcNetworking;

/// <summary>What to change on a link; null leaves a thing as it is.</summary>
public sealed record LinkChange
{
    /// <summary>Up or down.</summary>
    public bool? Up { get; init; }

    /// <summary>The MTU in bytes.</summary>
    public int? Mtu { get; init; }

    /// <summary>The Ethernet address.</summary>
    public MacAddress? MacAddress { get; init; }

    /// <summary>Promiscuous or not.</summary>
    public bool? Promiscuous { get; init; }

    /// <summary>The bridge, bond or VRF to join; an empty string leaves the one it is in.</summary>
    public string? Master { get; init; }

    /// <summary>A free text; an empty string takes it away.</summary>
    public string? Alias { get; init; }

    /// <summary>The link group.</summary>
    public long? Group { get; init; }

    /// <summary>The transmit queue's length in packets.</summary>
    public int? TxQueueLength { get; init; }
}

public sealed partial class LinkOperations
{
    /// <summary>Changes a link. Where the kernel refuses a part, what was changed before is put back.</summary>
    /// <param name="link">The link, as read from this stack.</param>
    /// <param name="change">What to change.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NetworkException">LinkNotFound, InvalidArgument, PermissionDenied, ResourceBusy …</exception>
    public void Change(NetLink link, LinkChange change, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(link);
        ArgumentNullException.ThrowIfNull(change);
        LinkSpec.CheckMac(change.MacAddress, link.Name);
        LinkSpec.CheckMtu(change.Mtu, link.Name);
        LinkSpec.CheckText(change.Alias, link.Name);
        if (change.Group is < 0 or > uint.MaxValue || change.TxQueueLength is < 0)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, $"A group or queue length of '{link.Name}' cannot be negative or over {uint.MaxValue}.", link.Name);
        var master = change.Master switch { null => -1, "" => 0, var name => IndexOf(name, cancellation) };
        cancellation.ThrowIfCancellationRequested();

        using var request = SetRequest(link.Index, change, master);
        try
        {
            _stack.Route.Execute(request, cancellation: CancellationToken.None);
        }
        catch (NetlinkErrorException e)
        {
            Restore(link);
            throw KernelErrors.Explain(e, $"change '{link.Name}'{Describe(change)}", link.Name, hint: ChangeHint(link, change, e.Errno));
        }
    }

    /// <summary>Renames a link. A link that is up keeps running where the kernel allows it (Linux 6.2), and is taken down and up again where it does not.</summary>
    /// <param name="link">The link, as read from this stack.</param>
    /// <param name="newName">Its new name.</param>
    /// <exception cref="NetworkException">LinkNotFound, LinkExists, InvalidName, PermissionDenied.</exception>
    public void Rename(NetLink link, string newName)
    {
        ArgumentNullException.ThrowIfNull(link);
        LinkSpec.CheckName(newName);
        using var request = new NetlinkRequest(Rtm.SetLink).Header(new IfInfoMsg { Index = link.Index }).PutString(Ifla.IfName, newName);
        try
        {
            try
            {
                _stack.Route.Execute(request);
            }
            catch (NetlinkErrorException e) when (e.Errno == Native.LibC.EBUSY && link.IsUp)
            {
                Change(link, new LinkChange { Up = false });
                try
                {
                    _stack.Route.Execute(request);
                }
                finally
                {
                    Change(link, new LinkChange { Up = true });
                }
            }
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(e, $"rename '{link.Name}' to '{newName}'", link.Name);
        }
    }

    /// <summary>Moves a link to another namespace, in one message with its new name. It arrives down, without addresses; a port leaves its bridge.</summary>
    /// <param name="link">The link, as read from this stack.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="newName">Its name there; null to keep it.</param>
    /// <param name="up">Brings it up there.</param>
    /// <returns>The link in its new namespace.</returns>
    /// <exception cref="NetworkException">LinkNotFound, LinkExists (the name is taken there), NamespaceNotFound, NotSupported (lo, a bridge …), PermissionDenied.</exception>
    public NetLink Move(NetLink link, NamespaceReference destination, string? newName = null, bool up = false)
    {
        ArgumentNullException.ThrowIfNull(link);
        ArgumentNullException.ThrowIfNull(destination);
        if (newName is not null)
            LinkSpec.CheckName(newName);
        var target = NetworkStackPool.Shared.Get(destination);
        using var file = NamespaceFile.Open(target.Path, target.Namespace);
        using var request = new NetlinkRequest(Rtm.SetLink).Header(new IfInfoMsg { Index = link.Index })
            .Put(Ifla.NetNsFd, (int)file.DangerousGetHandle()).PutString(Ifla.IfName, newName ?? link.Name);
        try
        {
            _stack.Route.Execute(request);
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(
                e, $"move '{link.Name}' to namespace '{target.Namespace}'", link.Name,
                hint: e.Errno == Native.LibC.EINVAL ? $"The kernel keeps this link ({link.Kind}) in the namespace it was made in." : null);
        }

        var moved = target.Links.Get(newName ?? link.Name);
        if (!up)
            return moved;
        target.Links.Change(moved, new LinkChange { Up = true });
        return target.Links.Get(moved.Index);
    }

    private static NetlinkRequest SetRequest(int index, LinkChange change, int master)
    {
        uint flags = 0, mask = 0;
        void Flag(LinkFlags flag, bool? on)
        {
            if (on is not { } value)
                return;
            mask |= (uint)flag;
            flags |= value ? (uint)flag : 0;
        }

        Flag(LinkFlags.Up, change.Up);
        Flag(LinkFlags.Promiscuous, change.Promiscuous);
        var request = new NetlinkRequest(Rtm.SetLink).Header(new IfInfoMsg { Index = index, Flags = flags, Change = mask });
        if (change.Mtu is { } mtu)
            request.Put(Ifla.Mtu, (uint)mtu);
        if (change.MacAddress is { } mac)
            request.Put(Ifla.Address, mac.ToArray());
        if (master >= 0)
            request.Put(Ifla.Master, master);
        if (change.Alias is { } alias)
            request.Put(Ifla.IfAlias, KernelText.Encode(alias));
        if (change.Group is { } group)
            request.Put(Ifla.Group, (uint)group);
        if (change.TxQueueLength is { } length)
            request.Put(Ifla.TxQLen, (uint)length);
        return request;
    }

    // The kernel takes a message's parts one after the other and stops at the first that fails (do_setlink).
    private void Restore(NetLink link)
    {
        using var request = SetRequest(
            link.Index,
            new LinkChange
            {
                Up = link.IsUp,
                Promiscuous = link.Promiscuous,
                Mtu = (int)link.Mtu,
                MacAddress = link.MacAddress is { IsMulticast: false, IsZero: false } mac ? mac : null,
                Alias = link.Alias ?? string.Empty,
                Group = link.Group,
                TxQueueLength = (int)link.TxQueueLength,
            },
            link.MasterIndex);
        try
        {
            _stack.Route.Execute(request);
        }
        catch (NetlinkErrorException)
        {
            // The refusal itself is what the user needs to hear.
        }
    }

    private static string Describe(LinkChange change)
    {
        var parts = new List<string>();
        if (change.Mtu is { } mtu)
            parts.Add($"MTU {mtu}");
        if (change.MacAddress is { } mac)
            parts.Add($"MAC address {mac}");
        if (change.Master is { } master)
            parts.Add(master.Length == 0 ? "no master" : $"master '{KernelText.Printable(master)}'");
        if (change.Up is { } up)
            parts.Add(up ? "up" : "down");
        return parts.Count == 0 ? string.Empty : " to " + string.Join(", ", parts);
    }

    private static string? ChangeHint(NetLink link, LinkChange change, int errno) => errno switch
    {
        Native.LibC.EINVAL when change.Mtu is not null && link.MaxMtu > 0 => $"This link takes an MTU of {link.MinMtu} to {link.MaxMtu} bytes.",
        Native.LibC.EBUSY when change.MacAddress is not null => "Take the link down first: Set-NetLink -Down.",
        Native.LibC.EBUSY when change.Master is { Length: > 0 } => "It may be a port of another bridge, or a bridge itself.",
        _ => null,
    };
}
