using System.Management.Automation;
using System.Management.Automation.Runspaces;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Namespaces;

/// <summary>Moves the session into a network namespace.</summary>
[Cmdlet(VerbsCommon.Enter, "NetNamespace")]
public sealed class EnterNetNamespaceCommand : NetworkCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(NamespaceCompleter))]
    public NamespaceReference? Namespace { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var place = NamespaceIn(Namespace)!;
        // Elsewhere (remoting, jobs, runspaces of programs) the next command may run on another thread, and this one
        // may serve other sessions. A block ends on the thread that it began on.
        if (Runspace.DefaultRunspace.ThreadOptions is not PSThreadOptions.ReuseThread
            && !SessionNamespaces.Current.IsInBlock)
        {
            throw new NetworkException(
                NetworkErrorCode.NotSupported,
                "This session may run each command on another thread, so it cannot stay in a network namespace. "
                    + "Use Invoke-NetNamespace.",
                place.Text);
        }

        SessionNamespaces.Current.Enter(place, isBlock: false, Engine, Cancellation);
    }
}

/// <summary>Brings the session back out of the network namespace that it entered last.</summary>
[Cmdlet(VerbsCommon.Exit, "NetNamespace")]
public sealed class ExitNetNamespaceCommand : NetworkCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        if (!SessionNamespaces.Current.LeaveEntered())
        {
            WriteWarning(
                "Nothing has been entered by Enter-NetNamespace here. "
                    + "What a block of Invoke-NetNamespace runs in is left at the block's end.");
        }
    }
}
