using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.State;
using LxcNetworking.State.Text;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.State;

/// <summary>Writes what is there, or a document object, into a file.</summary>
[Cmdlet(VerbsData.Export, "NetState", SupportsShouldProcess = true, DefaultParameterSetName = NameSet)]
[OutputType(typeof(FileInfo))]
public sealed class ExportNetStateCommand : StateCmdlet
{
    private const string NameSet = "Name", ObjectSet = "InputObject";

    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = string.Empty;

    [Parameter(ParameterSetName = NameSet)]
    [ArgumentCompleter(typeof(StateNameCompleter))]
    [NameNotEmpty]
    [ObjectName]
    public string? Name { get; set; }

    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = ObjectSet)]
    [ValidateNotNull]
    public PSObject? InputObject { get; set; }

    [Parameter]
    public StateFormat? Format { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        if (Node() is not { } node)
            return;
        var path = FullPath(Path);
        if (!ShouldProcess($"'{Netlink.KernelText.Printable(path)}'", "Write document"))
            return;
        StateText.Save(node, path, Format, Force);
        if (PassThru)
            WriteObject(new FileInfo(path));
    }

    private StateNode? Node()
    {
        if (ParameterSetName == ObjectSet && !Record!.IsStack)
        {
            var input = StateInputs.Of(this, InputObject!, Record);
            foreach (var error in input.Errors)
                WriteError(ErrorOf(error, input.Target));
            return input.Document is null ? null : input.Root;
        }

        var stack = Stack;
        if (Name is null)
            return ReadAll(stack).ToNode();
        Recover(stack);
        return stack.State.ReadOwn(Name, Cancellation).ToNode();
    }
}
