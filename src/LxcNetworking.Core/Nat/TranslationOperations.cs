using LxcNetworking.Addressing;
using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netfilter;
using LxcNetworking.Netfilter.Filtering;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Nat;

/// <summary>
/// Network address translation in one namespace, in a table of nf_tables of its own (<c>inet lxcnetworking</c>).
/// Everything is read from the kernel's rules; nothing is kept elsewhere. Rules of others, in that table or in another
/// one, are left alone.
/// </summary>
public sealed class TranslationOperations : IStackOperations<TranslationOperations>
{
    private readonly NetworkStack _stack;
    private readonly NfTables _tables;
    private readonly NatTable _table;
    private readonly NatMappings _mappings;
    private readonly NatSessions _sessions;

    internal TranslationOperations(NetworkStack stack)
    {
        _stack = stack;
        _tables = new NfTables(stack, NatRules.TableName);
        _table = new NatTable(stack, _tables);
        _sessions = new NatSessions(stack, _table);
        _mappings = new NatMappings(stack, _table, _sessions);
    }

    static TranslationOperations IStackOperations<TranslationOperations>.On(NetworkStack stack) => new(stack);

    /// <summary>Lists translations.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The translations, in the order in which the kernel tries them.</returns>
    /// <exception cref="NetworkException">PermissionDenied.</exception>
    public IReadOnlyList<NetNat> List(CancellationToken cancellation = default)
    {
        var state = _table.Read("read the address translation", cancellation);
        return state is null ? [] : [.. state.Nats.Select(nat => Describe(nat, state))];
    }

    /// <summary>Reads one translation.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The translation.</returns>
    /// <exception cref="NetworkException">ObjectNotFound, PermissionDenied.</exception>
    public NetNat Get(string name, CancellationToken cancellation = default)
        => List(cancellation).FirstOrDefault(nat => nat.Name == name) ?? throw _table.NotFound(name);

    /// <summary>
    /// Says which rules and policies of nf_tables, whoever made them, drop what goes to and from a translated network.
    /// What this module's own table lets pass is dropped by them all the same.
    /// </summary>
    /// <param name="spec">The translation, which need not be there.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>What drops it; nothing where nothing does, or where that cannot be known.</returns>
    public FilterReport Obstacles(NetNatSpec spec, CancellationToken cancellation = default)
    {
        spec = NatValidation.Validate(spec);
        var filters = new TrafficFilters(_stack);
        var link = filters.LinkOf(spec.Prefix, cancellation);
        return filters.Report(
            new FilterQuestion([spec.Prefix])
            {
                Inside = link is null ? FilterLink.Unknown : new FilterLink(link.Name, link.Index),
                IsTranslated = true,
            },
            link as BridgeLink,
            spec.ExternalInterfaceAlias,
            cancellation);
    }

    /// <summary>Makes a translation. The namespace is made to forward packets of that family, unless the specification
    /// says otherwise.</summary>
    /// <param name="spec">What it is to be like.</param>
    /// <param name="report">Takes a sentence about each thing that is done besides.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The translation, read back.</returns>
    /// <exception cref="NetworkException">InvalidName, InvalidArgument, ObjectExists (also for a network that another
    /// one covers), KindNotSupported, PermissionDenied.</exception>
    public NetNat Create(NetNatSpec spec, Action<string>? report = null, CancellationToken cancellation = default)
    {
        spec = NatValidation.Validate(spec);
        _table.Change($"create the NAT '{spec.Name}'", spec.Name, (state, transaction) =>
        {
            if (state.Nats.Any(nat => nat.Name == spec.Name))
            {
                throw new NetworkException(
                    NetworkErrorCode.ObjectExists,
                    $"There is a NAT '{spec.Name}' in namespace '{_stack.Namespace}' already.",
                    spec.Name)
                {
                    Advice =
                    [
                        Advice.Choose(nameof(spec.Name)),
                        Advice.To(AdviceKind.Remove, AdviceThing.Nat, _stack.Namespace.Text, spec.Name),
                    ],
                };
            }

            if (state.Nats.FirstOrDefault(nat => nat.ExternalInterfaceAlias == spec.ExternalInterfaceAlias
                && nat.Prefix.Overlaps(spec.Prefix)) is { } other)
            {
                var towards = spec.ExternalInterfaceAlias is null
                    ? string.Empty : $" towards the same interface '{spec.ExternalInterfaceAlias}'";
                throw new NetworkException(
                    NetworkErrorCode.ObjectExists,
                    $"The network {spec.Prefix} overlaps {other.Prefix} of the NAT '{other.Name}'{towards}. A packet "
                        + "can be translated once: remove that one first, or choose another network.",
                    spec.Name);
            }

            NatTable.Insert(state, transaction, NatRules.Of(spec));
        }, cancellation);
        return Rollback.Run(undo =>
        {
            undo.Add($"remove the NAT '{spec.Name}'", () => Remove(spec.Name, cancellation: CancellationToken.None));
            var family = IP.FamilyOf(spec.Prefix.Address);
            if (!spec.NoForwarding && !_stack.IPInterfaces.IsForwarding(family))
            {
                _stack.IPInterfaces.SetForwarding(family, true);
                undo.Add(
                    $"turn forwarding of {family} packets off",
                    () => _stack.IPInterfaces.SetForwarding(family, false));
                report?.Invoke($"Forwarding of {family} packets was turned on in namespace '{_stack.Namespace}'.");
            }

            if (_sessions.EndBefore(spec) is { } problem)
                report?.Invoke(problem);
            return Get(spec.Name, CancellationToken.None);
        });
    }

