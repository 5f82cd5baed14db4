namespace LxcNetworking.State.Documents;

/// <summary>What new links of each kind have, and links that have become a bridge's port, as Linux 6.1 tells
/// it.</summary>
internal static class UsualValuesText
{
    /// <summary>Kinds, and for each the properties of documents with their values.</summary>
    public const string Json = """
        {
            "bond": {
                "activePort": "", "allPortsActive": false, "arp": true, "arpAllTargets": false,
                "arpInterval": "00:00:00", "arpMissedMaximum": 2, "arpTarget": [], "arpValidate": "None",
                "coupledControl": true, "downDelay": "00:00:00", "dynamicLoadBalancing": true, "failOverMac": "None",
                "hashPolicy": "Layer2", "igmpReports": 1, "lacpActive": true, "lacpRate": "Slow",
                "lacpSelection": "Stable", "learningInterval": "00:00:01",
                "minimumPorts": 0, "mtu": 1500, "multicast": true, "neighborTarget": [], "packetsPerPort": 1,
                "peerNotificationDelay": "00:00:00", "peerNotifications": 1, "primary": "",
                "primaryReselect": "Always", "txQueueLength": 1000, "upDelay": "00:00:00"
            },
            "bridge": {
                "ageingTime": "00:05:00", "arp": true, "callArptables": false, "callIp6tables": false,
                "callIptables": false, "defaultVlanId": 1, "forwardDelay": "00:00:15",
                "groupAddress": "01:80:c2:00:00:00", "groupForwardMask": 0, "helloTime": "00:00:02",
                "igmpVersion": 2, "maxAge": "00:00:20", "maxLearnedAddresses": 0, "maxMulticastGroups": 4096,
                "mldVersion": 1, "mtu": 1500, "multicast": true, "multicastLastMemberCount": 2,
                "multicastLastMemberInterval": "00:00:01", "multicastMembershipInterval": "00:04:20",
                "multicastQuerier": false, "multicastQuerierInterval": "00:04:15",
                "multicastQueryInterval": "00:02:05", "multicastQueryResponseInterval": "00:00:10",
                "multicastQueryUseAddress": false, "multicastRouter": "Automatic", "multicastSnooping": true,
                "multicastStartupQueryCount": 2, "multicastStartupQueryInterval": "00:00:31.2400000",
                "multicastStatistics": false, "multicastVlanSnooping": false, "multipleSpanningTrees": false,
                "noLinkLocalLearning": false, "priority": 32768, "stp": false, "txQueueLength": 1000,
                "vlanFiltering": false, "vlanProtocol": "802.1Q", "vlanStatistics": false,
                "vlanStatisticsPerPort": false
            },
            "bridge port": {
                "backupNextHopId": 0, "backupPort": "", "bpduGuard": false, "broadcastFlood": true, "cost": 2,
                "fastLeave": false, "flood": true, "groupForwardMask": 0, "hairpin": false, "isolated": false,
                "learning": true, "locked": false, "macAuthenticationBypass": false, "maxMulticastGroups": 0,
                "maxMulticastHosts": 512, "multicastFlood": true, "multicastRouter": "Automatic",
                "multicastToUnicast": false, "neighborSuppress": false, "neighborVlanSuppress": false,
                "priority": 32, "proxyArp": false, "proxyArpWifi": false, "rootBlock": false, "vlanTunnel": false
            },
            "dummy": {
                "arp": false, "mtu": 1500, "multicast": false, "txQueueLength": 1000
            },
            "erspan": {
                "arp": true, "checksum": false, "encapsulation": "None", "erspanIndex": 0, "external": false,
                "ignoreDf": false, "mark": 0, "multicast": true, "pathMtuDiscovery": true, "tos": 0, "ttl": 0,
                "txQueueLength": 1000
            },
            "geneve": {
                "arp": true, "df": "Unset", "external": false, "flowLabel": 0, "innerProtocolInherit": false,
                "multicast": true, "tos": 0, "ttl": 0, "ttlInherit": false, "txQueueLength": 1000
            },
            "gre": {
                "arp": false, "checksum": false, "encapsulation": "None", "external": false, "ignoreDf": false,
                "mark": 0, "multicast": false, "pathMtuDiscovery": true, "sequence": false, "tos": 0, "ttl": 0,
                "txQueueLength": 1000
            },
            "gretap": {
                "arp": true, "checksum": false, "encapsulation": "None", "external": false, "ignoreDf": false,
                "mark": 0, "multicast": true, "pathMtuDiscovery": true, "sequence": false, "tos": 0, "ttl": 0,
                "txQueueLength": 1000
            },
            "ifb": {
                "arp": false, "mtu": 1500, "multicast": false, "txQueueLength": 32
            },
            "ip6erspan": {
                "arp": true, "checksum": false, "encapsulation": "None", "erspanIndex": 0, "external": false,
                "ignoreDf": false, "mark": 0, "multicast": true, "pathMtuDiscovery": false, "tos": 0,
                "txQueueLength": 1000
            },
            "ip6gre": {
                "arp": false, "checksum": false, "encapsulation": "None", "external": false, "ignoreDf": false,
                "mark": 0, "multicast": false, "pathMtuDiscovery": false, "sequence": false, "tos": 0,
                "txQueueLength": 1000
            },
            "ip6gretap": {
                "arp": true, "checksum": false, "encapsulation": "None", "external": false, "ignoreDf": false,
                "mark": 0, "multicast": true, "pathMtuDiscovery": false, "sequence": false, "tos": 0,
                "txQueueLength": 1000
            },
            "ip6tnl": {
                "allowLocalRemote": false, "arp": false, "copyTos": false, "encapsulation": "None",
                "encapsulationLimit": 4, "external": false, "flowLabel": 0, "inheritFlowLabel": false, "mark": 0,
                "multicast": false, "tos": 0, "txQueueLength": 1000
            },
            "ipip": {
                "arp": false, "encapsulation": "None", "external": false, "mark": 0, "multicast": false,
                "pathMtuDiscovery": true, "tos": 0, "txQueueLength": 1000
            },
            "ipvlan": {
                "arp": true, "flag": "Bridge", "multicast": true, "txQueueLength": 1000
            },
            "ipvtap": {
                "arp": true, "flag": "Bridge", "multicast": true, "txQueueLength": 500
            },
            "loopback": {
                "arp": true, "master": "", "mtu": 65536, "multicast": false, "txQueueLength": 1000, "up": true
            },
            "macsec": {
                "arp": true, "checkLength": 16, "cipher": "GcmAes128", "encodingKey": 0, "encrypt": false,
                "endStation": false, "multicast": true, "protect": true, "replayProtection": false,
                "sendIdentifier": true, "singleCopyBroadcast": false, "txQueueLength": 1000, "validation": "Strict"
            },
            "macvlan": {
                "arp": true, "broadcastQueueLength": 1000, "broadcastQueueThreshold": 1, "flag": "None",
                "multicast": true, "txQueueLength": 1000
            },
            "macvtap": {
                "arp": true, "broadcastQueueLength": 1000, "broadcastQueueThreshold": 1, "flag": "None",
                "multicast": true, "txQueueLength": 500
            },
            "nlmon": {
                "arp": false, "multicast": false, "txQueueLength": 1000
            },
            "sit": {
                "arp": false, "encapsulation": "None", "external": false, "isatap": false, "mark": 0,
                "multicast": false, "pathMtuDiscovery": true, "sixRdPrefix": "2002::/16",
                "sixRdRelayPrefix": "0.0.0.0/0", "tos": 0, "txQueueLength": 1000
            },
            "tun": {
                "arp": true, "mtu": 1500, "multiQueue": false, "multicast": true, "packetInformation": false,
                "txQueueLength": 1000, "vnetHeader": false
            },
            "vcan": {
                "arp": false, "mtu": 72, "multicast": false, "txQueueLength": 1000
            },
            "veth": {
                "arp": true, "mtu": 1500, "multicast": true, "txQueueLength": 1000
            },
            "vlan": {
                "arp": true, "bridgeBinding": false, "egressQosMap": {}, "gvrp": false, "ingressQosMap": {},
                "looseBinding": false, "multicast": true, "mvrp": false, "protocol": "802.1Q", "reorderHeader": true,
                "txQueueLength": 1000
            },
            "vrf": {
                "arp": false, "multicast": false, "txQueueLength": 1000
            },
            "vti": {
                "arp": false, "mark": 0, "multicast": false, "txQueueLength": 1000
            },
            "vti6": {
                "arp": false, "mark": 0, "multicast": false, "txQueueLength": 1000
            },
            "vxlan": {
                "ageingTime": "00:05:00", "arp": true, "arpProxy": false, "df": "Unset", "external": false,
                "flowLabel": 0, "genericProtocolExtension": false, "groupPolicy": false, "learning": true,
                "maxAddresses": 0, "multicast": true, "notifyMissingIP": false, "notifyMissingMac": false,
                "remoteChecksumNoPartial": false, "remoteChecksumReceive": false, "remoteChecksumSend": false,
                "routeShortCircuit": false, "tos": 0, "ttl": 0, "ttlInherit": false, "txQueueLength": 1000,
                "udpChecksum": true, "udpZeroChecksum6Receive": false, "udpZeroChecksum6Send": false,
                "vniFilter": false
            },
            "wireguard": {
                "arp": false, "multicast": false, "txQueueLength": 1000
            },
            "xfrm": {
                "arp": false, "external": false, "multicast": false, "txQueueLength": 1000
            }
        }
        """;
}
