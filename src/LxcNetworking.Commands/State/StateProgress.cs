using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;

namespace LxcNetworking.Commands.State;

/// <summary>Shows the steps of what takes longer than a second, and takes the display away at the end.</summary>
internal sealed class StateProgress(Action<ProgressRecord> write, string activity) : IDisposable
{
    private const int Activity = 1, Whole = 100;
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(1), s_pause = TimeSpan.FromMilliseconds(100);
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private TimeSpan _last;

    /// <summary>Tells of a step before it is done.</summary>
    public void Report(int index, int count, string words)
    {
        if (_watch.Elapsed < s_silence || _watch.Elapsed - _last < s_pause)
            return;
        _last = _watch.Elapsed;
        write(new ProgressRecord(
            Activity, activity, string.Create(CultureInfo.InvariantCulture, $"{index + 1} of {count}: {words}"))
        {
            PercentComplete = index * Whole / count,
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_last == TimeSpan.Zero)
            return;
        try
        {
            write(new ProgressRecord(Activity, activity, activity) { RecordType = ProgressRecordType.Completed });
        }
        catch (PipelineStoppedException)
        {
            // Whatever ended it tells more.
        }
    }
}
