using LxcNetworking.Containers.Dhcp;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Files;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Connections;

public sealed partial class ContainerOperations
{
    /// <summary>
    /// Takes links out of a container: those that were lent to it come back as they were, all others are removed with
    /// their outer ends.
    /// </summary>
    /// <param name="links">The links, as read from the container's stack.</param>
    /// <param name="hostInterfaceName">The name outside of a link that comes back; null for the one it had
    /// before.</param>
    /// <param name="container">The container, if what was written for it or left half-done in it is to be removed
    /// too.</param>
    /// <returns>Those that are still there, each with its reason: LinkChanged for one that took a lent link's place
    /// …</returns>
    public IReadOnlyList<LinkFailure> Disconnect(
        IReadOnlyList<NetLink> links, string? hostInterfaceName = null, ContainerReference? container = null)
    {
        ArgumentNullException.ThrowIfNull(links);
        DhcpClient.Sweep();
        RunFolder.Sweep();
        var failures = new List<LinkFailure>();
        foreach (var group in links.GroupBy(link => link.Namespace))
        {
            var inside = _stack.Pool.Get(group.Key);
            foreach (var link in group)
                DhcpRelease.Send(inside, link);
            var lent = MovedLinks.Find(inside);
            var lost = MovedLinks.Lost(_stack, inside);
            var others = new List<NetLink>();
            foreach (var link in group)
            {
                try
                {
                    if (lent.Find(found => found.Link.Index == link.Index).Moved is { } moved)
                        TakeHome(inside, link, moved, hostInterfaceName);
                    else if (link.Kind == "physical")
                        TakeHardware(inside, link, hostInterfaceName);
                    else if (lost.Find(other => other.IsReplacedBy(link.Index, link.Name)) is { } replaced)
                        throw NotTheLent(inside, link, replaced);
                    else if (hostInterfaceName is not null)
                        throw NotLent(inside, link, hostInterfaceName);
                    else
                        others.Add(link);
                }
                catch (NetworkException e)
                {
                    failures.Add(new LinkFailure(link, e));
                }
            }

            failures.AddRange(inside.Links.Remove(others));
        }

        MovedLinks.Sweep(_stack);
        if (container is not null)
            RemoveFiles(container);
        return failures;
    }

    private void RemoveFiles(ContainerReference container)
    {
        var inside = StackOf(container);
        ResolvConf.Sweep(container, inside, CancellationToken.None);
        // With its last link a named namespace has no use for name servers. Those that the kernel puts into each (tunl0 …)
        // are down.
        if (container.NamespaceName is { } name
            && inside.Links.List(new LinkFilter { SkipStatistics = true }).All(link => link.Kind == "loopback" || !link.IsUp))
            ResolvConf.Remove(name);
    }

    /// <summary>Brings a lent link back as it was.</summary>
    private NetLink TakeHome(NetworkStack inside, NetLink link, MovedLink moved, string? name = null, bool up = false)
    {
        try
        {
            // What a container calls it could be another link's name here.
            inside.Links.Renaming.SetAlternativeNames(link, moved.AlternativeNames);
        }
        catch (NetworkException)
        {
            // Somebody in there changes them too; at home nobody does.
        }

        var home = inside.Links.Moves.MoveKnown(link, moved.Identity, _stack, name ?? moved.Name, up, moved.Group)
            ?? throw NotTheLent(inside, link, moved);
        return Settle(home, moved);
    }

    /// <summary>Gives a lent link that is here again what it had.</summary>
    private NetLink Settle(NetLink home, MovedLink moved)
    {
        Rollback.Each(
        [
            new($"restore the alternative names of '{home.Name}'", () => _stack.Links.Renaming.SetAlternativeNames(home, moved.AlternativeNames)),
            new(
                $"restore '{home.Name}'",
                () =>
                {
                    if (moved.Undo(home) is { } change)
                        _stack.Links.Change(home, change);
                }),
            new($"forget that '{home.Name}' was lent", () => MovedLinks.Forget(moved)),
        ]);
        return _stack.Links.Get(home.Index);
    }

