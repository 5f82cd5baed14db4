using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Namespaces;
using LxcNetworking.State;
using LxcNetworking.State.Apply;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;

namespace LxcNetworking.Commands.State;

/// <summary>Makes all as documents say.</summary>
[Cmdlet(VerbsCommon.Set, "NetState", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(NetStateDifference))]
public sealed class SetNetStateCommand : StateDocumentCmdlet
{
    [Parameter]
    [Seconds]
    public TimeSpan? ConfirmTimeout { get; set; }

    /// <inheritdoc/>
    private protected override bool TellsWhatAwaits => false;

    /// <inheritdoc/>
    private protected override StateOptions Options => base.Options with { ConfirmTimeout = ConfirmTimeout };

    private protected override void Process(NetworkStack stack, StateDocument document)
    {
        if (!ShouldDo(document.Name, stack, "Apply", () => stack.State.Test(document, Options, Cancellation)))
            return;
        using var progress = Progress($"Applying {document.Name}");
        WriteObject(
            stack.State.Set(document, Options, progress.Report, Cancellation), enumerateCollection: true);
        if (ConfirmTimeout is not null)
            WarnOfConfirmation(stack, document.Name);
    }
}

/// <summary>Says what is different from documents.</summary>
[Cmdlet(VerbsDiagnostic.Test, "NetState", DefaultParameterSetName = PathSet)]
[OutputType(typeof(NetStateDifference), typeof(NetStateCheck), typeof(bool))]
public sealed class TestNetStateCommand : StateDocumentCmdlet
{
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    [Parameter]
    public SwitchParameter Traffic { get; set; }

    private protected override void Process(NetworkStack stack, StateDocument document)
    {
        var differences = stack.State.Test(document, Options, Cancellation);
        if (Quiet)
        {
            WriteObject(differences.All(difference => difference.Action == NetStateAction.Pending)
                && (!Traffic || stack.State.TestTraffic(document, Cancellation).All(check => check.Succeeded)));
            return;
        }

        WriteObject(differences, enumerateCollection: true);
        if (Traffic)
            WriteObject(stack.State.TestTraffic(document, Cancellation), enumerateCollection: true);
    }
}
