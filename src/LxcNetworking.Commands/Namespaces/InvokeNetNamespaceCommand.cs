using System.Collections;
using System.Management.Automation;
using System.Runtime.ExceptionServices;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Namespaces;

/// <summary>Runs a script block inside a network namespace.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "NetNamespace", DefaultParameterSetName = PipedSet)]
[OutputType(typeof(object))]
public sealed class InvokeNetNamespaceCommand : NamespaceSessionCmdlet
{
    // With the namespace from the pipeline, the block is the first thing to write, as with ForEach-Object. That set is
    // the default: PowerShell would else take the block for one that makes a namespace of each object.
    private const string NamedSet = "Named", PipedSet = "Piped";

    private static readonly string[] s_preferences =
        ["ErrorAction", "WarningAction", "InformationAction", "ProgressAction", "Verbose", "Debug"];

    private static readonly CmdletInfo s_outside = new("Write-Outside", typeof(WriteOutsideCommand));

    private InnerNamespace? _inner;
    private NamespaceSession? _session;
    private SteppablePipeline? _pipeline;
    private ExceptionDispatchInfo? _refused;

    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = NamedSet)]
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = PipedSet)]
    [ArgumentCompleter(typeof(NamespaceCompleter))]
    public NamespaceReference? Namespace { get; set; }

    [Parameter(Mandatory = true, Position = 1, ParameterSetName = NamedSet)]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PipedSet)]
    // The first thing to write is a block or a namespace.
    [ArgumentCompleter(typeof(NamespaceCompleter))]
    public ScriptBlock? ScriptBlock { get; set; }

    [Parameter(Position = 2, ParameterSetName = NamedSet)]
    [Parameter(ParameterSetName = PipedSet)]
    public object?[] ArgumentList { get; set; } = [];

    [Parameter]
    public SwitchParameter Isolated { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var place = NamespaceIn(Namespace)!;
        if (Isolated)
            RunIsolated(place);
        else if (Try(() => Enter(place), place))
            RunInside();
    }

    private void Enter(NamespaceReference place)
    {
        _inner = SessionNamespaces.Current.Enter(place, isBlock: true, Engine, Cancellation);
        if (_inner.Scope.IsProcess || StayingInside.RefusalOf(ScriptBlock!, InvokeProvider, place) is not { } refusal)
            return;
        SessionNamespaces.Current.Leave(_inner);
        throw refusal;
    }

    private void RunInside()
    {
        try
        {
            Run("{ param($block, $arguments, $outside, $owner) & $block @arguments | & $outside -Owner $owner }");
        }
        catch (RuntimeException e) when (e is not (PipelineStoppedException or CmdletInvocationException))
        {
            // PowerShell would else make it an error of this cmdlet.
            e.WasThrownFromThrowStatement = true;
            throw;
        }
        finally
        {
            SessionNamespaces.Current.Leave(_inner!);
        }
    }

    private void RunIsolated(NamespaceReference place)
    {
        using var session = _session = Open(place);
        var preferences = new Hashtable();
        foreach (var name in s_preferences.Where(MyInvocation.BoundParameters.ContainsKey))
            preferences[name] = MyInvocation.BoundParameters[name];
        Run(
            "{ param($session, $preferences, $block, $arguments, $outside, $owner) "
                + @"Microsoft.PowerShell.Core\Invoke-Command -Session $session -ScriptBlock $block "
                + "-ArgumentList $arguments @preferences | & $outside -Owner $owner }",
            session.AsPSSession(place.Text, cmdlet: null),
            preferences);
    }

    /// <summary>Hands what the block says to the cmdlets after this one, which are not meant to work inside.</summary>
    /// <param name="write">Writes it.</param>
    internal void HandOut(Action write)
    {
        if (_inner is null)
            Write(write);
        else
            SessionNamespaces.Current.Outside(_inner, () => Write(write));
    }

    private void Write(Action write)
    {
        try
        {
            write();
        }
#pragma warning disable CA1031 // it belongs to this cmdlet's pipeline ("Select-Object -First 1"), not to the block's
        catch (Exception e)
#pragma warning restore CA1031
        {
            _refused = ExceptionDispatchInfo.Capture(e);
            // Invoke-Command waits for the block that it has begun, and for a minute if its process ends first.
            if (_session is not null && !BlockStreams.TryStop(_pipeline!))
                _session.End();
            throw new PipelineStoppedException();
        }
    }

    // The block runs in a pipeline that is a part of this cmdlet, as in a function that stands for another
    // command: errors, streams, loops and the end of the script are those of the caller. The call is in a
    // script, as PowerShell then shows the caller's line with errors. It has no scope of its own, as the block's
    // would lose its parent with it.
    private void Run(string pipelineText, params object[] first)
    {
        object[] arguments = [.. first, ScriptBlock!, ArgumentList, s_outside, this];
        var maker = ScriptBlock.Create($"{pipelineText}.GetSteppablePipeline($args[0], $args[1])");
        using var pipeline = _pipeline = (SteppablePipeline)InvokeCommand
            .InvokeScript(useLocalScope: false, maker, input: null, MyInvocation.CommandOrigin, arguments)
            .Single().BaseObject;
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
    private static readonly string[] s_remote = ["PSComputerName", "RunspaceId", "PSShowComputerName"];

    [Parameter(Mandatory = true)]
    public InvokeNetNamespaceCommand? Owner { get; set; }

    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        // What comes from an isolated block's process is of this machine.
        if (Owner!.Isolated)
            Array.ForEach(s_remote, name => InputObject?.Properties.Remove(name));
        Owner.HandOut(() => WriteObject(InputObject));
    }
}
