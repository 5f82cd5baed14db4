using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links;

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

    /// <summary>The change in words, each part after a blank; empty if nothing changes.</summary>
    public string Description
    {
        get
        {
            var parts = new List<string>();
            void Say<T>(T? value, string words)
            {
                if (value is not null)
                    parts.Add(words);
            }

            Say(Up, Up == true ? "up" : "down");
            Say(Mtu, $"MTU {Mtu}");
            Say(MacAddress, $"MAC address {MacAddress}");
            Say(Promiscuous, Promiscuous == true ? "promiscuous" : "not promiscuous");
            Say(Master, Master is "" ? "no master" : $"master '{KernelText.Printable(Master ?? string.Empty)}'");
            Say(Alias, $"alias '{KernelText.Printable(Alias ?? string.Empty)}'");
            Say(Group, $"group {Group}");
            Say(TxQueueLength, $"transmit queue {TxQueueLength}");
            return parts.Count == 0 ? string.Empty : " " + string.Join(", ", parts);
        }
    }
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
        var master = change.Master switch { null => -1, "" => 0, var name => MasterIndex(name, cancellation) };
        if (master >= 0)
            MasterChanges++;
        cancellation.ThrowIfCancellationRequested();

        using var request = SetRequest(link.Index, change, master);
        try
        {
            _stack.Route.Execute(request, cancellation: CancellationToken.None);
        }
        catch (NetlinkErrorException e)
        {
            var refusal = KernelErrors.Explain(
                e, $"set '{link.Name}'{change.Description}", link.Name, hint: ChangeHint(link, change, e.Errno));
            throw Rollback.After(refusal, Restoring(link, change));
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
                Rollback.Run(undo =>
                {
                    undo.Add($"bring '{link.Name}' up", () => Change(link, new LinkChange { Up = true }));
                    Change(link, new LinkChange { Up = false });
                    _stack.Route.Execute(request);
                });
                Change(link, new LinkChange { Up = true });
            }
        }
        catch (NetlinkErrorException e)
        {
            throw e.Errno == Native.LibC.EEXIST
                ? new NetworkException(NetworkErrorCode.LinkExists, $"Cannot rename '{link.Name}': there is an interface '{newName}' in namespace '{_stack.Namespace}' already. Choose another name.", newName, e)
                : KernelErrors.Explain(e, $"rename '{link.Name}' to '{newName}'", link.Name);
        }
    }

    /// <summary>
    /// Moves a link to another namespace, in one message with its new name. It arrives down unless it is to be up, without addresses;
    /// a port leaves its bridge; a physical link's MAC address stays what it is.
    /// </summary>
    /// <param name="link">The link, as read from this stack.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="newName">Its name there; null to keep it.</param>
    /// <param name="up">Brings it up there.</param>
    /// <returns>The link in its new namespace.</returns>
    /// <exception cref="NetworkException">LinkNotFound, LinkExists (the name is taken there), NamespaceNotFound, NotSupported (lo, a bridge …), PermissionDenied.</exception>
    public NetLink Move(NetLink link, NamespaceReference destination, string? newName = null, bool up = false)
        => Move(link, destination, newName, up, null);

    /// <summary>
    /// The same; its link group changes in the same message, so that it is never seen over there without it.
    /// </summary>
    internal NetLink Move(NetLink link, NamespaceReference destination, string? newName, bool up, long? group)
    {
        ArgumentNullException.ThrowIfNull(link);
        ArgumentNullException.ThrowIfNull(destination);
        if (newName is not null)
            LinkSpec.CheckName(newName);
        var target = _stack.Pool.Get(destination);
        var name = newName ?? link.Name;
        // The kernel moves a link before it renames it, so a name that is taken has to be seen first.
        if (!ReferenceEquals(target, _stack) && link.Kind != "loopback" && target.Links.Find(name) is not null)
            throw MoveRefused(link, target, name, new NetlinkErrorException(Native.LibC.EEXIST, null, Rtm.SetLink, []));
        var identity = LinkIdentity.Of(_stack, link);
        try
        {
            SendTo(link, target, name, up, group);
        }
        catch (NetlinkErrorException e)
        {
            throw Rollback.After(
                MoveRefused(link, target, name, e),
                $"bring '{link.Name}' back to namespace '{_stack.Namespace}'",
                () => BringBack(link, identity, target, name, group is not null));
        }

        return target.Links.Get(name);
    }

    /// <summary>
    /// Moves a link out of a namespace whose root may exchange it for another one of its index at any moment: what has
    /// arrived is looked at, and removed if it is another one.
    /// </summary>
    /// <returns>The link, or null if it was another one.</returns>
    /// <exception cref="NetworkException">As for <see cref="Move(NetLink, NamespaceReference, string?,
    /// bool)"/>.</exception>
    internal NetLink? MoveKnown(
        NetLink link, ulong identity, NetworkStack target, string name, bool up, long? group = null)
    {
        if (identity == 0)
            return null;
        var arrived = Move(link, target.Namespace, name, up, group);
        return target.Links.Confirmed(arrived, identity);
    }

    private NetLink? Confirmed(NetLink arrived, ulong identity)
    {
        var its = LinkIdentity.Of(_stack, arrived);
        if (its == identity)
            return arrived;
        // Another one's maker may be a container's root.
        if (its != 0 && Remove([arrived]) is [{ Error: { Code: not NetworkErrorCode.LinkNotFound } refusal }])
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
        _stack.Route.Execute(request);
    }

    // The kernel moves first and does the rest there: a link that did not get its name or come up is over there already.
    private void BringBack(NetLink link, ulong identity, NetworkStack target, string name, bool isMarked)
    {
        if (ReferenceEquals(target, _stack) || Find(link.Name) is not null)
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
            ?? throw NotFound(link.Name);
        target.Links.SendTo(moved, _stack, link.Name, up: false, isMarked ? link.Group : null);
        _ = Find(link.Name) is { } arrived ? Confirmed(arrived, identity) : null;
    }

    /// <summary>Gives a link the alternative names that are listed, and takes all others away.</summary>
    internal void SetAlternativeNames(NetLink link, IReadOnlyList<string> names)
    {
        Send(Rtm.DelLinkProp, link.AlternativeName.Except(names));
        Send(Rtm.NewLinkProp, names.Except(link.AlternativeName));

        void Send(ushort type, IEnumerable<string> changed)
        {
            // The length of all of them together may not fit in 16 bits.
            foreach (var some in changed.Chunk(100))
            {
                using var request = new NetlinkRequest(type).Header(new IfInfoMsg { Index = link.Index })
                    .Nest(Ifla.PropList, list => Array.ForEach(some, name => list.PutString(Ifla.AltIfName, name)));
                try
                {
                    _stack.Route.Execute(request);
                }
                catch (NetlinkErrorException e)
                {
                    throw KernelErrors.Explain(e, $"set the alternative names of '{link.Name}'", link.Name);
                }
            }
        }
    }

    private static NetworkException MoveRefused(NetLink link, NetworkStack target, string name, NetlinkErrorException e) => e.Errno switch
    {
        Native.LibC.EINVAL => new NetworkException(
            NetworkErrorCode.NotSupported, $"'{link.Name}' cannot move to namespace '{target.Namespace}': {e.Message.TrimEnd('.')}. The kernel keeps links of this kind ({link.Kind}) where they were made.", link.Name, e),
        Native.LibC.EEXIST => new NetworkException(
            NetworkErrorCode.LinkExists, $"'{link.Name}' cannot move to namespace '{target.Namespace}': there is an interface '{name}' already.", link.Name, e)
        {
            Advice = [Advice.Choose("newName")],
        },
        _ => KernelErrors.Explain(e, $"move '{link.Name}' to namespace '{target.Namespace}'", link.Name),
    };

    /// <summary>The index of a link that takes ports; the kernel itself gives no reason when it does not.</summary>
    /// <exception cref="NetworkException">LinkNotFound, or NotSupported for a link that takes no ports.</exception>
    internal int MasterIndex(string name, CancellationToken cancellation = default)
    {
        var master = Get(name, LinkFilter.Bare, cancellation);
        return master.Kind is "veth" or "macvlan" or "macvtap" or "vlan" or "ipvlan" or "dummy" or "loopback" or "vxlan" or "tun" or "gretap" or "ifb"
            ? throw new NetworkException(NetworkErrorCode.NotSupported, $"'{master.Name}' is a {master.Kind} link and takes no ports; a bridge, bond or VRF does.", master.Name)
            {
                Advice = [Advice.List(AdviceThing.Bridge, _stack.Namespace.Text)],
            }
            : master.Index;
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

    /// <summary>Puts what a change has changed of a link back.</summary>
    /// <exception cref="NetlinkErrorException">The kernel refused.</exception>
    internal void Restore(NetLink link, LinkChange change) => Rollback.Each(Restoring(link, change));

    // The kernel takes a message's parts one after the other and stops at the first that fails (do_setlink). Each part
    // goes back in a message of its own, so that one that cannot does not keep the others.
    private List<RollbackStep> Restoring(NetLink link, LinkChange change)
    {
        var steps = new List<RollbackStep>();
        void Back(bool changed, LinkChange before, Func<NetLink, object?> valueOf, int master = -1)
        {
            if (changed)
                steps.Add(new RollbackStep($"set '{link.Name}' back to{before.Description}", () => SetBack(before, valueOf, master)));
        }

        Back(change.MacAddress is not null && link.MacAddress is not null, new LinkChange { MacAddress = link.MacAddress }, now => now.MacAddress);
        Back(change.Mtu is not null, new LinkChange { Mtu = (int)link.Mtu }, now => now.Mtu);
        Back(change.Group is not null, new LinkChange { Group = link.Group }, now => now.Group);
        Back(change.Alias is not null, new LinkChange { Alias = link.Alias ?? string.Empty }, now => now.Alias);
        Back(change.Master is not null, new LinkChange { Master = link.Master ?? string.Empty }, now => now.MasterIndex, link.MasterIndex);
        Back(change.Up is not null, new LinkChange { Up = link.IsUp }, now => now.IsUp);
        Back(change.Promiscuous is not null, new LinkChange { Promiscuous = link.Promiscuous }, now => now.Promiscuous);
        Back(change.TxQueueLength is not null, new LinkChange { TxQueueLength = (int)link.TxQueueLength }, now => now.TxQueueLength);
        return steps;

        void SetBack(LinkChange before, Func<NetLink, object?> valueOf, int master)
        {
            using var request = SetRequest(link.Index, before, master);
            try
            {
                _stack.Route.Execute(request);
            }
            catch (NetlinkErrorException)
            {
                // What the refused change did not reach may be what cannot be set (a MAC address while the link is up).
                if (Find(link.Index) is { } now && !Equals(valueOf(now), valueOf(link)))
                    throw;
            }
        }
    }

    private Hint? ChangeHint(NetLink link, LinkChange change, int errno) => errno switch
    {
        Native.LibC.EINVAL when change.Mtu is not null && link.MaxMtu > 0 => $"This link takes an MTU of {link.MinMtu} to {link.MaxMtu} bytes.",
        Native.LibC.EBUSY when change.MacAddress is not null => new Hint(
            "Its MAC address may change only while it is down.",
            Advice.To(AdviceKind.TakeDown, AdviceThing.Link, _stack.Namespace.Text, link.Name)),
        Native.LibC.EBUSY when change.Master is { Length: > 0 } => "It may be a port of another bridge, or a bridge itself.",
        _ => null,
    };
}
