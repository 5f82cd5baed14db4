using System.Runtime.InteropServices;

namespace LxcNetworking.Native;

/// <summary>The head of struct statx (linux/stat.h), which is the same on every architecture, and room for the
/// rest.</summary>
[StructLayout(LayoutKind.Sequential, Size = 256)]
internal struct StatX
{
    public uint Mask;
    public uint BlockSize;
    public ulong Attributes;
    public uint LinkCount;
    public uint Uid;
    public uint Gid;
    public ushort Mode;
    public ushort Spare;
    public ulong Inode;
    public ulong Size;
    public ulong Blocks;
    public ulong AttributesMask;
    public Int128 AccessTime;
    public Int128 BirthTime;
    public Int128 ChangeTime;
    public Int128 ModifyTime;
    public uint RdevMajor;
    public uint RdevMinor;
    public uint DevMajor;
    public uint DevMinor;

    public readonly bool IsSameFileAs(in StatX other)
        => (Inode, DevMajor, DevMinor) == (other.Inode, other.DevMajor, other.DevMinor);
}

/// <summary>The head of struct statfs, and room for the rest.</summary>
[StructLayout(LayoutKind.Sequential, Size = 256)]
internal struct StatFs
{
    public nint Type;
}
