using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Namespaces;

/// <summary>The numbers by which one namespace knows others (nsid): list, set.</summary>
public sealed class NamespaceIdOperations : IStackOperations<NamespaceIdOperations>
{
    private readonly NetworkStack _stack;

    internal NamespaceIdOperations(NetworkStack stack) => _stack = stack;

    static NamespaceIdOperations IStackOperations<NamespaceIdOperations>.On(NetworkStack stack) => new(stack);

    /// <summary>Lists all numbers that are given in this namespace, in their order.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The numbers.</returns>
    /// <exception cref="NetlinkException">The kernel did not answer as it should.</exception>
    public IReadOnlyList<NetNamespaceId> List(CancellationToken cancellation = default)
    {
        using var request = new NetlinkRequest(Rtm.GetNsId).Header<byte>(0);
        var numbers = _stack.DumpListening(
            request,
            reply => reply.Type == Rtm.NewNsId ? (object?)NamespaceNumber.Read(reply) : null,
            number => number,
            type => type == Rtm.DelNsId,
            [RtnlGroup.NsId],
            cancellation);
        var targets = new Dictionary<int, NamespaceReference>();
        foreach (var item in numbers.Count == 0 ? [] : _stack.Pool.Namespaces.List(all: true, cancellation))
        {
            if (NumberOf(item, cancellation) is >= 0 and var number)
                targets.TryAdd(number, item.Namespace);
        }

        return [.. numbers.Cast<int>().Order().Select(
            number => new NetNamespaceId(number, targets.GetValueOrDefault(number), _stack.Namespace))];
    }

    /// <summary>Reads the number of a namespace.</summary>
    /// <param name="target">The namespace.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The number; null if this namespace has given it none.</returns>
    /// <exception cref="NetworkException">NamespaceNotFound, NamespaceChanged, PermissionDenied.</exception>
    public NetNamespaceId? Find(NetNamespace target, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        using var file = _stack.Pool.Get(target.Namespace, cancellation).OpenFile();
        return NamespaceNumber.Of(_stack, file) is >= 0 and var number
            ? new NetNamespaceId(number, target.Namespace, _stack.Namespace) : null;
    }

    /// <summary>Gives a namespace a number, which it keeps: the kernel changes and removes none.</summary>
    /// <param name="target">The namespace.</param>
    /// <param name="nsId">The number, 0 or more; null to let the kernel choose.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>The number, read back.</returns>
    /// <exception cref="NetworkException">ObjectExists: the namespace has a number, or another one has this one.
    /// InvalidArgument, NamespaceNotFound, PermissionDenied.</exception>
    public NetNamespaceId Set(NetNamespace target, int? nsId = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (nsId < 0)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument, $"{nsId} is no number for a namespace: 0 and more are.", $"{target}");
        }

        using var file = _stack.Pool.Get(target.Namespace, cancellation).OpenFile();
        cancellation.ThrowIfCancellationRequested();
        try
        {
            NamespaceNumber.Give(_stack, file, nsId ?? NamespaceNumber.None);
        }
        catch (NetlinkErrorException e)
        {
            throw e.Errno == LibC.EEXIST ? Exists(target, nsId, NamespaceNumber.Of(_stack, file), e)
                : KernelErrors.Explain(e, $"give the namespace '{target}' a number", $"{target}");
        }

        return new NetNamespaceId(NamespaceNumber.Of(_stack, file), target.Namespace, _stack.Namespace);
    }

    private NetworkException Exists(NetNamespace target, int? nsId, int number, NetlinkErrorException refusal) => new(
        NetworkErrorCode.ObjectExists,
        number >= 0
            ? $"The namespace '{target}' has the number {number} in namespace '{_stack.Namespace}' already, and keeps "
                + "it as long as both are there."
            : $"Another namespace has the number {nsId} in namespace '{_stack.Namespace}' already.",
        $"{target}",
        refusal)
    {
        Advice = [Advice.List(AdviceThing.NsId, _stack.Namespace.Text)],
    };

    // A namespace that has just ended has no number.
    private int NumberOf(NetNamespace item, CancellationToken cancellation)
    {
        try
        {
            return Find(item, cancellation)?.NsId ?? NamespaceNumber.None;
        }
        catch (NetworkException)
        {
            return NamespaceNumber.None;
        }
    }
}

/// <summary>Gives a stack its <see cref="NamespaceIdOperations"/>.</summary>
public static class NamespaceIdOperationsOfStack
{
    extension(NetworkStack stack)
    {
        /// <summary>The numbers by which the namespace knows others.</summary>
        public NamespaceIdOperations NamespaceIds => stack.Operations<NamespaceIdOperations>();
    }
}
