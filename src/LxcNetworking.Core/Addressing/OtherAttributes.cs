using System.Globalization;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>What a message has that has no name here: the attributes' numbers and bytes.</summary>
internal static class OtherAttributes
{
    /// <summary>Gives a text for each, such as <c>33 0x0a000000</c>, and 8/18 for one inside of another.</summary>
    /// <param name="attributes">The message's.</param>
    /// <param name="isOther">Tells whether the attribute of a number has no name here.</param>
    /// <param name="nest">An attribute with attributes inside; 0 for none.</param>
    /// <param name="last">The last number inside of it that has a name.</param>
    public static ValueList<string> Of(
        AttributeReader attributes, Func<ushort, bool> isOther, ushort nest = 0, ushort last = 0)
    {
        var texts = new List<string>();
        foreach (var attribute in attributes)
        {
            if (isOther(attribute.Type))
                texts.Add(Text($"{attribute.Type}", attribute));
            if (nest == 0 || attribute.Type != nest)
                continue;
            foreach (var inner in attribute.Nested)
            {
                if (inner.Type > last)
                    texts.Add(Text($"{nest}/{inner.Type}", inner));
            }
        }

        return [.. texts];
    }

    private static string Text(FormattableString number, NetlinkAttribute attribute)
        => $"{number.ToString(CultureInfo.InvariantCulture)} 0x{Convert.ToHexStringLower(attribute.Value)}";
}
