using System.Diagnostics;
using System.Security.Cryptography;
using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Links;

/// <summary>Creates links from one namespace.</summary>
internal sealed class LinkCreation(LinkOperations links)
{
    // The state follows the carrier by itself, which a busy machine may need long for.
    private static readonly TimeSpan s_settlingTime = TimeSpan.FromSeconds(1);

    /// <inheritdoc cref="LinkOperations.Create"/>
    public NetLink Create(LinkSpec spec, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(spec);
        using var otherStack = BeginOtherEnd(spec, cancellation);
        using var pending = Mark(spec, otherStack, cancellation);
        var isComplete = spec is { Alias: null, LaterMtu: null, AlternativeNames.Count: 0 };
        var created = Send(spec, otherStack, isComplete ? [spec.Name] : [], cancellation);
        var creation = created.Stack.Links.Creation;
        try
        {
            var link = created.IsIncomplete || !isComplete ? creation.Complete(spec)
                : created.Read.Count == 0 ? creation.ReadBack(spec, created.KnownNames)
                : creation.Settle(created.Read[0]);
            spec.Settings.CheckKnown(link, isDone: true);
            spec.Common?.CheckKnown(link);
            return spec.Finish(link, created.Stack);
        }
        catch (Exception failure)
        {
            creation.RollBack(spec.Name, failure);
            throw;
        }
    }

    /// <summary>Creates a pair, each end straight in its namespace.</summary>
    /// <returns>Both ends, read back from both namespaces.</returns>
    public (NetLink Near, NetLink Peer) CreatePair(LinkPairSpec spec, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(spec);
        spec.Validate();
        using var otherStack = BeginOtherEnd(spec, cancellation);
        using var pending = Mark(spec, otherStack, cancellation);
        // Where both ends are here and nothing is left to do, they are read back in the send that makes them.
        var isComplete = spec is { TargetNamespace: null, Alias: null, AlternativeNames.Count: 0 }
            && spec.Peer is
            {
                TargetNamespace: null, Up: false, Master: null, Alias: null, AlternativeNames.Count: 0,
            };
        var created = Send(spec, otherStack, isComplete ? [spec.Name, spec.Peer.Name] : [], cancellation);
        var creation = created.Stack.Links.Creation;
        try
        {
            var pair = created.Read.Count == 2 ? (created.Read[0], created.Read[1])
                : CompletePair(spec, created, otherStack?.Stack ?? created.Stack);
            spec.Settings.CheckKnown(pair.Item1, isDone: true);
            spec.Common?.CheckKnown(pair.Item1);
            spec.Peer.Common?.CheckKnown(pair.Item2);
            return pair;
        }
        catch (Exception failure)
        {
            creation.RollBack(spec.Name, failure);
            throw;
        }
    }

    /// <summary>Brings a new link up, into its master and to its names, and reads it, in one send.</summary>
    public NetLink Complete(LinkSpec spec)
    {
        var master = spec.Master is null ? -1 : links.Masters.IndexOf(spec.Master);
        var known = master > 0 ? new Dictionary<int, string> { [master] = spec.Master! } : null;
        if (spec is { Up: false, Alias: null, LaterMtu: null } && master < 0)
            return ReadBack(spec, known);
        var change = new LinkChange
        {
            Up = spec.Up ? true : null,
            Mtu = spec.LaterMtu,
            Alias = spec.Alias,
            Group = spec.Alias is null ? null : spec.Group ?? 0,
        };
        using var request = change.ToRequest(0, master).PutString(Ifla.IfName, spec.Name);
        return ReadBack(spec, known, request);
    }

