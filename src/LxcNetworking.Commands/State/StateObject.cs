using System.Collections;
using System.Management.Automation;
using LxcNetworking.Namespaces;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Text;

namespace LxcNetworking.Commands.State;

/// <summary>Documents as objects that users look at, edit and give back.</summary>
internal static class StateObject
{
    private const string TypeName = "LxcNetworking.NetState", Name = "name";

    // What jobs and remoting add to an object, and what says where it was read.
    private static readonly HashSet<string> s_others = new(StringComparer.OrdinalIgnoreCase)
    {
        "Namespace", "NamespaceId", "PSComputerName", "PSShowComputerName", "PSSourceJobInstanceId", "RunspaceId",
    };

    /// <summary>Makes the object. It has every list, so that something can be added to each.</summary>
    /// <param name="root">The document.</param>
    /// <param name="readIn">The namespace that it was read in, which it leads back to; null for a file's.</param>
    public static PSObject Of(StateNode root, NamespaceReference? readIn = null)
    {
        var result = new PSObject();
        result.TypeNames.Insert(0, TypeName);
        var entries = root.Entries.ToDictionary(entry => entry.Name, entry => entry, StringComparer.OrdinalIgnoreCase);
        if (entries.TryGetValue(Name, out var name))
            Add(result, name.Name, Value(name.Value));
        foreach (var section in StateDocument.Sections)
        {
            var isThere = entries.TryGetValue(section, out var entry) && entry.Value.Kind != StateNodeKind.Null;
            // One thing may stand for a list of one.
            Add(result, section, !isThere ? Array.Empty<object>()
                : entry.Value.Kind == StateNodeKind.List ? Value(entry.Value) : new[] { Value(entry.Value) });
        }

        if (readIn is not null)
        {
            Add(result, "Namespace", readIn);
            Add(result, "NamespaceId", readIn.Id);
        }

        return result;
    }

    /// <summary>Reads the document out of an object, without what is not the document's.</summary>
    /// <param name="item">The object.</param>
    /// <param name="problems">Where mistakes go.</param>
    public static StateNode? Read(PSObject item, ICollection<StateProblem> problems)
    {
        if (item.BaseObject is not PSCustomObject)
            return StateObjects.Read(item, problems);
        var document = new PSObject();
        foreach (var property in item.Properties.Where(property => !s_others.Contains(property.Name)))
        {
            if (!IsEmptyList(property))
                document.Properties.Add(new PSNoteProperty(property.Name, property.Value));
        }

        return StateObjects.Read(document, problems);
    }

    /// <summary>Whether an object can be a document at all.</summary>
    public static bool IsOne(PSObject item) => item.BaseObject is IDictionary or PSCustomObject;

    private static bool IsEmptyList(PSPropertyInfo property) => StateDocument.Sections.Contains(property.Name)
        && Common.PipelineValue.Unwrap(property.Value) is ICollection { Count: 0 };

    private static object? Value(StateNode node) => node.Kind switch
    {
        StateNodeKind.Boolean => node.IsTrue,
        StateNodeKind.Number => node.Number is >= int.MinValue and <= int.MaxValue ? (int)node.Number : node.Number,
        StateNodeKind.Text => node.Text,
        StateNodeKind.List => node.Items.Select(Value).ToArray(),
        StateNodeKind.Map => MapOf(node),
        _ => null,
    };

    private static PSObject MapOf(StateNode node)
    {
        var result = new PSObject();
        foreach (var entry in node.Entries)
            Add(result, entry.Name, Value(entry.Value));
        return result;
    }

    private static void Add(PSObject item, string name, object? value)
        => item.Properties.Add(new PSNoteProperty(name, value));
}
