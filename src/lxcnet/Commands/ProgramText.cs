using LxcNetworking.Program.Model;
using LxcNetworking.Program.Output;
using LxcNetworking.Values;

namespace LxcNetworking.Program.Commands;

/// <summary>Writes what asks nobody.</summary>
internal static class ProgramText
{
    /// <summary>Writes a text to standard output.</summary>
    /// <returns>The exit code.</returns>
    public static int Write(string text)
    {
        try
        {
            var output = new OutputText(Console.OpenStandardOutput);
            output.Raw(text);
            output.Flush();
            return ExitCode.Done;
        }
        catch (NetworkException e)
        {
            return Fail(e.Message, isJson: false);
        }
    }

    /// <summary>Tells a failure.</summary>
    /// <returns>The exit code.</returns>
    public static int Fail(string words, bool isJson)
    {
        var error = new OutputText(Console.OpenStandardError);
        var text = NetworkException.Bounded(words);
        error.Line(isJson ? JsonLine.OfError(text) : $"{ProgramInformation.Name}: {text}");
        error.Flush();
        return ExitCode.Failed;
    }
}
