using System.Net.Sockets;
using LxcNetworking.Addressing;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Runtimes;

/// <summary>A container, or a named namespace that stands for one, as it was when it was read.</summary>
public sealed class NetContainer
{
    internal NetContainer(string runtime, ContainerRecord record, NamespaceReference? reference)
    {
        Runtime = runtime;
        Name = record.Name;
        State = record.State;
        ProcessId = record.ProcessId;
        Namespace = reference;
    }

    /// <summary>The runtime's name for it.</summary>
    public string Name { get; }

    /// <summary>lxc, docker, podman, nspawn, or <c>netns</c> for a named namespace.</summary>
    public string Runtime { get; }

    /// <summary>What it is doing.</summary>
    public ContainerState State { get; }

    /// <summary>Its first process; 0 if it does not run or is a named namespace without processes.</summary>
    public int ProcessId { get; }

    /// <summary>Its IPv4 addresses, without loopback and link-local ones.</summary>
    public ValueList<IPAddress> IPv4 { get; internal set; } = [];

    /// <summary>Its IPv6 addresses, without loopback and link-local ones.</summary>
    public ValueList<IPAddress> IPv6 { get; internal set; } = [];

    /// <summary>Its network namespace, as <c>-Namespace</c> takes it; null if it does not run.</summary>
    public NamespaceReference? Namespace { get; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace?.Id;

    /// <summary>Its network namespace, so that the container can be given where one is asked for.</summary>
    /// <param name="item">From Get-NetContainer.</param>
    /// <exception cref="NetworkException">ContainerNotFound: it does not run.</exception>
    public static implicit operator NamespaceReference(NetContainer item) => ToNamespaceReference(item);

    /// <summary>Its network namespace.</summary>
    /// <param name="item">From Get-NetContainer.</param>
    /// <exception cref="NetworkException">ContainerNotFound: it does not run.</exception>
    public static NamespaceReference ToNamespaceReference(NetContainer item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return item.RequireNamespace();
    }

    /// <summary>Its network namespace.</summary>
    /// <exception cref="NetworkException">ContainerNotFound: it does not run.</exception>
    internal NamespaceReference RequireNamespace() => Namespace
        ?? throw new NetworkException(
            NetworkErrorCode.ContainerNotFound,
            $"The container '{this}' is not running ({State}), so it has no network. Start it first.",
            ToString());

    /// <inheritdoc/>
    public override string ToString() => Runtime == ContainerStore.NamedRuntime ? Name : $"{Runtime}:{Name}";
}

/// <summary>Finds containers of every runtime, and named namespaces.</summary>
/// <param name="pool">Where their namespaces' stacks come from.</param>
public sealed class ContainerStore(NetworkStackPool pool)
{
    /// <summary>How a named namespace's "runtime" is called.</summary>
    public const string NamedRuntime = "netns";

    /// <summary>The runtimes' names.</summary>
    public static IReadOnlyList<string> Runtimes { get; }
        = [.. ContainerRuntimes.All.Select(runtime => runtime.Prefix), NamedRuntime];

    /// <summary>Lists containers. A runtime that does not answer is told, and the others go on.</summary>
    /// <param name="runtimes">Only of these; null for all.</param>
    /// <param name="onProblem">Takes what went wrong with a runtime.</param>
    /// <param name="timeout">How long each runtime may take, where somebody waits at a prompt; null for as long as it
    /// may take.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The containers.</returns>
    public IEnumerable<NetContainer> List(
        IReadOnlyCollection<string>? runtimes = null, Action<NetworkException>? onProblem = null,
        TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        foreach (var runtime in ContainerRuntimes.All)
        {
            if (runtimes is not null && !runtimes.Contains(runtime.Prefix))
                continue;
            var records = runtime.TryList(onProblem ?? (_ => { }), timeout, cancellation);
            foreach (var record in records)
                yield return Describe(runtime.Prefix, record, cancellation);
        }

        if (runtimes is not null && !runtimes.Contains(NamedRuntime))
            yield break;
        foreach (var item in pool.Namespaces.List(cancellation: cancellation))
        {
            var container = new NetContainer(
                NamedRuntime,
                new ContainerRecord(
                    item.Name!, ContainerState.Running, item.ProcessId.Count > 0 ? item.ProcessId[0] : 0),
                item.Namespace);
            ReadAddresses(container, cancellation);
            yield return container;
        }
    }

    private NetContainer Describe(string runtime, ContainerRecord record, CancellationToken cancellation)
    {
        if (record.ProcessId == 0)
            return new NetContainer(runtime, record, null);
        var path = NamespaceFile.ProcessPath(record.ProcessId);
        ulong cookie = 0;
        try
        {
            cookie = pool.TryGetCookie(path, null);
        }
        catch (NetworkException)
        {
            // It ended a moment ago.
            return new NetContainer(runtime, record with { State = ContainerState.Stopped, ProcessId = 0 }, null);
        }

        var container = new NetContainer(
            runtime, record, new NamespaceReference($"{runtime}:{record.Name}", cookie, path));
        ReadAddresses(container, cancellation);
        return container;
    }

    private void ReadAddresses(NetContainer container, CancellationToken cancellation)
    {
        try
        {
            var addresses = pool.Get(container.Namespace, cancellation)
                .Addresses.List(cancellation: cancellation)
                .Select(item => item.IPAddress)
                .Where(address => !IPAddress.IsLoopback(address) && !address.IsIPv6LinkLocal).ToList();
            container.IPv4 = [.. addresses.Where(address => address.AddressFamily == AddressFamily.InterNetwork)];
            container.IPv6 = [.. addresses.Where(address => address.AddressFamily == AddressFamily.InterNetworkV6)];
        }
        catch (Exception e) when (e is NetworkException or NetlinkException)
        {
            // Without the right to enter it, its addresses are simply not known.
        }
    }
}
