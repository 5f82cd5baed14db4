using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>The neighbour (ARP, NDP) tables of one namespace: list, make, change, remove.</summary>
public sealed class NeighborOperations : IStackOperations<NeighborOperations>
{
    private readonly NetworkStack _stack;

    internal NeighborOperations(NetworkStack stack) => _stack = stack;

    static NeighborOperations IStackOperations<NeighborOperations>.On(NetworkStack stack) => new(stack);

    /// <summary>Lists neighbours, or the addresses that this host answers for.</summary>
    /// <param name="filter">What to narrow the list to; null for all.</param>
    /// <param name="proxy">Lists proxy entries instead.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The entries in the kernel's order, those included that need no asking.</returns>
    /// <exception cref="NetlinkException">The kernel did not answer as it should.</exception>
    public IReadOnlyList<NetNeighbor> List(
        AddressFilter? filter = null, bool proxy = false, CancellationToken cancellation = default)
    {
        // The kernel's strict check wants the interface as an attribute, and the header empty but for the flag.
        using var request = new NetlinkRequest(Rtm.GetNeigh)
            .Header(
                new NdMsg
                {
                    Family = (byte)(filter?.Family ?? 0),
                    Flags = proxy ? (byte)NeighborFlags.Proxy : (byte)0,
                });
        if (filter?.SingleIndex is { } index and not 0)
            request.Put(Nda.IfIndex, index);
        var neighbors = _stack.DumpListening(
            request,
            reply => Parse(reply, _stack.Namespace) is { } neighbor && neighbor.Proxy == proxy
                && filter?.Takes(neighbor.InterfaceIndex, neighbor.AddressFamily) != false
                ? neighbor
                : null,
            neighbor => (neighbor.InterfaceIndex, neighbor.IPAddress),
            type => type == Rtm.DelNeigh,
            [RtnlGroup.Neigh],
            cancellation);
        Name(neighbors, filter?.KnownNames, cancellation);
        return neighbors;
    }

    /// <summary>Makes an entry.</summary>
    /// <param name="link">The interface, as read from this stack.</param>
    /// <param name="address">The neighbour's IP address.</param>
    /// <param name="linkLayerAddress">Its Ethernet address, or on a tunnel that of its end; null for a proxy
    /// entry.</param>
    /// <param name="state">What is to be known about it.</param>
    /// <param name="proxy">This host answers for it.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>The entry, read back.</returns>
    /// <exception cref="NetworkException">NeighborExists, InvalidArgument, PermissionDenied.</exception>
    public NetNeighbor Create(
        NetLink link, IPAddress address, LinkLayerAddress? linkLayerAddress, NeighborState state =
            NeighborState.Permanent, bool proxy = false, CancellationToken cancellation = default)
        => Create(
            link,
            new NeighborSpec(address) { LinkLayerAddress = linkLayerAddress, State = state, Proxy = proxy },
            replace: false,
            cancellation);

