using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace LxcNetworking.WireGuard;

/// <summary>
/// The X25519 function of RFC 7748, section 5. No branch and no memory access depends on a secret. Numbers modulo 2^255
/// - 19 are five limbs of 51 bits, which may be a little over between two multiplications.
/// </summary>
internal static class Curve25519
{
    /// <summary>The size of scalars and of u-coordinates, in bytes.</summary>
    public const int Size = 32;

    private const ulong Mask = (1ul << 51) - 1;
    private const ulong A24 = 121665;

    private static ReadOnlySpan<byte> BasePoint
        => [9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>The public key of a private one.</summary>
    /// <param name="privateKey">32 bytes.</param>
    /// <param name="publicKey">Takes 32 bytes.</param>
    public static void PublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey)
        => Multiply(privateKey, BasePoint, publicKey);

    /// <summary>Multiplies a point by a scalar.</summary>
    /// <param name="scalar">32 bytes, which are clamped here.</param>
    /// <param name="u">The point's u-coordinate, 32 bytes.</param>
    /// <param name="result">Takes the product's u-coordinate, 32 bytes.</param>
    public static void Multiply(ReadOnlySpan<byte> scalar, ReadOnlySpan<byte> u, Span<byte> result)
    {
        Span<byte> k = stackalloc byte[Size];
        Span<Element> state = stackalloc Element[5];
        try
        {
            scalar[..Size].CopyTo(k);
            Clamp(k);
            state[0] = Read(u);
            // (x2 : z2) is the point at infinity, (x3 : z3) the point itself.
            state[1] = new Element { L0 = 1 };
            state[2] = default;
            state[3] = state[0];
            state[4] = new Element { L0 = 1 };
            Ladder(k, in state[0], ref state[1], ref state[2], ref state[3], ref state[4]);
            Write(Multiply(state[1], Invert(state[2])), result);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(k);
            CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(state));
        }
    }

    /// <summary>Makes a scalar of 32 random bytes (decodeScalar25519).</summary>
    public static void Clamp(Span<byte> scalar)
    {
        scalar[0] &= 248;
        scalar[31] &= 127;
        scalar[31] |= 64;
    }

    private static void Ladder(
        ReadOnlySpan<byte> k, in Element x1, ref Element x2, ref Element z2, ref Element x3, ref Element z3)
    {
        ulong swap = 0;
        for (var t = 254; t >= 0; t--)
        {
            var bit = (ulong)(k[t >> 3] >> (t & 7)) & 1;
            swap ^= bit;
            Swap(swap, ref x2, ref x3);
            Swap(swap, ref z2, ref z3);
            swap = bit;

            var a = Add(x2, z2);
            var aa = Multiply(a, a);
            var b = Subtract(x2, z2);
            var bb = Multiply(b, b);
            var e = Subtract(aa, bb);
            var da = Multiply(Subtract(x3, z3), a);
            var cb = Multiply(Add(x3, z3), b);
            var sum = Add(da, cb);
            var difference = Subtract(da, cb);
            x3 = Multiply(sum, sum);
            z3 = Multiply(x1, Multiply(difference, difference));
            x2 = Multiply(aa, bb);
            z2 = Multiply(e, Add(aa, Multiply(e, new Element { L0 = A24 })));
        }

        Swap(swap, ref x2, ref x3);
        Swap(swap, ref z2, ref z3);
    }

    private static void Swap(ulong swap, ref Element a, ref Element b)
    {
        var mask = 0 - swap;
        Exchange(mask, ref a.L0, ref b.L0);
        Exchange(mask, ref a.L1, ref b.L1);
        Exchange(mask, ref a.L2, ref b.L2);
        Exchange(mask, ref a.L3, ref b.L3);
        Exchange(mask, ref a.L4, ref b.L4);

        static void Exchange(ulong mask, ref ulong a, ref ulong b)
        {
            var difference = mask & (a ^ b);
            a ^= difference;
            b ^= difference;
        }
    }

    private static Element Add(in Element a, in Element b) => new()
    {
        L0 = a.L0 + b.L0,
        L1 = a.L1 + b.L1,
        L2 = a.L2 + b.L2,
        L3 = a.L3 + b.L3,
        L4 = a.L4 + b.L4,
    };

    // Four times the prime is added, so that no limb goes below zero.
    private static Element Subtract(in Element a, in Element b) => new()
    {
        L0 = a.L0 + 4 * (Mask - 18) - b.L0,
        L1 = a.L1 + 4 * Mask - b.L1,
        L2 = a.L2 + 4 * Mask - b.L2,
        L3 = a.L3 + 4 * Mask - b.L3,
        L4 = a.L4 + 4 * Mask - b.L4,
    };

    // Limbs below 2^54 on both sides give sums below 2^115; what leaves the top comes back nineteenfold, as 2^255 is
    // 19.
    private static Element Multiply(in Element a, in Element b)
    {
        ulong b1 = 19 * b.L1, b2 = 19 * b.L2, b3 = 19 * b.L3, b4 = 19 * b.L4;
        var r0 = Product(a.L0, b.L0) + Product(a.L1, b4) + Product(a.L2, b3) + Product(a.L3, b2) + Product(a.L4, b1);
        var r1 = Product(a.L0, b.L1) + Product(a.L1, b.L0) + Product(a.L2, b4) + Product(a.L3, b3) + Product(a.L4, b2);
        var r2 = Product(
            a.L0, b.L2) + Product(a.L1, b.L1) + Product(a.L2, b.L0) + Product(a.L3, b4) + Product(a.L4, b3);
        var r3 = Product(
            a.L0, b.L3) + Product(a.L1, b.L2) + Product(a.L2, b.L1) + Product(a.L3, b.L0) + Product(a.L4, b4);
        var r4 = Product(
            a.L0, b.L4) + Product(a.L1, b.L3) + Product(a.L2, b.L2) + Product(a.L3, b.L1) + Product(a.L4, b.L0);

        r1 += r0 >> 51;
        r2 += r1 >> 51;
        r3 += r2 >> 51;
        r4 += r3 >> 51;
        // The carry can be over 64 bits wide.
        var low = (UInt128)((ulong)r0 & Mask) + (r4 >> 51) * 19ul;
        var second = ((ulong)r1 & Mask) + (ulong)(low >> 51);
        return new Element
        {
            L0 = (ulong)low & Mask,
            L1 = second & Mask,
            L2 = ((ulong)r2 & Mask) + (second >> 51),
            L3 = (ulong)r3 & Mask,
            L4 = (ulong)r4 & Mask,
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static UInt128 Product(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return new UInt128(high, low);
    }

    // To the power of 2^255 - 21: all bits are set but the second and the fourth.
    private static Element Invert(in Element value)
    {
        var result = new Element { L0 = 1 };
        for (var bit = 254; bit >= 0; bit--)
        {
            result = Multiply(result, result);
            if (bit is not (2 or 4))
                result = Multiply(result, value);
        }

        return result;
    }

    // The top bit is no part of the number (RFC 7748, section 5).
    private static Element Read(ReadOnlySpan<byte> bytes)
    {
        ulong w0 = BinaryPrimitives.ReadUInt64LittleEndian(bytes), w1 = BinaryPrimitives.ReadUInt64LittleEndian(
            bytes[8..]),
            w2 = BinaryPrimitives.ReadUInt64LittleEndian(
                bytes[16..]), w3 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]);
        return new Element
        {
            L0 = w0 & Mask,
            L1 = (w0 >> 51 | w1 << 13) & Mask,
            L2 = (w1 >> 38 | w2 << 26) & Mask,
            L3 = (w2 >> 25 | w3 << 39) & Mask,
            L4 = w3 >> 12 & Mask,
        };
    }

    private static void Write(Element value, Span<byte> bytes)
    {
        Carry(ref value);
        Carry(ref value);
        // Now below 2^255 + 19; subtracting the prime once where it is not below the prime, found by adding 19 and
        // looking at bit 255.
        var over = (value.L0 + 19) >> 51;
        over = (value.L1 + over) >> 51;
        over = (value.L2 + over) >> 51;
        over = (value.L3 + over) >> 51;
        over = (value.L4 + over) >> 51;
        value.L0 += 19 * over;
        value.L1 += value.L0 >> 51;
        value.L0 &= Mask;
        value.L2 += value.L1 >> 51;
        value.L1 &= Mask;
        value.L3 += value.L2 >> 51;
        value.L2 &= Mask;
        value.L4 += value.L3 >> 51;
        value.L3 &= Mask;
        value.L4 &= Mask;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value.L0 | value.L1 << 51);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], value.L1 >> 13 | value.L2 << 38);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], value.L2 >> 26 | value.L3 << 25);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], value.L3 >> 39 | value.L4 << 12);
    }

    private static void Carry(ref Element value)
    {
        value.L1 += value.L0 >> 51;
        value.L2 += value.L1 >> 51;
        value.L3 += value.L2 >> 51;
        value.L4 += value.L3 >> 51;
        value.L0 = (value.L0 & Mask) + 19 * (value.L4 >> 51);
        value.L1 &= Mask;
        value.L2 &= Mask;
        value.L3 &= Mask;
        value.L4 &= Mask;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Element
    {
        public ulong L0;
        public ulong L1;
        public ulong L2;
        public ulong L3;
        public ulong L4;
    }
}
