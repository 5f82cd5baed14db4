using System.Net.Sockets;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Declarations;

/// <summary>What generated readers and writers have in common.</summary>
internal static class WireValues
{
    /// <summary>A duration of the kernel's number.</summary>
    public static Duration Of(Unit unit, uint number) => unit switch
    {
        Unit.Milliseconds => TimeSpan.FromMilliseconds(number),
        Unit.Centiseconds => TimeSpan.FromMilliseconds(number * 10L),
        _ => TimeSpan.FromSeconds(number),
    };

    /// <summary>A duration in a unit of the kernel's, rounded.</summary>
    public static long In(Unit unit, TimeSpan time)
    {
        var ticks = unit switch
        {
            Unit.Milliseconds => TimeSpan.TicksPerMillisecond,
            Unit.Centiseconds => TimeSpan.TicksPerMillisecond * 10,
            _ => TimeSpan.TicksPerSecond,
        };
        return (long)Math.Round((decimal)time.Ticks / ticks);
    }

    /// <summary>An Ethernet address, or null for one of another length or without any bit.</summary>
    public static MacAddress? ReadMac(NetlinkAttribute attribute)
        => attribute.Value.Length == 6 && new MacAddress(attribute.Value) is { IsZero: false } address ? address : null;

    /// <summary>Writes an address under the number of its family.</summary>
    public static void PutAddress(NetlinkRequest request, ushort ipv4, ushort ipv6, IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        request.Put(address.AddressFamily == AddressFamily.InterNetworkV6 ? ipv6 : ipv4, bytes[..length]);
    }
}