    /// <summary>Makes an entry.</summary>
    /// <param name="link">The interface, as read from this stack.</param>
    /// <param name="spec">The entry.</param>
    /// <param name="replace">Takes the place of an entry of that address.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>The entry, read back.</returns>
    /// <exception cref="NetworkException">NeighborExists, InvalidArgument, NotSupported, PermissionDenied.</exception>
    public NetNeighbor Create(
        NetLink link, NeighborSpec spec, bool replace = false, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(link);
        ArgumentNullException.ThrowIfNull(spec);
        spec = spec with { IPAddress = IP.Unscoped(spec.IPAddress, link.Index) };
        spec.Validate(link);
        var (address, proxy) = (spec.IPAddress, spec.Proxy);
        cancellation.ThrowIfCancellationRequested();
        using var request = spec.ToRequest(link.Index, replace);
        using var readBack = new NetlinkRequest(Rtm.GetNeigh).AsQuery()
            .Header(Header(address, link.Index, NeighborState.None, proxy)).PutAddress(Nda.Dst, address);
        // Linux replaces a proxy entry that is there without a word.
        if (proxy && !replace
            && List(
                new AddressFilter { InterfaceIndexes = [link.Index], Family = IP.FamilyOf(address) },
                proxy,
                cancellation).Any(other => other.IPAddress.Equals(address)))
            throw Exists(link, address, null);
        NetNeighbor? made = null;
        var errors = _stack.Route.ExecuteAll(
            [request, readBack], (_, reply) => made = Parse(reply, _stack.Namespace) ?? made, CancellationToken.None);
        if (errors[0] is { } refusal)
        {
            throw refusal.Errno == Native.LibC.EEXIST ? Exists(link, address, refusal)
                : KernelErrors.ExplainIPv6Off(
                    refusal, IP.FamilyOf(address), link.Name, $"the neighbour {address}", address.ToString())
                ?? KernelErrors.Explain(
                    refusal,
                    $"add the neighbour {address} to '{link.Name}'",
                    address.ToString(),
                    exists: NetworkErrorCode.NeighborExists);
        }

        made ??= List(new AddressFilter { InterfaceIndexes = [link.Index] }, proxy, CancellationToken.None)
            .FirstOrDefault(neighbor => neighbor.IPAddress.Equals(address))
            ?? throw new NetworkException(
                NetworkErrorCode.NeighborNotFound,
                $"The neighbour {address} on '{link.Name}' was made, but is gone again.",
                address.ToString());
        made.InterfaceAlias = link.Name;
        if (spec.Managed && !made.IsManaged)
        {
            throw Rollback.After(
                new NetworkException(
                    NetworkErrorCode.NotSupported,
                    $"This kernel does not know Managed (Linux 5.16) for the neighbour {address}.",
                    address.ToString()),
                $"remove the neighbour {address}",
                () => Remove([made]));
        }

        return made;
    }

