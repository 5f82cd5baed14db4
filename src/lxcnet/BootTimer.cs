using LxcNetworking.State.Apply;

namespace LxcNetworking.Program;

/// <summary>Tells when a time has come that goes on while the machine is suspended, where .NET's own timers stand
/// still.</summary>
internal sealed class BootTimer : IDisposable
{
    private readonly AutoResetEvent _elapsed = new(initialState: false);
    private TimeSpan _until = TimeSpan.MinValue;

    /// <summary>Set when the time has come, and perhaps earlier.</summary>
    public WaitHandle Elapsed => _elapsed;

    /// <summary>Says when.</summary>
    public void Set(TimeSpan until)
    {
        if (until <= BootClock.Now)
            _elapsed.Set();
        if (until <= BootClock.Now || until == _until)
            return;
        _until = until;
        new Thread(() =>
        {
            BootClock.WaitUntil(until);
            _elapsed.Set();
        })
        {
            IsBackground = true,
        }.Start();
    }

    public void Dispose()
    {
        // A thread may still wait, and ends with the process.
    }
}