    /// <summary>Reads a new link, after a change and its alternative names in the same send.</summary>
    private NetLink ReadBack(
        LinkSpec spec, Dictionary<int, string>? knownNames = null, NetlinkRequest? change = null)
    {
        var (stack, name) = (links.Stack, spec.Name);
        using var naming = spec.AlternativeNames.Count == 0 ? null
            : LinkRenaming.NewNames(new IfInfoMsg(), spec.AlternativeNames.Take(LinkRenaming.MostNames))
                .PutString(Ifla.IfName, name);
        using var lookUp = LinkOperations.LookUp(name);
        NetLink? link = null;
        NetlinkRequest[] requests = [.. new[] { change, naming }.OfType<NetlinkRequest>(), lookUp];
        var errors = stack.Route.ExecuteAll(
            requests, (_, reply) => link ??= LinkParser.Parse(reply, stack.Namespace));
        if (errors.FirstOrDefault(error => error is not null) is { } refusal)
            throw KernelErrors.Explain(refusal, $"complete the link '{name}'", name);
        if (link is null)
            throw links.NotFound(name);
        links.NameRelatives([link], CancellationToken.None, knownNames);
        return Settle(link);
    }

    /// <summary>
    /// Removes a link that an operation created and could not complete. It is called from catch blocks, as a
    /// <see cref="Rollback"/> of its own for each new link would allocate also where nothing fails.
    /// </summary>
    public void RollBack(string name, Exception failure)
        => Rollback.After(failure, $"remove '{name}'", () => links.Removal.Remove(name));

    private static NetlinkRequest NewRequest(
        LinkSpec spec,
        string name,
        int parent,
        int master,
        SafeFileHandle? namespaceFile,
        SafeFileHandle? otherNamespaceFile)
    {
        var request = new NetlinkRequest(Rtm.NewLink, NetlinkFlags.Create | NetlinkFlags.Exclusive);
        request.Header(spec.Header(spec.Up));
        spec.WriteCommon(request, name, parent, master, namespaceFile, spec.RequestedMacAddress);
        return request.Nest(Ifla.LinkInfo, info => info.PutString(IflaInfo.Kind, spec.Kind).Nest(IflaInfo.Data, data =>
        {
            spec.Settings.Write(data);
            spec.WriteOtherEnd(data, otherNamespaceFile);
        }));
    }

    // The kernel takes none of this inside the peer's attribute: an end cannot come up before its pair is joined.
    private static (NetLink Near, NetLink Peer) CompletePair(
        LinkPairSpec spec, CreatedLink created, NetworkStack peerStack)
    {
        var peer = peerStack.Links.Creation.Complete(spec.Peer);
        if (ReferenceEquals(peerStack, created.Stack))
            created.KnownNames[peer.Index] = peer.Name;
        var creation = created.Stack.Links.Creation;
        var near = spec.Alias is null ? creation.ReadBack(spec, created.KnownNames) : creation.Complete(spec);
        return (near, peer);
    }

    private static string TemporaryName() => "new" + RandomNumberGenerator.GetHexString(10, lowercase: true);

