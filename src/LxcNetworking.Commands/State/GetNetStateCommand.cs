using System.Management.Automation;
using LxcNetworking.Commands.Shared;
using LxcNetworking.Namespaces;
using LxcNetworking.State;
using LxcNetworking.State.Documents;

namespace LxcNetworking.Commands.State;

/// <summary>Reads what is there as a document.</summary>
[Cmdlet(VerbsCommon.Get, "NetState")]
[OutputType(typeof(PSObject))]
public sealed class GetNetStateCommand : StateNameCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        if (Names is not { } names)
        {
            Emit(StateReading.All(stack, NamespaceIn(Namespace), Cancellation), stack);
            return;
        }

        Recover(stack);
        foreach (var name in Select(stack, names))
            Try(() => Emit(stack.State.ReadOwn(name, Cancellation), stack), name);
    }

    private void Emit(StateDocument document, NetworkStack stack)
        => WriteObject(StateObject.Of(document.ToNode(), stack.Namespace));
}

/// <summary>Reads what is there.</summary>
internal static class StateReading
{
    /// <summary>All that is in a namespace; of the session's own, and in all that have names.</summary>
    /// <param name="stack">The namespace.</param>
    /// <param name="meant">What was said of it; null for the session's own.</param>
    /// <param name="cancellation">Ends it.</param>
    public static StateDocument All(
        NetworkStack stack, NamespaceReference? meant, CancellationToken cancellation)
    {
        List<string> names = meant is not null ? [] : [.. ModuleStacks.Pool.Namespaces.List(all: false, cancellation)
            .Where(item => !item.IsCurrent).DistinctBy(item => item.NamespaceId)
            .Select(item => item.Name).OfType<string>()];
        return stack.State.Read(names, cancellation);
    }
}
