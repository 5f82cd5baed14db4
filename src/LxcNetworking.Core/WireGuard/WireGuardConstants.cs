namespace LxcNetworking.WireGuard;

/// <summary>Commands and flags of linux/wireguard.h (WG_CMD_*, WGPEER_F_*).</summary>
internal static class WgCommand
{
    public const byte GetDevice = 0, SetDevice = 1;
    public const uint RemoveMe = 1, ReplaceAllowedIPs = 2, UpdateOnly = 4;
}

/// <summary>Attributes of a device (WGDEVICE_A_*).</summary>
internal static class WgDevice
{
    public const ushort IfIndex = 1, PrivateKey = 3, PublicKey = 4, ListenPort = 6, FwMark = 7, Peers = 8;
}

/// <summary>Attributes of a peer (WGPEER_A_*).</summary>
internal static class WgPeer
{
    public const ushort PublicKey
        = 1, PresharedKey = 2, Flags = 3, Endpoint = 4, PersistentKeepalive = 5, LastHandshake = 6, RxBytes = 7,
        TxBytes = 8, AllowedIPs = 9;
}

/// <summary>Attributes of an allowed prefix (WGALLOWEDIP_A_*).</summary>
internal static class WgAllowedIP
{
    public const ushort Family = 1, Address = 2, Length = 3;
}
