using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.Values;

namespace LxcNetworking.State.Kernel;

/// <summary>Reads and changes the things of one subject.</summary>
internal abstract class StateItems
{
    /// <summary>Those of a namespace.</summary>
    /// <param name="world">The namespaces that are looked at.</param>
    /// <param name="name">The namespace's name there.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public abstract IEnumerable<StateItem> Read(StateWorld world, string name, CancellationToken cancellation);

    /// <summary>Makes one.</summary>
    /// <param name="home">The namespace that documents are for.</param>
    /// <param name="step">The step.</param>
    /// <param name="document">The name of the document whose it is; null to put back what was there before.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <exception cref="NetworkException">It cannot be made.</exception>
    public abstract void Create(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation);

    /// <summary>Changes one. Things of which all that can be said is their name never change.</summary>
    /// <inheritdoc cref="Create" path="/param"/>
    /// <exception cref="NetworkException">It cannot be changed.</exception>
    public virtual void Change(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
        => throw new NotSupportedException(step.Words);

    /// <summary>Removes one that may be gone already.</summary>
    /// <inheritdoc cref="Create" path="/param"/>
    /// <exception cref="NetworkException">It cannot be removed.</exception>
    public abstract void Remove(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation);

    /// <summary>The stack of a step's namespace.</summary>
    protected static NetworkStack StackOf(NetworkStack home, StateStep step, CancellationToken cancellation)
        => StateWorld.StackOf(home, step.Key.Namespace, cancellation);

    /// <summary>A link of a stack by its name, without what others tell of it.</summary>
    /// <exception cref="NetworkException">LinkNotFound.</exception>
    protected static NetLink LinkOf(NetworkStack stack, string name, CancellationToken cancellation)
        => stack.Links.Find(name, LinkFilter.Bare, cancellation) ?? stack.Links.Get(name, cancellation);

    /// <summary>Takes away what a killed command has left of a thing that it was making.</summary>
    /// <param name="home">The namespace that documents are for.</param>
    /// <param name="key">The thing, which is not there as a whole.</param>
    public virtual void RemoveLeftover(NetworkStack home, StateKey key)
    {
    }
}
