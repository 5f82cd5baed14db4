using System.Globalization;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Nat;

/// <summary>Static mappings of one namespace's translations.</summary>
internal sealed class NatMappings(NetworkStack stack, NatTable table, NatSessions sessions)
{
    /// <inheritdoc cref="TranslationOperations.ListMappings"/>
    public IReadOnlyList<NetNatStaticMapping> List(CancellationToken cancellation)
    {
        var mappings = table.Read("read the static mappings", cancellation)?.Mappings ?? [];
        return [.. mappings.Select(item => new NetNatStaticMapping(item.Rule.Handle, item.Spec, stack.Namespace))];
    }

    /// <inheritdoc cref="TranslationOperations.AddMapping"/>
    public NetNatStaticMapping Add(
        NetNatStaticMappingSpec spec, Action<string>? report, CancellationToken cancellation)
    {
        spec = NatValidation.Validate(spec);
        NetNatSpec? of = null;
        table.Change($"map {spec}", spec.NatName, (state, transaction) =>
        {
            var nat = state.Nats.FirstOrDefault(item => item.Name == spec.NatName)
                ?? throw table.NotFound(spec.NatName);
            of = nat;
            CheckFits(spec, nat);
            foreach (var (_, other) in state.Mappings)
                CheckConflict(spec, other);
            var rules = NatRules.Of(
                spec,
                nat,
                () => transaction.CreatePortMap(NatRules.Shift(spec.ExternalPort!, spec.InternalPort!.First)));
            NatTable.Insert(state, transaction, rules);
        }, cancellation);
        if (sessions.EndBefore(spec, of!.Prefix) is { } problem)
            report?.Invoke(problem);
        return List(CancellationToken.None).FirstOrDefault(mapping => mapping.Spec == spec)
            ?? throw new NetworkException(
                NetworkErrorCode.KernelRefused,
                $"The mapping {spec} was made, and removed by someone else at once.",
                spec.NatName);
    }

    /// <inheritdoc cref="TranslationOperations.RemoveMapping"/>
    public void Remove(NetNatStaticMapping mapping, Action<string>? report, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(mapping);
        table.Change($"remove the mapping {mapping}", mapping.NatName, (state, transaction) =>
        {
            if (!state.Mappings.Any(item => item.Rule.Handle == mapping.StaticMappingID && item.Spec == mapping.Spec))
                throw NotFound(mapping.StaticMappingID);
            // Someone may have doubled rules: of each chain's the one at the same place goes.
            var place = state.Mappings.Where(item => item.Spec == mapping.Spec)
                .TakeWhile(item => item.Rule.Handle != mapping.StaticMappingID).Count();
            var gone = state.Table.Rules.Where(rule => state.IsPart(rule, mapping.Spec)).GroupBy(rule => rule.Chain)
                .SelectMany(chain => chain.Skip(place).Take(1)).Select(rule => rule.Handle).ToHashSet();
            NatTable.Delete(state, transaction, rule => gone.Contains(rule.Handle));
        }, cancellation);
        if (sessions.EndOf(mapping.Spec) is { } problem)
            report?.Invoke(problem);
    }

    /// <inheritdoc cref="TranslationOperations.MappingNotFound"/>
    public NetworkException NotFound(ulong id) => new(
        NetworkErrorCode.ObjectNotFound,
        $"There is no static mapping {id} in namespace '{stack.Namespace}'.",
        id.ToString(CultureInfo.InvariantCulture))
    {
        Advice = [Advice.List(AdviceThing.NatStaticMapping, stack.Namespace.Text)],
    };

    private void CheckFits(NetNatStaticMappingSpec spec, NetNatSpec nat)
    {
        if (nat.Prefix.AddressFamily != spec.InternalIPAddress.AddressFamily)
        {
            throw NatValidation.Bad(
                $"{spec.InternalIPAddress} is not of the same family as the network {nat.Prefix} of the NAT "
                    + $"'{nat.Name}'. IPv4 and IPv6 each take a NAT of their own.",
                spec.NatName);
        }

        if (!nat.Prefix.Network.Contains(spec.InternalIPAddress))
        {
            throw NatValidation.Bad(
                $"{spec.InternalIPAddress} is not in the network {nat.Prefix} of the NAT '{nat.Name}'. Name the NAT of "
                    + "its network.",
                spec.NatName,
                Advice.To(AdviceKind.Create, AdviceThing.Nat, stack.Namespace.Text));
        }

        if (nat.Prefix.Length > 0 && nat.Prefix.Network.Contains(spec.ExternalIPAddress!))
        {
            throw NatValidation.Bad(
                $"The external address {spec.ExternalIPAddress} is in the network {nat.Prefix} of the NAT '{nat.Name}' "
                    + "itself.",
                spec.NatName);
        }
    }

    private void CheckConflict(NetNatStaticMappingSpec spec, NetNatStaticMappingSpec other)
    {
        var sameOutside = other.ExternalIPAddress!.Equals(spec.ExternalIPAddress);
        if (spec.Protocol is null && other.Protocol is null)
        {
            if (sameOutside)
            {
                throw Taken(
                    $"The address {spec.ExternalIPAddress} is mapped to {other.InternalIPAddress} already, in the NAT "
                    + $"'{other.NatName}'");
            }

            if (other.InternalIPAddress.Equals(spec.InternalIPAddress))
            {
                throw Taken(
                    $"{spec.InternalIPAddress} is mapped to the address {other.ExternalIPAddress} already, in the NAT "
                    + $"'{other.NatName}', and cannot leave under two");
            }
        }
        else if (sameOutside && spec.Protocol == other.Protocol && spec.ExternalPort!.Overlaps(other.ExternalPort!))
        {
            var address = IP.IsAny(spec.ExternalIPAddress!) ? "any address" : spec.ExternalIPAddress!.ToString();
            throw Taken(
                $"The {spec.Protocol} port {spec.ExternalPort} of {address} is mapped already: {other}, in the NAT "
                + $"'{other.NatName}'");
        }

        NetworkException Taken(string what) => new(NetworkErrorCode.ObjectExists, what + ".", spec.NatName)
        {
            Advice = [Advice.To(AdviceKind.Remove, AdviceThing.NatStaticMapping, stack.Namespace.Text)],
        };
    }
}
