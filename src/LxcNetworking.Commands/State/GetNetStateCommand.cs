using System.Management.Automation;
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
            Emit(ReadAll(stack), stack);
            return;
        }

        Recover(stack);
        foreach (var name in Select(stack, names))
            Try(() => Emit(stack.State.ReadOwn(name, Cancellation), stack), name);
    }

    private void Emit(StateDocument document, NetworkStack stack)
        => WriteObject(StateObject.Of(document.ToNode(), stack.Namespace));
}
