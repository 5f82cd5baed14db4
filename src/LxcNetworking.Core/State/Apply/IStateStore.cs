using LxcNetworking.Values;

namespace LxcNetworking.State.Apply;

/// <summary>Where records are kept: files under /run, or in tests a table.</summary>
internal interface IStateStore
{
    /// <summary>Waits until no other command applies a document, and keeps others waiting until it is
    /// disposed.</summary>
    /// <exception cref="NetworkException">TimedOut, PermissionDenied.</exception>
    IDisposable Lock(CancellationToken cancellation);

    /// <summary>Takes away what a killed command has left of the lock alone.</summary>
    void Sweep()
    {
    }

    /// <summary>What a document has made; null where nothing is kept.</summary>
    StateRecord? Find(string document);

    /// <summary>All that is kept for this namespace.</summary>
    IReadOnlyList<StateRecord> List();

    /// <summary>Keeps what a document has made; a record of nothing is removed.</summary>
    void Write(StateRecord record);

    /// <summary>What was there before a document is applied.</summary>
    void WriteJournal(StateRecord journal);

    /// <summary>It is applied, or all is back.</summary>
    void RemoveJournal(string document);

    /// <summary>The journals of commands that ended before they were done. Whoever holds the lock may take
    /// them.</summary>
    IReadOnlyList<StateRecord> Journals();
}
