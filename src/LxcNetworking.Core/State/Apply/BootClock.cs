using LxcNetworking.Native;

namespace LxcNetworking.State.Apply;

/// <summary>
/// The time since the machine was started (CLOCK_BOOTTIME of clock_gettime(2)). It is the same in every process, nobody
/// sets it, and it goes on while the machine is suspended.
/// </summary>
internal static class BootClock
{
    private const int NanosecondsPerTick = 100;

    /// <summary>The time now.</summary>
    public static TimeSpan Now
    {
        get
        {
            _ = LibC.ClockGetTime(LibC.CLOCK_BOOTTIME, out var time);
            return new TimeSpan((time.Seconds * TimeSpan.TicksPerSecond) + (time.Nanoseconds / NanosecondsPerTick));
        }
    }

    /// <summary>Waits until a time has come; at once if it has. After a suspension that was longer, it is over as soon
    /// as the machine runs again.</summary>
    public static void WaitUntil(TimeSpan time)
    {
        var (seconds, ticks) = long.DivRem(Math.Max(0, time.Ticks), TimeSpan.TicksPerSecond);
        var until = new LibC.TimeSpec((nint)seconds, (nint)(ticks * NanosecondsPerTick));
        while (LibC.ClockSleep(LibC.CLOCK_BOOTTIME, LibC.TIMER_ABSTIME, until, 0) == LibC.EINTR)
        {
            // A signal is no end of the wait.
        }
    }
}
