using System.Management.Automation;
using System.Management.Automation.Remoting;
using System.Management.Automation.Runspaces;
using LxcNetworking.Commands.Common;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Namespaces;

/// <summary>What cmdlets share that start a PowerShell process inside a network namespace.</summary>
public abstract class NamespaceSessionCmdlet : NetworkCmdlet
{
    private NamespaceSession? _opening;

    /// <inheritdoc/>
    protected override void StopProcessing()
    {
        base.StopProcessing();
        _opening?.End();
    }

    /// <summary>Starts a session whose process has this module.</summary>
    /// <param name="reference">The namespace.</param>
    /// <returns>The session.</returns>
    private protected NamespaceSession Open(NamespaceReference reference)
    {
        var folder = SessionState.Path.CurrentFileSystemLocation.ProviderPath;
        var session = _opening = NamespaceSession.Start(reference, folder, Host, Cancellation);
        try
        {
            Cancellation.ThrowIfCancellationRequested();
            session.Open(ModuleFile(), reference.Text);
            return session;
        }
        catch (Exception e)
        {
            session.Dispose();
            Cancellation.ThrowIfCancellationRequested();
            if (e is PSRemotingTransportException or InvalidRunspaceStateException)
            {
                throw new NetworkException(
                    NetworkErrorCode.DependencyFailed,
                    $"The PowerShell process in the network namespace '{reference.Text}' did not begin: {e.Message}",
                    reference.Text);
            }
            throw;
        }
        finally
        {
            _opening = null;
        }
    }

    // What the session imported; its manifest, where it is beside the assembly or the folder that holds it.
    private string ModuleFile()
    {
        var module = MyInvocation.MyCommand.Module;
        var manifest = module is null ? null : Path.Combine(module.ModuleBase, "LxcNetworking.psd1");
        return File.Exists(manifest) ? manifest : GetType().Assembly.Location;
    }
}
