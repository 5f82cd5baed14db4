using System.Net.Sockets;
using LxcNetworking.Netfilter;
using LxcNetworking.Values;

namespace LxcNetworking.Nat;

/// <summary>One rule of a translation or a mapping, before it is in the kernel.</summary>
/// <param name="Chain">Its chain.</param>
/// <param name="Rank">Rules of a lower rank come first in their chain.</param>
/// <param name="Comment">What nft shows, and by which the rule is known again.</param>
/// <param name="Body">What it does.</param>
internal sealed record NatRule(NftChain Chain, int Rank, string Comment, NftRuleBody Body);

/// <summary>
/// How translations and mappings stand in the kernel's rules, and how they are known again. A rule counts as this
/// module's if its comment says so and it is exactly the rule that would be written; anything else in the table is
/// someone else's.
/// </summary>
internal static class NatRules
{
    public const string TableName = "lxcnetworking";
    public const string TableComment = "LxcNetworking: translations";
    private const string NatComment
        = "NetNat ", MappingComment = "NetNatStaticMapping ", HairpinSuffix = " (within the network)";
    private const uint RTN_LOCAL = 2, IPS_DST_NAT = 1 << 5;

    public static readonly NftChain PreRouting = new("prerouting", "nat", Nf.HookPreRouting, Nf.PriorityDestinationNat);
    public static readonly NftChain Output = new("output", "nat", Nf.HookLocalOut, Nf.PriorityDestinationNat);
    public static readonly NftChain PostRouting = new("postrouting", "nat", Nf.HookPostRouting, Nf.PrioritySourceNat);

    private static readonly NftField[] _source
        = [NftField.Source4, NftField.Source6], _destination = [NftField.Destination4, NftField.Destination6];
    private static readonly IPPrefix _loopback4 = new("127.0.0.0/8"), _loopback6 = new("::1/128");

    /// <summary>The rules of a translation.</summary>
    public static IReadOnlyList<NatRule> Of(NetNatSpec spec)
    {
        var prefix = spec.Prefix;
        var family = prefix.AddressFamily;
        var comment = NatComment + spec.Name;
        List<NftCondition> conditions = [NftCondition.Family(family)];
        if (prefix.Length > 0)
            conditions.Add(NftCondition.Source(prefix));
        conditions.Add(
            spec.ExternalInterfaceAlias is { } link
                ? NftCondition.OutputInterface(link)
                : NftCondition.Destination(NftComparison.NotEqual, prefix));
        conditions.Add(Unicast(family));
        var action = spec.ExternalIPAddress is { } address
            ? new NftAction(NftActionKind.SourceNat, address)
            : new NftAction(NftActionKind.Masquerade);
        var main = new NatRule(
            PostRouting, spec.ExternalInterfaceAlias is null ? 3 : 2, comment, new NftRuleBody(conditions, action));
        if (prefix.Length == 0)
            return [main];

        // A mapped connection that comes from the network itself must come back the way it went: its target would
        // answer directly.
        NftCondition[] within = [
            NftCondition.Family(family),
            NftCondition.Source(prefix),
            NftCondition.Destination(NftComparison.Equal, prefix),
            NftCondition.Of(NftField.ConnectionStatus, NftComparison.AnyBit, BitConverter.GetBytes(IPS_DST_NAT)),
        ];
        return [
            new NatRule(
                PostRouting,
                0,
                comment + HairpinSuffix,
                new NftRuleBody(within, new NftAction(NftActionKind.Masquerade))),
            main,
        ];
    }

    /// <summary>The rules of a mapping. Ports in a row that get other numbers need a map, which is to be made for each
    /// rule.</summary>
    public static IReadOnlyList<NatRule> Of(
        NetNatStaticMappingSpec spec, NetNatSpec nat, Func<(string Name, uint Id)> createMap)
    {
        var comment = MappingComment + spec.NatName;
        var external = spec.ExternalIPAddress!;
        var rank = IP.IsAny(external) ? 2 : spec.Protocol is null ? 1 : 0;
        List<NatRule> rules = [
            new(PreRouting, rank, comment, Inwards(spec, createMap)),
            new(Output, rank, comment, Inwards(spec, createMap)),
        ];
        if (spec.Protocol is null)
        {
            List<NftCondition> conditions = [
                NftCondition.Family(external.AddressFamily),
                NftCondition.Source(new IPPrefix(spec.InternalIPAddress)),
                nat.ExternalInterfaceAlias is { } link
                    ? NftCondition.OutputInterface(link)
                    : NftCondition.Destination(NftComparison.NotEqual, nat.Prefix),
                Unicast(external.AddressFamily),
            ];
            rules.Add(new(
                PostRouting,
                1,
                comment,
                new NftRuleBody(conditions, new NftAction(NftActionKind.SourceNat, external))));
        }

        return rules;
    }

