using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links;

/// <summary>
/// The names of parents and peers that are in other namespaces, of all links of one list. They are asked for together
/// when the first one is wanted: a list that nobody looks at costs nothing.
/// </summary>
/// <param name="stack">Where the links are.</param>
/// <param name="links">The links whose parents are elsewhere.</param>
internal sealed class FarLinks(NetworkStack stack, IReadOnlyList<LinkData> links)
{
    private readonly Lock _gate = new();
    private Dictionary<(int Number, int Index), string>? _names;
    private Dictionary<int, string>? _namespaces;

    /// <summary>The parent's name and namespace.</summary>
    /// <returns><c>eth0@web</c>, or what is known of it: a namespace without a name is told by its number, and a link
    /// of another user's namespace by its index.</returns>
    public string Of(LinkData link)
    {
        var number = link.ParentNamespaceId!.Value;
        lock (_gate)
        {
            try
            {
                _names ??= Names();
                _namespaces ??= stack.NamespaceIds.List().Where(item => item.Target is not null)
                    .ToDictionary(item => item.NsId, item => item.Target!.Text);
            }
            catch (Exception e) when (e is NetworkException or NetlinkException or ObjectDisposedException)
            {
                // The namespace that was read is gone.
                _names ??= [];
                _namespaces ??= [];
            }

            return $"{_names.GetValueOrDefault((number, link.ParentIndex)) ?? link.Parent}@"
                + (_namespaces.GetValueOrDefault(number) ?? $"nsid {number}");
        }
    }

    private Dictionary<(int Number, int Index), string> Names()
    {
        var wanted = links.Select(link => (link.ParentNamespaceId!.Value, link.ParentIndex)).Distinct().ToList();
        var names = new Dictionary<(int Number, int Index), string>();
        var requests = wanted.ConvertAll(place => new NetlinkRequest(Rtm.GetLink).AsQuery()
            .Header(new IfInfoMsg { Index = place.ParentIndex }).Put(Ifla.TargetNetNsId, place.Value)
            .Put(Ifla.ExtMask, RtextFilter.SkipStats));
        try
        {
            // Another user's namespace is EACCES.
            stack.Route.ExecuteAll(
                requests,
                (request, reply) =>
                {
                    if (reply.Type == Rtm.NewLink
                        && LinkParser.Attributes(reply, out _).TryFind(Ifla.IfName, out var name))
                        names[wanted[request]] = name.AsString();
                },
                CancellationToken.None);
        }
        finally
        {
            requests.ForEach(request => request.Dispose());
        }

        return names;
    }
}
