using System.Collections.Immutable;
using LxcNetworking.State.Documents;
using LxcNetworking.Values;

namespace LxcNetworking.State.Plans;

/// <summary>What a plan is made from.</summary>
/// <param name="Document">The document's name.</param>
/// <param name="Desired">What it says.</param>
/// <param name="Actual">What is there.</param>
/// <param name="Owned">What the document made earlier, and is still what it made, as it was made.</param>
internal sealed record StatePlanInput(
    string Document,
    IReadOnlyList<StateItem> Desired,
    IReadOnlyDictionary<StateKey, StateItem> Actual,
    IReadOnlyDictionary<StateKey, StateItem> Owned)
{
    /// <summary>Takes over what somebody else made.</summary>
    public bool Adopt { get; init; }

    /// <summary>Does also what interrupts others.</summary>
    public bool Force { get; init; }

    /// <summary>What has left the document, and is left and stays the document's.</summary>
    public Func<StateKey, bool> Keeps { get; init; } = static _ => false;

    /// <summary>Things are made as they were, without what is usual for new ones.</summary>
    public bool IsRestoring { get; init; }

    /// <summary>Waits for links and namespaces that are not there and that the document does not make.</summary>
    public bool AllowMissing { get; init; }

    /// <summary>The things that are done; null for all.</summary>
    public IReadOnlySet<StateKey>? Only { get; init; }

    /// <summary>Links and namespaces that are waited for as if they were not there.</summary>
    public IReadOnlySet<StateKey> NotYet { get; init; } = new HashSet<StateKey>();

    /// <summary>Whether what is in the way of one thing is only told.</summary>
    public bool IsTolerant { get; init; }

    /// <summary>Namespaces of containers that do not run.</summary>
    public IReadOnlySet<string> Pending { get; init; } = new HashSet<string>();

    /// <summary>Adds to what is said what follows from the files that it names.</summary>
    public Func<StateItem, StateItem> Complete { get; init; } = item => item;

    /// <summary>The MAC address of a new link; null to leave it to chance.</summary>
    public Func<StateItem, MacAddress?> NewMacAddress { get; init; } = _ => null;

    /// <summary>How many TCP connections each own address of a namespace has. Only the namespaces in which something
    /// goes are asked.</summary>
    public Func<string, IReadOnlyDictionary<IPAddress, int>> Connections { get; init; }
        = _ => ImmutableDictionary<IPAddress, int>.Empty;

    /// <summary>The same, where namespaces that are to be made have what each has from the beginning.</summary>
    public StatePlanInput WithLoopbacks()
    {
        var made = Desired.Where(
            item => item is { Key.Subject: StateSubject.Namespace, Presence: NetStatePresence.Present }
                && !Actual.ContainsKey(item.Key)).Select(item => UsualValues.NewLoopback(item.Key.Name)).ToList();
        if (made.Count == 0)
            return this;
        var actual = new Dictionary<StateKey, StateItem>(Actual);
        foreach (var link in made)
            actual.TryAdd(link.Key, link);
        return this with { Actual = actual };
    }

    /// <summary>The rules that are as one that is said, whatever is not said.</summary>
    public List<StateItem> RulesLike(StateItem said) => [.. Actual.Values.Where(
        rule => rule.Key.Subject == StateSubject.Rule && rule.Key.Namespace == said.Key.Namespace && !rule.IsTransient
            && RuleName.FamilyOf(rule.Key.Name) == RuleName.FamilyOf(said.Key.Name)
            && said.Values.All(pair => rule.Values.GetValueOrDefault(pair.Key) == pair.Value))];

    /// <summary>A link of the document's that somebody has given another name since; the kernel knows it by its
    /// index.</summary>
    public StateItem? Renamed(StateKey key)
        => key.Subject == StateSubject.Link && Owned.GetValueOrDefault(key)?.Identity is { } identity
            ? Actual.Values.FirstOrDefault(
                item => item.Key.Subject == StateSubject.Link && item.Identity == identity) : null;
}
