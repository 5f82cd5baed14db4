using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links;

/// <summary>Changes links of one namespace.</summary>
internal sealed class LinkChanges(LinkOperations links)
{
    /// <summary>A link came up, or has another Ethernet address.</summary>
    internal static event Action<NetworkStack, NetLink>? Reappeared;

    /// <inheritdoc cref="LinkOperations.Change(NetLink, LinkChange, CancellationToken)"/>
    public void Change(NetLink link, LinkChange change, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(link);
        ArgumentNullException.ThrowIfNull(change);
        LinkSpec.CheckMac(change.MacAddress, link.Name);
        LinkSpec.CheckMtu(change.Mtu, link.Name);
        LinkSpec.CheckText(change.Alias, link.Name);
        if (change.Group is < 0 or > uint.MaxValue || change.TxQueueLength is < 0)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"A group or queue length of '{link.Name}' cannot be negative or over {uint.MaxValue}.",
                link.Name);
        }

        change.Common?.Validate(link.Name, isNew: false);
        change.Common?.CheckKnown(link);
        foreach (var name in change.AlternativeName ?? [])
            LinkRenaming.CheckAlternativeName(name);
        var master = change.Master switch
        {
            null => -1,
            "" => 0,
            var name => links.Masters.IndexOf(name, cancellation),
        };
        cancellation.ThrowIfCancellationRequested();

        using var request = change.ToRequest(link.Index, master);
        try
        {
            KeepMtu(link, change);
            links.Stack.Route.Execute(request, cancellation: CancellationToken.None);
        }
        catch (NetlinkErrorException e)
        {
            var refusal = KernelErrors.Explain(
                e, $"set '{link.Name}'{change.Description}", link.Name, hint: RefusalHint(link, change, e.Errno));
            throw Rollback.After(refusal, Restoring(link, change));
        }

        try
        {
            // The kernel has a message of its own for names.
            if (change.AlternativeName is { } names)
                links.Renaming.SetAlternativeNames(link, names);
        }
        catch (NetworkException refusal)
        {
            throw Rollback.After(refusal, [.. Restoring(link, change), NamingBack(link)]);
        }

        if (change.MacAddress is not null || (change.Up == true && !link.IsUp))
            Reappeared?.Invoke(links.Stack, link);
    }

    // See BridgeSpec.RequestedMtu: the same value has to be another one first.
    private void KeepMtu(NetLink link, LinkChange change)
    {
        if (link.Kind != "bridge" || change.Mtu is not { } mtu || mtu != link.Mtu)
            return;
        using var away = new LinkChange { Mtu = mtu == ushort.MaxValue ? mtu - 1 : mtu + 1 }.ToRequest(link.Index, -1);
        links.Stack.Route.Execute(away, cancellation: CancellationToken.None);
    }

    /// <inheritdoc cref="LinkOperations.Change(NetLink, LinkSettings, bool, CancellationToken)"/>
    public void Change(NetLink link, LinkSettings settings, bool force, CancellationToken cancellation)
    {
        var complete = Check(link, settings, force, cancellation);
        cancellation.ThrowIfCancellationRequested();
        Rollback.Run(undo =>
        {
            // The kernel takes one setting after the other and stops at the first that fails.
            undo.Add($"set '{link.Name}' back", () => SetBack(link, complete));
            try
            {
                Send(link, complete.Write);
                foreach (var step in complete.FurtherSteps)
                {
                    Send(link, step.Write);
                    undo.Add($"set '{link.Name}' back", () => Send(link, step.WriteBack));
                }
            }
            catch (NetlinkErrorException e)
            {
                throw KernelErrors.Explain(
                    e, $"change the {link.Kind} link '{link.Name}'", link.Name, hint: settings.RefusalHint(e.Errno));
            }

            if (settings.UnknownTo(link.Details, isDone: true).Count > 0)
                settings.CheckKnown(links.Get(link.Index), isDone: true);
        });
    }

    /// <inheritdoc cref="LinkOperations.Check"/>
    public LinkSettings Check(NetLink link, LinkSettings settings, bool force, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(link);
        ArgumentNullException.ThrowIfNull(settings);
        settings.ValidateChange(link.Name);
        if (settings.Kinds.Contains(link.Kind))
        {
            settings.CheckKnown(link, isDone: false);
            var complete = settings.For(link, links.Stack, cancellation);
            if (!force)
                settings.CheckUse(link, links.Stack, cancellation);
            return complete;
        }

        throw new NetworkException(
            NetworkErrorCode.NotSupported,
            $"'{link.Name}' is a {link.Kind} link, and these settings are for "
                + $"{string.Join(" or ", settings.Kinds)}.",
            link.Name)
        {
            Advice = [Advice.List(AdviceThing.Link, links.Stack.Namespace.Text, null, ("Kind", settings.Kinds[0]))],
        };
    }

    private void Send(NetLink link, Action<NetlinkRequest> write)
    {
        using var request = new NetlinkRequest(Rtm.NewLink).Header(new IfInfoMsg { Index = link.Index }).Nest(
            Ifla.LinkInfo, info => info.PutString(IflaInfo.Kind, link.Kind).Nest(IflaInfo.Data, write));
        links.Stack.Route.Execute(request, cancellation: CancellationToken.None);
    }

    private void SetBack(NetLink link, LinkSettings said)
    {
        if (links.Find(link.Index) is { } now && said.SetBack(link.Details, now.Details) is { } before)
            Send(link, before.For(now, links.Stack, CancellationToken.None).Write);
    }

    /// <summary>Puts what a change has changed of a link back.</summary>
    /// <exception cref="NetlinkErrorException">The kernel refused.</exception>
    public void Restore(NetLink link, LinkChange change) => Rollback.Each(Restoring(link, change));

    // The kernel takes a message's parts one after the other and stops at the first that fails (do_setlink). Each part
    // goes back in a message of its own, so that one that cannot does not keep the others.
    private List<RollbackStep> Restoring(NetLink link, LinkChange change)
    {
        var steps = new List<RollbackStep>();
        void Back(bool changed, LinkChange before, Func<NetLink, object?> valueOf, int master = -1)
        {
            if (!changed)
                return;
            steps.Add(new RollbackStep(
                $"set '{link.Name}' back to{before.Description}", () => SetBack(before, valueOf, master)));
        }

        Back(
            change.MacAddress is not null && link.MacAddress is not null,
            new LinkChange { MacAddress = link.MacAddress },
            now => now.MacAddress);
        Back(change.Mtu is not null, new LinkChange { Mtu = (int)link.Mtu }, now => now.Mtu);
        Back(change.Group is not null, new LinkChange { Group = link.Group }, now => now.Group);
        Back(change.Alias is not null, new LinkChange { Alias = link.Alias ?? string.Empty }, now => now.Alias);
        Back(
            change.Master is not null,
            new LinkChange { Master = link.Master ?? string.Empty },
            now => now.MasterIndex,
            link.MasterIndex);
        Back(change.Up is not null, new LinkChange { Up = link.IsUp }, now => now.IsUp);
        Back(
            change.Promiscuous is not null,
            new LinkChange { Promiscuous = link.Promiscuous },
            now => now.Promiscuous);
        Back(
            change.TxQueueLength is not null,
            new LinkChange { TxQueueLength = (int)link.TxQueueLength },
            now => now.TxQueueLength);
        foreach (var before in change.Common?.Each(link.AllCommon) ?? [])
            Back(true, new LinkChange { Common = before }, now => before.Each(now.AllCommon).FirstOrDefault());
        return steps;

        void SetBack(LinkChange before, Func<NetLink, object?> valueOf, int master)
        {
            using var request = before.ToRequest(link.Index, master);
            try
            {
                links.Stack.Route.Execute(request);
            }
            catch (NetlinkErrorException)
            {
                // What the refused change did not reach may be what cannot be set (a MAC address while the link is up).
                if (links.Find(link.Index) is { } now && !Equals(valueOf(now), valueOf(link)))
                    throw;
            }
        }
    }

    private RollbackStep NamingBack(NetLink link) => new(
        $"give '{link.Name}' its alternative names back",
        () => links.Renaming.SetAlternativeNames(links.Get(link.Index), link.AlternativeName));

    private Hint? RefusalHint(NetLink link, LinkChange change, int errno) => errno switch
    {
        Native.LibC.EINVAL when change.Mtu is not null && link.MaxMtu > 0
            => $"This link takes an MTU of {link.MinMtu} to {link.MaxMtu} bytes.",
        Native.LibC.EINVAL when change.Common?.AddressGenerationMode == AddressGenerationMode.StableSecret
            => $"It takes a secret, in net.ipv6.conf.{link.Name}.stable_secret.",
        Native.LibC.EBUSY when change.Common?.ProtoDown == false && link.ProtoDownReason.Count > 0
            => $"Programs keep it down for the reasons {link.ProtoDownReason}.",
        Native.LibC.EBUSY when change.MacAddress is not null => new Hint(
            "Its MAC address may change only while it is down.",
            Advice.To(AdviceKind.TakeDown, AdviceThing.Link, links.Stack.Namespace.Text, link.Name)),
        Native.LibC.EBUSY when change.Master is { Length: > 0 }
            => "It may be a port of another bridge, or a bridge itself.",
        _ => null,
    };
}
