using System.Globalization;

namespace LxcNetworking.Fuzz;

/// <summary>
/// Every reader against spoilt input: an object, nothing, or a documented error with a short printable message, within
/// a second of processor time and a bound of memory. The seed is fixed; tests/long.sh fuzz has a random one and more
/// inputs.
/// </summary>
public sealed class FuzzTests
{
    private const long UsualInputs = 10_000;
    private const double LeastHourly = 10_000_000;
    private static readonly IReadOnlyList<Target> s_targets =
    [
        .. TransportTargets.All, .. KernelTargets.All, .. ValueTargets.All, .. FileTargets.All, .. EngineTargets.All,
        .. DhcpTargets.All, .. StateTargets.All,
    ];

    public static TheoryData<string> Names => [.. s_targets.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_not_spoilt_is_read(string name)
    {
        var target = s_targets.Single(item => item.Name == name);
        // Without a namespace of this kind nothing could be spoilt.
        foreach (var input in target.Corpus)
            Check(Probe.Try(target with { Allowed = [] }, input));
    }

    // Elsewhere what this kernel cannot say is left out.
    [Fact]
    public void What_the_kernel_says_is_on_record()
    {
        if (KernelCorpus.Failure is { } failure)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }

    [Fact]
    public void What_is_spoilt_gives_an_object_nothing_or_a_documented_error()
    {
        var chosen = s_targets.Where(target => Setting("TARGET") is not { } name || target.Name == name).ToList();
        Assert.NotEmpty(chosen);
        if (Setting("INPUT") is { } hex)
        {
            Check(Probe.Try(Assert.Single(chosen), Convert.FromHexString(hex)));
            return;
        }

        var seconds = Number("SECONDS");
        var inputs = Number("INPUTS") ?? (seconds is null ? UsualInputs : long.MaxValue);
        var run = new FuzzRun(chosen, (ulong)(Number("SEED") ?? 20_261_128), inputs, seconds is { } limit
            ? TimeSpan.FromSeconds(limit) : TimeSpan.MaxValue);
        run.Run();
        if (Setting("REPORT") is { } report)
        {
            File.WriteAllText(report, run.Summary()
                + (KernelCorpus.Failure is { } failure ? $"Not all that the kernel says was read: {failure.Message}\n"
                    : string.Empty)
                + (run.HourlyOfTwo < LeastHourly ? $"That is fewer than {LeastHourly:#,0} an hour on two processors.\n"
                    : string.Empty));
        }

        Assert.True(run.Findings.Count == 0, string.Join("\n\n", run.Findings));
    }

    private static void Check(string? problem) => Assert.True(problem is null, problem);

    private static string? Setting(string name) =>
        Environment.GetEnvironmentVariable("LXCNETWORKING_FUZZ_" + name) is { Length: > 0 } value ? value : null;

    private static long? Number(string name) => Setting(name) is { } text
        ? long.Parse(text, CultureInfo.InvariantCulture) : null;
}
