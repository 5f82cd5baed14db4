using LxcNetworking.Addressing;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Connections;

/// <summary>Brings links back to one namespace that were lent to containers.</summary>
internal sealed class LentLinks(NetworkStack stack)
{
    /// <summary>Brings a lent link back as it was.</summary>
    public NetLink Return(NetworkStack inside, NetLink link, MovedLink moved, string? name = null, bool up = false)
    {
        try
        {
            // What a container calls it could be another link's name here.
            inside.Links.Renaming.SetAlternativeNames(link, moved.AlternativeNames);
        }
        catch (NetworkException)
        {
            // Somebody in there changes them too; on the host nobody does.
        }

        var returned = inside.Links.Moves.MoveKnown(link, moved.Identity, stack, name ?? moved.Name, up, moved.Group)
            ?? throw NotTheLent(inside, link, moved);
        return Settle(returned, moved);
    }

    /// <summary>Gives a lent link that is here again what it had.</summary>
    private NetLink Settle(NetLink returned, MovedLink moved)
    {
        Rollback.Each(
        [
            new(
                $"restore the alternative names of '{returned.Name}'",
                () => stack.Links.Renaming.SetAlternativeNames(returned, moved.AlternativeNames)),
            new(
                $"restore '{returned.Name}'",
                () =>
                {
                    if (moved.Undo(returned) is { } change)
                        stack.Links.Change(returned, change);
                }),
            new($"forget that '{returned.Name}' was lent", () => MovedLinks.Forget(moved)),
        ]);
        return stack.Links.Get(returned.Index);
    }

    /// <summary>
    /// Brings a link here that somebody else moved into the container. Only one that a driver made is certain not to
    /// have been made in there.
    /// </summary>
    public void TakeHardware(NetworkStack inside, NetLink link, string? name)
    {
        var returned = link.Data.ParentDeviceBus is not null
            ? inside.Links.Moves.MoveKnown(link, LinkIdentity.Of(inside, link), stack, name ?? link.Name, up: false)
            : null;
        if (returned?.Data.ParentDeviceBus is null)
        {
            var refusal = new NetworkException(
                NetworkErrorCode.LinkChanged,
                $"'{link.Name}' cannot be told from a link that was made in '{inside.Namespace}': no connection moved "
                    + "it in, and it is no device of this machine.",
                link.Name)
            {
                Advice = [Advice.To(AdviceKind.Move, AdviceThing.Link, inside.Namespace.Text, link.Name)],
            };
            // It was exchanged before its identity was read.
            throw returned is null ? refusal
                : Rollback.After(refusal, $"remove '{returned.Name}'", () => Remove(stack, returned));
        }

        // By its alias the module knows parts of its own.
        if (returned.Alias?.StartsWith(nameof(LxcNetworking), StringComparison.Ordinal) == true)
            stack.Links.Change(returned, new LinkChange { Alias = string.Empty });
    }

    /// <summary>
    /// Finds a lent link that has yet to be made what it was: a killed process left it half-way in a container or
    /// moved it out already, or it came here by itself when its container ended, under the name that it had in
    /// there.
    /// </summary>
    public (NetLink Link, MovedLink Moved)? Find(NetworkStack inside, string name, CancellationToken cancellation)
    {
        var candidates = stack.Links.Find(name, cancellation) is { } here
            ? MovedLinks.Find(stack, [here], cancellation).Where(found => found.Moved.InsideIndex > 0)
            : MovedLinks.Find(inside, null, cancellation)
                    .Where(found => PendingMark.IsAbandoned(inside, found.Link))
                .Concat(MovedLinks.Find(stack, null, cancellation));
        foreach (var found in candidates.Where(found => found.Moved.Name == name))
            return found;
        return null;
    }

    /// <summary>Brings a link that <see cref="Find"/> found back under its name.</summary>
    public NetLink Recover(NetworkStack inside, NetLink link, MovedLink moved)
    {
        if (link.Namespace.Equals(inside.Namespace))
            return Return(inside, link, moved, up: link.IsUp);
        if (link.Name != moved.Name)
            stack.Links.Rename(link, moved.Name);
        return Settle(link, moved);
    }

    /// <summary>Removes one link.</summary>
    /// <exception cref="NetworkException">It is still there.</exception>
    public static void Remove(NetworkStack stack, NetLink link)
    {
        if (stack.Links.Remove([link]) is [var failure, ..])
            throw failure.Error;
    }

    /// <summary>Says that another link is in a lent one's place.</summary>
    public static NetworkException NotTheLent(NetworkStack inside, NetLink link, MovedLink moved) => new(
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

    /// <summary>Makes sure that the host itself does not use a link: it would lose its network with it.</summary>
    /// <exception cref="NetworkException">ResourceBusy: it is a port, or has an address.</exception>
    public static void CheckUnused(NetworkStack stack, NetLink link, bool force, CancellationToken cancellation)
    {
        if (link.Master is { } master)
        {
            throw new NetworkException(
                NetworkErrorCode.ResourceBusy, $"'{link.Name}' is a port of '{master}'.", link.Name)
            {
                Advice = [Advice.To(AdviceKind.Detach, AdviceThing.Link, stack.Namespace.Text, link.Name)],
            };
        }

        if (!force && stack.Addresses.ListOn(link, cancellation)
            .FirstOrDefault(address => !address.IPAddress.IsIPv6LinkLocal) is { } own)
        {
            throw new NetworkException(
                NetworkErrorCode.ResourceBusy,
                $"'{link.Name}' has the address {own} of namespace '{stack.Namespace}', which would lose it with all "
                    + "routes over it.",
                link.Name)
            {
                Advice = [Advice.Override],
            };
        }
    }
}
