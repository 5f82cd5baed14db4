using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.State;

/// <summary>What the pipeline brings to cmdlets that take documents.</summary>
internal static class StateInputs
{
    /// <summary>Reads a document, or the file that a path or a file object names.</summary>
    /// <param name="cmdlet">The cmdlet.</param>
    /// <param name="item">The object.</param>
    /// <param name="record">What it says of itself.</param>
    /// <exception cref="NetworkException">InvalidArgument: it is none of these. What else reading finds.</exception>
    public static StateInput Of(NetworkCmdlet cmdlet, PSObject item, PipelineRecord record)
    {
        if (record.IsStack)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"'{Netlink.KernelText.Printable(item.ToString())}' is a network namespace or container, and no "
                    + "document. Name the document with -Path.");
        }

        return item.BaseObject switch
        {
            string path => StateInput.OfFile(cmdlet.FullPath(path), path),
            FileInfo file => StateInput.OfFile(file.FullName, file.FullName),
            _ => StateInput.OfObject(item),
        };
    }
}