    /// <summary>Creates a link and, where that is in this namespace, reads links back in the same send.</summary>
    /// <param name="spec">The link.</param>
    /// <param name="otherStack">Where its other end is created (<see cref="BeginOtherEnd"/>).</param>
    /// <param name="readBack">The names of the links to read back.</param>
    /// <param name="cancellation">Ends the wait.</param>
    private CreatedLink Send(
        LinkSpec spec, PendingStack? otherStack, IReadOnlyList<string> readBack, CancellationToken cancellation)
    {
        spec.Validate();
        var stack = links.Stack;
        spec.Check(stack, cancellation);
        cancellation.ThrowIfCancellationRequested();
        var where = spec.TargetNamespace is { } target ? stack.Pool.Get(target, cancellation) : stack;
        using var targetFile = ReferenceEquals(where, stack) ? null : where.OpenFile();
        var parent = spec.Parent is null ? 0 : links.IndexOf(spec.Parent, cancellation);
        var master = spec.Master is null ? 0
            : spec.KnownMaster ?? where.Links.Masters.IndexOf(spec.Master, cancellation);
        cancellation.ThrowIfCancellationRequested();

        if (targetFile is not null && spec.IsCreatedThenMoved)
        {
            CreateAndMove(spec, where);
            return new CreatedLink(where, IsIncomplete: true, [], []);
        }

        var known = new Dictionary<int, string>();
        if (master != 0)
            known[master] = spec.Master!;
        if (parent != 0 && targetFile is null)
            known[parent] = spec.Parent!;
        var read = new List<NetLink>();
        NetlinkErrorException? Try() => Exchange(
            [
                NewRequest(spec, spec.Name, parent, master, targetFile, otherStack?.File),
                .. targetFile is null ? readBack.Select(LinkOperations.LookUp) : [],
            ],
            read);
        var refusal = Try();
        if (refusal is not null && spec.DoesWithout(refusal))
            refusal = Try();
        if (refusal is not null)
        {
            if (refusal.Errno != LibC.EEXIST || targetFile is null
                || where.Links.Find(spec.Name, CancellationToken.None) is not null
                || links.Find(spec.Name, CancellationToken.None) is null)
                throw Refused(spec, refusal, where);
            CreateUnderOtherName(spec, where, parent, master, targetFile, otherStack?.File);
        }

        if (read.Count > 0)
            links.NameRelatives(read, CancellationToken.None, known);
        return new CreatedLink(where, IsIncomplete: false, read, known);
    }

    // The first request creates, the others read.
    private NetlinkErrorException? Exchange(List<NetlinkRequest> requests, List<NetLink> read)
    {
        var stack = links.Stack;
        try
        {
            return stack.Route.ExecuteAll(
                requests,
                (index, reply) =>
                {
                    if (index > 0 && LinkParser.Parse(reply, stack.Namespace) is { } link)
                        read.Add(link);
                },
                CancellationToken.None)[0];
        }
        finally
        {
            requests.ForEach(request => request.Dispose());
        }
    }

    /// <summary>Opens the socket of the other end's namespace, if it has one of its own, while the kernel creates the
    /// pair.</summary>
    private PendingStack? BeginOtherEnd(LinkSpec spec, CancellationToken cancellation)
        => spec.OtherEnd?.TargetNamespace is { } target ? links.Stack.Pool.Begin(target, cancellation) : null;

    // A link that is to get an alias is incomplete until then: by the alias it may be known to be part of something.
    // The mark is disposed when the links are complete; null where none is needed.
    private PendingMark? Mark(LinkSpec spec, PendingStack? otherStack, CancellationToken cancellation)
    {
        if (spec.Alias is null && spec.OtherEnd?.Alias is null)
            return null;
        var where = spec.TargetNamespace is { } target
            ? links.Stack.Pool.Get(target, cancellation) : links.Stack;
        HashSet<NetworkStack> places = [links.Stack, where];
        if (otherStack is not null)
            places.Add(otherStack.Stack);
        var mark = PendingMark.Hold([.. places]);
        spec.PendingGroup = mark.Group;
        if (spec.OtherEnd is { } other)
            other.PendingGroup = mark.Group;
        return mark;
    }

    private void CreateAndMove(LinkSpec spec, NetworkStack where)
    {
        var name = TemporaryName();
        using (var request = NewRequest(spec, name, 0, 0, null, null))
        {
            try
            {
                links.Stack.Route.Execute(request);
            }
            catch (NetlinkErrorException refusal)
            {
                throw Refused(spec, refusal, where);
            }
        }

        try
        {
            links.Move(links.Get(name), where.Namespace, spec.Name);
        }
        catch (Exception failure)
        {
            RollBack(name, failure);
            throw;
        }
    }

