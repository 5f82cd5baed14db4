using LxcNetworking.Containers.Dhcp;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Files;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Connections;

/// <summary>Disconnects containers from one namespace.</summary>
internal sealed class ContainerDisconnection(NetworkStack stack, LentLinks lent)
{
    /// <inheritdoc cref="ContainerOperations.Disconnect"/>
    public IReadOnlyList<LinkFailure> Disconnect(
        IReadOnlyList<NetLink> links,
        string? hostInterfaceName,
        ContainerReference? container,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(links);
        RunFolder.Sweep();
        var failures = new List<LinkFailure>();
        foreach (var group in links.GroupBy(link => link.Namespace))
        {
            var inside = stack.Pool.Get(group.Key, cancellation);
            cancellation.ThrowIfCancellationRequested();
            foreach (var link in group)
                inside.Dhcp.Release(link);
            LeaseRecords.Sweep(inside);
            var present = MovedLinks.Find(inside, cancellation: CancellationToken.None);
            var lost = MovedLinks.Lost(stack, inside);
            var others = new List<NetLink>();
            foreach (var link in group)
            {
                try
                {
                    if (present.Find(found => found.Link.Index == link.Index).Moved is { } moved)
                        lent.Return(inside, link, moved, hostInterfaceName);
                    else if (link.Kind == "physical")
                        lent.TakeHardware(inside, link, hostInterfaceName);
                    else if (lost.Find(other => other.IsReplacedBy(link.Index, link.Name)) is { } replaced)
                        throw LentLinks.NotTheLent(inside, link, replaced);
                    else if (hostInterfaceName is not null)
                        throw NotLent(inside, link, hostInterfaceName);
                    else
                        others.Add(link);
                }
                catch (NetworkException e)
                {
                    failures.Add(new LinkFailure(link, e));
                }
            }

            failures.AddRange(inside.Links.Remove(others, CancellationToken.None));
        }

        MovedLinks.Sweep(stack);
        LeaseRecords.Sweep();
        if (container is not null)
            RemoveFiles(container);
        return failures;
    }

    private void RemoveFiles(ContainerReference container)
    {
        var inside = stack.Containers.StackOf(container);
        ResolvConf.Sweep(container, inside, CancellationToken.None);
        // With its last link a named namespace has no use for name servers. Those that the kernel puts into each (tunl0
        // …) are down.
        if (container.NamespaceName is { } name
            && inside.Links.List(new LinkFilter { SkipStatistics = true })
                .All(link => link.Kind == "loopback" || !link.IsUp))
            ResolvConf.Remove(name);
    }

    private static NetworkException NotLent(NetworkStack inside, NetLink link, string name) => new(
        NetworkErrorCode.LinkChanged,
        $"'{link.Name}' is no link that was lent to '{inside.Namespace}', so it does not come out as '{name}'. Without "
            + "a name to come out as, it is removed.",
        link.Name)
    {
        Advice =
        [
            Advice.Omit("hostInterfaceName"),
            Advice.To(AdviceKind.Move, AdviceThing.Link, inside.Namespace.Text, link.Name),
        ],
    };
}
