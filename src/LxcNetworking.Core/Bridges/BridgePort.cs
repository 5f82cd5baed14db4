using LxcNetworking.Links;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Bridges;

/// <summary>A bridge's port, as it was when it was read.</summary>
public sealed class BridgePort
{
    internal BridgePort(NetLink link, BridgePortSettings settings) => (Link, Settings) = (link, settings);

    /// <summary>The port's interface name.</summary>
    public string InterfaceAlias => Link.Name;

    /// <summary>The port's interface index.</summary>
    public int InterfaceIndex => Link.Index;

    /// <summary>The bridge's name.</summary>
    public string Bridge => Link.Master ?? string.Empty;

    /// <summary>The port's number on its bridge.</summary>
    public int PortNumber => Settings.Number ?? 0;

    /// <summary>What it does at the moment.</summary>
    public BridgePortState State => Settings.State ?? BridgePortState.Disabled;

    /// <summary>Sends a frame back out of the port it came in by.</summary>
    public bool Hairpin => Settings.Hairpin == true;

    /// <summary>Does not talk to other isolated ports.</summary>
    public bool Isolated => Settings.Isolated == true;

    /// <summary>Learns senders' addresses.</summary>
    public bool Learning => Settings.Learning == true;

    /// <summary>Gets unicast frames whose receiver is not known.</summary>
    public bool Flood => Settings.Flood == true;

    /// <summary>Gets multicast frames that nobody has asked for.</summary>
    public bool MulticastFlood => Settings.MulticastFlood == true;

    /// <summary>Gets broadcast frames.</summary>
    public bool BroadcastFlood => Settings.BroadcastFlood == true;

    /// <summary>The spanning tree cost.</summary>
    public int Cost => Settings.Cost ?? 0;

    /// <summary>The spanning tree priority.</summary>
    public int Priority => Settings.Priority ?? 0;

    /// <summary>Goes down when a spanning tree message comes in.</summary>
    public bool BpduGuard => Settings.BpduGuard == true;

    /// <summary>Never becomes the way to the root.</summary>
    public bool RootBlock => Settings.RootBlock == true;

    /// <summary>Forgets multicast groups at once.</summary>
    public bool FastLeave => Settings.FastLeave == true;

    /// <summary>Answers ARP for others.</summary>
    public bool ProxyArp => Settings.ProxyArp == true;

    /// <summary>Keeps ARP and neighbour discovery from flooding.</summary>
    public bool NeighborSuppress => Settings.NeighborSuppress == true;

    /// <summary>Lets only known senders in; null where the kernel cannot.</summary>
    public bool? Locked => Settings.Locked;

    /// <summary>The namespace that it was read from.</summary>
    public NamespaceReference Namespace => Link.Namespace;

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    internal NetLink Link { get; }

    internal BridgePortSettings Settings { get; }

    /// <inheritdoc/>
    public override string ToString() => InterfaceAlias;
}
