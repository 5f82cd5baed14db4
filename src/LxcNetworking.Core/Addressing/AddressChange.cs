using System.Globalization;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>What is to become of an address; null leaves a thing as it is.</summary>
public sealed record AddressChange
{
    private const int HostPartBits = 64;

    /// <summary>How long it stays from now on; <see cref="Duration.Forever"/> for ever.</summary>
    public TimeSpan? ValidLifetime { get; init; }

    /// <summary>How long new connections may start from it; null as it is, or as long as it stays if that is
    /// less.</summary>
    public TimeSpan? PreferredLifetime { get; init; }

    /// <summary>IPv6: no connection starts from it unless a program asks for it, which a preferred lifetime of 0
    /// does.</summary>
    public bool? SkipAsSource { get; init; }

    /// <summary>The prefix length. The address is removed for it and made again.</summary>
    public int? PrefixLength { get; init; }

    /// <summary>The metric of the route to its network; 0 for the kernel's own choice (IPv4).</summary>
    public long? PrefixRouteMetric { get; init; }

    /// <summary>The number of the program whose it is, 4 to 255; 0 for none. Not every kernel changes that of an IPv4
    /// address.</summary>
    public int? Protocol { get; init; }

    /// <summary>IPv6: the other end's address on a point-to-point link.</summary>
    public IPAddress? PeerAddress { get; init; }

    /// <summary>IPv6: whether the route to its network is left out.</summary>
    public bool? NoPrefixRoute { get; init; }

    /// <summary>IPv6: whether the kernel makes temporary addresses from it.</summary>
    public bool? ManageTemporary { get; init; }

    /// <summary>IPv6: whether it is a Mobile IPv6 home address.</summary>
    public bool? HomeAddress { get; init; }

    /// <summary>IPv6: whether nobody is asked if someone else has it, when its link comes up again.</summary>
    public bool? SkipDuplicateAddressDetection { get; init; }

    private IEnumerable<(AddressFlags Flag, bool? IsOn)> FlagChanges =>
    [
        (AddressFlags.NoPrefixRoute, NoPrefixRoute),
        (AddressFlags.ManageTemporary, ManageTemporary),
        (AddressFlags.HomeAddress, HomeAddress),
        (AddressFlags.SkipDuplicateAddressDetection, SkipDuplicateAddressDetection),
    ];

