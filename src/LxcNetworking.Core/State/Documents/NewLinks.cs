using LxcNetworking.Declarations;
using LxcNetworking.Links;
using LxcNetworking.Values;

namespace LxcNetworking.State.Documents;

/// <summary>Makes of what is said of a link the specification that it is made from.</summary>
internal static class NewLinks
{
    /// <summary>The specification with what is the kind's own, and the parent.</summary>
    /// <param name="item">The link.</param>
    /// <param name="peer">The other end's name; null for a link that has none.</param>
    /// <param name="indexOf">The index of a link by its name.</param>
    /// <exception cref="NetworkException">InvalidArgument: it is one end of a pair without the other one.</exception>
    public static LinkSpec SpecOf(StateItem item, string? peer, Func<string, int> indexOf)
    {
        var kind = item.Text("kind")!;
        var settings = (LinkSettings)StateTables.OfLink(kind).Kind!
            .Read(item.Values, indexOf, (name, access) => access != Access.ChangeOnly
                && !UsualValues.Has(kind, name, item.Values[name]) && !UsualValues.IsImplied(item, name));
        var pair = peer is null ? null : settings.NewPair(item.Key.Name, peer);
        if (pair is null && settings.NewPair(item.Key.Name, "peer") is not null)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"The {item.Key.Words} is one end of a pair, and the document does not say the other ('peer').",
                item.Key.Name);
        }

        var spec = pair ?? settings.NewSpec(item.Key.Name, kind);
        spec.Parent = item.Text("parent") is { Length: > 0 } parent ? parent : null;
        return spec;
    }

    /// <summary>What keeps a link from being made, as far as it can be known before; null for nothing.</summary>
    /// <param name="item">The link.</param>
    /// <param name="peer">The other end's name; null for a link that has none.</param>
    public static string? ProblemOf(StateItem item, string? peer)
    {
        try
        {
            // No link that is to be made has an index yet.
            var spec = SpecOf(item, peer, _ => 1);
            var entry = (LinkEntry)StateTables.OfLink(item.Text("kind")).Entry.Read(item.Values, _ => 0);
            (spec.Mtu, spec.MacAddress, spec.Alias) = (entry.Mtu, entry.MacAddress, entry.Alias);
            spec.Validate();
            return null;
        }
        catch (NetworkException e)
        {
            return e.Message.TrimEnd('.');
        }
    }
}
