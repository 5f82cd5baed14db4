using System.Diagnostics;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Namespaces;
using LxcNetworking.Program.Keeping;
using LxcNetworking.State;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Keeping;
using LxcNetworking.Values;

namespace LxcNetworking.Program.Commands;

/// <summary>Keeps what documents say until it is ended: waits for events, and looks.</summary>
internal sealed class DocumentKeeping : IDisposable
{
    // Events come in groups, and what follows the first one a moment later is seen by the same look.
    private static readonly TimeSpan s_group = TimeSpan.FromMilliseconds(25), s_longestGroup
        = TimeSpan.FromMilliseconds(200);

    // LXC has opened a container's configuration, and its monitor listens a moment later.
    private static readonly TimeSpan s_firstLook = TimeSpan.FromMilliseconds(50), s_longestLook
        = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_quiet = TimeSpan.FromSeconds(2);

    // Of a processor's time, looks take a fifth at most while events never end.
    private const int RestPerLook = 4;
    private readonly CommandRun _run;
    private readonly bool _repairs;
    private readonly AutoResetEvent _event = new(initialState: false), _reload = new(initialState: false);
    private readonly NetworkEvents _networks;
    private readonly HashSet<(string Name, ulong Cookie)> _numbered = [];
    private List<StateKeeper> _keepers = [];
    private ContainerEvents? _containers;
    private NetworkEvents? _translations;
    private long _starting;

    public DocumentKeeping(CommandRun run, bool repairs)
    {
        (_run, _repairs) = (run, repairs);
        _networks = NetworkEvents.OfNetworks(run.Stack, Notice);
    }

    /// <summary>Keeps documents until the run is ended.</summary>
    public void Run()
    {
        _run.OnHangUp = () => _reload.Set();
        Load();
        WaitHandle[] all = [_run.Cancellation.WaitHandle, _reload, _event];
        while (true)
        {
            var since = Stopwatch.GetTimestamp();
            var again = Look();
            var rest = Stopwatch.GetElapsedTime(since) * RestPerLook;
            if (_run.Cancellation.WaitHandle.WaitOne(rest < s_longestLook ? rest : s_longestLook))
                return;
            switch (Wait(all, again))
            {
                case 0: return;
                case 1: Load(); break;
                default: WaitForGroup(); break;
            }
        }
    }

    public void Dispose()
    {
        _containers?.Dispose();
        _translations?.Dispose();
        _networks.Dispose();
        _event.Dispose();
        _reload.Dispose();
    }

    private void Notice() => _event.Set();

    private void NoticeStart()
    {
        Interlocked.Exchange(ref _starting, Stopwatch.GetTimestamp());
        _event.Set();
    }

    private void Load()
    {
        _containers?.Dispose();
        _translations?.Dispose();
        var documents = DocumentCommands.ReadAll(_run);
        _keepers = [.. documents.Select(document => new StateKeeper(
            document, _repairs, name => ContainerRuntimes.IsStarting(name, _run.Cancellation), TimeProvider.System))];
        // From here on, so that nothing is missed between the first look and the first event.
        _containers = new ContainerEvents(
            _run.Stack.Pool.Namespaces, _keepers.SelectMany(keeper => keeper.Namespaces).Distinct(), Notice,
            NoticeStart);
        _translations = documents.Any(document => document.Items.Any(
            item => item.Key.Subject is StateSubject.Nat or StateSubject.Network))
            ? NetworkEvents.OfTranslations(_run.Stack, Notice) : null;
    }

    private TimeSpan? Look()
    {
        // A stack that is kept open keeps the namespace of a container alive that has ended.
        using var pool = new NetworkStackPool();
        TimeSpan? again = null;
        _run.Try(() =>
        {
            var stack = _run.Place is null ? pool.Get() : pool.Get(_run.Stack.Namespace, _run.Cancellation);
            foreach (var outcome in stack.State.Recover(_run.Cancellation))
                _run.Report.Warn(StateWords.Of(outcome));
            foreach (var keeper in _keepers)
            {
                var look = keeper.Look(stack.State.Application, _run.Cancellation);
                _run.Report.Tell(look);
                again = look.Again is { } one && !(again < one) ? one : again;
                Number(stack, keeper);
            }
        });
        if (Interlocked.Read(ref _starting) is not 0 and var since && Stopwatch.GetElapsedTime(since) is var elapsed)
        {
            // Ever later, and not for ever.
            var next = elapsed < s_firstLook ? s_firstLook : elapsed / 2;
            if (next > s_longestLook * 2)
                Interlocked.CompareExchange(ref _starting, 0, since);
            else if (!(again < next))
                again = next;
        }

        return again;
    }

    // The kernel tells of namespaces that have a number.
    private void Number(NetworkStack stack, StateKeeper keeper)
    {
        foreach (var name in keeper.NamespacesThere)
        {
            try
            {
                var there = stack.Pool.Get(new NamespaceReference(name), _run.Cancellation);
                if (there.Cookie == stack.Cookie || !_numbered.Add((name, there.Cookie)))
                    continue;
                using var file = there.OpenFile();
                if (NamespaceNumber.Of(stack, file) < 0)
                    NamespaceNumber.Give(stack, file, NamespaceNumber.None);
            }
            catch (Exception e) when (e is NetworkException or Netlink.NetlinkException)
            {
                // It is gone again, or has got one meanwhile.
            }
        }
    }

    private static int Wait(WaitHandle[] events, TimeSpan? limit)
    {
        if (limit < s_quiet)
            return WaitHandle.WaitAny(events, limit.Value);
        var which = WaitHandle.WaitAny(events, s_quiet);
        if (which != WaitHandle.WaitTimeout)
            return which;
        // Most of what a look needs is not needed until the next one.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return WaitHandle.WaitAny(events, limit - s_quiet ?? Timeout.InfiniteTimeSpan);
    }

    private void WaitForGroup()
    {
        var since = Stopwatch.GetTimestamp();
        while (_event.WaitOne(s_group) && Stopwatch.GetElapsedTime(since) < s_longestGroup)
        {
        }
    }
}
