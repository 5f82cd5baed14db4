using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;

namespace LxcNetworking.Addressing;

/// <summary>A route or rule as the kernel told it: the header and every attribute, those too that have no name
/// here.</summary>
/// <param name="payload">The message without its netlink header.</param>
internal readonly struct KernelRecord(byte[] payload)
{
    /// <summary>The header; that of a rule (struct fib_rule_hdr) has the same layout.</summary>
    public RtMsg Header => MemoryMarshal.Read<RtMsg>(payload);

    /// <summary>The attributes.</summary>
    public AttributeReader Attributes => new(payload.AsSpan(Unsafe.SizeOf<RtMsg>()));

    /// <summary>The attribute's value, or nothing.</summary>
    public ReadOnlySpan<byte> Find(ushort type) => Attributes.TryFind(type, out var found) ? found.Value : default;

    /// <summary>A text that two records share if and only if they are alike in all but their state.</summary>
    /// <param name="flags">The flags that are no state.</param>
    /// <param name="isState">Tells the attributes that are state.</param>
    /// <param name="describe">Gives an attribute's text where its bytes hold state.</param>
    public string Identity(uint flags, Func<ushort, bool> isState, Func<ushort, byte[], string?>? describe = null)
    {
        var header = Header;
        var parts = new List<string>();
        foreach (var attribute in Attributes)
        {
            if (isState(attribute.Type))
                continue;
            var value = attribute.Value.ToArray();
            parts.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{attribute.Type}={describe?.Invoke(attribute.Type, value) ?? Convert.ToHexString(value)}"));
        }

        parts.Sort(StringComparer.Ordinal);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{header.Family}/{header.DestinationLength}/{header.SourceLength}/{header.Tos}/{header.Protocol}/"
                + $"{header.Scope}/{header.Type}/{header.Flags & flags} ") + string.Join(' ', parts);
    }
}
