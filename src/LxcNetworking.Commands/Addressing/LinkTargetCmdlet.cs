using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Addressing;

/// <summary>A cmdlet that gives something to one interface, named literally or by an object in the pipeline.</summary>
public abstract class LinkTargetCmdlet : StackCmdlet
{
    /// <summary>The interface's name.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Name", "Interface", "ifAlias")]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [ObjectName]
    public string? InterfaceAlias { get; set; }

    /// <summary>The interface's index.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("ifIndex")]
    [PropertyText]
    public int? InterfaceIndex { get; set; }

    /// <summary>Reads the interface that is meant.</summary>
    /// <param name="stack">Where.</param>
    /// <returns>The interface.</returns>
    /// <exception cref="NetworkException">LinkNotFound, or InvalidArgument if none was named.</exception>
    protected NetLink RequireLink(NetworkStack stack) => FindLink(stack)
        ?? throw new NetworkException(
            NetworkErrorCode.InvalidArgument,
            "Which interface? Name it with -InterfaceAlias or -InterfaceIndex, or pipe one from Get-NetLink.");

    /// <summary>Reads the interface that is meant.</summary>
    /// <param name="stack">Where.</param>
    /// <returns>The interface, or null if none was named.</returns>
    /// <exception cref="NetworkException">LinkNotFound.</exception>
    protected NetLink? FindLink(NetworkStack stack)
    {
        ArgumentNullException.ThrowIfNull(stack);
        var name = Meant(nameof(InterfaceAlias), InterfaceAlias);
        return name is null && InterfaceIndex is null or 0 ? null : Find(stack, name, InterfaceIndex, Cancellation);
    }

    /// <summary>Reads an interface by its index, if there is one, and makes sure that it still has its name; or by its
    /// name.</summary>
    internal static NetLink Find(NetworkStack stack, string? name, int? index, CancellationToken cancellation)
    {
        if (index is null or 0)
            return stack.Links.Get(name!, cancellation);
        var link = stack.Links.Get(index.Value, cancellation);
        // An object in the pipeline brings both; the name guards against an index that was given away anew.
        return name is null || link.Name == name || link.AlternativeName.Contains(name)
            ? link
            : throw new NetworkException(
                NetworkErrorCode.LinkNotFound,
                $"Interface {index} in namespace '{stack.Namespace}' is '{link.Name}' now, not "
                    + $"'{Netlink.KernelText.Printable(name)}'. Read it again with Get-NetLink.",
                name);
    }
}
