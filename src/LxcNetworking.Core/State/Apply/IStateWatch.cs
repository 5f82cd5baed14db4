using LxcNetworking.Values;

namespace LxcNetworking.State.Apply;

/// <summary>What puts back what nobody confirms: a process of its own, or in tests a double of it.</summary>
internal interface IStateWatch
{
    /// <summary>The time of <see cref="BootClock"/>.</summary>
    TimeSpan Now { get; }

    /// <summary>Has it wait for the deadline of a journal that is on file, and returns once it does.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="cancellation">Ends the wait for its beginning.</param>
    /// <exception cref="NetworkException">DependencyFailed: nobody would put it back.</exception>
    void Start(StateRecord journal, CancellationToken cancellation);
}
