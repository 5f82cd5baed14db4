using System.CommandLine;
using LxcNetworking.Program.Model;
using LxcNetworking.State;
using LxcNetworking.State.Apply;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.State.Text;

namespace LxcNetworking.Program.Commands;

/// <summary>The commands that are given documents.</summary>
internal static class DocumentCommands
{
    private const string Input = "-", InputShown = "standard input";

    /// <summary>Makes all as documents say.</summary>
    public static int Apply(ParseResult given)
        => given.GetValue(ProgramOptions.DryRun) ? Plan(given) : CommandRun.Of(given, run =>
        {
            run.Recover();
            var options = OptionsOf(run);
            ForEach(run, document => run.TryChange(report =>
            {
                run.Report.Tell(run.State.Set(document, options, report, run.Cancellation));
                if (options.ConfirmTimeout is not null)
                    run.WarnOfConfirmation(document.Name);
            }));
        });

    /// <summary>Says what applying documents would do, and changes nothing.</summary>
    public static int Plan(ParseResult given) => CommandRun.Of(given, run =>
    {
        var options = OptionsOf(run);
        ForEach(run, document => run.Try(
            () => TellDifferences(run, run.State.Test(document, options, run.Cancellation))));
    });

    /// <summary>Says what is different from documents.</summary>
    public static int Test(ParseResult given) => CommandRun.Of(given, run =>
    {
        run.Recover(tellsWhatAwaits: true);
        var options = OptionsOf(run);
        ForEach(run, document => run.Try(() =>
        {
            TellDifferences(run, run.State.Test(document, options, run.Cancellation));
            foreach (var check in run.Get(ProgramOptions.Traffic)
                ? run.State.TestTraffic(document, run.Cancellation) : [])
            {
                run.Report.Tell(check);
                if (!check.Succeeded)
                    run.Report.Differs();
            }
        }));
    });

    /// <summary>Tells what is different; what waits for a container is as it should be.</summary>
    public static void TellDifferences(CommandRun run, IReadOnlyList<NetStateDifference> differences)
    {
        run.Report.Tell(differences);
        if (differences.Any(difference => difference.Action != NetStateAction.Pending))
            run.Report.Differs();
    }

    /// <summary>How documents are applied.</summary>
    public static StateOptions OptionsOf(CommandRun run) => new()
    {
        Adopt = run.Get(ProgramOptions.Adopt),
        Force = run.Get(ProgramOptions.Force),
        ConfirmTimeout = run.Get(ProgramOptions.ConfirmTimeout),
    };

    // All are read before the first one is worked on, so that all mistakes are told.
    private static void ForEach(CommandRun run, Action<StateDocument> work)
    {
        var stack = run.Stack;
        var names = new DocumentNames();
        var documents = new List<StateDocument>();
        foreach (var file in run.Get(ProgramArguments.Files)!)
        {
            run.Try(() =>
            {
                var input = DocumentInput.Read(problems => Read(file, run.Get(ProgramOptions.Format), problems));
                foreach (var problem in input.Problems)
                    run.Report.Fail(problem);
                if (input.Document is not { } document)
                    return;
                names.Add(stack, document, file);
                documents.Add(document);
            });
        }

        run.Report.NamesDocuments = documents.Count > 1;
        foreach (var document in documents.TakeWhile(_ => !run.Cancellation.IsCancellationRequested))
            work(document);
    }

    private static StateNode? Read(string file, StateFormat? format, ICollection<StateProblem> problems)
    {
        if (file == Input)
        {
            using var input = Console.OpenStandardInput();
            return StateText.Read(
                StateFile.Read(input, InputShown), InputShown, format ?? StateFormat.Yaml, problems);
        }

        var (text, known) = StateFile.Read(file, format);
        return StateText.Read(text, file, known, problems);
    }
}
