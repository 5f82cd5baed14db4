using System.Globalization;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Values;

namespace LxcNetworking.Bridges;

/// <summary>One VLAN id or several that follow one another: <c>10</c> or <c>10-20</c>.</summary>
public sealed record VlanRange
{
    /// <summary>One VLAN.</summary>
    /// <param name="id">Its id, 1 to 4094.</param>
    public VlanRange(int id)
        : this(id, id)
    {
    }

    /// <summary>Several VLANs.</summary>
    /// <param name="first">The lowest id.</param>
    /// <param name="last">The highest id.</param>
    /// <exception cref="NetworkException">InvalidArgument.</exception>
    public VlanRange(int first, int last)
    {
        VlanIds.Check(first);
        VlanIds.Check(last);
        if (last < first)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"A range of VLANs goes from the lower to the higher id: {last}-{first}.");
        }

        (First, Last) = (first, last);
    }

    /// <summary>Reads the text form, as a PowerShell conversion does.</summary>
    /// <param name="text">Such as 10 or 10-20.</param>
    /// <exception cref="FormatException">Neither.</exception>
    public VlanRange(string text)
    {
        var parts = (text ?? string.Empty).Split('-');
        if (parts.Length is < 1 or > 2 || !Digits.TryParse(parts[0], out int first)
            || !Digits.TryParse(parts[^1], out int last))
            throw Misfit.Of(text, "is no VLAN id or range; write 10 or 10-20.");
        (First, Last) = (new VlanRange(first, last).First, last);
    }

    /// <summary>The lowest id.</summary>
    public int First { get; }

    /// <summary>The highest id.</summary>
    public int Last { get; }

    /// <summary>Tells whether a VLAN is in it.</summary>
    internal bool Has(int id) => id >= First && id <= Last;

    /// <summary>What is missing of what is meant: an id by itself has to be there, and of ranges any.</summary>
    internal static List<VlanRange> Missing(IReadOnlyList<VlanRange> ranges, IEnumerable<int> present)
    {
        var ids = present.ToHashSet();
        var absent = ranges.Where(range => !ids.Any(range.Has)).ToList();
        return absent.Count == ranges.Count ? absent : absent.FindAll(range => range.First == range.Last);
    }

    /// <summary>Ids as few ranges.</summary>
    internal static List<VlanRange> Of(IEnumerable<int> ids)
    {
        var result = new List<VlanRange>();
        foreach (var id in ids.Distinct().Order())
        {
            if (result is [.., var last] && last.Last == id - 1)
                result[^1] = new VlanRange(last.First, id);
            else
                result.Add(new VlanRange(id));
        }

        return result;
    }

    /// <inheritdoc/>
    public override string ToString() => First == Last ? First.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{First}-{Last}");
}
