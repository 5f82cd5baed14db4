using System.CommandLine;

namespace LxcNetworking.Program.Model;

/// <summary>What commands are about.</summary>
internal static class ProgramArguments
{
    /// <summary>The shells that completions are for.</summary>
    public static readonly string[] Shells = ["bash", "zsh", "fish", "pwsh"];

    /// <summary>Documents.</summary>
    public static Argument<string[]> Files { get; } = new("FILE")
    {
        Arity = ArgumentArity.OneOrMore,
        Description = "A document: .yaml, .yml or .json, or a folder that has some. - reads standard input.",
    };

    /// <summary>A document that is written.</summary>
    public static Argument<string?> Output { get; } = new("FILE")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = "The file: .yaml, .yml, .json or .psd1. Without it, or as -, standard output.",
    };

    /// <summary>Documents that were applied.</summary>
    public static Argument<string[]> Names { get; } = new("NAME")
    {
        Arity = ArgumentArity.ZeroOrMore,
        Description = "The name of a document that was applied.",
        CompletionSources = { LiveNames.Documents },
    };

    /// <summary>Documents that await confirmation.</summary>
    public static Argument<string[]> Awaiting { get; } = new("NAME")
    {
        Arity = ArgumentArity.ZeroOrMore,
        Description = "The name of a document that awaits confirmation. Without one, all of the namespace.",
        CompletionSources = { LiveNames.Awaiting },
    };

    /// <summary>A shell.</summary>
    public static Argument<string> Shell { get; } = new("SHELL")
    {
        Description = "bash, zsh, fish or pwsh.",
        CompletionSources = { _ => Shells.Select(LiveNames.Item) },
    };
}