    /// <summary>A rule's rank in its chain; null for someone else's.</summary>
    public static int? RankOf(NftRule rule)
    {
        if (rule.Body is not { } body)
            return null;
        if (rule.Chain != PostRouting.Name)
        {
            return NameOf(rule, MappingComment) is null ? null
                : body.Find(NftComparison.Equal, NftField.DestinationType) is not null ? 2
                : body.Find(NftComparison.Equal, NftField.Transport) is null ? 1 : 0;
        }

        return NameOf(rule, MappingComment) is not null ? 1
            : NameOf(rule, NatComment) is not { } name ? null
            : name.EndsWith(HairpinSuffix, StringComparison.Ordinal) ? 0
            : body.Find(NftComparison.Equal, NftField.OutputInterface) is null ? 3 : 2;
    }

    /// <summary>Reads a translation's main rule.</summary>
    /// <returns>The translation, or null if it is another rule.</returns>
    public static NetNatSpec? ReadNat(NftRule rule)
    {
        if (rule.Chain != PostRouting.Name || rule.Body is not { } body || NameOf(rule, NatComment) is not { } name
            || !IsName(name))
            return null;
        var source = body.Find(NftComparison.Equal, _source);
        var prefix = source?.ToPrefix()
            ?? (
                body.Find(NftComparison.Equal, NftField.Family)?.Value[0] == Nf.IPv6
                    ? IPPrefix.AnyIPv6
                    : IPPrefix.AnyIPv4);
        var spec = new NetNatSpec(name, prefix)
        {
            ExternalInterfaceAlias = body.Find(NftComparison.Equal, NftField.OutputInterface)?.ToInterfaceName(),
            ExternalIPAddress = body.Action.Address,
        };
        return Of(spec)[^1].Body.ToString() == body.ToString() ? spec : null;
    }

    /// <summary>Reads a mapping's rule of the chains prerouting and output.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="readMap">Reads a map of ports.</param>
    /// <returns>The mapping, or null if it is another rule.</returns>
    public static NetNatStaticMappingSpec? ReadMapping(
        NftRule rule, Func<string, IReadOnlyList<(int From, int To)>?> readMap)
    {
        if (rule.Chain == PostRouting.Name
            || rule.Body is not { Action: { Kind: NftActionKind.DestinationNat, Address: { } inside } action } body
            || NameOf(rule, MappingComment) is not { } name || !IsName(name))
            return null;
        var any = inside.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any;
        var spec = new NetNatStaticMappingSpec(name, inside)
        {
            ExternalIPAddress = body.Find(NftComparison.Equal, _destination)?.ToPrefix().Address ?? any,
        };
        if (body.Find(NftComparison.Equal, NftField.Transport) is { } transport)
        {
            var first = body.Find(NftComparison.Equal, NftField.DestinationPort)
                ?? body.Find(NftComparison.GreaterOrEqual, NftField.DestinationPort);
            var last = body.Find(NftComparison.LessOrEqual, NftField.DestinationPort) ?? first;
            if (first is null || first.ToPort() == 0 || last!.ToPort() < first.ToPort()
                || !Enum.IsDefined((NatProtocol)transport.Value[0]))
                return null;
            var outside = new PortRange(first.ToPort(), last.ToPort());
            var map = action.Map is null ? null : readMap(action.Map);
            if (action.Port == 0
                || (action.Map is not null
                    && (map is not { Count: > 0 } || map[0].To == 0 || !map.SequenceEqual(Shift(outside, map[0].To)))))
                return null;
            spec = spec with
            {
                Protocol = (NatProtocol)transport.Value[0],
                ExternalPort = outside,
                InternalPort = map is not null
                    ? new PortRange(map[0].To, map[0].To + outside.Count - 1)
                    : action.Port is { } port ? new PortRange(port) : outside,
            };
        }
        else if (IP.IsAny(spec.ExternalIPAddress))
        {
            return null;
        }

        return Inwards(spec, () => (string.Empty, 0)).ToString() == body.ToString() ? spec : null;
    }

