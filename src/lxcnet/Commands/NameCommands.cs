using System.CommandLine;
using LxcNetworking.Program.Model;
using LxcNetworking.Program.Output;
using LxcNetworking.State;
using LxcNetworking.State.Apply;
using LxcNetworking.State.Text;
using LxcNetworking.Values;

namespace LxcNetworking.Program.Commands;

/// <summary>The commands that are given the names of documents that were applied.</summary>
internal static class NameCommands
{
    /// <summary>Shows which documents have made something, or what.</summary>
    public static int Show(ParseResult given) => CommandRun.Of(given, run =>
    {
        run.Recover(tellsWhatAwaits: true);
        var names = run.Get(ProgramArguments.Names)!;
        var isList = names.Length == 0;
        var table = new TextTable("NAME", "THINGS");
        var isFirst = true;
        foreach (var name in isList ? run.State.ListNames() : names)
        {
            run.Try(() =>
            {
                var document = run.State.ReadOwn(name, run.Cancellation);
                if (run.Report.IsJson)
                    run.Report.Write(JsonLine.Of(document.ToNode(), run.Stack.Namespace) + "\n");
                else if (isList)
                    table.Add(name, string.Join(", ", CountsOf(document.ToNode())));
                else
                    run.Report.Write((isFirst ? string.Empty : "---\n") + StateText.Write(
                        document.ToNode(), StateFormat.Yaml));
                isFirst = false;
            });
        }

        run.Report.Write(table);
    });

    /// <summary>Writes what is there as a document.</summary>
    public static int Export(ParseResult given) => CommandRun.Of(given, run =>
    {
        StateNode node;
        if (run.Get(ProgramOptions.Name) is { } name)
        {
            run.Recover(tellsWhatAwaits: true);
            node = run.State.ReadOwn(name, run.Cancellation).ToNode();
        }
        else
        {
            node = (run.Place is null ? run.State.ReadAll(run.Cancellation) : run.State.Read(null, run.Cancellation))
                .ToNode();
        }

        var format = run.Get(ProgramOptions.Format);
        if (run.Get(ProgramArguments.Output) is { } path and not "-")
            StateText.Save(node, path, format, run.Get(ProgramOptions.Overwrite));
        else if (run.Report.IsJson)
            run.Report.Write(JsonLine.Of(node, run.Stack.Namespace) + "\n");
        else
            run.Report.Write(StateText.Write(node, format ?? StateFormat.Yaml));
    });

    /// <summary>Removes what documents have made.</summary>
    public static int Remove(ParseResult given) => CommandRun.Of(given, run =>
    {
        var isDryRun = run.Get(ProgramOptions.DryRun);
        if (!isDryRun)
            run.Recover();
        var names = run.Get(ProgramArguments.Names)!;
        if (run.Get(ProgramOptions.All))
            names = [.. names.Union(run.State.ListNames())];
        else if (names.Length == 0)
        {
            run.Report.Fail("Which document? Name it, or use --all.", ExitCode.Failed);
            return;
        }

        var options = DocumentCommands.OptionsOf(run);
        run.Report.NamesDocuments = names.Length > 1;
        foreach (var name in names.TakeWhile(_ => !run.Cancellation.IsCancellationRequested))
        {
            if (isDryRun)
            {
                run.Try(() => DocumentCommands.TellDifferences(
                    run, run.State.TestRemoval(name, options, run.Cancellation)));
                continue;
            }

            run.TryChange(report =>
            {
                run.Report.Tell(run.State.Remove(name, options, report, run.Cancellation));
                if (options.ConfirmTimeout is not null)
                    run.WarnOfConfirmation(name);
            });
        }
    });

    /// <summary>Keeps what awaits confirmation.</summary>
    public static int Confirm(ParseResult given) => Decide(
        given, names => names, (state, name, cancellation) => [state.Confirm(name, cancellation)]);

    /// <summary>Puts back what awaits confirmation.</summary>
    public static int Restore(ParseResult given) => Decide(
        given, names => names.Reverse(), (state, name, cancellation) => state.Restore(name, cancellation));

    private static int Decide(
        ParseResult given,
        Func<IEnumerable<string>, IEnumerable<string>> inOrder,
        Func<StateOperations, string, CancellationToken, IReadOnlyList<NetStateOutcome>> decide)
        => CommandRun.Of(given, run =>
        {
            var putBack = run.Recover();
            var named = run.Get(ProgramArguments.Awaiting)!;
            var known = run.State.ListAwaiting().Select(waiting => waiting.Name).ToList();
            if (named.Length == 0 && known.Count == 0)
                throw StateWords.NothingAwaits(run.Stack);
            // Of those that do not await confirmation, the error says why.
            var names = inOrder(known.Where(name => named.Length == 0 || named.Contains(name)))
                .Concat(named.Except(known));
            foreach (var name in names.ToList())
            {
                run.Try(() =>
                {
                    try
                    {
                        run.Report.Tell(decide(run.State, name, run.Cancellation));
                    }
                    catch (NetworkException e) when (
                        putBack.Contains(name) || (e.Code == NetworkErrorCode.TimedOut && e.Target == name))
                    {
                        run.Report.Fail(e, ExitCode.RolledBack);
                    }
                });
            }
        });

    private static IEnumerable<string> CountsOf(StateNode document) => document.Entries
        .Where(entry => entry.Value.Kind == StateNodeKind.List)
        .Select(entry => $"{entry.Value.Items.Count} {entry.Name}");
}
