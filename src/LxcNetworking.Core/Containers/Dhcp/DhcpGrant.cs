using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Dhcp;

/// <summary>A route that a server named (RFC 3442).</summary>
/// <param name="Destination">Where packets are headed.</param>
/// <param name="Gateway">The gateway; 0.0.0.0 for receivers on the link itself.</param>
internal sealed record DhcpRoute(IPPrefix Destination, IPAddress Gateway);

/// <summary>
/// What a server granted a client, as far as it can be used. Times count from <see cref="Granted"/>; one without an end
/// is <see cref="TimeSpan.MaxValue"/>.
/// </summary>
internal sealed record DhcpGrant
{
    private const int MostAddresses = 16, MostRoutes = 64, MostDomains = 16, MaxDomainLength = 253;
    private static readonly TimeSpan s_usualLease = TimeSpan.FromHours(1);

    /// <summary>The address with the network's prefix length.</summary>
    public required IPPrefix Address { get; init; }

    /// <summary>The server that granted it.</summary>
    public required IPAddress Server { get; init; }

    /// <summary>The station that the grant came from: the server's, or the router's that leads to it.</summary>
    public required MacAddress Station { get; init; }

    /// <summary>When it was asked for.</summary>
    public required DateTimeOffset Granted { get; init; }

    /// <summary>How long it lasts.</summary>
    public TimeSpan LeaseTime { get; init; } = s_usualLease;

    /// <summary>When to ask the server for more time (T1).</summary>
    public TimeSpan RenewalTime { get; init; } = s_usualLease / 2;

    /// <summary>When to ask any server for more time (T2).</summary>
    public TimeSpan RebindingTime { get; init; } = s_usualLease * 0.875;

    /// <summary>The routers, in the server's order. Where it named routes these are the default route's.</summary>
    public IReadOnlyList<IPAddress> Gateways { get; init; } = [];

    /// <summary>Further routes.</summary>
    public IReadOnlyList<DhcpRoute> Routes { get; init; } = [];

    /// <summary>The name servers.</summary>
    public IReadOnlyList<IPAddress> DnsServers { get; init; } = [];

    /// <summary>The domain, or null; control characters are shown as \xNN.</summary>
    public string? DomainName { get; init; }

    /// <summary>The domains to search.</summary>
    public IReadOnlyList<string> DomainSearch { get; init; } = [];

    /// <summary>The network's MTU in bytes, or null.</summary>
    public int? Mtu { get; init; }

    /// <summary>When it ends; null for never.</summary>
    public DateTimeOffset? Expires => LeaseTime == TimeSpan.MaxValue ? null : Granted + LeaseTime;

    /// <summary>Reads an offer or an acknowledgement. It is the server's to say, so nothing that does not fit is
    /// believed.</summary>
    /// <param name="message">The message.</param>
    /// <param name="station">Who sent it.</param>
    /// <param name="asked">When the question was sent.</param>
    /// <returns>Null if there is no usable address, network and server in it.</returns>
    public static DhcpGrant? TryRead(DhcpMessage message, MacAddress station, DateTimeOffset asked)
    {
        if (!IsStation(message.YourAddress)
            || ReadAddress(message, DhcpOption.Server) is not { } server
            || message[DhcpOption.SubnetMask] is not { Length: 4 } mask || LengthOf(mask) is not { } length)
            return null;
        var address = new IPPrefix(message.YourAddress, length);
        if (length < 31
            && (address.Address.Equals(address.Network.Address) || address.Address.Equals(address.LastAddress)))
            return null;
        var lease = ReadTime(message, DhcpOption.LeaseTime) ?? s_usualLease;
        if (lease == TimeSpan.Zero)
            return null;
        var rebinding = Within(ReadTime(message, DhcpOption.RebindingTime), lease, 0.875);
        var routes = ReadRoutes(message[DhcpOption.ClasslessRoutes]);
        return new DhcpGrant
        {
            Address = address,
            Server = server,
            Station = station,
            Granted = asked,
            LeaseTime = lease,
            RebindingTime = rebinding,
            RenewalTime = Within(ReadTime(message, DhcpOption.RenewalTime), rebinding, 0.5 / 0.875),
            // Who understands the routes does not look at the routers (RFC 3442).
            Gateways = routes is null
                ? ReadAddresses(message, DhcpOption.Router)
                : [.. routes.Where(route => route.Destination.Length == 0 && !IP.IsAny(route.Gateway))
                    .Select(route => route.Gateway)],
            Routes = [.. routes?.Where(route => route.Destination.Length > 0) ?? []],
            DnsServers = ReadAddresses(message, DhcpOption.DnsServer),
            DomainName = ReadText(message[DhcpOption.DomainName]),
            DomainSearch = ReadDomains(message[DhcpOption.DomainSearch] ?? []),
            Mtu = message[DhcpOption.Mtu] is { Length: 2 } mtu
                && BinaryPrimitives.ReadUInt16BigEndian(mtu) is var size and >= 68 ? size : null,
        };
    }

