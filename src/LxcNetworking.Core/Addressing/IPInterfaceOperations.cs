using System.Runtime.InteropServices;
using System.Text;
using LxcNetworking.Files;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>What IPv4 and IPv6 are set to on a namespace's interfaces, forwarding included.</summary>
public sealed class IPInterfaceOperations : IStackOperations<IPInterfaceOperations>
{
    // IFLA_INET_CONF holds IPV4_DEVCONF_* of linux/ip.h, counted from 1; IFLA_INET6_CONF holds DEVCONF_* of
    // linux/ipv6.h.
    private const ushort IFLA_INET_CONF = 1, IFLA_INET6_CONF = 2;
    private const int Forwarding4 = 0, ProxyArp = 2, RpFilter = 7;
    private const int Forwarding6
        = 0, HopLimit = 1, Mtu6 = 2, AcceptRa = 3, Autoconf = 5, DadTransmits = 6, ProxyNdp = 22, DisableIPv6 = 26;

    // linux/netconf.h.
    private const ushort NetconfInterface = 1, NetconfForwarding = 2, NewNetconf = 80, GetNetconf = 82;
    private const int AllInterfaces = -1;
    private readonly NetworkStack _stack;

    internal IPInterfaceOperations(NetworkStack stack) => _stack = stack;

    static IPInterfaceOperations IStackOperations<IPInterfaceOperations>.On(NetworkStack stack) => new(stack);

    /// <summary>Lists what is set, for each interface and family.</summary>
    /// <param name="filter">What to narrow the list to; null for all.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>For each interface IPv4's settings, then IPv6's.</returns>
    /// <exception cref="NetlinkException">The kernel did not answer as it should.</exception>
    public IReadOnlyList<NetIPInterface> List(AddressFilter? filter = null, CancellationToken cancellation = default)
    {
        var result = new List<NetIPInterface>();
        using var request = new NetlinkRequest(Rtm.GetLink).Header(default(IfInfoMsg))
            .Put(Ifla.ExtMask, RtextFilter.SkipStats);
        // A list that has to be read again starts afresh.
        var reading = _stack.Route.DumpInOrder(
            request, reply => Parse(reply, _stack.Namespace), both => both[0].InterfaceIndex, cancellation);
        foreach (var both in reading.Items)
            result.AddRange(both.Where(item => filter?.Takes(item.InterfaceIndex, item.AddressFamily) != false));
        return result;
    }

    /// <summary>Tells whether the namespace as a whole forwards.</summary>
    /// <param name="family">Only IPv4 or IPv6; null for both.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>For each family that the kernel has, what is set.</returns>
    public IReadOnlyList<NetForwarding> ListForwarding(
        IPFamily? family = null, CancellationToken cancellation = default)
    {
        IPFamily[] families = family is { } only ? [only] : [IPFamily.IPv4, IPFamily.IPv6];
        var requests = families
            .Select(
                one => new NetlinkRequest(GetNetconf).AsQuery().Header((byte)one)
                    .Put(NetconfInterface, AllInterfaces)).ToList();
        var result = new List<NetForwarding>();
        try
        {
            _stack.Route.ExecuteAll(
                requests,
                (i, reply) =>
                {
                    if (reply.Type == NewNetconf
                        && reply.Read<byte>(out _).TryFind(NetconfForwarding, out var forwarding))
                        result.Add(
                            new NetForwarding(_stack.Namespace)
                            {
                                AddressFamily = families[i],
                                Enabled = forwarding.AsInt32() != 0,
                            });
                },
                cancellation);
        }
        finally
        {
            requests.ForEach(request => request.Dispose());
        }

        return result;
    }

    /// <summary>Tells whether the namespace as a whole forwards packets of a family; false where the kernel lacks
    /// it.</summary>
    internal bool IsForwarding(IPFamily family) => ListForwarding(family).Any(forwarding => forwarding.Enabled);

