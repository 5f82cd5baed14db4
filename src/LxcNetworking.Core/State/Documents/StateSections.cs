namespace LxcNetworking.State.Documents;

/// <summary>The lists of documents whose things are told apart by their names alone.</summary>
internal static class StateSections
{
    /// <summary>All of them, in the order in which they stand in documents.</summary>
    public static IReadOnlyList<StateSection> All { get; }
        = [new NatSection(), new NetworkSection(), new SegmentSection()];

    /// <summary>The one with the things of a subject; null where there is none.</summary>
    public static StateSection? Of(StateSubject subject) => All.FirstOrDefault(section => section.Subject == subject);
}
