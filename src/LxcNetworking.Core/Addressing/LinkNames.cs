using System.Collections.Immutable;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;

namespace LxcNetworking.Addressing;

/// <summary>Names for the interface indexes that addresses, routes and neighbours carry.</summary>
internal static class LinkNames
{
    // A list of all links costs as much as asking for so many of them.
    private const int MaxSingle = 16;

    /// <summary>Reads the names of these links; those that are gone meanwhile are left out.</summary>
    /// <param name="stack">Where they are.</param>
    /// <param name="indexes">Their indexes.</param>
    /// <param name="known">Names that are known already, for which the kernel is not asked.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static IReadOnlyDictionary<int, string> Read(
        NetworkStack stack,
        IEnumerable<int> indexes,
        IReadOnlyDictionary<int, string>? known,
        CancellationToken cancellation)
    {
        var wanted = indexes.Where(index => index != 0 && known?.ContainsKey(index) != true).ToHashSet();
        known ??= ImmutableDictionary<int, string>.Empty;
        if (wanted.Count == 0)
            return known;
        var names = new Dictionary<int, string>(known);
        if (wanted.Count > MaxSingle)
        {
            using var request = Request(0);
            var links = stack.Route.DumpInOrder(request, Parse, link => link.Item1, cancellation).Items;
            foreach (var (index, name) in links)
                names[index] = name;
            return names;
        }

        var requests = wanted.Select(Request).ToList();
        try
        {
            stack.Route.ExecuteAll(requests, (_, reply) =>
            {
                if (Parse(reply) is var (index, name))
                    names[index] = name;
            }, cancellation);
        }
        finally
        {
            requests.ForEach(request => request.Dispose());
        }

        return names;
    }

    /// <summary>What to show for a link.</summary>
    public static string Of(this IReadOnlyDictionary<int, string> names, int index)
        => names.GetValueOrDefault(index) ?? $"if{index}";

    private static NetlinkRequest Request(int index)
        => new NetlinkRequest(Rtm.GetLink).AsQuery()
            .Header(new IfInfoMsg { Index = index }).Put(Ifla.ExtMask, RtextFilter.SkipStats);

    private static Tuple<int, string>? Parse(NetlinkReply reply)
        => reply.Type == Rtm.NewLink && LinkParser.Attributes(reply, out var header).TryFind(Ifla.IfName, out var name)
            ? Tuple.Create(header.Index, name.AsString()) : null;
}
