using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links.Quality;

/// <summary>One change of a link's quality, in one direction or both, all or nothing.</summary>
internal sealed class QualityChange(NetworkStack stack, QualityState state)
{
    private static readonly BitRate s_unlimited = new("1Tbit");

    private NetLink Link => state.Link;

    // Then the filter goes with what it hangs on, as nobody else has one there.
    private bool IsAlone => state.OwnFilter?.MadeQdisc == true && state.Filters.Count == 1;

    /// <summary>Makes it so.</summary>
    /// <param name="outgoing">What it is to be for what the link sends; null leaves it.</param>
    /// <param name="incoming">What it is to be for what it receives; null leaves it.</param>
    /// <param name="cancellation">Ends it before anything was done.</param>
    /// <exception cref="NetworkException">KindNotSupported, LinkExists, PermissionDenied …</exception>
    public void Apply(
        LinkQualitySettings? outgoing, LinkQualitySettings? incoming, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var unused = Rollback.Run(undo =>
        {
            var left = incoming is null ? null : incoming.IsNothing ? RemoveIncoming(undo)
                : SetIncoming(incoming, undo);
            // Last, as one message puts the new one in the place of the old one or leaves that.
            if (outgoing is not null)
                SetRoot(Link, state.Root, outgoing);
            return left;
        });
        if (unused is not null)
            Remove(unused);
    }

    /// <summary>Removes what takes filters of what the link receives, whosever they are.</summary>
    public void RemoveIngress()
    {
        using var request = IngressFilter.RemoveQdisc(Link.Index, state.Ingress!.Kind);
        Execute(request, $"remove the filters of '{Link.Name}'");
    }

    private void SetRoot(NetLink link, LinkQueue? present, LinkQualitySettings settings)
    {
        if (settings.IsNothing)
        {
            if (present is not null)
                RemoveRoot(link, present.Header.Handle);
            return;
        }

        var handle = settings.IsRateAlone ? TcHandle.OwnTokenBucket : TcHandle.OwnNetem;
        // The kernel has no two netems beside each other where one duplicates, not even for a moment.
        if (present is { Kind: NetemMessages.Kind } && present.Header.Handle != handle
            && (present.Settings.Duplicate ?? settings.Duplicate) is not null)
        {
            Put(link, TcHandle.OwnTokenBucket, new() { Rate = s_unlimited }, NetlinkFlags.Replace);
            Rollback.Run(undo =>
            {
                undo.Add($"set the quality of '{Link.Name}' back", () => Put(
                    link, present.Header.Handle, present.Settings, NetlinkFlags.Replace));
                Put(link, handle, settings, NetlinkFlags.Replace);
            });
            return;
        }

        Put(link, handle, settings, present is null ? NetlinkFlags.Exclusive : NetlinkFlags.Replace);
    }

    // Of any handle, where it is 0.
    private void RemoveRoot(NetLink link, uint handle)
    {
        using var request = new NetlinkRequest(Rtm.DelQdisc)
            .Header(new TcMsg { Index = link.Index, Parent = TcHandle.Root, Handle = handle });
        Execute(request, $"remove the quality of '{Link.Name}'");
    }

    private void Put(NetLink link, uint handle, LinkQualitySettings settings, NetlinkFlags flags)
    {
        var isRateAlone = handle == TcHandle.OwnTokenBucket;
        var kind = isRateAlone ? TokenBucketMessages.Kind : NetemMessages.Kind;
        using var request = new NetlinkRequest(Rtm.NewQdisc, NetlinkFlags.Create | flags)
            .Header(new TcMsg { Index = link.Index, Parent = TcHandle.Root, Handle = handle })
            .PutString(Tca.Kind, kind)
            .Nest(Tca.Options, options =>
            {
                if (isRateAlone)
                    TokenBucketMessages.Write(options, settings, Link.Mtu);
                else
                    NetemMessages.Write(options, settings);
            });
        Execute(request, $"set the quality of '{Link.Name}'", kind, $"sch_{kind}");
    }

    private NetLink? SetIncoming(LinkQualitySettings settings, Rollback undo)
    {
        var block = state.OwnFilter is { Target: var target } ? stack.Links.Find(target, LinkFilter.Bare) : null;
        if (block is not null)
        {
            var before = state.Block;
            SetRoot(block, before, settings);
            undo.Add($"set the quality of '{Link.Name}' back", () =>
            {
                if (before is { IsOwn: true })
                    Put(block, before.Header.Handle, before.Settings, NetlinkFlags.Replace);
                else
                    RemoveRoot(block, 0);
            });
            return null;
        }

        if (state.OwnFilter is not null)
            RemoveFilter(undo);
        if (stack.Links.Find(IngressBlock.NameFor(Link.Index)) is { } left)
            RemoveLeft(left);
        using var pending = PendingMark.Hold(stack);
        block = stack.Links.Create(
            new LinkSpec(IngressBlock.NameFor(Link.Index), new IfbSettings()) { Up = true, Group = pending.Group },
            CancellationToken.None);
        undo.Add($"remove '{block.Name}'", () => Remove(block));
        SetRoot(block, null, settings);
        AddFilter(block.Index, undo);
        stack.Links.Change(
            block, new LinkChange { Alias = IngressBlock.Mark, Group = 0 }, CancellationToken.None);
        return null;
    }

