using System.Security.Cryptography;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links;

/// <summary>Removes links of one namespace.</summary>
internal sealed class LinkRemoval(LinkOperations links)
{
    /// <inheritdoc cref="LinkOperations.Remove"/>
    /// <param name="targets">Links as read from this stack.</param>
    /// <param name="cancellation">Ends it between steps.</param>
    public IReadOnlyList<LinkFailure> Remove(IReadOnlyList<NetLink> targets, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(targets);
        var failures = new List<LinkFailure>();
        IReadOnlyList<string> left = [];
        // The kernel removes a group only if every link in it can be removed; those that no driver lets go are removed
        // one by one, so that each refusal has the kernel's own words.
        var virtualLinks = targets.Where(link => link.Data.Kind is not null).DistinctBy(link => link.Index).ToList();
        var others = targets.Where(link => link.Data.Kind is null).DistinctBy(link => link.Index);
        if (virtualLinks.Count < 2)
            others = others.Concat(virtualLinks);
        else
            others = others.Concat(RemoveAsGroup(virtualLinks, failures, out left, cancellation));

        foreach (var link in others)
        {
            cancellation.ThrowIfCancellationRequested();
            if (links.Find(link.Index, LinkFilter.Bare, cancellation) is not { } now || now.Name != link.Name)
            {
                failures.Add(new LinkFailure(link, links.NotFound(link.Name)));
                continue;
            }

            if (Send(link) is { } refusal)
                failures.Add(Failure(link, refusal));
            else
                RemoveBlock(link);
        }

        // A link that is gone needs no group.
        if (failures.Count > 0)
            RollbackFailures.Add(failures[0].Error, left);
        return failures;
    }

    /// <summary>Removes whatever link has a name.</summary>
    /// <exception cref="NetworkException">LinkNotFound, PermissionDenied …</exception>
    public void Remove(string name)
    {
        using var request = new NetlinkRequest(Rtm.DelLink).Header(default(IfInfoMsg)).PutString(Ifla.IfName, name);
        try
        {
            links.Stack.Route.Execute(request);
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(e, $"remove '{name}'", name);
        }
    }

    /// <summary>Removes what can go as a group.</summary>
    /// <returns>The links that must be tried one by one.</returns>
    private List<NetLink> RemoveAsGroup(
        List<NetLink> targets,
        List<LinkFailure> failures,
        out IReadOnlyList<string> left,
        CancellationToken cancellation)
    {
        left = [];
        var present = links.List(new LinkFilter { SkipStatistics = true }, cancellation)
            .ToDictionary(link => link.Index);
        var used = present.Values.Select(link => link.Group).ToHashSet();
        uint group;
        do
            group = (uint)RandomNumberGenerator.GetInt32(0x4000_0000, int.MaxValue);
        while (used.Contains(group));

        // An index that meanwhile belongs to another link must not take that one along.
        var gathered = new List<NetLink>();
        foreach (var link in targets)
        {
            if (present.TryGetValue(link.Index, out var now) && now.Name == link.Name)
                gathered.Add(now);
            else
                failures.Add(new LinkFailure(link, links.NotFound(link.Name)));
        }

        // What they received went through these, which go along.
        var names = gathered.Select(link => IngressBlock.NameFor(link.Index)).ToHashSet();
        gathered = gathered.Union(
            present.Values.Where(link => names.Contains(link.Name) && IngressBlock.Is(link))).ToList();
        cancellation.ThrowIfCancellationRequested();
        var errors = SetGroups(gathered, _ => group);
        var refused = gathered.Where((_, i) => errors[i] is not null).ToList();
        for (var i = 0; i < gathered.Count; i++)
        {
            if (errors[i] is { } error)
                failures.Add(Failure(gathered[i], error));
        }

        var members = gathered.Except(refused).ToList();
        using var request = new NetlinkRequest(Rtm.DelLink).Header(default(IfInfoMsg)).Put(Ifla.Group, group);
        try
        {
            Rollback.Run(undo =>
            {
                undo.Add("put links back into their groups", () => Regroup(members));
                cancellation.ThrowIfCancellationRequested();
                links.Stack.Route.Execute(request, cancellation: CancellationToken.None);
            });
            return [];
        }
        catch (NetlinkErrorException e)
        {
            left = e.NotRolledBack;
            return members;
        }
    }

    private NetlinkErrorException? Send(NetLink link)
    {
        using var request = new NetlinkRequest(Rtm.DelLink).Header(new IfInfoMsg { Index = link.Index });
        try
        {
            links.Stack.Route.Execute(request, cancellation: CancellationToken.None);
            return null;
        }
        catch (NetlinkErrorException e)
        {
            return e;
        }
    }

    // What the link received went through it, and nothing does any more. If it stays, the next change of a quality
    // takes it along.
    private void RemoveBlock(NetLink link)
    {
        if (links.Find(IngressBlock.NameFor(link.Index), LinkFilter.Bare) is { } block && IngressBlock.Is(block))
            Send(block);
    }

    private void Regroup(List<NetLink> members)
    {
        var errors = SetGroups(members, link => (uint)link.Group);
        var stay = members.Where((_, i) => errors[i] is { Errno: not LibC.ENODEV }).ToList();
        if (stay.Count > 0)
        {
            throw KernelErrors.Explain(
                errors[members.IndexOf(stay[0])]!,
                $"put {string.Join(", ", stay)} back into their link groups",
                stay[0].Name);
        }
    }

    private IReadOnlyList<NetlinkErrorException?> SetGroups(List<NetLink> members, Func<NetLink, uint> group)
    {
        var requests = members.ConvertAll(link => new NetlinkRequest(Rtm.SetLink)
            .Header(new IfInfoMsg { Index = link.Index }).Put(Ifla.Group, group(link)));
        try
        {
            return links.Stack.Route.ExecuteAll(requests);
        }
        finally
        {
            requests.ForEach(request => request.Dispose());
        }
    }

    private LinkFailure Failure(NetLink link, NetlinkErrorException error)
    {
        return new LinkFailure(link, error.Errno switch
        {
            LibC.ENODEV => links.NotFound(link.Name),
            LibC.EOPNOTSUPP when ReasonToStay(link) is var reason => new NetworkException(
                NetworkErrorCode.NotSupported, $"'{link.Name}' cannot be removed: {reason.Cause}.", link.Name, error)
            {
                Advice = reason.Advice,
            },
            _ => KernelErrors.Explain(error, $"remove '{link.Name}'", link.Name),
        });
    }

    private Hint ReasonToStay(NetLink link) => link.Kind == "physical"
        ? new Hint(
            "its driver made it, not an administrator",
            Advice.To(AdviceKind.Move, AdviceThing.Link, links.Stack.Namespace.Text, link.Name))
        : LinkKinds.Find(link.Kind)?.WhyItStays(link) ?? $"a {link.Kind} link stays as long as its namespace";
}