    /// <summary>
    /// Says which ways out of the namespace are lost as soon as it forwards IPv6: the kernel then removes the routes
    /// that routers announced on an interface that listens to them only as long as it is no router itself (accept_ra is
    /// 1).
    /// </summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The interfaces' names, each with a sentence without its full stop; empty if nothing is lost, or IPv6 is
    /// forwarded already.</returns>
    public IReadOnlyList<(string InterfaceAlias, string Sentence)> ForwardingLosses(
        CancellationToken cancellation = default)
    {
        if (IsForwarding(IPFamily.IPv6))
            return [];
        var listening = List(new AddressFilter { Family = IPFamily.IPv6 }, cancellation)
            .Where(item => item.RouterAdvertisement == RouterAdvertisementPolicy.AcceptUnlessForwarding)
            .DistinctBy(item => item.InterfaceIndex)
            .ToDictionary(item => item.InterfaceIndex, item => item.InterfaceAlias);
        var routes = _stack.Routes.List(
            new RouteFilter
            {
                Table = RouteTable.All,
                Family = IPFamily.IPv6,
                Protocol = RouteProtocol.RouterAdvertisement,
            },
            cancellation);
        var announced = routes.Where(route => listening.ContainsKey(route.InterfaceIndex))
            .GroupBy(route => listening[route.InterfaceIndex]);
        return [.. announced.Select(group => (
            group.Key,
            $"Turning IPv6 forwarding on in namespace '{_stack.Namespace}' removes what a router announced on "
                + $"'{group.Key}' (the route to {string.Join(", ", group.Select(route => route.DestinationPrefix))}), "
                + $"as that interface listens to routers only until it forwards: write 2 to "
                + $"/proc/sys/net/ipv6/conf/{group.Key}/accept_ra there to keep it"))];
    }