    /// <summary>
    /// Brings a link here that somebody else moved into the container. Only one that a driver made is certain not to
    /// have been made in there.
    /// </summary>
    private void TakeHardware(NetworkStack inside, NetLink link, string? name)
    {
        var home = link.Data.IsOnBus
            ? inside.Links.Moves.MoveKnown(link, LinkIdentity.Of(inside, link), _stack, name ?? link.Name, up: false)
            : null;
        if (home?.Data.IsOnBus != true)
        {
            var refusal = new NetworkException(
                NetworkErrorCode.LinkChanged,
                $"'{link.Name}' cannot be told from a link that was made in '{inside.Namespace}': no connection moved it "
                    + "in, and it is no device of this machine.",
                link.Name)
            {
                Advice = [Advice.To(AdviceKind.Move, AdviceThing.Link, inside.Namespace.Text, link.Name)],
            };
            // It was exchanged before its identity was read.
            throw home is null ? refusal : Rollback.After(refusal, $"remove '{home.Name}'", () => Remove(_stack, home));
        }

        // By its alias the module knows parts of its own.
        if (home.Alias?.StartsWith(nameof(LxcNetworking), StringComparison.Ordinal) == true)
            _stack.Links.Change(home, new LinkChange { Alias = string.Empty });
    }

    /// <summary>
    /// Finds a lent link that has yet to be made what it was: a killed process left it half-way in a container or
    /// brought it half-way home, or it came here by itself when its container ended, under the name that it had in
    /// there.
    /// </summary>
    private (NetLink Link, MovedLink Moved)? FindLent(NetworkStack inside, string name, CancellationToken cancellation)
    {
        var candidates = _stack.Links.Find(name, cancellation) is { } here
            ? MovedLinks.Find(_stack, [here], cancellation).Where(found => found.Moved.InsideIndex > 0)
            : MovedLinks.Find(inside, null, cancellation).Where(found => PendingLinks.IsAbandoned(found.Link))
                .Concat(MovedLinks.Find(_stack, null, cancellation));
        foreach (var found in candidates.Where(found => found.Moved.Name == name))
            return found;
        return null;
    }

    /// <summary>Brings it back under its name.</summary>
    private NetLink BringHome(NetworkStack inside, NetLink link, MovedLink moved)
    {
        if (link.Namespace.Equals(inside.Namespace))
            return TakeHome(inside, link, moved, up: link.IsUp);
        if (link.Name != moved.Name)
            _stack.Links.Rename(link, moved.Name);
        return Settle(link, moved);
    }

    private static void Remove(NetworkStack stack, NetLink link)
    {
        if (stack.Links.Remove([link]) is [var failure, ..])
            throw failure.Error;
    }

    private static NetworkException NotTheLent(NetworkStack inside, NetLink link, MovedLink moved) => new(
        NetworkErrorCode.LinkChanged,
        $"'{link.Name}' is not the link '{moved.Name}' that was lent to '{inside.Namespace}': that one "
            + $"{MovedLinks.WhereaboutsOf(moved)}, and another one has taken its place, which is not brought out.",
        link.Name)
    {
        Advice =
        [
            Advice.To(AdviceKind.Remove, AdviceThing.Link, inside.Namespace.Text, link.Name),
            Advice.To(AdviceKind.Move, AdviceThing.Link, inside.Namespace.Text, link.Name),
        ],
    };

    private static NetworkException NotLent(NetworkStack inside, NetLink link, string name) => new(
        NetworkErrorCode.LinkChanged,
        $"'{link.Name}' is no link that was lent to '{inside.Namespace}', so it does not come out as '{name}'. Without "
            + "a name to come out as, it is removed.",
        link.Name)
    {
        Advice =
        [
            Advice.Omit("hostInterfaceName"),
            Advice.To(AdviceKind.Move, AdviceThing.Link, inside.Namespace.Text, link.Name),
        ],
    };
}
