using System.Globalization;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>What a next-hop object is to be made like.</summary>
public sealed record NextHopSpec : NextHopSettings
{
    /// <summary>An object of which nothing is said yet.</summary>
    public NextHopSpec()
    {
    }

    /// <summary>An object with settings.</summary>
    /// <param name="settings">What is said of it.</param>
    public NextHopSpec(NextHopSettings settings)
        : base(settings)
    {
    }

    /// <summary>The interface; 0 for the one that the gateway is on, or for none.</summary>
    public int InterfaceIndex { get; init; }

    /// <summary>The family of an object without a gateway; null for IPv4.</summary>
    public IPFamily? AddressFamily { get; init; }

    /// <summary>Who makes it.</summary>
    public RouteProtocol Protocol { get; init; } = RouteProtocol.LxcNetworking;

    /// <summary>The gateway counts as being on the link, whatever the addresses say.</summary>
    public bool OnLink { get; init; }

    /// <summary>What packets are put into; null for nothing.</summary>
    public RouteEncapsulation? Encapsulation { get; init; }

    // A group has no family.
    internal byte RealFamily => IsGroup ? (byte)0
        : (byte)(NextHop is null ? AddressFamily ?? IPFamily.IPv4 : IP.FamilyOf(NextHop));

    internal string Title => NextHopId is null ? "next-hop object"
        : string.Create(CultureInfo.InvariantCulture, $"next-hop object {NextHopId}");

    /// <summary>Checks it for what the kernel would take amiss, or would take and should not.</summary>
    internal void Validate()
    {
        if (OutOfRange() is { } problem)
            throw Invalid($"The {Title} cannot be so: {problem}.");
        var isWay = NextHop is not null || InterfaceIndex != 0;
        if ((isWay ? 1 : 0) + (IsGroup ? 1 : 0) + (Blackhole == true ? 1 : 0) != 1)
        {
            throw Invalid(
                $"The {Title} has either a gateway, an interface or both, or is a group, or drops its packets.",
                Advice.Give(nameof(NextHop), nameof(InterfaceIndex), nameof(Group), nameof(Blackhole)));
        }

        if (!IsGroup && (GroupType ?? Buckets ?? (object?)IdleTimer ?? UnbalancedTimer) is not null)
            throw Invalid($"The {Title} is no group, and cannot choose among members.");
        if (GroupType != NextHopGroupType.Resilient && (Buckets ?? (object?)IdleTimer ?? UnbalancedTimer) is not null)
        {
            throw Invalid(
                $"Only a resilient group has buckets and timers, as the {Title} is to have.",
                Advice.Give(nameof(GroupType)));
        }

        if (Group?.DistinctBy(member => member.NextHopId).Count() < Group?.Count)
            throw Invalid($"The {Title} is to have a member twice; give it a weight.");
        if (NextHop is null)
            return;
        if (IP.IsMulticast(NextHop))
            throw Invalid($"{NextHop} is a multicast address, which cannot be a next hop.");
        if (InterfaceIndex == 0 && (OnLink || (NextHop.IsIPv6LinkLocal && Fdb != true)))
            throw Invalid($"Of {NextHop}, say on which link it is.", Advice.Give(nameof(InterfaceIndex)));
        IP.Unscoped(NextHop, InterfaceIndex);
    }

    private NetworkException Invalid(string message, params Advice[] advice)
        => new(NetworkErrorCode.InvalidArgument, message, Title) { Advice = advice };
}

/// <summary>What is to become of a next-hop object; null leaves a thing as it is.</summary>
public sealed record NextHopChange : NextHopSettings
{
    /// <summary>A change of which nothing is said yet.</summary>
    public NextHopChange()
    {
    }

    /// <summary>A change of settings.</summary>
    /// <param name="settings">What is to change.</param>
    public NextHopChange(NextHopSettings settings)
        : base(settings)
    {
    }

    /// <summary>The interface.</summary>
    public int? InterfaceIndex { get; init; }

    /// <summary>Who is noted as its maker.</summary>
    public RouteProtocol? Protocol { get; init; }

    /// <summary>Whether the gateway counts as being on the link, whatever the addresses say.</summary>
    public bool? OnLink { get; init; }

    /// <summary>What packets are to be put into.</summary>
    public RouteEncapsulation? Encapsulation { get; init; }

    /// <summary>What an object will be like.</summary>
    /// <param name="nextHop">As read.</param>
    /// <returns>What it is to be made like.</returns>
    public NextHopSpec Apply(NetNextHop nextHop)
    {
        ArgumentNullException.ThrowIfNull(nextHop);
        var isWay = NextHop is not null || InterfaceIndex is not null;
        var over = Over(nextHop);
        // A way, a group and a blackhole exclude each other.
        return new NextHopSpec(over)
        {
            NextHop = IsGroup || Blackhole == true ? null : over.NextHop,
            Group = isWay || Blackhole == true ? [] : over.Group,
            Blackhole = isWay || IsGroup ? false : over.Blackhole,
            InterfaceIndex = InterfaceIndex ?? (IsGroup || Blackhole == true ? 0 : nextHop.InterfaceIndex),
            AddressFamily = nextHop.AddressFamily,
            Protocol = Protocol ?? nextHop.Protocol,
            Encapsulation = IsGroup || Blackhole == true ? null : Encapsulation ?? nextHop.Encapsulation,
            OnLink = OnLink ?? (nextHop.Flags & RouteFlags.OnLink) != 0,
        };
    }

    /// <summary>Says what will be different.</summary>
    /// <param name="nextHop">As read.</param>
    /// <param name="nameOf">Gives an interface's name.</param>
    /// <returns>Such as <c>NextHop from 10.0.3.1 to 10.0.3.9</c>.</returns>
    public IReadOnlyList<string> Describe(NetNextHop nextHop, Func<int, string?> nameOf)
    {
        ArgumentNullException.ThrowIfNull(nameOf);
        var spec = Apply(nextHop);
        (string Name, string? Mine, string? Others)[] own =
        [
            (nameof(NetNextHop.InterfaceAlias), nameOf(spec.InterfaceIndex), nameOf(nextHop.InterfaceIndex)),
            (nameof(Protocol), $"{spec.Protocol}", $"{nextHop.Protocol}"),
            (nameof(Encapsulation), $"{spec.Encapsulation}", $"{nextHop.Encapsulation}"),
            (nameof(OnLink), $"{spec.OnLink}", $"{(nextHop.Flags & RouteFlags.OnLink) != 0}"),
        ];
        return [.. spec.Differences(nextHop).Concat(own).Where(item => item.Mine != item.Others)
            .Select(item => $"{item.Name} from {Shown(item.Others)} to {Shown(item.Mine)}")];
    }

    private static string Shown(string? text) => text is null or "" ? "none" : text;
}