    /// <summary>Turns forwarding on or off, for the namespace as a whole (which sets every interface) or for one
    /// interface.</summary>
    /// <param name="family">IPv4 or IPv6.</param>
    /// <param name="enabled">On or off.</param>
    /// <param name="link">The interface, as read from this stack; null for the namespace as a whole.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <exception cref="NetworkException">PermissionDenied, LinkNotFound, NotSupported.</exception>
    public void SetForwarding(
        IPFamily family, bool enabled, NetLink? link = null, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        var name = link is null ? "all" : Encoding.UTF8.GetString(KernelText.Encode(link.Name));
        var path = family == IPFamily.IPv6 ? $"/proc/sys/net/ipv6/conf/{name}/forwarding"
            : link is null ? "/proc/sys/net/ipv4/ip_forward" : $"/proc/sys/net/ipv4/conf/{name}/forwarding";
        var what = $"{family} forwarding in namespace "
            + $"'{_stack.Namespace}'{(link is null ? string.Empty : $" on '{link.Name}'")}";
        var target = link?.Name ?? _stack.Namespace.Text;
        try
        {
            // Which namespace's files these are depends on the thread that opens them; rtnetlink reads this setting but
            // does not write it.
            _stack.Within(() =>
            {
                using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
                file.Write(enabled ? "1\n"u8 : "0\n"u8);
                return true;
            });
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw link is not null
                && !_stack.Links.List(new LinkFilter { SkipStatistics = true }, cancellation)
                    .Any(other => other.Index == link.Index)
                ? _stack.Links.NotFound(link.Name)
                : new NetworkException(
                    NetworkErrorCode.NotSupported,
                    $"Cannot set {what}: there is no {path}. The kernel has no {family}, or /proc is not there.",
                    target,
                    e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw FileErrors.Explain(e, $"Cannot set {what}: {path} cannot be written", target);
        }
    }

    /// <summary>Switches IPv6 on for one interface. Docker switches it off in containers whose own network has none;
    /// who asks for an address means this one interface to have it.</summary>
    /// <returns>False if that is not allowed, or there is no such setting.</returns>
    internal bool TrySwitchOnIPv6(string link) => _stack.Within(() =>
    {
        try
        {
            File.WriteAllText($"/proc/sys/net/ipv6/conf/{link}/disable_ipv6", "0");
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    });

    /// <summary>Puts each interface together with its addresses and the default routes over it.</summary>
    /// <param name="interfaceIndexes">Only these interfaces; null for all.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The interfaces in the kernel's order.</returns>
    public IReadOnlyList<NetIPConfiguration> ListConfigurations(
        IReadOnlyCollection<int>? interfaceIndexes = null, CancellationToken cancellation = default)
    {
        var addresses = _stack.Addresses.List(new AddressFilter { InterfaceIndexes = interfaceIndexes }, cancellation)
            .ToLookup(address => address.InterfaceIndex);
        var routes = _stack.Routes.List(cancellation: cancellation)
            .Where(route => route.DestinationPrefix.Length == 0 && route.Type == RouteType.Unicast)
            .OrderBy(route => route.RouteMetric).ToList();
        var links = _stack.Links.List(cancellation: cancellation)
            .Where(link => interfaceIndexes?.Contains(link.Index) != false);
        return [.. links.Select(link => new NetIPConfiguration(link)
        {
            IPv4Address = [.. addresses[link.Index].Where(address => address.AddressFamily == IPFamily.IPv4)],
            IPv6Address = [
                .. addresses[link.Index]
                .Where(address => address.AddressFamily == IPFamily.IPv6 && !address.IPAddress.IsIPv6LinkLocal),
            ],
            IPv6LinkLocalAddress = [.. addresses[link.Index].Where(address => address.IPAddress.IsIPv6LinkLocal)],
            IPv4DefaultGateway = [
                .. routes.Where(route => route.AddressFamily == IPFamily.IPv4 && Uses(route, link.Index)),
            ],
            IPv6DefaultGateway = [
                .. routes.Where(route => route.AddressFamily == IPFamily.IPv6 && Uses(route, link.Index)),
            ],
        })];
    }

    private static bool Uses(NetRoute route, int index)
        => route.InterfaceIndex == index || route.Multipath.Any(hop => hop.InterfaceIndex == index);

    /// <summary>Reads the settings out of a message about a link.</summary>
    /// <exception cref="NetlinkProtocolException">The message is malformed.</exception>
    internal static List<NetIPInterface>? Parse(NetlinkReply reply, NamespaceReference reference)
    {
        if (reply.Type != Rtm.NewLink)
            return null;
        var attributes = LinkParser.Attributes(reply, out var header);
        if (!attributes.TryFind(Ifla.IfName, out var nameAttribute)
            || !attributes.TryFind(Ifla.AfSpec, out var families))
            return null;
        var name = nameAttribute.AsString();
        var mtu = attributes.TryFind(Ifla.Mtu, out var mtuAttribute) ? mtuAttribute.AsUInt32() : 0;
        var connected = (
            header.Flags & (uint)(LinkFlags.Up | LinkFlags.Running)) == (uint)(LinkFlags.Up | LinkFlags.Running)
            ? ConnectionState.Connected
            : ConnectionState.Disconnected;
        var result = new List<NetIPInterface>(2);
        foreach (var family in families.Nested)
        {
            if (family.Type == Af.IPv4 && family.Nested.TryFind(IFLA_INET_CONF, out var four))
            {
                result.Add(new NetIPInterface(reference)
                {
                    InterfaceAlias = name,
                    InterfaceIndex = header.Index,
                    AddressFamily = IPFamily.IPv4,
                    Mtu = mtu,
                    ConnectionState = connected,
                    Forwarding = Setting(four, Forwarding4) != 0,
                    ProxyNeighbor = Setting(four, ProxyArp) != 0,
                    ReversePathFilter = (ReversePathFilter)Setting(four, RpFilter),
                });
            }
            else if (family.Type == Af.IPv6 && family.Nested.TryFind(IFLA_INET6_CONF, out var six))
            {
                result.Add(new NetIPInterface(reference)
                {
                    InterfaceAlias = name,
                    InterfaceIndex = header.Index,
                    AddressFamily = IPFamily.IPv6,
                    Mtu = Setting(six, Mtu6),
                    ConnectionState = connected,
                    Enabled = Setting(six, DisableIPv6) == 0,
                    Forwarding = Setting(six, Forwarding6) != 0,
                    ProxyNeighbor = Setting(six, ProxyNdp) != 0,
                    RouterAdvertisement = (RouterAdvertisementPolicy)Setting(six, AcceptRa),
                    Autoconfiguration = Setting(six, Autoconf) != 0,
                    DuplicateAddressDetectionTransmits = Setting(six, DadTransmits),
                    HopLimit = Setting(six, HopLimit),
                });
            }
        }

        return result.Count > 0 ? result : null;
    }

    // An array of 32-bit numbers that grows with the kernel's version.
    private static int Setting(NetlinkAttribute configuration, int index)
        => configuration.Value.Length >= (index + 1) * sizeof(int)
            ? MemoryMarshal.Read<int>(configuration.Value[(index * sizeof(int))..])
            : 0;
}

/// <summary>Gives a stack its <see cref="IPInterfaceOperations"/>.</summary>
public static class IPInterfaceOperationsOfStack
{
    extension(NetworkStack stack)
    {
        /// <summary>What IPv4 and IPv6 are set to, and forwarding.</summary>
        public IPInterfaceOperations IPInterfaces => stack.Operations<IPInterfaceOperations>();
    }
}