    // Before Linux 6.15 a link cannot be created elsewhere under a name that is taken here: it gets its own name there.
    private void CreateUnderOtherName(
        LinkSpec spec,
        NetworkStack where,
        int parent,
        int master,
        SafeFileHandle namespaceFile,
        SafeFileHandle? otherNamespaceFile)
    {
        var name = TemporaryName();
        using var request = NewRequest(spec, name, parent, master, namespaceFile, otherNamespaceFile);
        try
        {
            links.Stack.Route.Execute(request);
        }
        catch (NetlinkErrorException e)
        {
            throw Refused(spec, e, where);
        }

        try
        {
            where.Links.Rename(where.Links.Get(name), spec.Name);
        }
        catch (Exception failure)
        {
            where.Links.Creation.RollBack(name, failure);
            throw;
        }
    }

    // Before Linux 6.8 the state that the kernel tells lags behind the carrier for a moment, so a new link that has a
    // carrier is read again.
    private NetLink Settle(NetLink link)
    {
        const LinkFlags Carried = LinkFlags.Up | LinkFlags.LowerUp;
        var since = Stopwatch.GetTimestamp();
        while ((link.Flags & Carried) == Carried && link.State is LinkState.Down or LinkState.LowerLayerDown
            && Stopwatch.GetElapsedTime(since) < s_settlingTime)
        {
            Thread.Sleep(1);
            link = links.Find(link.Index) ?? link;
        }

        return link;
    }

    private NetworkException Refused(LinkSpec spec, NetlinkErrorException refusal, NetworkStack where)
    {
        if (spec.Explain(refusal, links.Stack) is { } explained)
            return explained;
        if (refusal.Errno == LibC.EOPNOTSUPP && (refusal.KernelMessage is { } message
            ? message.Contains("Unknown device type", StringComparison.Ordinal) : spec.Master is null))
        {
            return new NetworkException(
                NetworkErrorCode.KindNotSupported,
                $"The kernel has no '{spec.Kind}' links"
                    + (refusal.KernelMessage is null ? string.Empty : $" ({refusal.KernelMessage})")
                    + $". Load its module as root ('modprobe {LinkKinds.Find(spec.Kind)?.Module ?? spec.Kind}'), or "
                    + "boot a kernel that has it.",
                spec.Name,
                refusal);
        }

        return refusal.Errno == LibC.EEXIST ? Exists(spec, refusal, where, links.Stack)
            : KernelErrors.Explain(
                refusal,
                $"create the {spec.Kind} link '{spec.Name}'",
                spec.Name,
                hint: spec.RefusalHint(refusal.Errno) ?? IndexHint(spec, refusal.Errno));
    }

    private static Hint? IndexHint(LinkSpec spec, int errno)
        => errno == LibC.EBUSY && spec.OtherEnd?.Index is { } index
            ? $"There may be an interface with the index {index} already." : null;

    private static NetworkException Exists(
        LinkSpec spec, NetlinkErrorException refusal, NetworkStack where, NetworkStack here)
    {
        // Before Linux 6.15 the kernel looks for the index where the link is made from.
        if (spec.Index is { } index && new[] { where, here }.FirstOrDefault(
            stack => stack.Links.Find(index, CancellationToken.None) is not null) is { } other)
        {
            return new NetworkException(
                NetworkErrorCode.LinkExists,
                $"'{spec.Name}' cannot have the index {index}: there is an interface of that index in namespace "
                    + $"'{other.Namespace}'.",
                spec.Name,
                refusal);
        }

        var isNamed = refusal.KernelMessage is null
            && where.Links.Find(spec.Name, CancellationToken.None) is not null;
        return new NetworkException(
            NetworkErrorCode.LinkExists,
            refusal.KernelMessage is { } words
                ? $"Cannot create '{spec.Name}': {words}."
                : $"There is an interface '{spec.Name}' in namespace '{where.Namespace}' already"
                    + (isNamed ? "." : ", or something of its kind that must be unique."),
            spec.Name,
            refusal)
        {
            Advice = !isNamed ? [] :
            [
                Advice.Choose(nameof(spec.Name)),
                Advice.To(AdviceKind.Remove, AdviceThing.Link, where.Namespace.Text, spec.Name),
            ],
        };
    }
}
