using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links;

/// <summary>Links of one namespace: list, create, change, move, remove, wait.</summary>
public sealed class LinkOperations : IStackOperations<LinkOperations>
{
    private const int MaxAttempts = 10;
    private readonly NetworkStack _stack;
    private readonly LinkWait _wait;

    internal LinkOperations(NetworkStack stack)
    {
        _stack = stack;
        _wait = new LinkWait(this);
        Masters = new LinkMasters(this);
        Changes = new LinkChanges(this);
        Renaming = new LinkRenaming(this);
        Moves = new LinkMoves(this);
        Removal = new LinkRemoval(this);
        Creation = new LinkCreation(this);
    }

    internal NetworkStack Stack => _stack;

    internal LinkMasters Masters { get; }

    internal LinkChanges Changes { get; }

    internal LinkRenaming Renaming { get; }

    internal LinkMoves Moves { get; }

    internal LinkRemoval Removal { get; }

    internal LinkCreation Creation { get; }

    static LinkOperations IStackOperations<LinkOperations>.On(NetworkStack stack) => new(stack);

    /// <summary>Lists links in the kernel's order.</summary>
    /// <param name="filter">What to narrow the list to; null for all.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The links.</returns>
    /// <exception cref="NetworkException">LinkNotFound for a master that is not there.</exception>
    /// <exception cref="NetlinkException">The kernel did not answer as it should.</exception>
    public IReadOnlyList<NetLink> List(LinkFilter? filter = null, CancellationToken cancellation = default)
    {
        using var request = new NetlinkRequest(Rtm.GetLink);
        request.Header(default(IfInfoMsg));
        request.Put(Ifla.ExtMask, filter?.SkipStatistics == true ? RtextFilter.SkipStats : RtextFilter.AnySize);
        var master = filter?.Master is { } name ? IndexOf(name, cancellation) : 0;
        var reading = _stack.Route.DumpInOrder(
            request, reply => LinkParser.Parse(reply, _stack.Namespace), link => link.Index, cancellation);
        var links = Distinct(reading.Items);
        if (reading.IsInterrupted)
            SettleNames(links, cancellation);
        Complete(links, filter, cancellation);
        return filter?.Kind is null && master == 0
            ? links
            : links.FindAll(link => (filter?.Kind is null || link.Kind == filter.Kind)
                && (master == 0 || link.MasterIndex == master));
    }

    /// <summary>Reads one link.</summary>
    /// <param name="name">Its name, or one of its alternative names.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The link.</returns>
    /// <exception cref="NetworkException">LinkNotFound.</exception>
    public NetLink Get(string name, CancellationToken cancellation = default) => Get(name, null, cancellation);

    /// <summary>Reads one link.</summary>
    /// <param name="name">Its name, or one of its alternative names.</param>
    /// <param name="filter">What to leave out.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The link.</returns>
    /// <exception cref="NetworkException">LinkNotFound.</exception>
    public NetLink Get(string name, LinkFilter? filter, CancellationToken cancellation = default)
        => Find(name, filter, cancellation) ?? throw NotFound(name);

    /// <summary>Reads one link.</summary>
    /// <param name="index">Its index.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The link.</returns>
    /// <exception cref="NetworkException">LinkNotFound.</exception>
    public NetLink Get(int index, CancellationToken cancellation = default) => Get(index, null, cancellation);

    /// <summary>Reads one link.</summary>
    /// <param name="index">Its index.</param>
    /// <param name="filter">What to leave out.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The link.</returns>
    /// <exception cref="NetworkException">LinkNotFound.</exception>
    public NetLink Get(int index, LinkFilter? filter, CancellationToken cancellation = default)
        => Find(index, filter, cancellation) ?? throw NotFound($"number {index}");

    /// <summary>Reads one link.</summary>
    /// <param name="index">Its index.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The link, or null if there is none.</returns>
    public NetLink? Find(int index, CancellationToken cancellation = default) => Find(index, null, cancellation);

