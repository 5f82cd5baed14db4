using System.Net.Sockets;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Declarations;

/// <summary>What generated readers and writers have in common.</summary>
internal static class WireValues
{
    /// <summary>A duration of the kernel's number; what no time span holds is forever.</summary>
    public static Duration Of(Unit unit, ulong number)
        => number > (ulong)(long.MaxValue / TicksOf(unit)) ? Duration.Forever
            : new TimeSpan((long)number * TicksOf(unit));

    /// <summary>A duration in a unit of the kernel's, rounded.</summary>
    public static long In(Unit unit, TimeSpan time) => (long)Math.Round((decimal)time.Ticks / TicksOf(unit));

    /// <summary>An Ethernet address, or null for one of another length.</summary>
    public static MacAddress? ReadMac(NetlinkAttribute attribute)
        => attribute.Value.Length == 6 ? new MacAddress(attribute.Value) : null;

    /// <summary>The same; null for 00:00:00:00:00:00, which the kernel writes for none.</summary>
    public static MacAddress? ReadOptionalMac(NetlinkAttribute attribute)
        => ReadMac(attribute) is { IsZero: false } address ? address : null;

    /// <summary>Writes an address under the number of its family.</summary>
    public static void PutAddress(NetlinkRequest request, ushort ipv4, ushort ipv6, IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        request.Put(address.AddressFamily == AddressFamily.InterNetworkV6 ? ipv6 : ipv4, bytes[..length]);
    }

    private static long TicksOf(Unit unit) => unit switch
    {
        Unit.Milliseconds => TimeSpan.TicksPerMillisecond,
        Unit.Centiseconds => TimeSpan.TicksPerMillisecond * 10,
        _ => TimeSpan.TicksPerSecond,
    };
}