    /// <summary>Says what will be different.</summary>
    /// <param name="address">As read.</param>
    /// <returns>Such as <c>PrefixRouteMetric from 0 to 5</c>.</returns>
    public IReadOnlyList<string> Describe(NetIPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var (valid, preferred) = Lifetimes(address);
        (string Name, object? Mine, object? Others)[] own =
        [
            (nameof(ValidLifetime), (Duration)valid, address.ValidLifetime),
            (nameof(PreferredLifetime), (Duration)preferred, address.PreferredLifetime),
            (nameof(PrefixRouteMetric), PrefixRouteMetric ?? address.PrefixRouteMetric, address.PrefixRouteMetric),
            (nameof(Protocol), Protocol ?? address.Protocol ?? 0, address.Protocol ?? 0),
            (nameof(PeerAddress), PeerAddress ?? address.PeerAddress, address.PeerAddress),
            .. FlagChanges.Where(change => change.IsOn is not null).Select(
                change => ($"{change.Flag}", (object?)change.IsOn, (object?)((address.Flags & change.Flag) != 0))),
        ];
        var steps = own.Where(item => !Equals(item.Mine, item.Others)).Select(item => string.Create(
            CultureInfo.InvariantCulture, $"{item.Name} from {item.Others ?? "none"} to {item.Mine}")).ToList();
        if (PrefixLength is { } length && length != address.PrefixLength)
        {
            steps.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"PrefixLength from {address.PrefixLength} to {length} (the address is removed and made again)"));
        }

        return steps;
    }

    /// <summary>Checks it for what the kernel would take amiss, or would pass over.</summary>
    /// <param name="address">As read.</param>
    /// <exception cref="NetworkException">InvalidArgument, NotSupported.</exception>
    public void Validate(NetIPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var own = address.IPAddress;
        var most = IP.FullLength(address.AddressFamily);
        if (PrefixLength is < 0 || PrefixLength > most)
            throw Invalid(address, $"A prefix length of {PrefixLength} does not fit {own}: 0 to {most} do.");
        if (PrefixRouteMetric is < 0 or > uint.MaxValue)
            throw Invalid(address, $"{PrefixRouteMetric} is no metric for {own}: 0 to {uint.MaxValue} are.");
        if (Protocol is not (null or 0 or (>= 4 and <= 255)))
        {
            throw Invalid(
                address, $"{Protocol} is no protocol for {own}: 4 to 255 are, as 1 to 3 mean the kernel, and 0 none.");
        }

        if (SkipAsSource is not null && PreferredLifetime is not null)
            throw Invalid(address, $"Whether {own} is passed over as a source is said by its preferred lifetime.");
        if (PeerAddress is { } peer && IP.FamilyOf(peer) != address.AddressFamily)
            throw Invalid(address, $"{peer} does not go with {own}: one is IPv4, the other IPv6.");
        if (own.Equals(PeerAddress))
            throw Invalid(address, $"{own} cannot be the other end's address too, and no other end cannot be set.");
        if (ManageTemporary == true && address.PrefixLength != HostPartBits)
            throw Invalid(address, $"The kernel makes temporary addresses from {own} only with a prefix length of 64.");
        var problem = address.AddressFamily == IPFamily.IPv4 ? ProblemOfIPv4(own)
            : PrefixRouteMetric == 0 ? $"The kernel keeps the metric of {own}; 256 is the one that it chooses itself."
            : null;
        problem ??= (PrefixLength ?? address.PrefixLength) != address.PrefixLength
            && (address.PeerAddress ?? PeerAddress) is not null
            ? $"The prefix length of {own} is its peer's. Remove the address and make it again." : null;
        if (problem is not null)
            throw new NetworkException(NetworkErrorCode.NotSupported, problem, own.ToString());
        var (valid, preferred) = Lifetimes(address);
        new AddressSpec(address.Prefix).Lifetimes(valid, preferred);
    }

    /// <summary>The lifetimes after it.</summary>
    internal (TimeSpan Valid, TimeSpan Preferred) Lifetimes(NetIPAddress address)
    {
        var valid = ValidLifetime ?? address.ValidLifetime;
        var follows = valid < address.PreferredLifetime || SkipAsSource == false
            || (ValidLifetime is not null && address.PreferredLifetime == address.ValidLifetime);
        var preferred = SkipAsSource == true ? TimeSpan.Zero
            : PreferredLifetime ?? (follows ? valid : address.PreferredLifetime);
        return (valid, preferred);
    }

    /// <summary>The message's address with what changes.</summary>
    internal NetIPAddress Over(NetIPAddress message) => message with
    {
        Metric = PrefixRouteMetric switch { null => message.Metric, 0 => null, _ => PrefixRouteMetric },
        Protocol = Protocol switch { null => message.Protocol, 0 => null, _ => Protocol },
        Address = PeerAddress ?? message.Address,
        AllFlags = FlagChanges.Aggregate(message.Flags, (flags, change) => change.IsOn switch
        {
            null => flags,
            true => flags | change.Flag,
            false => flags & ~change.Flag,
        }) is var all and not AddressFlags.None ? all : null,
    };

    /// <summary>What the kernel passed over of it.</summary>
    /// <param name="changed">The address after the change.</param>
    internal IReadOnlyList<string> Unanswered(NetIPAddress changed)
    {
        var names = FlagChanges
            .Where(change => change.IsOn is { } isOn && isOn != ((changed.Flags & change.Flag) != 0))
            .Select(change => change.Flag.ToString()).ToList();
        if (Protocol is { } protocol && protocol != (changed.Protocol ?? 0))
            names.Add(nameof(Protocol));
        if (PrefixRouteMetric is { } metric && metric != changed.PrefixRouteMetric)
            names.Add(nameof(PrefixRouteMetric));
        return names;
    }

    private string? ProblemOfIPv4(IPAddress own)
    {
        var names = FlagChanges.Where(change => change.IsOn is not null).Select(change => $"{change.Flag}")
            .Concat(SkipAsSource is null ? [] : [nameof(SkipAsSource)])
            .Concat(PeerAddress is null ? [] : [nameof(PeerAddress)]).ToList();
        return names.Count == 0 ? null
            : $"{own} is an IPv4 address, of which the kernel changes lifetimes, metric and protocol, not "
                + $"{string.Join(" and ", names)}. Remove it and make it again.";
    }

    private static NetworkException Invalid(NetIPAddress address, string message)
        => new(NetworkErrorCode.InvalidArgument, message, address.IPAddress.ToString());
}
