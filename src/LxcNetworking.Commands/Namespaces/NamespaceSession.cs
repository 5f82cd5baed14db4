using System.Diagnostics;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Management.Automation.Runspaces;
using System.Reflection;
using LxcNetworking.Commands.Shared;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Namespaces;

/// <summary>
/// A session in a PowerShell process inside a network namespace: every thread of it is there. It ends with its
/// process. PowerShell's classes for it are newer than those that the module is compiled against.
/// </summary>
internal sealed class NamespaceSession : IDisposable
{
    private static readonly Type? s_instanceType = typeof(Runspace).Assembly
        .GetType("System.Management.Automation.Runspaces.PowerShellProcessInstance");
    private static readonly Type? s_sessionType = typeof(Runspace).Assembly
        .GetType("System.Management.Automation.Runspaces.PSSession");
    private static readonly MethodInfo? s_start = s_instanceType
        ?.GetMethod("Start", BindingFlags.Instance | BindingFlags.NonPublic, []);
    private static readonly MethodInfo? s_createSession = s_sessionType
        ?.GetMethod("Create", [typeof(Runspace), typeof(string), typeof(PSCmdlet)]);
    private static readonly Type? s_connectionType = typeof(Runspace).Assembly
        .GetType("System.Management.Automation.Runspaces.NewProcessConnectionInfo");

    private const BindingFlags Members = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private const string Prompt = """
        param($name)
        $own = $function:prompt
        $function:global:prompt = { "[netns $name] $(& $own)" }.GetNewClosure()
        """;

    private readonly Process _process;

    private NamespaceSession(Runspace runspace, Process process)
    {
        (Runspace, _process) = (runspace, process);
        runspace.StateChanged += (_, change) =>
        {
            if (change.RunspaceStateInfo.State is RunspaceState.Closed or RunspaceState.Broken)
                End();
        };
    }

    /// <summary>The session's runspace.</summary>
    public Runspace Runspace { get; }

    /// <summary>Starts the process.</summary>
    /// <param name="reference">The namespace.</param>
    /// <param name="folder">Where the process works.</param>
    /// <param name="host">Shows what the session's commands say to people, and asks what they ask.</param>
    /// <param name="cancellation">Ends the wait for a container's runtime.</param>
    /// <returns>The session, yet to be opened.</returns>
    public static NamespaceSession Start(
        NamespaceReference reference, string folder, PSHost host, CancellationToken cancellation)
    {
        if (s_start is null || s_createSession is null || s_connectionType is null)
        {
            throw new NetworkException(
                NetworkErrorCode.NotSupported,
                "This version of PowerShell cannot make sessions in processes that were started already.",
                reference.Text);
        }
        var instance = Activator.CreateInstance(s_instanceType!, null, null, null, false, folder)!;
        var process = (Process)s_instanceType!.GetProperty("Process")!.GetValue(instance)!;

        // The tool of "dotnet pwsh" has no program of its own.
        var home = Path.GetDirectoryName(typeof(PSObject).Assembly.Location)!;
        if (!File.Exists(process.StartInfo.FileName))
        {
            process.StartInfo.FileName = Environment.ProcessPath!;
            process.StartInfo.ArgumentList.Insert(0, Path.Combine(home, "pwsh.dll"));
        }

        // RunspaceFactory.CreateOutOfProcessRunspace would do this without the host.
        var connection = (RunspaceConnectionInfo)Activator
            .CreateInstance(s_connectionType, Members, null, [null], null)!;
        s_connectionType.GetProperty("Process", Members)!.SetValue(connection, instance);
        var session = new NamespaceSession(RunspaceFactory.CreateRunspace(connection, host, null), process);
        try
        {
            NamespaceProcess.Start(ModuleStacks.Pool, reference, () =>
            {
                s_start.Invoke(instance, BindingFlags.DoNotWrapExceptions, null, [], null);
                return process.Id;
            }, cancellation);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Opens the session, and imports the module in it. Ctrl+C at the terminal is for the process that began it, which
    /// then stops what runs here.
    /// </summary>
    /// <param name="module">The module's file.</param>
    /// <param name="name">What its prompt says of the namespace.</param>
    public void Open(string module, string name)
    {
        Runspace.Open();
        using var shell = PowerShell.Create();
        shell.Runspace = Runspace;
        shell.AddCommand("Import-Module").AddParameter("Name", module).AddStatement()
            .AddScript($"[{typeof(NamespaceProcess).FullName}]::{nameof(NamespaceProcess.LeaveTerminal)}()")
            .AddStatement().AddScript(Prompt).AddArgument(name).Invoke();
    }

    /// <summary>Makes it a PSSession.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cmdlet">The cmdlet whose session lists it; null for none.</param>
    /// <returns>The PSSession.</returns>
    public object AsPSSession(string name, PSCmdlet? cmdlet)
    {
        var session = s_createSession!.Invoke(
            null, BindingFlags.DoNotWrapExceptions, null, [Runspace, "Namespace", cmdlet], null)!;
        s_sessionType!.GetProperty("Name")!.SetValue(session, name);
        return session;
    }

    /// <summary>Ends the process, and what it runs, at once.</summary>
    public void End()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It never began, or has ended.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // PowerShell waits for a minute for the answer of a process that is gone before.
        Runspace.Dispose();
        End();
    }
}
