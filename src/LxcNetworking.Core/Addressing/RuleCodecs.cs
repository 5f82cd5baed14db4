using System.Runtime.InteropServices;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>A rule's table; 0 stands for none.</summary>
internal static class RuleTable
{
    public static RouteTable? Read(NetlinkAttribute attribute)
        => attribute.AsUInt32() is var id and not 0 ? RouteTable.Of(id) : null;

    public static void Write(NetlinkRequest request, ushort type, RouteTable value)
        => request.Put(type, (uint)value.Id);
}

/// <summary>What is passed over; -1 stands for none.</summary>
internal static class RuleSuppression
{
    public static int? Read(NetlinkAttribute attribute)
        => attribute.AsUInt32() is var number and <= int.MaxValue ? (int)number : null;

    public static void Write(NetlinkRequest request, ushort type, int value) => request.Put(type, (uint)value);
}

/// <summary>A number that can only be 1.</summary>
internal static class RuleVrf
{
    public static bool? Read(NetlinkAttribute attribute) => attribute.AsByte() != 0;

    public static void Write(NetlinkRequest request, ushort type, bool value)
    {
        if (value)
            request.Put(type, (byte)1);
    }
}

/// <summary>The first and last port in the machine's order (struct fib_rule_port_range of
/// linux/fib_rules.h).</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct RulePorts(ushort First, ushort Last)
{
    public static PortRange? Read(NetlinkAttribute attribute)
        => attribute.AsStruct<RulePorts>() is { First: > 0 } ports && ports.Last >= ports.First
            ? new PortRange(ports.First, ports.Last)
            : throw new NetlinkProtocolException("A rule has ports that are no range.");

    public static void Write(NetlinkRequest request, ushort type, PortRange value)
        => request.Put(type, new RulePorts((ushort)value.First, (ushort)value.Last));
}

/// <summary>The first and last user (struct fib_rule_uid_range of linux/fib_rules.h).</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct RuleUsers(uint First, uint Last)
{
    public static UserIdRange? Read(NetlinkAttribute attribute)
        => attribute.AsStruct<RuleUsers>() is { Last: < uint.MaxValue } users && users.Last >= users.First
            ? new UserIdRange(users.First, users.Last)
            : throw new NetlinkProtocolException("A rule has users that are no range.");

    public static void Write(NetlinkRequest request, ushort type, UserIdRange value)
        => request.Put(type, new RuleUsers((uint)value.First, (uint)value.Last));
}
