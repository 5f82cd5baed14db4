using System.Runtime.CompilerServices;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Runtimes;

/// <summary>What a container is doing.</summary>
public enum ContainerState
{
    /// <summary>It is not running.</summary>
    Stopped,

    /// <summary>On its way up.</summary>
    Starting,

    /// <summary>Running.</summary>
    Running,

    /// <summary>On its way down.</summary>
    Stopping,

    /// <summary>Running, its processes held.</summary>
    Frozen,

    /// <summary>The runtime calls it something else.</summary>
    Other,
}

/// <summary>A container as its runtime describes it.</summary>
/// <param name="Name">Its name, as PREFIX:NAME takes it; checked to be printable.</param>
/// <param name="State">What it is doing.</param>
/// <param name="ProcessId">Its first process in this process's PID namespace; 0 if it does not run.</param>
internal sealed record ContainerRecord(string Name, ContainerState State, int ProcessId)
{
    /// <summary>Whether it is called so, perhaps behind a path.</summary>
    public bool IsCalled(string name) => Name == name || Name.EndsWith("/" + name, StringComparison.Ordinal);
}

/// <summary>A program that runs containers, known by the prefix that <c>-Namespace PREFIX:NAME</c> takes.</summary>
internal abstract class ContainerRuntime : INamespaceSource
{
    /// <summary>The prefix, such as <c>lxc</c>.</summary>
    public abstract string Prefix { get; }

    /// <summary>Lists its containers, running or not; empty if the runtime is not there.</summary>
    public abstract IEnumerable<ContainerRecord> List(CancellationToken cancellation);

    /// <summary>Lists what can be listed; a runtime that does not answer is told, and has no containers.</summary>
    /// <param name="onProblem">Takes what went wrong.</param>
    /// <param name="timeout">How long it may take; null for the runtime's own limit.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public IReadOnlyList<ContainerRecord> TryList(
        Action<NetworkException> onProblem, TimeSpan? timeout, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (timeout is { } limit)
            stop.CancelAfter(limit);
        try
        {
            return [.. List(stop.Token)];
        }
        catch (NetworkException e)
        {
            onProblem(e);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            onProblem(new NetworkException(NetworkErrorCode.TimedOut, $"{Prefix} did not answer in time.", Prefix));
        }

        return [];
    }

    /// <summary>Looks one container up by its id or the beginning of it, where the runtime gives its containers
    /// ids.</summary>
    /// <exception cref="NetworkException">PermissionDenied, DependencyFailed.</exception>
    public virtual ContainerRecord? FindById(string id, CancellationToken cancellation) => null;

    /// <summary>Looks one container up.</summary>
    /// <exception cref="NetworkException">ContainerNotFound, PermissionDenied, DependencyFailed.</exception>
    public virtual ContainerRecord Get(string name, CancellationToken cancellation)
        => List(cancellation).FirstOrDefault(item => item.Name == name) ?? throw NotFound(name);

    /// <summary>The id of a running container's first process.</summary>
    /// <exception cref="NetworkException">ContainerNotFound: there is none, or it does not run.</exception>
    public int GetProcessId(string name, CancellationToken cancellation)
    {
        CheckName(name);
        var record = Get(name, cancellation);
        return record.ProcessId > 0
            ? record.ProcessId
            : throw new NetworkException(
                NetworkErrorCode.ContainerNotFound,
                $"The container '{Prefix}:{name}' is not running ({record.State}), so it has no network. Start it "
                    + "first.",
                $"{Prefix}:{name}");
    }

    protected NetworkException NotFound(string name) => new(
        NetworkErrorCode.ContainerNotFound,
        $"There is no container '{Prefix}:{Netlink.KernelText.Printable(name)}'.",
        $"{Prefix}:{name}")
    { Advice = [Advice.List(AdviceThing.Container)] };

    /// <summary>A container's name goes into socket names, web addresses and file names: plain characters
    /// only.</summary>
    protected virtual bool IsName(string name) => name.Length is > 0 and <= 255 && name[0] is not ('-' or '.')
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');

    private void CheckName(string name)
    {
        if (!IsName(name))
            throw new NetworkException(
                NetworkErrorCode.InvalidName,
                $"'{Netlink.KernelText.Printable(name)}' cannot be the name of a container of {Prefix}: letters, "
                    + "digits, '_', '-' and '.' can be in one.",
                name);
    }
}

/// <summary>The container runtimes that namespaces can be named by.</summary>
internal static class ContainerRuntimes
{
    /// <summary>Every known runtime.</summary>
    public static IReadOnlyList<ContainerRuntime> All { get; } =
    [
        new LxcRuntime(),
        EngineRuntime.Docker(),
        EngineRuntime.Podman(),
        new NspawnRuntime(),
    ];

    /// <summary>Looks a runtime up by its prefix.</summary>
    public static ContainerRuntime? Find(string prefix) => All.FirstOrDefault(runtime => runtime.Prefix == prefix);

    /// <summary>Whether a container is on its way up: its runtime makes its network, which is left alone until it
    /// runs.</summary>
    /// <param name="text">What its namespace is called: RUNTIME:NAME, or anything else.</param>
    /// <param name="cancellation">Ends the wait for its runtime.</param>
    public static bool IsStarting(string text, CancellationToken cancellation)
    {
        if (text.Split(':', 2) is not [var prefix, var name] || Find(prefix) is not { } runtime)
            return false;
        try
        {
            return runtime.Get(name, cancellation).State == ContainerState.Starting;
        }
        catch (NetworkException)
        {
            // It is gone again.
            return true;
        }
    }

    [ModuleInitializer]
    internal static void Register() => NamespaceSources.Add(All);
}
