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
    public static IReadOnlyDictionary<int, string> Read(
        NetworkStack stack, IEnumerable<int> indexes, CancellationToken cancellation)
    {
        var wanted = indexes.Where(index => index != 0).ToHashSet();
        var names = new Dictionary<int, string>();
        if (wanted.Count == 0)
            return names;
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
