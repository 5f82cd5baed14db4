using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links.Kinds;

/// <summary>A bond's port, as it was when it was read.</summary>
public sealed class BondPort
{
    private readonly NetLink _link;
    private readonly BondPortSettings _settings;

    internal BondPort(NetLink link, BondPortSettings settings) => (_link, _settings) = (link, settings);

    /// <summary>The port's interface name.</summary>
    public string InterfaceAlias => _link.Name;

    /// <summary>The port's interface index.</summary>
    public int InterfaceIndex => _link.Index;

    /// <summary>The bond's name.</summary>
    public string Bond => _link.Master ?? string.Empty;

    /// <inheritdoc cref="BondPortSettings.State"/>
    public BondPortState? State => _settings.State;

    /// <inheritdoc cref="BondPortSettings.Status"/>
    public BondPortStatus? Status => _settings.Status;

    /// <inheritdoc cref="BondPortSettings.Failures"/>
    public long? Failures => _settings.Failures;

    /// <inheritdoc cref="BondPortSettings.Priority"/>
    public int? Priority => _settings.Priority;

    /// <inheritdoc cref="BondPortSettings.QueueId"/>
    public int? QueueId => _settings.QueueId;

    /// <inheritdoc cref="BondPortSettings.PermanentMacAddress"/>
    public MacAddress? PermanentMacAddress => _settings.PermanentMacAddress;

    /// <inheritdoc cref="BondPortSettings.LacpGroup"/>
    public int? LacpGroup => _settings.LacpGroup;

    /// <inheritdoc cref="BondPortSettings.LacpActorState"/>
    public LacpPortState? LacpActorState => _settings.LacpActorState;

    /// <inheritdoc cref="BondPortSettings.LacpPartnerState"/>
    public LacpPortState? LacpPartnerState => _settings.LacpPartnerState;

    /// <summary>The namespace that it was read from.</summary>
    public NamespaceReference Namespace => _link.Namespace;

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    internal BondPortSettings Settings => _settings;

    /// <inheritdoc/>
    public override string ToString() => InterfaceAlias;
}

/// <summary>Gives <see cref="LinkOperations"/> what bonds' ports need.</summary>
public static class BondPorts
{
    extension(LinkOperations links)
    {
        /// <summary>Lists bonds' ports.</summary>
        /// <param name="bond">Only of this bond; null for all.</param>
        /// <param name="cancellation">Ends the wait.</param>
        /// <returns>The ports.</returns>
        /// <exception cref="NetworkException">LinkNotFound.</exception>
        public IReadOnlyList<BondPort> ListBondPorts(string? bond = null, CancellationToken cancellation = default)
        {
            ArgumentNullException.ThrowIfNull(links);
            var ports = links.List(new LinkFilter { Master = bond, SkipStatistics = true }, cancellation);
            return [.. ports.Where(link => link.Data.BondPortSettings is not null).Select(AsBondPort)];
        }

        /// <summary>Changes a bond's port, all or nothing.</summary>
        /// <param name="link">The port's interface name.</param>
        /// <param name="settings">What to change.</param>
        /// <param name="cancellation">Ends the wait before anything was done.</param>
        /// <exception cref="NetworkException">LinkNotFound, NotSupported (no bond's port, or a setting that the bond's
        /// mode does not have), InvalidArgument, PermissionDenied.</exception>
        public void ChangeBondPort(
            string link, BondPortSettings settings, CancellationToken cancellation = default)
        {
            ArgumentNullException.ThrowIfNull(links);
            ArgumentNullException.ThrowIfNull(settings);
            if (settings.OutOfRange() is { } problem)
            {
                throw new NetworkException(
                    NetworkErrorCode.InvalidArgument, $"The settings for port '{link}' cannot be: {problem}.", link);
            }

            var port = AsBondPort(links.Get(link, cancellation));
            if (settings.Priority is not null && port.Priority is null)
            {
                throw new NetworkException(
                    NetworkErrorCode.NotSupported,
                    "This kernel does not know Priority (Linux 6.0) of a bond's ports.",
                    link);
            }

            CheckQueue(links, port, settings.QueueId, cancellation);
            cancellation.ThrowIfCancellationRequested();
            try
            {
                Send(settings);
            }
            catch (NetlinkErrorException e)
            {
                var refusal = KernelErrors.Explain(
                    e,
                    $"change the port '{link}' of bond '{port.Bond}'",
                    link,
                    hint: "A priority goes with the modes ActiveBackup, BalanceTlb and BalanceAlb.");
                // The kernel takes the queue first, and then the priority.
                throw settings is { QueueId: not null, Priority: not null }
                    ? Rollback.After(
                        refusal, $"set '{link}' back", () => Send(new BondPortSettings { QueueId = port.QueueId }))
                    : refusal;
            }

            void Send(BondPortSettings said)
            {
                using var request = new NetlinkRequest(Rtm.NewLink)
                    .Header(new IfInfoMsg { Index = port.InterfaceIndex }).Nest(
                        Ifla.LinkInfo,
                        info => info.PutString(IflaInfo.SlaveKind, "bond").Nest(IflaInfo.SlaveData, said.Write));
                links.Stack.Route.Execute(request, cancellation: CancellationToken.None);
            }
        }
    }

    // The kernel says of a queue that is taken that the operation is not permitted.
    private static void CheckQueue(LinkOperations links, BondPort port, int? queue, CancellationToken cancellation)
    {
        if (queue is null or 0)
            return;
        var holder = links.ListBondPorts(port.Bond, cancellation)
            .FirstOrDefault(other => other.QueueId == queue && other.InterfaceIndex != port.InterfaceIndex);
        if (holder is null)
            return;
        throw new NetworkException(
            NetworkErrorCode.ResourceBusy,
            $"Queue {queue} of '{port.Bond}' leads to '{holder}' already, and a queue leads to one port.",
            port.InterfaceAlias)
        {
            Advice = [Advice.Choose(nameof(BondPortSettings.QueueId))],
        };
    }

    /// <summary>Sees a link as a bond's port.</summary>
    /// <param name="link">The link.</param>
    /// <returns>The port.</returns>
    /// <exception cref="NetworkException">NotSupported for a link that is no bond's port.</exception>
    public static BondPort AsBondPort(NetLink link)
    {
        ArgumentNullException.ThrowIfNull(link);
        return link.Data.BondPortSettings is { } settings ? new BondPort(link, settings)
            : throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"'{link.Name}' is not a bond's port"
                    + $"{(link.Master is null ? string.Empty : $", but one of '{link.Master}'")}.",
                link.Name);
    }
}
