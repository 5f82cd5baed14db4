namespace Netlink.Tests.Support;

/// <summary>Random numbers that are the same on every machine and runtime for the same seed (SplitMix64).</summary>
internal sealed class Generator(ulong seed)
{
    private ulong _state = seed;

    internal ulong Next()
    {
        var mixed = _state += 0x9e3779b97f4a7c15;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
        return mixed ^ (mixed >> 31);
    }

    internal int Below(int limit) => (int)(Next() % (ulong)limit);

    internal bool OneIn(int chances) => Below(chances) == 0;

    internal byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++)
            bytes[i] = (byte)Next();
        return bytes;
    }
}
