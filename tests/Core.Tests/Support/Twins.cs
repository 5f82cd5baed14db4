namespace LxcNetworking.Tests;

/// <summary>
/// Random lists of near twins. A round is made of its number alone, which the failure names, so that it can be run
/// again.
/// </summary>
internal static class Twins
{
    /// <summary>Runs rounds of a test in a sandbox each; a third of them on the full kernel's emulated
    /// processor.</summary>
    public static void Rounds(int count, Action<Random> body)
    {
        if (Sandbox.IsFullKernel)
            count = (count + 2) / 3;
        for (var seed = 1; seed <= count; seed++)
        {
            try
            {
                Sandbox.Run(() => body(new Random(seed)));
            }
            catch (Exception e) when (!e.Message.StartsWith("$XunitDynamicSkip$", StringComparison.Ordinal))
            {
                throw new InvalidOperationException($"Seed {seed}: {e.Message}", e);
            }
        }
    }

    /// <summary>One of several.</summary>
    public static string OneOf(this Random random, params string[] choices) => choices[random.Next(choices.Length)];

    /// <summary>
    /// Runs lines with ip(8) or bridge(8); what the kernel refuses, such as what is there already, is left out.
    /// </summary>
    public static void Batch(string program, IEnumerable<string> lines, params string[] options)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(file, lines);
            Sandbox.TryExecute(program, [.. options, "-force", "-batch", file]);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
