using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Netlink.Tests.Support;

namespace LxcNetworking.Fuzz;

/// <summary>Gives targets spoilt inputs, one after the other in turns, on several threads.</summary>
/// <param name="targets">The targets.</param>
/// <param name="seed">The first input's seed; each further one has the next number.</param>
/// <param name="inputs">How many inputs in all.</param>
/// <param name="time">How long at most.</param>
internal sealed class FuzzRun(IReadOnlyList<Target> targets, ulong seed, long inputs, TimeSpan time)
{
    private const int Turn = 50, MaxHexDigits = 8_000;

    // Reached only where a reader never ends.
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(2);
    private readonly ConcurrentDictionary<string, string> _findings = [];
    private readonly long[] _counts = new long[targets.Count];
    private readonly Stopwatch _watch = new();
    private TimeSpan _processorTime;
    private long _next;

    /// <summary>What went wrong, one for each sort.</summary>
    public IReadOnlyList<string> Findings => [.. _findings.Values.Order(StringComparer.Ordinal)];

    /// <summary>How many inputs were read.</summary>
    public long Count => _counts.Sum();

    /// <summary>How many inputs two processors read in an hour that have nothing else to do.</summary>
    public double HourlyOfTwo => 2 * 3600 * Count / Math.Max(_processorTime.TotalSeconds, 1e-3);

    /// <summary>Runs until the inputs or the time is used up.</summary>
    public void Run()
    {
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        _watch.Start();
        var workers = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Worker(this)).ToList();
        foreach (var worker in workers)
        {
            while (!worker.Join(TimeSpan.FromSeconds(1)))
            {
                if (workers.Find(item => item.IsStuck(s_timeout)) is not { } stuck)
                    continue;
                Note(stuck.Target!, stuck.Seed, stuck.Input,
                    $"It has not ended after {s_timeout.TotalSeconds} seconds.");
                return;
            }
        }

        _watch.Stop();
        _processorTime = Process.GetCurrentProcess().TotalProcessorTime - before;
    }

    /// <summary>The numbers, target by target and in all.</summary>
    public string Summary()
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.AppendLine(FormattableString.Invariant(line));
        for (var i = 0; i < targets.Count; i++)
            Line($"{targets[i].Name,-32} {_counts[i],12:#,0} inputs");
        var (time, hourly) = (_watch.Elapsed.TotalSeconds, Count / _watch.Elapsed.TotalHours);
        Line($"{Count:#,0} inputs in {time:0} s, {hourly:#,0} an hour; ");
        var each = _processorTime.TotalMicroseconds / Math.Max(Count, 1);
        Line($"{each:0.0} us of processor time each, so {HourlyOfTwo:#,0} an hour on two processors with nothing else");
        return text.ToString();
    }

    private void Note(Target target, ulong number, byte[] input, string problem)
    {
        // Of what goes wrong in the same place one is enough.
        var place = string.Concat(problem.Split('\n').Where(line => !line.Contains(" Fuzz.", StringComparison.Ordinal))
            .Take(3).Select(line => new string([.. line.Where(char.IsLetter).Take(120)])));
        if (_findings.Count >= 100 || !_findings.TryAdd(target.Name + place, string.Empty))
            return;
        var hex = input.Length * 2 > MaxHexDigits ? ""
            : $"  or: LXCNETWORKING_FUZZ_TARGET='{target.Name}' " +
                $"LXCNETWORKING_FUZZ_INPUT={Convert.ToHexString(input)}\n";
        _findings[target.Name + place] =
            $"{target.Name}, {input.Length} bytes{(target.Show is { } show ? $" ({show(input)})" : "")}\n"
            + $"  again: LXCNETWORKING_FUZZ_TARGET='{target.Name}' " +
                $"LXCNETWORKING_FUZZ_SEED={number.ToString(CultureInfo.InvariantCulture)} " +
                $"LXCNETWORKING_FUZZ_INPUTS=1\n{hex}  {problem}";
    }

    private sealed class Worker
    {
        private readonly FuzzRun _run;
        private readonly Thread _thread;
        private volatile byte[] _input = [];
        private long _since = Stopwatch.GetTimestamp();

        public Worker(FuzzRun run)
        {
            _run = run;
            _thread = new Thread(Work) { IsBackground = true };
            _thread.Start();
        }

        public Target? Target { get; private set; }

        public ulong Seed { get; private set; }

        public byte[] Input => _input;

        public bool Join(TimeSpan limit) => _thread.Join(limit);

        public bool IsStuck(TimeSpan limit) => _thread.IsAlive
            && Stopwatch.GetElapsedTime(Interlocked.Read(ref _since)) > limit;

        private string? Read()
        {
            try
            {
                _input = Target!.Mutate(new Generator(Seed), Target.Corpus);
            }
            catch (Exception e)
            {
                return $"There is no input: {e}";
            }

            return Probe.Try(Target, _input);
        }

        private void Work()
        {
            for (long begin; (begin = Interlocked.Add(ref _run._next, Turn) - Turn) < _run.Inputs
                && _run._watch.Elapsed < _run.Time;)
            {
                var which = (int)(begin / Turn % _run.Targets.Count);
                Target = _run.Targets[which];
                for (var i = begin; i < Math.Min(begin + Turn, _run.Inputs); i++)
                {
                    Interlocked.Exchange(ref _since, Stopwatch.GetTimestamp());
                    Seed = _run.Seed + (ulong)i;
                    if (Read() is { } problem)
                        _run.Note(Target, Seed, _input, problem);
                    Interlocked.Increment(ref _run._counts[which]);
                }
            }
        }
    }

    private long Inputs => inputs;

    private TimeSpan Time => time;

    private ulong Seed => seed;

    private IReadOnlyList<Target> Targets => targets;
}
