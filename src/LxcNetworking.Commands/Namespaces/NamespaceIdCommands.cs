using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Commands.Shared;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Namespaces;

/// <summary>Lists the numbers by which a namespace knows others.</summary>
[Cmdlet(VerbsCommon.Get, "NetNamespaceId")]
[OutputType(typeof(NetNamespaceId))]
public sealed class GetNetNamespaceIdCommand : StackCmdlet
{
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(NamespaceCompleter))]
    [ListText]
    [ValidateNotNull]
    public NamespaceReference[]? Target { get; set; }

    [Parameter]
    public int[]? NsId { get; set; }

    [Parameter]
    public SwitchParameter All { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem() => ForEachStack(All, stack =>
    {
        if (Target is null)
        {
            Write(stack.NamespaceIds.List(Cancellation));
            return;
        }

        foreach (var target in Target)
            Try(() => Write(stack, ModuleStacks.Pool.Namespaces.Get(target, Cancellation)), target);
    });

    private void Write(NetworkStack stack, NetNamespace target)
    {
        if (stack.NamespaceIds.Find(target, Cancellation) is { } found)
            Write([found]);
        else if (!All)
        {
            throw new NetworkException(
                NetworkErrorCode.ObjectNotFound,
                $"The namespace '{target}' has no number in namespace '{stack.Namespace}'. It gets one with the first "
                    + "link that leads there, or by Set-NetNamespaceId.",
                target.ToString());
        }
    }

    private void Write(IReadOnlyList<NetNamespaceId> found)
        => WriteObject(found.Where(item => NsId?.Contains(item.NsId) != false), enumerateCollection: true);
}

/// <summary>Gives a namespace the number by which another one knows it.</summary>
[Cmdlet(VerbsCommon.Set, "NetNamespaceId", SupportsShouldProcess = true)]
[OutputType(typeof(NetNamespaceId))]
public sealed class SetNetNamespaceIdCommand : StackCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    [ArgumentCompleter(typeof(NamespaceCompleter))]
    [ValidateNotNull]
    public NamespaceReference? Target { get; set; }

    [Parameter(Position = 1)]
    public int? NsId { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        var target = ModuleStacks.Pool.Namespaces.Get(Target, Cancellation);
        if (!ShouldProcess(
            $"{target} in namespace {stack.Namespace}",
            NsId is null ? "Give a number that the kernel chooses" : $"Give the number {NsId}"))
            return;
        var given = stack.NamespaceIds.Set(target, NsId, Cancellation);
        if (PassThru)
            WriteObject(given);
    }
}
