using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links;

/// <summary>What a list of links is narrowed to.</summary>
public sealed record LinkFilter
{
    /// <summary>Only this kind (as the kernel names it); <c>physical</c> and <c>loopback</c> are understood too.</summary>
    public string? Kind { get; init; }

    /// <summary>Only the ports of this bridge, bond or VRF.</summary>
    public string? Master { get; init; }

    /// <summary>Leaves the counters out, which take a third of the time.</summary>
    public bool SkipStatistics { get; init; }

    /// <summary>Leaves out what takes requests of its own: the names of masters and parents, a WireGuard link's keys.</summary>
    public bool SkipRelatives { get; init; }

    /// <summary>For whoever only wants to know which link it is.</summary>
    internal static LinkFilter Bare { get; } = new() { SkipStatistics = true, SkipRelatives = true };
}

/// <summary>Links of one namespace: list, make, change, move, remove, wait.</summary>
public sealed partial class LinkOperations : IStackOperations<LinkOperations>
{
    private const int MaxAttempts = 10;
    private readonly NetworkStack _stack;

    internal LinkOperations(NetworkStack stack) => _stack = stack;

    internal NetworkStack Stack => _stack;

    static LinkOperations IStackOperations<LinkOperations>.On(NetworkStack stack) => new(stack);

    /// <summary>Counts what may have given a master a port that leads out of this machine.</summary>
    internal int MasterChanges { get; set; }

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
            : links.FindAll(link => (filter?.Kind is null || link.Kind == filter.Kind) && (master == 0 || link.MasterIndex == master));
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

    /// <summary>A link's index by its name.</summary>
    internal int IndexOf(string name, CancellationToken cancellation = default) => Get(name, LinkFilter.Bare, cancellation).Index;

    internal static NetlinkRequest LookUp(string name)
    {
        var bytes = KernelText.Encode(name);
        var request = new NetlinkRequest(Rtm.GetLink).AsQuery().Header(default(IfInfoMsg));
        // A longer name can only be an alternative one.
        return request.PutString(bytes.Length > LinkSpec.MaxNameBytes ? Ifla.AltIfName : Ifla.IfName, name);
    }

    internal static NetlinkRequest LookUp(int index)
        => new NetlinkRequest(Rtm.GetLink).AsQuery().Header(new IfInfoMsg { Index = index });

    internal NetworkException NotFound(string name)
    {
        var shown = KernelText.Printable(name);
        return new NetworkException(
            NetworkErrorCode.LinkNotFound,
            $"There is no interface {(shown.StartsWith("number ", StringComparison.Ordinal) ? shown : $"'{shown}'")} in namespace '{_stack.Namespace}'.",
            shown) { Advice = [Advice.List(AdviceThing.Link, _stack.Namespace.Text)] };
    }

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
    /// <param name="knownNames">Names that are known already; the links' own and those that were asked for are added.</param>
    internal void NameRelatives(List<NetLink> links, CancellationToken cancellation, Dictionary<int, string>? knownNames = null)
    {
        var names = knownNames ?? [];
        foreach (var link in links)
            names[link.Index] = link.Name;
        var missing = new HashSet<int>();
        foreach (var link in links)
        {
            if (link.MasterIndex != 0 && !names.ContainsKey(link.MasterIndex))
                missing.Add(link.MasterIndex);
            if (link.ParentIndex != 0 && !link.ParentIsElsewhere && !names.ContainsKey(link.ParentIndex))
                missing.Add(link.ParentIndex);
        }

        if (missing.Count > 0)
            Ask(missing, relative => names[relative.Index] = relative.Name, cancellation);

        foreach (var link in links)
        {
            var data = link.Data;
            if (data.MasterIndex != 0)
                data.Master = names.GetValueOrDefault(data.MasterIndex) ?? $"if{data.MasterIndex}";
            if (data.ParentIndex != 0)
                data.Parent = link.ParentIsElsewhere ? $"if{data.ParentIndex}" : names.GetValueOrDefault(data.ParentIndex) ?? $"if{data.ParentIndex}";
            data.Details?.Complete(_stack, link);
        }

        Recognize(links);
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
        /// <summary>Links: list, make, change, move, remove.</summary>
        public LinkOperations Links => stack.Operations<LinkOperations>();
    }
}
