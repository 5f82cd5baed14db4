using System.CommandLine;
using LxcNetworking.Program.Manual;
using LxcNetworking.Program.Model;
using LxcNetworking.State.Documents;
using LxcNetworking.Values;

namespace LxcNetworking.Program.Commands;

/// <summary>The program's commands, with all that its help and its manual page say.</summary>
internal static class ProgramTree
{
    private const string Details =
        "A document (YAML or JSON) says what a network is to be: namespaces, links, addresses, routes, rules, "
        + "translations, container networks and containers' connections. lxcnet makes it so, whole or not at all. What "
        + "a document does not mention is left alone, and what has left it is removed. A step that fails, an interrupt "
        + "(Ctrl+C) or a kill has all put back. Changing a network takes root.";

    /// <summary>Makes them.</summary>
    public static ProgramCommand Make()
    {
        var program = new ProgramCommand(ProgramInformation.Name, "makes a network as documents say", Details)
        {
            Examples =
            [
                ("lxcnet plan dmz.yaml", "Says what is different, and what would be done about it."),
                ("lxcnet apply dmz.yaml", "Does it, and says what it did; a second time, nothing."),
                ("lxcnet remove dmz", "Takes away all that the document of that name has made; no file is needed."),
            ],
        };
        program.Options.Add(ProgramOptions.Help);
        program.Options.Add(ProgramOptions.Version);
        foreach (var command in new[] { Apply(), Plan(), Test(), Watch(), Show(), Export(), Remove(), Confirm(),
            Restore(), Schema(), Dsc(), Completion() })
        {
            command.Options.Add(ProgramOptions.Help);
            program.Subcommands.Add(command);
        }

        return program;
    }

    private static ProgramCommand Apply() => Fill(
        new("apply", "makes all as documents say", "Applies one document after the other, each whole or not at all; "
            + "one that fails does not hold the others up. Writes what was different. What is there already and "
            + "otherwise is refused unless --adopt takes it over.")
        {
            Run = DocumentCommands.Apply,
            Examples =
            [
                ("lxcnet apply --allow-missing /etc/lxcnet", "Makes all as the documents of this folder say; what "
                    + "needs a network card that is not there yet waits."),
                ("lxcnet apply dmz.yaml --dry-run", "Says what would be done, as 'lxcnet plan' does."),
                ("lxcnet apply dmz.yaml --confirm-timeout 60", "Puts all back after 60 seconds unless "
                    + "'lxcnet confirm dmz' comes in time: for a change that may cut the connection over which it is "
                    + "made."),
                ("generate-network | lxcnet apply -", "Reads the document from standard input."),
            ],
        },
        ProgramArguments.Files, ProgramOptions.Adopt, ProgramOptions.Force, ProgramOptions.AllowMissing,
        ProgramOptions.DryRun, ProgramOptions.ConfirmTimeout, ProgramOptions.Format, ProgramOptions.Namespace,
        ProgramOptions.Json, ProgramOptions.Quiet);

    private static ProgramCommand Plan() => Fill(
        new("plan", "says what applying documents would do", "Changes nothing, and writes a line for each difference: "
            + "what would be done, and what would stop working meanwhile.")
        {
            Run = DocumentCommands.Plan,
            Examples =
            [
                ("lxcnet plan dmz.yaml", "Says what would be done."),
                ("lxcnet plan dmz.yaml --json | jq -r .target", "The things that are different, one a line."),
            ],
        },
        ProgramArguments.Files, ProgramOptions.Adopt, ProgramOptions.Force, ProgramOptions.AllowMissing,
        ProgramOptions.Format, ProgramOptions.Namespace, ProgramOptions.Json, ProgramOptions.Quiet);

    private static ProgramCommand Test() => Fill(
        new("test", "says what is different from documents", "Writes nothing where all is as the documents say. What "
            + "a killed command has left undone is put back first. With --traffic, the documents' checks are run, and "
            + "each one is told.")
        {
            Run = DocumentCommands.Test,
            Examples =
            [
                ("lxcnet test dmz.yaml", "Says what is different."),
                ("lxcnet test -q dmz.yaml || lxcnet apply dmz.yaml", "Applies it where something is different."),
                ("lxcnet test dmz.yaml --traffic", "Sends pings and connects to ports as the document's checks say."),
            ],
        },
        ProgramArguments.Files, ProgramOptions.Traffic, ProgramOptions.Adopt, ProgramOptions.Force,
        ProgramOptions.AllowMissing, ProgramOptions.Format, ProgramOptions.Namespace, ProgramOptions.Json,
        ProgramOptions.Quiet);

    private static ProgramCommand Watch() => Fill(
        new("watch", "keeps what documents say", "Goes on until it is ended. What waits for a container (LXC, Docker, "
            + "Podman, systemd-nspawn), a namespace or a network card is made as soon as that is there, and again "
            + "after each restart, with the same MAC addresses. What becomes different otherwise is told, and put "
            + "right with --repair. SIGHUP from a service manager has it read the documents again. It takes no "
            + "processor time while nothing happens.")
        {
            Run = DocumentCommands.Watch,
            Examples =
            [
                ("lxcnet watch /etc/lxcnet", "Makes what is for containers whenever one starts, and tells what becomes "
                    + "different."),
                ("lxcnet watch dmz.yaml --repair --json", "Puts right what becomes different, and writes an object for "
                    + "each event."),
            ],
        },
        ProgramArguments.Files, ProgramOptions.Repair, ProgramOptions.Format, ProgramOptions.Namespace,
        ProgramOptions.Json, ProgramOptions.Quiet);

