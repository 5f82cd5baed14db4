using LxcNetworking.Addressing;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netfilter;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Nat;

/// <summary>
/// Network address translation in one namespace, in a table of nf_tables of its own (<c>inet lxcnetworking</c>). Everything is read from
/// the kernel's rules; nothing is kept elsewhere. Rules of others, in that table or in another one, are left alone.
/// </summary>
public sealed partial class TranslationOperations : IStackOperations<TranslationOperations>
{
    private const int MaxAttempts = 20;
    private readonly NetworkStack _stack;
    private readonly NfTables _tables;

    internal TranslationOperations(NetworkStack stack) => (_stack, _tables) = (stack, new NfTables(stack, NatRules.TableName));

    static TranslationOperations IStackOperations<TranslationOperations>.On(NetworkStack stack) => new(stack);

    /// <summary>Lists translations.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The translations, in the order in which the kernel tries them.</returns>
    /// <exception cref="NetworkException">PermissionDenied.</exception>
    public IReadOnlyList<NetNat> List(CancellationToken cancellation = default)
    {
        var state = Read("read the address translation", cancellation);
        return state is null ? [] : [.. state.Nats.Select(nat => Describe(nat, state))];
    }

    /// <summary>Reads one translation.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The translation.</returns>
    /// <exception cref="NetworkException">ObjectNotFound, PermissionDenied.</exception>
    public NetNat Get(string name, CancellationToken cancellation = default)
        => List(cancellation).FirstOrDefault(nat => nat.Name == name) ?? throw NotFound(name);

    /// <summary>
    /// Says which chains of others drop what goes to and from a network unless a rule of theirs accepts it, as Docker's do. What this
    /// module's own table lets pass is dropped by them all the same.
    /// </summary>
    /// <param name="prefix">The network.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>A sentence for each chain; none where nothing stands in the way, or where that cannot be known.</returns>
    public IReadOnlyList<string> Obstacles(IPPrefix prefix, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        var family = prefix.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? Nf.IPv6 : Nf.IPv4;
        try
        {
            return
            [
                .. _tables.ForwardDrops(cancellation).Where(chain => chain.Family == family || chain.Family == Nf.Inet).Select(chain =>
                    $"The chain '{(chain.Family == Nf.Inet ? "inet" : family == Nf.IPv6 ? "ip6" : "ip")} {chain.Table} {chain.Chain}' in namespace '{_stack.Namespace}' drops forwarded packets unless a rule of its own accepts them. See that it lets {prefix} pass, both ways (where it is Docker's, by rules in DOCKER-USER)."),
            ];
        }
        catch (Netlink.NetlinkException)
        {
            return [];
        }
    }

    /// <summary>Makes a translation. The namespace is made to forward packets of that family, unless the specification says otherwise.</summary>
    /// <param name="spec">What it is to be like.</param>
    /// <param name="report">Takes a sentence about each thing that is done besides.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The translation, read back.</returns>
    /// <exception cref="NetworkException">InvalidName, InvalidArgument, ObjectExists (also for a network that another one covers), KindNotSupported, PermissionDenied.</exception>
    public NetNat Create(NetNatSpec spec, Action<string>? report = null, CancellationToken cancellation = default)
    {
        spec = Validate(spec);
        Change($"create the NAT '{spec.Name}'", spec.Name, (state, transaction) =>
        {
            if (state.Nats.Any(nat => nat.Name == spec.Name))
                throw new NetworkException(NetworkErrorCode.ObjectExists, $"There is a NAT '{spec.Name}' in namespace '{_stack.Namespace}' already.", spec.Name)
                {
                    Advice =
                    [
                        Advice.Choose(nameof(spec.Name)),
                        Advice.To(AdviceKind.Remove, AdviceThing.Nat, _stack.Namespace.Text, spec.Name),
                    ],
                };
            if (state.Nats.FirstOrDefault(nat => nat.ExternalInterfaceAlias == spec.ExternalInterfaceAlias && nat.Prefix.Overlaps(spec.Prefix)) is { } other)
            {
                throw new NetworkException(
                    NetworkErrorCode.ObjectExists,
                    $"The network {spec.Prefix} overlaps {other.Prefix} of the NAT '{other.Name}'{(spec.ExternalInterfaceAlias is null ? string.Empty : $" towards the same interface '{spec.ExternalInterfaceAlias}'")}. A packet can be translated once: remove that one first, or choose another network.",
                    spec.Name);
            }

            Insert(state, transaction, NatRules.Of(spec));
        }, cancellation);
        return Rollback.Run(undo =>
        {
            undo.Add($"remove the NAT '{spec.Name}'", () => Remove(spec.Name, CancellationToken.None));
            var family = IP.FamilyOf(spec.Prefix.Address);
            if (!spec.NoForwarding && !_stack.IPInterfaces.IsForwarding(family))
            {
                _stack.IPInterfaces.SetForwarding(family, true);
                undo.Add($"turn forwarding of {family} packets off", () => _stack.IPInterfaces.SetForwarding(family, false));
                report?.Invoke($"Forwarding of {family} packets was turned on in namespace '{_stack.Namespace}'.");
            }

            return Get(spec.Name, CancellationToken.None);
        });
    }

