using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Tunnels;

/// <summary>Reads and writes the source ports of a VXLAN or Geneve link (struct ifla_vxlan_port_range: both in
/// network order).</summary>
internal static class TunnelPorts
{
    public static PortRange? Read(NetlinkAttribute attribute)
    {
        var range = attribute.AsUInt32BigEndian();
        var (low, high) = ((int)(range >> 16), (int)(range & 0xffff));
        return low >= 1 && high >= low ? new PortRange(low, high) : null;
    }

    public static void Write(NetlinkRequest request, ushort type, PortRange ports)
        => request.PutBigEndian(type, ((uint)ports.First << 16) | (uint)ports.Last);
}
