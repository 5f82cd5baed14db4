using System.CommandLine;
using LxcNetworking.Program.Model;
using LxcNetworking.State;
using LxcNetworking.State.Apply;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;

namespace LxcNetworking.Program.Commands;

/// <summary>The commands that are given documents.</summary>
internal static class DocumentCommands
{
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

    /// <summary>Keeps what documents say until it is ended.</summary>
    public static int Watch(ParseResult given) => CommandRun.Of(given, run =>
    {
        using var keeping = new DocumentKeeping(run, run.Get(ProgramOptions.Repair));
        keeping.Run();
        run.Report.Forgive();
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
        AllowMissing = run.Get(ProgramOptions.AllowMissing),
        ConfirmTimeout = run.Get(ProgramOptions.ConfirmTimeout),
    };

    /// <summary>Reads documents; all are read before the first one is worked on, so that all mistakes are
    /// told.</summary>
    public static IReadOnlyList<StateDocument> ReadAll(CommandRun run)
    {
        var stack = run.Stack;
        var names = new DocumentNames();
        var documents = new List<StateDocument>();
        var files = new List<string>();
        foreach (var word in run.Get(ProgramArguments.Files)!)
            run.Try(() => files.AddRange(DocumentFiles.Of(word)));
        foreach (var file in files)
        {
            run.Try(() =>
            {
                var input = DocumentFiles.Read(file, run.Get(ProgramOptions.Format));
                foreach (var problem in input.Problems)
                    run.Report.Fail(problem);
                if (input.Document is not { } document)
                    return;
                names.Add(stack, document, file);
                documents.Add(document);
            });
        }

        run.Report.NamesDocuments = documents.Count > 1;
        return documents;
    }

    private static void ForEach(CommandRun run, Action<StateDocument> work)
    {
        foreach (var document in ReadAll(run).TakeWhile(_ => !run.Cancellation.IsCancellationRequested))
            work(document);
    }
}
