namespace LxcNetworking.Netlink;

/// <summary>
/// Buffers that connections receive into, each during an exchange only, so that many connections need few. They are
/// pinned, as the collector leaves a copy behind where it moves an array, and what they hold may be secret.
/// </summary>
internal static class ReceiveBuffers
{
    // What the kernel fills at most with one part of a list; longer messages are rare.
    private const int Bytes = 32 << 10;
    private const int MaxKeptBytes = 256 << 10;
    private const int MaxKept = 8;
    private static readonly Stack<byte[]> s_kept = new(MaxKept);

    /// <summary>Gives a buffer, whatever is in it.</summary>
    public static byte[] Rent()
    {
        lock (s_kept)
        {
            if (s_kept.TryPop(out var buffer))
                return buffer;
        }

        return GC.AllocateUninitializedArray<byte>(Bytes, pinned: true);
    }

    /// <summary>Takes a buffer back; who had secrets in it has cleared it.</summary>
    public static void Return(byte[] buffer)
    {
        lock (s_kept)
        {
            if (buffer.Length is >= Bytes and <= MaxKeptBytes && s_kept.Count < MaxKept)
                s_kept.Push(buffer);
        }
    }
}
