using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.State;
using LxcNetworking.State.Apply;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.State;

/// <summary>Removes what documents have made.</summary>
[Cmdlet(VerbsCommon.Remove, "NetState", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class RemoveNetStateCommand : StateNameCmdlet
{
    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    [Seconds]
    public TimeSpan? ConfirmTimeout { get; set; }

    /// <inheritdoc/>
    private protected override bool TellsWhatAwaits => false;

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        if (Names is not { } names)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                "Which document? Name it (wildcards are allowed, '*' is all), or pipe it from Get-NetState -Name.");
        }

        var stack = Stack;
        Recover(stack);
        var options = new StateOptions { Force = Force, ConfirmTimeout = ConfirmTimeout };
        foreach (var name in Select(stack, names))
        {
            Try(
                () =>
                {
                    if (!ShouldDo(name, stack, "Remove", () => stack.State.TestRemoval(name, options, Cancellation)))
                        return;
                    using var progress = Progress($"Removing {name}");
                    _ = stack.State.Remove(name, options, progress.Report, Cancellation);
                    if (ConfirmTimeout is not null)
                        WarnOfConfirmation(stack, name);
                },
                name);
        }
    }
}
