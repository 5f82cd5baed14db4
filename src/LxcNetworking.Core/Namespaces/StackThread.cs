using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Namespaces;

/// <summary>Runs what depends on the thread's network namespace in that of a stack.</summary>
internal static class StackThread
{
    /// <summary>Runs a function inside a stack's namespace: on the calling thread if it is there already, on one of its
    /// own otherwise.</summary>
    /// <exception cref="NetworkException">NamespaceNotFound, NamespaceChanged, PermissionDenied.</exception>
    public static T Within<T>(this NetworkStack stack, Func<T> action)
    {
        if (stack.Is(NamespaceFile.TryIdentify(NamespaceFile.OwnThread, out _)))
            return action();
        using var place = stack.OpenFile();
        try
        {
            return NamespaceExecutor.Run(place, action);
        }
        catch (NetlinkSocketException e)
        {
            throw KernelErrors.Explain(e, stack.Namespace.Text);
        }
    }
}
