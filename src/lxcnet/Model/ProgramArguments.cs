using System.CommandLine;
using LxcNetworking.Program.Resources;
using LxcNetworking.Values;

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

    /// <summary>What DSC asks for.</summary>
    public static Argument<string> Operation { get; } = new("OPERATION")
    {
        Description = AdviceSentences.Names(DscOperation.All, "or") + ".",
        CompletionSources = { _ => DscOperation.All.Select(LiveNames.Item) },
    };

    /// <summary>A resource of DSC.</summary>
    public static Argument<string> Resource { get; } = new("RESOURCE")
    {
        Description = AdviceSentences.Names([.. DscResources.All.Select(one => one.Name)], "or") + ".",
        CompletionSources = { _ => DscResources.All.Select(one => LiveNames.Item(one.Name)) },
    };

    /// <summary>A shell.</summary>
    public static Argument<string> Shell { get; } = new("SHELL")
    {
        Description = "bash, zsh, fish or pwsh.",
        CompletionSources = { _ => Shells.Select(LiveNames.Item) },
    };
}
