using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;

namespace LxcNetworking.State.Apply;

/// <summary>What of a machine is read.</summary>
/// <param name="Namespaces">The namespaces; empty for the one that documents are for. One that is not there has
/// nothing.</param>
/// <param name="Subjects">What is read of them besides links and what is on these.</param>
internal sealed record StateScope(IReadOnlySet<string> Namespaces, IReadOnlySet<StateSubject> Subjects)
{
    /// <summary>All that is in namespaces.</summary>
    public static StateScope All(IEnumerable<string> namespaces)
        => new(namespaces.ToHashSet(StringComparer.Ordinal), Enum.GetValues<StateSubject>().ToHashSet());

    /// <summary>All that things can depend on: the namespaces that they are in, or made from.</summary>
    /// <param name="items">The things.</param>
    /// <param name="more">Further namespaces.</param>
    public static StateScope Of(IEnumerable<StateItem> items, IEnumerable<string>? more = null)
    {
        var namespaces = new HashSet<string>(more ?? [], StringComparer.Ordinal) { string.Empty };
        var subjects = new HashSet<StateSubject>();
        foreach (var item in items)
        {
            subjects.Add(item.Key.Subject);
            namespaces.Add(item.Key.Subject == StateSubject.Namespace ? item.Key.Name : item.Key.Namespace);
            namespaces.Add(StateNeeds.MakerOf(item));
            if (StateNeeds.PeerOf(item) is { } peer)
                namespaces.Add(peer.Namespace);
        }

        return new StateScope(namespaces, subjects);
    }

    /// <summary>Whether things of a subject are read.</summary>
    public bool Has(StateSubject subject) => subject <= StateSubject.Rule || Subjects.Contains(subject);
}
