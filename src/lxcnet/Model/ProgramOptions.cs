using System.CommandLine;
using LxcNetworking.State.Text;
using LxcNetworking.Values;

namespace LxcNetworking.Program.Model;

/// <summary>The options of the program; several commands have the same ones.</summary>
internal static class ProgramOptions
{
    private static readonly (string Text, StateFormat Format)[] s_formats =
        [("yaml", StateFormat.Yaml), ("json", StateFormat.Json), ("psd1", StateFormat.PowerShellData)];

    /// <summary>Tells how something is used.</summary>
    public static Option<bool> Help { get; } = new("--help", "-h") { Description = "Shows this help." };

    /// <summary>Tells the program's version.</summary>
    public static Option<bool> Version { get; } = new("--version") { Description = "Shows the version." };

    /// <summary>One object of JSON a line.</summary>
    public static Option<bool> Json { get; } = new("--json")
    {
        Description = "Writes an object of JSON on each line; errors and warnings too.",
    };

    /// <summary>No tables.</summary>
    public static Option<bool> Quiet { get; } = new("--quiet", "-q")
    {
        Description = "Writes errors and warnings only.",
    };

    /// <summary>Where documents apply.</summary>
    public static Option<string?> Namespace { get; } = new("--namespace", "-n")
    {
        HelpName = "NAMESPACE",
        Description = "The network namespace that documents are for: a name under /run/netns, a path, a process id, "
            + "host, or a container such as lxc:web. Without it, the one that lxcnet runs in.",
        CompletionSources = { _ => LiveNames.Namespaces() },
    };

    /// <summary>Takes over what others made.</summary>
    public static Option<bool> Adopt { get; } = new("--adopt")
    {
        Description = "Takes over what is there and somebody else made.",
    };

    /// <summary>Does what interrupts others.</summary>
    public static Option<bool> Force { get; } = new("--force")
    {
        Description = "Does also what takes things of others along.",
    };

    /// <summary>Waits for what is not there.</summary>
    public static Option<bool> AllowMissing { get; } = new("--allow-missing")
    {
        Description = "Waits for links and namespaces that are not there and that the document does not make, such as "
            + "a network card that comes later, as for containers that do not run.",
    };

    /// <summary>Puts differences right.</summary>
    public static Option<bool> Repair { get; } = new("--repair")
    {
        Description = "Puts right what has become different, instead of only telling it.",
    };

    /// <summary>Writes over a file.</summary>
    public static Option<bool> Overwrite { get; } = new("--force")
    {
        Description = "Writes over a file that is there.",
    };

    /// <summary>Changes nothing.</summary>
    public static Option<bool> DryRun { get; } = new("--dry-run")
    {
        Description = "Changes nothing, and says what would be done.",
    };

    /// <summary>Changes nothing, and tells DSC what would be done.</summary>
    public static Option<bool> WhatIf { get; } = new("--what-if")
    {
        Description = "Of set and delete: changes nothing, and says what would be done.",
    };

    /// <summary>How long a confirmation is waited for.</summary>
    public static Option<TimeSpan?> ConfirmTimeout { get; } = new("--confirm-timeout")
    {
        HelpName = "SECONDS",
        Description = "Puts all back after so many seconds (1 to 86400) unless 'lxcnet confirm' comes in time, also "
            + "when the terminal or the connection is gone by then.",
        CustomParser = result =>
        {
            if (Digits.TryParse(result.Tokens[0].Value, out int seconds))
                return TimeSpan.FromSeconds(seconds);
            result.AddError($"'{result.Tokens[0].Value}' is no number of seconds.");
            return null;
        },
    };

    /// <summary>Runs the checks.</summary>
    public static Option<bool> Traffic { get; } = new("--traffic")
    {
        Description = "Runs the documents' checks too: pings, and connections to ports.",
    };

    /// <summary>How a document is written.</summary>
    public static Option<StateFormat?> Format { get; } = new("--format")
    {
        HelpName = "FORMAT",
        Description = "How documents are written: yaml, json or psd1. Without it a file's name says so, and "
            + "standard input and output are yaml. psd1 is written, and read by PowerShell alone.",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            foreach (var format in s_formats)
            {
                if (format.Text.Equals(text, StringComparison.OrdinalIgnoreCase))
                    return format.Format;
            }

            result.AddError($"'{text}' is no format: {string.Join(", ", s_formats.Select(one => one.Text))}.");
            return null;
        },
        CompletionSources = { _ => s_formats.Select(format => LiveNames.Item(format.Text)) },
    };

    /// <summary>A document that was applied.</summary>
    public static Option<string?> Name { get; } = new("--name")
    {
        HelpName = "NAME",
        Description = "Writes what the document of that name has made, instead of all.",
        CompletionSources = { LiveNames.Documents },
    };

    /// <summary>All documents.</summary>
    public static Option<bool> All { get; } = new("--all") { Description = "All documents of the namespace." };
}
