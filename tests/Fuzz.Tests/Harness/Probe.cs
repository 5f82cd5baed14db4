using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace LxcNetworking.Fuzz;

/// <summary>Gives a reader one input and looks at what comes out, how long that takes and how much memory.</summary>
internal static partial class Probe
{
    private const int MaxMessage = 2_500;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(1);

    /// <summary>Reads an input.</summary>
    /// <returns>What is wrong, or null: an object, nothing, or a documented error within the limits.</returns>
    public static string? Try(Target target, byte[] input)
        // The first time code is compiled, and what is made once is made.
        => Once(target, input) is null ? null : Once(target, input);

    private static string? Once(Target target, byte[] input)
    {
        var (since, before) = (ProcessorTime(), GC.GetAllocatedBytesForCurrentThread());
        var problem = Read(target, (byte[])input.Clone());
        var (took, allocated) = (ProcessorTime() - since, GC.GetAllocatedBytesForCurrentThread() - before);
        var limit = target.Memory + (target.MemoryPerByte * (long)input.Length);
        return problem
            ?? (took > s_limit ? $"It takes {took.TotalSeconds:0.0} s of processor time." : null)
            ?? (allocated > limit ? $"It takes {allocated} bytes of memory where {limit} are the most." : null);
    }

    private static string? Read(Target target, byte[] input)
    {
        try
        {
            target.Read(input);
            return null;
        }
        catch (Exception e)
        {
            return target.Allowed.Any(type => type.IsInstanceOfType(e)) ? ProblemOf(e.Message) : e.ToString();
        }
    }

    private static string? ProblemOf(string message)
    {
        if (message.Length > MaxMessage)
            return $"A message of {message.Length} characters begins with: {message[..200]}";
        for (var i = 0; i < message.Length;)
        {
            if (!Rune.TryGetRuneAt(message, i, out var rune))
                return $"Half of a character is in a message: {Escaped(message)}";
            if (rune.Value != '\n' && Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
                return $"U+{rune.Value:X4} is in a message: {Escaped(message)}";
            i += rune.Utf16SequenceLength;
        }

        return null;
    }

    /// <summary>A text with everything but ASCII escaped, and no longer than can be looked at.</summary>
    public static string Escaped(string text) => string.Concat(
        (text.Length > 1000 ? text[..1000] + "…" : text)
        .Select(c => c is >= ' ' and <= '~' and not '\\' ? c.ToString() : $"\\u{(int)c:x4}"));

    private static TimeSpan ProcessorTime()
    {
        const int CLOCK_THREAD_CPUTIME_ID = 3;
        Span<long> time = [0, 0];
        _ = ClockGetTime(CLOCK_THREAD_CPUTIME_ID, ref time[0]);
        return TimeSpan.FromSeconds(time[0]) + TimeSpan.FromTicks(time[1] / 100);
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, ref long time);
}