    /// <summary>Removes a translation with its static mappings; with the last one the table goes too. Forwarding stays as it is.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NetworkException">ObjectNotFound, PermissionDenied.</exception>
    public void Remove(string name, CancellationToken cancellation = default) => Change($"remove the NAT '{name}'", name, (state, transaction) =>
    {
        var nat = state.Nats.FirstOrDefault(item => item.Name == name) ?? throw NotFound(name);
        var mappings = state.Mappings.Where(mapping => mapping.Spec.NatName == name).Select(mapping => mapping.Spec).ToList();
        Delete(state, transaction, rule => NatRules.BelongsTo(rule, nat) || mappings.Exists(mapping => IsPart(state, rule, mapping)));
    }, cancellation);

    /// <summary>Checks a specification by itself, before anything is looked at or done.</summary>
    /// <param name="spec">The specification.</param>
    /// <returns>The same with the network's host bits zero.</returns>
    /// <exception cref="NetworkException">InvalidName, InvalidArgument.</exception>
    public static NetNatSpec Validate(NetNatSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var name = spec.Name;
        if (!NatRules.IsName(name ?? string.Empty))
            throw new NetworkException(NetworkErrorCode.InvalidName, $"'{KernelText.Printable(name ?? string.Empty)}' cannot name a NAT: it takes a letter or digit, then up to 47 letters, digits, spaces, '-', '_' or '.'.", name);
        ArgumentNullException.ThrowIfNull(spec.Prefix);
        if (!spec.Prefix.HasLength)
            throw Bad($"{spec.Prefix.Address} is a single address: write the network to translate with its length, as 10.0.3.0/24.", name!);
        if (spec.Prefix.Length == 0 && spec.ExternalInterfaceAlias is null)
            throw Bad($"{spec.Prefix} leaves nothing outside to translate towards: name the outgoing interface, or a smaller network.", name!, Advice.Give(nameof(spec.ExternalInterfaceAlias)));
        if (SpecialNetworks.KindOf(spec.Prefix) is { } kind)
            throw Bad($"No host has an address of {spec.Prefix.Network}: each is {kind}.", name!);
        if (spec.ExternalInterfaceAlias is not null)
            LinkSpec.CheckName(spec.ExternalInterfaceAlias);
        if (spec.ExternalIPAddress is { } address)
        {
            if (address.AddressFamily != spec.Prefix.AddressFamily)
                throw Bad($"The network {spec.Prefix} and the external address {address} are not of one family: an IPv4 network takes an IPv4 address, an IPv6 network an IPv6 address.", name!);
            CheckUnicast(address, "leave under", name!);
        }

        return spec with { Prefix = new IPPrefix(spec.Prefix.Network.Address, spec.Prefix.Length) };
    }

    private static NetworkException Bad(string message, string target, params Advice[] advice)
        => new(NetworkErrorCode.InvalidArgument, message, target) { Advice = advice };

    private static void CheckUnicast(IPAddress address, string use, string target)
    {
        if (SpecialNetworks.KindOf(address) is { } problem)
            throw Bad($"No packet can {use} {address}: it is {problem}.", target);
    }

    private NetNat Describe(NetNatSpec nat, NatState state)
        => new(nat, _stack.Namespace, state.Mappings.Count(mapping => mapping.Spec.NatName == nat.Name));

    private NetworkException NotFound(string name) => new(
        NetworkErrorCode.ObjectNotFound,
        $"There is no NAT '{KernelText.Printable(name)}' in namespace '{_stack.Namespace}'.",
        name) { Advice = [Advice.List(AdviceThing.Nat, _stack.Namespace.Text)] };
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
