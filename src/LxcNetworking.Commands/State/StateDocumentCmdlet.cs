using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Namespaces;
using LxcNetworking.State;
using LxcNetworking.State.Apply;
using LxcNetworking.State.Documents;

namespace LxcNetworking.Commands.State;

/// <summary>A cmdlet that takes documents: files, or objects.</summary>
public abstract class StateDocumentCmdlet : StateCmdlet
{
    private protected const string PathSet = "Path", ObjectSet = "InputObject";

    // So that a second one of a name does not undo the first.
    private readonly DocumentNames _names = new();

    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet)]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ObjectSet)]
    [ValidateNotNull]
    public PSObject? InputObject { get; set; }

    [Parameter]
    public SwitchParameter Adopt { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter AllowMissing { get; set; }

    /// <summary>How documents are applied.</summary>
    private protected virtual StateOptions Options => new()
    {
        Adopt = Adopt,
        Force = Force,
        AllowMissing = AllowMissing,
    };

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        Recover(stack);
        if (ParameterSetName == PathSet)
        {
            foreach (var path in Path)
                Try(() => Take(stack, StateInput.OfFile(FullPath(path), path)), path);
        }
        else
        {
            Take(stack, Given());
        }
    }

    /// <summary>Works on a document.</summary>
    /// <param name="stack">Where.</param>
    /// <param name="document">The document.</param>
    private protected abstract void Process(NetworkStack stack, StateDocument document);

    private StateInput Given() => StateInputs.Of(this, InputObject!, Record!);

    private void Take(NetworkStack stack, StateInput input)
    {
        foreach (var error in input.Errors)
            WriteError(ErrorOf(error, input.Target));
        if (input.Document is not { } document)
            return;
        _names.Add(stack, document, input.Target as string);
        Process(stack, document);
    }
}
