using LxcNetworking.Netlink;

namespace LxcNetworking.Values;

/// <summary>Refuses text that a value cannot be read from.</summary>
internal static class Misfit
{
    /// <summary>Says what is wrong with a text, in a message that is short and harmless whatever the text is.</summary>
    /// <param name="text">The text.</param>
    /// <param name="problem">Words that follow it: "is not a MAC address; write ...".</param>
    /// <returns>To be thrown.</returns>
    public static FormatException Of(string? text, string problem)
        => new($"'{KernelText.Shown(text ?? string.Empty)}' {problem}");
}
