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
    private const string Ending = ".json", JournalEnding = ".journal", LockName = ".lock";
    private const int MaxBytes = 64 << 20;
    private readonly RunFolder _folder = new(RunFolder.StateName);

    /// <inheritdoc/>
    public IDisposable Lock(CancellationToken cancellation) => RunLock.WaitFor(
        () =>
        {
            _folder.Create();
            return TryLock();
        },
        "applying a document",
        _folder.File(LockName),
        cancellation);

    /// <inheritdoc/>
    public void Sweep()
    {
        if (_folder.Exists && _folder.IsPlain(LockName))
            TryLock()?.Dispose();
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

    private List<StateRecord> Records(string ending) => !_folder.Exists ? []
        :
        [
            .. _folder.Names("*" + ending).Order(StringComparer.Ordinal).Select(Read).OfType<StateRecord>()
                .Where(record => record.Cookie == cookie),
        ];

    // The first namespace that has a document of a name gets the short one.
    private string NameOf(string document)
    {
        var isTaken = new[] { Ending, JournalEnding }.Any(
            ending => Read(document + ending) is { } other && other.Cookie != cookie);
        return isTaken ? string.Create(CultureInfo.InvariantCulture, $"{document}@{cookie}") : document;
    }

    private StateRecord? Read(string name)
        => _folder.Read(name, MaxBytes) is { } json ? StateRecord.Read(json, _folder.File(name)) : null;

    private Turn? TryLock()
        => RunLock.TryLock(_folder.Path, LockName) is { } file ? new Turn(_folder, file) : null;

    private sealed class Turn(RunFolder folder, SafeFileHandle file) : IDisposable
    {
        // Who waits for this file sees that it is no longer in its place.
        public void Dispose()
        {
            folder.Remove(LockName);
            file.Dispose();
        }
    }
}
