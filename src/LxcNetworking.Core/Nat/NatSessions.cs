using LxcNetworking.Addressing;
using LxcNetworking.Namespaces;
using LxcNetworking.Netfilter;
using LxcNetworking.Netfilter.Conntrack;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Nat;

/// <summary>
/// The tracked connections that translations and static mappings concern. The kernel asks its rules only about a
/// connection's first packet: what is tracked goes on as before a rule was made or removed, until it is forgotten.
/// </summary>
internal sealed class NatSessions(NetworkStack stack, NatTable table)
{
    private const string Told = "Connections that are tracked already go on as before until they are idle";
    private readonly ConnectionTable _connections = new(stack);

    /// <inheritdoc cref="TranslationOperations.ListSessions"/>
    public IReadOnlyList<NetNatSession> List(CancellationToken cancellation)
    {
        const string operation = "read the connections that are translated";
        var nats = table.Read(operation, cancellation)?.Nats ?? [];
        try
        {
            var all = _connections.List(0, cancellation) ?? throw new NetworkException(
                NetworkErrorCode.KindNotSupported,
                $"Cannot {operation}: the kernel does not tell them. Load what does as root ('modprobe "
                    + "nf_conntrack_netlink'), or boot a kernel that has it.");
            return [.. all.Where(item => item.IsTranslated).Select(item => Describe(item, nats))];
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(
                e, operation, null, NetworkErrorCode.ObjectNotFound, NetworkErrorCode.ObjectExists);
        }
    }

    // Each of the following returns what is wrong, or null: the rules are what was asked for, and they are made.

    /// <summary>Ends what a translation concerns that was just made: what is not translated yet, but for TCP
    /// connections that both sides have agreed on, which would be lost.</summary>
    public string? EndBefore(NetNatSpec nat) => End(nat.Prefix, connection
        => !connection.Status.HasFlag(ConntrackStatus.SourceNat) && !connection.IsEstablishedTcp
            && nat.Prefix.Contains(connection.Original.Source)
            && !nat.Prefix.Contains(connection.Original.Destination));

    /// <summary>Ends what a translation and its mappings, which were just removed, have translated.</summary>
    public string? EndOf(NetNatSpec nat, IEnumerable<NetNatStaticMappingSpec> mappings)
    {
        List<Predicate<TrackedConnection>> parts = [.. mappings.Select(TranslatedBy)];
        return End(nat.Prefix, connection
            => (connection.Status.HasFlag(ConntrackStatus.SourceNat)
                && nat.Prefix.Contains(connection.Original.Source))
            || parts.Exists(isPart => isPart(connection)));
    }

    /// <summary>Ends what a mapping concerns that was just made and goes elsewhere, but for TCP connections that both
    /// sides have agreed on, which would be lost.</summary>
    public string? EndBefore(NetNatStaticMappingSpec mapping, IPPrefix prefix)
    {
        var isExternal = External(mapping);
        return End(prefix, connection => !connection.IsEstablishedTcp
            && (IsTo(connection.Original, mapping, isExternal)
                ? !connection.Reply.Source.Equals(mapping.InternalIPAddress)
                : mapping.Protocol is null && connection.Original.Source.Equals(mapping.InternalIPAddress)
                    && !prefix.Contains(connection.Original.Destination)
                    && !connection.Reply.Destination.Equals(mapping.ExternalIPAddress)));
    }

    /// <summary>Ends what a mapping that was just removed has translated.</summary>
    public string? EndOf(NetNatStaticMappingSpec mapping)
        => End(new IPPrefix(mapping.InternalIPAddress), TranslatedBy(mapping));

    private Predicate<TrackedConnection> TranslatedBy(NetNatStaticMappingSpec mapping)
    {
        var isExternal = External(mapping);
        return connection
            => (connection.Status.HasFlag(ConntrackStatus.DestinationNat)
                && connection.Reply.Source.Equals(mapping.InternalIPAddress)
                && IsTo(connection.Original, mapping, isExternal))
            || (mapping.Protocol is null && connection.Status.HasFlag(ConntrackStatus.SourceNat)
                && connection.Original.Source.Equals(mapping.InternalIPAddress)
                && connection.Reply.Destination.Equals(mapping.ExternalIPAddress));
    }

    private string? End(IPPrefix family, Predicate<TrackedConnection> isMeant)
    {
        try
        {
            var all = _connections.List(
                family.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? Nf.IPv6 : Nf.IPv4,
                CancellationToken.None);
            if (all is null)
                return $"{Told}: the kernel does not tell them (it needs nf_conntrack_netlink).";
            _connections.Remove(all.FindAll(isMeant), CancellationToken.None);
            return null;
        }
        catch (NetlinkException e)
        {
            return $"{Told}: {e.Message}.";
        }
    }

    private static bool IsTo(
        ConnectionTuple ends, NetNatStaticMappingSpec mapping, Predicate<IPAddress> isExternal)
        => mapping.Protocol is not { } protocol
            ? isExternal(ends.Destination)
            : ends.Protocol == (byte)protocol && ends.DestinationPort is { } port
                && mapping.ExternalPort!.First <= port && port <= mapping.ExternalPort.Last
                && isExternal(ends.Destination);

    // A mapping of any address counts for those of this namespace, but for what never leaves it.
    private Predicate<IPAddress> External(NetNatStaticMappingSpec mapping)
    {
        if (!IP.IsAny(mapping.ExternalIPAddress!))
            return address => address.Equals(mapping.ExternalIPAddress);
        var own = stack.Addresses.List().Select(address => address.IPAddress)
            .Where(address => !System.Net.IPAddress.IsLoopback(address)).ToHashSet();
        return own.Contains;
    }

    private NetNatSession Describe(TrackedConnection connection, IReadOnlyList<NetNatSpec> nats)
    {
        // The side that was asked is inside where the destination is translated.
        var isFromInside = !connection.Status.HasFlag(ConntrackStatus.DestinationNat);
        var inside = isFromInside ? connection.Original.Source : connection.Reply.Source;
        var nat = nats.FirstOrDefault(item => item.Prefix.Contains(inside));
        return new NetNatSession(connection, isFromInside, nat?.Name, stack.Namespace);
    }
}