    /// <summary>An option that is a text; null if there is none.</summary>
    public static string? ReadText(byte[]? value)
    {
        var text = Encoding.UTF8.GetString(value ?? []).TrimEnd('\0');
        return text.Length == 0 ? null
            : KernelText.Printable(text.Length > MaxDomainLength ? text[..MaxDomainLength] : text);
    }

    /// <summary>An option that is one station's address; null if there is none.</summary>
    public static IPAddress? ReadAddress(DhcpMessage message, byte code)
        => message[code] is { Length: 4 } value && new IPAddress(value.AsSpan()) is var address && IsStation(address)
            ? address : null;

    /// <summary>Reads names as DNS has them: a name may end with a pointer to an earlier place (RFC 3397,
    /// 1035).</summary>
    /// <returns>The names; those that are none are left out.</returns>
    internal static IReadOnlyList<string> ReadDomains(ReadOnlySpan<byte> bytes)
    {
        var names = new List<string>();
        for (var at = 0; at < bytes.Length && names.Count < MostDomains;)
        {
            if (ReadDomain(bytes, ref at) is not { } name)
                break;
            if (IsDomain(name))
                names.Add(name);
        }

        return names;
    }

    /// <summary>Tells whether a text, also one of a file, can be a domain's name.</summary>
    internal static bool IsDomain(string? name) => name?.Length is > 0 and <= MaxDomainLength
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') && name[0] != '-';

    /// <summary>Reads routes: a prefix length, as many bytes as it takes, and the gateway.</summary>
    /// <returns>Null where there are none or one does not fit.</returns>
    internal static List<DhcpRoute>? ReadRoutes(ReadOnlySpan<byte> bytes)
    {
        var routes = new List<DhcpRoute>();
        Span<byte> destination = stackalloc byte[4];
        while (bytes.Length > 0 && routes.Count < MostRoutes)
        {
            int length = bytes[0], significant = (length + 7) / 8;
            if (length > 32 || bytes.Length < 1 + significant + 4)
                return null;
            destination.Clear();
            bytes.Slice(1, significant).CopyTo(destination);
            var gateway = new IPAddress(bytes.Slice(1 + significant, 4));
            bytes = bytes[(1 + significant + 4)..];
            if (!IP.IsAny(gateway) && !IsStation(gateway))
                continue;
            var network = new IPPrefix(new IPAddress((ReadOnlySpan<byte>)destination), length).Network;
            routes.Add(new DhcpRoute(network, gateway));
        }

        return routes.Count == 0 ? null : routes;
    }

    // Null where the list is spoilt from here on.
    private static string? ReadDomain(ReadOnlySpan<byte> bytes, ref int at)
    {
        var name = new StringBuilder();
        var (place, lowest, isAway) = (at, at, false);
        while (place < bytes.Length)
        {
            int length = bytes[place++];
            if (length == 0)
            {
                at = isAway ? at : place;
                return name.ToString();
            }

            if (length >= 0xc0)
            {
                // Only backwards, so that it comes to an end.
                if (place >= bytes.Length || ((length & 0x3f) << 8 | bytes[place]) is var target && target >= lowest)
                    return null;
                at = isAway ? at : place + 1;
                (place, lowest, isAway) = (target, target, true);
                continue;
            }

            if (length > 63 || place + length > bytes.Length || name.Length > MaxDomainLength)
                return null;
            name.Append(name.Length == 0 ? string.Empty : ".")
                .Append(Encoding.Latin1.GetString(bytes.Slice(place, length)));
            place += length;
        }

        return null;
    }

    private static IReadOnlyList<IPAddress> ReadAddresses(DhcpMessage message, byte code)
    {
        var value = message[code];
        if (value is null || value.Length % 4 != 0)
            return [];
        return
        [
            .. value.Chunk(4).Select(bytes => new IPAddress(bytes.AsSpan())).Where(IsStation).Distinct()
                .Take(MostAddresses),
        ];
    }

    private static TimeSpan? ReadTime(DhcpMessage message, byte code)
        => message[code] is not { Length: 4 } value ? null
            : BinaryPrimitives.ReadUInt32BigEndian(value) is var seconds && seconds == uint.MaxValue
                ? TimeSpan.MaxValue : TimeSpan.FromSeconds(seconds);

    private static TimeSpan Within(TimeSpan? time, TimeSpan limit, double usually)
        => time is { } given && given > TimeSpan.Zero && given < limit ? given
            : limit == TimeSpan.MaxValue ? limit : limit * usually;

    private static int? LengthOf(byte[] mask)
    {
        var bits = BinaryPrimitives.ReadUInt32BigEndian(mask);
        var length = BitOperations.LeadingZeroCount(~bits);
        return length > 0 && (length == 32 || bits << length == 0) ? length : null;
    }

    // One that a station can have: not of this host, a group, or a range without a use.
    private static bool IsStation(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[4];
        return address.TryWriteBytes(bytes, out var length) && length == 4 && bytes[0] is > 0 and < 224 and not 127;
    }
}
