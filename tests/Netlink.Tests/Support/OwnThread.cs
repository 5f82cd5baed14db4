using System.Runtime.ExceptionServices;

namespace Netlink.Tests.Support;

/// <summary>Runs something on a thread made for it, and brings its exception back.</summary>
internal sealed class OwnThread
{
    /// <summary>How long something may take that is to come: reached only where it never does, on an emulated processor
    /// neither.</summary>
    internal static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    private readonly Thread _thread;
    private Exception? _failure;

    private OwnThread(Action action)
    {
        _thread = new Thread(() =>
        {
#pragma warning disable CA1031 // it is thrown again on the joining thread
            try
            {
                action();
            }
            catch (Exception e)
            {
                _failure = e;
            }
#pragma warning restore CA1031
        })
        { IsBackground = true };
        _thread.Start();
    }

    internal static OwnThread Start(Action action) => new(action);

    internal static void Run(Action action) => new OwnThread(action).Join(TimeSpan.FromMinutes(5));

    internal void Join(TimeSpan limit, string context = "")
    {
        if (!_thread.Join(limit))
            Assert.Fail($"It did not end within {limit.TotalSeconds} s. {context}");
        if (_failure is not null)
            ExceptionDispatchInfo.Throw(_failure);
    }
}
