using System.Runtime.ExceptionServices;
using LxcNetworking.Native;
using LxcNetworking.Netlink;

namespace LxcNetworking.Values;

/// <summary>One thing to do, and what it is in words, to follow "Cannot": <c>remove 'veth0'</c>.</summary>
internal readonly record struct RollbackStep(string Words, Action Do);

/// <summary>
/// The inverse steps of what an operation has done so far. If the operation fails, they run newest first, each of them
/// whatever became of the others and none with the caller's cancellation. What cannot be rolled back is told by the
/// operation's own failure, which stays the one that is thrown.
/// </summary>
internal sealed class Rollback
{
    private readonly Stack<RollbackStep> _steps = [];

    /// <summary>Whether a step has failed; a later step may have to leave something for another try.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Adds the inverse of what was done, or is about to be.</summary>
    /// <param name="words">What it does, to follow "Cannot": <c>remove 'veth0'</c>.</param>
    /// <param name="step">The step; that its target is gone is no failure.</param>
    public void Add(string words, Action step) => _steps.Push(new RollbackStep(words, step));

    /// <summary>Does work of several steps, all or nothing.</summary>
    /// <param name="work">The work, which adds the inverse of each step.</param>
    /// <returns>What the work gives.</returns>
    public static T Run<T>(Func<Rollback, T> work)
    {
        var rollback = new Rollback();
        try
        {
            return work(rollback);
        }
        catch (Exception failure)
        {
            rollback.Undo(failure);
            throw;
        }
    }

    /// <summary>Does the same without a result.</summary>
    public static void Run(Action<Rollback> work) => Run(rollback =>
    {
        work(rollback);
        return true;
    });

    /// <summary>
    /// Rolls one step back after a failure: for the catch block of what is done so often that it is to allocate
    /// nothing where it succeeds, and for a refusal that is explained.
    /// </summary>
    /// <param name="failure">The failure.</param>
    /// <param name="words">What the step does, to follow "Cannot".</param>
    /// <param name="step">The step.</param>
    /// <returns>The failure, to be thrown.</returns>
    public static T After<T>(T failure, string words, Action step)
        where T : Exception
        => After(failure, [new RollbackStep(words, step)]);

    /// <summary>Does the same with several steps, in their order.</summary>
    public static T After<T>(T failure, IEnumerable<RollbackStep> steps)
        where T : Exception
    {
        var rollback = new Rollback();
        foreach (var step in steps.Reverse())
            rollback._steps.Push(step);
        rollback.Undo(failure);
        return failure;
    }

    /// <summary>Does each step, whatever became of the others.</summary>
    /// <param name="steps">The steps, in their order; that the target of one is gone is no failure.</param>
    /// <exception cref="Exception">The first failure, which tells of the others.</exception>
    public static void Each(IEnumerable<RollbackStep> steps)
    {
        Exception? first = null;
        foreach (var step in steps)
        {
            if (Try(step) is not { } problem || IsGone(problem))
                continue;
            if (first is null)
                first = problem;
            else
                RollbackFailures.Add(first, Sentences(step.Words, problem), problem);
        }

        if (first is not null)
            ExceptionDispatchInfo.Throw(first);
    }

    private void Undo(Exception failure)
    {
        while (_steps.TryPop(out var step))
        {
            if (Try(step) is not { } problem || IsGone(problem))
                continue;
            HasFailed = true;
            RollbackFailures.Add(failure, Sentences(step.Words, problem), problem);
        }
    }

    private static Exception? Try(RollbackStep step)
    {
        try
        {
            step.Do();
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }

    private static bool IsGone(Exception failure) => failure switch
    {
        NetworkException known => known.Code is NetworkErrorCode.LinkNotFound or NetworkErrorCode.NamespaceNotFound
            or NetworkErrorCode.ContainerNotFound or NetworkErrorCode.AddressNotFound or NetworkErrorCode.RouteNotFound
            or NetworkErrorCode.NeighborNotFound or NetworkErrorCode.ObjectNotFound,
        NetlinkErrorException refusal
            => refusal.Errno is LibC.ENODEV or LibC.ENOENT or LibC.ESRCH or LibC.EADDRNOTAVAIL,
        _ => false,
    };

    private static IEnumerable<string> Sentences(string words, Exception problem)
    {
        var beginning = $"Cannot {words}: ";
        var text = ((problem as NetworkException)?.OwnMessage ?? problem.Message).TrimEnd('.') + ".";
        return [
            text.StartsWith(beginning, StringComparison.Ordinal) ? text : beginning + text,
            .. problem.NotRolledBack,
        ];
    }
}

/// <summary>Gives every failure what could not be rolled back after it.</summary>
public static class RollbackFailures
{
    // In Exception.Data, as cancellations and other failures that are not this library's have no place of their own.
    private const string Key = nameof(NetworkException.NotRolledBack), AdviceKey = nameof(NetworkException.Advice);

    extension(Exception failure)
    {
        /// <summary>What the operation had done and could not roll back, a sentence for each thing.</summary>
        public IReadOnlyList<string> NotRolledBack
        {
            get
            {
                ArgumentNullException.ThrowIfNull(failure);
                string[] own = failure.Data[Key] as string[] ?? [];
                return failure.InnerException is { } inner ? [.. inner.NotRolledBack, .. own] : own;
            }
        }

        /// <summary>What can be done about what could not be rolled back.</summary>
        public IReadOnlyList<Advice> RollbackAdvice
        {
            get
            {
                ArgumentNullException.ThrowIfNull(failure);
                Advice[] own = failure.Data[AdviceKey] as Advice[] ?? [];
                return failure.InnerException is { } inner ? [.. inner.RollbackAdvice.Union(own)] : own;
            }
        }
    }

    internal static void Add(Exception failure, IEnumerable<string> sentences, Exception? problem = null)
    {
        string[] added = [.. sentences.Select(NetworkException.Bounded)];
        if (added.Length == 0)
            return;
        Advice[] advice = [.. (problem as NetworkException)?.Advice ?? []];
        failure.Data[Key] = failure.Data[Key] is string[] before ? [.. before, .. added] : added;
        failure.Data[AdviceKey] = failure.Data[AdviceKey] is Advice[] known ? [.. known, .. advice] : advice;
    }
}
