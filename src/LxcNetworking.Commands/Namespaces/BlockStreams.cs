using System.Collections;
using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Reflection;

namespace LxcNetworking.Commands.Namespaces;

/// <summary>
/// Makes what a block says besides its output (errors, warnings …) reach the cmdlets after it, and the variables of
/// -ErrorVariable and its like, as its output does. PowerShell has no public way to a command's streams; where these
/// members are missing the block runs all the same.
/// </summary>
internal static class BlockStreams
{
    private const BindingFlags Members = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly string[] s_streams =
        ["ErrorOutputPipe", "WarningOutputPipe", "VerboseOutputPipe", "DebugOutputPipe", "InformationOutputPipe"];

    /// <summary>Leads the streams of a pipeline's first command to those of a cmdlet.</summary>
    /// <param name="pipeline">The pipeline, before it begins.</param>
    /// <param name="cmdlet">The cmdlet that runs it.</param>
    /// <param name="outside">How to say something to a command after the cmdlet.</param>
    public static void Lead(SteppablePipeline pipeline, PSCmdlet cmdlet, Action<Action> outside)
    {
        var inner = Get(FirstCommand(pipeline), "CommandRuntime");
        if (inner is null || Get(inner, "OutputPipe") is not { } output)
            return;
        Call(Get(cmdlet.CommandRuntime, "OutputPipe"), "SetVariableListForTemporaryPipe", output);
        foreach (var stream in s_streams)
        {
            // A stream that no command reads is written where it is.
            if (Get(cmdlet.CommandRuntime, stream) is { } pipe
                && Get(pipe, "DownstreamCmdlet") is { } reader
                && Make(pipe.GetType(), new Writer(item => Write(pipe, item))) is { } led)
            {
                // PowerShell links the errors of a command whose pipe has no reader.
                Set(led, "DownstreamCmdlet", reader);
                Set(inner, stream, led);
            }
        }

        void Write(object pipe, PSObject item) => outside(() => Call(pipe, "AddWithoutAppendingOutVarList", item));
    }

    /// <summary>Stops a pipeline's first command.</summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <returns>False if PowerShell does not show it.</returns>
    public static bool TryStop(SteppablePipeline pipeline)
    {
        var command = Get(FirstCommand(pipeline), "Command");
        if (command?.GetType().GetMethod("StopProcessing", Members, []) is not { } stop)
            return false;
        stop.Invoke(command, BindingFlags.DoNotWrapExceptions, null, null, null);
        return true;
    }

    private static object? FirstCommand(SteppablePipeline pipeline)
        => (Get(Get(pipeline, "_pipeline"), "Commands") as IList)?[0];

    private static object? Make(Type type, Collection<PSObject> argument)
        => type.GetConstructor(Members, [typeof(Collection<PSObject>)])?.Invoke([argument]);

    private static object? Get(object? target, string member)
        => target?.GetType().GetProperty(member, Members)?.GetValue(target)
            ?? target?.GetType().GetField(member, Members)?.GetValue(target);

    private static void Set(object target, string member, object value)
        => target.GetType().GetProperty(member, Members)?.SetValue(target, value);

    private static void Call(object? target, string method, object argument)
        => target?.GetType().GetMethod(method, Members)
            ?.Invoke(target, BindingFlags.DoNotWrapExceptions, null, [argument], null);

    // A pipe hands each object to the collection that it was made for.
    private sealed class Writer(Action<PSObject> write) : Collection<PSObject>
    {
        protected override void InsertItem(int index, PSObject item) => write(item);
    }
}