    private NetLink? RemoveIncoming(Rollback undo)
    {
        if (state.OwnFilter is not { } filter)
            return null;
        RemoveFilter(undo);
        return stack.Links.Find(filter.Target, LinkFilter.Bare) is { } block && IngressBlock.OwnerOf(block) is not null
            ? block : null;
    }

    // In one send, so that whoever ends this process leaves both or none.
    private void AddFilter(int target, Rollback undo)
    {
        var withQdisc = state.Ingress is null || IsAlone;
        using var filter = IngressFilter.Create(
            Link.Index, target, withQdisc || state.OwnFilter?.MadeQdisc == true);
        if (!withQdisc)
        {
            ExecuteFilter(() => stack.Route.Execute(filter));
            undo.Add($"remove the filter of '{Link.Name}'", () => RemoveNewFilter());
            return;
        }

        using var qdisc = IngressFilter.CreateQdisc(Link.Index);
        var results = stack.Route.ExecuteAll([qdisc, filter]);
        if (results[0] is null)
            undo.Add($"remove the filters of '{Link.Name}'", () => Execute(IngressFilter.RemoveQdisc(Link.Index)));
        else if (results[1] is null)
            undo.Add($"remove the filter of '{Link.Name}'", () => RemoveNewFilter());
        ExecuteFilter(() =>
        {
            if ((results[0] ?? results[1]) is { } refusal)
                throw refusal;
        });
    }

    private void RemoveNewFilter()
    {
        foreach (var filter in IngressFilter.List(stack, Link.Index, CancellationToken.None))
        {
            if (filter.IsOwn)
                Execute(filter.Remove(Link.Index));
        }
    }

    private void RemoveFilter(Rollback undo)
    {
        var filter = state.OwnFilter!;
        using var request = IsAlone ? IngressFilter.RemoveQdisc(Link.Index) : filter.Remove(Link.Index);
        Execute(request, $"remove the quality of '{Link.Name}'");
        undo.Add($"set the filter of '{Link.Name}' back", () =>
        {
            if (IsAlone)
                Execute(IngressFilter.CreateQdisc(Link.Index));
            Execute(IngressFilter.Create(Link.Index, filter.Target, filter.MadeQdisc));
        });
    }

    // What a killed command left, and nobody else's link of that name.
    private void RemoveLeft(NetLink left)
    {
        if (!IngressBlock.Is(left) && !PendingMark.IsAbandoned(stack, left))
        {
            throw new NetworkException(
                IngressBlock.OwnerOf(left) is not null && left.Alias is null
                    ? NetworkErrorCode.ResourceBusy : NetworkErrorCode.LinkExists,
                $"What '{Link.Name}' receives would go through an ifb link '{left.Name}', and there is a link of that "
                    + "name already.",
                left.Name)
            {
                Advice = [Advice.To(AdviceKind.Remove, AdviceThing.Link, stack.Namespace.Text, left.Name)],
            };
        }

        Remove(left);
    }

    private void Remove(NetLink block)
    {
        if (stack.Links.Remove([block]) is [{ Error: { Code: not NetworkErrorCode.LinkNotFound } error }, ..])
            throw error;
    }

    private void Execute(NetlinkRequest request)
    {
        using (request)
            stack.Route.Execute(request);
    }

    private void Execute(NetlinkRequest request, string what, string? kind = null, string? modules = null)
    {
        try
        {
            stack.Route.Execute(request);
        }
        catch (NetlinkErrorException refusal)
        {
            throw Explain(refusal, what, kind, modules);
        }
    }

    private void ExecuteFilter(Action send)
    {
        try
        {
            send();
        }
        catch (NetlinkErrorException refusal)
        {
            throw Explain(
                refusal,
                $"send what '{Link.Name}' receives through an ifb link",
                "filter matchall with an action mirred",
                "-a cls_matchall act_mirred");
        }
    }

    // ENOENT is the kernel's word for a sort that it does not have; what is missing is named by the sender.
    private NetworkException Explain(NetlinkErrorException refusal, string what, string? kind, string? modules)
        => refusal.Errno is LibC.ENOENT or LibC.EOPNOTSUPP && kind is not null
            ? new NetworkException(
                NetworkErrorCode.KindNotSupported,
                $"Cannot {what}: the kernel has no {kind}"
                    + $"{(refusal.KernelMessage is { } words ? $" ({words.TrimEnd('.')})" : string.Empty)}. Load it as "
                    + $"root ('modprobe {modules}'), or boot a kernel that has it.",
                Link.Name,
                refusal)
            : KernelErrors.Explain(
                refusal,
                what,
                Link.Name,
                notFound: refusal.Errno == LibC.ENODEV ? NetworkErrorCode.LinkNotFound
                    : NetworkErrorCode.ObjectNotFound,
                exists: NetworkErrorCode.ObjectExists,
                hint: refusal.Errno == LibC.EEXIST ? "Another program has set it up a moment ago." : null);
}
