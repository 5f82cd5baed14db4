using Netlink.Tests.Support;

namespace LxcNetworking.Fuzz;

/// <summary>What numbers and choices tests go wrong with.</summary>
internal static class Edges
{
    /// <summary>Lengths, offsets, counts and times at which readers go wrong.</summary>
    public static readonly ulong[] Numbers =
    [
        0, 1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 15, 16, 17, 19, 20, 32, 33, 64, 0x7f, 0x80, 0xff, 0x100, 4094, 4095, 0x7fff,
        0x8000, 0xfffc, 0xffff, 0x10000,
        0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff, 0x100000000, 253402300799, 253402300800, 0x7fffffffffffffff,
        0x8000000000000000, 0xffffffffffffffff,
    ];

    public static T Of<T>(this Generator random, IReadOnlyList<T> items) => items[random.Below(items.Count)];
}
