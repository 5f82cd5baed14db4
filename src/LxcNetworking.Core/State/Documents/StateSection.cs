using LxcNetworking.State.Text;
using LxcNetworking.Values;

namespace LxcNetworking.State.Documents;

/// <summary>A list of documents whose things are told apart by their names alone.</summary>
/// <param name="subject">What the things are.</param>
/// <param name="name">The list's name in documents, and that of one thing in the schema.</param>
/// <param name="words">A thing in words, after "is no property of".</param>
internal abstract class StateSection(StateSubject subject, string name, string words)
{
    /// <summary>What the things are.</summary>
    public StateSubject Subject => subject;

    /// <summary>The list's name in documents.</summary>
    public string Name => name;

    /// <summary>What tells a thing from its like.</summary>
    public virtual string NameProperty => "name";

    /// <summary>What can be said of a thing.</summary>
    public abstract IReadOnlyList<StateProperty> Properties { get; }

    /// <summary>The properties that one that is to be there cannot be without.</summary>
    public virtual IReadOnlyList<string> Required => [];

    /// <summary>Reads one thing.</summary>
    /// <param name="node">The thing in the document.</param>
    /// <param name="path">Its path.</param>
    /// <param name="document">Where it is put.</param>
    /// <param name="problems">Where mistakes are put.</param>
    public void Read(StateNode node, string path, DocumentReader document, ICollection<StateProblem> problems)
    {
        var of = new DocumentObject(node, path, problems);
        if (!of.IsObject)
            return;
        var before = problems.Count;
        var thing = of.TakeText(NameProperty);
        if (thing is null)
            of.Problem($"has no '{NameProperty}'");
        var item = new StateItem(new(subject, DocumentReader.TakeNamespace(of), thing ?? string.Empty))
        {
            Path = path,
            Place = node.Place,
            Presence = of.TakePresence(),
        };
        of.TakeValues(Properties, item.Values);
        of.End(words, Properties.Select(property => property.Name).Concat([NameProperty, "namespace", "state"]));
        var missing = item.Presence != NetStatePresence.Present ? []
            : Required.Where(property => !item.Values.ContainsKey(property)
                && !problems.Skip(before).Any(problem => problem.Path == StatePath.Of(path, property)));
        foreach (var property in missing)
            of.Problem($"has no '{property}'");
        if (problems.Count > before)
            return;
        try
        {
            if (item.Presence == NetStatePresence.Present)
                Complete(item);
        }
        catch (NetworkException e)
        {
            of.Problem(e.Message.TrimEnd('.'));
            return;
        }

        document.Add(item);
        if (item.Presence == NetStatePresence.Present)
        {
            foreach (var other in Along(item))
                document.AddOnce(other with { Path = path, Place = node.Place });
        }
    }

    /// <summary>Checks what is said together, and writes it in the one form that it has.</summary>
    /// <exception cref="NetworkException">It cannot be.</exception>
    public abstract void Complete(StateItem item);

    /// <summary>What a thing takes besides, which documents do not say by itself.</summary>
    public virtual IEnumerable<StateItem> Along(StateItem item) => [];

    /// <summary>The things that have to be there before it.</summary>
    public virtual IEnumerable<StateKey> Needs(StateItem item) => [];

    /// <summary>The links that it changes, where documents have them too: they come before it.</summary>
    public virtual IEnumerable<StateKey> Uses(StateItem item) => [];

    /// <summary>What stops working while a thing is changed.</summary>
    public virtual IReadOnlyList<string> DisruptsByChange => [];

    /// <summary>Whether a value is what a thing has where nothing is said.</summary>
    public virtual bool IsUsual(string property, string value) => false;
}
