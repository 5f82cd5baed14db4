using System.Net.Sockets;
using LxcNetworking.Netfilter;
using LxcNetworking.Values;

namespace LxcNetworking.Nat;

public sealed partial class TranslationOperations
{
    // The map of a row of ports goes in one datagram with its rule, twice.
    private const int MaxShiftedPorts = 2048;

    /// <summary>Lists static mappings.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The mappings, in the order in which the kernel tries them.</returns>
    /// <exception cref="NetworkException">PermissionDenied.</exception>
    public IReadOnlyList<NetNatStaticMapping> ListMappings(CancellationToken cancellation = default)
        => [.. (Read("read the static mappings", cancellation)?.Mappings ?? []).Select(item => new NetNatStaticMapping(item.Rule.Handle, item.Spec, _stack.Namespace))];

    /// <summary>Maps a port, a row of ports or a whole address. It also counts for connections from the namespace itself and from the network that is translated.</summary>
    /// <param name="spec">What it is to be like.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The mapping, read back.</returns>
    /// <exception cref="NetworkException">ObjectNotFound (no such translation), ObjectExists (ports or address mapped already), InvalidArgument, KindNotSupported, PermissionDenied.</exception>
    public NetNatStaticMapping AddMapping(NetNatStaticMappingSpec spec, CancellationToken cancellation = default)
    {
        spec = Validate(spec);
        Change($"map {spec}", spec.NatName, (state, transaction) =>
        {
            var nat = state.Nats.FirstOrDefault(item => item.Name == spec.NatName) ?? throw NotFound(spec.NatName);
            if (nat.Prefix.AddressFamily != spec.InternalIPAddress.AddressFamily)
                throw Bad($"{spec.InternalIPAddress} is not of the same family as the network {nat.Prefix} of the NAT '{nat.Name}'. IPv4 and IPv6 each take a NAT of their own.", spec.NatName);
            if (!nat.Prefix.Network.Contains(spec.InternalIPAddress))
                throw Bad($"{spec.InternalIPAddress} is not in the network {nat.Prefix} of the NAT '{nat.Name}'. Name the NAT of its network.", spec.NatName, Advice.To(AdviceKind.Create, AdviceThing.Nat, _stack.Namespace.Text));
            if (nat.Prefix.Length > 0 && nat.Prefix.Network.Contains(spec.ExternalIPAddress!))
                throw Bad($"The external address {spec.ExternalIPAddress} is in the network {nat.Prefix} of the NAT '{nat.Name}' itself.", spec.NatName);
            foreach (var (_, other) in state.Mappings)
                CheckConflict(spec, other);
            Insert(state, transaction, NatRules.Of(spec, nat, () => transaction.CreatePortMap(NatRules.Shift(spec.ExternalPort!, spec.InternalPort!.First))));
        }, cancellation);
        return ListMappings(CancellationToken.None).FirstOrDefault(mapping => mapping.Spec == spec)
            ?? throw new NetworkException(NetworkErrorCode.KernelRefused, $"The mapping {spec} was made, and removed by someone else at once.", spec.NatName);
    }

    /// <summary>Removes a static mapping.</summary>
    /// <param name="mapping">The mapping, as it was read.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NetworkException">ObjectNotFound, PermissionDenied.</exception>
    public void RemoveMapping(NetNatStaticMapping mapping, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(mapping);
        Change($"remove the mapping {mapping}", mapping.NatName, (state, transaction) =>
        {
            if (!state.Mappings.Any(item => item.Rule.Handle == mapping.StaticMappingID && item.Spec == mapping.Spec))
                throw MappingNotFound(mapping.StaticMappingID);
            // Someone may have doubled rules: of each chain's the one at the same place goes.
            var place = state.Mappings.Where(item => item.Spec == mapping.Spec).TakeWhile(item => item.Rule.Handle != mapping.StaticMappingID).Count();
            var gone = state.Table.Rules.Where(rule => IsPart(state, rule, mapping.Spec)).GroupBy(rule => rule.Chain)
                .SelectMany(chain => chain.Skip(place).Take(1)).Select(rule => rule.Handle).ToHashSet();
            Delete(state, transaction, rule => gone.Contains(rule.Handle));
        }, cancellation);
    }