    private static ProgramCommand Show() => Fill(
        new("show", "shows what documents have made", "Without a name, lists the documents that have made something. "
            + "With names, writes what they have made, as it is now, as documents.")
        {
            Run = NameCommands.Show,
            Examples =
            [
                ("lxcnet show", "Lists the documents."),
                ("lxcnet show dmz", "What dmz has made, in YAML."),
                ("lxcnet show --json", "All documents with what they have made, an object each."),
            ],
        },
        ProgramArguments.Names, ProgramOptions.Namespace, ProgramOptions.Json);

    private static ProgramCommand Export() => Fill(
        new("export", "writes what is there as a document", "Writes all that is in the namespace, whoever made it; "
            + "without --namespace, what is in the named namespaces too. With --name, what one document has made.")
        {
            Run = NameCommands.Export,
            Examples =
            [
                ("lxcnet export now.yaml", "Writes what is there into a file."),
                ("lxcnet export --name dmz --format json", "What dmz has made, as JSON on standard output."),
                ("lxcnet export --namespace web web.yaml --force", "What is in the namespace web, over a file that is "
                    + "there."),
            ],
        },
        ProgramArguments.Output, ProgramOptions.Name, ProgramOptions.Format, ProgramOptions.Overwrite,
        ProgramOptions.Namespace, ProgramOptions.Json);

    private static ProgramCommand Remove() => Fill(
        new("remove", "removes what documents have made", "Needs no file. What somebody else made stays; where it "
            + "would go along, that is refused unless --force is given.")
        {
            Run = NameCommands.Remove,
            Examples =
            [
                ("lxcnet remove dmz", "Takes away what dmz has made."),
                ("lxcnet remove --all --dry-run", "Says what would go with all documents."),
                ("lxcnet remove dmz --confirm-timeout 60", "Has it back after 60 seconds unless 'lxcnet confirm dmz' "
                    + "comes in time."),
            ],
        },
        ProgramArguments.Names, ProgramOptions.All, ProgramOptions.Force, ProgramOptions.DryRun,
        ProgramOptions.ConfirmTimeout, ProgramOptions.Namespace, ProgramOptions.Json, ProgramOptions.Quiet);

    private static ProgramCommand Confirm() => Fill(
        new("confirm", "keeps what awaits confirmation", "Documents that were applied or removed with "
            + "--confirm-timeout are kept. One that was applied before another one is confirmed before it.")
        {
            Run = NameCommands.Confirm,
            Examples =
            [
                ("lxcnet confirm dmz", "Keeps what applying dmz has done."),
                ("lxcnet confirm", "Keeps all that awaits confirmation."),
            ],
        },
        ProgramArguments.Awaiting, ProgramOptions.Namespace, ProgramOptions.Json, ProgramOptions.Quiet);

    private static ProgramCommand Restore() => Fill(
        new("restore", "puts back what was there before", "Documents that await confirmation go back at once, and "
            + "those that were applied after them go back first.")
        {
            Run = NameCommands.Restore,
            Examples =
            [
                ("lxcnet restore dmz", "Puts back what was there before dmz was applied."),
                ("lxcnet restore", "Puts back all that awaits confirmation."),
            ],
        },
        ProgramArguments.Awaiting, ProgramOptions.Namespace, ProgramOptions.Json, ProgramOptions.Quiet);

    private static ProgramCommand Schema() => new(
        "schema", "writes the JSON schema of documents", "Editors complete documents by it, and show their mistakes. "
            + "It is the one that the PowerShell module has as Module/netstate.schema.json.")
    {
        Run = given => ProgramText.Write(StateSchema.Write()),
        Examples = [("lxcnet schema > netstate.schema.json", "Writes it into a file.")],
    };

    private static ProgramCommand Dsc()
    {
        var command = Fill(
            new("dsc", "answers Microsoft's DSC 3", "Each resource is one kind of thing that documents have, or a "
                + "whole document (NetState). An instance is read as JSON from standard input; what is there, and "
                + "which properties are different, are written as lines of JSON, errors too. A difference is no "
                + "failure. 'schema' writes the JSON schema of instances, and 'manifest' what DSC looks for in the "
                + "folders of PATH: *.dsc.resource.json beside lxcnet.")
            {
                Run = ResourceCommands.Run,
                AnswersDsc = true,
                Examples =
                [
                    ("echo '{\"interfaceAlias\":\"br0\"}' | lxcnet dsc get Link", "What the link br0 is like."),
                    ("lxcnet dsc set NetState --what-if < dmz.json", "What applying the document would do."),
                    ("lxcnet dsc export Address < /dev/null", "All addresses, an instance on each line."),
                    ("lxcnet dsc manifest Link > lxcnet.link.dsc.resource.json", "Writes a manifest."),
                ],
            },
            ProgramArguments.Operation, ProgramOptions.WhatIf);
        command.Arguments.Add(ProgramArguments.Resource);
        return command;
    }

    private static ProgramCommand Completion() => Fill(
        new("completion", "writes a shell's script for completion", "Completes commands, options, files, and the names "
            + "of documents and namespaces that are there.")
        {
            Run = given => given.GetValue(ProgramArguments.Shell)! is var shell
                && CompletionScripts.For(shell) is { } script ? ProgramText.Write(script)
                : ProgramText.Fail(
                    $"There is no completion for '{shell}', but for "
                        + $"{AdviceSentences.Names(ProgramArguments.Shells, "and")}.",
                    isJson: false),
            Examples =
            [
                ("source <(lxcnet completion bash)", "For this shell."),
                ("lxcnet completion fish > ~/.config/fish/completions/lxcnet.fish", "For each shell of this user."),
            ],
        },
        ProgramArguments.Shell);

    private static ProgramCommand Fill(ProgramCommand command, Argument argument, params Option[] options)
    {
        command.Arguments.Add(argument);
        foreach (var option in options)
            command.Options.Add(option);
        return command;
    }
}
