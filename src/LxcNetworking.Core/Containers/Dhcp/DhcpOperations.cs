using LxcNetworking.Helper;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Dhcp;

/// <summary>Leases of one namespace's links: what servers are asked and told. Addresses are not set here.</summary>
internal sealed class DhcpOperations(NetworkStack stack) : IStackOperations<DhcpOperations>
{
    private const string RunNetns = "/run/netns/";

    static DhcpOperations IStackOperations<DhcpOperations>.On(NetworkStack stack) => new(stack);

    /// <summary>Gets a lease for a link and puts it on file.</summary>
    /// <param name="link">The link, up.</param>
    /// <param name="hostName">What the server is told to call it; null, or what is no host name, for nothing.</param>
    /// <param name="isInUse">Asks the network whether somebody has an address already.</param>
    /// <param name="noGateway">The default route is to be left alone, by whoever renews the lease too.</param>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NetworkException">TimedOut; DependencyFailed where servers answered but gave nothing;
    /// PermissionDenied.</exception>
    public DhcpLease Request(
        NetLink link,
        string? hostName,
        Func<IPAddress, bool> isInUse,
        bool noGateway,
        TimeSpan timeout,
        CancellationToken cancellation)
    {
        var identity = new DhcpIdentity(
            link.MacAddress!,
            DhcpIdentity.ClientIdOf(ContainerName, link.Name),
            hostName is null ? null : DhcpIdentity.HostNameOf(hostName));
        using var transport = new PacketDhcpTransport(stack, link);
        var client = new DhcpClient(identity, transport, TimeProvider.System);
        var grant = client.Acquire(isInUse, timeout, cancellation) ?? throw NoLease(link, client);
        return Note(link, identity, noGateway, grant, () => client.Release(grant));
    }

    /// <summary>Asks for more time for the lease that a link has on file.</summary>
    /// <param name="link">The link, up, with the lease's address.</param>
    /// <param name="record">The lease.</param>
    /// <param name="anyServer">Asks every server (rebinding) and not only the one that granted it (renewing).</param>
    /// <param name="timeout">How long it may take.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>What became of it, and the lease where it got more time.</returns>
    public (DhcpOutcome Outcome, DhcpLease? Lease) Extend(
        NetLink link, LeaseRecord record, bool anyServer, TimeSpan timeout, CancellationToken cancellation)
    {
        // A server knows a client by its Ethernet address too.
        if (!record.Identity.MacAddress.Equals(link.MacAddress))
            return (DhcpOutcome.Refused, null);
        using var transport = new PacketDhcpTransport(stack, link);
        var client = new DhcpClient(record.Identity, transport, TimeProvider.System);
        var (outcome, grant) = client.Extend(record.Grant, anyServer, timeout, cancellation);
        return (outcome, outcome == DhcpOutcome.Extended
            ? Note(link, record.Identity, record.NoGateway, grant, () => { }) : null);
    }

    /// <summary>Gives the lease back that a link has on file, and forgets it. It is nobody's failure if the server does
    /// not hear of it: the lease ends in its own time.</summary>
    /// <param name="link">The link.</param>
    public void Release(NetLink link)
    {
        try
        {
            if (LeaseRecords.Find(stack, link.Index) is not { } record)
                return;
            LeaseRecords.Remove(record);
            if (!link.IsUp || link.MacAddress is null)
                return;
            using var transport = new PacketDhcpTransport(stack, link);
            new DhcpClient(record.Identity, transport, TimeProvider.System).Release(record.Grant);
        }
        catch (Exception e) when (e is NetworkException or NetlinkException)
        {
        }
    }

    /// <summary>The leases that links have, as far as they have not ended.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    public IReadOnlyList<DhcpLease> List(CancellationToken cancellation) =>
    [
        .. LeaseRecords.List(stack).Where(record => !(record.Grant.Expires < DateTimeOffset.UtcNow))
            .Select(record => (Record: record, Link: stack.Links.Find(record.InterfaceIndex, cancellation)))
            .Where(item => item.Link is not null)
            .Select(item => new DhcpLease(item.Record.Grant, item.Record.Identity, item.Link!)),
    ];

    private string? NetnsName
        => stack.Path.StartsWith(RunNetns, StringComparison.Ordinal) ? stack.Path[RunNetns.Length..] : null;

    // The same whenever the container is started anew. One without a name is never started again.
    private string ContainerName => NetnsName is { } name ? $"netns:{name}"
        : stack.Namespace.Text is NamespaceReference.HostText
            || stack.Namespace.Text.Contains(':', StringComparison.Ordinal)
            ? stack.Namespace.Text : stack.Namespace.Id ?? stack.Path;

    // Without a file nobody could renew the lease or give it back.
    private DhcpLease Note(NetLink link, DhcpIdentity identity, bool noGateway, DhcpGrant grant, Action release)
    {
        if (stack.Namespace.Id is { } id)
        {
            LeaseRecords.Sweep(stack);
            var record = new LeaseRecord
            {
                NamespaceId = id,
                Namespace = NetnsName ?? stack.Namespace.Text,
                Path = stack.Path,
                Device = stack.Identity.Device,
                Inode = stack.Identity.Inode,
                InterfaceIndex = link.Index,
                InterfaceAlias = link.Name,
                MacAddress = identity.MacAddress.ToString(),
                ClientId = Convert.ToHexString(identity.ClientId),
                HostName = identity.HostName,
                NoGateway = noGateway,
                Address = string.Empty,
                Server = string.Empty,
                Station = string.Empty,
                Granted = grant.Granted,
            };
            try
            {
                LeaseRecords.Write(record.With(grant));
                if (grant.LeaseTime != TimeSpan.MaxValue)
                    HelperProgram.Ensure();
            }
            catch (NetworkException e) when (e.Code == NetworkErrorCode.PermissionDenied)
            {
                // A user who may not write there asks for more time himself.
            }
            catch (NetworkException)
            {
                LeaseRecords.Remove(record);
                release();
                throw;
            }
        }

        return new DhcpLease(grant, identity, link);
    }

    private static NetworkException NoLease(NetLink link, DhcpClient client)
    {
        var place = $"'{link.Name}' in namespace '{link.Namespace}'";
        return client.Refusal is { } refusal
            ? new NetworkException(
                NetworkErrorCode.DependencyFailed, $"No DHCP server gave an address to {place}. {refusal}", link.Name)
            : new NetworkException(NetworkErrorCode.TimedOut, $"No DHCP server answered on {place}.", link.Name);
    }
}

/// <summary>Gives a stack its <see cref="DhcpOperations"/>.</summary>
internal static class DhcpOperationsOfStack
{
    extension(NetworkStack stack)
    {
        /// <summary>Leases of this stack's links.</summary>
        internal DhcpOperations Dhcp => stack.Operations<DhcpOperations>();
    }
}
