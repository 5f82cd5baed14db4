using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.Values;
using LxcNetworking.WireGuard;

namespace LxcNetworking.State.Kernel;

/// <summary>Reads and changes WireGuard links' peers. What a plan lets one peer have, another one may still have when
/// its turn comes.</summary>
internal sealed class WireGuardPeerItems : StateItems
{
    /// <inheritdoc/>
    public override IEnumerable<StateItem> Read(StateWorld world, string name, CancellationToken cancellation)
        => WireGuardItems.LinksOf(world, name, cancellation).SelectMany(
            link => world.StackOf(name).WireGuard.ListPeers(link, cancellation)
                .Select(peer => ItemOf(name, link, peer)));

    /// <inheritdoc/>
    public override void Create(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
        => With(
            home,
            step,
            _ => true,
            (wireGuard, link, spec) => wireGuard.AddPeer(link, spec, takesPrefixes: true, cancellation),
            cancellation);

    /// <inheritdoc/>
    public override void Change(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
        => With(
            home,
            step,
            step.Properties.Contains,
            (wireGuard, link, spec) => wireGuard.ChangePeer(link, spec, takesPrefixes: true, cancellation),
            cancellation);

    /// <inheritdoc/>
    public override void Remove(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
    {
        var stack = StackOf(home, step, cancellation);
        var name = WireGuardPeerName.Parse(step.Key.Name);
        if (stack.Links.Find(name.Link, LinkFilter.Bare, cancellation) is { } link
            && stack.WireGuard.ListPeers(link, cancellation).Any(peer => peer.PublicKey.Equals(name.PublicKey)))
            stack.WireGuard.RemovePeer(link, name.PublicKey, cancellation);
    }

    private static StateItem ItemOf(string name, NetLink link, WireGuardPeer peer)
    {
        var item = new StateItem(new WireGuardPeerName(link.Name, peer.PublicKey).In(name))
        {
            Identity = LinkItems.IdentityOf(link),
        };
        StateTables.WireGuardPeer.Write(
            new WireGuardPeerEntry
            {
                Endpoint = peer.Endpoint,
                PersistentKeepalive = peer.PersistentKeepalive ?? new Duration(TimeSpan.Zero),
                HasPresharedKey = peer.HasPresharedKey,
            },
            item.Values,
            _ => null);
        item.Values["allowedIP"] = WireGuardReading.ListOf(
            peer.AllowedIP.Select(prefix => prefix.ToString()).Order(StringComparer.Ordinal));
        if (peer.LatestHandshake is not null)
            item.Values[StateNeeds.Heard] = "true";
        return item;
    }

    private static void With(
        NetworkStack home,
        StateStep step,
        Func<string, bool> isMeant,
        Action<WireGuardOperations, NetLink, WireGuardPeerSpec> act,
        CancellationToken cancellation)
    {
        var stack = StackOf(home, step, cancellation);
        var name = WireGuardPeerName.Parse(step.Key.Name);
        var entry = (WireGuardPeerEntry)StateTables.WireGuardPeer.Read(
            step.After!.Values, _ => 0, (property, _) => isMeant(property));
        var isKeyMeant = isMeant(WireGuardReading.HasPresharedKey) || isMeant(WireGuardReading.PresharedKeyFile);
        using var key = isKeyMeant ? KeyOf(step.After) : null;
        act(stack.WireGuard, stack.Links.Get(name.Link, cancellation), new WireGuardPeerSpec(name.PublicKey)
        {
            Endpoint = entry.Endpoint,
            AllowedIP = entry.AllowedIP,
            PersistentKeepalive = entry.PersistentKeepalive is { } time ? new TimeSpan(time.Ticks) : null,
            PresharedKey = key,
        });
    }

    // Of all zeros there is none (linux/wireguard.h).
    private static WireGuardSecret? KeyOf(StateItem peer)
        => peer.Text(WireGuardReading.PresharedKeyFile) is { } path ? WireGuardSecret.FromRegularFile(path)
            : peer.Text(WireGuardReading.HasPresharedKey) switch
            {
                "true" => throw new NetworkException(
                    NetworkErrorCode.InvalidArgument,
                    $"The preshared key of the {peer.Key.Words} is in no file that a document names.",
                    peer.Key.Name),
                "false" => WireGuardSecret.None(),
                _ => null,
            };
}