    /// <summary>Says that there is no mapping of a number.</summary>
    /// <param name="id">The number.</param>
    /// <returns>The error.</returns>
    public NetworkException MappingNotFound(ulong id) => new(
        NetworkErrorCode.ObjectNotFound,
        $"There is no static mapping {id} in namespace '{_stack.Namespace}'.",
        id.ToString(System.Globalization.CultureInfo.InvariantCulture))
        {
            Advice = [Advice.List(AdviceThing.NatStaticMapping, _stack.Namespace.Text)],
        };

    /// <summary>Checks a specification by itself, before anything is looked at or done.</summary>
    /// <param name="spec">The specification.</param>
    /// <returns>The same with the address outside and the ports inside filled in.</returns>
    /// <exception cref="NetworkException">InvalidArgument.</exception>
    public static NetNatStaticMappingSpec Validate(NetNatStaticMappingSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var name = spec.NatName;
        ArgumentNullException.ThrowIfNull(spec.InternalIPAddress);
        CheckUnicast(spec.InternalIPAddress, "be sent on to", name);
        var external = spec.ExternalIPAddress ?? (spec.InternalIPAddress.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any);
        if (external.AddressFamily != spec.InternalIPAddress.AddressFamily)
            throw Bad($"The external address {external} and the internal address {spec.InternalIPAddress} are not of one family.", name);
        if (!IP.IsAny(external))
            CheckUnicast(external, "come in at", name);
        if (spec.Protocol is null)
        {
            if (spec.ExternalPort is not null || spec.InternalPort is not null)
                throw Bad("A port is mapped for one protocol: say TCP or UDP as well.", name, Advice.Give(nameof(spec.Protocol)));
            if (IP.IsAny(external))
                throw Bad("To map a whole address, name it; to map ports, say the protocol and the external port.", name, Advice.Give(nameof(spec.ExternalIPAddress), nameof(spec.ExternalPort)));
            return spec with { ExternalIPAddress = external };
        }

        if (!Enum.IsDefined(spec.Protocol.Value))
            throw Bad($"{spec.Protocol} is no protocol whose ports can be mapped: TCP and UDP are.", name);
        if (spec.ExternalPort is not { } outside)
            throw Bad($"Which {spec.Protocol} port is to be mapped? One port or a range such as 8000-8010 can be.", name, Advice.Give(nameof(spec.ExternalPort)));
        var inside = spec.InternalPort ?? outside;
        if (inside.Count != 1 && inside.Count != outside.Count)
            throw Bad($"{outside.Count} external ports ({outside}) cannot be mapped to {inside.Count} internal ones ({inside}): name as many, or one for all.", name);
        spec = spec with { ExternalIPAddress = external, InternalPort = inside };
        return NatRules.NeedsMap(spec) && outside.Count > MaxShiftedPorts
            ? throw Bad($"At most {MaxShiftedPorts} ports at once can get other numbers inside, and {outside} are {outside.Count}. Keep the numbers, or map them in parts.", name, Advice.Omit(nameof(spec.InternalPort)))
            : spec;
    }

    private static bool IsPart(NatState state, NftRule rule, NetNatStaticMappingSpec spec)
        => (state.Inward.TryGetValue(rule.Handle, out var inward) && inward == spec) || NatRules.IsOutward(rule, spec);

    private void CheckConflict(NetNatStaticMappingSpec spec, NetNatStaticMappingSpec other)
    {
        var sameOutside = other.ExternalIPAddress!.Equals(spec.ExternalIPAddress);
        if (spec.Protocol is null && other.Protocol is null)
        {
            if (sameOutside)
                throw Taken($"The address {spec.ExternalIPAddress} is mapped to {other.InternalIPAddress} already, in the NAT '{other.NatName}'");
            if (other.InternalIPAddress.Equals(spec.InternalIPAddress))
                throw Taken($"{spec.InternalIPAddress} is mapped to the address {other.ExternalIPAddress} already, in the NAT '{other.NatName}', and cannot leave under two");
        }
        else if (sameOutside && spec.Protocol == other.Protocol && spec.ExternalPort!.Overlaps(other.ExternalPort!))
        {
            throw Taken($"The {spec.Protocol} port {spec.ExternalPort} of {(IP.IsAny(spec.ExternalIPAddress!) ? "any address" : spec.ExternalIPAddress)} is mapped already: {other}, in the NAT '{other.NatName}'");
        }

        NetworkException Taken(string what) => new(NetworkErrorCode.ObjectExists, what + ".", spec.NatName)
        {
            Advice = [Advice.To(AdviceKind.Remove, AdviceThing.NatStaticMapping, _stack.Namespace.Text)],
        };
    }
}
