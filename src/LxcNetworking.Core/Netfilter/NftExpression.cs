using System.Buffers.Binary;
using LxcNetworking.Netlink;

namespace LxcNetworking.Netfilter;

/// <summary>One expression of a rule: its name and its attributes.</summary>
internal sealed record NftExpression(string Name, Dictionary<ushort, byte[]> Attributes)
{
    /// <summary>Reads NFTA_RULE_EXPRESSIONS.</summary>
    /// <exception cref="NetlinkProtocolException">The attributes are malformed.</exception>
    public static List<NftExpression> Read(AttributeReader expressions)
    {
        var result = new List<NftExpression>();
        foreach (var element in expressions)
        {
            var name = element.Nested.TryFind(Nfta.ExprName, out var found) ? found.AsString() : string.Empty;
            var attributes = new Dictionary<ushort, byte[]>();
            if (element.Nested.TryFind(Nfta.ExprData, out var data))
            {
                foreach (var attribute in data.Nested)
                    attributes[attribute.Type] = attribute.Value.ToArray();
            }

            result.Add(new NftExpression(name, attributes));
        }

        return result;
    }

    /// <summary>A 32-bit number.</summary>
    public uint Number(ushort type, uint otherwise = uint.MaxValue)
        => Attributes.TryGetValue(type, out var value) && value.Length == 4
            ? BinaryPrimitives.ReadUInt32BigEndian(value)
            : otherwise;

    /// <summary>Whether it has an attribute.</summary>
    public bool Has(ushort type) => Attributes.ContainsKey(type);

    /// <summary>The bytes of a value (NFTA_DATA_VALUE).</summary>
    public byte[]? Data(ushort type)
        => Attributes.TryGetValue(type, out var value)
            && new AttributeReader(value).TryFind(Nfta.DataValue, out var inner)
            ? inner.Value.ToArray()
            : null;

    /// <summary>A text.</summary>
    public string? Text(ushort type)
        => Attributes.TryGetValue(type, out var value) ? KernelText.Decode(value) : null;
}
