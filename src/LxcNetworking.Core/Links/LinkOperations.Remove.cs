using System.Security.Cryptography;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links;

/// <summary>A link that could not be removed.</summary>
/// <param name="Link">The link.</param>
/// <param name="Error">Why.</param>
public sealed record LinkFailure(NetLink Link, NetworkException Error);

public sealed partial class LinkOperations
{
    /// <summary>
    /// Removes links. Many are put into a link group that nobody else uses and go as one, so that the kernel waits for one RCU
    /// grace period instead of one for each.
    /// </summary>
    /// <param name="links">Links as read from this stack.</param>
    /// <param name="cancellation">Ends it between steps; a link is removed whole or not at all.</param>
    /// <returns>Those that are still there, each with its reason; empty if all went.</returns>
    public IReadOnlyList<LinkFailure> Remove(IReadOnlyList<NetLink> links, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(links);
        var failures = new List<LinkFailure>();
        IReadOnlyList<string> left = [];
        // The kernel removes a group only if every link in it can be removed; those that no driver lets go are asked for one by one, for its own words.
        var virtualLinks = links.Where(link => link.Data.Kind is not null).DistinctBy(link => link.Index).ToList();
        var others = links.Where(link => link.Data.Kind is null).DistinctBy(link => link.Index);
        if (virtualLinks.Count < 2)
            others = others.Concat(virtualLinks);
        else
            others = others.Concat(RemoveAsGroup(virtualLinks, failures, out left, cancellation));

        foreach (var link in others)
        {
            cancellation.ThrowIfCancellationRequested();
            if (Find(link.Index, LinkFilter.Bare, cancellation) is not { } now || now.Name != link.Name)
            {
                failures.Add(new LinkFailure(link, NotFound(link.Name)));
                continue;
            }

            using var request = new NetlinkRequest(Rtm.DelLink).Header(new IfInfoMsg { Index = link.Index });
            try
            {
                _stack.Route.Execute(request, cancellation: CancellationToken.None);
            }
            catch (NetlinkErrorException e)
            {
                failures.Add(Failure(link, e));
            }
        }

        // A link that is gone needs no group.
        if (failures.Count > 0)
            RollbackFailures.Add(failures[0].Error, left);
        return failures;
    }

    /// <summary>Removes what can go as a group.</summary>
    /// <returns>The links that must be tried one by one.</returns>
    private List<NetLink> RemoveAsGroup(
        List<NetLink> links, List<LinkFailure> failures, out IReadOnlyList<string> left, CancellationToken cancellation)
    {
        left = [];
        var present = List(new LinkFilter { SkipStatistics = true }, cancellation).ToDictionary(link => link.Index);
        var used = present.Values.Select(link => link.Group).ToHashSet();
        uint group;
        do
            group = (uint)RandomNumberGenerator.GetInt32(0x4000_0000, int.MaxValue);
        while (used.Contains(group));

        // An index that meanwhile belongs to another link must not take that one along.
        var gathered = new List<NetLink>();
        foreach (var link in links)
        {
            if (present.TryGetValue(link.Index, out var now) && now.Name == link.Name)
                gathered.Add(now);
            else
                failures.Add(new LinkFailure(link, NotFound(link.Name)));
        }

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
                _stack.Route.Execute(request, cancellation: CancellationToken.None);
            });
            return [];
        }
        catch (NetlinkErrorException e)
        {
            left = e.NotRolledBack;
            return members;
        }
    }

    private void Regroup(List<NetLink> links)
    {
        var errors = SetGroups(links, link => (uint)link.Group);
        var stay = links.Where((_, i) => errors[i] is { Errno: not Native.LibC.ENODEV }).ToList();
        if (stay.Count > 0)
        {
            throw KernelErrors.Explain(
                errors[links.IndexOf(stay[0])]!, $"put {string.Join(", ", stay)} back into their link groups", stay[0].Name);
        }
    }

    private IReadOnlyList<NetlinkErrorException?> SetGroups(List<NetLink> links, Func<NetLink, uint> group)
    {
        var requests = links.ConvertAll(link => new NetlinkRequest(Rtm.SetLink).Header(new IfInfoMsg { Index = link.Index }).Put(Ifla.Group, group(link)));
        try
        {
            return _stack.Route.ExecuteAll(requests);
        }
        finally
        {
            requests.ForEach(request => request.Dispose());
        }
    }

    private LinkFailure Failure(NetLink link, NetlinkErrorException error)
    {
        const int EOPNOTSUPP = 95;
        return new LinkFailure(link, error.Errno switch
        {
            Native.LibC.ENODEV => NotFound(link.Name),
            EOPNOTSUPP when ReasonToStay(link) is var reason => new NetworkException(
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
            Advice.To(AdviceKind.Move, AdviceThing.Link, _stack.Namespace.Text, link.Name))
        : LinkKinds.Find(link.Kind)?.WhyItStays(link) ?? $"a {link.Kind} link stays as long as its namespace";
}
