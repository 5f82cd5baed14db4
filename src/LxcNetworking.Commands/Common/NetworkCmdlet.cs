using System.Management.Automation;
using LxcNetworking.Commands.Shared;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Common;

/// <summary>What every cmdlet does alike: cancellation, and errors as records with the case's name.</summary>
public abstract class NetworkCmdlet : PSCmdlet
{
    private const string NamespaceParameter = "Namespace";

    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, object?> _typed = [];

    /// <summary>Whatever object comes down the pipeline, as it came.</summary>
    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public PSObject? InputRecord { get; set; }

    /// <summary>Ends when the user presses Ctrl+C.</summary>
    protected CancellationToken Cancellation => _stop.Token;

    /// <summary>Whether the user only wants to hear what would be done.</summary>
    protected bool WhatIf => MyInvocation.BoundParameters.TryGetValue("WhatIf", out var value)
        ? ((SwitchParameter)value).ToBool() : LanguagePrimitives.IsTrue(GetVariableValue("WhatIfPreference"));

    /// <summary>The session's engine.</summary>
    protected EngineIntrinsics Engine => (EngineIntrinsics)GetVariableValue("ExecutionContext");

    /// <summary>What the object in the pipeline says; null where there is none.</summary>
    private protected PipelineRecord? Record { get; private set; }

    /// <summary>Whether the cmdlet takes an object of which no parameter takes anything.</summary>
    private protected virtual bool Takes(PipelineRecord record) => false;

    /// <summary>The parameters that are called like a property of the cmdlet's objects and set it.</summary>
    private protected virtual IReadOnlyCollection<string> SettingParameters => [];

    /// <summary>What the failure of the record is about, if the error does not know.</summary>
    protected virtual object? ItemTarget => null;

    /// <inheritdoc/>
    protected sealed override void BeginProcessing()
    {
        foreach (var (name, value) in MyInvocation.BoundParameters)
            _typed[name] = value;
        if (_typed.FirstOrDefault(item => item.Value is null && IsNameNotEmpty(item.Key)).Key is { } empty)
            ThrowTerminatingError(ErrorOf(NoName(empty)));
        Begin();
    }