    /// <summary>True for every rule that belongs to a translation and not to a mapping of it.</summary>
    public static bool BelongsTo(NftRule rule, NetNatSpec nat) => rule.Chain == PostRouting.Name
        && Of(nat).Any(own => own.Comment == rule.Comment && own.Body.ToString() == rule.Body?.ToString());

    /// <summary>True for the rule by which a mapped address goes out.</summary>
    public static bool IsOutward(NftRule rule, NetNatStaticMappingSpec spec) => spec.Protocol is null
        && rule is { Body: { Action: { Kind: NftActionKind.SourceNat, Address: { } outside } } body }
        && rule.Chain == PostRouting.Name && NameOf(rule, MappingComment) == spec.NatName
        && outside.Equals(spec.ExternalIPAddress)
        && body.Find(NftComparison.Equal, _source)?.ToPrefix() is { } source
        && source.Equals(new IPPrefix(spec.InternalIPAddress));

    /// <summary>The pairs of a row of ports that begins elsewhere.</summary>
    public static IReadOnlyList<(int From, int To)> Shift(PortRange outside, int first)
        => [.. Enumerable.Range(0, outside.Count).Select(i => (outside.First + i, first + i))];

    /// <summary>True if the mapping gives a row of ports other numbers.</summary>
    public static bool NeedsMap(NetNatStaticMappingSpec spec)
        => spec is { ExternalPort: { Count: > 1 } outside, InternalPort: { Count: > 1 } inside }
            && !outside.Equals(inside);

    /// <summary>True for a name that stands in a comment as it is.</summary>
    public static bool IsName(string name)
        => name.Length is > 0 and <= 48 && char.IsLetterOrDigit(name[0]) && name[^1] != ' '
        && name.All(c => char.IsLetterOrDigit(c) || c is '_' or '-' or '.' or ' ')
        && System.Text.Encoding.UTF8.GetByteCount(name) <= 64;

    private static NftRuleBody Inwards(NetNatStaticMappingSpec spec, Func<(string Name, uint Id)> createMap)
    {
        var external = spec.ExternalIPAddress!;
        List<NftCondition> conditions = [NftCondition.Family(external.AddressFamily)];
        if (IP.IsAny(external))
        {
            // The loopback's addresses cannot be translated: nothing of them may leave the host.
            conditions.Add(NftCondition.Destination(
                NftComparison.NotEqual,
                external.AddressFamily == AddressFamily.InterNetworkV6 ? _loopback6 : _loopback4));
            conditions.Add(NftCondition.Of(
                NftField.DestinationType, NftComparison.Equal, BitConverter.GetBytes(RTN_LOCAL)));
        }
        else
        {
            conditions.Add(NftCondition.Destination(NftComparison.Equal, new IPPrefix(external)));
        }

        var action = new NftAction(NftActionKind.DestinationNat, spec.InternalIPAddress);
        if (spec is { Protocol: { } protocol, ExternalPort: { } outside, InternalPort: { } inside })
        {
            conditions.Add(NftCondition.Transport((byte)protocol));
            if (outside.Count == 1)
            {
                conditions.Add(NftCondition.Port(NftComparison.Equal, outside.First));
            }
            else
            {
                conditions.Add(NftCondition.Port(NftComparison.GreaterOrEqual, outside.First));
                conditions.Add(NftCondition.Port(NftComparison.LessOrEqual, outside.Last));
            }

            if (NeedsMap(spec))
            {
                var (map, id) = createMap();
                action = action with { Map = map, MapId = id };
            }
            else if (!outside.Equals(inside))
            {
                action = action with { Port = inside.First };
            }
        }

        return new NftRuleBody(conditions, action);
    }

    // Broadcasts and multicasts, and in IPv6 the link's own addresses, are for the link alone.
    private static NftCondition Unicast(AddressFamily family) => family == AddressFamily.InterNetworkV6
        ? NftCondition.Of(NftField.Destination6, NftComparison.Less, IPAddress.Parse("fe80::").GetAddressBytes())
        : NftCondition.Of(NftField.Destination4, NftComparison.Less, IPAddress.Parse("224.0.0.0").GetAddressBytes());

    private static string? NameOf(NftRule rule, string prefix)
        => rule.Comment?.StartsWith(prefix, StringComparison.Ordinal) == true ? rule.Comment[prefix.Length..] : null;
}
