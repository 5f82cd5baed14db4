using LxcNetworking.Declarations;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Bridges;

/// <summary>Changes of bridges' settings in one namespace.</summary>
internal sealed class BridgeChanges(NetworkStack stack)
{
    /// <inheritdoc cref="BridgeOperations.Change"/>
    public void Change(string name, BridgeSettings settings, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.ValidateChange(name);
        if (settings.IsEmpty)
            return;
        var bridge = stack.Bridges.Require(name, cancellation);
        settings.CheckTold(bridge);
        cancellation.ThrowIfCancellationRequested();
        using var request = ChangeRequest(bridge, settings);
        try
        {
            stack.Route.Execute(request, cancellation: CancellationToken.None);
        }
        catch (NetlinkErrorException e)
        {
            var concernsVlans = settings.VlanFiltering is not null || settings.DefaultVlanId is not null;
            var refusal = (concernsVlans ? BridgeVlans.LacksFiltering(e, name) : null) ?? KernelErrors.Explain(
                e, $"change the bridge '{name}'", name, hint: settings.RefusalHint(e.Errno));
            throw Rollback.After(refusal, $"put the settings of '{name}' back", () => Restore(bridge, settings));
        }
    }

    // The kernel takes the settings one after the other and stops at the first that it refuses (br_changelink).
    private void Restore(BridgeLink bridge, BridgeSettings changed)
    {
        var before = Present(bridge, changed);
        // Without STP every forward delay is allowed, so it goes first.
        using var stp = ChangeRequest(bridge, new BridgeSettings { Stp = before.Stp });
        using var rest = ChangeRequest(bridge, before with { Stp = null });
        // The kernel may refuse what it has not changed.
        if (stack.Route.ExecuteAll([stp, rest]).FirstOrDefault(error => error is not null) is { } refusal
            && stack.Links.Find(bridge.Index) is BridgeLink now && Present(now, changed) != before)
            throw refusal;
    }

    // The present values of what is changed.
    private static BridgeSettings Present(BridgeLink bridge, BridgeSettings changed)
    {
        var details = (BridgeSettings)bridge.Details!;
        return Declared.Overlap(new BridgeSettings(), details, changed, BridgeSettings.Properties);
    }

    private static NetlinkRequest ChangeRequest(BridgeLink bridge, BridgeSettings settings)
        => new NetlinkRequest(Rtm.NewLink).Header(new IfInfoMsg { Index = bridge.Index })
            .Nest(Ifla.LinkInfo, info => info.PutString(IflaInfo.Kind, "bridge").Nest(IflaInfo.Data, settings.Write));
}
