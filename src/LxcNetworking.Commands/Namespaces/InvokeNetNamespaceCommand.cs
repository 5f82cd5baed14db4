using System.Management.Automation;
using System.Runtime.ExceptionServices;
using LxcNetworking.Commands.Completers;

namespace LxcNetworking.Commands;

/// <summary>Runs a script block inside a network namespace.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "NetNamespace", DefaultParameterSetName = PipedSet)]
[OutputType(typeof(object))]
public sealed class InvokeNetNamespaceCommand : NetworkCmdlet
{
    // With the namespace from the pipeline, the block is the first thing to write, as with ForEach-Object. That set is the default:
    // PowerShell would else take the block for one that makes a namespace of each object.
    private const string NamedSet = "Named", PipedSet = "Piped";

    private static readonly CmdletInfo s_outside = new("Write-Outside", typeof(WriteOutsideCommand));

    private InnerNamespace? _inner;
    private ExceptionDispatchInfo? _refused;

    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = NamedSet)]
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = PipedSet)]
    [ArgumentCompleter(typeof(NamespaceCompleter))]
    public NamespaceReference? Namespace { get; set; }

    [Parameter(Mandatory = true, Position = 1, ParameterSetName = NamedSet)]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PipedSet)]
    public ScriptBlock? ScriptBlock { get; set; }

    [Parameter(Position = 2, ParameterSetName = NamedSet)]
    [Parameter(ParameterSetName = PipedSet)]
    public object?[] ArgumentList { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        if (!Try(() => _inner = SessionNamespaces.Current.Enter(Namespace!, isBlock: true, Engine), Namespace))
            return;
        try
        {
            Run();
        }
        catch (RuntimeException e) when (e is not (PipelineStoppedException or CmdletInvocationException))
        {
            // PowerShell would else make it an error of this cmdlet.
            e.WasThrownFromThrowStatement = true;
            throw;
        }
        finally
        {
            SessionNamespaces.Current.Leave(_inner!, Engine);
        }
    }

    /// <summary>Hands an object of the block to the cmdlets after this one, which are not meant to work inside.</summary>
    /// <param name="write">Writes it.</param>
    internal void HandOut(Action write) => SessionNamespaces.Current.Outside(_inner!, () =>
    {
        try
        {
            write();
        }
#pragma warning disable CA1031 // it belongs to this cmdlet's pipeline ("Select-Object -First 1", an error that stops), not to the block's
        catch (Exception e)
#pragma warning restore CA1031
        {
            _refused = ExceptionDispatchInfo.Capture(e);
            throw new PipelineStoppedException();
        }
    });

    // The block runs in a pipeline that is a part of this cmdlet, as in a function that stands for another command: errors,
    // streams, loops and the end of the script are those of the caller. The call is in a script, as PowerShell then shows
    // the caller's line with errors.
    private void Run()
    {
        // It has no scope of its own, as the block's would lose its parent with it.
        var maker = ScriptBlock.Create(
            "{ param($block, $arguments, $outside, $owner) & $block @arguments | & $outside -Owner $owner }.GetSteppablePipeline($args[0], $args[1..4])");
        using var pipeline = (SteppablePipeline)InvokeCommand
            .InvokeScript(useLocalScope: false, maker, input: null, MyInvocation.CommandOrigin, ScriptBlock, ArgumentList, s_outside, this).Single().BaseObject;
        BlockStreams.Lead(pipeline, this, HandOut);
        try
        {
            pipeline.Begin(false, Engine);
            pipeline.Process();
            pipeline.End();
        }
        catch (RuntimeException) when (_refused is not null)
        {
        }

        _refused?.Throw();
    }
}

/// <summary>The last command of a block's pipeline. The module does not export it.</summary>
internal sealed class WriteOutsideCommand : PSCmdlet
{
    [Parameter(Mandatory = true)]
    public InvokeNetNamespaceCommand? Owner { get; set; }

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Owner!.HandOut(() => WriteObject(InputObject));
}
