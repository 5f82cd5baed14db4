using System.Runtime.InteropServices;

namespace LxcNetworking.Packets;

/// <summary>
/// One instruction of the kernel's classic packet filter (struct sock_filter of linux/filter.h), which keeps what a
/// socket has no use for away from it. Places count from the start of the Ethernet frame.
/// </summary>
/// <param name="code">What it does.</param>
/// <param name="value">The place, value or length.</param>
/// <param name="met">How many instructions to skip where a condition is met.</param>
/// <param name="notMet">How many to skip where it is not.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct PacketFilter(ushort code, uint value, byte met = 0, byte notMet = 0)
{
    /// <summary>Loads a byte, or 16 bits in network byte order, from a place.</summary>
    public const ushort LoadByte = 0x30, LoadHalf = 0x28;

    /// <summary>Loads the length in bytes of the IPv4 header at a place, and 16 bits behind that length.</summary>
    public const ushort LoadHeaderLength = 0xb1, LoadHalfBehindHeader = 0x48;

    /// <summary>Skips, as what was loaded is a value or has any of its bits.</summary>
    public const ushort JumpIfEqual = 0x15, JumpIfAnyBit = 0x45;

    /// <summary>Takes so many bytes of the frame; 0 for none of it.</summary>
    public const ushort Return = 0x06;

    private readonly ushort _code = code;
    private readonly byte _met = met;
    private readonly byte _notMet = notMet;
    private readonly uint _value = value;
}
