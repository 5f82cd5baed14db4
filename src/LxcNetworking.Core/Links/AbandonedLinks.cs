using System.Runtime.CompilerServices;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links;

/// <summary>
/// Removes the links that the kernel removes with a namespace, where that has to wait for a thread of .NET's: they
/// would answer for their addresses until then.
/// </summary>
internal static class AbandonedLinks
{
    [ModuleInitializer]
    internal static void Register() => NamespaceStore.Abandoning += Remove;

    private static void Remove(NetworkStack stack)
    {
        try
        {
            // A card comes back to the host when the namespace ends.
            stack.Links.Remove(
                [
                    .. stack.Links.List(new LinkFilter { SkipStatistics = true }, CancellationToken.None)
                        .Where(link => link.Kind is not ("loopback" or "physical")),
                ],
                CancellationToken.None);
        }
        catch (Exception e) when (e is NetworkException or NetlinkException)
        {
            // They go later.
        }
    }
}
