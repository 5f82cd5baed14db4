using System.Management.Automation;
using LxcNetworking.Commands.Completers;

namespace LxcNetworking.Commands;

/// <summary>A cmdlet that works on one network stack for each pipeline object.</summary>
public abstract class StackCmdlet : NetworkCmdlet
{
    /// <summary>Which network namespace; the session's own if not given.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(NamespaceCompleter))]
    public NamespaceReference? Namespace { get; set; }

    /// <summary>A namespace object in the pipeline, which means its whole stack.</summary>
    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public NetNamespace? InputNamespace { get; set; }

    /// <summary>A container object in the pipeline, which means its whole stack too.</summary>
    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public NetContainer? InputContainer { get; set; }

    /// <summary>The stack to work on.</summary>
    protected NetworkStack Stack => NetworkStackPool.Shared.Get(
        InputNamespace is not null ? new NamespaceReference(InputNamespace) : InputContainer is not null ? new NamespaceReference(InputContainer) : Namespace);

    /// <inheritdoc/>
    protected sealed override void ProcessRecord()
    {
        // A namespace or container also has a Name, which PowerShell offers to parameters of that name.
        if (InputNamespace is not null || InputContainer is not null)
            ForgetPipelineNames();
        Try(ProcessItem, InputContainer);
    }

    /// <summary>Works on one pipeline object, or once if there is none. What it throws becomes a non-terminating error.</summary>
    protected abstract void ProcessItem();

    /// <summary>Works on the stack that is meant, or on every namespace's; one that cannot be read does not stop the others.</summary>
    /// <param name="all">Every namespace's.</param>
    /// <param name="work">The work.</param>
    protected void ForEachStack(bool all, Action<NetworkStack> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (!all)
        {
            work(Stack);
            return;
        }

        foreach (var item in NamespaceStore.List(all: true))
            Try(() => work(NetworkStackPool.Shared.Get(new NamespaceReference(item))), item);
    }

    /// <summary>Puts parameters that were bound from a namespace's name back to what the command line said.</summary>
    protected virtual void ForgetPipelineNames()
    {
    }
}
