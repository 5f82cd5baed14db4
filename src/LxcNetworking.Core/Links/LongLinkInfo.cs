using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;

namespace LxcNetworking.Links;

/// <summary>
/// Reads IFLA_LINKINFO. The length of an attribute has 16 bits, and the kernel lets that of IFLA_LINKINFO, and of
/// IFLA_INFO_DATA in it, wrap where a link has more to say; <see cref="LinkKind.LeastDataLength"/> tells how long it
/// is.
/// </summary>
internal static class LongLinkInfo
{
    private const int HeaderSize = 4;

    /// <summary>The attributes of an IFLA_LINKINFO.</summary>
    public static AttributeReader Read(ReadOnlySpan<byte> info)
        => LongKindOf(info) is { } leastLength
            ? new AttributeReader(info, IflaInfo.Data, leastLength) : new AttributeReader(info);

    /// <summary>How long IFLA_LINKINFO is at least, whose length wraps in the same way; 0 where it tells the
    /// truth.</summary>
    public static int LeastLength(ReadOnlySpan<byte> info)
    {
        if (LongKindOf(info[HeaderSize..]) is null)
            return 0;
        var reader = Read(info[HeaderSize..]);
        while (reader.MoveNext())
        {
            if (reader.Current.Type == IflaInfo.Data)
                return info.Length - reader.Rest.Length;
        }

        return 0;
    }

    private static LeastLength? LongKindOf(ReadOnlySpan<byte> info)
        => info.Length > ushort.MaxValue && new AttributeReader(info).TryFind(IflaInfo.Kind, out var kind)
            ? LinkKinds.Find(kind.AsString())?.LeastDataLength : null;
}
