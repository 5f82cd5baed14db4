using System.Collections;
using System.Management.Automation;
using LxcNetworking.Namespaces;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Text;

namespace LxcNetworking.Commands.State;

/// <summary>Documents as objects that users look at, edit and give back.</summary>
internal static class StateObject
{
    private const string TypeName = "LxcNetworking.NetState", Name = "name", Links = "links", Peer = "peer";

    // A custom object takes only values that it has a property for, so links have one for what is changed most.
    private static readonly string[] s_ofLinks = ["up", "mtu", "macAddress", "addresses"];

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
                : entry.Value.Kind == StateNodeKind.List ? ListOf(entry.Value.Items, section == Links)
                : ListOf([entry.Value], section == Links));
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
                Add(document, property.Name, WithoutNothing(property.Value));
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
        StateNodeKind.List => ListOf(node.Items, areLinks: false),
        StateNodeKind.Map => MapOf(node, isLink: false),
        _ => null,
    };

    private static object?[] ListOf(IEnumerable<StateNode> items, bool areLinks)
        => [.. items.Select(item => item.Kind == StateNodeKind.Map ? MapOf(item, areLinks) : Value(item))];

    private static PSObject MapOf(StateNode node, bool isLink)
    {
        var result = new PSObject();
        foreach (var entry in node.Entries)
        {
            var isPeer = isLink && entry.Value.Kind == StateNodeKind.Map
                && entry.Name.Equals(Peer, StringComparison.OrdinalIgnoreCase);
            Add(result, entry.Name, isPeer ? MapOf(entry.Value, isLink: true) : Value(entry.Value));
        }

        foreach (var name in s_ofLinks.Where(name => isLink && result.Properties[name] is null))
            Add(result, name, null);
        return result;
    }

    // What has a property and no value says nothing, and is not to be in a file.
    private static object? WithoutNothing(object? value)
    {
        switch (value)
        {
            case PSObject { BaseObject: PSCustomObject } item:
                var result = new PSObject();
                foreach (var property in item.Properties.Where(property => property.Value is not null))
                    Add(result, property.Name, WithoutNothing(property.Value));
                return result;
            case PSObject { BaseObject: IList list }:
                return WithoutNothing(list);
            case IList list:
                return list.Cast<object?>().Select(WithoutNothing).ToArray();
            default:
                return value;
        }
    }

    private static void Add(PSObject item, string name, object? value)
        => item.Properties.Add(new PSNoteProperty(name, value));
}
