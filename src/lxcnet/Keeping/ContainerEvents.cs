using LxcNetworking.Containers.Lxc;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Events;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Program.Keeping;

/// <summary>
/// Tells when namespaces that documents name may have come or gone: named ones by their folder, containers of Docker
/// and Podman by the engine's events, those of systemd-nspawn by systemd-machined's files, and those of LXC by their
/// configuration, which LXC opens when it starts one. That a container has ended is seen by its network, too.
/// </summary>
internal sealed class ContainerEvents : IDisposable
{
    private const string MachinesFolder = "/run/systemd/machines";
    private readonly List<IDisposable> _all = [];

    /// <summary>Starts to listen.</summary>
    /// <param name="store">The named namespaces.</param>
    /// <param name="names">What documents call the namespaces.</param>
    /// <param name="changed">Called at each event, on threads of their own.</param>
    /// <param name="starts">Called when a container of LXC may be about to start.</param>
    public ContainerEvents(NamespaceStore store, IEnumerable<string> names, Action changed, Action starts)
    {
        var prefixes = names.Select(name => name.Split(':', 2))
            .ToLookup(parts => parts.Length == 2 ? parts[0] : string.Empty, parts => parts[^1]);
        if (prefixes.Contains(string.Empty))
            _all.Add(new NamespaceWatch(store, (_, _) => changed(), () => { }));
        if (prefixes["lxc"].ToList() is { Count: > 0 } containers)
        {
            _all.Add(new PathEvents(
                [.. containers.Select(name => Path.Combine(LxcConfiguration.DefaultLxcPath, name, "config"))],
                tellsOpening: true,
                starts));
        }

        if (prefixes["nspawn"].ToList() is { Count: > 0 } machines)
        {
            _all.Add(new PathEvents(
                [.. machines.Select(name => Path.Combine(MachinesFolder, name))], tellsOpening: false, changed));
        }

        foreach (var engine in ContainerRuntimes.All.OfType<EngineRuntime>())
        {
            if (prefixes.Contains(engine.Prefix))
                _all.Add(new EngineEvents(engine, changed));
        }
    }

    public void Dispose() => _all.ForEach(one => one.Dispose());
}