    /// <summary>Removes a translation with its static mappings, and ends the connections that they translate; with the
    /// last one the table goes too. Forwarding stays as it is.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="report">Takes a sentence if the connections cannot be ended.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NetworkException">ObjectNotFound, PermissionDenied.</exception>
    public void Remove(string name, Action<string>? report = null, CancellationToken cancellation = default)
    {
        NetNatSpec? nat = null;
        List<NetNatStaticMappingSpec> mappings = [];
        _table.Change($"remove the NAT '{name}'", name, (state, transaction) =>
        {
            nat = state.Nats.FirstOrDefault(item => item.Name == name) ?? throw _table.NotFound(name);
            mappings = [.. state.Mappings.Where(mapping => mapping.Spec.NatName == name)
                .Select(mapping => mapping.Spec)];
            NatTable.Delete(
                state,
                transaction,
                rule => NatRules.BelongsTo(rule, nat) || mappings.Exists(mapping => state.IsPart(rule, mapping)));
        }, cancellation);
        if (_sessions.EndOf(nat!, mappings) is { } problem)
            report?.Invoke(problem);
    }

    /// <summary>Checks a specification by itself, before anything is looked at or done.</summary>
    /// <param name="spec">The specification.</param>
    /// <returns>The same with the network's host bits zero.</returns>
    /// <exception cref="NetworkException">InvalidName, InvalidArgument.</exception>
    public static NetNatSpec Validate(NetNatSpec spec)
        => NatValidation.Validate(spec);

    /// <summary>Lists static mappings.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The mappings, in the order in which the kernel tries them.</returns>
    /// <exception cref="NetworkException">PermissionDenied.</exception>
    public IReadOnlyList<NetNatStaticMapping> ListMappings(CancellationToken cancellation = default)
        => _mappings.List(cancellation);

    /// <summary>Maps a port, a row of ports or a whole address. It also counts for connections from the namespace
    /// itself and from the network that is translated. What is tracked already and goes elsewhere ends, but for TCP
    /// connections that both sides have agreed on.</summary>
    /// <param name="spec">What it is to be like.</param>
    /// <param name="report">Takes a sentence if connections cannot be ended.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The mapping, read back.</returns>
    /// <exception cref="NetworkException">ObjectNotFound (no such translation), ObjectExists (ports or address mapped
    /// already), InvalidArgument, KindNotSupported, PermissionDenied.</exception>
    public NetNatStaticMapping AddMapping(
        NetNatStaticMappingSpec spec, Action<string>? report = null, CancellationToken cancellation = default)
        => _mappings.Add(spec, report, cancellation);

    /// <summary>Removes a static mapping, and ends the connections that it translates.</summary>
    /// <param name="mapping">The mapping, as it was read.</param>
    /// <param name="report">Takes a sentence if the connections cannot be ended.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NetworkException">ObjectNotFound, PermissionDenied.</exception>
    public void RemoveMapping(
        NetNatStaticMapping mapping, Action<string>? report = null, CancellationToken cancellation = default)
        => _mappings.Remove(mapping, report, cancellation);

    /// <summary>Lists the connections that the kernel translates, also those of other programs' rules. Those that begin
    /// and end meanwhile may be in it or not.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The connections, in no order.</returns>
    /// <exception cref="NetworkException">KindNotSupported, PermissionDenied.</exception>
    public IReadOnlyList<NetNatSession> ListSessions(CancellationToken cancellation = default)
        => _sessions.List(cancellation);

    /// <summary>Says that there is no mapping of a number.</summary>
    /// <param name="id">The number.</param>
    /// <returns>The error.</returns>
    public NetworkException MappingNotFound(ulong id) => _mappings.NotFound(id);

    /// <summary>Checks a specification by itself, before anything is looked at or done.</summary>
    /// <param name="spec">The specification.</param>
    /// <returns>The same with the address outside and the ports inside filled in.</returns>
    /// <exception cref="NetworkException">InvalidArgument.</exception>
    public static NetNatStaticMappingSpec Validate(NetNatStaticMappingSpec spec) => NatValidation.Validate(spec);

    private NetNat Describe(NetNatSpec nat, NatState state)
        => new(nat, _stack.Namespace, state.Mappings.Count(mapping => mapping.Spec.NatName == nat.Name));
}

/// <summary>Gives a stack its <see cref="TranslationOperations"/>.</summary>
public static class TranslationOperationsOfStack
{
    extension(NetworkStack stack)
    {
        /// <summary>Network address translation and static mappings.</summary>
        public TranslationOperations Translation => stack.Operations<TranslationOperations>();
    }
}
