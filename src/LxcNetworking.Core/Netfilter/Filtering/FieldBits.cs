using System.Numerics;

namespace LxcNetworking.Netfilter.Filtering;

/// <summary>Whether a rule fits all packets of a sort, none, or perhaps some.</summary>
internal enum Fit
{
    None,
    Some,
    All,
}

/// <summary>Bytes of a packet, of which some bits are known; the others may be anything.</summary>
/// <param name="Value">The bytes, zero where they are not known.</param>
/// <param name="Known">Ones for the known bits.</param>
internal sealed record FieldBits(byte[] Value, byte[] Known)
{
    /// <summary>How many bytes.</summary>
    public int Length => Value.Length;

    private byte[] Most => [.. Value.Zip(Known, (value, known) => (byte)(value | ~known))];

    public static FieldBits Of(params byte[] value) => new(value, [.. value.Select(_ => (byte)0xff)]);

    public static FieldBits Of(uint hostNumber) => Of(BitConverter.GetBytes(hostNumber));

    public static FieldBits Unknown(int length) => new(new byte[length], new byte[length]);

    /// <summary>The first bits of a value.</summary>
    public static FieldBits Of(byte[] value, int knownBits)
    {
        byte[] known =
        [
            .. Enumerable.Range(0, value.Length).Select(i => (byte)(0xff << (8 - Math.Clamp(knownBits - 8 * i, 0, 8)))),
        ];
        return new FieldBits([.. value.Zip(known, (part, mask) => (byte)(part & mask))], known);
    }

    /// <summary>A name, with zeros to its whole length.</summary>
    public static FieldBits OfName(string name)
    {
        var bytes = new byte[16];
        var encoded = Netlink.KernelText.Encode(name);
        encoded.AsSpan(0, Math.Min(encoded.Length, 15)).CopyTo(bytes);
        return Of(bytes);
    }

    /// <summary>A part; what is beyond the end is not known.</summary>
    public FieldBits Slice(int offset, int length)
    {
        var part = Unknown(length);
        for (var i = 0; i < length && offset + i < Length; i++)
            (part.Value[i], part.Known[i]) = (Value[offset + i], Known[offset + i]);
        return part;
    }

    /// <summary>The bits of a mask, and then those of another one turned around.</summary>
    public FieldBits Masked(byte[] mask, byte[] turned)
    {
        var result = Unknown(Length);
        for (var i = 0; i < Length; i++)
        {
            result.Known[i] = (byte)(Known[i] | ~mask[i]);
            result.Value[i] = (byte)(((Value[i] & mask[i]) ^ turned[i]) & result.Known[i]);
        }

        return result;
    }

    /// <summary>The bytes of each number in the other order.</summary>
    public FieldBits Swapped(int size)
        => new([.. Value.Chunk(size).SelectMany(part => part.Reverse())],
            [.. Known.Chunk(size).SelectMany(part => part.Reverse())]);

    /// <summary>Whether they are these bytes; a shorter text is compared with the first ones.</summary>
    public Fit Is(byte[] other)
    {
        var isWhole = other.Length <= Length;
        for (var i = 0; i < Math.Min(Length, other.Length); i++)
        {
            if (((Value[i] ^ other[i]) & Known[i]) != 0)
                return Fit.None;
            isWhole &= Known[i] == 0xff;
        }

        return isWhole ? Fit.All : Fit.Some;
    }

    /// <summary>Whether they are between two values of their length, both included.</summary>
    public Fit IsWithin(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        ReadOnlySpan<byte> least = Value, most = Most;
        return least.SequenceCompareTo(to) > 0 || most.SequenceCompareTo(from) < 0 ? Fit.None
            : least.SequenceCompareTo(from) >= 0 && most.SequenceCompareTo(to) <= 0 ? Fit.All : Fit.Some;
    }

    /// <summary>Compares them as the kernel does.</summary>
    public Fit Compare(NftComparison comparison, byte[] other)
    {
        if (comparison is NftComparison.Equal)
            return Is(other);
        if (comparison is NftComparison.NotEqual)
            return Not(Is(other));
        if (other.Length != Length)
            return Fit.Some;
        ReadOnlySpan<byte> least = Value, most = Most;
        var (low, high) = (least.SequenceCompareTo(other), most.SequenceCompareTo(other));
        return comparison switch
        {
            NftComparison.Less => high < 0 ? Fit.All : low >= 0 ? Fit.None : Fit.Some,
            NftComparison.LessOrEqual => high <= 0 ? Fit.All : low > 0 ? Fit.None : Fit.Some,
            NftComparison.Greater => low > 0 ? Fit.All : high <= 0 ? Fit.None : Fit.Some,
            NftComparison.GreaterOrEqual => low >= 0 ? Fit.All : high < 0 ? Fit.None : Fit.Some,
            _ => Fit.Some,
        };
    }

    /// <summary>Whether one of these bits is set.</summary>
    public Fit HasAny(byte[] bits)
    {
        var isUnsure = false;
        for (var i = 0; i < Math.Min(Length, bits.Length); i++)
        {
            if ((Value[i] & bits[i]) != 0)
                return Fit.All;
            isUnsure |= (~Known[i] & bits[i]) != 0;
        }

        return isUnsure ? Fit.Some : Fit.None;
    }

    public static Fit Not(Fit fit) => (Fit)(Fit.All - fit);

    /// <summary>Both.</summary>
    public static Fit And(Fit one, Fit other) => (Fit)Math.Min((int)one, (int)other);

    /// <summary>At least one of two.</summary>
    public static Fit Or(Fit one, Fit other) => (Fit)Math.Max((int)one, (int)other);

    /// <summary>How many leading bits a mask has; -1 for one with holes.</summary>
    public static int PrefixOf(byte[] mask)
    {
        var bits = mask.Sum(part => BitOperations.PopCount(part));
        return Of(mask, bits).Known.AsSpan().SequenceEqual(mask) ? bits : -1;
    }
}
