using System.Collections.Concurrent;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using LxcNetworking.Commands.Completers;

namespace LxcNetworking.Commands;

/// <summary>The namespaces that a session has entered, innermost last.</summary>
internal sealed class EnteredNamespaces
{
    private static readonly ConcurrentDictionary<Guid, EnteredNamespaces> s_sessions = new();

    /// <summary>The session's own.</summary>
    public static EnteredNamespaces OfSession => s_sessions.GetOrAdd(Runspace.DefaultRunspace.InstanceId, _ => new EnteredNamespaces());

    public Stack<(NamespaceScope Scope, string Name)> Entered { get; } = new();

    /// <summary>The prompt as it was before the first namespace.</summary>
    public ScriptBlock? Prompt { get; set; }
}

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
        var reference = Namespace!;
        if (Runspace.DefaultRunspace.ThreadOptions is PSThreadOptions.UseNewThread)
            throw new NetworkException(NetworkErrorCode.NotSupported, "This session runs each command on a new thread, so it cannot stay in a network namespace. Use Invoke-NetNamespace.", reference.Text);
        var session = EnteredNamespaces.OfSession;
        session.Entered.Push((NamespaceScope.Enter(reference), reference.Text));
        if (session.Entered.Count > 1)
            return;
        session.Prompt = (SessionState.InvokeProvider.Item.Get(["function:prompt"], force: true, literalPath: true).FirstOrDefault()?.BaseObject as FunctionInfo)?.ScriptBlock;
        SessionState.InvokeProvider.Item.Set(
            "function:global:prompt",
            ScriptBlock.Create("\"[netns $([LxcNetworking.Commands.NamespacePrompt]::Current)] \" + $(& ([LxcNetworking.Commands.NamespacePrompt]::Original))"));
    }
}

/// <summary>Brings the session back out of the network namespace that it entered last.</summary>
[Cmdlet(VerbsCommon.Exit, "NetNamespace")]
public sealed class ExitNetNamespaceCommand : NetworkCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var session = EnteredNamespaces.OfSession;
        if (!session.Entered.TryPeek(out var innermost))
        {
            WriteWarning("The session is in no network namespace that Enter-NetNamespace entered.");
            return;
        }

        innermost.Scope.Dispose();
        session.Entered.Pop();
        if (session.Entered.Count == 0 && session.Prompt is { } prompt)
            SessionState.InvokeProvider.Item.Set("function:global:prompt", prompt);
    }
}

/// <summary>What the prompt shows while the session is in a network namespace.</summary>
public static class NamespacePrompt
{
    /// <summary>The namespaces from the outermost to the innermost.</summary>
    public static string Current => string.Join('/', EnteredNamespaces.OfSession.Entered.Reverse().Select(entry => entry.Name));

    /// <summary>The prompt as it was before.</summary>
    public static ScriptBlock Original => EnteredNamespaces.OfSession.Prompt ?? ScriptBlock.Create("'PS> '");
}