    /// <summary>Reads one link.</summary>
    /// <param name="index">Its index.</param>
    /// <param name="filter">What to leave out.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The link, or null if there is none.</returns>
    public NetLink? Find(int index, LinkFilter? filter, CancellationToken cancellation = default)
    {
        // The kernel would take a number below 1 for none at all.
        if (index <= 0)
            return null;
        using var request = LookUp(index);
        return Read(request, filter, cancellation);
    }

    /// <summary>Reads one link.</summary>
    /// <param name="name">Its name, or one of its alternative names.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The link, or null if there is none.</returns>
    public NetLink? Find(string name, CancellationToken cancellation = default) => Find(name, null, cancellation);

    /// <summary>Reads one link.</summary>
    /// <param name="name">Its name, or one of its alternative names.</param>
    /// <param name="filter">What to leave out.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The link, or null if there is none.</returns>
    public NetLink? Find(string name, LinkFilter? filter, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        // A name that no link can have is not there; the kernel would call it a bad argument.
        var bytes = KernelText.Encode(name);
        if (bytes.Length is 0 or > 127 || bytes.Contains((byte)0))
            return null;
        using var request = LookUp(name);
        return Read(request, filter, cancellation);
    }

    /// <summary>Creates a link, in one message that also names it, moves it, attaches it and brings it up. On failure
    /// nothing stays behind.</summary>
    /// <param name="spec">What it is to be like.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The link, read back from the namespace that it was created in.</returns>
    /// <exception cref="NetworkException">InvalidName, LinkExists, LinkNotFound (parent or master), NamespaceNotFound,
    /// KindNotSupported, PermissionDenied …</exception>
    public NetLink Create(LinkSpec spec, CancellationToken cancellation = default)
        => Creation.Create(spec, cancellation);

    /// <summary>Changes a link. Where the kernel refuses a part, what was changed before is put back.</summary>
    /// <param name="link">The link, as read from this stack.</param>
    /// <param name="change">What to change.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NetworkException">LinkNotFound, InvalidArgument, PermissionDenied, ResourceBusy …</exception>
    public void Change(NetLink link, LinkChange change, CancellationToken cancellation = default)
        => Changes.Change(link, change, cancellation);

    /// <summary>Changes what only one kind of link has.</summary>
    /// <param name="link">The link, as read from this stack.</param>
    /// <param name="settings">What to change.</param>
    /// <param name="force">Also where a tunnel's local address is not here yet, or its remote one is.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <exception cref="NetworkException">LinkNotFound, InvalidArgument, NotSupported, ResourceBusy …</exception>
    public void Change(
        NetLink link, LinkSettings settings, bool force = false, CancellationToken cancellation = default)
        => Changes.Change(link, settings, force, cancellation);

    /// <summary>Makes sure of what can be known before anything is changed.</summary>
    /// <param name="link">The link, as read from this stack.</param>
    /// <param name="settings">What to change.</param>
    /// <param name="force">As for a change.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The settings with what the kernel would otherwise reset.</returns>
    /// <exception cref="NetworkException">InvalidArgument, NotSupported (another kind of link) …</exception>
    public LinkSettings Check(
        NetLink link, LinkSettings settings, bool force = false, CancellationToken cancellation = default)
        => Changes.Check(link, settings, force, cancellation);

    /// <summary>Renames a link. A link that is up keeps running where the kernel allows it (Linux 6.2), and is taken
    /// down and up again where it does not.</summary>
    /// <param name="link">The link, as read from this stack.</param>
    /// <param name="newName">Its new name.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <exception cref="NetworkException">LinkNotFound, LinkExists, InvalidName, PermissionDenied.</exception>
    public void Rename(NetLink link, string newName, CancellationToken cancellation = default)
        => Renaming.Rename(link, newName, cancellation);

