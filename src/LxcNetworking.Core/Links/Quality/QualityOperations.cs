using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Links.Quality;

/// <summary>What a change of a link's quality comes to in one direction.</summary>
/// <param name="Direction">Out or In.</param>
/// <param name="Before">What it is like.</param>
/// <param name="After">What it is to be like.</param>
public sealed record QualityPlan(
    QualityDirection Direction, LinkQualitySettings Before, LinkQualitySettings After);

/// <summary>
/// The quality of the links of one namespace: delay, loss and rate of what goes through them, as netem and tbf do it.
/// What others set up is told, and replaced or removed only by force.
/// </summary>
public sealed class QualityOperations : IStackOperations<QualityOperations>
{
    private readonly NetworkStack _stack;

    internal QualityOperations(NetworkStack stack) => _stack = stack;

    static QualityOperations IStackOperations<QualityOperations>.On(NetworkStack stack) => new(stack);

    /// <summary>Lists the quality of all links: what this module set, and what other programs did. What the kernel
    /// chose by itself is none.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>One object for each link and direction that something was set up for. The ifb link that does it for
    /// what another link receives is part of that one's.</returns>
    public IReadOnlyList<NetLinkQuality> List(CancellationToken cancellation = default)
    {
        var links = _stack.Links.List(new LinkFilter { SkipStatistics = true, SkipRelatives = true }, cancellation);
        var states = QualityState.Read(_stack, links, cancellation);
        var blocks = states.Select(state => state.OwnFilter?.Target ?? 0).ToHashSet();
        return [.. states.Where(state => !blocks.Contains(state.Link.Index)).SelectMany(state => state.Shown)];
    }

    /// <summary>Lists the quality of one link.</summary>
    /// <param name="link">The link, as read from this stack.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>One object for each direction that something was set up for.</returns>
    public IReadOnlyList<NetLinkQuality> List(NetLink link, CancellationToken cancellation = default)
        => [.. Read(link, cancellation).Shown];

    /// <summary>Tells what a change would come to.</summary>
    /// <param name="link">The link, as read from this stack.</param>
    /// <param name="settings">What to change.</param>
    /// <param name="direction">For what the link sends, receives, or both.</param>
    /// <param name="force">Also in the place of what others set up.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>What it is like and will be, for each direction.</returns>
    /// <exception cref="NetworkException">InvalidArgument, or ObjectExists: another program set something up
    /// there.</exception>
    public IReadOnlyList<QualityPlan> Check(
        NetLink link,
        LinkQualitySettings settings,
        QualityDirection direction = QualityDirection.Out,
        bool force = false,
        CancellationToken cancellation = default)
        => Plan(Read(link, cancellation), settings, direction, force);

    /// <summary>Changes a link's quality: what the settings say, and the rest stays. If a part fails, all is as it
    /// was.</summary>
    /// <param name="link">The link, as read from this stack.</param>
    /// <param name="settings">What to change; what is zero goes.</param>
    /// <param name="direction">For what the link sends, receives, or both. What it receives goes through an ifb link
    /// that is made for it.</param>
    /// <param name="force">Also in the place of what others set up, whose own values of these settings stay where
    /// nothing else is said.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <exception cref="NetworkException">InvalidArgument, ObjectExists (another program set something up there),
    /// KindNotSupported, PermissionDenied …</exception>
    public void Change(
        NetLink link,
        LinkQualitySettings settings,
        QualityDirection direction = QualityDirection.Out,
        bool force = false,
        CancellationToken cancellation = default)
    {
        var state = Read(link, cancellation);
        var plans = Plan(state, settings, direction, force);
        LinkQualitySettings? For(QualityDirection one) => plans.FirstOrDefault(plan => plan.Direction == one)?.After;
        new QualityChange(_stack, state).Apply(For(QualityDirection.Out), For(QualityDirection.In), cancellation);
    }

