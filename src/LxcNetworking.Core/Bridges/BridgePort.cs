using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

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
    public int PortNumber => Settings.PortNumber ?? 0;

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

    /// <summary>The port that its frames go to while it is without carrier; null for none.</summary>
    public string? BackupPort => Link.Data.BackupPort;

    /// <inheritdoc cref="BridgePortSettings.ProxyArpWifi"/>
    public bool? ProxyArpWifi => Settings.ProxyArpWifi;

    /// <inheritdoc cref="BridgePortSettings.NeighborVlanSuppress"/>
    public bool? NeighborVlanSuppress => Settings.NeighborVlanSuppress;

    /// <inheritdoc cref="BridgePortSettings.MacAuthenticationBypass"/>
    public bool? MacAuthenticationBypass => Settings.MacAuthenticationBypass;

    /// <inheritdoc cref="BridgePortSettings.VlanTunnel"/>
    public bool? VlanTunnel => Settings.VlanTunnel;

    /// <inheritdoc cref="BridgePortSettings.GroupForwardMask"/>
    public int? GroupForwardMask => Settings.GroupForwardMask;

    /// <inheritdoc cref="BridgePortSettings.MulticastRouter"/>
    public BridgeMulticastRouter? MulticastRouter => Settings.MulticastRouter;

    /// <inheritdoc cref="BridgePortSettings.MulticastToUnicast"/>
    public bool? MulticastToUnicast => Settings.MulticastToUnicast;

    /// <inheritdoc cref="BridgePortSettings.MaxMulticastHosts"/>
    public long? MaxMulticastHosts => Settings.MaxMulticastHosts;

    /// <inheritdoc cref="BridgePortSettings.MulticastHostCount"/>
    public long? MulticastHostCount => Settings.MulticastHostCount;

    /// <inheritdoc cref="BridgePortSettings.MaxMulticastGroups"/>
    public long? MaxMulticastGroups => Settings.MaxMulticastGroups;

    /// <inheritdoc cref="BridgePortSettings.MulticastGroupCount"/>
    public long? MulticastGroupCount => Settings.MulticastGroupCount;

    /// <inheritdoc cref="BridgePortSettings.BackupPortIndex"/>
    public int? BackupPortIndex => Settings.BackupPortIndex;

    /// <inheritdoc cref="BridgePortSettings.BackupNextHopId"/>
    public long? BackupNextHopId => Settings.BackupNextHopId;

    /// <inheritdoc cref="BridgePortSettings.PortId"/>
    public int? PortId => Settings.PortId;

    /// <inheritdoc cref="BridgePortSettings.RootId"/>
    public string? RootId => Settings.RootId;

    /// <inheritdoc cref="BridgePortSettings.DesignatedBridgeId"/>
    public string? DesignatedBridgeId => Settings.DesignatedBridgeId;

    /// <inheritdoc cref="BridgePortSettings.DesignatedPort"/>
    public int? DesignatedPort => Settings.DesignatedPort;

    /// <inheritdoc cref="BridgePortSettings.DesignatedCost"/>
    public int? DesignatedCost => Settings.DesignatedCost;

    /// <inheritdoc cref="BridgePortSettings.TopologyChangeAcknowledged"/>
    public bool? TopologyChangeAcknowledged => Settings.TopologyChangeAcknowledged;

    /// <inheritdoc cref="BridgePortSettings.ConfigurationPending"/>
    public bool? ConfigurationPending => Settings.ConfigurationPending;

    /// <inheritdoc cref="BridgePortSettings.MessageAgeTimer"/>
    public Duration? MessageAgeTimer => Settings.MessageAgeTimer;

    /// <inheritdoc cref="BridgePortSettings.ForwardDelayTimer"/>
    public Duration? ForwardDelayTimer => Settings.ForwardDelayTimer;

    /// <inheritdoc cref="BridgePortSettings.HoldTimer"/>
    public Duration? HoldTimer => Settings.HoldTimer;

    /// <inheritdoc cref="BridgePortSettings.MrpRingOpen"/>
    public bool? MrpRingOpen => Settings.MrpRingOpen;

    /// <inheritdoc cref="BridgePortSettings.MrpInterconnectOpen"/>
    public bool? MrpInterconnectOpen => Settings.MrpInterconnectOpen;

    /// <summary>The namespace that it was read from.</summary>
    public NamespaceReference Namespace => Link.Namespace;

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    internal NetLink Link { get; }

    internal BridgePortSettings Settings { get; }

    /// <inheritdoc/>
    public override string ToString() => InterfaceAlias;
}
