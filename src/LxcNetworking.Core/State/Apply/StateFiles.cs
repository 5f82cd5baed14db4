using System.Globalization;
using LxcNetworking.Files;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.State.Apply;

/// <summary>
/// Records on file: <c>/run/lxcnetworking/state/NAME.json</c>, or <c>NAME@COOKIE.json</c> where another namespace has a
/// document of that name. They are gone after a reboot, as what they tell of is.
/// </summary>
/// <param name="cookie">The kernel's number of the namespace that documents are for.</param>
internal sealed class StateFiles(ulong cookie) : IStateStore
{
    private const string Ending = ".json", JournalEnding = ".journal", WatchEnding = ".watch",
        LockName = ".lock";
    private const int MaxBytes = 64 << 20;
    private readonly RunFolder _folder = new(RunFolder.StateName);

    /// <inheritdoc/>
    public IDisposable Lock(CancellationToken cancellation) => RunLock.WaitFor(
        () =>
        {
            _folder.Create();
            return TryLock(LockName);
        },
        "applying a document",
        _folder.File(LockName),
        cancellation);

    /// <inheritdoc/>
    public void Sweep()
    {
        if (_folder.Exists && _folder.IsPlain(LockName))
            TryLock(LockName)?.Dispose();
    }

    /// <inheritdoc/>
    public StateRecord? Find(string document)
        => _folder.Exists && Read(NameOf(document) + Ending) is { } record && record.Cookie == cookie ? record : null;

    /// <inheritdoc/>
    public IReadOnlyList<StateRecord> List() => Records(Ending);

    /// <inheritdoc/>
    public void Write(StateRecord record)
    {
        if (record.Owned.Count == 0)
            _folder.Delete(NameOf(record.Document) + Ending);
        else
            _folder.CreateAndWrite(NameOf(record.Document) + Ending, record.ToJson());
    }

    /// <inheritdoc/>
    public void WriteJournal(StateRecord journal)
        => _folder.CreateAndWrite(NameOf(journal.Document) + JournalEnding, journal.ToJson());

    /// <inheritdoc/>
    public void RemoveJournal(string document) => _folder.Delete(NameOf(document) + JournalEnding);

    /// <inheritdoc/>
    public IReadOnlyList<StateRecord> Journals() => Records(JournalEnding);

    /// <summary>For the process that waits for a confirmation: says that it does, until it has ended.</summary>
    /// <param name="since">When the document was applied.</param>
    /// <returns>Null where another process says so.</returns>
    public IDisposable? TryWatch(TimeSpan since) => TryLock(WatchName(since));

    /// <summary>Whether a process waits for the confirmation of what was applied then.</summary>
    public bool IsWatched(TimeSpan since) => _folder.IsPlain(WatchName(since)) && IsLocked(WatchName(since));

    private static string WatchName(TimeSpan since)
        => since.Ticks.ToString(CultureInfo.InvariantCulture) + WatchEnding;

    private bool IsLocked(string name)
    {
        using var turn = RunLock.TryLock(_folder.Path, name);
        return turn is null;
    }

    private List<StateRecord> Records(string ending) => !_folder.Exists ? []
        :
        [
            .. _folder.Names("*" + ending).Order(StringComparer.Ordinal).Select(Read).OfType<StateRecord>()
                .Where(record => record.Cookie == cookie),
        ];

    // The first namespace that has a document of a name gets the short one. The others keep theirs when that one has
    // gone.
    private string NameOf(string document)
    {
        var own = string.Create(CultureInfo.InvariantCulture, $"{document}@{cookie}");
        var isTaken = new[] { Ending, JournalEnding }.Any(ending => _folder.IsPlain(own + ending)
            || (Read(document + ending) is { } other && other.Cookie != cookie));
        return isTaken ? own : document;
    }

    private StateRecord? Read(string name)
        => _folder.Read(name, MaxBytes) is { } json ? StateRecord.Read(json, _folder.File(name)) : null;

    private HeldLock? TryLock(string name)
        => RunLock.TryLock(_folder.Path, name) is { } file ? new HeldLock(this, name, file) : null;

    // What killed processes that waited have left.
    private void SweepWatches()
    {
        foreach (var name in _folder.Names("*" + WatchEnding).Where(name => !IsLocked(name)))
            _folder.Delete(name);
    }

    private sealed class HeldLock(StateFiles files, string name, SafeFileHandle file) : IDisposable
    {
        // Who waits for this file sees that it is no longer in its place.
        public void Dispose()
        {
            if (name == LockName)
                files.SweepWatches();
            files._folder.Remove(name);
            file.Dispose();
        }
    }
}
