namespace LxcNetworking.Namespaces;

/// <summary>A class of operations on a stack, of which each stack has one object.</summary>
/// <typeparam name="T">The class.</typeparam>
internal interface IStackOperations<T>
    where T : class
{
    /// <summary>Makes the operations on a stack.</summary>
    static abstract T On(NetworkStack stack);
}

/// <summary>Operations that keep sockets other than those of netlink.</summary>
internal interface IHasSockets
{
    /// <summary>Closes those that nobody uses at this moment.</summary>
    void CloseSockets();
}

/// <summary>Where a stack keeps its operations of one kind.</summary>
internal static class StackOperations<T>
{
    public static readonly int Slot = StackOperationSlots.Next();
}

internal static class StackOperationSlots
{
    private static int s_count;

    public static int Next() => Interlocked.Increment(ref s_count) - 1;
}