    /// <summary>
    /// Moves a link to another namespace, in one message with its new name. It arrives down unless it is to be up,
    /// without addresses; a port leaves its bridge; a physical link's MAC address stays what it is.
    /// </summary>
    /// <param name="link">The link, as read from this stack.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="newName">Its name there; null to keep it.</param>
    /// <param name="up">Brings it up there.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>The link in its new namespace.</returns>
    /// <exception cref="NetworkException">LinkNotFound, LinkExists (the name is taken there), NamespaceNotFound,
    /// NotSupported (lo, a bridge …), PermissionDenied.</exception>
    public NetLink Move(
        NetLink link,
        NamespaceReference destination,
        string? newName = null,
        bool up = false,
        CancellationToken cancellation = default)
        => Moves.Move(link, destination, newName, up, cancellation: cancellation);

    /// <summary>Removes links. Many are put into a link group that nobody else uses and go as one, so that the kernel
    /// waits for one RCU grace period instead of one for each.</summary>
    /// <param name="links">Links as read from this stack.</param>
    /// <param name="cancellation">Ends it between steps; a link is removed whole or not at all.</param>
    /// <returns>Those that are still there, each with its reason; empty if all went.</returns>
    public IReadOnlyList<LinkFailure> Remove(
        IReadOnlyList<NetLink> links, CancellationToken cancellation = default)
        => Removal.Remove(links, cancellation);

    /// <summary>Waits until a link is as wanted, by the kernel's notifications and not by asking again and
    /// again.</summary>
    /// <param name="name">The link's name.</param>
    /// <param name="condition">What to wait for.</param>
    /// <param name="timeout">How long; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The link, or null if it is to be absent and is.</returns>
    /// <exception cref="NetworkException">TimedOut.</exception>
    public NetLink? Wait(
        string name, LinkCondition condition, TimeSpan timeout, CancellationToken cancellation = default)
        => _wait.Wait(name, condition, timeout, cancellation);

    /// <summary>A link's index by its name.</summary>
    internal int IndexOf(string name, CancellationToken cancellation = default)
        => Get(name, LinkFilter.Bare, cancellation).Index;

    internal static NetlinkRequest LookUp(string name)
    {
        var bytes = KernelText.Encode(name);
        var request = new NetlinkRequest(Rtm.GetLink).AsQuery().Header(default(IfInfoMsg));
        // A longer name can only be an alternative one.
        return request.PutString(bytes.Length > LinkSpec.MaxNameBytes ? Ifla.AltIfName : Ifla.IfName, name);
    }

    internal static NetlinkRequest LookUp(int index)
        => new NetlinkRequest(Rtm.GetLink).AsQuery().Header(new IfInfoMsg { Index = index });

    internal NetworkException NotFound(string name, AdviceThing? missing = null)
        => MissingLink.Error(_stack, name, missing);

    // A link that goes while the list is read can be followed by a new one of its index: the last one is there.
    private static List<NetLink> Distinct(List<NetLink> links)
    {
        var places = new Dictionary<int, int>(links.Count);
        for (var i = 0; i < links.Count; i++)
            places[links[i].Index] = i;
        return places.Count == links.Count ? links : [.. places.Values.Order().Select(place => links[place])];
    }