    /// <summary>Changes an entry; what is not named stays as it is.</summary>
    /// <param name="neighbor">The entry, as read from this stack.</param>
    /// <param name="change">What is to become of it.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>The entry, read back.</returns>
    /// <exception cref="NetworkException">NeighborNotFound, InvalidArgument, NotSupported (a proxy entry),
    /// PermissionDenied.</exception>
    public NetNeighbor Change(
        NetNeighbor neighbor, NeighborChange change, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(neighbor);
        ArgumentNullException.ThrowIfNull(change);
        // The kernel changes the state by itself at any moment.
        var current = neighbor.Proxy ? neighbor : Read(neighbor, cancellation);
        change.Validate(current);
        change.Validate(current, _stack.Links.Get(current.InterfaceIndex, LinkFilter.Bare, cancellation));
        cancellation.ThrowIfCancellationRequested();
        Send(current, change);
        return Rollback.Run(undo =>
        {
            undo.Add(
                $"set the neighbour {current.IPAddress} back",
                () => Send(current, new NeighborChange { Protocol = current.Protocol }));
            var changed = Read(current, CancellationToken.None);
            return change.Unanswered(changed) is not { Count: > 0 } names ? changed : throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"This kernel does not know {string.Join(" and ", names)} for the neighbour {current.IPAddress}.",
                current.IPAddress.ToString());
        });
    }

    private void Send(NetNeighbor neighbor, NeighborChange change)
    {
        using var request = change.ToRequest(neighbor);
        try
        {
            _stack.Route.Execute(request, cancellation: CancellationToken.None);
        }
        catch (NetlinkErrorException refusal)
        {
            throw KernelErrors.Explain(
                refusal,
                $"change the neighbour {neighbor.IPAddress} on '{neighbor.InterfaceAlias}'",
                neighbor.IPAddress.ToString(),
                notFound: NetworkErrorCode.NeighborNotFound);
        }
    }

    private NetNeighbor Read(NetNeighbor neighbor, CancellationToken cancellation)
    {
        var filter = new AddressFilter
        {
            InterfaceIndexes = [neighbor.InterfaceIndex],
            Family = neighbor.AddressFamily,
        };
        return List(filter, cancellation: cancellation)
            .FirstOrDefault(other => other.IPAddress.Equals(neighbor.IPAddress))
            ?? throw new NetworkException(
                NetworkErrorCode.NeighborNotFound,
                $"There is no neighbour {neighbor.IPAddress} on '{neighbor.InterfaceAlias}' in namespace "
                    + $"'{_stack.Namespace}' any more.",
                neighbor.IPAddress.ToString());
    }

    /// <summary>Removes entries in one go.</summary>
    /// <param name="neighbors">Entries as read from this stack.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>For each entry null, or why it is still there.</returns>
    public IReadOnlyList<NetworkException?> Remove(
        IReadOnlyList<NetNeighbor> neighbors, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(neighbors);
        cancellation.ThrowIfCancellationRequested();
        var requests = neighbors.Select(item => new NetlinkRequest(Rtm.DelNeigh)
            .Header(Header(item.IPAddress, item.InterfaceIndex, NeighborState.None, item.Proxy))
            .PutAddress(Nda.Dst, item.IPAddress)).ToList();
        try
        {
            var refusals = _stack.Route.ExecuteAll(requests, cancellation: CancellationToken.None);
            return [.. refusals.Select((refusal, i) => refusal is null
                ? null
                : KernelErrors.Explain(
                    refusal,
                    $"remove the neighbour {neighbors[i].IPAddress} from '{neighbors[i].InterfaceAlias}'",
                    neighbors[i].IPAddress.ToString(),
                    notFound: NetworkErrorCode.NeighborNotFound))];
        }
        finally
        {
            requests.ForEach(request => request.Dispose());
        }
    }

    private static NdMsg Header(IPAddress address, int interfaceIndex, NeighborState state, bool proxy) => new()
    {
        Family = (byte)IP.FamilyOf(address),
        Index = interfaceIndex,
        State = (ushort)state,
        Flags = proxy ? (byte)NeighborFlags.Proxy : (byte)0,
    };

    private NetworkException Exists(NetLink link, IPAddress address, Exception? inner) => new(
        NetworkErrorCode.NeighborExists, $"'{link.Name}' in namespace '{_stack.Namespace}' has an entry for the "
            + $"neighbour {address} already.", address.ToString(), inner)
    {
        Advice = [Advice.To(AdviceKind.Remove, AdviceThing.Neighbor, _stack.Namespace.Text, address.ToString())],
    };

    /// <summary>Makes a neighbour of a message.</summary>
    /// <exception cref="NetlinkProtocolException">The message is malformed.</exception>
    internal static NetNeighbor? Parse(NetlinkReply reply, NamespaceReference reference)
    {
        if (reply.Type is not (Rtm.NewNeigh or Rtm.DelNeigh))
            return null;
        var attributes = reply.Read<NdMsg>(out var header);
        return IP.FamilyOf(header.Family) is null ? null : new NetNeighbor(header, attributes, reference);
    }

    private void Name(
        List<NetNeighbor> neighbors, IReadOnlyDictionary<int, string>? known, CancellationToken cancellation)
    {
        var names = LinkNames.Read(
            _stack, neighbors.Select(neighbor => neighbor.InterfaceIndex), known, cancellation);
        foreach (var neighbor in neighbors)
            neighbor.InterfaceAlias = neighbor.InterfaceIndex == 0 ? string.Empty : names.Of(neighbor.InterfaceIndex);
    }
}

/// <summary>Gives a stack its <see cref="NeighborOperations"/>.</summary>
public static class NeighborOperationsOfStack
{
    extension(NetworkStack stack)
    {
        /// <summary>Neighbour (ARP, NDP) entries.</summary>
        public NeighborOperations Neighbors => stack.Operations<NeighborOperations>();
    }
}
