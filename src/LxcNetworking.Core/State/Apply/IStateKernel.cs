using System.Collections.Immutable;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.Values;

namespace LxcNetworking.State.Apply;

/// <summary>What there is on a machine.</summary>
/// <param name="Items">The things that are there.</param>
/// <param name="Pending">Namespaces of containers that do not run.</param>
internal sealed record StateSnapshot(IReadOnlyDictionary<StateKey, StateItem> Items, IReadOnlySet<string> Pending);

/// <summary>What reads and changes a machine's network: the kernel, or in tests a double of it.</summary>
internal interface IStateKernel
{
    /// <summary>Reads what is there.</summary>
    /// <param name="scope">What of it.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NetworkException">A namespace cannot be read.</exception>
    StateSnapshot Read(StateScope scope, CancellationToken cancellation);

    /// <summary>Does one step, whole or not at all.</summary>
    /// <param name="step">The step.</param>
    /// <param name="document">The name of the document whose it is; null to put back what was there before.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <exception cref="NetworkException">It cannot be done.</exception>
    void Do(StateStep step, string? document, CancellationToken cancellation);

    /// <summary>Removes links of one namespace; where one cannot be removed, others may be.</summary>
    /// <param name="steps">The steps that remove them.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <exception cref="NetworkException">One cannot be removed.</exception>
    void RemoveLinks(IReadOnlyList<StateStep> steps, CancellationToken cancellation)
    {
        foreach (var step in steps)
            Do(step, null, cancellation);
    }

    /// <summary>Takes away what a killed command has left of a thing that it was making.</summary>
    /// <param name="key">The thing, which is not there as a whole.</param>
    void RemoveLeftover(StateKey key)
    {
    }

    /// <summary>Adds to what is said what follows from the files that it names.</summary>
    /// <param name="item">What is said.</param>
    /// <param name="force">Whether files that others may read are taken.</param>
    /// <exception cref="NetworkException">A file cannot be taken.</exception>
    StateItem Complete(StateItem item, bool force) => item;

    /// <summary>How many TCP connections each own address of a namespace has.</summary>
    /// <param name="name">The namespace.</param>
    IReadOnlyDictionary<IPAddress, int> Connections(string name) => ImmutableDictionary<IPAddress, int>.Empty;

    /// <summary>The MAC address of a new link, always the same one for a document; null to leave it to
    /// chance.</summary>
    MacAddress? NewMacAddress(string document, StateItem link);
}
