using System.Globalization;
using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Segments;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.Values;

namespace LxcNetworking.State.Kernel;

/// <summary>Reads and changes segments.</summary>
internal sealed class SegmentItems : StateItems
{
    private const string Alias = "alias";

    /// <inheritdoc/>
    public override IEnumerable<StateItem> Read(StateWorld world, string name, CancellationToken cancellation)
        => world.StackOf(name).Segments.List(cancellation).Select(segment
            => new StateItem(new(StateSubject.Segment, name, segment.Bridge))
            {
                Values = SegmentSection.ValuesOf(segment),
                Identity = IdentityOf(segment),
            });

    /// <summary>Marks what was made for segments, and comes and goes with them. A bridge that has addresses is told as
    /// such.</summary>
    /// <param name="world">The namespaces that are looked at.</param>
    /// <param name="name">The namespace's name there.</param>
    /// <param name="items">What is there.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static void Claim(
        StateWorld world, string name, Dictionary<StateKey, StateItem> items, CancellationToken cancellation)
    {
        var parts = world.LinksOf(name, cancellation).Values
            .Where(link => SegmentMark.Read(link.Alias) is { Bridge: var bridge }
                && items.ContainsKey(new(StateSubject.Segment, name, bridge)))
            .ToLookup(link => link is BridgeLink, link => link.Name);
        HashSet<string> tunnels = [.. parts[false]];
        foreach (var item in items.Values.Where(item => item.Key.Namespace == name
            && LinkOf(item.Key) is { } link && tunnels.Contains(link)).ToList())
            items[item.Key] = item with { IsTransient = true };
        foreach (var bridge in parts[true].Select(bridge => items[StateKey.Link(name, bridge)]))
        {
            var isWithAddress = items.Values.Any(
                item => item is { Key.Subject: StateSubject.Address, IsTransient: false }
                    && AddressName.LinkOf(item.Key) == bridge.Key);
            var values = new SortedDictionary<string, string>(bridge.Values, StringComparer.Ordinal);
            values.Remove(Alias);
            items[bridge.Key] = bridge with
            {
                Values = values,
                IsTransient = bridge.IsTransient || (bridge.Owner is null && !isWithAddress),
            };
        }
    }

    // On the way back a local address may come later, and parts may be left of what was being made.
    /// <inheritdoc/>
    public override void Create(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
        => Connect(home, step, step.After!.Values, document, cancellation);

    // The bridge stays, with its ports and addresses.
    /// <inheritdoc/>
    public override void Change(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
        => Connect(
            home, step, SegmentSection.Over(step.Before!.Values, step.After!.Values), document, cancellation);

    /// <inheritdoc/>
    public override void Remove(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
    {
        var segments = StackOf(home, step, cancellation).Segments;
        var now = segments.List(cancellation).FirstOrDefault(segment => segment.Bridge == step.Key.Name);
        if (now is not null && step.Before!.Identity is { } identity && identity != IdentityOf(now))
        {
            throw new NetworkException(
                NetworkErrorCode.ObjectNotFound,
                $"The {step.Key.Words} is another one by now, which is left alone.",
                step.Key.Name);
        }

        Disconnect(segments, step.Key.Name, cancellation);
    }

    /// <inheritdoc/>
    public override void RemoveLeftover(NetworkStack home, StateKey key)
    {
        if (new StateWorld(home, [key.Namespace], CancellationToken.None).Stacks.Any())
            Disconnect(StateWorld.StackOf(home, key.Namespace, default).Segments, key.Name, default);
    }

    private static void Connect(
        NetworkStack home,
        StateStep step,
        SortedDictionary<string, string> values,
        string? document,
        CancellationToken cancellation)
    {
        var entry = SegmentSection.EntryOf(values);
        var isRestored = document is null;
        using var key = entry.PeerPublicKey is { Count: > 0 }
            ? WireGuardItems.KeyOf(step.Key, entry.PrivateKeyFile, entry.PublicKey) : null;
        var spec = SegmentSection.SpecOf(step.Key.Name, values, key) with { Force = isRestored };
        var segments = StackOf(home, step, cancellation).Segments;
        if (step.Before is null && !isRestored)
            segments.Connect(spec, cancellation);
        else
            segments.Reconnect(spec, cancellation);
    }

    private static void Disconnect(SegmentOperations segments, string bridge, CancellationToken cancellation)
    {
        try
        {
            segments.Disconnect(bridge, LinkItems.IsOfDocument, cancellation);
        }
        catch (NetworkException e) when (e.Code is NetworkErrorCode.ObjectNotFound or NetworkErrorCode.ResourceBusy)
        {
            // It is gone already, perhaps but for a bridge that has other ports.
        }
    }

    private static string? LinkOf(StateKey key) => key.Subject switch
    {
        StateSubject.Link or StateSubject.WireGuard => key.Name,
        StateSubject.Peer => WireGuardPeerName.Parse(key.Name).Link,
        StateSubject.Address => AddressName.Parse(key.Name).Link,
        _ => null,
    };

    // The kernel counts indexes up.
    private static string IdentityOf(NetSegment segment)
        => string.Create(CultureInfo.InvariantCulture, $"{segment.Namespace.Cookie}/{segment.FirstTunnelIndex}");
}
