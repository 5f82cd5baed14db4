using LxcNetworking.Declarations;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Bridges;

/// <summary>Settings of bridges' ports in one namespace.</summary>
internal sealed class BridgePorts(NetworkStack stack)
{
    /// <inheritdoc cref="BridgeOperations.ChangePort"/>
    public void Change(string link, BridgePortSettings settings, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate(link);
        if (settings.IsEmpty)
            return;
        var port = stack.Bridges.GetPort(link, cancellation);
        // The kernel passes over what it does not know, and tells all that it knows.
        Refuse(port, Declared.Untold(settings, port.Settings, BridgePortSettings.Properties));
        cancellation.ThrowIfCancellationRequested();
        var before = Declared.Overlap(
            new BridgePortSettings(), port.Settings, settings, BridgePortSettings.Properties);
        try
        {
            Send(port, settings);
            // This one is told only where it is set.
            if (settings.BackupNextHopId is > 0
                && Present(port)?.BackupNextHopId != settings.BackupNextHopId)
                Refuse(port, [nameof(settings.BackupNextHopId) + " (Linux 6.6)"]);
        }
        catch (NetlinkErrorException e)
        {
            throw Rollback.After(
                Explain(e, port, settings), $"put the settings of '{link}' back", () => Restore(port, before));
        }
        catch (NetworkException refusal)
        {
            throw Rollback.After(refusal, $"put the settings of '{link}' back", () => Restore(port, before));
        }
    }

    private static void Refuse(BridgePort port, IReadOnlyList<string> names)
    {
        if (names.Count > 0)
        {
            throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"This kernel does not know {string.Join(" and ", names)} of bridge ports.",
                port.InterfaceAlias);
        }
    }

    private void Send(BridgePort port, BridgePortSettings settings)
    {
        var others = settings with { State = null };
        if (!others.IsEmpty)
        {
            using var change = new NetlinkRequest(Rtm.NewLink).Header(new IfInfoMsg { Index = port.InterfaceIndex })
                .Nest(
                    Ifla.LinkInfo,
                    info => info.PutString(IflaInfo.SlaveKind, "bridge").Nest(IflaInfo.SlaveData, others.Write));
            stack.Route.Execute(change, cancellation: CancellationToken.None);
        }

        if (settings.State is not { } state)
            return;
        // A change of the link itself lets a port that is Disabled forward again.
        using var request = new NetlinkRequest(Rtm.SetLink)
            .Header(new IfInfoMsg { Family = Af.Bridge, Index = port.InterfaceIndex })
            .Nest(Ifla.ProtInfo, new BridgePortSettings { State = state }.Write);
        stack.Route.Execute(request, cancellation: CancellationToken.None);
    }

    private BridgePortSettings? Present(BridgePort port)
        => stack.Links.Find(port.InterfaceIndex)?.Data.PortSettings;

    // The kernel takes the settings one after the other and stops at the first that it refuses (br_setport).
    private void Restore(BridgePort port, BridgePortSettings before)
    {
        try
        {
            Send(port, before);
        }
        catch (NetlinkErrorException)
        {
            // It may refuse what it has not changed.
            if (Present(port) is { } now && Declared.Unanswered(before, now, BridgePortSettings.Properties).Count > 0)
                throw;
        }
    }

    private NetworkException Explain(NetlinkErrorException refusal, BridgePort port, BridgePortSettings settings)
    {
        var link = port.InterfaceAlias;
        if (refusal.Errno == LibC.ENETDOWN)
        {
            return new NetworkException(
                NetworkErrorCode.NotSupported,
                $"The state of '{link}' changes only while it is up and has carrier.",
                link,
                refusal)
            {
                Advice = [Advice.To(AdviceKind.BringUp, AdviceThing.Link, stack.Namespace.Text, link)],
            };
        }

        return KernelErrors.Explain(
            refusal,
            $"change the bridge port '{link}'",
            link,
            hint: refusal.Errno switch
            {
                LibC.EBUSY when settings.State is not null
                    => $"While '{port.Bridge}' has STP on, the spanning tree alone decides on the states of its ports.",
                LibC.EINVAL or LibC.ENOENT when settings.BackupPortIndex is > 0
                    => $"A backup port is another port of '{port.Bridge}'.",
                LibC.EINVAL when settings.MacAuthenticationBypass == true
                    => "MacAuthenticationBypass goes with a port that is Locked.",
                _ => null,
            });
    }
}
