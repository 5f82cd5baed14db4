using System.Management.Automation;
using LxcNetworking.Commands.Completers;

namespace LxcNetworking.Commands;

/// <summary>Runs a script block inside a network namespace.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "NetNamespace")]
[OutputType(typeof(object))]
public sealed class InvokeNetNamespaceCommand : NetworkCmdlet
{
    private PowerShell? _running;

    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(NamespaceCompleter))]
    public NamespaceReference? Namespace { get; set; }

    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public NetNamespace? InputNamespace { get; set; }

    [Parameter(Mandatory = true, Position = 1)]
    public ScriptBlock? ScriptBlock { get; set; }

    [Parameter(Position = 2)]
    public object?[] ArgumentList { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        NamespaceScope? scope = null;
        var reference = InputNamespace is null ? Namespace : new NamespaceReference(InputNamespace);
        if (!Try(() => scope = NamespaceScope.Enter(reference), reference))
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
        catch (RuntimeException e) when (e is not PipelineStoppedException)
        {
            scope.Dispose();
            ThrowTerminatingError(e.ErrorRecord);
        }
        finally
        {
            _running = null;
        }
    }

    private static void Forward<T>(PSDataCollection<T> stream, NamespaceScope scope, Action<T> write) => stream.DataAdded += (_, _) =>
    {
        var items = stream.ReadAll();
        scope.Suspend();
        try
        {
            foreach (var item in items)
                write(item);
        }
        finally
        {
            scope.Resume();
        }
    };
}
