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

    private PowerShell? _running;
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
        NamespaceScope? scope = null;
        if (!Try(() => scope = NamespaceScope.Enter(Namespace), Namespace))
            return;
        using (scope)
            Run(scope!);
    }

    /// <inheritdoc/>
    protected override void StopProcessing()
    {
        base.StopProcessing();
        _running?.BeginStop(null, null);
    }

    private void Run(NamespaceScope scope)
    {
        // The block runs as a pipeline of its own in this runspace, on this thread, so that each object can be handed out from
        // outside: the cmdlets after this one are not meant to work inside.
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        _running = shell;
        shell.AddScript("param($__block, $__arguments) & $__block @__arguments", useLocalScope: true).AddArgument(ScriptBlock).AddArgument(ArgumentList);
        Forward(shell.Streams.Error, scope, WriteError);
        Forward(shell.Streams.Warning, scope, record => WriteWarning(record.Message));
        Forward(shell.Streams.Verbose, scope, record => WriteVerbose(record.Message));
        Forward(shell.Streams.Debug, scope, record => WriteDebug(record.Message));
        Forward(shell.Streams.Information, scope, WriteInformation);
        Forward(shell.Streams.Progress, scope, WriteProgress);
        using var output = new PSDataCollection<PSObject>();
        Forward(output, scope, WriteObject);
        try
        {
            shell.Invoke(null, output, new PSInvocationSettings());
        }
        catch (PipelineStoppedException) when (_refused is not null)
        {
        }
        catch (RuntimeException e) when (e is not PipelineStoppedException)
        {
            scope.Dispose();
            ThrowTerminatingError(e.ErrorRecord);
        }
        finally
        {
            _running = null;
        }

        _refused?.Throw();
    }

    private void Forward<T>(PSDataCollection<T> stream, NamespaceScope scope, Action<T> write) => stream.DataAdded += (_, _) =>
    {
        var items = stream.ReadAll();
        if (_refused is not null)
            return;
        scope.Suspend();
        try
        {
            foreach (var item in items)
                write(item);
        }
#pragma warning disable CA1031 // it belongs to this cmdlet's pipeline ("Select-Object -First 1", an error that stops), not to the block's
        catch (Exception e)
#pragma warning restore CA1031
        {
            _refused = ExceptionDispatchInfo.Capture(e);
            _running?.BeginStop(null, null);
        }
        finally
        {
            scope.Resume();
        }
    };
}
