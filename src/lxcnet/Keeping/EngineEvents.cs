using LxcNetworking.Containers.Runtimes;

namespace LxcNetworking.Program.Keeping;

/// <summary>Listens to a container engine, also to one that is started later, or anew.</summary>
internal sealed class EngineEvents : IDisposable
{
    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(1), s_longest = TimeSpan.FromMinutes(5);
    private readonly EngineRuntime _engine;
    private readonly Action _changed;
    private readonly CancellationTokenSource _ending = new();
    private readonly AutoResetEvent _appeared = new(initialState: false);
    private readonly PathEvents _sockets;
    private readonly Thread _thread;

    /// <summary>Starts to listen.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="changed">Called when something happens to a container, on a thread of its own.</param>
    public EngineEvents(EngineRuntime engine, Action changed)
    {
        (_engine, _changed) = (engine, changed);
        _sockets = new PathEvents(engine.Places, tellsOpening: false, () => _appeared.Set());
        _thread = new Thread(Run) { IsBackground = true, Name = engine.Prefix + " events" };
        _thread.Start();
    }

    public void Dispose()
    {
        _ending.Cancel();
        _thread.Join();
        _sockets.Dispose();
        _appeared.Dispose();
        _ending.Dispose();
    }

    private void Run()
    {
        try
        {
            var pause = s_first;
            while (true)
            {
                if (_engine.Listen(_changed, _ending.Token))
                {
                    // It ended, and its containers may have ended with it.
                    _changed();
                    pause = s_first;
                }

                // A socket that was left there, or is not ours to ask.
                var limit = _engine.Places.Any(File.Exists) ? pause : Timeout.InfiniteTimeSpan;
                if (WaitHandle.WaitAny([_ending.Token.WaitHandle, _appeared], limit) == 0)
                    return;
                pause = pause * 2 < s_longest ? pause * 2 : s_longest;
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}
