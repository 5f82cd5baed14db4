using Netlink.Tests.Support;

namespace LxcNetworking.Fuzz;

/// <summary>Spoils bytes.</summary>
internal static class Spoiler
{
    /// <summary>Changes, cuts, lengthens or repeats some bytes.</summary>
    public static byte[] Spoil(this Generator random, byte[] original)
    {
        var bytes = (byte[])original.Clone();
        for (var i = 1 + random.Below(4); i > 0 && bytes.Length > 0; i--)
        {
            var at = random.Below(bytes.Length);
            switch (random.Below(7))
            {
                case 0:
                    bytes[at] = (byte)random.Next();
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Below(8));
                    break;
                case 2: // a length or a type, where they stand
                    Put(bytes, at & ~1, BitConverter.GetBytes((ushort)random.Of(Edges.Numbers)));
                    break;
                case 3:
                    Put(bytes, at & ~3, BitConverter.GetBytes((uint)random.Of(Edges.Numbers)));
                    break;
                case 4:
                    bytes = bytes[..at];
                    break;
                case 5:
                    bytes = [.. bytes[..at], .. random.Bytes(1 + random.Below(20)), .. bytes[at..]];
                    break;
                default: // overlap: the same piece once more
                    bytes = [.. bytes, .. bytes[at..]];
                    break;
            }
        }

        return bytes;
    }

    private static void Put(byte[] bytes, int at, byte[] value)
        => value.AsSpan(0, Math.Min(value.Length, bytes.Length - at)).CopyTo(bytes.AsSpan(at));
}
