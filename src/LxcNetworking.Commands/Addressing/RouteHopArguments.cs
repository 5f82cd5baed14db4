using LxcNetworking.Addressing;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Addressing;

/// <summary>The ways of a route as a command line says them: each next hop with its own interface, or all with the one
/// that was named, or with the one that the kernel finds them on.</summary>
/// <param name="NextHop">The gateways.</param>
/// <param name="InterfaceAlias">The interfaces' names.</param>
/// <param name="InterfaceIndex">The interfaces' indexes.</param>
/// <param name="Weight">The ways' shares.</param>
internal sealed record RouteHopArguments(
    IPAddress[]? NextHop, string[] InterfaceAlias, int[]? InterfaceIndex, int[]? Weight)
{
    /// <summary>Finds the interfaces.</summary>
    /// <returns>Their indexes; none if none was named.</returns>
    /// <exception cref="NetworkException">LinkNotFound.</exception>
    public int[] FindLinks(NetworkStack stack, CancellationToken cancellation)
    {
        if (InterfaceIndex is not { Length: > 0 })
            return [.. InterfaceAlias.Select(name => stack.Links.Get(name, cancellation).Index)];
        var hasNames = InterfaceAlias.Length == InterfaceIndex.Length;
        return [.. InterfaceIndex.Where(index => index != 0)
            .Select((index, i) => (Index: index, Name: hasNames ? InterfaceAlias[i] : null))
            .Select(said => LinkTargetCmdlet.Find(stack, said.Name, said.Index, cancellation).Index)];
    }

    /// <summary>Reads the ways.</summary>
    /// <exception cref="NetworkException">InvalidArgument: their numbers do not go together. LinkNotFound.</exception>
    public List<RouteHopSpec> Read(NetworkStack stack, IPPrefix destination, CancellationToken cancellation)
    {
        var gateways = NextHop ?? [];
        var links = FindLinks(stack, cancellation);
        var count = Math.Max(gateways.Length, links.Length);
        if (gateways.Length > 0 && links.Length > 1 && gateways.Length != links.Length)
        {
            throw Invalid(
                destination,
                $"{gateways.Length} next hops and {links.Length} interfaces do not go together: name one interface, "
                    + "or one for each next hop.");
        }

        if (Weight is not null && Weight.Length != count)
            throw Invalid(destination, $"{Weight.Length} weights were given for {count} next hops; each takes one.");
        return [.. Enumerable.Range(0, count).Select(i => new RouteHopSpec(
            gateways.Length > i ? gateways[i] : null,
            links.Length switch { 0 => 0, 1 => links[0], _ => links[i] },
            Weight?[i] ?? 1))];
    }

    private static NetworkException Invalid(IPPrefix destination, string message)
        => new(NetworkErrorCode.InvalidArgument, message, destination.ToString());
}
