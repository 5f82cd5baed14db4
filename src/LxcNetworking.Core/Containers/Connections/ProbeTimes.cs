namespace LxcNetworking.Containers.Connections;

/// <summary>When the question who has an address is put, and how long an answer may take.</summary>
/// <param name="Questions">The times of the questions, from the beginning on, in order.</param>
/// <param name="End">When nobody is waited for any more.</param>
/// <param name="MinTurns">How often it sleeps at least: a busy kernel delivers frames in ksoftirqd, which may run only
/// while this thread sleeps.</param>
internal sealed record ProbeTimes(IReadOnlyList<TimeSpan> Questions, TimeSpan End, int MinTurns = 3)
{
    private const int FullQuestions = 3;

    /// <summary>Waits for nobody: the kernel has told of everyone, and who answers at once is found all the
    /// same.</summary>
    public static ProbeTimes Known { get; } = new([TimeSpan.Zero], TimeSpan.Zero, MinTurns: 0);

    /// <summary>An idle bridge hands a frame to its containers, and takes the answer, before send(2) returns.</summary>
    public static ProbeTimes Bridge { get; } = Once(TimeSpan.FromMilliseconds(0.5));

    /// <summary>Finds a station that takes its time, and one that a frame did not reach.</summary>
    public static ProbeTimes Fast { get; } = new(
        [TimeSpan.Zero, TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(400)],
        TimeSpan.FromMilliseconds(600));

    /// <summary>One question, and a second one where there is time for it.</summary>
    public static ProbeTimes Once(TimeSpan end)
        => new(end > TimeSpan.FromMilliseconds(100) ? [TimeSpan.Zero, end / 2] : [TimeSpan.Zero], end);

    /// <summary>RFC 5227, 2.1.1: PROBE_WAIT, PROBE_MIN, PROBE_MAX and ANNOUNCE_WAIT.</summary>
    public static ProbeTimes Full()
    {
        static TimeSpan Between(double least, double most)
            => TimeSpan.FromSeconds(least + (Random.Shared.NextDouble() * (most - least)));
        var times = new List<TimeSpan> { Between(0, 1) };
        while (times.Count < FullQuestions)
            times.Add(times[^1] + Between(1, 2));
        return new ProbeTimes(times, times[^1] + TimeSpan.FromSeconds(2));
    }
}
