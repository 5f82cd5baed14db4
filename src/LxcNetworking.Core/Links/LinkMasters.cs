using LxcNetworking.Values;

namespace LxcNetworking.Links;

/// <summary>The links of one namespace that take ports.</summary>
internal sealed class LinkMasters(LinkOperations links)
{
    /// <summary>The index of a link that takes ports; the kernel itself gives no reason when it does not.</summary>
    /// <exception cref="NetworkException">LinkNotFound, or NotSupported for a link that takes no ports.</exception>
    public int IndexOf(string name, CancellationToken cancellation = default)
    {
        var master = links.Find(name, LinkFilter.Bare, cancellation)
            ?? throw links.NotFound(name, AdviceThing.Bridge);
        return master.Kind == "loopback" || LinkKinds.Find(master.Kind)?.TakesNoPorts == true
            ? throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"'{master.Name}' is a {master.Kind} link and takes no ports; a bridge, bond or VRF does.",
                master.Name)
            {
                Advice = [Advice.List(AdviceThing.Bridge, links.Stack.Namespace.Text)],
            }
            : master.Index;
    }
}
