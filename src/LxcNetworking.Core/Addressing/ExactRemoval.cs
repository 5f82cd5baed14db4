using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>
/// Removes exactly what was given where the kernel removes the first object that has what a request says. The kernel
/// cannot be told that an object lacks something, so that one which has more can come first; such twins are known from
/// the list that an object was read with. What the kernel really removed comes back with its answer and is compared,
/// without a further request.
/// </summary>
/// <typeparam name="T">What is removed.</typeparam>
/// <param name="stack">Where.</param>
/// <param name="notFound">The case for an object that is gone.</param>
internal abstract class ExactRemoval<T>(NetworkStack stack, NetworkErrorCode notFound)
    where T : class
{
    /// <summary>Where.</summary>
    protected NetworkStack Stack => stack;

    /// <summary>Removes objects.</summary>
    /// <param name="items">The objects, as read.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>For each object null, or why it is still there.</returns>
    public IReadOnlyList<NetworkException?> Remove(IReadOnlyList<T> items, CancellationToken cancellation)
    {
        var results = new NetworkException?[items.Count];
        var lists = new Dictionary<object, Dictionary<object, int>>();
        bool HasTwins(T item)
        {
            if (!MayHaveTwins(item))
                return false;
            if (!lists.TryGetValue(PlaceOf(item), out var counts))
                lists.Add(PlaceOf(item), counts = ReadPlace(item).CountBy(KeyOf).ToDictionary());
            return counts.GetValueOrDefault(KeyOf(item)) > 1;
        }

        var (twins, others) = (new List<int>(), new List<int>());
        for (var i = 0; i < items.Count; i++)
            (HasTwins(items[i]) ? twins : others).Add(i);
        cancellation.ThrowIfCancellationRequested();
        var errors = RemoveDirectly(others.ConvertAll(i => items[i]));
        for (var i = 0; i < others.Count; i++)
            results[others[i]] = errors[i];
        foreach (var i in twins)
            results[i] = RemoveAmongTwins(items[i]);
        return results;
    }

    /// <summary>True unless the list that the object was read with shows that it has no twin.</summary>
    protected abstract bool MayHaveTwins(T item);

    /// <summary>Names the list that an object is in.</summary>
    protected abstract object PlaceOf(T item);

    /// <summary>Reads that list.</summary>
    protected abstract IReadOnlyList<T> ReadPlace(T item);

    /// <summary>What the kernel keeps several objects side by side under: those that share it are twins.</summary>
    protected abstract object KeyOf(T item);

    /// <summary>What an object is called in a sentence.</summary>
    protected abstract string Describe(T item);

    /// <summary>True if the kernel may take a twin for the object that is asked for.</summary>
    protected abstract bool IsTakenFor(T item, T twin);

    /// <summary>A text by which an object is known again.</summary>
    protected abstract string Identity(T item);

    /// <summary>Makes an object of a message.</summary>
    protected abstract T? Parse(NetlinkReply reply);

    /// <summary>The request that removes an object and brings back what was removed.</summary>
    protected abstract NetlinkRequest Removal(T item);

    /// <summary>The request that makes an object again.</summary>
    protected abstract NetlinkRequest Again(T item);

    /// <summary>Removes one of several twins and leaves the others in their order.</summary>
    /// <param name="twins">All of them, in the kernel's order.</param>
    /// <param name="place">Which one goes.</param>
    protected abstract void Rearrange(IReadOnlyList<T> twins, int place);

    /// <summary>Sends requests in one go, as far as the kernel takes them.</summary>
    /// <returns>The first refusal, or null.</returns>
    protected NetlinkErrorException? Send(IEnumerable<NetlinkRequest> requests)
    {
        var all = requests.ToList();
        try
        {
            return stack.Route.ExecuteAll(all).FirstOrDefault(error => error is not null);
        }
        finally
        {
            all.ForEach(request => request.Dispose());
        }
    }

    private NetworkException Refused(NetlinkErrorException refusal, T item)
        => KernelErrors.Explain(refusal, $"remove the {Describe(item)}", item.ToString(), notFound);

    private List<T> TwinsOf(T item) => [.. ReadPlace(item).Where(other => KeyOf(other).Equals(KeyOf(item)))];

    private NetworkException?[] RemoveDirectly(List<T> items)
    {
        var requests = items.ConvertAll(Removal);
        var removed = new T?[items.Count];
        try
        {
            var errors = stack.Route.ExecuteAll(requests, (i, reply) => removed[i] = Parse(reply) ?? removed[i]);
            return [.. items.Select((item, i) => errors[i] is { } refusal ? Refused(refusal, item)
                : removed[i] is { } gone && Identity(gone) != Identity(item) ? PutBack(item, gone) : null)];
        }
        finally
        {
            requests.ForEach(request => request.Dispose());
        }
    }

    // The list has changed since the object was read.
    private NetworkException PutBack(T item, T gone)
    {
        var refusal = Send([Again(gone)]);
        return refusal is null
            ? new NetworkException(
                notFound,
                $"The {Describe(item)} is not as it was read. The kernel removed another one for it, the "
                    + $"{Describe(gone)}, which was put back.",
                item.ToString())
            : new NetworkException(
                NetworkErrorCode.KernelRefused,
                $"The {Describe(item)} is not as it was read. The kernel removed another one for it, the "
                    + $"{Describe(gone)}, which could not be put back: {refusal.Message.TrimEnd('.')}.",
                item.ToString(),
                refusal);
    }

    private NetworkException? RemoveAmongTwins(T item)
    {
        var twins = TwinsOf(item);
        var place = twins.FindIndex(other => Identity(other) == Identity(item));
        if (place < 0)
            return new NetworkException(
                notFound,
                $"The {Describe(item)} is not there any more as it was read. Others like it are, and stay.",
                item.ToString());
        if (!twins.Take(place).Any(other => IsTakenFor(item, other)))
            return RemoveDirectly([item])[0];
        try
        {
            Rearrange(twins, place);
        }
        catch (NetlinkErrorException refusal)
        {
            return Refused(refusal, item);
        }

        twins.RemoveAt(place);
        var left = TwinsOf(item).ConvertAll(Identity);
        if (left.SequenceEqual(twins.Select(Identity)))
            return null;
        var others = twins.Where(other => !left.Contains(Identity(other))).DefaultIfEmpty(item);
        return new NetworkException(
            NetworkErrorCode.KernelRefused,
            $"To remove the {Describe(item)}, others like it had to be made anew, and they are not all as they were: "
                + $"{string.Join(", ", others)}. Look at them.",
            item.ToString());
    }
}
