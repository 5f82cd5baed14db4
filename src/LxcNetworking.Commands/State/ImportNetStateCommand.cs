using System.Management.Automation;
using LxcNetworking.Commands.Common;

namespace LxcNetworking.Commands.State;

/// <summary>Reads documents' files.</summary>
[Cmdlet(VerbsData.Import, "NetState")]
[OutputType(typeof(PSObject))]
public sealed class ImportNetStateCommand : NetworkCmdlet
{
    [Parameter(
        Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName")]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        foreach (var path in Path)
            Try(() => Emit(StateInput.OfFile(FullPath(path), path)), path);
    }

    private void Emit(StateInput input)
    {
        foreach (var error in input.Errors)
            WriteError(ErrorOf(error, input.Target));
        if (input.Document is not null)
            WriteObject(StateObject.Of(input.Root!));
    }
}
