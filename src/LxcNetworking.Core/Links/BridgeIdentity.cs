using System.Buffers.Binary;
using System.Globalization;
using LxcNetworking.Netlink;

namespace LxcNetworking.Links;

/// <summary>Reads a bridge's identity (struct ifla_bridge_id): two bytes of priority in network order, six of
/// address.</summary>
internal static class BridgeIdentity
{
    public static string Read(NetlinkAttribute attribute) => attribute.Value.Length != 8
        ? throw new NetlinkProtocolException(
            $"A bridge identity has {attribute.Value.Length} bytes where 8 were expected.")
        : BinaryPrimitives.ReadUInt16BigEndian(attribute.Value).ToString("x4", CultureInfo.InvariantCulture)
            + "." + Convert.ToHexStringLower(attribute.Value[2..]);
}