    // While the list was read, a name can have gone from one link to another, or its link away and a new one come.
    private void SettleNames(List<NetLink> links, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            var doubtful = links.GroupBy(link => link.Name)
                .Where(group => group.Skip(1).Any())
                .SelectMany(group => group)
                .ToList();
            if (doubtful.Count == 0)
                return;
            if (attempt > MaxAttempts)
                throw new NetlinkDumpInterruptedException(MaxAttempts);
            var now = new Dictionary<int, NetLink>();
            Ask(doubtful.Select(link => link.Index), link => now[link.Index] = link, cancellation);
            foreach (var link in doubtful)
            {
                var place = links.IndexOf(link);
                links.RemoveAt(place);
                if (now.TryGetValue(link.Index, out var again))
                    links.Insert(place, again);
            }
        }
    }

    /// <summary>Reads single links; those that are gone are left out.</summary>
    private void Ask(IEnumerable<int> indexes, Action<NetLink> take, CancellationToken cancellation)
    {
        var requests = indexes.Select(LookUp).ToList();
        try
        {
            _stack.Route.ExecuteAll(
                requests,
                (_, reply) =>
                {
                    if (LinkParser.Parse(reply, _stack.Namespace) is { } link)
                        take(link);
                },
                cancellation);
        }
        finally
        {
            requests.ForEach(request => request.Dispose());
        }
    }

    private NetLink? Read(NetlinkRequest request, LinkFilter? filter, CancellationToken cancellation)
    {
        if (filter?.SkipStatistics == true)
            request.Put(Ifla.ExtMask, RtextFilter.SkipStats);
        NetLink? link = null;
        try
        {
            _stack.Route.Execute(request, reply => link ??= LinkParser.Parse(reply, _stack.Namespace), cancellation);
        }
        catch (NetlinkErrorException e) when (e.Errno is Native.LibC.ENODEV or Native.LibC.EINVAL)
        {
            return null;
        }

        if (link is not null)
            Complete([link], filter, cancellation);
        return link;
    }

    private void Complete(List<NetLink> links, LinkFilter? filter, CancellationToken cancellation)
    {
        if (filter?.SkipRelatives == true)
            Recognize(links);
        else
            NameRelatives(links, cancellation);
    }

    /// <summary>Fills in masters' and parents' names, asking only for those that are not in the list itself.</summary>
    /// <param name="links">The links.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <param name="knownNames">Names that are known already; the links' own and those that were asked for are
    /// added.</param>
    internal void NameRelatives(
        List<NetLink> links, CancellationToken cancellation, Dictionary<int, string>? knownNames = null)
    {
        var names = knownNames ?? [];
        foreach (var link in links)
            names[link.Index] = link.Name;
        var missing = new HashSet<int>();
        foreach (var link in links)
        {
            Want(link.MasterIndex);
            Want(link.ParentIsElsewhere ? 0 : link.ParentIndex);
            Want(link.Data.PortSettings?.BackupPortIndex ?? 0);
        }

        if (missing.Count > 0)
            Ask(missing, relative => names[relative.Index] = relative.Name, cancellation);

        var elsewhere = links.Where(link => link.ParentIsElsewhere).Select(link => link.Data).ToList();
        var far = elsewhere.Count == 0 ? null : new FarLinks(_stack, elsewhere);
        foreach (var link in links)
        {
            var data = link.Data;
            data.Far = link.ParentIsElsewhere ? far : null;
            if (data.MasterIndex != 0)
                data.Master = names.GetValueOrDefault(data.MasterIndex) ?? $"if{data.MasterIndex}";
            if (data.ParentIndex != 0)
            {
                data.Parent = (link.ParentIsElsewhere ? null : names.GetValueOrDefault(data.ParentIndex))
                    ?? $"if{data.ParentIndex}";
            }

            if (data.PortSettings?.BackupPortIndex is { } backup and not 0)
                data.BackupPort = names.GetValueOrDefault(backup) ?? $"if{backup}";
            data.Details?.Complete(_stack, link);
        }

        Recognize(links);

        void Want(int index)
        {
            if (index != 0 && !names.ContainsKey(index))
                missing.Add(index);
        }
    }

    private void Recognize(List<NetLink> links)
    {
        foreach (var kind in LinkKinds.Unnamed)
            kind.Recognize(_stack, links);
    }
}

/// <summary>Gives a stack its <see cref="LinkOperations"/>.</summary>
public static class LinkOperationsOfStack
{
    extension(NetworkStack stack)
    {
        /// <summary>Links: list, create, change, move, remove.</summary>
        public LinkOperations Links => stack.Operations<LinkOperations>();
    }
}