    /// <summary>Removes a link's quality.</summary>
    /// <param name="link">The link, as read from this stack.</param>
    /// <param name="direction">For what the link sends, receives, or both.</param>
    /// <param name="force">Also what others set up there, filters of what it receives with it.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <exception cref="NetworkException">ObjectNotFound, NotSupported (another program set it up),
    /// PermissionDenied.</exception>
    public void Remove(
        NetLink link,
        QualityDirection direction = QualityDirection.Both,
        bool force = false,
        CancellationToken cancellation = default)
    {
        var state = Read(link, cancellation);
        var isOut = direction.HasFlag(QualityDirection.Out) && state.Root is not null
            && (force || (state.Root.IsOwn && !state.HasInner));
        var isIn = direction.HasFlag(QualityDirection.In) && state.OwnFilter is not null;
        var isFiltered = direction.HasFlag(QualityDirection.In) && force && !isIn && state.Ingress is not null;
        if (isOut || isIn || isFiltered)
        {
            var nothing = new LinkQualitySettings();
            var change = new QualityChange(_stack, state);
            change.Apply(isOut ? nothing : null, isIn ? nothing : null, cancellation);
            if (isFiltered)
                change.RemoveIngress();
            return;
        }

        var foreign = Directions(direction).Select(state.In).FirstOrDefault(qdisc => qdisc is not null);
        throw foreign is null
            ? new NetworkException(
                NetworkErrorCode.ObjectNotFound, $"Nothing is set for the quality of '{link.Name}'.", link.Name)
            : Foreign(state, foreign, "remove");
    }

    /// <summary>Removes the ifb links whose own link is gone: the kernel has taken it with its namespace or its other
    /// end, or another program has removed it.</summary>
    /// <param name="cancellation">Ends it between two links.</param>
    /// <returns>Those that are still there, each with its reason.</returns>
    public IReadOnlyList<LinkFailure> RemoveLeftovers(CancellationToken cancellation = default)
    {
        var left = new List<NetLink>();
        var filter = new LinkFilter { Kind = "ifb", SkipStatistics = true, SkipRelatives = true };
        foreach (var block in _stack.Links.List(filter, cancellation))
        {
            if (IngressBlock.OwnerOf(block) is { } owner
                && (IngressBlock.Is(block) || PendingMark.IsAbandoned(_stack, block))
                && !IngressFilter.List(_stack, owner, cancellation)
                    .Exists(one => one.IsOwn && one.Target == block.Index))
                left.Add(block);
        }

        return left.Count == 0 ? [] : _stack.Links.Remove(left, cancellation);
    }

    private QualityState Read(NetLink link, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(link);
        return QualityState.Read(_stack, [link], cancellation)[0];
    }

    private static List<QualityPlan> Plan(
        QualityState state, LinkQualitySettings settings, QualityDirection direction, bool force)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var plans = new List<QualityPlan>();
        foreach (var one in Directions(direction))
        {
            var present = state.In(one);
            var before = present?.Settings ?? new();
            var after = Complete(settings.Over(before), settings, before, state.Link);
            after.Validate(state.Link.Name);
            if (!force && IsForeign(state, one, before, after))
                throw Foreign(state, present!, "replace");
            plans.Add(new QualityPlan(one, before, after));
        }

        return plans;
    }

    // A burst that nobody chose is that of the rate, and changes with it.
    private static LinkQualitySettings Complete(
        LinkQualitySettings after, LinkQualitySettings said, LinkQualitySettings before, NetLink link)
        => said.Burst is null && said.Rate is not null && before is { Rate: not null, Burst: { } burst }
            && Math.Abs(burst - TokenBucketMessages.DefaultBurst(before.Rate, link.Mtu)) * 1000 <= burst
            ? after with { Burst = null } : after;

    private static bool IsForeign(
        QualityState state, QualityDirection direction, LinkQualitySettings before, LinkQualitySettings after)
        => direction == QualityDirection.In
            ? state.OwnFilter is null && state.Filters.Count > 0
            : state.Root is not null
                && (!state.Root.IsOwn
                    || (state.HasInner && (after.IsNothing || after.IsRateAlone != before.IsRateAlone)));

    private static IEnumerable<QualityDirection> Directions(QualityDirection direction)
    {
        if (direction.HasFlag(QualityDirection.Out))
            yield return QualityDirection.Out;
        if (direction.HasFlag(QualityDirection.In))
            yield return QualityDirection.In;
    }

    private static NetworkException Foreign(QualityState state, LinkQueue qdisc, string verb)
    {
        var what = qdisc.Other.Count == 0 ? qdisc.ToString() : $"{qdisc} ({qdisc.Other})";
        return new NetworkException(
            verb == "replace" ? NetworkErrorCode.ObjectExists : NetworkErrorCode.NotSupported,
            $"Cannot {verb} what another program set up for the traffic of '{state.Link.Name}': {what}.",
            state.Link.Name)
        {
            Advice = [Advice.Override],
        };
    }
}

/// <summary>Gives a stack its <see cref="QualityOperations"/>.</summary>
public static class QualityOperationsOfStack
{
    extension(NetworkStack stack)
    {
        /// <summary>The quality of links: delay, loss and rate.</summary>
        public QualityOperations Quality => stack.Operations<QualityOperations>();
    }
}