    /// <inheritdoc/>
    protected sealed override void ProcessRecord()
    {
        try
        {
            Try(
                () =>
                {
                    Record = ReadRecord();
                    ProcessItem();
                },
                ItemTarget);
        }
        finally
        {
            // PowerShell takes a record's values back before the next one, but goes on calling them bound.
            foreach (var name in MyInvocation.BoundParameters.Keys.Where(name => !_typed.ContainsKey(name)).ToList())
                MyInvocation.BoundParameters.Remove(name);
        }
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _stop.Cancel();

    /// <summary>Checks what was typed, before the first record.</summary>
    protected virtual void Begin()
    {
    }

    /// <summary>Works on one pipeline object, or once if there is none. What it throws becomes a non-terminating
    /// error.</summary>
    protected abstract void ProcessItem();

    /// <summary>Tells whether a parameter's value came with the record and was not typed; a script block that is asked
    /// about each record gives one that did.</summary>
    /// <param name="parameter">The parameter's name.</param>
    /// <returns>False for what was typed, and for what has no value.</returns>
    protected bool IsPiped(string parameter) => MyInvocation.BoundParameters.TryGetValue(parameter, out var value)
        && !(_typed.TryGetValue(parameter, out var typed) && ReferenceEquals(typed, value));

    /// <summary>
    /// The namespace to work in: that of the object in the pipeline, wherever it says one, and of no other.
    /// </summary>
    /// <param name="value">The value of -Namespace.</param>
    /// <returns>The namespace; null for the session's own.</returns>
    /// <exception cref="NetworkException">InvalidArgument, OtherMachine, ContainerNotFound.</exception>
    private protected NamespaceReference? NamespaceIn(NamespaceReference? value)
    {
        if (value is null && _typed.ContainsKey(NamespaceParameter))
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                "-Namespace is empty ($null). Leave it out to mean the session's own network namespace.");
        }
        return NamespaceOfArguments(Record is null ? value : Record.Lead(value, Cancellation));
    }

    /// <summary>
    /// The namespace to work in where objects were given for names: theirs, as in
    /// <c>Remove-NetLink (Get-NetLink eth0 -Namespace web)</c>.
    /// </summary>
    /// <param name="value">What else says the namespace; null if nothing does.</param>
    /// <returns>The one that all of them mean; null if none names any.</returns>
    /// <exception cref="NetworkException">As for <see cref="NamespaceIn"/>.</exception>
    private protected NamespaceReference? NamespaceOfArguments(NamespaceReference? value)
        => MyInvocation.BoundParameters.Values
            .SelectMany(argument => argument as string[] ?? (argument is string text ? [text] : []))
            .Select(ObjectNameAttribute.ObjectOf).OfType<PSObject>()
            .Aggregate(value, (lead, item) => new PipelineRecord(item).Lead(lead, Cancellation));

    /// <summary>
    /// The one object that the pipeline gives: itself, or what was made text (JSON, CSV, CLIXML, Select-Object).
    /// </summary>
    /// <typeparam name="T">The cmdlet's type of objects.</typeparam>
    /// <param name="item">The object itself, if it came so.</param>
    /// <param name="list">Reads all that there are.</param>
    /// <returns>Null if the record is no such object.</returns>
    /// <exception cref="NetworkException">ObjectNotFound: there is none any more that has all that the text says.
    /// InvalidArgument: there are several, or what is typed beside it chooses, too.</exception>
    private protected T? Given<T>(T? item, Func<IReadOnlyList<T>> list)
        where T : class
    {
        item ??= Record?.IsTextOf(typeof(T)) == true ? Record.FindOriginal(list()) : null;
        if (item is not null)
            RefuseChoice(name => !SettingParameters.Contains(name) && typeof(T).GetProperty(name) is not null);
        return item;
    }

    /// <summary>Refuses a typed parameter that chooses among objects where the pipeline gives the object.</summary>
    /// <param name="chooses">Tells whether the parameter of this name chooses.</param>
    /// <exception cref="NetworkException">InvalidArgument.</exception>
    private protected void RefuseChoice(Func<string, bool> chooses)
    {
        if (_typed.Keys.FirstOrDefault(name => name != NamespaceParameter && chooses(name)) is { } choice)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"-{choice} chooses among objects, but the pipeline gives the one that is meant. Leave -{choice} out, "
                    + $"or choose before the pipeline with Where-Object {choice}.",
                InputRecord?.ToString());
        }
    }

    /// <summary>The names that a parameter means: patterns where they were typed, literal where an object in the
    /// pipeline brought them.</summary>
    /// <param name="parameter">The parameter's name.</param>
    /// <param name="values">Its values.</param>
    /// <returns>The names; null if there are none.</returns>
    private protected virtual IReadOnlyList<NamePattern>? NamesIn(string parameter, string[]? values)
    {
        var isPiped = IsPiped(parameter);
        // Only a stack may have none.
        if (values is null && isPiped && Record?.IsStack != true && IsNameNotEmpty(parameter))
            throw NoName(parameter);
        return values is null ? null : [.. values.Select(
            value => new NamePattern(value, isPiped || ObjectNameAttribute.ObjectOf(value) is not null))];
    }

    /// <summary>Does one item's work. Its failure is a non-terminating error, so that the pipeline's other items go
    /// on.</summary>
    /// <param name="work">The work.</param>
    /// <param name="target">What it is about.</param>
    /// <returns>False if it failed.</returns>
    protected bool Try(Action work, object? target = null)
    {
        ArgumentNullException.ThrowIfNull(work);
        try
        {
            work();
            return true;
        }
        catch (Exception e) when (e is PipelineStoppedException
            || (e is OperationCanceledException && _stop.IsCancellationRequested))
        {
            Warn(e);
            throw new PipelineStoppedException();
        }
        catch (Exception e) when (e is NetworkException or NetlinkException or FormatException or ArgumentException
            or WildcardPatternException { WasThrownFromThrowStatement: false })
        {
            WriteError(ErrorOf(e, target));
            if (e is not NetworkException)
                Warn(e);
            return false;
        }
    }

    // A NetworkException's message tells it. WriteWarning writes nothing while a pipeline is being stopped.
    private void Warn(Exception failure)
    {
        foreach (var sentence in failure.NotRolledBack)
            Host.UI.WriteWarningLine($"Not everything could be rolled back. {sentence}");
        if (TextOf(failure.RollbackAdvice) is { Length: > 0 } advice)
            Host.UI.WriteWarningLine(advice);
    }

    /// <summary>The file or folder that a parameter names.</summary>
    /// <param name="path">A path of PowerShell's, as it was typed.</param>
    /// <returns>A full path of the system's, whether or not something is there.</returns>
    /// <exception cref="NetworkException">InvalidArgument.</exception>
    internal string FullPath(string path) => path.Contains('\0', StringComparison.Ordinal)
        ? throw new NetworkException(
            NetworkErrorCode.InvalidArgument, $"'{path}' can be no path: it has a NUL character in it.", path)
        : GetUnresolvedProviderPathFromPSPath(path);

    /// <summary>Makes an error record with the case's name, its category and its target.</summary>
    /// <param name="error">From the library.</param>
    /// <param name="target">What it is about, if the error does not know.</param>
    /// <returns>The record.</returns>
    protected ErrorRecord ErrorOf(Exception error, object? target = null) => error switch
    {
        NetworkException known => new ErrorRecord(
            known, known.Code.ToString(), CategoryOf(known.Code), target ?? known.Target)
        {
            ErrorDetails = DetailsOf(known),
        },
        NetlinkTimeoutException => new ErrorRecord(
            error, nameof(NetworkErrorCode.TimedOut), ErrorCategory.OperationTimeout, target),
        FormatException or ArgumentException or WildcardPatternException
            => ErrorOf(new NetworkException(NetworkErrorCode.InvalidArgument, error.Message, inner: error), target),
        _ => new ErrorRecord(
            error,
            error?.GetType().Name.Replace("Exception", string.Empty, StringComparison.Ordinal),
            ErrorCategory.NotSpecified,
            target),
    };

    /// <summary>A failure's message, and what can be done about it.</summary>
    /// <param name="error">From the library.</param>
    /// <returns>The sentences.</returns>
    private protected string TextOf(NetworkException error) => DetailsOf(error)?.Message ?? error.Message;

    /// <summary>Tells why a time cannot be waited for; null if it can. Infinite is a time.</summary>
    /// <param name="timeout">The time.</param>
    /// <returns>InvalidArgument, or null.</returns>
    protected static NetworkException? RefusalOf(TimeSpan timeout)
        => timeout < TimeSpan.Zero && timeout != Timeout.InfiniteTimeSpan
        ? new NetworkException(NetworkErrorCode.InvalidArgument, "A timeout cannot be negative.") : null;

    // The library's advice is data. RecommendedAction stays empty: PowerShell would show the advice once more.
    private ErrorDetails? DetailsOf(NetworkException error)
    {
        var advice = TextOf(error.Advice);
        return advice.Length == 0 ? null : new ErrorDetails($"{error.Message} {advice}");
    }

    private string TextOf(IReadOnlyList<Advice> advice)
        => new AdviceText(name => MyInvocation.MyCommand.Parameters.ContainsKey(name), IsElsewhere).Of(advice);

    private static bool IsElsewhere(string name)
    {
        try
        {
            return ModuleStacks.Pool.Get().Namespace.Text != name;
        }
        catch (Exception e) when (e is NetworkException or NetlinkException)
        {
            return true;
        }
    }

    private bool IsNameNotEmpty(string parameter)
        => MyInvocation.MyCommand.Parameters[parameter].Attributes.Any(item => item is NameNotEmptyAttribute);

    private static NetworkException NoName(string parameter)
        => new(
            NetworkErrorCode.InvalidArgument,
            $"{NameNotEmptyAttribute.Words} Give -{parameter} one, or leave it out.");

    private PipelineRecord? ReadRecord()
    {
        // One that is written as -InputLink or the like is the record as well.
        if (_typed.FirstOrDefault(item => item.Key.StartsWith("Input", StringComparison.Ordinal))
            is { Key: not null } written)
            return new PipelineRecord(written.Value is null ? null : PSObject.AsPSObject(written.Value));
        if (!MyInvocation.BoundParameters.ContainsKey(nameof(InputRecord)))
            return null;
        var record = new PipelineRecord(InputRecord);
        // PowerShell says so itself only where no parameter takes just any object.
        if (!Takes(record) && !MyInvocation.BoundParameters.Keys.Any(IsTaken))
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"{MyInvocation.MyCommand.Name} takes nothing of this object in the pipeline: "
                    + "it has none of the properties that are parameters.",
                InputRecord!.ToString());
        }

        return record;

        bool IsTaken(string name)
            => name == NamespaceParameter ? record.HasNamespace : name != nameof(InputRecord) && IsPiped(name);
    }

    private static ErrorCategory CategoryOf(NetworkErrorCode code) => code switch
    {
        NetworkErrorCode.PermissionDenied => ErrorCategory.PermissionDenied,
        NetworkErrorCode.InvalidArgument or NetworkErrorCode.InvalidName
            or NetworkErrorCode.NotANamespace => ErrorCategory.InvalidArgument,
        NetworkErrorCode.KindNotSupported or NetworkErrorCode.NotSupported => ErrorCategory.NotImplemented,
        NetworkErrorCode.ResourceBusy or NetworkErrorCode.NamespaceInUse => ErrorCategory.ResourceBusy,
        NetworkErrorCode.TimedOut => ErrorCategory.OperationTimeout,
        NetworkErrorCode.LinkExists or NetworkErrorCode.NamespaceExists or NetworkErrorCode.AddressExists
            or NetworkErrorCode.RouteExists or NetworkErrorCode.NeighborExists
            or NetworkErrorCode.ObjectExists => ErrorCategory.ResourceExists,
        NetworkErrorCode.LinkNotFound or NetworkErrorCode.NamespaceNotFound or NetworkErrorCode.AddressNotFound
            or NetworkErrorCode.RouteNotFound
            or NetworkErrorCode.NeighborNotFound or NetworkErrorCode.ObjectNotFound
            or NetworkErrorCode.ContainerNotFound => ErrorCategory.ObjectNotFound,
        NetworkErrorCode.NextHopUnreachable => ErrorCategory.ConnectionError,
        NetworkErrorCode.NamespaceChanged or NetworkErrorCode.LinkChanged or NetworkErrorCode.OtherMachine
            => ErrorCategory.InvalidOperation,
        NetworkErrorCode.DependencyFailed or NetworkErrorCode.NoSpace => ErrorCategory.ResourceUnavailable,
        _ => ErrorCategory.InvalidOperation,
    };
}
