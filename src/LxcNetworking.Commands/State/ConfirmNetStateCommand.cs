using System.Management.Automation;
using LxcNetworking.Namespaces;
using LxcNetworking.State;
using LxcNetworking.State.Apply;

namespace LxcNetworking.Commands.State;

/// <summary>Keeps what documents have done that await confirmation.</summary>
[Cmdlet(VerbsLifecycle.Confirm, "NetState", SupportsShouldProcess = true)]
[OutputType(typeof(NetStateOutcome))]
public sealed class ConfirmNetStateCommand : StateDecisionCmdlet
{
    private protected override string Action => "Keep";

    private protected override IEnumerable<string> InOrder(IReadOnlyList<string> names, IReadOnlyList<string> known)
        => known.Where(names.Contains);

    private protected override IReadOnlyList<NetStateOutcome> Decide(NetworkStack stack, string name)
        => [stack.State.Confirm(name, Cancellation)];
}

/// <summary>Puts back what was there before documents that await confirmation.</summary>
[Cmdlet(VerbsData.Restore, "NetState", SupportsShouldProcess = true)]
[OutputType(typeof(NetStateOutcome))]
public sealed class RestoreNetStateCommand : StateDecisionCmdlet
{
    private protected override string Action => "Put back what was there before";

    private protected override IEnumerable<string> InOrder(IReadOnlyList<string> names, IReadOnlyList<string> known)
        => known.Reverse().Where(names.Contains);

    private protected override IReadOnlyList<NetStateOutcome> Decide(NetworkStack stack, string name)
        => stack.State.Restore(name, Cancellation);
}
