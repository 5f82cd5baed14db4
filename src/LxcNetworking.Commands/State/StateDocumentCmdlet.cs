using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Namespaces;
using LxcNetworking.State.Apply;
using LxcNetworking.State.Documents;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.State;

/// <summary>A cmdlet that takes documents: files, or objects.</summary>
public abstract class StateDocumentCmdlet : StateCmdlet
{
    private protected const string PathSet = "Path", ObjectSet = "InputObject";

    // Where a document of a name was given, so that a second one does not undo the first.
    private readonly Dictionary<(ulong Cookie, string Name), string> _names = [];

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

    /// <summary>How documents are applied.</summary>
    private protected virtual StateOptions Options => new() { Adopt = Adopt, Force = Force };

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
        var key = (stack.Cookie, document.Name);
        if (_names.TryGetValue(key, out var first))
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"This document is named '{document.Name}' as {first} is, which would have it take away what that one "
                    + "makes. Give each a 'name' of its own.",
                input.Target as string);
        }

        _names.Add(key, input.Target is string path ? $"'{Netlink.KernelText.Printable(path)}'" : "the one before it");
        Process(stack, document);
    }
}
