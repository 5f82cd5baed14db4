using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Netlink;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Text;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.State;

/// <summary>A document as it was given: a file, or an object.</summary>
internal sealed class StateInput
{
    private readonly DocumentInput _input;

    private StateInput(object target, DocumentInput input) => (Target, _input) = (target, input);

    /// <summary>The file's full path, or the object: what errors are about.</summary>
    public object Target { get; }

    /// <summary>The document's values as they are written; null where reading has ended before its end.</summary>
    public StateNode? Root => _input.Root;

    /// <summary>The document; null where there are mistakes.</summary>
    public StateDocument? Document => _input.Document;

    /// <summary>Every mistake.</summary>
    public IEnumerable<NetworkException> Errors => _input.ErrorsOf(Target as string);

    /// <summary>Reads a file.</summary>
    /// <param name="path">Its full path.</param>
    /// <param name="typed">As the user wrote it.</param>
    /// <exception cref="NetworkException">It cannot be read.</exception>
    public static StateInput OfFile(string path, string typed)
    {
        PowerShellDataReading.Register();
        return Of(path, problems => StateText.Load(path, problems, typed));
    }

    /// <summary>Reads an object.</summary>
    /// <exception cref="NetworkException">InvalidArgument: it can be no document.</exception>
    public static StateInput OfObject(PSObject item) => !StateObject.IsOne(item)
        ? throw new NetworkException(
            NetworkErrorCode.InvalidArgument,
            $"'{KernelText.Printable(item.ToString())}' ({KernelText.Printable(item.BaseObject.GetType().Name)}) is no "
                + "document, which is a hashtable, an object as Import-NetState gives it, or a file's path.")
        : Of(item, problems => StateObject.Read(item, problems));

    private static StateInput Of(object target, Func<ICollection<StateProblem>, StateNode?> read)
        => new(target, DocumentInput.Read(read));
}
