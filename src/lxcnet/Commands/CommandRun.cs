using System.CommandLine;
using System.Runtime.InteropServices;
using LxcNetworking.Helper;
using LxcNetworking.Namespaces;
using LxcNetworking.Program.Model;
using LxcNetworking.Program.Output;
using LxcNetworking.State;
using LxcNetworking.Values;

namespace LxcNetworking.Program.Commands;

/// <summary>One run of a command: where it works, how it ends early, and what it ends with.</summary>
internal sealed class CommandRun : IDisposable
{
    private const int HangUp = 1;
    private readonly ParseResult _given;
    private readonly ProgramCommand _command;
    private readonly NetworkStackPool _pool = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly List<PosixSignalRegistration> _signals = [];
    private int _signal;

    // Another process of this program waits for confirmations and renews leases.
    static CommandRun() => HelperProgram.Folder = Path.GetDirectoryName(Environment.ProcessPath);

    private CommandRun(ParseResult given)
    {
        _given = given;
        _command = (ProgramCommand)given.CommandResult.Command;
        Place = given.GetValue(ProgramOptions.Namespace);
        Report = new CommandReport(given, new AdviceWords(_command, Place));
        // Whoever closes the terminal or the connection has it put back, too.
        foreach (var (signal, number) in new[]
            { (PosixSignal.SIGINT, 2), (PosixSignal.SIGTERM, 15), (PosixSignal.SIGHUP, HangUp) })
            _signals.Add(PosixSignalRegistration.Create(signal, context => End(context, number)));
    }

    /// <summary>What it tells.</summary>
    public CommandReport Report { get; }

    /// <summary>Ends it early.</summary>
    public CancellationToken Cancellation => _ending.Token;

    /// <summary>What is done instead of an end where a service manager sends SIGHUP; null for nothing.</summary>
    public Action? OnHangUp { get; set; }

    /// <summary>The namespace that was named; null for none.</summary>
    public string? Place { get; }

    /// <summary>The namespace that it works in.</summary>
    /// <exception cref="NetworkException">NamespaceNotFound, PermissionDenied …</exception>
    public NetworkStack Stack => field ??= _pool.Get(
        Place is null ? null : new NamespaceReference(Place), Cancellation);

    /// <summary>Declared state there.</summary>
    public StateOperations State => Stack.State;

    /// <summary>Runs a command.</summary>
    /// <param name="given">The command line.</param>
    /// <param name="work">What it does.</param>
    /// <returns>The exit code.</returns>
    public static int Of(ParseResult given, Action<CommandRun> work)
    {
        using var run = new CommandRun(given);
        run.Try(() => work(run));
        run.Try(run.Report.Finish);
        return run.Report.Code;
    }

    /// <summary>The value of an option.</summary>
    public T? Get<T>(Option<T> option) => _given.GetValue(option);

    /// <summary>The value of an argument.</summary>
    public T? Get<T>(Argument<T> argument) => _given.GetValue(argument);

    /// <summary>Does something, and tells its failure.</summary>
    public void Try(Action action)
    {
        try
        {
            action();
        }
        catch (NetworkException e)
        {
            Report.Fail(e, CodeOf(e));
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            Report.Fail("Interrupted. Nothing was changed.", ExitCode.Signal + _signal);
        }
    }

    /// <summary>Changes something, and tells what came of it.</summary>
    /// <param name="change">Is given what is to be told of each step.</param>
    public void TryChange(Action<Action<int, int, string>> change)
    {
        var hasBegun = false;
        Try(() =>
        {
            try
            {
                change((_, _, _) => hasBegun = true);
            }
            catch (NetworkException e) when (hasBegun)
            {
                Report.Fail(e, e.NotRolledBack.Count > 0 ? ExitCode.NotAllRolledBack : ExitCode.RolledBack);
            }
            catch (OperationCanceledException e) when (hasBegun)
            {
                Report.Fail(
                    $"Interrupted. {(e.NotRolledBack.Count == 0 ? "What was there before is put back."
                        : $"Not everything could be put back. {string.Join(' ', e.NotRolledBack)}")}",
                    e.NotRolledBack.Count > 0 ? ExitCode.NotAllRolledBack : ExitCode.RolledBack);
            }
        });
    }

    /// <summary>Puts back what killed commands left and what nobody has confirmed, and says so.</summary>
    /// <param name="tellsWhatAwaits">Whether it says too what awaits confirmation.</param>
    /// <returns>The documents that were put back.</returns>
    public IReadOnlyList<string> Recover(bool tellsWhatAwaits = false)
    {
        var outcomes = State.Recover(Cancellation);
        foreach (var outcome in outcomes)
            Report.Warn(StateWords.Of(outcome));
        if (tellsWhatAwaits)
            WarnOfConfirmation(null);
        return [.. outcomes.Select(outcome => outcome.Name)];
    }

    /// <summary>Says what awaits confirmation.</summary>
    /// <param name="name">Which document; null for all.</param>
    public void WarnOfConfirmation(string? name)
    {
        foreach (var waiting in State.ListAwaiting().Where(waiting => name is null || waiting.Name == name))
            Report.Warn(StateWords.Of(waiting, Report.Advice.Command("confirm", waiting.Name)));
    }

    public void Dispose()
    {
        _signals.ForEach(signal => signal.Dispose());
        _pool.Dispose();
        _ending.Dispose();
    }

    private static int CodeOf(NetworkException error) => error switch
    {
        { NotRolledBack.Count: > 0 } => ExitCode.NotAllRolledBack,
        { Code: NetworkErrorCode.ObjectExists or NetworkErrorCode.ResourceBusy } => ExitCode.Refused,
        _ => ExitCode.Failed,
    };

    private void End(PosixSignalContext context, int number)
    {
        if (number == HangUp && OnHangUp is { } instead && Console.IsOutputRedirected)
        {
            context.Cancel = true;
            instead();
            return;
        }

        // The second one ends the program at once; the next command puts back what it leaves.
        context.Cancel = !_ending.IsCancellationRequested;
        _signal = number;
        _ending.Cancel();
    }
}
